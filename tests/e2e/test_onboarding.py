"""A campus that nobody wrote down: from no YAML at all to a term, a timetable and a roster, all in sync."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from reconciler.sandbox import Sandbox
from tests.e2e.shell import Shell, call
from tests.oracle import judge

ROSTER = """
users:
  from:
    - csv: roster.csv
      columns: {name: EmployeeID, email: Mail, first_name: First, last_name: Last, department: Dept,
                license: Seat, active: Active}
      expect: {min_rows: 20}
  defaults: {timezone: America/New_York}
  entries:
    e0: {lifecycle: {protect: true}}
"""
TERM = """
terms:
  next: {from: %(first)s, until: %(last)s, timezone: America/New_York, holidays: {Founders: %(holiday)s}}
courses:
  bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", canvas_course_id: "1042"}
"""
TIMETABLE = """
course_meetings:
  from:
    - timetable: timetable.csv
      term: next
      columns: {name: CRN, course: Course, topic: Title, host: Who, days: Days, start: Begin, end: End}
      expect: {min_rows: 2}
  entries:
    "20311": {lifecycle: {previously: [bio-101-lecture]}}
    "20312": {waiting_room: true, tracking_fields: {Department: Biology}}
"""
LTI = """
lti_credentials:
  main: {minted_by: tool, version: "1.1", key: KLAIJC9OTI2Hm, secret: "${env:LTI_SECRET}"}
approved_domains:
  canvas: {domain: "https://canvas.example.edu"}
"""
FIRST = date.today() + timedelta(days=21 - date.today().weekday())  # noqa: DTZ011 - the shell's own clock
HOLIDAY = FIRST + timedelta(days=14)
OUTSIDE = "kim@example.edu"


def populate(origin: str) -> None:
    """People of every sort, groups, single meetings; and a lecture somebody scheduled by hand."""
    campus = {"users": 24, "groups": 3, "meetings": 6, "seed": 7, "tracking_fields": ["Department"]}
    call(origin, "reset", campus)

    def act(do: str, **said: Any) -> Any:
        return call(origin, "console", {"do": do, **said})

    people = call(origin, "state")["users"]
    for number, user in enumerate(people):
        act("edit_user", user=user["id"], employee_unique_id=f"E{number}")
    act("deactivate_user", user=people[3]["id"])
    act("add_user", email="pen.ding@example.edu", status="pending", type=1, employee_unique_id="E90")
    act("add_foreign_email", email=OUTSIDE)
    act(
        "add_meeting",
        host=people[1]["id"],
        topic="BIO 101 Lecture",
        type=8,
        start_time=f"{FIRST}T10:00:00",
        timezone="America/New_York",
        duration=50,
        recurrence={"type": 2, "repeat_interval": 1, "weekly_days": "2,4", "end_times": 24},
        settings={"mute_upon_entry": True},
    )
    act(
        "add_meeting",
        host=people[1]["id"],
        topic="Board",
        type=8,
        start_time=f"{FIRST}T18:00:00",
        timezone="America/New_York",
        duration=60,
        recurrence={"type": 3, "monthly_day": FIRST.day % 28 + 1, "end_times": 3},
    )


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """A CSV file."""
    listed, made = list(rows), io.StringIO()
    writer = csv.DictWriter(made, list(listed[0]))
    writer.writeheader()
    writer.writerows(listed)
    return made.getvalue()


def export(users: Iterable[Mapping[str, Any]]) -> str:
    """The registrar's roster: everybody who is there, somebody new, and one whose mail is taken."""
    rows = [
        {
            "EmployeeID": user["employee_unique_id"],
            "Mail": user["email"],
            "First": user["first_name"],
            "Last": user["last_name"],
            "Dept": user["dept"],
            "Seat": {1: "basic", 2: "licensed"}[user["type"]],
            "Active": "" if user["status"] == "pending" else f"{user['status'] == 'active'}".lower(),
        }
        for user in users
    ]
    new = {"First": "Kim", "Last": "Novak", "Dept": "Law", "Seat": "basic", "Active": ""}
    rows += [
        {"EmployeeID": f"E9{n}", "Mail": mail, **new} for n, mail in ((1, "lee@example.edu"), (2, OUTSIDE))
    ]
    return table(rows)


def declare(desired: Path, users: Iterable[Mapping[str, Any]]) -> None:
    """The campus is taken under management: what adopt wrote of people and the lecture makes room."""
    main = desired / "zoom-main"
    written = {
        "terms.yaml": TERM % {"first": FIRST, "last": FIRST + timedelta(days=82), "holiday": HOLIDAY},
        "zoom-lti/lti.yaml": LTI,
        "zoom-main/people.yaml": ROSTER,
        "zoom-main/roster.csv": export(users),
        "zoom-main/timetable.yaml": TIMETABLE,
        "zoom-main/timetable.csv": table(
            {
                "CRN": crn,
                "Course": course,
                "Title": title,
                "Who": "E1",
                "Days": days,
                "Begin": start,
                "End": end,
            }
            for crn, course, title, days, start, end in (
                ("20311", "bio101", "BIO 101 Lecture", "MW", "1000", "1050"),
                ("20312", "", "BIO 101 Lab", "MTWRF", "1400", "1550"),
            )
        ),
    }
    for name, text in written.items():
        (desired / name).write_text(text, encoding="utf-8")
    adopted = (main / "meetings.yaml").read_text(encoding="utf-8")
    before, found, rest = adopted.partition("  bio-101-lecture:\n")
    assert found, adopted
    lines = rest.splitlines(keepends=True)
    length = next(at for at, line in enumerate(lines) if not line.startswith("    "))
    (main / "meetings.yaml").write_text(before + "".join(lines[length:]), encoding="utf-8")
    settings = (desired / "reconciler.yaml").read_text(encoding="utf-8")
    settings = settings.replace("prune: []", "prune: [user, group, course_meeting]", 1)
    (desired / "reconciler.yaml").write_text(settings, encoding="utf-8")


def test_from_no_yaml_at_all_to_in_sync(tmp_path: Path) -> None:
    shell, desired, world = Shell(tmp_path), tmp_path / "desired", tmp_path / "state/sandbox-world.json"
    with Sandbox(world=world) as sandbox:
        populate(sandbox.origin)
        before = call(sandbox.origin, "state")

    shell.type("init", "--target", "zoom-main=zoom", "--target", "zoom-lti=zoom_lti_pro")
    adopted = shell.type("adopt", "zoom-main", "--sandbox", "--names", "employee-id").stdout
    assert "users: 26 new, 0 declared, 0 left alone" in adopted
    assert "course_meetings: 7 new, 0 declared, 1 left alone" in adopted
    assert "Nothing to do. 37 in sync." in shell.type("plan", "--sandbox", "--exit-code").stdout
    with Sandbox(world=world) as sandbox:
        assert judge(desired, call(sandbox.origin, "state"), before) == []

    declare(desired, before["users"])
    shown = " ".join(shell.type("plan", "--sandbox", "--exit-code", status=2).stdout.split())
    assert "9 changes in 2 systems: 6 create, 1 update, 1 rename, 1 release" in shown
    assert 'rename 20311/1 "BIO 101 Lecture" from bio-101-lecture/1' in shown
    assert "mute_upon_entry: keeps true" in shown
    assert f"schedule.occurrences: -{HOLIDAY}T10:00 50" in shown, "all that the term changes of the lecture"
    assert "59 dates, mon tue wed thu fri 14:00 for 110 min" in shown
    for hand_off in ("zoom-lti/credentials/main", "zoom-lti/approved-domains/main"):
        shell.type("confirm", hand_off, "--sandbox")

    stuck = shell.type("apply", "--sandbox", status=4).stdout
    assert "6 applied, 1 failed" in stuck and "an account of its own outside this one" in stuck
    roster = desired / "zoom-main/roster.csv"
    roster.write_text(roster.read_text(encoding="utf-8").replace(OUTSIDE, "kim.novak@example.edu"))
    assert "1 change: 1 applied." in shell.type("apply", "--sandbox").stdout
    status = shell.type("status", "--sandbox").stdout
    assert status.startswith("1 unverified, 2 attested, 40 in sync."), "a link cannot be read back"
    assert "credentials: 1 working" in status
    with Sandbox(world=world) as sandbox:
        assert judge(desired, call(sandbox.origin, "state"), before) == []
