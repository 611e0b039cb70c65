"""Writes that earlier runs left without a known end, and objects that earlier runs left half changed."""

from __future__ import annotations

import pytest

from reconciler import engine
from reconciler.errors import PlanRefused
from reconciler.model import Ending, Provenance, State
from tests.oracle import judge
from tests.rig import Rig, address, changes, endings

ANN = """
    users:
      s1: {email: ann@example.edu, first_name: Ann}
"""
HOSTS = """
    users:
      h1: {email: ann@example.edu, license: licensed}
      h2: {email: bob@example.edu, license: licensed}
"""
COURSE = """
    courses:
      c1: {context_id: ctx-1, domain: "https://canvas.example.edu", canvas_course_id: "%s"}
"""
MEETING = """
    course_meetings:
      m1: {topic: One, host: %s, alternative_hosts: [%s], course: c1, lifecycle: {allow_replace: true},
           schedule: {dates: ["2026-10-01T09:00"], minutes: 50, timezone: America/New_York}}
"""
LOST = {"ending": "drop_reply", "times": 9}
SILENT = {"status": 500, "times": 9}


def lose_the_create(campus: Rig) -> None:
    """A person is made, no answer arrives, and nothing can be read about it then."""
    campus.write("zoom-main/people.yaml", ANN)
    lost = {"operation": "POST /users", **LOST}
    unread = {"operation": "GET /users/{userId}", "nth": 2, "status": 500, "times": 9}
    campus.control("faults", {"status": [lost, unread]})
    assert endings(campus.apply()) == {"create zoom-main/user/s1": "uncertain"}


def settled(campus: Rig) -> None:
    """Everything is as declared, nothing is open, and nothing is left to do."""
    assert judge(campus.desired, campus.world()) == []
    with campus.ledger() as ledger:
        assert ledger.read().intents == ()
    assert changes(campus.plan()) == {}


def test_nothing_is_written_to_what_has_an_open_intent(campus: Rig) -> None:
    lose_the_create(campus)
    # The first such reading asks who we are, the next looks for what was made, and is tried three times.
    unread = {"operation": "GET /users/{userId}", "nth": 2, "status": 500, "times": 3}
    campus.control("faults", {"status": [unread]})
    campus.control("counters/reset", {})
    assert endings(campus.apply()) == {"adopt zoom-main/user/s1": "skipped"}
    assert campus.writes() == {}
    campus.control("faults", {})
    campus.apply()
    settled(campus)
    with campus.ledger() as ledger:
        (record,) = ledger.records()
    assert (record.provenance, record.state) == (Provenance.CREATED, State.CURRENT)


def test_a_saved_plan_from_before_is_refused(campus: Rig) -> None:
    lose_the_create(campus)
    campus.control("faults", {})
    saved = campus.plan().plan
    with campus.ledger() as ledger, pytest.raises(PlanRefused, match="moved on"):
        engine.apply_saved(campus.workspace, ledger, saved, lambda _: None)
    settled(campus)


def test_a_target_whose_turn_comes_late_is_still_ours(campus: Rig) -> None:
    campus.mint()
    campus.write("zoom-main/people.yaml", HOSTS)
    campus.write("courses.yaml", COURSE % 1)
    campus.write("zoom-main/meetings.yaml", MEETING % ("h1", "h2"))
    slow = {"status": 429, "headers": {"Retry-After": "50", "X-RateLimit-Type": "QPS"}, "times": 4}
    campus.control("faults", {"status": [{"operation": "POST /users", **slow}]})
    report = campus.apply()
    assert sum(campus.clock.slept) > 120
    assert report.count(Ending.APPLIED) == len(report.outcomes)
    settled(campus)


def linked(campus: Rig) -> None:
    """A meeting in a course, at rest."""
    campus.mint()
    campus.write("zoom-main/people.yaml", HOSTS)
    campus.write("courses.yaml", COURSE % 1)
    campus.write("zoom-main/meetings.yaml", MEETING % ("h1", "h2"))
    campus.apply()
    settled(campus)


def test_a_successor_that_is_the_same_object_stays(campus: Rig) -> None:
    """A link's id is its meeting, context and domain: another course id in it is not another link."""
    linked(campus)
    campus.write("courses.yaml", COURSE % 2)
    report = campus.apply()
    assert set(endings(report).values()) == {"applied"}
    settled(campus)


def test_what_was_refused_is_not_taken_for_done(campus: Rig) -> None:
    """A link's course cannot be read: that the ledger still knows the old one is all there is to go by."""
    linked(campus)
    refuse = ("lifecycle: {allow_replace: true}", "lifecycle: {allow_replace: false}")
    campus.write("zoom-main/meetings.yaml", (MEETING % ("h1", "h2")).replace(*refuse))
    campus.write("courses.yaml", (COURSE % 1).replace("ctx-1", "ctx-2"))
    for _ in range(2):
        assert endings(campus.apply())["replace zoom-lti/course_link/m1/1"] == "refused"
    campus.write("zoom-main/meetings.yaml", MEETING % ("h1", "h2"))
    campus.apply()
    settled(campus)


def test_what_is_superseded_may_be_gone_already(campus: Rig) -> None:
    linked(campus)
    (old,) = campus.world()["meetings"]
    campus.write("zoom-main/meetings.yaml", MEETING % ("h2", "h1"))
    ending = {"operation": "PUT /meeting/bulkDisassociate", "nth": 1, **SILENT}
    campus.control("faults", {"status": [ending]})
    assert endings(campus.apply())["remove zoom-lti/course_link/m1/1"] == "uncertain"
    campus.console("delete_meeting", meeting=old["id"])
    campus.control("faults", {})
    assert set(endings(campus.apply()).values()) == {"applied"}
    settled(campus)


def test_a_superseded_object_is_not_taken_for_the_new_one(campus: Rig) -> None:
    """There and back: the old meeting still stands at the host to whom the topic returns."""
    linked(campus)
    campus.write("zoom-main/meetings.yaml", MEETING % ("h2", "h1"))
    campus.control("faults", {"status": [{"operation": "DELETE /meetings/{meetingId}", "nth": 1, **SILENT}]})
    campus.apply()
    campus.write("zoom-main/meetings.yaml", MEETING % ("h1", "h2"))
    lost = {"operation": "POST /users/{userId}/meetings", "ending": "drop_before"}
    campus.control("faults", {"status": [lost]})
    campus.apply()
    settled(campus)


def test_a_name_is_passed_on_to_somebody_else(campus: Rig) -> None:
    campus.write(
        "zoom-main/people.yaml", "users: {a: {email: ann@example.edu, lifecycle: {on_absent: delete}}}"
    )
    campus.apply()
    campus.write("zoom-main/people.yaml", "users: {b: {email: bob@example.edu, department: Law}}")
    campus.apply()
    renamed = "users: {a: {email: bob@example.edu, department: Music, lifecycle: {previously: [b]}}}"
    campus.write("zoom-main/people.yaml", renamed)
    assert endings(campus.apply()) == {
        "rename zoom-main/user/a": "applied",
        "update zoom-main/user/a": "applied",
    }
    settled(campus)
    with campus.ledger() as ledger:
        held = {record.number: record.state for record in ledger.records()}
    assert held == {1: State.GONE, 2: State.CURRENT}


def test_alternative_hosts_a_lost_create_carried_are_ours(campus: Rig) -> None:
    campus.write("zoom-main/people.yaml", HOSTS)
    campus.apply()
    campus.write("zoom-main/meetings.yaml", (MEETING % ("h1", "h2")).replace(" course: c1,", ""))
    lost = {"operation": "POST /users/{userId}/meetings", "ending": "drop_reply"}
    campus.control("faults", {"status": [lost]})
    assert set(endings(campus.apply()).values()) == {"applied"}
    with campus.ledger() as ledger:
        elements = {record.address: record.elements for record in ledger.records()}
    assert len(elements[address("zoom-main/course_meeting/m1/1")]["alternative_hosts"]) == 1
    settled(campus)
