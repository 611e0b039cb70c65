"""Groups and who is in them, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.zoom.group import CAPABILITY, GroupHandler
from reconciler.errors import Absent, Refused, Uncertain
from reconciler.model import Address, Intent, Live, Removal, Scope, Wanted
from reconciler.resources.base import OMITTED, Members
from reconciler.resources.group import Group
from tests.unit.driver_rig import Campus, change, run_campus

ADDRESS = Address("main", "group", "faculty")


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=70, groups=2)


@pytest.fixture
def groups(campus: Campus) -> GroupHandler:
    handler = campus.open("zoom").handlers()["group"]
    assert isinstance(handler, GroupHandler)
    return handler


def want(remote_id: str = "", **fields: Any) -> Wanted[Group]:
    return Wanted(ADDRESS, remote_id, Group(**fields))


def read(groups: GroupHandler, wanted: Wanted[Group]) -> Live[Group]:
    (live,) = groups.read(Scope((wanted,), whole=False))
    return live


def people(campus: Campus) -> list[str]:
    return [user["id"] for user in campus.state()["users"] if user["status"] == "active"]


def test_all_groups_are_listed_and_members_only_where_declared(campus: Campus, groups: GroupHandler) -> None:
    first, second = campus.state()["groups"]
    wanted = want(first["id"], title="x", members=Members())
    found = {live.remote_id: live.resource.members for live in groups.read(Scope((wanted,)))}
    members = found[first["id"]]
    assert isinstance(members, Members)
    assert set(members.elements) == set(first["member_ids"])
    assert found[second["id"]] is OMITTED
    assert groups.client.requests()["GET /groups/{groupId}/members"] == 1


def test_members_are_added_thirty_a_call_and_taken_out_one_by_one(
    campus: Campus, groups: GroupHandler
) -> None:
    ids = people(campus)[:65]
    wanted = want(members=Members(tuple(ids)))
    assert CAPABILITY.follows(wanted.resource) == {"members"}
    wanted = want(groups.create(wanted), members=Members(tuple(ids)))
    live = read(groups, wanted)
    assert (live.resource.title, live.resource.members) == ("faculty", Members())
    groups.update(live, wanted, [change("members", added=ids)])
    assert [len(elements) for name, _, _, elements in campus.journal.sent if "members" in name] == [30, 30, 5]
    live = read(groups, wanted)
    assert isinstance(live.resource.members, Members)
    assert set(live.resource.members.elements) == set(ids)
    groups.update(live, wanted, [change("members", removed=ids[:2])])
    groups.update(live, wanted, [change("members", removed=ids[:1], added=ids[2:3])])
    live = read(groups, wanted)
    assert isinstance(live.resource.members, Members)
    assert set(live.resource.members.elements) == set(ids[2:])


def test_a_group_is_renamed_and_deleted_and_gone_is_gone(campus: Campus, groups: GroupHandler) -> None:
    wanted = want(campus.console("add_group", name="Old")["id"], title="New")
    live = read(groups, wanted)
    groups.update(live, wanted, [change("title")])
    assert read(groups, wanted).keys == {"title": "new"}
    for _ in range(2):
        groups.remove(live, Removal.DELETE)
    assert list(groups.read(Scope((wanted,), whole=False))) == []
    with pytest.raises(Absent):
        groups.update(live, wanted, [change("members", removed=people(campus)[:1])])


def test_names_are_unique_and_an_uncertain_group_is_found_by_name(
    campus: Campus, groups: GroupHandler
) -> None:
    campus.control("faults", {"status": [{"operation": "POST /groups", "ending": "drop_reply", "act": True}]})
    with pytest.raises(Uncertain):
        groups.create(want(title="Faculty"))
    operation, parameters, body, elements = campus.journal.sent[0]
    intent = Intent(
        1,
        "r",
        "main",
        (ADDRESS,),
        "create",
        1,
        1,
        operation,
        parameters,
        body,
        elements,
        campus.clock(),
        1,
        "x",
    )
    assert [live.label for live in groups.find(intent)] == ["Faculty"]
    with pytest.raises(Refused) as caught:
        groups.create(want(title="Faculty"))
    assert caught.value.code == "4132"


def test_the_natural_key_is_the_title_else_the_name() -> None:
    (key,) = CAPABILITY.natural_keys
    assert key.of("Faculty", Group()) == "faculty"
    assert key.of("x", Group(title="The Faculty")) == "the faculty"
