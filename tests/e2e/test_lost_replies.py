"""Answers that never arrive: whatever is lost, the account ends with exactly what is declared."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Ending
from tests.oracle import judge
from tests.rig import Rig

SMALL = (24, 6, 16)
WHOLE = (300, 30, 200)
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
    step = people // groups
    teams = (
        f"  group-{n}: {{title: Group {n}, members: [{', '.join(f's{m:04}' for m in range(n * step, n * step + step))}]}}"
        for n in range(groups)
    )
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


def runs_until_declared(campus: Rig, faults: dict[str, Any]) -> list[str]:
    """Apply with these faults, again without them if it did not end well; what the oracle says then."""
    campus.control("faults", faults)
    first = campus.apply()
    campus.control("faults", {})
    if first.count(Ending.APPLIED) < len(first.outcomes):
        campus.apply()
    return judge(campus.desired, campus.world())


def settled(campus: Rig) -> None:
    """No write is without a known end, and nothing is left to do."""
    with campus.ledger() as ledger:
        assert ledger.read().intents == ()
    assert campus.plan().plan.changes == ()


@pytest.mark.parametrize("seed", [1])
def test_a_campus_survives_five_percent_of_lost_replies(campus: Rig, seed: int) -> None:
    campus.mint()
    declare(campus, *WHOLE)
    assert runs_until_declared(campus, {"seed": seed, "drop_reply": 0.05}) == []
    settled(campus)
