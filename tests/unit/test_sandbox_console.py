"""The simulated consoles: people changing things out of band."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said


def refused(rig: Rig, **order: Any) -> str:
    answer = rig.client.post(f"{rig.sandbox.origin}/_control/console", json=order)
    assert answer.status_code == 400
    return str(answer.json()["error"])


def test_help_lists_every_action(rig: Rig) -> None:
    actions = rig.console("help")["actions"]
    assert {
        "edit_user", "add_user", "delete_user", "deactivate_user", "accept_invitation", "expire_invitation",
        "add_group", "edit_group", "delete_group", "add_member", "remove_member", "edit_meeting",
        "delete_meeting", "delete_occurrence", "add_meeting", "transfer_meeting", "create_credential",
        "delete_credential", "add_domain", "remove_domain", "list_credentials",
    } <= set(actions)  # fmt: skip
    assert all(actions.values())


def test_people_are_edited(rig: Rig) -> None:
    ada = rig.add_user("ada@example.edu", dept="Law")
    rig.console("edit_user", user="ada@example.edu", email="a.adler@other.org", dept="Music", role_id="1")
    shown = rig.zoom(f"GET /users/{ada}").json()
    assert (shown["email"], shown["dept"], shown["role_id"]) == ("a.adler@other.org", "Music", "1")
    rig.console("deactivate_user", user=ada)
    assert rig.zoom(f"GET /users/{ada}").json()["status"] == "inactive"
    rig.console("activate_user", user=ada)
    rig.console("delete_user", user=ada)
    assert said(rig.zoom(f"GET /users/{ada}")) == (404, 1001)
    assert [item["by"] for item in rig.show("state")["deleted"]] == ["console"]


def test_groups_are_edited(rig: Rig) -> None:
    ada = rig.add_user("ada@example.edu")
    group = rig.console("add_group", name="Law", members=["ada@example.edu"])["id"]
    rig.console("edit_group", group="Law", name="Lore")
    rig.console("remove_member", group="Lore", user=ada)
    rig.console("add_member", group=group, user=ada)
    assert rig.zoom(f"GET /groups/{group}").json() == {"id": group, "name": "Lore", "total_members": 1}
    rig.console("delete_group", group=group)
    assert rig.user(ada)["group_ids"] == []


def test_meetings_are_edited(rig: Rig) -> None:
    host, other = rig.add_user("h@example.edu", type=2), rig.add_user("o@example.edu", type=2)
    rule = {"type": 1, "end_times": 3}
    body = {"type": 8, "start_time": "2026-09-07T10:00:00", "recurrence": rule}
    number = rig.console("add_meeting", host=host, topic="BIO", **body)["id"]
    path = f"GET /meetings/{number}"
    whole = rig.zoom(path).json()
    assert whole["creation_source"] == "web_portal"
    gone = whole["occurrences"][1]["occurrence_id"]
    rig.console("delete_occurrence", meeting=number, occurrence_id=gone)
    rig.console("edit_meeting", meeting=number, topic="Biology", settings={"watermark": True})
    rig.console("transfer_meeting", meeting=number, host=other)
    shown = rig.zoom(path).json()
    assert (shown["topic"], shown["host_id"], shown["settings"]["watermark"]) == ("Biology", other, True)
    assert [item["status"] for item in shown["occurrences"]] == ["available", "deleted", "available"]
    rig.console("delete_meeting", meeting=number)
    assert said(rig.zoom(path)) == (404, 3001)
    assert rig.show("state")["quota"]["meeting_writes"] == {}


def test_lti_credentials_are_minted_and_have_domains(rig: Rig) -> None:
    assert "key" not in rig.sandbox.settings()["zoom_lti_pro"]
    minted = rig.console("create_credential", name="lti-2026")
    assert rig.sandbox.settings()["zoom_lti_pro"] | minted == rig.sandbox.settings()["zoom_lti_pro"]
    told = rig.console("create_credential", key="KLAIJC9OTI2Hm", secret="sandbox-lti-secret")
    assert told == {"key": "KLAIJC9OTI2Hm", "secret": "sandbox-lti-secret"}
    rig.console("add_domain", key="KLAIJC9OTI2Hm", domain="https://canvas.example.edu")
    listed = rig.console("list_credentials")["credentials"]
    assert [(item["name"], item["domains"]) for item in listed] == [
        ("lti-2026", []),
        ("", ["https://canvas.example.edu"]),
    ]
    rig.console("remove_domain", key="KLAIJC9OTI2Hm", domain="https://canvas.example.edu")
    rig.console("delete_credential", key="KLAIJC9OTI2Hm")
    assert len(rig.console("list_credentials")["credentials"]) == 1


def test_minting_is_deterministic(rig: Rig) -> None:
    first = rig.console("create_credential")
    rig.control("reset", {})
    assert rig.console("create_credential") == first


@pytest.mark.parametrize(
    "order",
    [
        {"do": "launch"},
        {},
        {"do": "add_domain", "key": "K", "domain": "https://canvas.example.edu/"},
        {"do": "add_domain", "key": "K", "domain": "canvas.example.edu"},
        {"do": "add_domain", "key": "other", "domain": "https://canvas.example.edu"},
        {"do": "remove_domain", "key": "K", "domain": "https://canvas.example.edu"},
        {"do": "create_credential", "key": "K"},
        {"do": "edit_user", "user": "owner@example.edu", "shoe_size": 43},
        {"do": "edit_user", "user": "nobody", "dept": "x"},
        {"do": "edit_user"},
        {"do": "edit_meeting", "meeting": 1, "topic": "x"},
        {"do": "edit_group", "group": "none", "name": "x"},
        {"do": "accept_invitation", "user": "owner@example.edu"},
        {"do": "edit_account", "colour": "blue"},
    ],
)
def test_orders_that_make_no_sense_are_refused(rig: Rig, order: dict[str, Any]) -> None:
    rig.console("create_credential", key="K")
    assert refused(rig, **order)
