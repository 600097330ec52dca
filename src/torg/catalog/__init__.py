"""The catalogue: what can be sold, in what variants, how it is described, classified, pictured, and offered where.

Owns products, variants, attributes, categories, media and assortment, and the search over them. Promises that a
product and everything it is listed and found by change in one transaction; that nothing comes out of `search`,
`product` and `sellables` but what the channel's assortment publishes at that time; that SKUs, GTINs, addresses and the
combination of options are unique; and that no bundle is in another, so nothing is ever in itself. Publishes
`product.*`, `variant.*`, `category.*`, `attribute.*`.
"""

from torg.catalog.addresses import addresses, shown_products
from torg.catalog.answer import Instead
from torg.catalog.browse import (
    CardVariant,
    ProductCard,
    Shown,
    facets_of,
    find_category,
    product,
    search,
    sellables,
    shown_categories,
    words_of,
)
from torg.catalog.card_amounts import CardAmounts
from torg.catalog.categorise import (
    CategoryChange,
    NewCategory,
    change_category,
    create_category,
    remove_category,
)
from torg.catalog.change_product import ProductChange, change
from torg.catalog.compose import ComponentWish
from torg.catalog.create_product import NewProduct, NewVariant, create
from torg.catalog.customs import customs
from torg.catalog.declare_attribute import AttributeChange, NewAttribute, change_attribute, declare
from torg.catalog.describe import (
    AttributeFact,
    ChoiceFact,
    Inside,
    OptionFact,
    PictureFact,
    ProductDetail,
    Sellable,
    VariantFact,
)
from torg.catalog.events import (
    AttributeChanged,
    AttributeDeclared,
    CategoryChanged,
    CategoryCreated,
    CategoryMoved,
    CategoryRemoved,
    ProductArchived,
    ProductChanged,
    ProductCreated,
    ProductPublished,
    VariantArchived,
    VariantCreated,
    VariantRestored,
)
from torg.catalog.export_products import export
from torg.catalog.keep import vocabulary
from torg.catalog.load_products import Loaded, Outcome, ProductRecord, load
from torg.catalog.model import (
    Attribute,
    AttributeKind,
    Category,
    CategoryNotFound,
    CategoryText,
    Choice,
    Component,
    ContentUnit,
    Kind,
    Listing,
    Picture,
    Product,
    ProductNotFound,
    ProductText,
    Special,
    Status,
    Synonym,
    Variant,
    VariantStatus,
)
from torg.catalog.narrow import Facet, FacetValue, Narrowed, Wanted, cards_of, narrow, newest
from torg.catalog.publish_product import archive, publish
from torg.catalog.rules import CategoryNode, Vocabulary
from torg.catalog.select import select
from torg.catalog.sieve import Order, Sieve, bits
from torg.catalog.sieves import sieve_of
from torg.catalog.special import Specials, specials
from torg.catalog.store.customs import Customs
from torg.catalog.store.products import KnownSku, of_skus
from torg.catalog.store.selection import Selected
from torg.catalog.store.shelf import VariantFacts, all_variants, known_products, known_variants
from torg.catalog.store.sieving import to_sell
from torg.catalog.suggest import Suggestions, suggest
from torg.catalog.synonyms import (
    NewSynonym,
    SynonymChange,
    add_synonym,
    all_synonyms,
    change_synonym,
    remove_synonym,
)
from torg.catalog.unanswered import count_missed
from torg.catalog.vary import (
    AddedVariant,
    VariantChange,
    add_variant,
    archive_variant,
    change_variant,
    restore_variant,
)

__all__ = [
    "AddedVariant",
    "Attribute",
    "AttributeChange",
    "AttributeChanged",
    "AttributeDeclared",
    "AttributeFact",
    "AttributeKind",
    "CardAmounts",
    "CardVariant",
    "Category",
    "CategoryChange",
    "CategoryChanged",
    "CategoryCreated",
    "CategoryMoved",
    "CategoryNode",
    "CategoryNotFound",
    "CategoryRemoved",
    "CategoryText",
    "Choice",
    "ChoiceFact",
    "Component",
    "ComponentWish",
    "ContentUnit",
    "Customs",
    "Facet",
    "FacetValue",
    "Inside",
    "Instead",
    "Kind",
    "KnownSku",
    "Listing",
    "Loaded",
    "Narrowed",
    "NewAttribute",
    "NewCategory",
    "NewProduct",
    "NewSynonym",
    "NewVariant",
    "OptionFact",
    "Order",
    "Outcome",
    "Picture",
    "PictureFact",
    "Product",
    "ProductArchived",
    "ProductCard",
    "ProductChange",
    "ProductChanged",
    "ProductCreated",
    "ProductDetail",
    "ProductNotFound",
    "ProductPublished",
    "ProductRecord",
    "ProductText",
    "Selected",
    "Sellable",
    "Shown",
    "Sieve",
    "Special",
    "Specials",
    "Status",
    "Suggestions",
    "Synonym",
    "SynonymChange",
    "Variant",
    "VariantArchived",
    "VariantChange",
    "VariantCreated",
    "VariantFact",
    "VariantFacts",
    "VariantRestored",
    "VariantStatus",
    "Vocabulary",
    "Wanted",
    "add_synonym",
    "add_variant",
    "addresses",
    "all_synonyms",
    "all_variants",
    "archive",
    "archive_variant",
    "bits",
    "cards_of",
    "change",
    "change_attribute",
    "change_category",
    "change_synonym",
    "change_variant",
    "count_missed",
    "create",
    "create_category",
    "customs",
    "declare",
    "export",
    "facets_of",
    "find_category",
    "known_products",
    "known_variants",
    "load",
    "narrow",
    "newest",
    "of_skus",
    "product",
    "publish",
    "remove_category",
    "remove_synonym",
    "restore_variant",
    "search",
    "select",
    "sellables",
    "shown_categories",
    "shown_products",
    "sieve_of",
    "specials",
    "suggest",
    "to_sell",
    "vocabulary",
    "words_of",
]
