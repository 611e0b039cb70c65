"""What a vendor accepted and did not keep is a failure that names field, sent and read; nothing is hidden."""

from __future__ import annotations

from reconciler import engine
from reconciler.model import Evidence, Outcome, Report, Sync
from tests.e2e.scenes import MANAGED, PEOPLE, members, rest, rewrite, settle
from tests.rig import Rig, endings


def drop(campus: Rig, operation: str, *fields: str) -> None:
    """From now on the vendor silently leaves these out."""
    campus.control("faults", {"drop_fields": {operation: list(fields)}})


def the_one(report: Report) -> Outcome:
    (outcome,) = report.outcomes
    return outcome


def test_sent_and_read_values_are_named_and_the_run_fails(campus: Rig) -> None:
    settle(campus)
    drop(campus, "PATCH /users/{userId}", "last_name")
    rewrite(campus, "zoom-main/people.yaml", ("Lovelace", "King"))
    report = campus.apply()
    assert endings(report) == {"update zoom-main/user/s1": "not taken"}
    assert the_one(report).text == "last_name: sent 'King', reads 'Lovelace'"
    assert engine.exit_status(report) == 4


def test_the_ledger_keeps_what_was_read_not_what_was_sent(campus: Rig) -> None:
    settle(campus)
    drop(campus, "PATCH /users/{userId}", "last_name")
    rewrite(campus, "zoom-main/people.yaml", ("Lovelace", "King"), ("Ada", "Augusta"))
    assert set(endings(campus.apply()).values()) == {"not taken"}
    record = next(r for r in campus.plan().recorded.records if r.address.name == "s1")
    assert (record.fields["last_name"].value, record.fields["last_name"].evidence) == (
        "Lovelace",
        Evidence.READ,
    )
    assert record.fields["first_name"].value == "Augusta"
    (change,) = campus.plan().plan.changes
    assert [field.field for field in change.fields] == ["last_name"]
    assert change.reason == "changed in Git"


def test_it_heals_once_the_vendor_keeps_it(campus: Rig) -> None:
    settle(campus)
    drop(campus, "PATCH /meetings/{meetingId}", "topic")
    rewrite(campus, "zoom-main/meetings.yaml", ("BIO 101", "Biology"))
    assert set(endings(campus.apply()).values()) == {"not taken"}
    campus.control("faults", {})
    rest(campus)


def test_members_silently_left_out_are_named(campus: Rig) -> None:
    settle(campus)
    drop(campus, "POST /groups/{groupId}/members", "members")
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1, s2, s3]"))
    report = campus.apply()
    ben = next(user["id"] for user in campus.world()["users"] if user["email"] == "ben@example.edu")
    assert the_one(report).ending == "not taken"
    assert ben in the_one(report).text
    assert members(campus, "faculty") == {"ada@example.edu", "cleo@example.edu"}
    record = next(r for r in campus.plan().recorded.records if r.address.kind == "group")
    assert ben not in record.elements["members"], "what did not get in was not added by us"


def test_what_depends_on_a_create_that_was_not_taken_is_skipped(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write(
        "zoom-main/talks.yaml",
        """
        course_meetings:
          talk: {topic: Talk, host: s1, schedule: {dates: ["2026-10-01T10:00"], minutes: 30, timezone: UTC}}
        """,
    )
    drop(campus, "POST /users", "type")
    report = campus.apply()
    assert endings(report) == {
        "create zoom-main/user/s1": "not taken",
        "create zoom-main/user/s2": "not taken",
        "create zoom-main/user/s3": "applied",
        "create zoom-main/course_meeting/talk/1": "skipped",
    }
    campus.control("faults", {})
    rest(campus)


def test_what_no_reading_shows_is_unverified_and_says_which_fields(campus: Rig) -> None:
    settle(campus, linked=True)
    (status,) = [s for s in campus.plan().plan.statuses if s.address.kind == "course_link"]
    assert status.sync is Sync.UNVERIFIED
    assert status.text == "cannot be read back: context_id, domain, canvas_course_id"
    record = next(r for r in campus.plan().recorded.records if r.address.kind == "course_link")
    evidence = {name: known.evidence.value for name, known in record.fields.items()}
    assert evidence == {
        "meeting": "read",
        "credential": "sent",
        "context_id": "sent",
        "domain": "sent",
        "canvas_course_id": "sent",
    }


def test_a_lagging_vendor_is_waited_for_before_it_is_blamed(campus: Rig) -> None:
    settle(campus)
    campus.control("faults", {"lag_s": 3})
    rewrite(campus, "zoom-main/people.yaml", ("Lovelace", "King"))
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.clock.slept
