"""Zoom's account: tracking fields, domains, roles, settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said


def test_tracking_fields_from_creation_to_removal(rig: Rig) -> None:
    made = rig.zoom("POST /tracking_fields", {"field": "Department", "recommended_values": ["Law"]})
    assert made.status_code == 201
    field = made.json()
    assert field | {"id": ""} == {
        "id": "", "field": "Department", "recommended_values": ["Law"], "required": False, "visible": True,
    }  # fmt: skip
    path = f"/tracking_fields/{field['id']}"
    assert rig.zoom("GET /tracking_fields").json() == {"total_records": 1, "tracking_fields": [field]}
    assert rig.zoom(f"PATCH {path}", {"visible": False}).status_code == 204
    assert rig.zoom(f"GET {path}").json()["visible"] is False
    assert rig.zoom(f"DELETE {path}").status_code == 204
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert said(rig.zoom(f"{method} {path}", body)) == (404, 5110)


def test_a_label_is_used_once_and_says_so_with_code_200(rig: Rig) -> None:
    rig.zoom("POST /tracking_fields", {"field": "Department"})
    term = rig.zoom("POST /tracking_fields", {"field": "Term"}).json()["id"]
    assert said(rig.zoom("POST /tracking_fields", {"field": "department"})) == (400, 200)
    assert said(rig.zoom(f"PATCH /tracking_fields/{term}", {"field": "Department"})) == (400, 200)
    assert said(rig.zoom("POST /tracking_fields", {"field": "X", "extra": 1})) == (400, 300)


def test_renaming_a_field_renames_it_in_meetings(rig: Rig) -> None:
    field = rig.zoom("POST /tracking_fields", {"field": "Department"}).json()["id"]
    host = rig.add_user("host@example.edu", type=2)
    number = rig.add_meeting(host, tracking_fields=[{"field": "Department", "value": "Law"}])["id"]
    rig.zoom(f"PATCH /tracking_fields/{field}", {"field": "Faculty"})
    shown = rig.zoom(f"GET /meetings/{number}").json()["tracking_fields"]
    assert [item["field"] for item in shown] == ["Faculty"]


def test_tracking_fields_need_the_larger_plans(rig: Rig) -> None:
    rig.console("edit_account", plan="pro")
    assert said(rig.zoom("POST /tracking_fields", {"field": "Department"})) == (400, 200)


@pytest.mark.parametrize("account", ["me", "sandbox-account"])
def test_domains_are_read_only(rig: Rig, account: str) -> None:
    rig.console("edit_account", trusted_domains=["partner.org"])
    managed = rig.zoom(f"GET /accounts/{account}/managed_domains").json()
    assert managed == {"domains": [{"domain": "example.edu", "status": "verified"}], "total_records": 1}
    trusted = rig.zoom(f"GET /accounts/{account}/trusted_domains").json()
    assert trusted == {"trusted_domains": ["partner.org"]}
    assert rig.zoom(f"POST /accounts/{account}/managed_domains", {}).status_code == 405


@pytest.mark.parametrize("page", ["managed_domains", "trusted_domains", "settings", "plans/usage"])
def test_other_accounts_do_not_exist(rig: Rig, page: str) -> None:
    assert said(rig.zoom(f"GET /accounts/another/{page}")) == (404, 2001)


def test_roles_and_their_odd_code_for_none(rig: Rig) -> None:
    roles = rig.zoom("GET /roles").json()["roles"]
    assert [(role["id"], role["total_members"]) for role in roles] == [("0", 1), ("1", 0), ("2", 0)]
    assert rig.zoom("GET /roles/0").json()["name"] == "Owner"
    members = rig.zoom("GET /roles/0/members").json()["members"]
    assert [member["email"] for member in members] == ["owner@example.edu"]
    assert said(rig.zoom("GET /roles/9")) == (400, 1034)


def test_account_settings_by_option(rig: Rig) -> None:
    option = rig.zoom("GET /accounts/me/settings", option="meeting_authentication").json()
    assert option["allow_authentication_exception"] is False
    assert "schedule_meeting" in rig.zoom("GET /accounts/me/settings").json()


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"users": 3, "plan": "free", "id": "account-2"}, "account-2"),
        ({"managed_domains": ["a.edu", "b.edu"]}, "sandbox-account"),
    ],
)
def test_another_account_can_be_played(rig: Rig, order: dict[str, Any], told: str) -> None:
    assert rig.control("reset", order)["account_id"] == told
    rig.token = ""
    assert rig.zoom("GET /users/owner@example.edu").json()["account_id"] == told


def test_an_unknown_option_of_reset_is_refused(rig: Rig) -> None:
    answer = rig.client.post(f"{rig.sandbox.origin}/_control/reset", json={"people": 3})
    assert answer.status_code == 400
    assert "people" in answer.json()["error"]
