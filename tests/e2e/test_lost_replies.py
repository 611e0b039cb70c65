"""Answers that never arrive: whatever is lost, the account ends with exactly what is declared."""

from __future__ import annotations

import os
from typing import Any

import pytest

from reconciler.model import Ending
from tests.oracle import judge
from tests.rig import Rig, endings

SEEDS = range(1, 1 + int(os.environ.get("RECONCILER_FAULT_POINTS", "12")) // 12)
SMALL = (24, 6, 16)
WHOLE = (300, 30, 200)
WRITES = (
    "POST /users",
    "PATCH /users/{userId}",
    "POST /groups",
    "POST /groups/{groupId}/members",
    "POST /users/{userId}/meetings",
    "DELETE /meetings/{meetingId}",
    "POST /meeting/bulkImport",
)
HOSTS_SHARE = 10
"""How many meetings one host holds: Zoom takes 100 writes a day of each, and 20 are left to people."""


def declare(campus: Rig, people: int, groups: int, meetings: int) -> None:
    """That many of each, and a course link per meeting; every twentieth meeting is a series with gaps."""
    hosts = -(-meetings // HOSTS_SHARE)
    rows = ["EmployeeID,Email,First,Last,Department"]
    rows += [f"s{n:04},s{n:04}@example.edu,Given{n},Family{n},Department {n % 7}" for n in range(people)]
    campus.write("zoom-main/roster.csv", "\n".join(rows) + "\n")
    columns = "{name: EmployeeID, email: Email, first_name: First, last_name: Last, department: Department}"
    licensed = "".join(f"    s{n:04}: {{license: licensed}}\n" for n in range(hosts))
    campus.write(
        "zoom-main/people.yaml",
        f"users:\n  from:\n    - csv: roster.csv\n      columns: {columns}\n"
        f"  defaults: {{license: basic}}\n  entries:\n{licensed}",
    )
    share = people // groups
    teams = []
    for n in range(groups):
        members = ", ".join(f"s{m:04}" for m in range(n * share, (n + 1) * share))
        teams.append(f"  group-{n}: {{title: Group {n}, members: [{members}]}}")
    campus.write("zoom-main/groups.yaml", "groups:\n" + "\n".join(teams) + "\n")
    campus.write("zoom-main/meetings.yaml", "course_meetings:\n" + "".join(map(_meeting, range(meetings))))
    courses = (
        f"  c{n}: {{context_id: ctx-{n}, domain: https://canvas.example.edu, canvas_course_id: '{n}'}}"
        for n in range(meetings)
    )
    campus.write("courses.yaml", "courses:\n" + "\n".join(courses) + "\n")


def _meeting(number: int) -> str:
    host, zone = f"s{number // HOSTS_SHARE:04}", "timezone: America/New_York"
    schedule = f'{{dates: ["2026-10-{1 + number % 28:02}T{8 + number % 9:02}:00"], minutes: 50, {zone}}}'
    if number % 20 == 0:
        schedule = (
            "{days: [mon, wed], start: '10:00', minutes: 50, from: 2026-09-07, until: 2026-10-30, "
            f"{zone}, skip: [2026-09-23, 2026-10-12]}}"
        )
    return (
        f"  m{number}: {{topic: Lecture {number}, host: {host}, schedule: {schedule}, "
        f"course: c{number}, waiting_room: true}}\n"
    )


def survives(campus: Rig, **faults: Any) -> None:
    """One apply with these faults, and one without if that ended badly, leave exactly what is declared."""
    campus.control("faults", faults)
    first = campus.apply()
    campus.control("faults", {name: faults[name] for name in ("lag_s",) if name in faults})
    if first.count(Ending.APPLIED) < len(first.outcomes) or not first.outcomes:
        second = campus.apply()
        assert second.count(Ending.APPLIED) == len(second.outcomes), endings(second)
    assert judge(campus.desired, campus.world()) == []
    with campus.ledger() as ledger:
        assert ledger.read().intents == ()
    assert campus.plan().plan.changes == ()


def fail_after_acting(every: int) -> list[dict[str, Any]]:
    """A 500 in place of the answer to every so many-th write of each kind, which was done all the same."""
    return [
        {"operation": operation, "status": 500, "act": True, "nth": number}
        for operation in WRITES
        for number in range(1, 60, every)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_five_percent_of_all_answers_to_writes_are_lost(campus: Rig, seed: int) -> None:
    campus.mint(looked_at=True)
    declare(campus, *WHOLE)
    survives(campus, seed=seed, drop_reply=0.05)
    lost = campus.control("counters")
    assert sum(lost["writes"].values()) > 300 + 30 + 200


@pytest.mark.parametrize(
    "faults",
    [
        {"drop_reply": 0.4},
        {"drop_before": 0.2},
        {"garble": 0.3},
        {"cut_body": 0.3},
        {"drop_reply": 0.3, "lag_s": 2.0},
        {"drop_reply": 0.2, "drop_before": 0.1, "garble": 0.1, "lag_s": 1.5},
    ],
    ids=lambda faults: "+".join(faults),
)
@pytest.mark.parametrize("seed", [1, 2])
def test_answers_fail_in_other_ways(campus: Rig, faults: dict[str, Any], seed: int) -> None:
    campus.mint(looked_at=True)
    declare(campus, *SMALL)
    survives(campus, seed=seed, **faults)


@pytest.mark.parametrize("every", [1, 3])
def test_the_vendor_fails_after_it_has_acted(campus: Rig, every: int) -> None:
    campus.mint(looked_at=True)
    declare(campus, *SMALL)
    survives(campus, status=fail_after_acting(every))


def test_a_lost_import_is_settled_row_by_row(campus: Rig) -> None:
    """Half of the links are there already when an import of the others is lost before it arrives."""
    campus.mint(looked_at=True)
    declare(campus, 4, 2, 6)
    campus.apply()
    declare(campus, 4, 2, 12)
    arrives = {"operation": "POST /meeting/bulkImport"}
    survives(campus, status=[{**arrives, "ending": "drop_before"}, {**arrives, "ending": "drop_reply"}])
