"""Staff, roles, API keys and the audit log, over HTTP, for those who manage them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response

from torg.kernel import audit, cursors, ids
from torg.kernel.access import define_roles, issue_keys, manage_staff
from torg.kernel.access.issue_keys import KeyWish
from torg.kernel.access.manage_staff import Invitation
from torg.kernel.access.model import (
    KEYS_READ,
    KEYS_WRITE,
    STAFF_READ,
    STAFF_WRITE,
    Role,
    StaffState,
    Vocabulary,
)
from torg.kernel.access.policy import Policy
from torg.kernel.access.views import (
    ApiKeyView,
    AuditView,
    InvitationForm,
    IssuedKeyView,
    NewKeyForm,
    NewRoleForm,
    RoleForm,
    RolesForm,
    RoleView,
    StaffPatch,
    StaffView,
)
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    Limit,
    MomentText,
    Page,
    QueryParameter,
    moment,
    read,
    write,
)

STAFF = ["staff"]
KEYS = ["API keys"]
AUDIT = ["audit log"]


def _after(cursor: str | None) -> UUID | None:
    found = cursors.decode(cursor, tuple[UUID])
    return found[0] if found else None


@read("/staff", permission=STAFF_READ, summary="List staff", tags=STAFF)
async def list_staff(
    call: Call,
    those: Annotated[StaffState | None, QueryParameter(name="state", description="Only these.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StaffView]:
    """In the order in which they came; who may read staff of some stores sees only those."""
    after = _after(cursor)
    rows = await call.read(
        lambda tx: manage_staff.list_staff(tx, by=call.actor, state=those, after=after, limit=limit + 1)
    )
    return Page.cut(rows, limit, lambda row: (row.id,)).map(StaffView.of)


@write("POST", "/staff", permission=STAFF_WRITE, status=201, summary="Invite a colleague", tags=STAFF)
async def invite(call: Call, data: Body[InvitationForm]) -> Response[StaffView]:
    """She gets a mail with a link under which she chooses her password."""
    policy = call.ports.get(Policy)
    roles = tuple(form.assignment() for form in data.roles)
    invitation = Invitation(data.email, data.name, data.language, roles)
    return await call.write(
        lambda tx: manage_staff.invite(tx, policy, invitation, by=call.actor), view=StaffView.of
    )


@read("/staff/{staff_id:str}", permission=STAFF_READ, summary="Read a member of staff", tags=STAFF)
async def read_staff(call: Call, staff_id: FromPath[str]) -> StaffView:
    """One colleague."""
    id = ids.parse("stf", staff_id)
    return StaffView.of(await call.read(lambda tx: manage_staff.find_staff(tx, id, by=call.actor)))


@write("PATCH", "/staff/{staff_id:str}", permission=STAFF_WRITE, summary="Rename a colleague", tags=STAFF)
async def rename(call: Call, staff_id: FromPath[str], data: Body[StaffPatch]) -> Response[StaffView]:
    """Name or language; what is null stays."""
    id = ids.parse("stf", staff_id)
    return await call.write(
        lambda tx: manage_staff.rename(
            tx, id, name=data.name, language=data.language, version=data.version, by=call.actor
        ),
        view=StaffView.of,
    )


@write("PUT", "/staff/{staff_id:str}/roles", permission=STAFF_WRITE, summary="Give roles", tags=STAFF)
async def give_roles(call: Call, staff_id: FromPath[str], data: Body[RolesForm]) -> Response[StaffView]:
    """Exactly these; nobody gives or takes a right that she does not hold herself."""
    id = ids.parse("stf", staff_id)
    wanted = [form.assignment() for form in data.roles]
    return await call.write(
        lambda tx: manage_staff.assign_roles(tx, id, wanted, version=data.version, by=call.actor),
        view=StaffView.of,
    )


@write("POST", "/staff/{staff_id:str}/disable", permission=STAFF_WRITE, summary="Shut out", tags=STAFF)
async def disable(call: Call, staff_id: FromPath[str]) -> Response[StaffView]:
    """Her sessions end at once."""
    id = ids.parse("stf", staff_id)
    return await call.write(lambda tx: manage_staff.disable(tx, id, by=call.actor), view=StaffView.of)


@write("POST", "/staff/{staff_id:str}/enable", permission=STAFF_WRITE, summary="Let in again", tags=STAFF)
async def enable(call: Call, staff_id: FromPath[str]) -> Response[StaffView]:
    """She chooses a new password under a link in a mail."""
    id, policy = ids.parse("stf", staff_id), call.ports.get(Policy)
    return await call.write(lambda tx: manage_staff.enable(tx, policy, id, by=call.actor), view=StaffView.of)


@write("POST", "/staff/{staff_id:str}/invite", permission=STAFF_WRITE, summary="Invite again", tags=STAFF)
async def invite_again(call: Call, staff_id: FromPath[str]) -> Response[StaffView]:
    """The link in the former mail no longer works."""
    id, policy = ids.parse("stf", staff_id), call.ports.get(Policy)
    return await call.write(
        lambda tx: manage_staff.invite_again(tx, policy, id, by=call.actor), view=StaffView.of
    )


@write(
    "POST",
    "/staff/{staff_id:str}/end-second-factor",
    permission=STAFF_WRITE,
    summary="Take the second factor off",
    tags=STAFF,
)
async def end_factor_of(call: Call, staff_id: FromPath[str]) -> Response[StaffView]:
    """For somebody who has lost it and the recovery codes too; her sessions end."""
    id = ids.parse("stf", staff_id)
    return await call.write(
        lambda tx: manage_staff.end_second_factor(tx, id, by=call.actor), view=StaffView.of
    )


@read("/roles", permission=STAFF_READ, summary="List roles", tags=STAFF)
async def list_roles(call: Call) -> Page[RoleView]:
    """By code."""
    found = await call.read(lambda tx: define_roles.list_roles(tx, by=call.actor))
    return Page([RoleView.of(role) for role in found])


@read("/permissions", permission=STAFF_READ, summary="List permissions", tags=STAFF)
async def list_permissions(call: Call) -> Page[str]:
    """Every word that roles and keys are made of."""
    call.actor.must(STAFF_READ, anywhere=True)
    return Page(sorted(call.ports.get(Vocabulary).words))


@write("POST", "/roles", permission=STAFF_WRITE, status=201, summary="Add a role", tags=STAFF)
async def add_role(call: Call, data: Body[NewRoleForm]) -> Response[RoleView]:
    """Made of permissions that one holds oneself, everywhere."""
    role = Role(data.code, {str(language): name for language, name in data.name.items()}, data.permissions)
    words = call.ports.get(Vocabulary)
    return await call.write(
        lambda tx: define_roles.add_role(tx, role, words, by=call.actor), view=RoleView.of
    )


@write("PUT", "/roles/{code:str}", permission=STAFF_WRITE, summary="Change a role", tags=STAFF)
async def change_role(call: Call, code: FromPath[str], data: Body[RoleForm]) -> Response[RoleView]:
    """Counts for everybody who has it from the next request on."""
    role = Role(code, {str(language): name for language, name in data.name.items()}, data.permissions)
    words = call.ports.get(Vocabulary)
    return await call.write(
        lambda tx: define_roles.change_role(tx, role, words, version=data.version, by=call.actor),
        view=RoleView.of,
    )


@write("DELETE", "/roles/{code:str}", permission=STAFF_WRITE, status=204, summary="Remove a role", tags=STAFF)
async def remove_role(call: Call, code: FromPath[str]) -> Response[None]:
    """Only one that nobody has any more."""
    return await call.write(lambda tx: define_roles.remove_role(tx, code, by=call.actor))


@read("/api-keys", permission=KEYS_READ, summary="List API keys", tags=KEYS)
async def list_keys(call: Call, cursor: Cursor = None, limit: Limit = 50) -> Page[ApiKeyView]:
    """In the order in which they were issued, revoked ones too."""
    after = _after(cursor)
    rows = await call.read(lambda tx: issue_keys.list_keys(tx, by=call.actor, after=after, limit=limit + 1))
    return Page.cut(rows, limit, lambda row: (row.id,)).map(ApiKeyView.of)


@write("POST", "/api-keys", permission=KEYS_WRITE, status=201, summary="Issue an API key", tags=KEYS)
async def issue(call: Call, data: Body[NewKeyForm]) -> Response[IssuedKeyView]:
    """The secret is told this once. A key holds only rights that one holds oneself."""
    wish = KeyWish(data.name, data.permissions, data.stores, data.channels, data.expires_at)
    words = call.ports.get(Vocabulary)
    return await call.write(
        lambda tx: issue_keys.issue_key(tx, wish, words, by=call.actor), view=IssuedKeyView.of
    )


@write("DELETE", "/api-keys/{key_id:str}", permission=KEYS_WRITE, summary="Revoke an API key", tags=KEYS)
async def revoke(call: Call, key_id: FromPath[str]) -> Response[ApiKeyView]:
    """The next request that shows it is refused."""
    id = ids.parse("key", key_id)
    return await call.write(lambda tx: issue_keys.revoke_key(tx, id, by=call.actor), view=ApiKeyView.of)


Filter = Annotated[str | None, QueryParameter(max_length=100)]


@read("/audit", permission=audit.AUDIT_READ, summary="Read the audit log", tags=AUDIT)
async def read_audit(
    call: Call,
    actor: Filter = None,
    action: Filter = None,
    target: Filter = None,
    since: MomentText = None,
    until: MomentText = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditView]:
    """The newest first. `action` also stands for all that begin with it: `staff` for `staff.invited`."""
    before = _after(cursor)
    wanted = audit.Wanted(actor, action, target, moment("since", since), moment("until", until))
    rows = await call.read(lambda tx: audit.read(tx, wanted, by=call.actor, before=before, limit=limit + 1))
    return Page.cut(rows, limit, lambda row: (row.id,)).map(AuditView.of)


ROUTES: list[Any] = [
    list_staff,
    invite,
    read_staff,
    rename,
    give_roles,
    disable,
    enable,
    invite_again,
    end_factor_of,
    list_roles,
    list_permissions,
    add_role,
    change_role,
    remove_role,
    list_keys,
    issue,
    revoke,
    read_audit,
]
