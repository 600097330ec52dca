"""How a product shows in each language, and by what words it is found there; pure.

A language that has no text of its own shows another's (`rules.chain`). What is found is what is shown: in a Norwegian
shop an untranslated English name is found by its English words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from torg.catalog.lexemes import CONFIGURATIONS, indexed, worth_learning
from torg.catalog.model import Attribute, Product
from torg.catalog.rules import Vocabulary, said, spoken
from torg.catalog.slugs import slug_of
from torg.catalog.store.projections import Face
from torg.kernel.i18n import LANGUAGES

Names: TypeAlias = Mapping[str, Mapping[str, str]]

Called: TypeAlias = Sequence[tuple[str, Mapping[str, str]]]

NO_NAMES: Final[Mapping[str, str]] = {}


def faces_of(product: Product, words: Vocabulary) -> list[Face]:
    """The product in every language of the platform."""
    return [_face(product, language, words) for language in LANGUAGES]


def _face(product: Product, language: str, words: Vocabulary) -> Face:
    text = product.texts[spoken(product.texts, language) or ""]
    return Face(
        product_id=product.id,
        language=language,
        name=text.name,
        slug=text.slug or "",
        configuration=CONFIGURATIONS[language],
        title=indexed(text.name),
        labels=indexed(" ".join((*_labels(product, language, words), *_skus(product)))),
        body=indexed(text.description),
    )


def words_in(product: Product, words: Vocabulary) -> dict[tuple[str, str], int]:
    """The words by which it is found, by language and word: 0 in its name, 1 beside it, 2 in its description."""
    found: dict[tuple[str, str], int] = {}
    for language in LANGUAGES:
        text = product.texts[spoken(product.texts, language) or ""]
        parts = (text.name, " ".join(_labels(product, language, words)), text.description)
        for place, part in enumerate(parts):
            for word in worth_learning(part):
                found.setdefault((language, word), place)
    return found


def _labels(product: Product, language: str, words: Vocabulary) -> Iterator[str]:
    for code, value in product.attributes.items():
        attribute = words.attributes.get(code)
        if isinstance(value, dict):
            yield said(value, language)
        elif attribute is not None and isinstance(value, str):
            yield choice_name(attribute, value, language)
    for category in product.categories:
        texts = words.categories[category].texts
        if found := spoken(texts, language):
            yield texts[found].name
    options = {item for variant in product.active_variants() for item in variant.options.items()}
    yield from (choice_name(words.attributes[code], value, language) for code, value in sorted(options))


def _skus(product: Product) -> Iterator[str]:
    yield from (variant.sku for variant in product.active_variants())


def choice_name(attribute: Attribute, code: str, language: str) -> str:
    """What a choice is called in a language; its code when the choice is gone."""
    return next((said(choice.names, language) for choice in attribute.choices if choice.code == code), code)


def options_text(options: dict[str, str], order: Sequence[str], words: Vocabulary, language: str) -> str:
    """A variant's options as people read them: `Blå, 350 ml`."""
    return join_options(options, called(order, names_of(words, language)))


def called(order: Sequence[str], names: Names) -> Called:
    """Options in their order, each with what its choices are called: once for all variants of a product."""
    return [(code, names.get(code, NO_NAMES)) for code in order]


def join_options(options: dict[str, str], called: Called) -> str:
    """The same with the names at hand, for whoever has many variants."""
    if len(called) == 1:
        code, choices = called[0]
        return choices.get(options[code], options[code]) if code in options else ""
    return ", ".join(
        [choices.get(options[code], options[code]) for code, choices in called if code in options]
    )


def names_of(words: Vocabulary, language: str) -> dict[str, dict[str, str]]:
    """What the choices of every attribute are called in a language, by their codes."""
    names = words.names.get(language)
    if names is None:
        names = words.names[language] = {
            attribute.code: {choice.code: said(choice.names, language) for choice in attribute.choices}
            for attribute in words.attributes.values()
        }
    return names


def wanted_slugs(product: Product) -> dict[str, str]:
    """The address that each text would like: its own, else one made of its name, else another language's."""
    made = {
        language: text.slug or slug_of(text.name, language)
        for language, text in sorted(product.texts.items())
    }
    spare = (
        made.get("en") or next((slug for slug in made.values() if slug), None) or f"p-{product.id.hex[-8:]}"
    )
    return {language: slug or spare for language, slug in made.items()}


def distinct(slug: str, id: UUID) -> str:
    """The address with a mark that no other product has."""
    return f"{slug[:100]}-{id.hex[-8:]}"


def all_wanted(products: Iterable[Product]) -> set[str]:
    """Every address that some of the products would like."""
    return {slug for product in products for slug in wanted_slugs(product).values()}
