"""The check of texts and templates finds what it is for, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from torg.kernel.errors import Refused, TorgError
from torg.kernel.i18n import LANGUAGES, check
from torg.kernel.i18n.messages import Texts, WrongText

GOOD = {
    "nb": '[shop]\nhi = "Hei {name}"\nlines = { one = "{count} linje", other = "{count} linjer" }\n',
    "sv": '[shop]\nhi = "Hej {name}"\nlines = { one = "{count} rad", other = "{count} rader" }\n',
    "da": '[shop]\nhi = "Hejsa {name}"\nlines = { one = "Én linje", other = "{count} linjer" }\n',
    "en": '[shop]\nhi = "Hi {name}"\nlines = { one = "One line", other = "{count} lines" }\n',
    "de": '[shop]\nhi = "Hallo {name}"\nlines = { one = "{count} Zeile", other = "{count} Zeilen" }\n',
    "ja": '[shop]\nhi = "{name}さん"\nlines = { other = "{count}行" }\n',
}


def shop(folder: Path, templates: dict[str, str] | None = None, same: str = "", **changes: Any) -> Path:
    """A package with the texts above, some changed, and with templates."""
    for kind in ("texts", "templates", "mails"):
        (folder / "shop" / kind).mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (folder / "shop" / "texts" / f"{language}.toml").write_text(
            GOOD[language] + changes.get(language, "")
        )
    if same:
        (folder / "shop" / "texts" / "same-as-english.toml").write_text(same)
    for name, source in (templates or {}).items():
        (folder / "shop" / name).write_text(source)
    return folder


def test_good_texts_and_templates_have_no_findings(tmp_path: Path):
    source = '<p title="{{ t("shop.hi", name=x) }}">{{ t("shop.lines", count=3) }} {{ html("shop.hi", name=x) }} €</p>'
    assert check.problems(shop(tmp_path, {"templates/a.html": source})) == []


def test_a_text_that_a_language_lacks_is_found(tmp_path: Path):
    assert check.problems(shop(tmp_path, nb='bye = "Ha det"\n', en='bye = "Goodbye"\n')) == [
        f"shop.bye: there is no text in {language}" for language in ("sv", "da", "de", "ja")
    ]


def test_a_text_that_only_a_translation_has_is_found(tmp_path: Path):
    found = check.problems(shop(tmp_path, ja='bye = "さようなら"\n'))
    assert "shop.bye: there is no text in en" in found


@pytest.mark.parametrize("wrong", ["Farvel", "Farvel {navn}", "Farvel {name} {at:date}"])
def test_placeholders_that_differ_are_found(tmp_path: Path, wrong: str):
    texts: dict[str, Any] = {language: f'bye = "{language} {{name}}"\n' for language in LANGUAGES}
    found = check.problems(shop(tmp_path, **texts | {"da": f'bye = "{wrong}"\n'}))
    assert [line.startswith("shop.bye: da and en differ in the placeholders") for line in found] == [True]


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("nb", '{ other = "{count} d" }'),
        ("ja", '{ one = "{count} d", other = "{count} dd" }'),
        ("de", '{ few = "{count} d", other = "{count} dd" }'),
        ("sv", '"{count} d"'),
    ],
)
def test_plural_forms_that_the_language_does_not_have_are_found(tmp_path: Path, language: str, forms: str):
    texts: dict[str, Any] = {
        one: f'days = {{ one = "{{count}} {one}", other = "{{count}} {one}s" }}\n' for one in LANGUAGES
    }
    texts["ja"] = 'days = { other = "{count}日" }\n'
    found = check.problems(shop(tmp_path, **texts | {language: f"days = {forms}\n"}))
    assert [line.startswith(f"shop.days: the plural forms of {language} are") for line in found] == [True]


def test_a_plural_form_that_lacks_a_fact_is_found(tmp_path: Path):
    texts: dict[str, Any] = {
        one: f'days = {{ one = "{{count}} {one} {{x}}", other = "{{count}} {one}s {{x}}" }}\n'
        for one in LANGUAGES
    }
    texts["ja"] = 'days = { other = "{count}日{x}" }\n'
    texts["nb"] = 'days = { one = "{count} dag", other = "{count} dager {x}" }\n'
    assert check.problems(shop(tmp_path, **texts)) == [
        "shop.days: the form one of nb lacks a placeholder that another form has"
    ]


def test_a_text_that_was_left_in_english_is_found_unless_it_is_meant(tmp_path: Path):
    texts: dict[str, Any] = {language: f'bye = "{language}!"\nok = "{{x}} – 1"\n' for language in LANGUAGES}
    folder = shop(tmp_path, **texts | {"sv": 'bye = "en!"\nok = "{x} – 1"\n'})
    assert check.problems(folder) == [
        "shop.bye: sv is the same as en; translate it or list it in same-as-english.toml"
    ]
    assert (
        check.problems(
            shop(tmp_path, same='sv = ["shop.bye"]', **texts | {"sv": 'bye = "en!"\nok = "{x} – 1"\n'})
        )
        == []
    )
    [stale] = check.problems(
        shop(tmp_path, same='sv = ["shop.bye", "shop.hi"]', **texts | {"sv": 'bye = "en!"\nok = "{x} – 1"\n'})
    )
    assert stale.endswith("shop.hi is no longer the same in sv and en")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(WrongText, match=r"nb\.toml"):
        check.problems(shop(tmp_path, nb="= broken"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>Hello</p>", "'Hello'"),
        ("<p>{{ x }} pieces of {{ y }}</p>", "pieces of"),
        ('<img alt="A cat" src="x">', "'A cat'"),
        ('<input placeholder="Search">', "'Search'"),
        ('<button aria-label="Close {{ x }}">×</button>', "Close"),
        ("{% if x %}<b>Yes</b>{% endif %}", "'Yes'"),
        ("{% macro m() %}<b>Yes</b>{% endmacro %}", "'Yes'"),
        ("{% block b %}今日は{% endblock %}", "今日は"),
        ("<p>&AElig;ble</p>", "Æble"),
        ('<meta name="description" content="A shop">', "'A shop'"),
        ('<b translate="no">SKU</b> number', "number"),
        ("<title>Cart – Torg</title>", "Cart"),
    ],
)
def test_words_that_no_translator_has_seen_are_found(tmp_path: Path, source: str, said: str):
    [found] = check.problems(shop(tmp_path, {"templates/a.html": source}))
    assert "a.html" in found
    assert said in found
    assert found.endswith("without a translator")


@pytest.mark.parametrize(
    "source",
    [
        "{# A comment in English #}",
        "<!-- A comment in English -->",
        "<title>{% block title %}{% endblock %} – Torg</title>",
        '<b translate="no">UTC and <i>SKU</i></b>',
        "<svg><title>Icon</title><path d='M1 1'/></svg>{{ x }}",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<input type="hidden" name="word" value="a word">',
        '<a class="button primary" href="/staff/orders">{{ t("shop.hi", name=x) }}</a>',
        '{% set label = t("shop.lines", count=1) %}{{ label }}',
        '{% macro described(x) %} aria-describedby="hint-{{ x }}" aria-invalid="true"{% endmacro %}',
        "<p>{{ a }} × {{ b }} = 3 %</p>",
    ],
)
def test_what_is_no_language_is_not_found(tmp_path: Path, source: str):
    assert check.problems(shop(tmp_path, {"templates/a.html": source})) == []


def test_words_in_the_text_part_of_a_mail_are_found(tmp_path: Path):
    [found] = check.problems(shop(tmp_path, {"mails/a.txt": "{{ x }}\nDear you,\n-- \nTorg\n"}))
    assert "'Dear you,'" in found


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('{{ t("shop.nothing") }}', "there is no text shop.nothing"),
        ('{{ t("shop.hi") }}', "the facts of shop.hi do not fit: name"),
        ('{{ html("shop.hi", name=1, age=2) }}', "the facts of shop.hi do not fit: age"),
        ('{{ t("shop.lines") }}', "the facts of shop.lines do not fit: count"),
        ("{{ t( }}", "line 1:"),
    ],
)
def test_texts_that_do_not_exist_or_do_not_fit_are_found(tmp_path: Path, source: str, said: str):
    [found] = check.problems(shop(tmp_path, {"templates/a.html": source}))
    assert said in found


def test_a_refusal_without_a_text_or_with_other_facts_is_found(tmp_path: Path):
    class Told(Refused):
        code = "told"
        message = "No {thing}."

    class Quieter(Told):
        """Told with its parent's words."""

    class Untold(Refused):
        code = "untold"
        message = "No."

    class Twice(Refused):
        code = "told"
        message = "No {thing}."

    def found(*errors: type[TorgError], text: str) -> list[str]:
        texts = Texts(shop(tmp_path, en=f'[error]\ntold = "{text}"\n'))
        return list(check.untold(texts, errors))

    assert found(Told, Quieter, text="Nothing") == []
    assert found(Told, Quieter, text="Nothing like {thing}") == []
    assert len(found(Untold, text="x")) == 1
    assert "code told already" in found(Told, Twice, text="{thing}")[0]
    assert "shows other" in found(Told, text="{other}")[0]
