"""Groups, companies and who belongs to them over HTTP, for staff and programs."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from torg.customers.memberships import keep, look
from torg.customers.memberships.model import Company, CustomerGroup, KeptMembership
from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, read, write
from torg.permissions import Permission

TAGS = ["customers"]

Code = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9-]*$", examples=["members"])]
Named = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$")]
Number = Annotated[str, Meta(max_length=40)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=50)]
CompanyId = Annotated[str, Meta(min_length=36, max_length=36, pattern="^com_[0-9a-f]{32}$")]
Version = Annotated[
    int, Meta(ge=0, le=2**31 - 1, description="The version that this was decided on; 0 for a new one.")
]


class NewGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer group to add."""

    code: Code
    name: Named


class GroupPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What a group is called from now on."""

    name: Named
    version: Version | None = None


class NewCompanyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A company to add."""

    name: Named
    org_number: Number | None = None
    vat_number: Number | None = None
    customer_groups: Codes = ()


class CompanyPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a company; what is left out stays."""

    name: Named | UnsetType = UNSET
    org_number: Number | UnsetType | None = UNSET
    vat_number: Number | UnsetType | None = UNSET
    customer_groups: Codes | UnsetType = UNSET
    version: Version | None = None


class CompanyView(Struct, frozen=True):
    """A business that several customers may buy for."""

    id: str
    name: str
    org_number: str | None
    vat_number: str | None
    customer_groups: tuple[str, ...]
    version: int

    @classmethod
    def of(cls, company: Company) -> "CompanyView":
        """All of the company."""
        fields = {name: getattr(company, name) for name in cls.__struct_fields__}
        return cls(**fields | {"id": company.public_id})


class MembershipBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All groups that a customer is in herself, and the company that she buys for."""

    customer_groups: Codes = ()
    company: CompanyId | None = None
    version: Version | None = None


class MembershipView(Struct, frozen=True):
    """What is written down of a customer; the groups of her company are hers too and do not stand here."""

    customer: str
    customer_groups: tuple[str, ...]
    company: str | None
    version: int

    @classmethod
    def of(cls, kept: KeptMembership) -> "MembershipView":
        """The membership with public ids."""
        return cls(
            ids.public("cus", kept.customer_id),
            kept.customer_groups,
            ids.public("com", kept.company_id) if kept.company_id else None,
            kept.version,
        )


@read("/customer-groups", permission=Permission.customers_read, summary="Customer groups", tags=TAGS)
async def list_groups(call: Call) -> Page[CustomerGroup]:
    """Every group, by code."""
    return Page(await call.read(lambda tx: look.groups(tx, by=call.actor)))


@write(
    "POST",
    "/customer-groups",
    permission=Permission.customers_group,
    status=201,
    summary="Add a customer group",
    tags=TAGS,
)
async def create_group(call: Call, data: Body[NewGroup]) -> Response[CustomerGroup]:
    """Nobody is in it yet."""
    return await call.write(
        lambda tx: keep.add_group(tx, CustomerGroup(data.code, data.name), by=call.actor), status=201
    )


@write(
    "PATCH",
    "/customer-groups/{code:str}",
    permission=Permission.customers_group,
    summary="Rename a customer group",
    tags=TAGS,
)
async def patch_group(call: Call, code: FromPath[str], data: Body[GroupPatch]) -> Response[CustomerGroup]:
    """Its code stays for ever."""
    return await call.write(
        lambda tx: keep.change_group(tx, code, data.name, version=data.version, by=call.actor)
    )


@read(
    "/customer-groups/{code:str}/customers",
    permission=Permission.customers_read,
    summary="Who is in a customer group",
    tags=TAGS,
)
async def list_group_customers(
    call: Call, code: FromPath[str], cursor: Cursor = None, limit: Limit = 100
) -> Page[MembershipView]:
    """Those who are in it themselves, newest customer first."""
    return await _page(call, cursor, limit, customer_group=code)


@read("/companies", permission=Permission.customers_read, summary="Companies", tags=TAGS)
async def list_companies(call: Call, cursor: Cursor = None, limit: Limit = 100) -> Page[CompanyView]:
    """Newest first."""
    key = cursors.decode(cursor, tuple[UUID])
    before = key[0] if key else None
    found = await call.read(lambda tx: look.companies(tx, by=call.actor, before=before, limit=limit + 1))
    return Page.cut(found, limit, lambda one: (one.id,)).map(CompanyView.of)


@read("/companies/{company_id:str}", permission=Permission.customers_read, summary="A company", tags=TAGS)
async def read_company(call: Call, company_id: FromPath[str]) -> CompanyView:
    """One company."""
    id = ids.parse("com", company_id)
    return CompanyView.of(await call.read(lambda tx: look.company(tx, id, by=call.actor)))


@write(
    "POST",
    "/companies",
    permission=Permission.customers_group,
    status=201,
    summary="Add a company",
    tags=TAGS,
)
async def create_company(call: Call, data: Body[NewCompanyBody]) -> Response[CompanyView]:
    """Nobody buys for it yet."""
    new = keep.NewCompany(data.name, data.org_number, data.vat_number, data.customer_groups)
    return await call.write(
        lambda tx: keep.add_company(tx, new, by=call.actor), view=CompanyView.of, status=201
    )


@write(
    "PATCH",
    "/companies/{company_id:str}",
    permission=Permission.customers_group,
    summary="Change a company",
    tags=TAGS,
)
async def patch_company(
    call: Call, company_id: FromPath[str], data: Body[CompanyPatch]
) -> Response[CompanyView]:
    """What is left out stays."""
    id = ids.parse("com", company_id)
    change = keep.CompanyChange(data.name, data.org_number, data.vat_number, data.customer_groups)
    return await call.write(
        lambda tx: keep.change_company(tx, id, change, version=data.version, by=call.actor),
        view=CompanyView.of,
    )


@read(
    "/companies/{company_id:str}/customers",
    permission=Permission.customers_read,
    summary="Who buys for a company",
    tags=TAGS,
)
async def list_company_customers(
    call: Call, company_id: FromPath[str], cursor: Cursor = None, limit: Limit = 100
) -> Page[MembershipView]:
    """Newest customer first."""
    return await _page(call, cursor, limit, company_id=ids.parse("com", company_id))


@read(
    "/customers/{customer_id:str}/membership",
    permission=Permission.customers_read,
    summary="A customer's groups and company",
    tags=TAGS,
)
async def read_membership(call: Call, customer_id: FromPath[str]) -> MembershipView:
    """What is written down of her; the groups of her company come on top."""
    id = ids.parse("cus", customer_id)
    return MembershipView.of(await call.read(lambda tx: look.membership_of(tx, id, by=call.actor)))


@write(
    "PUT",
    "/customers/{customer_id:str}/membership",
    permission=Permission.customers_group,
    summary="Say in which groups a customer is, and for which company she buys",
    tags=TAGS,
)
async def put_membership(
    call: Call, customer_id: FromPath[str], data: Body[MembershipBody]
) -> Response[MembershipView]:
    """Takes the place of what was written down before; her prices are others within a second."""
    id = ids.parse("cus", customer_id)
    company = ids.parse("com", data.company) if data.company else None
    return await call.write(
        lambda tx: keep.put_membership(
            tx, id, data.customer_groups, company, version=data.version, by=call.actor
        ),
        view=MembershipView.of,
    )


async def _page(call: Call, cursor: str | None, limit: int, **of: Any) -> Page[MembershipView]:
    key = cursors.decode(cursor, tuple[UUID])
    before = key[0] if key else None
    found = await call.read(
        lambda tx: look.memberships(tx, by=call.actor, before=before, limit=limit + 1, **of)
    )
    return Page.cut(found, limit, lambda one: (one.customer_id,)).map(MembershipView.of)


ROUTES: list[Any] = [
    list_groups,
    create_group,
    patch_group,
    list_group_customers,
    list_companies,
    read_company,
    create_company,
    patch_company,
    list_company_customers,
    read_membership,
    put_membership,
]
