"""Zoom users: lists, pending people, seats, create actions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said


def create(rig: Rig, email: str, action: str = "create", type: int = 1, **info: Any) -> Any:
    return rig.zoom("POST /users", {"action": action, "user_info": {"email": email, "type": type, **info}})


def emails(rig: Rig, **query: Any) -> list[str]:
    return [user["email"] for user in rig.zoom("GET /users", **query).json()["users"]]


def test_the_owner_is_there(rig: Rig) -> None:
    owner = rig.zoom("GET /users/owner@example.edu").json()
    assert (owner["role_id"], owner["type"], owner["account_id"]) == ("0", 2, "sandbox-account")


def test_a_campus_is_the_same_for_the_same_seed(rig: Rig) -> None:
    order = {"users": 30, "groups": 3, "meetings": 5, "seed": 7, "now": "2026-09-01T00:00:00Z"}
    rig.control("reset", order)
    first = rig.show("state")
    rig.control("reset", order)
    assert rig.show("state") == first
    assert [len(first[kind]) for kind in ("users", "groups", "meetings")] == [31, 3, 5]


def test_lists_show_active_people_unless_told(rig: Rig) -> None:
    rig.add_user("gone@example.edu", status="inactive")
    rig.add_user("new@other.org", status="pending")
    assert emails(rig) == ["owner@example.edu"]
    assert emails(rig, status="inactive") == ["gone@example.edu"]
    assert emails(rig, status="pending") == ["new@other.org"]
    assert said(rig.zoom("GET /users", status="all")) == (400, 300)


def test_pages_follow_a_token_bound_to_its_query(rig: Rig) -> None:
    rig.control("reset", {"users": 24, "now": "2026-09-01T00:00:00Z"})
    rig.token = ""
    first = rig.zoom("GET /users", page_size=10).json()
    assert (len(first["users"]), first["total_records"], first["page_count"]) == (10, 25, 3)
    token = first["next_page_token"]
    second = rig.zoom("GET /users", page_size=10, next_page_token=token).json()
    third = rig.zoom("GET /users", page_size=10, next_page_token=second["next_page_token"]).json()
    assert third["next_page_token"] == ""
    ids = [user["id"] for page in (first, second, third) for user in page["users"]]
    assert len(set(ids)) == 25
    assert said(rig.zoom("GET /users", page_size=11, next_page_token=token)) == (400, 300)
    assert said(rig.zoom("GET /users", page_size=10, next_page_token="made-up")) == (400, 300)
    rig.control("clock", {"advance_s": 15 * 60})
    assert said(rig.zoom("GET /users", page_size=10, next_page_token=token)) == (400, 300)


@pytest.mark.parametrize(
    ("asked", "given"), [({}, 30), ({"page_size": 9999}, 2000), ({"page_size": 300}, 300)]
)
def test_page_size_has_a_default_and_a_cap(rig: Rig, asked: dict[str, int], given: int) -> None:
    assert rig.zoom("GET /users", **asked).json()["page_size"] == given


@pytest.mark.parametrize(
    ("path", "query"),
    [("/users", {"page_size": 0}), ("/users", {"page_size": "many"}), ("/users", {"statuss": "active"})],
)
def test_a_query_that_makes_no_sense_is_refused(rig: Rig, path: str, query: dict[str, Any]) -> None:
    assert said(rig.zoom(f"GET {path}", **query)) == (400, 300)


def test_people_are_found_by_id_and_by_address_in_any_case(rig: Rig) -> None:
    user_id = rig.add_user("ada@example.edu", first_name="Ada")
    for key in (user_id, "ada@example.edu", "ADA%40Example.edu"):
        assert rig.zoom(f"GET /users/{key}").json()["id"] == user_id
    assert said(rig.zoom("GET /users/me")) == (400, 300)
    assert said(rig.zoom("GET /users/nobody")) == (404, 1001)


def test_creating_in_a_managed_domain_is_active_and_silent(rig: Rig) -> None:
    answer = create(rig, "ada@example.edu", first_name="Ada", last_name="Adler")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "email", "first_name", "last_name", "type"}
    assert rig.user("ada@example.edu")["status"] == "active"
    assert rig.mails() == []
    assert rig.zoom("GET /users/ada@example.edu").json()["display_name"] == "Ada Adler"


def test_creating_elsewhere_leaves_a_pending_person_and_one_mail(rig: Rig) -> None:
    assert create(rig, "ada@other.org").status_code == 201
    assert rig.mails() == [("ada@other.org", "invitation")]
    assert rig.user("ada@other.org")["mails"] == 1
    assert "id" not in rig.zoom("GET /users", status="pending").json()["users"][0]


def test_pending_people_swallow_writes_until_they_accept(rig: Rig) -> None:
    user_id = create(rig, "ada@other.org").json()["id"]
    group_id = rig.console("add_group", name="Biology")["id"]
    assert rig.zoom("PATCH /users/ada@other.org", {"first_name": "Ada", "type": 2}).status_code == 204
    assert rig.user(user_id)["first_name"] == ""
    added = rig.zoom(f"POST /groups/{group_id}/members", {"members": [{"email": "ada@other.org"}]})
    assert (added.status_code, added.json()["ids"]) == (201, "")
    assert said(rig.zoom("GET /users/ada@other.org/settings")) == (400, 1000)
    assert rig.zoom("GET /users/ada@other.org/meetings").status_code == 400
    assert rig.zoom("POST /users/ada@other.org/meetings", {}).status_code == 400
    assert rig.zoom("PATCH /users/ada@other.org", {"group_id": group_id}).status_code == 204
    assert rig.user(user_id)["group_ids"] == [group_id]
    assert rig.zoom(f"GET /groups/{group_id}").json()["total_members"] == 0
    rig.console("accept_invitation", user="ada@other.org")
    assert rig.zoom(f"GET /users/{user_id}").json()["status"] == "active"
    assert rig.zoom(f"GET /groups/{group_id}").json()["total_members"] == 1
    assert said(rig.zoom(f"PATCH /users/{user_id}", {"group_id": group_id})) == (400, 300)


def test_pending_people_go_by_disassociate_only(rig: Rig) -> None:
    create(rig, "ada@other.org")
    assert said(rig.zoom("DELETE /users/ada@other.org", action="delete")) == (400, 300)
    assert rig.zoom("DELETE /users/ada@other.org").status_code == 204
    assert create(rig, "ada@other.org").status_code == 201


def test_the_creation_time_of_pending_people_is_the_time_of_the_call(rig: Rig) -> None:
    create(rig, "ada@other.org")
    rig.control("clock", {"advance_s": 60})
    assert rig.zoom("GET /users/ada@other.org").json()["created_at"] == "2026-09-01T12:01:00Z"


def test_an_expired_invitation_is_1120_everywhere_and_can_be_sent_again(rig: Rig) -> None:
    create(rig, "ada@other.org")
    rig.console("expire_invitation", user="ada@other.org")
    calls = [
        rig.zoom("GET /users/ada@other.org"),
        rig.zoom("PATCH /users/ada@other.org", {"dept": "x"}),
        rig.zoom("DELETE /users/ada@other.org"),
        rig.zoom("GET /users/ada@other.org/settings"),
        rig.zoom("GET /users/ada@other.org/meetings"),
        rig.zoom("PUT /users/ada@other.org/status", {"action": "activate"}),
    ]
    assert [said(answer) for answer in calls] == [(400, 1120)] * len(calls)
    assert emails(rig, status="pending") == []
    assert create(rig, "ada@other.org").status_code == 201
    assert len(rig.mails()) == 2


def test_an_address_is_used_once(rig: Rig) -> None:
    rig.console("add_foreign_email", email="there@example.edu")
    create(rig, "ada@example.edu")
    assert said(create(rig, "ADA@example.edu")) == (409, 1005)
    assert said(create(rig, "there@example.edu")) == (400, 1009)


@pytest.mark.parametrize(
    ("action", "features", "email", "info", "expected"),
    [
        ("autoCreate", [], "a@example.edu", {"password": "12345678"}, (400, 200)),
        ("autoCreate", ["auto_create"], "a@other.org", {"password": "Passw0rdX"}, (400, 1116)),
        ("autoCreate", ["auto_create"], "a@example.edu", {}, (400, 300)),
        ("autoCreate", ["auto_create"], "a@example.edu", {"password": "12345678"}, (400, 300)),
        ("autoCreate", ["auto_create"], "a@example.edu", {"password": "Passw0rdX"}, (201, None)),
        ("create", [], "a@example.edu", {"password": "12345678"}, (400, 300)),
        ("custCreate", [], "a@example.edu", {}, (400, 200)),
        ("custCreate", ["isv"], "a@other.org", {}, (201, None)),
        ("ssoCreate", [], "a@example.edu", {}, (400, 2002)),
        ("ssoCreate", ["sso"], "a@example.edu", {}, (400, 2032)),
        ("ssoCreate", ["sso", "pre_provision_sso"], "a@example.edu", {}, (201, None)),
        ("invite", [], "a@example.edu", {}, (400, 300)),
    ],
)
def test_each_create_action_has_its_preconditions(
    rig: Rig, action: str, features: list[str], email: str, info: dict[str, Any], expected: tuple[int, Any]
) -> None:
    rig.console("edit_account", features=features)
    assert said(create(rig, email, action, **info)) == expected
    assert rig.mails() == []


@pytest.mark.parametrize(
    "body",
    [
        {"action": "create", "user_info": {"email": "a@example.edu"}},
        {"action": "create", "user_info": {"email": "no address", "type": 1}},
        {"action": "create", "user_info": {"email": "a@example.edu", "type": "1"}},
        {"action": "create", "user_info": {"email": "a@example.edu", "type": 3}},
        {"action": "create", "user_info": {"email": "a@example.edu", "type": 1, "dept": "Law"}},
        {"action": "create", "user_info": {"email": "a@example.edu", "type": 1, "first_name": "x" * 65}},
        {"action": "create", "user_info": {"email": "a@example.edu", "type": 1}, "group_id": "g"},
    ],
)
def test_bodies_are_typed(rig: Rig, body: dict[str, Any]) -> None:
    assert said(rig.zoom("POST /users", body)) == (400, 300)
    assert len(rig.show("state")["users"]) == 1


def test_seats_run_out_with_two_codes(rig: Rig) -> None:
    rig.console("edit_account", seats={"licensed": 2, "basic": 1})
    assert create(rig, "a@example.edu", type=2).status_code == 201
    assert said(create(rig, "b@example.edu", type=2)) == (400, 2034)
    assert create(rig, "b@example.edu", type=1).status_code == 201
    assert said(create(rig, "c@example.edu", type=1)) == (400, 2033)
    assert said(rig.zoom("PATCH /users/b@example.edu", {"type": 2})) == (400, 3412)
    usage = rig.zoom("GET /accounts/me/plans/usage").json()["plan_base"]
    assert (usage["hosts"], usage["usage"], usage["pending"]) == (2, 2, 0)


def test_pending_people_hold_their_seat(rig: Rig) -> None:
    rig.console("edit_account", seats={"licensed": 2})
    create(rig, "a@other.org", type=2)
    assert said(create(rig, "b@example.edu", type=2)) == (400, 2034)
    assert rig.zoom("GET /accounts/me/plans/usage").json()["plan_base"]["pending"] == 1


def test_the_summary_counts_people(rig: Rig) -> None:
    create(rig, "a@example.edu")
    create(rig, "b@other.org")
    summary = rig.zoom("GET /users/summary").json()
    assert summary["licensed_users_count"] == 1
    assert summary["basic_users_count"] == 1
    assert summary["pending_users_count"] == 1
    assert summary["total_users_count"] == 3


def test_the_email_check_knows_work_logins_only(rig: Rig) -> None:
    rig.console("edit_account", features=["sso", "pre_provision_sso"])
    create(rig, "sso@example.edu", "ssoCreate")
    assert rig.zoom("GET /users/email", email="owner@example.edu").json() == {"existed_email": True}
    assert rig.zoom("GET /users/email", email="sso@example.edu").json() == {"existed_email": False}


@pytest.mark.parametrize("page", ["permissions", "assistants", "schedulers"])
def test_further_pages_of_a_person(rig: Rig, page: str) -> None:
    assert rig.zoom(f"GET /users/owner@example.edu/{page}").status_code == 200
    assert said(rig.zoom(f"GET /users/nobody/{page}")) == (404, 1001)
