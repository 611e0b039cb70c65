"""People who have not accepted their invitation: what the vendor would swallow waits and is not sent."""

from __future__ import annotations

from reconciler import engine
from reconciler.model import Sync
from tests.e2e.scenes import MANAGED, members, people, rest, rewrite
from tests.rig import Rig, changes, endings

GUEST = "guest@elsewhere.example"


def invite(campus: Rig) -> None:
    """A colleague of ours and a guest who is only invited, both wanted in a group."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write(
        "zoom-main/people.yaml",
        f"""
        users:
          s1: {{email: ada@example.edu, license: licensed}}
          g1: {{email: {GUEST}}}
        groups:
          faculty: {{members: [s1, g1]}}
        """,
    )


def test_only_the_pending_element_waits(campus: Rig) -> None:
    invite(campus)
    report = campus.apply()
    assert set(endings(report).values()) == {"applied"}
    assert members(campus, "faculty") == {"ada@example.edu"}
    (outcome,) = [o for o in report.outcomes if o.change.address.kind == "group"]
    (wait,) = outcome.waiting
    assert (wait.element, wait.on) == ("zoom-main/user/g1", "zoom-main/user/g1")
    assert "invitation" in wait.why
    assert engine.exit_status(report) == 0
    campus.control("counters/reset", {})
    proposal = campus.plan()
    assert changes(proposal) == {"zoom-main/group/faculty": "update"}
    (status,) = [s for s in proposal.plan.statuses if s.address.kind == "group"]
    assert status.sync is Sync.WAITING
    report = campus.apply()
    assert endings(report) == {"update zoom-main/group/faculty": "waiting"}
    assert campus.writes() == {}


def test_an_accepted_invitation_lets_the_next_run_do_it(campus: Rig) -> None:
    invite(campus)
    campus.apply()
    campus.console("accept_invitation", user=GUEST)
    campus.control("counters/reset", {})
    report = campus.apply()
    assert endings(report) == {"update zoom-main/group/faculty": "applied"}
    assert campus.writes() == {"POST /groups/{groupId}/members": 1}
    assert members(campus, "faculty") == {"ada@example.edu", GUEST}
    assert campus.plan().plan.changes == ()


def test_what_an_update_of_a_pending_person_would_change_waits(campus: Rig) -> None:
    invite(campus)
    rewrite(campus, "zoom-main/people.yaml", (f"{{email: {GUEST}}}", f"{{email: {GUEST}, department: Law}}"))
    report = campus.apply()
    (outcome,) = [o for o in report.outcomes if o.change.address.name == "g1"]
    assert outcome.ending == "applied"
    assert [wait.element for wait in outcome.waiting] == ["department"]
    assert "PATCH /users/{userId}" not in campus.writes()
    assert endings(campus.apply())["update zoom-main/user/g1"] == "waiting"
    campus.console("accept_invitation", user=GUEST)
    campus.apply()
    assert people(campus)[GUEST]["dept"] == "Law"
    assert campus.plan().plan.changes == ()


def test_a_pending_host_holds_up_the_meeting_and_nothing_else(campus: Rig) -> None:
    invite(campus)
    campus.write(
        "zoom-main/meetings.yaml",
        """
        course_meetings:
          mine: {topic: Mine, host: s1, schedule: {dates: ["2026-10-01T10:00"], minutes: 30, timezone: UTC}}
          theirs: {topic: Other, host: g1, schedule: {dates: ["2026-10-02T10:00"], minutes: 9, timezone: UTC}}
        """,
    )
    report = campus.apply()
    assert endings(report)["create zoom-main/course_meeting/mine/1"] == "applied"
    assert endings(report)["create zoom-main/course_meeting/theirs/1"] == "waiting"
    assert campus.writes()["POST /users/{userId}/meetings"] == 1
    campus.console("accept_invitation", user=GUEST)
    assert endings(campus.apply())["create zoom-main/course_meeting/theirs/1"] == "applied"
    assert campus.plan().plan.changes == ()


def test_a_pending_person_keeps_the_record_and_is_never_invited_twice(campus: Rig) -> None:
    invite(campus)
    campus.apply()
    mails = people(campus)[GUEST]["mails"]
    for _ in range(3):
        campus.apply()
    assert people(campus)[GUEST]["mails"] == mails == 1


def test_an_invitation_that_expired_is_sent_again_once(campus: Rig) -> None:
    invite(campus)
    campus.apply()
    campus.console("expire_invitation", user=GUEST)
    change = next(c for c in campus.plan().plan.changes if c.address.name == "g1")
    assert (change.verb, change.reason) == ("create", "gone from the live system")
    assert "invitation expired" in change.note
    for _ in range(3):
        campus.apply()
    assert people(campus)[GUEST]["mails"] == 2
    campus.console("accept_invitation", user=GUEST)
    campus.apply()
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu", GUEST}


def test_an_invitation_that_expired_is_only_reported_if_the_entry_says_so(campus: Rig) -> None:
    invite(campus)
    rewrite(
        campus,
        "zoom-main/people.yaml",
        (f"{{email: {GUEST}}}", f"{{email: {GUEST}, lifecycle: {{on_gone: report}}}}"),
    )
    campus.apply()
    campus.console("expire_invitation", user=GUEST)
    proposal = campus.plan()
    assert "zoom-main/user/g1" not in changes(proposal)
    assert any(f.subject == "zoom-main/user/g1" and "gone" in f.text for f in proposal.plan.findings)
    campus.apply()
    assert people(campus)[GUEST]["mails"] == 1


def test_a_pending_person_no_longer_declared_is_taken_off(campus: Rig) -> None:
    invite(campus)
    campus.apply()
    campus.write(
        "zoom-main/people.yaml",
        """
        users:
          s1: {email: ada@example.edu, license: licensed}
        groups:
          faculty: {members: [s1]}
        """,
    )
    assert changes(campus.plan()) == {"zoom-main/user/g1": "remove"}
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert GUEST not in people(campus)
    assert campus.plan().plan.changes == ()


def test_a_pending_person_already_there_is_adopted(campus: Rig) -> None:
    invite(campus)
    campus.console("add_user", email=GUEST, status="pending")
    report = campus.apply()
    assert endings(report)["adopt zoom-main/user/g1"] == "applied"
    campus.console("accept_invitation", user=GUEST)
    campus.apply()
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu", GUEST}
