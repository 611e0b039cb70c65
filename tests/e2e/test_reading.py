"""Unread is never absent: what cannot be read whole is neither created nor removed, and the plan says so."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import engine
from reconciler.model import Sync
from tests.e2e.scenes import MANAGED, rest, roster, settle
from tests.rig import Rig, changes, endings

LIST_USERS, LIST_GROUPS, LIST_MEMBERS = "GET /users", "GET /groups", "GET /groups/{groupId}/members"
SCOPES = [
    "user:read:user:admin",
    "user:read:list_users:admin",
    "account:read:managed_domains:master",
    "group:read:list_groups:admin",
    "group:read:list_members:admin",
    "group:read:group:admin",
    "meeting:read:meeting:admin",
    "meeting:read:list_meetings:admin",
]

FAULTS: dict[str, dict[str, Any]] = {
    "a cut page": {"cut_pages": {LIST_USERS: 3}, "page_cap": {LIST_USERS: 5}},
    "a total that is too high": {"short_total": {LIST_USERS: 1}},
    "an empty page with a token": {"empty_page": {LIST_USERS: 2}, "page_cap": {LIST_USERS: 5}},
    "a 500 on page 3": {
        "page_cap": {LIST_USERS: 5},
        "status": [{"operation": LIST_USERS, "page": 3, "status": 500, "times": 99}],
    },
    "a garbled page": {
        "page_cap": {LIST_USERS: 5},
        "status": [{"operation": LIST_USERS, "page": 2, "ending": "garble", "times": 99}],
    },
    "a page cut off": {
        "page_cap": {LIST_USERS: 5},
        "status": [{"operation": LIST_USERS, "page": 2, "ending": "cut_body", "times": 99}],
    },
    "no answer": {
        "page_cap": {LIST_USERS: 5},
        "status": [{"operation": LIST_USERS, "page": 2, "ending": "drop_before", "times": 99}],
    },
    "a shape nobody documented": {
        "page_cap": {LIST_USERS: 5},
        "status": [{"operation": LIST_USERS, "page": 2, "status": 200, "body": {"people": []}, "times": 99}],
    },
}


def enrol(campus: Rig) -> dict[str, str]:
    """Twenty people, some to go, some to come."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    mails = {f"s{number}": f"p{number}@example.edu" for number in range(1, 21)}
    roster(campus, mails)
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: [s1, s2]}\n")
    rest(campus)
    mails.pop("s20")
    roster(campus, mails | {"n1": "new@new.example.edu"})
    assert set(changes(campus.plan())) == {"zoom-main/user/s20", "zoom-main/user/n1"}
    return mails


@pytest.mark.parametrize("fault", FAULTS)
def test_a_listing_that_cannot_be_believed_creates_and_removes_nobody(campus: Rig, fault: str) -> None:
    enrol(campus)
    campus.control("faults", FAULTS[fault])
    proposal = campus.plan()
    assert changes(proposal) == {}
    (finding,) = [
        f for f in proposal.plan.findings if f.subject == "zoom-main/user" and f.severity == "error"
    ]
    assert "not read" in finding.text
    assert "nothing of it is created or removed in this run" in finding.text
    assert {s.sync for s in proposal.plan.statuses if s.address.kind == "user"} == {Sync.UNKNOWN}
    assert any("s20" in f.text and "kept" in f.text for f in proposal.plan.findings)
    campus.apply()
    assert campus.writes() == {}
    campus.control("faults", {})
    assert set(changes(campus.plan())) == {"zoom-main/user/s20", "zoom-main/user/n1"}


def test_a_transient_failure_is_asked_again(campus: Rig) -> None:
    enrol(campus)
    campus.control(
        "faults",
        {"page_cap": {LIST_USERS: 5}, "status": [{"operation": LIST_USERS, "page": 3, "status": 500}]},
    )
    assert set(changes(campus.plan())) == {"zoom-main/user/s20", "zoom-main/user/n1"}


@pytest.mark.parametrize("operation", [LIST_GROUPS, LIST_MEMBERS])
def test_a_group_listing_that_fails_leaves_the_other_kinds_alone(campus: Rig, operation: str) -> None:
    enrol(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  other: {members: [s1]}\n")
    campus.control("faults", {"status": [{"operation": operation, "status": 500, "times": 99}]})
    if operation == LIST_MEMBERS:
        campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: {exactly: [s1]}}\n  other: {}\n")
    proposal = campus.plan()
    assert set(changes(proposal)) == {"zoom-main/user/s20", "zoom-main/user/n1"}
    assert any(f.subject == "zoom-main/group" and "not read" in f.text for f in proposal.plan.findings)
    campus.apply()
    assert {group["name"] for group in campus.world()["groups"]} == {"club"}


def test_a_missing_scope_is_seen_before_any_call_and_unreads_its_kind_only(campus: Rig) -> None:
    settle(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  other: {}\n")
    campus.control("faults", {"scopes": [scope for scope in SCOPES if not scope.startswith("group:")]})
    proposal = campus.plan()
    assert changes(proposal) == {}
    (finding,) = [f for f in proposal.plan.findings if f.severity == "error"]
    assert finding.subject == "zoom-main/group"
    assert "scope" in finding.text
    assert LIST_GROUPS not in campus.control("counters")["refused"]
    assert LIST_GROUPS not in campus.control("counters")["reads"]


def test_an_account_that_does_not_answer_is_unread_whole(campus: Rig) -> None:
    settle(campus, linked=True)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    campus.control("faults", {"status": [{"operation": "*", "status": 500, "times": 999}]})
    proposal = campus.plan()
    assert changes(proposal) == {}
    unread = {f.subject for f in proposal.plan.findings if "not read" in f.text}
    assert {"zoom-main/user", "zoom-main/group", "zoom-main/course_meeting", "zoom-lti/course_link"} <= unread
    assert engine.exit_status(campus.apply()) == 1  # never a success while something could not be read


def test_wrong_secrets_unread_the_target_and_write_nothing(campus: Rig) -> None:
    settle(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    campus.environ["ZOOM_CLIENT_SECRET"] = "wrong"
    proposal = campus.plan()
    assert changes(proposal) == {}
    assert any("client secret is wrong" in f.text for f in proposal.plan.findings)
    assert "wrong" not in " ".join(f.text for f in proposal.plan.findings).replace("secret is wrong", "")
    assert endings(campus.apply()) == {}
    assert campus.writes() == {}


def test_a_meeting_whose_detail_fails_is_not_made_again(campus: Rig) -> None:
    settle(campus)
    campus.control(
        "faults", {"status": [{"operation": "GET /meetings/{meetingId}", "status": 500, "times": 99}]}
    )
    proposal = campus.plan()
    assert changes(proposal) == {}
    assert any(f.subject == "zoom-main/course_meeting" for f in proposal.plan.findings)


def test_a_link_list_that_contradicts_its_total_is_unread(campus: Rig) -> None:
    settle(campus, linked=True)
    campus.control("faults", {"short_total": {"GET /open/meeting/list": 1}})
    proposal = campus.plan()
    assert changes(proposal) == {}
    assert any(f.subject == "zoom-lti/course_link" and "not read" in f.text for f in proposal.plan.findings)
