"""What belongs to the whole account: tracking fields, settings, ways to sign in, from nothing to in sync."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Adopt, Create, Reason, Sync, Update
from tests.rig import Rig, changes, endings

PEOPLE = """
    users:
      s1: {email: ada@example.edu, license: licensed}
"""
ACCOUNT = """
    tracking_fields:
      department: {label: Department, recommended_values: [Biology, Law], required: true}
    account_settings:
      allow-authentication-exception: {value: true}
      meeting-authentication: {value: true}
      block-user-domain-list: {value: [spam.example]}
    authentication_options:
      campus: {title: Campus, admits: [example.edu], default: true}
"""
MEETINGS = """
    course_meetings:
      bio101:
        topic: BIO 101
        host: s1
        schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
        tracking_fields: {Department: Biology}
"""


@pytest.fixture
def rig(campus: Rig) -> Rig:
    campus.control("reset", {"now": campus.clock.now.isoformat(), "managed_domains": ["example.edu"]})
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("zoom-main/account.yaml", ACCOUNT)
    campus.write("zoom-main/meetings.yaml", MEETINGS)
    return campus


def world(rig: Rig) -> tuple[Any, Any, Any]:
    """Tracking fields by label, settings, ways to sign in by name."""
    told = rig.world()
    fields = {field["field"]: field for field in told["tracking_fields"]}
    options = {option["name"]: option for option in told["account"]["authentication_options"]}
    return fields, told["account"]["settings"], options


def test_an_account_is_set_up_in_one_run(rig: Rig) -> None:
    """Settings are taken over with what differs; fields and options come before meetings that need them."""
    proposal = rig.plan()
    kinds = [change.address.kind for change in proposal.plan.changes]
    assert kinds.index("course_meeting") == len(kinds) - 1
    assert kinds.index("account_setting") < kinds.index("authentication_option")
    assert changes(proposal)["zoom-main/account_setting/meeting-authentication"] == "adopt"
    setting = next(change for change in proposal.plan.changes if isinstance(change, Adopt))
    assert [(field.before, field.after) for field in setting.fields] == [(False, True)]
    assert set(endings(rig.apply()).values()) == {"applied"}
    fields, settings, options = world(rig)
    assert fields["Department"]["recommended_values"] == ["Biology", "Law"]
    assert settings["allow_authentication_exception"] is True
    assert settings["meeting_security"]["block_user_domain_list"] == ["spam.example"]
    assert options["Campus"]["domains"] == "example.edu"
    again = rig.plan().plan
    assert (again.changes, again.drift) == ((), ())
    assert {status.sync for status in again.statuses} == {Sync.IN_SYNC}


def test_what_people_change_in_the_console_is_drift(rig: Rig) -> None:
    rig.apply()
    fields, _, options = world(rig)
    rig.console("edit_settings", option="meeting_authentication", allow_authentication_exception=False)
    rig.console("edit_tracking_field", id=fields["Department"]["id"], required=False)
    rig.console("delete_authentication_option", option=options["Campus"]["id"])
    plan = rig.plan().plan
    assert {str(drift.address): drift.field for drift in plan.drift} == {
        "zoom-main/account_setting/allow-authentication-exception": "value",
        "zoom-main/tracking_field/department": "required",
    }
    (made,) = [change for change in plan.changes if isinstance(change, Create)]
    assert (made.address.kind, made.reason) == ("authentication_option", Reason.GONE)
    assert set(endings(rig.apply()).values()) == {"applied"}
    assert rig.plan().plan.changes == ()


def test_a_tracking_field_that_was_deleted_is_made_again(rig: Rig) -> None:
    rig.apply()
    rig.console("delete_tracking_field", id=world(rig)[0]["Department"]["id"])
    assert changes(rig.plan()) == {"zoom-main/tracking_field/department": "create"}
    rig.apply()
    assert world(rig)[0].keys() == {"Department"}


def test_a_new_label_says_what_it_changes_and_goes_before_its_meetings(rig: Rig) -> None:
    rig.apply()
    for name in ("account", "meetings"):
        path = rig.desired / "zoom-main" / f"{name}.yaml"
        path.write_text(path.read_text().replace("Department", "School"), encoding="utf-8")
    first, second = [change for change in rig.plan().plan.changes if isinstance(change, Update)]
    assert (first.address.kind, second.address.kind) == ("tracking_field", "course_meeting")
    assert "filed under the new label" in first.note
    assert set(endings(rig.apply()).values()) == {"applied"}
    (meeting,) = rig.world()["meetings"]
    assert meeting["tracking_fields"] == [{"field": "School", "value": "Biology"}]
    assert rig.plan().plan.changes == ()


def test_what_is_no_longer_declared_is_kept_or_goes(rig: Rig) -> None:
    rig.apply()
    rig.write(
        "zoom-main/meetings.yaml", MEETINGS.replace("        tracking_fields: {Department: Biology}\n", "")
    )
    rig.write("zoom-main/account.yaml", "account_settings:\n  meeting-authentication: {value: true}\n")
    rig.apply()
    fields, settings, options = world(rig)
    assert (fields, options) == ({}, {})
    assert settings["allow_authentication_exception"] is True
    kept = [finding.text for finding in rig.plan().plan.findings if "no longer declared" in finding.text]
    assert kept == [
        "2 no longer declared and kept (allow-authentication-exception, block-user-domain-list): "
        "it was adopted, not created by us"
    ]


def test_two_fields_of_one_label_block_only_that_field(rig: Rig) -> None:
    for _ in range(2):
        rig.console("add_tracking_field", field="Department")
    report = rig.apply()
    assert "create zoom-main/tracking_field/department" not in endings(report)
    found = [finding.text for finding in rig.plan().plan.findings if finding.guard == "identity"]
    assert found
    assert "cannot tell which live object this is" in found[0]


def test_a_missing_permission_is_told_plainly(rig: Rig) -> None:
    body = {"code": 200, "message": "Aucune autorisation."}
    refusal = {"operation": "PATCH /accounts/{accountId}/settings", "status": 400, "body": body, "times": 9}
    rig.control("faults", {"status": [refusal]})
    report = rig.apply()
    texts = {o.change.address.kind: o.text for o in report.outcomes if o.ending == "failed"}
    assert "check the app's role permissions" in texts["account_setting"]
    assert "check the app's role permissions" in texts["authentication_option"]
