"""Desired files that several scenarios share, and short words for what they ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model import Plan, Violation
from tests.rig import Rig

PEOPLE = """
    users:
      entries:
        s1: {email: ada@example.edu, first_name: Ada, last_name: Lovelace, license: licensed}
        s2: {email: ben@example.edu, first_name: Ben, last_name: Bauer, license: licensed}
        s3: {email: cleo@example.edu, first_name: Cleo, last_name: Costa}
"""
GROUPS = """
    groups:
      faculty: {members: [s1, s3]}
"""
MEETINGS = """
    course_meetings:
      bio101:
        topic: BIO 101
        host: s1
        alternative_hosts: [s2]
        schedule: {days: [mon, wed], start: "10:00", minutes: 50, from: 2026-09-07, until: 2026-10-30,
                   timezone: America/New_York}
"""
COURSE = """
    courses:
      bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", canvas_course_id: "1042"}
"""
MANAGED: dict[str, Any] = {"managed_domains": ["example.edu", "new.example.edu"]}
FIRST, LAST = ("Ada", "Ben", "Cleo", "Dan", "Eve"), ("Adler", "Bauer", "Costa", "Diaz", "Evans")


def settle(rig: Rig, *, linked: bool = False) -> None:
    """A campus at rest: three people, a group, a meeting, and with `linked` its place in a course."""
    rig.control("reset", {"now": rig.clock.now.isoformat(), **MANAGED})
    rig.write("zoom-main/people.yaml", PEOPLE)
    rig.write("zoom-main/groups.yaml", GROUPS)
    if linked:
        rig.write("courses.yaml", COURSE)
        rig.mint()
    rig.write("zoom-main/meetings.yaml", MEETINGS + ("        course: bio101\n" if linked else ""))
    rest(rig)


def rest(rig: Rig) -> None:
    """Apply what is written, see it done, and count from nought."""
    report = rig.apply()
    left = {o.change.key: f"{o.ending}: {o.text}" for o in report.outcomes if o.ending != "applied"}
    assert left == {}, left
    assert rig.plan().plan.changes == ()
    rig.control("counters/reset", {})


def rewrite(rig: Rig, name: str, *pairs: tuple[str, str]) -> None:
    """Replace texts in a desired file; each must be there."""
    path = rig.desired / name
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, f"{name} does not hold {old!r}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def roster(rig: Rig, mails: Mapping[str, str], *, named: bool = True) -> None:
    """People from a CSV: mails by handle, with names made up in the order of the handles."""
    names = ", first_name: First, last_name: Last" if named else ""
    rig.write(
        "zoom-main/people.yaml",
        f"""
        users:
          from:
            - csv: roster.csv
              columns: {{name: Id, email: Email{names}}}
        """,
    )
    rows = [
        f"{handle},{mail},{FIRST[number % 5]}{number},{LAST[number // 5 % 5]}"
        for number, (handle, mail) in enumerate(mails.items())
    ]
    rig.write("zoom-main/roster.csv", "\n".join(["Id,Email,First,Last", *rows, ""]))


def violation(plan: Plan, guard: str) -> Violation:
    """The plan's one violation of this guard."""
    (found,) = [item for item in plan.violations if item.guard == guard]
    return found


def guards(plan: Plan) -> list[str]:
    """Which guards are violated."""
    return [item.guard for item in plan.violations]


def waive(rig: Rig, *lines: str) -> None:
    """Paste the lines that refusals print into waivers.yaml."""
    rig.write("waivers.yaml", "waivers:\n" + "".join(f"  {line}\n" for line in lines))


def verbs(plan: Plan) -> list[str]:
    """The verbs of the plan's changes in order."""
    return [change.verb for change in plan.changes]


def people(rig: Rig) -> dict[str, Any]:
    """The sandbox's people by mail, the owner left out."""
    return {user["email"]: user for user in rig.world()["users"] if user["role_id"] != "0"}


def members(rig: Rig, group: str) -> set[str]:
    """The mails of a group's members."""
    mails = {user["id"]: user["email"] for user in rig.world()["users"]}
    (found,) = [item for item in rig.world()["groups"] if item["name"] == group]
    return {mails[member] for member in found["member_ids"]}


def texts(items: Iterable[Any]) -> str:
    """Findings or violations as one text."""
    return "\n".join(f"{item.text} {getattr(item, 'remedy', '')}" for item in items)
