"""Words that mean the same to those who look for goods: kept by staff, per language, used with the next question."""

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from torg.catalog import rules
from torg.catalog.lexemes import kana, lower
from torg.catalog.model import Language, SearchWords, Synonym, SynonymNotFound
from torg.catalog.question import Phrase, Synonyms, phrase_of
from torg.catalog.store import finding
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id, public
from torg.permissions import Permission

SYNONYMS: Final = "catalog.synonyms"


class NewSynonym(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks for one of `words` also finds what has one of `means`; without, all of `words` mean each other."""

    language: Language
    words: SearchWords
    means: SearchWords = ()


class SynonymChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A synonym as it shall be."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    words: SearchWords
    means: SearchWords = ()


async def add_synonym(tx: Transaction, new: NewSynonym, *, by: Actor) -> Synonym:
    """Let one word be found by another."""
    by.must(Permission.catalog_write)
    synonym = Synonym(id=new_id(), language=new.language, words=new.words, means=new.means)
    _check(synonym)
    await finding.add_synonym(tx, synonym)
    await audit.write(tx, by, "synonym.added", public("syn", synonym.id), after=synonym)
    return synonym


async def change_synonym(tx: Transaction, id: UUID, wanted: SynonymChange, *, by: Actor) -> Synonym:
    """Write other words for a synonym."""
    by.must(Permission.catalog_write)
    before = await _locked(tx, id, wanted.version)
    after = replace(before, words=wanted.words, means=wanted.means, version=before.version + 1)
    _check(after)
    await finding.change_synonym(tx, after)
    await audit.write(tx, by, "synonym.changed", public("syn", id), before=before, after=after)
    return after


async def remove_synonym(tx: Transaction, id: UUID, version: int, *, by: Actor) -> None:
    """Let the words be what they are."""
    by.must(Permission.catalog_write)
    before = await _locked(tx, id, version)
    await finding.remove_synonym(tx, id)
    await audit.write(tx, by, "synonym.removed", public("syn", id), before=before)


async def all_synonyms(tx: Transaction, language: str | None = None) -> list[Synonym]:
    """All of them, or those of a language."""
    return await finding.synonyms(tx, language)


async def synonyms_of(database: Database) -> dict[str, Synonyms]:
    """They by language, as questions use them, as of at most a second ago."""
    return await database.cached(SYNONYMS, _load, tables=("synonyms",))


async def _load(tx: Transaction) -> dict[str, Synonyms]:
    found: dict[str, list[Synonym]] = {}
    for synonym in await finding.synonyms(tx):
        found.setdefault(synonym.language, []).append(synonym)
    return {language: for_questions(synonyms) for language, synonyms in found.items()}


def for_questions(synonyms: list[Synonym]) -> Synonyms:
    """The synonyms of a language by what they begin with; what several say of a phrase comes together."""
    also: dict[str, list[str]] = {}
    for synonym in synonyms:
        for word in synonym.words:
            means = synonym.means or tuple(other for other in synonym.words if other != word)
            also.setdefault(word, []).extend(means)
    phrases: dict[str, list[tuple[Phrase, tuple[Phrase, ...]]]] = {}
    for word, others in also.items():
        if phrase := phrase_of(word):
            said = tuple(dict.fromkeys(other for other in map(phrase_of, others) if other))
            phrases.setdefault(phrase[0], []).append((phrase, said))
    for known in phrases.values():
        known.sort(key=lambda one: -len(one[0]))
    runs = [
        (kana(lower(word)), tuple(kana(lower(other)) for other in others)) for word, others in also.items()
    ]
    return Synonyms(phrases, sorted(runs, key=lambda run: -len(run[0])))


async def _locked(tx: Transaction, id: UUID, version: int) -> Synonym:
    synonym = await finding.lock_synonym(tx, id)
    if synonym is None:
        raise SynonymNotFound(synonym=public("syn", id))
    if synonym.version != version:
        raise StaleVersion(given=version, present=synonym.version)
    return synonym


def _check(synonym: Synonym) -> None:
    wrong = [*rules.languages_problems("language", [synonym.language])] if synonym.language else []
    for field, words in (("words", synonym.words), ("means", synonym.means)):
        wrong += [
            rules.problem(f"{field}.{place}", "nothing-to-look-for")
            for place, word in enumerate(words)
            if not phrase_of(word)
        ]
        wrong += rules.twice(field, [lower(word).strip() for word in words])
    if len(synonym.words) + len(synonym.means) < 2 or not synonym.words:
        wrong.append(rules.problem("words", "synonym-alone"))
    if wrong:
        raise Invalid.of(*wrong)
