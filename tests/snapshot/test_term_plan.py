"""The plan of a campus in mid-term, from a real run, as a terminal and a pull request show it."""

from __future__ import annotations

import re

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model import Plan
from reconciler.report import Format, Style, render_plan
from tests.rig import Rig

TERMS = """
    terms:
      fall-2026:
        from: 2026-09-07
        until: 2026-12-11
        timezone: America/New_York
        holidays: {Fall Day: 2026-10-12}
        breaks: {Thanksgiving: 2026-11-25/2026-11-29}
"""
TIMETABLE = """
    CRN,Course,Title,Instructor,Days,Begin,End,Room
    20311,BIO 101,BIO 101 Lecture,s1,MWF,1000,1050,SC 104
    20312,BIO 101,BIO 101 Lab,s2,TR,1400,1550,SC 210
"""
MEETINGS = """
    course_meetings:
      from:
        - timetable: timetable.csv
          term: fall-2026
          columns: {name: CRN, topic: Title, host: Instructor, days: Days, start: Begin, end: End, room: Room}
"""
PEOPLE = """
    users:
      defaults: {license: basic}
      entries:
        s1: {email: ada@example.edu, first_name: Ada, last_name: Lovelace, license: licensed}
        s2: {email: ben@example.edu, first_name: Ben, last_name: Bauer, license: licensed}
        s3: {email: cleo@example.edu, first_name: Cleo, department: Law}
"""
ORALS = """
        orals:
          topic: Oral exams
          host: s3
          schedule: {dates: [%s], minutes: 20, timezone: America/New_York}
"""


def settle(rig: Rig) -> None:
    """A term under way since six weeks; somebody keeps giving Ada another name."""
    rig.control(
        "reset",
        {"now": rig.clock.now.isoformat(), "seats": {"licensed": 4}, "tracking_fields": ["Department"]},
    )
    for name, text in {
        "terms.yaml": TERMS,
        "zoom-main/people.yaml": PEOPLE,
        "zoom-main/timetable.csv": TIMETABLE,
        "zoom-main/meetings.yaml": MEETINGS,
    }.items():
        rig.write(name, text)
    rig.apply()
    rig.clock.advance(42 * 86400)
    for _ in range(3):
        rig.console("edit_user", user="ada@example.edu", last_name="Byron")
        rig.apply()
        rig.clock.advance(3600)
    rig.console("edit_user", user="ada@example.edu", last_name="Byron")


def change(rig: Rig) -> None:
    """A holiday more, a room, a licence for Cleo and none of a department, and weeks of oral exams."""
    dates = (
        f'"2026-12-{day:02}T{hour:02}:{minute}"'
        for day in range(1, 6)
        for hour in range(8, 18)
        for minute in (10, 40)
    )
    rig.write("terms.yaml", TERMS.replace("2026-10-12}", "2026-10-12, Founders Day: 2026-11-03}"))
    rig.write("zoom-main/timetable.csv", TIMETABLE.replace("SC 104", "SC 300"))
    rig.write("zoom-main/meetings.yaml", MEETINGS.rstrip() + "\n      entries:" + (ORALS % ", ".join(dates)))
    rig.write("zoom-main/people.yaml", PEOPLE.replace("department: Law", "license: licensed"))


def fixed(text: str, plan: Plan) -> str:
    """Without what differs from run to run: the sandbox's port, the ledger's name, the digest."""
    assert plan.ledger
    text = text.replace(plan.ledger.id, "LEDGER").replace(plan.digest, "DIGEST")
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


@pytest.mark.parametrize("format", ["terminal", "markdown"])
def test_a_holiday_in_mid_term(campus: Rig, format: Format, snapshot: SnapshotAssertion) -> None:
    settle(campus)
    change(campus)
    plan = campus.plan().plan
    assert fixed(render_plan(plan, Style(format, now=plan.created)), plan) == snapshot
