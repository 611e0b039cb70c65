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


def test_only_an_update_refuses_a_label_that_is_taken(rig: Rig) -> None:
    rig.zoom("POST /tracking_fields", {"field": "Department"})
    term = rig.zoom("POST /tracking_fields", {"field": "Term"}).json()["id"]
    assert rig.zoom("POST /tracking_fields", {"field": "department"}).status_code == 201
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


SETTINGS = "/accounts/me/settings"


def test_settings_are_set_page_by_page(rig: Rig) -> None:
    page = "meeting_authentication"
    body = {"meeting_authentication": True, "allow_authentication_exception": True}
    assert rig.zoom(f"PATCH {SETTINGS}", body, option=page).status_code == 204
    assert rig.zoom(f"GET {SETTINGS}", option=page).json() == {**body, "authentication_options": []}
    security = {"meeting_security": {"block_user_domain_list": ["spam.example"]}}
    assert rig.zoom(f"PATCH {SETTINGS}", security, option="meeting_security").status_code == 204
    shown = rig.zoom(f"GET {SETTINGS}", option="meeting_security").json()["meeting_security"]
    assert (shown["block_user_domain_list"], shown["meeting_password"]) == (["spam.example"], True)
    assert rig.zoom(f"PATCH {SETTINGS}", {"recording": {"cloud_recording": False}}).status_code == 204
    assert rig.zoom(f"GET {SETTINGS}").json()["recording"]["cloud_recording"] is False


@pytest.mark.parametrize(
    ("option", "body"),
    [
        ("", {"meeting_authentication": True}),
        ("", {"colour": "blue"}),
        ("", {"recording": {"cloud_recording": "yes"}}),
        ("elsewhere", {}),
        ("meeting_security", {"meeting_security": {"block_user_domain_list": ["a.example"] * 21}}),
        ("meeting_authentication", {"authentication_option": [{"action": "add"}]}),
        ("meeting_authentication", {"authentication_option": {"action": "add", "name": "Campus"}}),
        ("meeting_authentication", {"authentication_option": {"action": "delete", "id": "none"}}),
    ],
)
def test_settings_that_are_refused(rig: Rig, option: str, body: Any) -> None:
    assert said(rig.zoom(f"PATCH {SETTINGS}", body, **({"option": option} if option else {}))) == (400, 300)


def test_settings_below_the_second_level_are_replaced(rig: Rig) -> None:
    for sso in ({"require_sso_for_domains": True}, {"domains": ["example.edu"]}):
        rig.zoom(f"PATCH {SETTINGS}", {"security": {"signin_with_sso": sso}})
    told = rig.zoom(f"GET {SETTINGS}").json()["security"]["signin_with_sso"]
    assert (told["require_sso_for_domains"], told["domains"]) == (False, ["example.edu"])


def test_ways_to_sign_in_come_and_go_one_at_a_time(rig: Rig) -> None:
    def operate(**option: Any) -> tuple[int, Any]:
        query = {"option": "meeting_authentication"}
        answer = rig.zoom(f"PATCH {SETTINGS}", {"authentication_option": option}, **query)
        return answer.status_code, answer.json().get("code") if answer.content else None

    def told() -> Any:
        return rig.zoom(f"GET {SETTINGS}", option="meeting_authentication").json()["authentication_options"]

    with_domains = "enforce_login_with_domains"
    assert operate(action="add", name="Campus", type=with_domains) == (400, 300)
    assert operate(action="add", name="Campus", type=with_domains, domains="example.edu") == (204, None)
    assert operate(action="add", name="All", type="enforce_login", default_option=True) == (204, None)
    campus, everybody = told()
    assert (campus["default_option"], everybody["default_option"]) == (False, True)
    assert operate(action="update", id=campus["id"], default_option=True) == (204, None)
    assert [option["default_option"] for option in told()] == [True, False]
    assert operate(action="delete", id=everybody["id"]) == (204, None)
    assert [option["name"] for option in told()] == ["Campus"]


def test_settings_need_their_scope(rig: Rig) -> None:
    rig.faults(scopes=["account:read:settings:admin"])
    assert rig.zoom(f"GET {SETTINGS}").status_code == 200
    assert said(rig.zoom(f"PATCH {SETTINGS}", {"recording": {"cloud_recording": False}})) == (400, 4711)


def test_the_console_changes_settings_and_tracking_fields(rig: Rig) -> None:
    rig.console("edit_settings", option="meeting_authentication", meeting_authentication=True)
    option = rig.console("add_authentication_option", name="All", type="enforce_login")["id"]
    told = rig.zoom(f"GET {SETTINGS}", option="meeting_authentication").json()
    assert (told["meeting_authentication"], told["authentication_options"][0]["id"]) == (True, option)
    rig.console("delete_authentication_option", option=option)
    field = rig.console("add_tracking_field", field="Department")["id"]
    rig.console("edit_tracking_field", id=field, required=True)
    assert rig.zoom(f"GET /tracking_fields/{field}").json()["required"] is True
    rig.console("delete_tracking_field", id=field)
    world = rig.show("state")
    assert (world["tracking_fields"], world["account"]["authentication_options"]) == ([], [])
    wrong = {"do": "edit_settings", "recording": {"colour": "blue"}}
    assert rig.client.post(f"{rig.sandbox.origin}/_control/console", json=wrong).status_code == 400


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


def test_what_a_group_locks_its_members_cannot_change(rig: Rig) -> None:
    user = rig.add_user("ada@example.edu")
    group = rig.console("add_group", name="Faculty", members=[user])["id"]
    locks = {"recording": {"cloud_recording": True}}
    assert rig.zoom(f"PATCH /groups/{group}/lock_settings", locks).status_code == 204
    assert said(rig.zoom(f"PATCH /users/{user}/settings", {"recording": {"cloud_recording": False}})) == (
        400,
        300,
    )
    assert (
        rig.zoom(f"PATCH /users/{user}/settings", {"recording": {"save_chat_text": False}}).status_code == 204
    )
