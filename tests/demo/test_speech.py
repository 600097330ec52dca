"""What the practice retailer says of its goods agrees in gender, number and case, and nothing is left in English."""

import doctest
from collections import Counter

import pytest

from torg.catalog import vocabulary
from torg.demo import families, speech
from torg.demo.speech import Noun, adjective, compound, filled
from torg.kernel.database import Database
from torg.kernel.i18n import LANGUAGES

OTHERS = tuple(language for language in LANGUAGES if language != "en")
# Texts that are right as they are in English: names of things that are called so everywhere.
AS_IN_ENGLISH = {
    "attribute": {("sv", "Material"), ("de", "Material"), ("nb", "Diameter"), ("sv", "Diameter"), ("da", "Diameter")},
    "choice": {(language, "Aluminium") for language in ("nb", "sv", "da", "de")}
    | {(language, "Sand") for language in ("nb", "sv", "da", "de")},
}  # fmt: skip


def test_the_examples_in_the_module_are_true():
    assert doctest.testmod(speech).attempted > 0
    assert doctest.testmod(speech).failed == 0


@pytest.mark.parametrize(
    ("language", "gender", "form", "expected"),
    [
        ("nb", "m", "", "lett liten rund håndlaget"),
        ("nb", "f", "", "lett liten rund håndlaget"),
        ("nb", "n", "", "lett lite rundt håndlaget"),
        ("nb", "p", "", "lette små runde håndlagde"),
        ("nb", "m", "def", "lette små runde håndlagde"),
        ("sv", "u", "", "lätt liten rund handgjord"),
        ("sv", "n", "", "lätt litet runt handgjort"),
        ("sv", "p", "", "lätta små runda handgjorda"),
        ("da", "c", "", "let lille rund håndlavet"),
        ("da", "n", "", "let lille rundt håndlavet"),
        ("da", "p", "", "lette små runde håndlavede"),
        ("en", "s", "", "light small round handmade"),
        ("de", "m", "", "leichter kleiner runder handgefertigter"),
        ("de", "f", "", "leichte kleine runde handgefertigte"),
        ("de", "n", "", "leichtes kleines rundes handgefertigtes"),
        ("de", "p", "", "leichte kleine runde handgefertigte"),
        ("de", "m", "acc", "leichten kleinen runden handgefertigten"),
        ("de", "m", "dat", "leichtem kleinem rundem handgefertigtem"),
        ("de", "f", "dat", "leichter kleiner runder handgefertigter"),
        ("de", "p", "dat", "leichten kleinen runden handgefertigten"),
        ("de", "m", "ein", "leichter kleiner runder handgefertigter"),
        ("de", "n", "ein", "leichtes kleines rundes handgefertigtes"),
        ("de", "m", "ein-acc", "leichten kleinen runden handgefertigten"),
        ("de", "n", "ein-dat", "leichten kleinen runden handgefertigten"),
        ("de", "m", "der", "leichte kleine runde handgefertigte"),
        ("de", "f", "der-acc", "leichte kleine runde handgefertigte"),
        ("de", "p", "der", "leichten kleinen runden handgefertigten"),
        ("ja", "s", "", "軽い 小ぶりな 丸みのある 手仕事で作られた"),
    ],
)
def test_adjectives_agree(language: str, gender: str, form: str, expected: str):
    words = families.speech()["adj"]
    codes = ("light", "small", "round", "handmade")
    assert [adjective(language, words[code][language], gender, form) for code in codes] == expected.split()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nb", "steintøykopp støpejernspanne porselenstallerken bomullsforkle ullue alpakkasokker"),
        ("sv", "stengodsmugg gjutjärnspanna porslinstallrik bomullsförkläde ullmössa alpackastrumpor"),
        ("da", "stentøjskrus støbejernspande porcelænstallerken bomuldsforklæde uldhue alpakasokker"),
        ("de", "Steinzeugbecher Gusseisenpfanne Porzellanteller Baumwollschürze Wollmütze Alpakasocken"),
        (
            "ja",
            "ストーンウェアマグ 鋳鉄フライパン 磁器プレート コットンエプロン ウールニット帽 アルパカソックス",
        ),
    ],
)
def test_compounds_are_written_together(language: str, expected: str):
    nouns = {family["sku"]: Noun.of(family[language]["noun"]).word for family in families.families()}
    firsts = families.speech()["first"]
    pairs = (("stoneware", "KOP"), ("iron", "PAN"), ("porcelain", "TAL"), ("cotton", "FOR"), ("wool", "LUE"))
    written = [compound(language, firsts[first][language], nouns[sku]) for first, sku in pairs]
    written.append(compound(language, firsts["alpaca"][language], nouns["SOK"]))
    assert written == expected.split()


def test_articles_pronouns_and_numbers_agree():
    words = {"adj": "enamelled"}
    assert filled("en", "{A} {adj} mug", Noun.of("mug s"), words) == "An enamelled mug"
    assert filled("en", "{A} deep mug", Noun.of("mug s"), words) == "A deep mug"
    assert filled("en", "{It} {stacks|stack}.", Noun.of("glasses p"), words) == "They stack."
    for language, noun, pronoun in (
        ("nb", "pledd n", "Det"), ("sv", "mugg u", "Den"), ("da", "krus n", "Det"), ("da", "sokker p", "De"),
        ("de", "Teller m", "Er"), ("de", "Schale f", "Sie"), ("de", "Messer n", "Es"),
    ):  # fmt: skip
        assert filled(language, "{It}", Noun.of(noun), {}) == pronoun


def test_genders_and_numbers_are_the_languages_own():
    known = {"nb": "mfnp", "sv": "unp", "da": "cnp", "en": "sp", "de": "mfnp", "ja": "s"}
    for family in families.families():
        for language in LANGUAGES:
            noun = Noun.of(family[language]["noun"])
            assert noun.word and noun.gender in set(known[language]), (family["sku"], language)


def test_a_word_that_is_missing_is_found_out():
    with pytest.raises(KeyError):
        filled("nb", "{Use} {noun}", Noun.of("kopp m"), {})


def test_every_family_has_a_name_and_two_descriptions_in_every_language_and_several_members():
    assert 40 <= len(families.families()) <= 50
    for family in families.families():
        assert len(family["members"]) >= 5
        for language in LANGUAGES:
            assert len(set(family[language]["texts"])) == 2, (family["sku"], language)


def test_a_family_never_says_the_same_of_two_members():
    for language in LANGUAGES:
        said = Counter(goods[language][1] for goods in families.members())
        assert [text for text, times in said.items() if times > 1] == []


def test_every_word_is_used_and_known_in_every_language():
    used = Counter[tuple[str, str]]()
    for family in families.families():
        for row in family["members"]:
            for field, codes in zip(family.get("fields", families.FIELDS), row, strict=True):
                used.update((field, code) for code in codes.split())
    for kind, words in families.speech().items():
        for code, word in words.items():
            if kind != "stuff":
                assert used[kind, code], (kind, code)
            if "all" not in word:
                assert set(word) == set(LANGUAGES), (kind, code)


def test_no_sentence_is_left_in_english():
    for family in families.families():
        for language in OTHERS:
            assert not set(family[language]["texts"]) & set(family["en"]["texts"]), (family["sku"], language)
    for kind in ("use", "more", "adj", "stuff"):
        for code, word in families.speech()[kind].items():
            same = [language for language in OTHERS if word[language] == word["en"]]
            allowed = {"matte": ["de"], "warm": ["de"], "oval": ["de"], "aluminium": ["nb", "sv", "da"]}
            assert same == allowed.get(code, []), (kind, code)


@pytest.mark.parametrize("language", OTHERS)
async def test_attributes_choices_and_categories_are_translated(world: Database, language: str):
    words = await world.read(vocabulary)
    for attribute in words.attributes.values():
        name = attribute.names[language]
        assert name != attribute.names["en"] or (language, name) in AS_IN_ENGLISH["attribute"], name
        for choice in attribute.choices:
            said = choice.names[language]
            a_size = len(said) <= 2 or any(letter.isdigit() for letter in said)
            if said == choice.names["en"] and not a_size:
                assert (language, said) in AS_IN_ENGLISH["choice"], said
    for category in words.categories.values():
        assert category.texts[language].name != category.texts["en"].name
