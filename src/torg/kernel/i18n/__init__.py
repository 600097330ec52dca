"""Words for people: every text and every format in six languages, found by key, never written in code or
templates.

**Where texts live.** A package that speaks to people has a folder `texts` with one TOML file a language
(`nb.toml`, `sv.toml`, `da.toml`, `en.toml`, `de.toml`, `ja.toml`) beside its code. All are collected when
the first text is asked for; a key stands in one file only. The key is the path of the table:

    [cart]                                                        # words.text("cart.title")
    title = "Cart"
    lines = { one = "{count} line", other = "{count} lines" }     # plural, chosen by the fact `count`
    total = "Total {total}, due {due:date}"

**Placeholders** are names in braces (a brace itself is doubled) and are shown after their type: Money as a
price, whole numbers and Decimals with the language's separators, dates and UTC datetimes in the reader's
time zone, a list with its commas and "and". A style says otherwise: `{at:date}`, `{at:longdate}`,
`{at:time}`, `{at:moment}`, `{rate:percent}` (0.25 is 25 %), `{weight:weight}` (grams), `{limit:size}`
(bytes), `{code:country}`, `{code:currency}`, `{code:language}`, `{number:plain}` (no separators). A plural
has exactly the categories that CLDR gives the language.

**Errors.** The text of a refusal is `error.<code>`; its placeholders are those of the class's English
`message`. The text of one wrong field is `field.<code>`.

**Names that stay.** A text that is rightly the same as the English one is listed by key in
`texts/same-as-english.toml` (`nb = ["layout.status"]`).

**Check.** `python -m torg.kernel.i18n.check` (part of `./torg check`) finds missing keys, differing
placeholders, wrong plural forms, untranslated texts, refusals without text, and human text or unknown keys
in templates.

TOML and Babel instead of gettext catalogs, because a key keeps its meaning when the English text changes,
one plain file is all there is (nothing to extract, merge or compile), and the same tables can be given to a
browser, whose `Intl.PluralRules` knows the same categories.
"""

from torg.kernel.i18n.messages import DEFAULT, LANGUAGES, Message, NoSuchText, Texts, collect
from torg.kernel.i18n.negotiation import closest, negotiate
from torg.kernel.i18n.problems import Told, field_text, problem_text
from torg.kernel.i18n.words import Words, text, words

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "Message",
    "NoSuchText",
    "Texts",
    "Told",
    "Words",
    "closest",
    "collect",
    "field_text",
    "negotiate",
    "problem_text",
    "text",
    "words",
]
