"""What happens in the catalogue, for projections, other contexts and webhooks."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class _OfProduct(Event, frozen=True, kw_only=True):
    family: ClassVar[str] = "reference"
    product_id: UUID

    def key(self) -> str:
        return str(self.product_id)


class ProductCreated(_OfProduct, frozen=True, kw_only=True):
    """A product was made, as a draft."""

    type: ClassVar[str] = "product.created"
    version: int


class ProductChanged(_OfProduct, frozen=True, kw_only=True):
    """Something about a product changed; `changed` names the parts."""

    type: ClassVar[str] = "product.changed"
    version: int
    changed: tuple[str, ...]


class ProductPublished(_OfProduct, frozen=True, kw_only=True):
    """A product is offered from now on, where and when its assortment says."""

    type: ClassVar[str] = "product.published"
    version: int


class ProductArchived(_OfProduct, frozen=True, kw_only=True):
    """A product is offered nowhere any more."""

    type: ClassVar[str] = "product.archived"
    version: int


class _OfVariant(_OfProduct, frozen=True, kw_only=True):
    variant_id: UUID
    sku: str

    def aggregate(self) -> str:
        return str(self.variant_id)


class VariantCreated(_OfVariant, frozen=True, kw_only=True):
    """A product can be had in one more variant."""

    type: ClassVar[str] = "variant.created"


class VariantArchived(_OfVariant, frozen=True, kw_only=True):
    """A variant is not offered any more."""

    type: ClassVar[str] = "variant.archived"


class VariantRestored(_OfVariant, frozen=True, kw_only=True):
    """An archived variant is offered again."""

    type: ClassVar[str] = "variant.restored"


class _OfCategory(Event, frozen=True, kw_only=True):
    family: ClassVar[str] = "reference"
    category_id: UUID
    code: str

    def key(self) -> str:
        return str(self.category_id)


class CategoryCreated(_OfCategory, frozen=True, kw_only=True):
    """A category was made."""

    type: ClassVar[str] = "category.created"


class CategoryChanged(_OfCategory, frozen=True, kw_only=True):
    """A category has other texts or another place among its neighbours."""

    type: ClassVar[str] = "category.changed"


class CategoryMoved(_OfCategory, frozen=True, kw_only=True):
    """A category, with all below it, stands elsewhere in the tree."""

    type: ClassVar[str] = "category.moved"


class CategoryRemoved(_OfCategory, frozen=True, kw_only=True):
    """An empty category was taken away."""

    type: ClassVar[str] = "category.removed"


class _OfAttribute(Event, frozen=True, kw_only=True):
    family: ClassVar[str] = "reference"
    code: str

    def key(self) -> str:
        return self.code


class AttributeDeclared(_OfAttribute, frozen=True, kw_only=True):
    """Something new can be said of products."""

    type: ClassVar[str] = "attribute.declared"


class AttributeChanged(_OfAttribute, frozen=True, kw_only=True):
    """An attribute has other names, choices or another place."""

    type: ClassVar[str] = "attribute.changed"
