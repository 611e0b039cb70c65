"""Zoom groups: names, members in batches, what is skipped in silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said


@pytest.fixture
def group(rig: Rig) -> str:
    return str(rig.zoom("POST /groups", {"name": "Biology"}).json()["id"])


def add(rig: Rig, group: str, *members: dict[str, str]) -> Any:
    return rig.zoom(f"POST /groups/{group}/members", {"members": list(members)})


def members(rig: Rig, group: str) -> list[str]:
    return [item["id"] for item in rig.zoom(f"GET /groups/{group}/members").json()["members"]]


def test_a_group_is_created_renamed_and_deleted(rig: Rig, group: str) -> None:
    assert rig.zoom("GET /groups").json()["groups"] == [{"id": group, "name": "Biology", "total_members": 0}]
    assert rig.zoom(f"PATCH /groups/{group}", {"name": "Zoology"}).status_code == 204
    assert rig.zoom(f"GET /groups/{group}").json()["name"] == "Zoology"
    answer = rig.zoom(f"DELETE /groups/{group}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert said(rig.zoom(f"DELETE /groups/{group}")) == (404, 4130)


def test_names_are_unique_whatever_their_case(rig: Rig, group: str) -> None:
    other = rig.zoom("POST /groups", {"name": "Law"}).json()["id"]
    assert said(rig.zoom("POST /groups", {"name": "BIOLOGY"})) == (409, 4132)
    assert said(rig.zoom(f"PATCH /groups/{other}", {"name": "biology"})) == (409, 4132)
    assert rig.zoom(f"PATCH /groups/{group}", {"name": "BIOLOGY"}).status_code == 204


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 128}, {"name": "x", "members": []}, {"name": 1}]
)
def test_a_body_that_is_no_name_is_refused(rig: Rig, body: Any) -> None:
    assert said(rig.zoom("POST /groups", body)) == (400, 300)


def test_groups_need_a_paid_plan(rig: Rig) -> None:
    rig.console("edit_account", plan="free")
    assert said(rig.zoom("POST /groups", {"name": "Law"})) == (400, 200)


def test_groups_are_listed_300_at_a_time(rig: Rig) -> None:
    rig.control("reset", {"groups": 301})
    rig.token = ""
    page = rig.zoom("GET /groups", page_size=1000).json()
    assert (len(page["groups"]), page["total_records"]) == (300, 301)
    rest = rig.zoom("GET /groups", page_size=1000, next_page_token=page["next_page_token"]).json()
    assert len(rest["groups"]) == 1


def test_members_come_by_id_or_address_and_the_id_wins(rig: Rig, group: str) -> None:
    ada, ben = rig.add_user("ada@example.edu"), rig.add_user("ben@example.edu")
    answer = add(rig, group, {"id": ada, "email": "ben@example.edu"}, {"email": "BEN@example.edu"})
    assert (answer.status_code, answer.json()["ids"]) == (201, f"{ada},{ben}")
    assert members(rig, group) == [ada, ben]
    assert rig.zoom(f"GET /groups/{group}").json()["total_members"] == 2


def test_unknown_and_pending_people_are_skipped_in_silence(rig: Rig, group: str) -> None:
    ada = rig.add_user("ada@example.edu")
    rig.add_user("eve@other.org", status="pending")
    answer = add(rig, group, {"id": "nobody"}, {"email": "eve@other.org"}, {"id": ada})
    assert (answer.status_code, answer.json()["ids"]) == (201, ada)
    assert add(rig, group, {"id": "nobody"}).json()["ids"] == ""
    assert add(rig, group, {"id": ada}).json()["ids"] == ""
    assert members(rig, group) == [ada]


def test_a_batch_has_at_most_30_members(rig: Rig, group: str) -> None:
    people = [{"id": rig.add_user(f"p{n}@example.edu")} for n in range(31)]
    assert said(add(rig, group, *people)) == (400, 300)
    assert members(rig, group) == []
    assert add(rig, group, *people[:30]).status_code == 201
    assert said(add(rig, "nowhere", *people[:1])) == (404, 4130)


def test_members_leave_one_at_a_time(rig: Rig, group: str) -> None:
    ada = rig.add_user("ada@example.edu")
    rig.add_user("ben@example.edu")
    add(rig, group, {"id": ada}, {"email": "ben@example.edu"})
    assert rig.zoom(f"DELETE /groups/{group}/members/ben@example.edu").status_code == 204
    assert rig.zoom(f"DELETE /groups/{group}/members/{ada}").status_code == 204
    assert said(rig.zoom(f"DELETE /groups/{group}/members/{ada}")) == (404, 4131)
    assert said(rig.zoom(f"DELETE /groups/nowhere/members/{ada}")) == (404, 4130)


def test_the_first_group_joined_is_primary_until_another_is_set(rig: Rig, group: str) -> None:
    ada = rig.add_user("ada@example.edu")
    law = rig.zoom("POST /groups", {"name": "Law"}).json()["id"]
    add(rig, group, {"id": ada})
    add(rig, law, {"id": ada})
    assert rig.zoom(f"GET /users/{ada}").json()["group_ids"] == [group, law]
    assert rig.zoom(f"PATCH /groups/{law}/members/{ada}", {"action": "set_primary"}).status_code == 204
    assert rig.zoom(f"GET /users/{ada}").json()["group_ids"] == [law, group]
    music = rig.zoom("POST /groups", {"name": "Music"}).json()["id"]
    move = {"action": "move", "target_group_id": music}
    assert rig.zoom(f"PATCH /groups/{law}/members/{ada}", move).status_code == 204
    assert rig.zoom(f"GET /users/{ada}").json()["group_ids"] == [group, music]


def test_a_person_removed_leaves_their_groups(rig: Rig, group: str) -> None:
    ada = rig.add_user("ada@example.edu")
    add(rig, group, {"id": ada})
    rig.zoom(f"DELETE /users/{ada}", action="delete")
    assert members(rig, group) == []


def test_admins_of_a_group(rig: Rig, group: str) -> None:
    ada = rig.add_user("ada@example.edu")
    path = f"/groups/{group}/admins"
    assert said(rig.zoom(f"POST {path}", {"admins": [{"id": ada}] * 11})) == (400, 300)
    assert rig.zoom(f"POST {path}", {"admins": [{"id": ada}]}).json()["ids"] == ada
    assert rig.zoom(f"GET {path}").json()["admins"][0]["email"] == "ada@example.edu"
    assert rig.zoom(f"DELETE {path}/{ada}").status_code == 204
    assert said(rig.zoom(f"DELETE {path}/{ada}")) == (400, 4138)


@pytest.mark.parametrize("page", ["settings", "lock_settings"])
def test_settings_of_a_group(rig: Rig, group: str, page: str) -> None:
    change = {"recording": {"local_recording": True}}
    assert rig.zoom(f"PATCH /groups/{group}/{page}", change).status_code == 204
    assert rig.zoom(f"GET /groups/{group}/{page}").json()["recording"]["local_recording"] is True
    assert said(rig.zoom(f"PATCH /groups/{group}/{page}", {"recording": {"x": True}})) == (400, 300)
