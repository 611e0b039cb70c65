"""Groups as cohorts, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.moodle.group import GroupHandler
from reconciler.errors import IncompleteReading, NeedsPerson, Refused, Uncertain
from reconciler.model import Address, Exploration, Live, Removal, Scope, Wanted
from reconciler.resources.base import OMITTED, Members
from reconciler.resources.group import Group
from tests.unit.driver_rig import Campus, change, run_campus, sent_intent

ADDRESS = Address("main", "group", "zoom-hosts")


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def groups(campus: Campus) -> GroupHandler:
    handler = campus.open("moodle").handlers()["group"]
    assert isinstance(handler, GroupHandler)
    return handler


def want(remote_id: str = "", **fields: Any) -> Wanted[Group]:
    return Wanted(ADDRESS, remote_id, Group(**fields))


def read(groups: GroupHandler, wanted: Wanted[Group]) -> Live[Group]:
    found = {live.remote_id: live for live in groups.read(Scope((wanted,), whole=False))}
    return found[wanted.remote_id]


def test_a_cohort_is_made_with_the_name_as_its_id_number(campus: Campus, groups: GroupHandler) -> None:
    wanted = want(groups.create(want(title="Hosts & more")), members=Members())
    live = read(groups, wanted)
    assert (live.resource.title, live.resource.members) == ("Hosts & more", Members())
    assert live.keys == {"idnumber": "zoom-hosts", "title": "hosts & more"}
    with pytest.raises(Refused):
        groups.create(want())


def test_members_go_in_and_out_some_at_a_time(campus: Campus, groups: GroupHandler) -> None:
    ids = [str(number) for number in campus.console("moodle_add_people", number=160)["ids"]]
    wanted = want(groups.create(want()), members=Members(tuple(ids)))
    groups.update(read(groups, wanted), wanted, [change("members", added=ids)])
    groups.update(read(groups, wanted), wanted, [change("members", added=ids[:1], removed=ids[1:])])
    sizes = [len(elements) for name, _, _, elements in campus.journal.sent if "add_cohort" in name]
    assert sizes == [150, 10, 1]
    assert read(groups, wanted).resource.members == Members((ids[0],))
    with pytest.raises(Refused, match="code 2"):
        groups.update(read(groups, wanted), wanted, [change("members", added=["999"])])


def test_members_are_read_only_where_declared_and_never_left_out(
    campus: Campus, groups: GroupHandler
) -> None:
    wanted = want(groups.create(want()), members=Members())
    other = str(campus.console("moodle_add_cohort", name="Other")["id"])
    found = {live.remote_id: live for live in groups.read(Scope((wanted,)))}
    assert found[other].resource.members is OMITTED
    assert found[other].keys == {"title": "other"}
    answer = {"operation": "core_cohort_get_cohort_members", "status": 200, "body": []}
    campus.control("faults", {"status": [answer]})
    with pytest.raises(IncompleteReading, match="1 of 1 cohorts"):
        list(groups.read(Scope((wanted,))))


def test_a_cohort_of_a_category_is_renamed_by_a_person(campus: Campus, groups: GroupHandler) -> None:
    mine = want(groups.create(want(title="Old")), title="New")
    groups.update(read(groups, mine), mine, [change("title")])
    assert read(groups, mine).resource.title == "New"
    made = campus.console("moodle_add_cohort", name="Theirs", idnumber="theirs", category="7")
    theirs = want(str(made["id"]), title="New")
    with pytest.raises(NeedsPerson, match="course category"):
        groups.update(read(groups, theirs), theirs, [change("title")])
    assert campus.state()["moodle"]["cohorts"][1]["category"] == "7"


def test_a_cohort_goes_once_and_a_lost_one_is_found(campus: Campus, groups: GroupHandler) -> None:
    fault = {"operation": "core_cohort_create_cohorts", "ending": "drop_reply", "act": True}
    campus.control("faults", {"status": [fault]})
    with pytest.raises(Uncertain):
        groups.create(want(title="Hosts"))
    (live,) = groups.find(sent_intent(campus, ADDRESS))
    assert live.label == "Hosts"
    for _ in range(2):
        groups.remove(live, Removal.DELETE)
    assert list(groups.read(Scope(()))) == []


def test_all_cohorts_can_be_told_with_members(campus: Campus, groups: GroupHandler) -> None:
    known = groups.create(want(title="Known"))
    other = campus.console("moodle_add_cohort", name="Other")["id"]
    campus.console("moodle_edit_cohort", cohort=other, members=[2])
    found = {
        live.label: live.resource.members for live in groups.explore(Exploration({}, frozenset({known})))
    }
    assert found == {"Known": OMITTED, "Other": Members(("2",))}
