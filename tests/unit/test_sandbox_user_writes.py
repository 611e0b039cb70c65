"""Zoom users: updates, address, status, removal, licences in bulk, settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said

ADA = "ada@example.edu"


@pytest.fixture
def ada(rig: Rig) -> str:
    return rig.add_user(ADA, first_name="Ada", last_name="Adler")


def test_an_update_answers_nothing_and_is_read_back(rig: Rig, ada: str) -> None:
    answer = rig.zoom(f"PATCH /users/{ada}", {"dept": "Law", "cms_user_id": "k1", "timezone": "Europe/Paris"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    shown = rig.zoom(f"GET /users/{ada}").json()
    assert (shown["dept"], shown["cms_user_id"], shown["timezone"]) == ("Law", "k1", "Europe/Paris")


def test_an_empty_display_name_is_derived(rig: Rig, ada: str) -> None:
    for sent, shown in (("Prof. Adler", "Prof. Adler"), ("", "Ada Adler")):
        rig.zoom(f"PATCH /users/{ada}", {"display_name": sent})
        assert rig.zoom(f"GET /users/{ada}").json()["display_name"] == shown


@pytest.mark.parametrize(
    "body",
    [
        {"email": "new@example.edu"},
        {"status": "inactive"},
        {"type": 2, "zoom_one_type": 1},
        {"type": 3},
        {"pmi": 12},
        {"phone_numbers": [{"number": "1"}] * 4},
        {"custom_attributes": [{"key": "k", "value": "v"}] * 6},
        {"about_me": "see https://example.edu"},
        {"host_key": "12"},
    ],
)
def test_what_cannot_be_patched_is_refused(rig: Rig, ada: str, body: dict[str, Any]) -> None:
    assert said(rig.zoom(f"PATCH /users/{ada}", body)) == (400, 300)


def test_a_personal_link_is_unique(rig: Rig, ada: str) -> None:
    rig.zoom("PATCH /users/owner@example.edu", {"vanity_name": "Law"})
    assert said(rig.zoom(f"PATCH /users/{ada}", {"vanity_name": "law"})) == (400, 4100)


@pytest.mark.parametrize(
    ("key", "email", "expected"),
    [
        (ADA, "ada.adler@example.edu", 204),
        (ADA, "ADA@example.edu", 204),
        (ADA, "ada@other.org", (400, 300)),
        ("eve@other.org", "eve@example.edu", (400, 300)),
        (ADA, "ben@example.edu", (409, 1005)),
        ("owner@example.edu", "o@example.edu", (400, 1000)),
        ("nobody@example.edu", "x@example.edu", (404, 1001)),
    ],
)
def test_addresses_change_within_managed_domains(
    rig: Rig, ada: str, key: str, email: str, expected: Any
) -> None:
    rig.add_user("ben@example.edu")
    rig.add_user("eve@other.org")
    answer = rig.zoom(f"PUT /users/{key}/email", {"email": email})
    assert (answer.status_code if answer.status_code == 204 else said(answer)) == expected
    if expected == 204:
        assert rig.user(ada)["email"] == email


def test_an_address_changes_three_times_a_day(rig: Rig, ada: str) -> None:
    codes = [
        rig.zoom(f"PUT /users/{ada}/email", {"email": f"a{n}@example.edu"}).status_code for n in range(4)
    ]
    assert codes == [204, 204, 204, 400]
    rig.control("clock", {"advance_s": 24 * 3600})
    rig.log_in()
    assert rig.zoom(f"PUT /users/{ada}/email", {"email": "a4@example.edu"}).status_code == 204


def test_deactivating_strips_the_licence_and_frees_the_seat(rig: Rig) -> None:
    rig.console("edit_account", seats={"licensed": 2})
    ada = rig.add_user(ADA, type=2)
    assert rig.zoom(f"PUT /users/{ada}/status", {"action": "deactivate"}).status_code == 200
    assert (rig.user(ada)["status"], rig.user(ada)["type"]) == ("inactive", 1)
    rig.add_user("ben@example.edu", type=2)
    assert said(rig.zoom(f"PUT /users/{ada}/status", {"action": "activate"})) == (400, 3412)
    rig.console("delete_user", user="ben@example.edu")
    assert rig.zoom(f"PUT /users/{ada}/status", {"action": "activate"}).status_code == 200
    assert (rig.user(ada)["status"], rig.user(ada)["type"]) == ("active", 1)


def test_reactivating_needs_a_basic_seat(rig: Rig, ada: str) -> None:
    rig.zoom(f"PUT /users/{ada}/status", {"action": "deactivate"})
    rig.console("edit_account", seats={"licensed": None, "basic": 0})
    assert said(rig.zoom(f"PUT /users/{ada}/status", {"action": "activate"})) == (400, 2033)


def test_admins_keep_their_status(rig: Rig) -> None:
    answer = rig.zoom("PUT /users/owner@example.edu/status", {"action": "deactivate"})
    assert said(answer) == (400, 200)


@pytest.mark.parametrize(
    ("email", "role", "query", "expected"),
    [
        ("a@example.edu", "2", {}, (400, 1107)),
        ("a@example.edu", "2", {"action": "delete"}, 204),
        ("a@other.org", "2", {}, 204),
        ("a@other.org", "1", {}, (400, 1117)),
        ("owner@example.edu", "", {"action": "delete"}, (400, 200)),
        ("nobody@example.edu", "", {"action": "delete"}, (404, 1001)),
        ("a@other.org", "2", {"action": "remove"}, (400, 300)),
    ],
)
def test_removal_is_unlinking_unless_told(
    rig: Rig, email: str, role: str, query: dict[str, str], expected: Any
) -> None:
    if role:
        rig.add_user(email, role_id=role)
    answer = rig.zoom(f"DELETE /users/{email}", **query)
    assert (answer.status_code if answer.status_code == 204 else said(answer)) == expected
    state = rig.show("state")
    gone = [(item["name"], item["how"], item["by"]) for item in state["deleted"]]
    assert gone == ([(email, query.get("action", "disassociate"), "api")] if expected == 204 else [])


def test_whoever_was_unlinked_has_an_account_elsewhere(rig: Rig) -> None:
    rig.add_user("a@other.org")
    rig.zoom("DELETE /users/a@other.org")
    answer = rig.zoom("POST /users", {"action": "create", "user_info": {"email": "a@other.org", "type": 1}})
    assert said(answer) == (400, 1009)


def test_meetings_die_with_their_host_unless_handed_over(rig: Rig, ada: str) -> None:
    ben = rig.add_user("ben@example.edu", type=2)
    first = rig.add_meeting(ada, topic="First")["id"]
    rig.zoom(
        f"DELETE /users/{ada}", action="delete", transfer_email="ben@example.edu", transfer_meeting="true"
    )
    assert rig.zoom(f"GET /meetings/{first}").json()["host_id"] == ben
    rig.zoom(f"DELETE /users/{ben}", action="delete")
    assert said(rig.zoom(f"GET /meetings/{first}")) == (404, 3001)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"transfer_meeting": "true"}, (400, 300)),
        ({"transfer_meeting": "true", "transfer_email": ADA}, (400, 300)),
        ({"transfer_meeting": "true", "transfer_email": "x@example.edu"}, (404, 1001)),
        ({"transfer_meeting": "maybe", "transfer_email": "owner@example.edu"}, (400, 300)),
    ],
)
def test_a_hand_over_needs_somebody_else(
    rig: Rig, ada: str, query: dict[str, str], expected: tuple[int, int]
) -> None:
    assert said(rig.zoom(f"DELETE /users/{ada}", action="delete", **query)) == expected


def test_a_hand_over_needs_a_licence_as_good(rig: Rig) -> None:
    rig.add_user(ADA, type=2)
    rig.add_user("ben@example.edu", type=1)
    answer = rig.zoom(
        f"DELETE /users/{ADA}", action="delete", transfer_email="ben@example.edu", transfer_meeting="true"
    )
    assert said(answer) == (400, 300)


def test_licences_in_bulk_succeed_in_part(rig: Rig, ada: str) -> None:
    body = {
        "users": [{"id": ada}, {"id": "nobody"}, {"email": "owner@example.edu"}],
        "feature_type": "user_type",
        "feature_value": "2",
    }
    answer = rig.zoom("POST /users/features", body).json()
    assert answer["success_user_ids"] == [ada]
    reasons = {detail["reason"] for detail in answer["fail_details"]}
    assert reasons == {"Users not found", "No need to update"}
    assert said(rig.zoom("POST /users/features", body | {"users": [{"id": ada}] * 31})) == (400, 300)


def test_licences_in_bulk_stop_at_the_last_seat(rig: Rig, ada: str) -> None:
    rig.console("edit_account", seats={"licensed": 1})
    body = {"users": [{"id": ada}], "feature_type": "user_type", "feature_value": "2"}
    assert rig.zoom("POST /users/features", body).json()["fail_details"][0]["reason"] == "Not enough seats"


def test_settings_are_sections_of_switches(rig: Rig, ada: str) -> None:
    change = {"schedule_meeting": {"host_video": True}}
    assert rig.zoom(f"PATCH /users/{ada}/settings", change).status_code == 204
    shown = rig.zoom(f"GET /users/{ada}/settings").json()
    assert shown["schedule_meeting"]["host_video"] is True
    assert shown["schedule_meeting"]["mute_upon_entry"] is False
    some = rig.zoom(f"GET /users/{ada}/settings", custom_query_fields="in_meeting").json()
    assert list(some) == ["in_meeting"]
    option = rig.zoom(f"GET /users/{ada}/settings", option="meeting_authentication").json()
    assert option["allow_authentication_exception"] is False
    assert said(rig.zoom(f"PATCH /users/{ada}/settings", {"schedule_meeting": {"x": 1}})) == (400, 300)
    assert said(rig.zoom(f"GET /users/{ada}/settings", option="other")) == (400, 300)
