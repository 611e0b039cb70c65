"""The oracle itself: it is silent about what is as declared, and names each thing that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.oracle import judge, read_declared
from tests.rig import Rig

FILES = {
    "zoom-main/roster.csv": """
        EmployeeID;Email;First
        s2;Bob@example.edu;Bob
        s3;cat@example.edu;
        """,
    "zoom-main/people.yaml": """
        users:
          from:
            - csv: roster.csv
              delimiter: semicolon
              columns: {name: EmployeeID, email: Email, first_name: First}
          defaults: {license: basic}
          entries:
            s1: {email: ann@example.edu, license: licensed, department: Law}
            s2: {license: licensed}
        groups:
          staff: {title: Staff, members: [s1, s2]}
          choir: {members: {exactly: [s3]}}
        """,
    "zoom-main/meetings.yaml": """
        course_meetings:
          bio:
            topic: BIO
            host: s1
            alternative_hosts: [s2]
            waiting_room: true
            tracking_fields: {Department: Law}
            course: bio
            schedule: {days: [mon, wed], start: "10:00", minutes: 50, from: 2026-09-09, until: 2027-05-31,
                       skip: [2026-09-14], timezone: America/New_York}
        """,
    "courses.yaml": """
        courses:
          bio: {context_id: ctx, domain: "https://canvas.example.edu", canvas_course_id: "7"}
        """,
    "terms.yaml": """
        terms:
          fall: {from: 2026-09-07, until: 2026-10-30, timezone: Australia/Sydney, holidays: {Day: 2026-10-06}}
        """,
    "zoom-main/timetable.csv": """
        CRN,Title,Who,Days,Begin,End
        100,Law,s1;s2,TR,1:00 PM,1:50 PM
        200,Art,s1,,,
        """,
    "zoom-main/timetable.yaml": """
        course_meetings:
          from:
            - {timetable: timetable.csv, term: fall, columns: {name: CRN, topic: Title, host: Who, days: Days,
               start: Begin, end: End}}
          defaults: {tracking_fields: {Department: Law}, audio: computer}
        """,
    "zoom-main/students.yaml": """
        users:
          from:
            - oneroster: sis
            - {csv: more.csv, columns: {name: Id, last_name: Last, department: Dept}, prefer: [last_name]}
          defaults: {settings: {waiting_room: true}}
        """,
    "zoom-main/more.csv": """
        Id,Last,Dept
        t1,Newly,Art
        """,
    "zoom-main/sis/manifest.csv": """
        propertyName,value
        oneroster.version,1.1
        file.users,bulk
        """,
    "zoom-main/sis/users.csv": """
        sourcedId,status,enabledUser,role,givenName,familyName,email
        t1,active,true,student,Tea,Old,tea@example.edu
        t2,tobedeleted,true,student,Tim,Gone,tim@example.edu
        t3,active,true,guardian,Gus,Home,gus@home.example
        """,
    "zoom-main/account.yaml": """
        tracking_fields:
          department: {label: Department, recommended_values: [Law, Art], required: true}
        account_settings:
          cloud-recording: {value: false}
        authentication_options:
          ours: {title: Ours, admits: [example.edu], default: true}
        """,
    "environments/prod/zoom-main/students.yaml": """
        users:
          entries:
            t1: {department: Law}
        """,
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, shared_sandbox: Sandbox) -> tuple[Path, str]:
    """The folder and the store after something of everything was applied; besides it a stranger's group."""
    campus = Rig(tmp_path_factory.mktemp("oracle"), shared_sandbox)
    campus.console("add_user", email="stranger@example.edu", first_name="Sam")
    campus.console("add_group", name="Strangers", members=["stranger@example.edu"])
    campus.mint()
    for name, text in FILES.items():
        campus.write(name, text)
    campus.apply()
    return campus.desired, json.dumps(campus.world())


def test_it_has_nothing_to_say_of_what_is_as_declared(applied: tuple[Path, str]) -> None:
    desired, state = applied[0], json.loads(applied[1])
    assert len(state["meetings"]) == 3  # over 60 dates, so two series; and the timetable's
    assert judge(desired, state, _strangers(state)) == []


def test_it_reads_an_overlay_and_how_people_leave(applied: tuple[Path, str]) -> None:
    desired, state = applied[0], json.loads(applied[1])
    before = _strangers(state)
    assert judge(desired, state, before, environment="prod") == ["person t1: department is 'Art', not 'Law'"]
    was = read_declared(desired)
    was.people["old"] = {"email": "Old@example.edu"}
    for how, status, said in (
        ("delete", "active", "old@example.edu was to be deleted, and is active"),
        ("disable", "active", "old@example.edu was to be disabled, and is active"),
        ("", "active", "old@example.edu was to be disabled, and is active"),
        ("keep", "inactive", "old@example.edu was to be kept, and is inactive"),
        ("", "inactive", ""),
        ("keep", "active", ""),
    ):
        was.leaving["old"] = how
        old = {**_user(state, "tea@example.edu"), "id": "x", "email": "old@example.edu", "status": status}
        left = {**state, "users": [*state["users"], old]}
        assert judge(desired, left, before, was=was) == [said] * bool(said)
    assert judge(desired, state, before, was=was) == ["old@example.edu was to be kept, and is gone"]


def _strangers(state: Any) -> Any:
    users = [user for user in state["users"] if user["email"].startswith(("stranger", "owner"))]
    groups = [group for group in state["groups"] if group["name"] == "Strangers"]
    return {"users": users, "groups": groups, "meetings": [], "mails": []}


def _user(state: Any, email: str) -> Any:
    return next(user for user in state["users"] if user["email"] == email)


def _meeting(state: Any, topic: str) -> Any:
    return next(meeting for meeting in state["meetings"] if meeting["topic"] == topic)


def _twin(things: list[Any], **changes: Any) -> None:
    things.append({**things[-1], **changes})


TAMPERED: dict[str, Callable[[Any], Any]] = {
    "person s3 (cat@example.edu) does not exist": lambda s: s["users"].remove(_user(s, "cat@example.edu")),
    "person bob@example.edu exists 2 times": lambda s: s["users"].append(
        {**_user(s, "Bob@example.edu"), "id": "x"}
    ),
    "person s1: department is 'Art', not 'Law'": lambda s: _user(s, "ann@example.edu").update(dept="Art"),
    "person s2 has licence type 1, not licensed": lambda s: _user(s, "Bob@example.edu").update(type=1),
    "person s2 is inactive": lambda s: _user(s, "Bob@example.edu").update(status="inactive"),
    "group Staff lacks ann@example.edu": lambda s: _group(s, "Staff")["member_ids"].pop(0),
    "group choir has stranger@example.edu, who is not declared": lambda s: _group(s, "choir")[
        "member_ids"
    ].append(_user(s, "stranger@example.edu")["id"]),
    "meeting BIO of s1 from 2026-09-09T10:00: waiting_room is False, not True": lambda s: _meeting(s, "BIO")[
        "settings"
    ].update(waiting_room=False),
    "meeting BIO of s1 from 2026-09-09T10:00: alternative hosts lacks bob@example.edu": lambda s: _meeting(
        s, "BIO"
    ).update(alternative_host_ids=[]),
    "meeting BIO of s1 from 2026-09-09T10:00 exists 0 times; 2 meetings have that topic": lambda s: _meeting(
        s, "BIO"
    )["occurrences"][1].update(status="available"),
    "meeting BIO of ann@example.edu at ": lambda s: _twin(s["meetings"], id=1),
    "course link ('KLAIJC9OTI2Hm', 1, 'ctx', 'https://canvas.example.edu', '7') is not declared": lambda s: (
        _twin(s["lti"]["associations"], meeting_id=1)
    ),
    "exists 0 times": lambda s: s["lti"]["associations"].pop(),
    "exists 2 times": lambda s: _twin(s["lti"]["associations"]),
    "users: stranger@example.edu is not declared, and was changed": lambda s: _user(
        s, "stranger@example.edu"
    ).update(first_name="Sal"),
    "groups: Strangers was there before and is gone": lambda s: s["groups"].remove(_group(s, "Strangers")),
    "users: new@example.edu is not declared, and was not there before": lambda s: _twin(
        s["users"], id="x", email="new@example.edu"
    ),
    "person t1: last_name is 'Old', not 'Newly'": lambda s: _user(s, "tea@example.edu").update(
        last_name="Old"
    ),
    "person t1: waiting_room is False, not True": lambda s: _user(s, "tea@example.edu").update(settings={}),
    "users: tim@example.edu is not declared": lambda s: _twin(s["users"], id="x", email="tim@example.edu"),
    "meeting Law of s1 from 2026-09-08T13:00 exists 0 times": lambda s: _meeting(s, "Law")["occurrences"][
        8
    ].update(status="available"),
    "meeting Law of s1 from 2026-09-08T13:00: Department is 'Art', not 'Law'": lambda s: _meeting(
        s, "Law"
    ).update(tracking_fields=[{"field": "Department", "value": "Art"}]),
    "meeting Law of s1 from 2026-09-08T13:00: audio is 'both', not 'voip'": lambda s: _meeting(s, "Law")[
        "settings"
    ].update(audio="both"),
    "tracking field Department: required is False, not True": lambda s: s["tracking_fields"][0].update(
        required=False
    ),
    "tracking field Department does not exist": lambda s: s["tracking_fields"].clear(),
    "account: cloud-recording is True, not False": lambda s: s["account"]["settings"].clear(),
    "authentication option Ours: admits is ['x.org'], not ['example.edu']": lambda s: s["account"][
        "authentication_options"
    ][0].update(domains="x.org"),
    "ann@example.edu got a mail: alternative host": lambda s: s["mails"].append(
        {"to": "ann@example.edu", "why": "alternative host"}
    ),
}


def _group(state: Any, name: str) -> Any:
    return next(group for group in state["groups"] if group["name"] == name)


@pytest.mark.parametrize("complaint", TAMPERED)
def test_it_names_what_is_not(applied: tuple[Path, str], complaint: str) -> None:
    desired, state = applied[0], json.loads(applied[1])
    strangers = _strangers(json.loads(applied[1]))
    TAMPERED[complaint](state)
    found = judge(desired, state, strangers)
    assert any(complaint in said for said in found), found
