"""Every field of a meeting: what is made reads back, what cannot be taken waits, nothing more is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.base import drivers
from reconciler.errors import ConfigError
from reconciler.model import Access, Sync
from reconciler.report.redact import redact
from tests.rig import Rig, changes, endings

SINGLE = {"dates": ["2026-10-01T10:00"], "minutes": 30, "timezone": "Europe/Vienna"}
WEEKLY = {
    "days": ["mon", "wed"],
    "start": "10:00",
    "minutes": 50,
    "from": "2026-09-07",
    "until": "2026-11-25",
}
GUESTS = [{"email": "Zoe@Other.example", "name": "Zoë"}, {"email": "a@other.example", "name": "A"}]
VALUES: dict[str, list[Any]] = {
    "topic": ["Plain", "  Spaced out \n", "Ünïcödé ☃ «quoted»; a,b", "x" * 200],
    "schedule": [
        SINGLE,
        SINGLE | {"dates": ["2026-12-24T23:30"]},
        WEEKLY | {"timezone": "America/New_York", "skip": ["2026-09-14"]},
        WEEKLY | {"timezone": "Australia/Sydney"},
    ],
    "agenda": ["Cells", "two\nlines\n", "\r\nCR LF\r\n\r\nlines \r\n", "x" * 2000, None, ""],
    "alternative_hosts": [["s3", "s2", "s4"], {"exactly": ["s2"]}, {"exactly": []}, ["s4"]],
    "tracking_fields": [{"Department": "Biology"}, {"Department": "Ünï"}, {"Department": None}, {}],
    "passcode": ["${env:ONE}", "${env:TWO}"],
    "waiting_room": [True, False],
    "join_before_host": [True, False],
    "join_minutes_before": [0, 5, 10, 15],
    "authentication": [True, False],
    "authentication_option": ["Students", "Staff"],
    "authentication_exceptions": [GUESTS, list(reversed(GUESTS)), GUESTS[:1], []],
    "registration": ["automatic", "manual", "none"],
    "registration_type": ["once", "each", "chosen"],
    "close_registration": [True, False],
    "host_video": [True, False],
    "participant_video": [True, False],
    "mute_upon_entry": [True, False],
    "audio": ["both", "telephony", "computer", "third_party"],
    "auto_recording": ["local", "cloud", "none"],
    "encryption": ["enhanced", "end_to_end"],
    "watermark": [True, False],
    "private_meeting": [True, False],
    "internal_meeting": [True, False],
}
WITH = {"authentication_option": {"authentication": True}}
"""What a field needs beside it to have any effect."""
PEOPLE = "".join(f"  s{n}: {{email: person{n}@example.edu, license: licensed}}\n" for n in range(1, 5))


@pytest.fixture
def ready(campus: Rig) -> Rig:
    """Four licensed people, two ways to sign in, a tracking field, an account that imposes passcodes."""
    campus.control(
        "reset",
        {
            "now": campus.clock.now.isoformat(),
            "tracking_fields": ["Department"],
            "require_password": True,
            "authentication_options": [
                {"id": f"option-{n}", "name": name, "type": "enforce_login", "default_option": n == 1}
                for n, name in enumerate(("Anybody", "Students", "Staff"), start=1)
            ],
        },
    )
    campus.environ |= {"ONE": "l3tter-1", "TWO": "l3tter-2"}
    campus.write("zoom-main/people.yaml", f"users:\n{PEOPLE}")
    campus.write(
        "waivers.yaml",
        """
        waivers:
          - {guard: updates, addresses: "zoom-main/course_meeting/*", max: 999, until: 2026-10-01, why: test}
        """,
    )
    campus.apply()
    campus.control("counters/reset", {})
    return campus


def declare(campus: Rig, **entries: dict[str, Any]) -> None:
    """Meetings by name, each with what is said and what every meeting needs; JSON is YAML."""
    for name, fields in entries.items():
        fields |= {"topic": f"Talk {name}", "host": "s1", "schedule": SINGLE} | fields
    text = json.dumps({"course_meetings": entries})
    (campus.desired / "zoom-main/meetings.yaml").write_text(text, encoding="utf-8")


def cases(shift: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One meeting per value of every field; `shift` steps further in the field's values."""
    for number, (name, values) in enumerate(VALUES.items()):
        for index in range(len(values)):
            value = values[(index + shift) % len(values)]
            host = "s1" if name == "alternative_hosts" else f"s{1 + number % 4}"
            entry = {"topic": f"{name} {index}", "host": host, name: value, **WITH.get(name, {})}
            if name == "topic" and index == 0:
                entry["host"] = "s2"
            yield f"{name}-{index}".replace("_", "."), entry


def left(campus: Rig) -> list[str]:
    """What a plan still wants of meetings, or says has drifted."""
    plan = campus.plan().plan
    wanted = [f"{c.key}: {[(f.field, f.before, f.after) for f in c.fields]}" for c in plan.changes]
    unsure = [f"{s.address}: {s.sync} {s.text}" for s in plan.statuses if s.sync is not Sync.IN_SYNC]
    return wanted + [f"drift {d.address} {d.field}: {d.recorded} {d.live}" for d in plan.drift] + unsure


def test_every_value_of_every_field_reads_back(ready: Rig) -> None:
    """Made with it, changed to it, and read again, nothing is left to do, to heal or to wonder about."""
    capability = drivers()["zoom"].capabilities["course_meeting"]
    full = {name for name, access in capability.fields.items() if access is Access.FULL}
    assert set(VALUES) == full, "a new field brings its values"
    for shift in (0, 1):
        declare(ready, **dict(cases(shift)))
        report = ready.apply()
        wrong = {o.change.key: f"{o.ending}: {o.text}" for o in report.outcomes if o.ending != "applied"}
        assert wrong == {}, wrong
        assert len(report.outcomes) == (
            sum(map(len, VALUES.values())) if shift == 0 else len(report.outcomes)
        )
        assert left(ready) == []
        ready.clock.advance(86400)
    assert left(ready) == [], "nor does another day's reading show a difference"
    assert {mail["why"] for mail in ready.world()["mails"]} <= {"invitation"}
    assert sum(ready.control("counters")["refused"].values()) == 0


def test_an_imposed_passcode_is_no_difference_and_a_declared_one_is_watched(ready: Rig) -> None:
    declare(ready, open={}, closed={"passcode": "${env:ONE}"})
    ready.apply()
    stored = {meeting["topic"]: meeting for meeting in ready.world()["meetings"]}
    assert stored["Talk open"]["password"]
    assert stored["Talk closed"]["password"] == "l3tter-1"
    assert left(ready) == []
    ready.console("edit_meeting", meeting=stored["Talk closed"]["id"], password="changed")
    plan = ready.plan().plan
    assert [(d.field, d.live) for d in plan.drift] == [("passcode", "another passcode")]
    assert changes(ready.plan()) == {"zoom-main/course_meeting/closed/1": "update"}
    ready.apply()
    assert left(ready) == []
    del ready.environ["ONE"]
    plan = ready.plan().plan
    assert plan.changes == () and plan.drift == ()
    (unsure,) = [status for status in plan.statuses if status.sync is Sync.UNVERIFIED]
    assert "passcode" in unsure.text


def test_an_alternative_host_without_a_licence_is_waited_for(ready: Rig) -> None:
    """Zoom refuses such a write whole, so it is not sent; the meeting is made without that person."""
    ready.console("add_user", email="basic@example.edu", type=1)
    ready.write("zoom-main/more.yaml", "users:\n  basic: {email: basic@example.edu}\n")
    declare(ready, talk={"alternative_hosts": ["s2", "basic"]})
    (change,) = [c for c in ready.plan().plan.changes if c.address.kind == "course_meeting"]
    (field,) = [field for field in change.fields if field.field == "alternative_hosts"]
    assert [(w.element, w.why) for w in field.waiting] == [
        ("zoom-main/user/basic", "its license is basic; it has to be licensed or on_prem")
    ]
    assert set(endings(ready.apply()).values()) == {"applied"}
    assert set(endings(ready.apply()).values()) == {"waiting"}
    ready.console("edit_user", user="basic@example.edu", type=2)
    assert set(endings(ready.apply()).values()) == {"applied"}
    assert left(ready) == []
    (meeting,) = ready.world()["meetings"]
    assert len(meeting["alternative_host_ids"]) == 2
    assert sum(ready.control("counters")["refused"].values()) == 0


def test_a_licence_given_in_the_same_plan_comes_first(ready: Rig) -> None:
    ready.console("add_user", email="basic@example.edu", type=1)
    ready.write("zoom-main/more.yaml", "users:\n  basic: {email: basic@example.edu, license: licensed}\n")
    declare(ready, talk={"alternative_hosts": ["basic"]})
    assert set(endings(ready.apply()).values()) == {"applied"}
    assert left(ready) == []


@pytest.mark.parametrize(
    ("more", "fields", "said"),
    [
        (
            "license: basic",
            {"alternative_hosts": ["x"]},
            "`alternative_hosts` names x, whose `license` is basic",
        ),
        ("license: none", {"host": "x"}, "`host` names x, whose `license` is none"),
    ],
)
def test_people_declared_without_the_licence_are_refused(
    ready: Rig, more: str, fields: dict[str, Any], said: str
) -> None:
    ready.write("zoom-main/more.yaml", f"users:\n  x: {{email: x@example.edu, {more}}}\n")
    declare(ready, talk=fields)
    with pytest.raises(ConfigError, match=said):
        ready.plan()


def test_nothing_of_a_host_who_cannot_hold_meetings_is_sent(ready: Rig) -> None:
    declare(ready, talk={})
    ready.apply()
    ready.console("deactivate_user", user="person1@example.edu")
    ready.write(
        "zoom-main/people.yaml",
        f"users:\n{PEOPLE}".replace("1@example.edu, license: licensed", "1@example.edu"),
    )
    declare(ready, talk={"agenda": "New"}, more={})
    ready.control("counters/reset", {})
    report = ready.apply()
    meetings = [outcome for outcome in report.outcomes if outcome.change.address.kind == "course_meeting"]
    assert [outcome.ending.value for outcome in meetings] == ["waiting"] * 2
    assert all("it is deactivated" in outcome.text for outcome in meetings)
    assert ready.control("counters")["refused"] == {}


def test_a_live_waiting_room_wins_over_join_before_host(ready: Rig) -> None:
    declare(ready, talk={"waiting_room": True})
    ready.apply()
    declare(ready, talk={"join_before_host": True})
    ready.control("counters/reset", {})
    ready.apply()  # lets go of the waiting room
    report = ready.apply()
    assert set(endings(report).values()) == {"waiting"}
    assert "a waiting room switches join before host off" in report.outcomes[0].text
    assert ready.writes() == {}
    declare(ready, talk={"join_before_host": True, "waiting_room": False})
    assert set(endings(ready.apply()).values()) == {"applied"}
    assert left(ready) == []


def test_a_sign_in_option_that_is_not_there_is_waited_for(ready: Rig) -> None:
    option = {"authentication": True, "authentication_option": "Alumni"}
    declare(ready, talk=option)
    report = ready.apply()
    assert set(endings(report).values()) == {"waiting"}
    assert "it has Anybody, Staff, Students" in report.outcomes[0].text
    ready.write(
        "zoom-main/sign-in.yaml", "authentication_options:\n  alumni: {title: Alumni, admits: signed_in}\n"
    )
    assert set(endings(ready.apply()).values()) == {"applied"}
    assert left(ready) == []


def test_what_no_meeting_declares_is_not_asked_for(ready: Rig) -> None:
    """Options are read once for all meetings that name one, and not at all otherwise."""
    read = "GET /accounts/{accountId}/settings"
    declare(ready, one={"agenda": "A"}, two={"authentication": True})
    ready.apply()
    assert read not in ready.control("counters")["reads"]
    option = {"authentication": True, "authentication_option": "Staff"}
    talks = {f"talk{n}": dict(option) for n in range(9)}
    declare(ready, one={"agenda": "A"}, two={"authentication": True}, **talks)
    ready.apply()
    ready.control("counters/reset", {})
    assert ready.plan().plan.changes == ()
    reads = ready.control("counters")["reads"]
    assert (reads[read], reads["GET /meetings/{meetingId}"]) == (1, 9 + 2)


def test_a_meeting_without_a_required_tracking_field_waits(ready: Rig) -> None:
    """Live ones count as well as those declared in the same files."""
    ready.console("add_tracking_field", field="Room", required=True)
    ready.write("zoom-main/labels.yaml", "tracking_fields:\n  term: {label: Term, required: true}\n")
    declare(ready, talk={}, lab={"tracking_fields": {"Room": "B1", "Term": "fall"}})
    plan = ready.plan().plan
    (finding,) = [finding for finding in plan.findings if finding.severity == "error"]
    assert "1 without a value for what the account requires (Room, Term): talk/1" in finding.text
    ended = endings(ready.apply())
    assert ended["create zoom-main/course_meeting/talk/1"] == "waiting"
    assert ended["create zoom-main/course_meeting/lab/1"] == "applied"
    declare(ready, talk={"tracking_fields": {"Room": "", "Term": ""}})
    with pytest.raises(ConfigError, match="clears Term, which is declared as required"):
        ready.plan()


def test_a_list_with_somebody_unlicensed_in_it_is_not_touched(ready: Rig) -> None:
    """Zoom keeps whoever loses the licence on the list, and refuses the list from then on."""
    declare(ready, talk={"alternative_hosts": ["s2"]})
    ready.apply()
    ready.console("edit_user", user="person2@example.edu", type=1)
    people = PEOPLE.replace("2@example.edu, license: licensed", "2@example.edu")
    ready.write("zoom-main/people.yaml", f"users:\n{people}")
    declare(ready, talk={"alternative_hosts": ["s2", "s3"]})
    ready.apply()
    report = ready.apply()
    assert [outcome.ending.value for outcome in report.outcomes] == ["waiting"]
    assert "refuses any longer list that names it" in report.outcomes[0].text
    assert ready.control("counters")["refused"] == {}


def test_neither_a_passcode_nor_a_guest_is_told(ready: Rig) -> None:
    body = {"code": 300, "message": "the password l3tter-1 is too weak"}
    fault = {"operation": "POST /users/{userId}/meetings", "status": 400, "body": body}
    ready.control("faults", {"status": [fault]})
    declare(ready, talk={"passcode": "${env:ONE}", "authentication_exceptions": GUESTS})
    (outcome,) = ready.apply().outcomes
    assert outcome.ending == "failed"
    assert "[redacted] is too weak" in outcome.text
    shown = repr(redact(ready.plan().plan))
    assert "Zoë" not in shown and "zoe@other.example" not in shown
    assert "l3tter" not in shown


def test_a_label_that_is_no_longer_declared_is_let_go_and_is_no_drift(ready: Rig) -> None:
    """Its value is still there: nobody took it away."""
    ready.console("add_tracking_field", field="Room")
    declare(ready, lab={"tracking_fields": {"Department": "Law"}})
    ready.apply()
    declare(ready, lab={"tracking_fields": {"Room": "B1"}})
    plan = ready.plan().plan
    assert plan.drift == () and sorted(change.verb for change in plan.changes) == ["release", "update"]
