"""Words for people: found by key, shaped by language, region and time zone."""

import doctest
import timeit
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from torg.kernel import i18n
from torg.kernel.errors import FieldProblem, Refused, StaleVersion, TorgError
from torg.kernel.i18n import LANGUAGES, NoSuchText, Texts, Words, messages, negotiation, words
from torg.kernel.i18n.messages import WrongText
from torg.kernel.money import CURRENCIES, Money, exponent

EVENING = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
NB = "\N{NO-BREAK SPACE}"


def spoken(tmp_path: Path, language: str, **files: str) -> Words:
    """Words over texts written for the test."""
    folder = tmp_path / "shop" / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return Words(language, None, "Europe/Oslo", Texts(tmp_path))


def test_the_examples_in_the_module_are_true():
    assert doctest.testmod(negotiation).failed == 0


@pytest.mark.parametrize(
    ("language", "region", "money", "shown"),
    [
        ("nb", None, Money(123450, "NOK"), "1 234,50 kr"),
        ("nb", None, Money(-123450, "NOK"), "−1 234,50 kr"),
        ("nb", None, Money(1999, "SEK"), "19,99 SEK"),
        ("sv", None, Money(1999, "SEK"), "19,99 kr"),
        ("da", None, Money(123450, "DKK"), "1.234,50 kr."),
        ("de", None, Money(123450, "EUR"), "1.234,50 €"),
        ("en", None, Money(123450, "EUR"), "€1,234.50"),
        ("en", None, Money(123450, "NOK"), "NOK 1,234.50"),
        ("en", "GB", Money(-5, "GBP"), "-£0.05"),
        ("en", "US", Money(5, "USD"), "$0.05"),
        ("en", "SG", Money(1000, "SGD"), "$10.00"),
        ("ja", None, Money(1234, "JPY"), "￥1,234"),
        ("ja", None, Money(1999, "NOK"), "NOK 19.99"),
        ("nb", None, Money(1234, "JPY"), "1 234 JPY"),
        ("en", None, Money(1234, "KWD"), "KWD 1.234"),
        ("de", None, Money(12345, "HUF"), "123,45 HUF"),
    ],
)
def test_a_price_is_written_as_its_readers_write_it(language, region, money, shown):
    assert words(language, region).money(money).replace(NB, " ") == shown


@given(
    st.sampled_from(["nb", "sv", "da", "en", "de", "ja"]),
    st.sampled_from([None, "GB", "US", "SG", "NO", "DE", "AT", "FI"]),
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(-(10**14), 10**14),
)
def test_a_price_is_what_babel_writes_but_for_the_space_after_letters(language, region, currency, amount):
    reader, money = words(language, region), Money(amount, currency)
    pattern = reader.locale.currency_formats["standard"].pattern
    exact = pattern.replace(".00", ("." + "0" * exponent(currency)).rstrip("."))
    expected = format_currency(
        money.decimal(),
        currency,
        exact,
        locale=reader.locale,
        currency_digits=False,
        decimal_quantization=False,
    )
    assert reader.money(money).replace(NB, "").replace("−", "-") == expected.replace(NB, "")


def test_a_price_takes_at_most_five_microseconds():
    reader, money = words("nb", "NO"), Money(123450, "NOK")
    best = min(timeit.repeat(lambda: reader.money(money), number=2000, repeat=5)) / 2000
    assert best < 5e-6


def test_a_language_that_groups_digits_otherwise_is_refused_for_prices():
    with pytest.raises(ValueError, match="by three"):
        words("en", "IN").money(Money(1, "INR"))


def test_moments_are_shown_in_the_readers_time_zone():
    oslo, tokyo = words("nb", zone="Europe/Oslo"), words("ja", zone="Asia/Tokyo")
    assert oslo.moment(EVENING) == "23. nov. 2026, 00:05"
    assert oslo.date(EVENING) == "23. nov. 2026"
    assert oslo.long_date(EVENING) == "mandag 23. november 2026"
    assert oslo.time(EVENING) == "00:05"
    assert tokyo.moment(EVENING) == "2026/11/23 8:05"
    assert words("de").moment(EVENING) == "22.11.2026, 23:05"
    assert words("nb").date(date(2026, 5, 17)) == "17. mai 2026"


def test_english_is_world_english_unless_a_region_says_otherwise():
    assert words("en").date(EVENING) == "22 Nov 2026"
    assert words("en", "US").date(EVENING) == "Nov 22, 2026"
    assert words("en", "DE").moment(EVENING) == "22 Nov 2026, 23:05"
    assert words("en", "ZZ").date(EVENING) == "22 Nov 2026"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        words("nb").moment(EVENING.replace(tzinfo=None))


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "", "/etc/localtime"])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(ValueError, match="not a time zone"):
        words("nb", zone=zone)


def test_numbers_lists_names_and_measures_follow_the_language():
    norwegian, german, japanese = words("nb"), words("de"), words("ja")
    assert norwegian.number(1234567).replace(NB, " ") == "1 234 567"
    assert german.number(Decimal("1234.5")) == "1.234,5"
    assert norwegian.number(-5) == "−5"
    assert german.number(-(10**40)) == "-10" + ".000" * 13
    assert norwegian.percent(Decimal("0.255")).replace(NB, " ") == "25,5 %"
    assert norwegian.percent(Fraction(1, 4)).replace(NB, " ") == "25 %"
    assert japanese.percent(Decimal("0.08")) == "8%"
    assert norwegian.list(["a", "b", "c"]) == "a, b og c"
    assert japanese.list(["a", "b"]) == "a、b"
    assert german.country("NO") == "Norwegen"
    assert german.country("ZZ9") == "ZZ9"
    assert norwegian.currency("JPY") == "japanske yen"
    assert japanese.language_name("nb").startswith("ノルウェー語")
    assert norwegian.weight(350).replace(NB, " ") == "350 g"
    assert norwegian.weight(1250).replace(NB, " ") == "1,25 kg"
    assert norwegian.size(20_000_000).replace(NB, " ") == "20 MB"
    assert norwegian.size(1_500).replace(NB, " ") == "1,5 kB"


def test_facts_are_shown_after_their_type(tmp_path):
    class Kind(StrEnum):
        web = "web"

    reader = spoken(
        tmp_path, "nb", nb='a = "{x}"\nb = "{x:percent}"\nc = "{x:plain}"\nd = "{{x}} {x:country}"\n'
    )
    shown = [
        reader.text("a", x=value).replace(NB, " ")
        for value in (
            Money(100, "NOK"),
            1000,
            Decimal("1.5"),
            EVENING,
            date(2026, 5, 1),
            ["a", 2],
            Kind.web,
            "<b>",
        )
    ]
    assert shown == ["1,00 kr", "1 000", "1,5", "23. nov. 2026, 00:05", "1. mai 2026", "a og 2", "web", "<b>"]
    assert reader.text("b", x=Decimal("0.1")).replace(NB, " ") == "10 %"
    assert reader.text("c", x=2026) == "2026"
    assert reader.text("d", x="SE") == "{x} Sverige"


def test_a_plural_follows_the_rules_of_the_language(tmp_path):
    files = {
        "en": '[cart]\nlines = { one = "{count} line", other = "{count} lines" }',
        "ja": '[cart]\nlines = { other = "{count}行" }',
    }
    english, japanese = spoken(tmp_path, "en", **files), spoken(tmp_path, "ja", **files)
    assert [english.text("cart.lines", count=n) for n in (0, 1, 2, 1000)] == [
        "0 lines", "1 line", "2 lines", "1,000 lines",
    ]  # fmt: skip
    assert japanese.text("cart.lines", count=1) == "1行"


def test_a_language_that_lacks_a_text_answers_in_english_with_english_plurals(tmp_path):
    reader = spoken(tmp_path, "ja", en='lines = { one = "{count} line", other = "{count} lines" }')
    assert reader.text("lines", count=1) == "1 line"


def test_a_text_that_nobody_wrote_or_a_fact_that_nobody_gave_is_a_defect(tmp_path):
    reader = spoken(tmp_path, "nb", nb='a = "{x}"')
    with pytest.raises(NoSuchText):
        reader.text("b")
    with pytest.raises(KeyError):
        reader.text("a")


def test_html_escapes_words_and_facts_but_not_links(tmp_path):
    reader = spoken(tmp_path, "nb", nb='a = "Du & {name} leser {link}"')
    link = Markup('<a href="/terms">vilkår</a>')
    shown = reader.html("a", name="<script>", link=link)
    assert shown == Markup('Du &amp; &lt;script&gt; leser <a href="/terms">vilkår</a>')


@pytest.mark.parametrize(
    "content",
    [
        'a = "{x.__class__}"',
        'a = "{x[0]}"',
        'a = "{x!r}"',
        'a = "{}"',
        'a = "{0}"',
        'a = "{x:>10}"',
        'a = "{x"',
        'a = "x}"',
        "a = 1",
        'a = ["x"]',
        'a = "',
        'a = { other = 3 , one = "x"}',
    ],
)
def test_a_malformed_text_is_refused_when_it_is_read_and_says_where(tmp_path, content):
    with pytest.raises(WrongText, match=r"nb\.toml"):
        spoken(tmp_path, "nb", nb=content)


def test_a_key_has_one_home(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder / "texts").mkdir(parents=True)
        (tmp_path / folder / "texts" / "nb.toml").write_text('a = "x"')
    with pytest.raises(WrongText, match="already stands"):
        Texts(tmp_path)


def test_a_language_that_torg_does_not_speak_is_refused(tmp_path):
    with pytest.raises(WrongText, match="languages are"):
        spoken(tmp_path, "nb", fr='a = "x"')


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("nb", "nb"),
        ("NB-no", "nb"),
        ("nn, en", "nb"),
        ("no", "nb"),
        ("fr, de;q=0.5, ja;q=0.9", "ja"),
        ("fr", "en"),
        ("*", "en"),
        ("de;q=0, sv", "sv"),
        ("de;q=0", "en"),
        ("de;q=abc, sv;q=0.1", "sv"),
        ("de;q=1.5, sv;q=0.1", "de"),
        ("de;q=-1, sv;q=0.1", "sv"),
        ("sv;q=0.1;x=y, da", "da"),
        (";;;,,,=;q", "en"),
        ("ja_JP", "ja"),
        ("x" * 100_000, "en"),
        ("\x00\udc80,nb;q=١", "en"),
    ],
)
def test_the_language_is_what_the_reader_asked_for_as_near_as_we_have_it(header, language):
    assert i18n.negotiate(header) == language


@given(st.text(max_size=200))
def test_no_header_fails(header):
    assert i18n.negotiate(header) in LANGUAGES


def test_a_language_that_we_do_not_have_is_answered_in_the_nearest():
    assert words("nn").language == "nb"
    assert words("fr").language == "en"
    assert words("de-AT").language == "de"


def test_a_refusal_is_told_in_the_readers_language():
    stale = StaleVersion(given=3, present=4)
    assert i18n.problem_text("nb", stale) == ("Konflikt", "Versjon 3 er ikke lenger den gjeldende (4).")
    assert i18n.problem_text("ja", stale) == ("競合", "バージョン3は最新ではありません（最新は4）。")
    assert i18n.field_text("de", FieldProblem("a", "required", "x")) == "Dieses Feld muss ausgefüllt werden."


def test_a_refusal_that_nobody_translated_is_told_in_english():
    class Untold(Refused):
        code = "told-by-nobody"
        message = "The {thing} is not for you."

    assert i18n.problem_text("ja", Untold(thing="moon")) == ("実行不可", "The moon is not for you.")
    assert i18n.field_text("ja", FieldProblem("a", "told-by-nobody", "Wrong.")) == "Wrong."


def test_a_refusal_without_its_facts_is_still_told():
    told = i18n.problem_text("nb", StaleVersion())
    assert told.detail == "Versjon (given) er ikke lenger den gjeldende ((present))."
    assert i18n.problem_text("nb", TorgError()) == ("Feil", "Noe gikk galt.")


def test_the_six_languages_are_read_once():
    assert messages.collect() is messages.collect()
    assert set(messages.collect().own) == set(LANGUAGES)
