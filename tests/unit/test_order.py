"""The sequence of a plan: records move, then what exists is made along the references, removals last."""

from __future__ import annotations

import random

import pytest

from reconciler.errors import PlanRefused
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    FieldChange,
    Forget,
    Reason,
    Removal,
    Remove,
    Rename,
    Replace,
    Update,
)
from reconciler.stages.order import order


def at(text: str) -> Address:
    return Address.parse(text)


ADA, BEN = at("z/user/ada"), at("z/user/ben")
CLUB, TALK, LINK = at("z/group/club"), at("z/course_meeting/talk/1"), at("l/course_link/talk/1")


def create(address: Address, *after: Address, start: str = "") -> Create:
    times = FieldChange("schedule", None, {"occurrences": (start,)}, Reason.NEW)
    return Create(address=address, reason=Reason.NEW, after=after, fields=(times,) if start else ())


def update(address: Address, *after: Address, falls: bool = False) -> Update:
    changed = FieldChange("license", "licensed", "basic", Reason.EDITED, falls=falls)
    return Update(address=address, reason=Reason.EDITED, after=after, fields=(changed,))


def remove(address: Address, *after: Address, reason: Reason = Reason.UNDECLARED) -> Remove:
    return Remove(address=address, reason=reason, how=Removal.DELETE, number=1, after=after)


def keys(changes: tuple[Change, ...]) -> list[str]:
    return [change.key for change in changes]


EVERYTHING: list[Change] = [
    Forget(address=at("z/group/gone"), reason=Reason.GONE, number=1),
    remove(at("z/user/old")),
    remove(at("z/group/old")),
    remove(at("z/course_meeting/old/1")),
    remove(at("l/course_link/old/1")),
    create(LINK, TALK),
    create(TALK, ADA),
    update(CLUB, ADA),
    create(ADA),
    Adopt(address=BEN, reason=Reason.FOUND, matched="email"),
    update(at("z/user/cleo"), falls=True),
    update(at("z/user/dan")),
    Rename(address=at("z/user/eve"), reason=Reason.RENAMED, previous=at("z/user/eva")),
]
EXPECTED = [
    "rename z/user/eve",
    "update z/user/cleo",
    "adopt z/user/ben",
    "create z/user/ada",
    "update z/user/dan",
    "update z/group/club",
    "create z/course_meeting/talk/1",
    "create l/course_link/talk/1",
    "remove l/course_link/old/1",
    "remove z/course_meeting/old/1",
    "remove z/group/old",
    "remove z/user/old",
    "forget z/group/gone",
]


def test_seats_are_freed_first_references_lead_and_removals_go_backwards() -> None:
    assert keys(order(EVERYTHING)) == EXPECTED


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_input_is_irrelevant(seed: int) -> None:
    shuffled = random.Random(seed).sample(EVERYTHING, len(EVERYTHING))
    assert order(shuffled) == order(EVERYTHING)


def test_a_removal_that_frees_a_needed_seat_comes_before_it_is_taken() -> None:
    disable, delete = remove(at("z/user/old")), remove(at("z/user/older"), TALK)
    changes: list[Change] = [create(ADA), create(TALK, ADA), delete, disable]
    changes.append(update(at("z/user/cleo"), falls=True))
    assert keys(order(changes, {disable.key, delete.key})) == [
        "update z/user/cleo",
        "remove z/user/old",
        "create z/user/ada",
        "create z/course_meeting/talk/1",
        "remove z/user/older",
    ], "what the plan still leads to goes last, seat or no seat"
    assert keys(order(changes))[-2:] == ["remove z/user/old", "remove z/user/older"]


def test_prerequisites_come_first_even_against_the_kinds() -> None:
    changes = [create(ADA, CLUB), create(CLUB, BEN), create(BEN)]
    assert keys(order(changes)) == ["create z/user/ben", "create z/group/club", "create z/user/ada"]


def test_what_is_needed_and_not_in_the_plan_holds_up_nothing() -> None:
    assert keys(order([create(TALK, ADA)])) == ["create z/course_meeting/talk/1"]


def test_meetings_are_made_by_their_first_date() -> None:
    changes = [
        create(at("z/course_meeting/a/1"), start="2026-12-01T10:00 50"),
        create(at("z/course_meeting/b/1"), start="2026-09-01T10:00 50"),
        create(at("z/course_meeting/c/1"), start="2026-10-01T10:00 50"),
    ]
    assert [change.address.name for change in order(changes)] == ["b/1", "c/1", "a/1"]


def test_numbered_names_are_counted_not_spelled() -> None:
    changes = [create(at(f"z/course_meeting/a/{number}")) for number in (10, 2, 1)]
    assert [change.address.name for change in order(changes)] == ["a/1", "a/2", "a/10"]


def test_a_successor_is_made_and_linked_before_the_old_one_goes() -> None:
    changes: list[Change] = [
        remove(TALK, TALK, LINK, reason=Reason.SUPERSEDED),
        remove(LINK, LINK, reason=Reason.SUPERSEDED),
        Replace(address=LINK, reason=Reason.EDITED, after=(TALK,)),
        Replace(address=TALK, reason=Reason.EDITED),
    ]
    assert keys(order(changes)) == [
        "replace z/course_meeting/talk/1",
        "replace l/course_link/talk/1",
        "remove l/course_link/talk/1",
        "remove z/course_meeting/talk/1",
    ]


def test_a_circle_is_refused_by_name() -> None:
    with pytest.raises(PlanRefused, match="z/user/ada, z/group/club"):
        order([create(ADA, CLUB), create(CLUB, ADA)])
