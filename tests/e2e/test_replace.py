"""Replace is never silent: it names what breaks, blocks until it is allowed, and goes in a safe order."""

from __future__ import annotations

from typing import Any

from reconciler import engine
from reconciler.model import Replace
from tests.e2e.scenes import guards, rewrite, settle, verbs, violation
from tests.rig import Rig, endings

CREATE, DELETE = "POST /users/{userId}/meetings", "DELETE /meetings/{meetingId}"
LINK, UNLINK = "POST /meeting/bulkImport", "PUT /meeting/bulkDisassociate"


def change_host(campus: Rig, *, allowed: bool = False) -> None:
    """The meeting gets another host."""
    allow = "\n    lifecycle: {allow_replace: true}" if allowed else ""
    rewrite(campus, "zoom-main/meetings.yaml", ("host: s1", f"host: s2{allow}"), ("[s2]", "[s1]"))


def journal(campus: Rig) -> list[str]:
    """The operations of the last run's writes, in the order they were sent."""
    with campus.ledger() as ledger, ledger.store.read() as connection:
        rows = connection.execute("SELECT operation FROM intents ORDER BY id").fetchall()
    return [operation for (operation,) in rows]


def meetings(campus: Rig) -> list[Any]:
    """The sandbox's meetings with their hosts' mails."""
    return [(meeting["id"], meeting["host_email"]) for meeting in campus.world()["meetings"]]


def test_another_host_is_blocked_and_says_what_would_break(campus: Rig) -> None:
    settle(campus, linked=True)
    change_host(campus)
    plan = campus.plan().plan
    refusals = [item for item in plan.violations if item.guard == "replace"]
    meeting = next(item for item in refusals if item.addresses[0].kind == "course_meeting")
    assert "because of host" in meeting.text
    assert "number and link change" in meeting.text
    assert "allow_replace: true" in meeting.text
    assert "zoom-main/meetings.yaml:" in meeting.text
    before = meetings(campus)
    report = campus.apply()
    assert set(endings(report).values()) == {"refused"}
    assert engine.exit_status(report) == 3
    assert campus.writes() == {}
    assert meetings(campus) == before


def test_allowed_it_creates_links_unlinks_and_removes_in_that_order(campus: Rig) -> None:
    settle(campus, linked=True)
    ((old, _),) = meetings(campus)
    before = len(journal(campus))
    change_host(campus, allowed=True)
    plan = campus.plan().plan
    assert guards(plan) == []
    assert [f"{c.verb} {c.address.kind}" for c in plan.changes] == [
        "replace course_meeting",
        "replace course_link",
        "remove course_link",
        "remove course_meeting",
    ]
    assert all(change.note for change in plan.changes if isinstance(change, Replace))
    report = campus.apply()
    assert set(endings(report).values()) == {"applied"}
    assert journal(campus)[before:] == [CREATE, LINK, UNLINK, DELETE]
    assert campus.writes() == dict.fromkeys((CREATE, LINK, UNLINK, DELETE), 1)
    ((new, host),) = meetings(campus)
    assert new != old
    assert host == "ben@example.edu"
    (link,) = campus.world()["lti"]["associations"]
    assert link["meeting_id"] == new
    assert campus.plan().plan.changes == ()
    states = {
        (str(r.address), r.number): r.state.value
        for r in campus.plan().recorded.records
        if r.address.kind.startswith("course_")
    }
    assert states == {
        ("zoom-main/course_meeting/bio101/1", 1): "gone",
        ("zoom-main/course_meeting/bio101/1", 2): "current",
        ("zoom-lti/course_link/bio101/1", 1): "gone",
        ("zoom-lti/course_link/bio101/1", 2): "current",
    }


def test_a_new_link_that_fails_keeps_the_old_meeting_until_it_is_there(campus: Rig) -> None:
    settle(campus, linked=True)
    ((old, _),) = meetings(campus)
    change_host(campus, allowed=True)
    campus.control("faults", {"status": [{"operation": LINK, "status": 400, "times": 9}]})
    report = campus.apply()
    assert endings(report)["replace zoom-main/course_meeting/bio101/1"] == "applied"
    assert old in dict(meetings(campus)), "what the course still shows is not taken away"
    campus.control("faults", {})
    campus.apply()
    assert set(dict(meetings(campus)).values()) == {"ben@example.edu"}
    (link,) = campus.world()["lti"]["associations"]
    assert link["meeting_id"] in dict(meetings(campus))
    assert campus.plan().plan.changes == ()


def test_a_removal_of_the_old_one_that_fails_is_retried(campus: Rig) -> None:
    settle(campus)
    ((old, _),) = meetings(campus)
    change_host(campus, allowed=True)
    campus.control("faults", {"status": [{"operation": DELETE, "status": 400, "times": 1}]})
    report = campus.apply()
    assert endings(report)["remove zoom-main/course_meeting/bio101/1"] == "failed"
    assert len(meetings(campus)) == 2
    assert verbs(campus.plan().plan) == ["remove"]
    campus.apply()
    assert old not in dict(meetings(campus))
    assert campus.plan().plan.changes == ()


def test_a_protected_meeting_is_not_replaced(campus: Rig) -> None:
    settle(campus)
    rewrite(
        campus,
        "zoom-main/meetings.yaml",
        ("host: s1", "host: s2\n    lifecycle: {allow_replace: true, protect: true}"),
        ("[s2]", "[s1]"),
    )
    assert "is protected" in violation(campus.plan().plan, "protected").text


def test_another_course_moves_the_link_and_leaves_the_meeting(campus: Rig) -> None:
    settle(campus, linked=True)
    before = meetings(campus)
    rewrite(campus, "courses.yaml", ("4f2a9c", "77aa00"))
    rewrite(campus, "zoom-main/meetings.yaml", ("host: s1", "host: s1\n    lifecycle: {allow_replace: true}"))
    assert verbs(campus.plan().plan) == ["replace", "remove"]
    campus.apply()
    assert meetings(campus) == before
    assert [link["context_id"] for link in campus.world()["lti"]["associations"]] == ["77aa00"]
    assert campus.plan().plan.changes == ()
