"""What a person typed as what PostgreSQL looks for: all of its words, or what means the same; pure.

The last word may be unfinished. Synonyms are laid over the question, never over what is indexed, so a new one counts
at once. Of compounds (Norwegian, Swedish, Danish, German) those are found as well that end in a word asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from torg.catalog.lexemes import Piece, identifier_of, pieces

MOST_WORDS: Final = 12
ENDINGS: Final = 3
"""So many letters may follow a word, as its ending, for its synonyms to be found."""
LONG_ENOUGH: Final = 4
"""A shorter word with an ending would often be another word."""

Phrase: TypeAlias = tuple[str, ...]


class Synonyms(Struct, frozen=True):
    """What is looked for as well in a language: for phrases, by their first word, and within runs of Japanese."""

    phrases: Mapping[str, Sequence[tuple[Phrase, tuple[Phrase, ...]]]] = {}
    runs: Sequence[tuple[str, tuple[str, ...]]] = ()


NO_SYNONYMS: Final = Synonyms()


def _nothing(_: str) -> Sequence[str]:
    return ()


class Question(Struct, frozen=True):
    """What is looked for, as texts of tsquery: all but the last word, the last, and perhaps an article number.

    `exact` are the words as they were typed.
    """

    whole: str
    last: str
    identifier: str | None
    exact: str

    @property
    def empty(self) -> bool:
        """Whether nothing is left that could be looked for."""
        return not (self.last or self.identifier)


class _Group(Struct, frozen=True):
    """Phrases of which one is to be found; the first stands in the question, its last lexeme perhaps begun only."""

    phrases: tuple[Phrase, ...]
    begun: bool

    def text(self) -> str:
        """The group as a tsquery."""
        first, *others = (" & ".join(phrase) for phrase in self.phrases)
        if self.begun:
            first += ":*"
        if not others:
            return first
        return f"(({first}) | {' | '.join(f'({other})' for other in others)})"


def asked(
    query: str, synonyms: Synonyms = NO_SYNONYMS, compounds: Callable[[str], Sequence[str]] = _nothing
) -> Question:
    """What is looked for; words beyond the twelfth are left out. `compounds` tells the words that end in a word.

    >>> asked("Røde kopp").last, asked("珈琲豆").whole, asked("kaffe 1 kg").last
    ('kopp:*', '珈琲', '1000000mg')
    >>> asked("pot", Synonyms({"pot": [(("pot",), (("tea", "maker"),))]})).last
    '((pot:*) | (tea & maker))'
    """
    groups = list(_groups(list(pieces(query))[:MOST_WORDS], synonyms, compounds))[:MOST_WORDS]
    return Question(
        whole=" & ".join(group.text() for group in groups[:-1]),
        last=groups[-1].text() if groups else "",
        identifier=identifier_of(query),
        exact=" & ".join(word for group in groups for word in group.phrases[0]),
    )


def phrase_of(text: str) -> Phrase:
    """The lexemes of a text, as a question has them."""
    return tuple(lexeme for piece in pieces(text) for lexeme in piece.lexemes())


def _groups(
    found: list[Piece], synonyms: Synonyms, compounds: Callable[[str], Sequence[str]]
) -> Iterator[_Group]:
    place = 0
    while place < len(found):
        piece, last = found[place], place == len(found) - 1
        if piece.japanese:
            yield from _run(piece, synonyms, last)
            place += 1
            continue
        words = [each.text for each in found[place:] if not each.japanese]
        length, others = _same(words, synonyms)
        if length == 1 and len(words) > 1 and (whole := _compound(words[0], words[1], compounds)):
            length, others = 2, ((whole,),)
        if length == 1 and not piece.measure:
            single = (piece.text, *(other[0] for other in others if len(other) == 1))
            others += tuple((word,) for each in single for word in compounds(each))
        end = place + length
        yield _Group((tuple(words[:length]), *others), end == len(found) and not found[end - 1].measure)
        place = end


def _run(piece: Piece, synonyms: Synonyms, last: bool) -> Iterator[_Group]:
    lexemes = piece.lexemes()
    others = [
        piece.text.replace(run, other) for run, also in synonyms.runs if run in piece.text for other in also
    ]
    if others:
        yield _Group((tuple(lexemes), *(phrase_of(other) for other in others)), last)
        return
    for place, lexeme in enumerate(lexemes, 1):
        yield _Group(((lexeme,),), last and place == len(lexemes))


def _compound(first: str, second: str, compounds: Callable[[str], Sequence[str]]) -> str | None:
    return next((word for word in (first + second, f"{first}s{second}") if word in compounds(second)), None)


def _same(words: Sequence[str], synonyms: Synonyms) -> tuple[int, tuple[Phrase, ...]]:
    """How many words from here on form a phrase that has synonyms (1 when none do), and these."""
    for length in range(len(words[0]), 0, -1) if words else ():
        if length < len(words[0]) - ENDINGS or (length < len(words[0]) and length < LONG_ENOUGH):
            break
        for phrase, others in synonyms.phrases.get(words[0][:length], ()):
            rest = words[1 : len(phrase)]
            if len(rest) == len(phrase) - 1 and all(map(_begins, rest, phrase[1:])):
                return len(phrase), others
    return 1, ()


def _begins(word: str, with_: str) -> bool:
    return word == with_ or (
        len(with_) >= LONG_ENOUGH and word.startswith(with_) and len(word) - len(with_) <= ENDINGS
    )
