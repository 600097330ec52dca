"""How the practice retailer's texts agree: patterns with slots, filled by words that know their forms.

A slot is `{word}`, or `{word:form}` where another form than the usual is wanted; with a capital it begins a sentence.
`{a|b}` takes the second when the goods come in pairs or sets. What agrees is the adjective (gender, number, and case in
German), the pronoun, the article and the joint of a compound. Each language has its own rules below; words stand in
`goods/speech.toml`.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

SLOT: Final = re.compile(r"\{([^{}]*)\}")
SCANDINAVIAN: Final = ("nb", "sv", "da")
VOWELS: Final = "aeiou"

PRONOUNS: Final = {
    "nb": {"m": "den", "f": "den", "n": "det", "p": "de"},
    "sv": {"u": "den", "n": "det", "p": "de"},
    "da": {"c": "den", "n": "det", "p": "de"},
    "en": {"s": "it", "p": "they"},
    "de": {"m": "er", "f": "sie", "n": "es", "p": "sie"},
}
# The endings of a German adjective without article, after ein, and after der: nominative, accusative, dative.
STRONG: Final = {"m": "er en em", "f": "e e er", "n": "es es em", "p": "e e en"}
MIXED: Final = {"m": "er en en", "f": "e e en", "n": "es es en", "p": "en en en"}
WEAK: Final = {"m": "e en en", "f": "e e en", "n": "e e en", "p": "en en en"}
CASES: Final = ("nom", "acc", "dat")
ARTICLES: Final = {"": STRONG, "ein": MIXED, "der": WEAK}


class Noun(Struct, frozen=True):
    """What goods are called in a language, and the gender (m f n, u or c for common, p for what has a plural only)."""

    word: str
    gender: str

    @classmethod
    def of(cls, written: str) -> "Noun":
        """As the files write it: `Becher m`."""
        word, _, gender = written.rpartition(" ")
        return cls(word, gender)

    @property
    def plural(self) -> bool:
        """Whether it comes in pairs or sets."""
        return self.gender == "p"


def adjective(language: str, written: str, gender: str, form: str = "") -> str:
    """The adjective before a noun of that gender; `def` after an article, in German also a case (`dat`, `ein-acc`).

    >>> adjective("de", "leicht", "m"), adjective("de", "leicht", "f", "dat"), adjective("de", "leicht", "n", "ein-nom")
    ('leichter', 'leichter', 'leichtes')
    >>> adjective("sv", "lätt lätt lätta", "n"), adjective("da", "let let lette", "c", "def")
    ('lätt', 'lette')
    """
    if language == "de":
        article, _, case = form.rpartition("-")
        if form in ARTICLES:
            article, case = form, "nom"
        return written + ARTICLES[article][gender].split()[CASES.index(case or "nom")]
    if language in SCANDINAVIAN:
        common, neuter, many = written.split()
        if form == "def" or gender == "p":
            return many
        return neuter if gender == "n" else common
    return written


def compound(language: str, first: str, word: str) -> str:
    """Two nouns made one as the language writes them; three equal consonants become two in Norwegian and Swedish.

    >>> compound("nb", "ull", "lue"), compound("de", "Emaille", "Becher"), compound("en", "enamel", "mug")
    ('ullue', 'Emaillebecher', 'enamel mug')
    """
    if not first:
        return word
    if language == "en":
        return f"{first} {word}"
    if language == "de":
        return first + (word if first.endswith("-") else word.lower())
    if language in {"nb", "sv"} and len(first) > 1 and first[-1] == first[-2] == word[0]:
        return first + word[1:]
    return first + word


def pronoun(language: str, gender: str) -> str:
    """What stands for the goods in the next sentence; Japanese leaves it out."""
    return PRONOUNS.get(language, {}).get(gender, "")


def filled(language: str, pattern: str, noun: Noun, words: Mapping[str, str]) -> str:
    """The pattern with every slot filled; a slot that no word is given for is a defect of the files."""

    def one(found: re.Match[str]) -> str:
        slot = found[1]
        if "|" in slot:
            return slot.split("|")[noun.plural]
        name, _, form = slot.partition(":")
        plain = _word(language, name[0].lower() + name[1:], form, noun, words)
        return plain[:1].upper() + plain[1:] if name[0].isupper() else plain

    text = SLOT.sub(one, SLOT.sub(one, pattern))
    return re.sub(rf"\b([Aa])~(?= [{VOWELS}])", r"\1n", text).replace("~", "") if language == "en" else text


def _word(language: str, name: str, form: str, noun: Noun, words: Mapping[str, str]) -> str:
    if name == "it":
        return pronoun(language, noun.gender)
    if name == "a":
        return "a~"
    if name == "head":
        return noun.word
    if name == "noun":
        return compound(language, words.get("first", ""), noun.word)
    if name == "adj":
        return adjective(language, words["adj"], noun.gender, form)
    return words[name]


__all__ = ["Noun", "adjective", "compound", "filled", "pronoun"]
