"""Who may what, and who may give it: the pure part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.people import ADMINISTRATOR, actor

from torg.kernel import audit
from torg.kernel.access import (
    EVERYTHING,
    SYSTEM,
    VISITOR,
    Actor,
    ActorKind,
    Grant,
    RightMissing,
    SignInNeeded,
    model,
    rules,
)
from torg.kernel.access.model import (
    Assignment,
    RightNotYours,
    Role,
    UnknownRole,
)
from torg.permissions import Permission

READ, WRITE = "orders:read", "staff:write"
PLACES = st.none() | st.sampled_from(["oslo", "bergen", "berlin"])
LIMITS = st.none() | st.frozensets(st.sampled_from(["oslo", "bergen", "berlin"]), min_size=1)
GRANTS = st.lists(
    st.builds(
        Grant,
        permissions=st.frozensets(st.sampled_from([READ, WRITE, "stock:read"])),
        stores=LIMITS,
        channels=LIMITS,
    ),
    max_size=4,
)


def roles(**of: tuple[str, ...]) -> dict[str, Role]:
    return {code: Role(code, {"en": code}, words) for code, words in of.items()}


def test_an_unlimited_grant_counts_everywhere() -> None:
    someone = actor(READ)
    assert someone.may(READ)
    assert someone.may(READ, store="oslo")
    assert someone.may(READ, channel="web-no")
    assert not someone.may(WRITE)


def test_a_grant_for_a_store_counts_only_where_the_store_is_named() -> None:
    someone = actor(READ, stores={"oslo"})
    assert someone.may(READ, store="oslo")
    assert someone.may(READ, store="oslo", channel="till-oslo")
    assert someone.may(READ, anywhere=True)
    assert not someone.may(READ)
    assert not someone.may(READ, store="bergen")
    assert not someone.may(READ, channel="till-oslo")


def test_a_grant_for_a_store_and_a_channel_needs_both() -> None:
    someone = actor(READ, stores={"oslo"}, channels={"till-oslo"})
    assert someone.may(READ, store="oslo", channel="till-oslo")
    assert not someone.may(READ, store="oslo")
    assert not someone.may(READ, channel="till-oslo")
    assert not someone.may(READ, store="bergen", channel="till-oslo")


def test_a_visitor_is_asked_to_sign_in_and_others_learn_what_they_lack() -> None:
    with pytest.raises(SignInNeeded):
        VISITOR.must(READ)
    with pytest.raises(RightMissing) as refused:
        actor(WRITE).must(READ, store="oslo")
    assert refused.value.facts == {"permission": READ, "store": "oslo"}


def test_torg_itself_and_administrators_may_everything() -> None:
    for permission in Permission:
        SYSTEM.must(permission)
        ADMINISTRATOR.must(permission)


def test_a_list_is_narrowed_to_the_places_of_the_grants() -> None:
    someone = Actor(
        ActorKind.staff,
        grants=(
            Grant(frozenset({READ}), frozenset({"oslo"})),
            Grant(frozenset({READ}), frozenset({"bergen"}), None),
            Grant(frozenset({READ}), frozenset({"berlin"}), frozenset({"till-berlin"})),
            Grant(frozenset({WRITE})),
        ),
    )
    assert someone.stores(READ) == frozenset({"oslo", "bergen"})
    assert someone.channels(READ) == frozenset()
    assert someone.stores(WRITE) is None
    assert someone.stores("stock:read") == frozenset()
    assert SYSTEM.stores(READ) is None


@given(GRANTS, PLACES, PLACES)
def test_who_may_without_a_place_may_in_every_place(
    grants: list[Grant], store: str | None, channel: str | None
) -> None:
    someone = Actor(ActorKind.staff, grants=tuple(grants))
    if someone.may(READ):
        assert someone.may(READ, store=store, channel=channel)
    if someone.may(READ, store=store, channel=channel):
        assert someone.may(READ, anywhere=True)


@given(GRANTS, LIMITS)
def test_a_narrowed_list_shows_exactly_what_may_be_asked_for_one_by_one(
    grants: list[Grant], wanted: frozenset[str] | None
) -> None:
    someone = Actor(ActorKind.staff, grants=tuple(grants))
    for store in wanted or {"oslo"}:
        within = someone.stores(READ)
        assert someone.may(READ, store=store) == (within is None or store in within)


@given(GRANTS, LIMITS, LIMITS)
def test_nobody_gives_what_she_does_not_hold_in_all_of_the_places(
    grants: list[Grant], stores: frozenset[str] | None, channels: frozenset[str] | None
) -> None:
    giver = Actor(ActorKind.staff, grants=tuple(grants))
    given_stores = None if stores is None else tuple(stores)
    given_channels = None if channels is None else tuple(channels)
    receiver = Actor(ActorKind.staff, grants=(Grant(frozenset({READ}), stores, channels),))
    if not rules.lacking(giver, [READ], given_stores, given_channels):
        for store in [None, "oslo", "bergen", "berlin"]:
            for channel in [None, "oslo", "bergen", "berlin"]:
                if receiver.may(READ, store=store, channel=channel):
                    assert giver.may(READ, store=store, channel=channel)


def test_who_manages_a_person_needs_every_right_that_this_person_has() -> None:
    known = roles(boss=(READ, WRITE), all=(EVERYTHING,))
    manager = actor(WRITE, READ, stores={"oslo"})
    rules.require_over(manager, [Assignment("boss", ("oslo",))], known)
    with pytest.raises(RightMissing):
        rules.require_over(manager, [Assignment("boss")], known)
    with pytest.raises(RightMissing):
        rules.require_over(manager, [Assignment("boss", ("oslo", "bergen"))], known)
    with pytest.raises(RightNotYours):
        rules.require_over(actor(WRITE), [Assignment("boss", ("oslo",))], known)
    with pytest.raises(RightNotYours):
        rules.require_over(actor(WRITE, READ), [Assignment("all", ("oslo",))], known)
    with pytest.raises(UnknownRole):
        rules.require_over(ADMINISTRATOR, [Assignment("nothing")], known)
    rules.require_over(ADMINISTRATOR, [Assignment("all")], known)
    rules.require_over(actor(WRITE), [], known)
    with pytest.raises(RightMissing):
        rules.require_over(manager, [], known)


def test_only_everything_everywhere_makes_an_administrator() -> None:
    known = roles(all=(EVERYTHING,), some=(READ,))
    assert rules.is_administrator([Assignment("some"), Assignment("all")], known)
    assert not rules.is_administrator([Assignment("all", ("oslo",))], known)
    assert not rules.is_administrator([Assignment("all", None, ("web-no",))], known)
    assert not rules.is_administrator([Assignment("some")], known)


def test_the_words_of_the_kernel_are_words_of_the_vocabulary() -> None:
    used = {model.STAFF_READ, model.STAFF_WRITE, model.KEYS_READ, model.KEYS_WRITE, audit.AUDIT_READ}
    assert used <= {str(word) for word in Permission}
