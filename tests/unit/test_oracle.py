"""The oracle itself: it is silent about what is as declared, and names each thing that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.oracle import judge
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
            course: bio
            schedule: {days: [mon, wed], start: "10:00", minutes: 50, from: 2026-09-09, until: 2027-05-31,
                       skip: [2026-09-14], timezone: America/New_York}
        """,
    "courses.yaml": """
        courses:
          bio: {context_id: ctx, domain: "https://canvas.example.edu", canvas_course_id: "7"}
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
    assert len(state["meetings"]) == 2  # over 60 dates, so two series
    assert judge(desired, state, _strangers(state)) == []


def _strangers(state: Any) -> Any:
    users = [user for user in state["users"] if user["email"].startswith(("stranger", "owner"))]
    groups = [group for group in state["groups"] if group["name"] == "Strangers"]
    return {"users": users, "groups": groups, "meetings": [], "mails": []}


def _user(state: Any, email: str) -> Any:
    return next(user for user in state["users"] if user["email"] == email)


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
    "meeting BIO of s1 from 2026-09-09T10:00: waiting_room is False, not True": lambda s: s["meetings"][0][
        "settings"
    ].update(waiting_room=False),
    "meeting BIO of s1 from 2026-09-09T10:00: alternative hosts lacks bob@example.edu": lambda s: s[
        "meetings"
    ][0].update(alternative_host_ids=[]),
    "meeting BIO of s1 from 2026-09-09T10:00 exists 0 times; 2 meetings have that topic": lambda s: s[
        "meetings"
    ][0]["occurrences"][1].update(status="available"),
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
