"""What goes wrong on request: lost answers, torn bodies, short pages, dropped fields, lag."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox_rig import Rig, said

LIST = "GET /users"


def group_names(rig: Rig) -> list[str]:
    return [group["name"] for group in rig.show("state")["groups"]]


def create_groups(rig: Rig, count: int) -> list[str]:
    """Create groups; how each request ended."""
    ends = []
    for n in range(count):
        try:
            ends.append(str(rig.zoom("POST /groups", {"name": f"G{n}"}).status_code))
        except httpx.TransportError:
            ends.append("lost")
    return ends


@pytest.mark.parametrize(
    ("ending", "acted"), [("drop_reply", True), ("drop_before", False), ("garble", True), ("cut_body", True)]
)
def test_each_ending_acts_or_not(rig: Rig, ending: str, acted: bool) -> None:
    rig.log_in()
    rig.faults(status=[{"operation": "POST /groups", "ending": ending}])
    if ending == "garble":
        answer = rig.zoom("POST /groups", {"name": "Law"})
        with pytest.raises(ValueError):
            answer.json()
    else:
        with pytest.raises(httpx.RemoteProtocolError):
            rig.zoom("POST /groups", {"name": "Law"})
    assert group_names(rig) == (["Law"] if acted else [])
    assert rig.show("counters")["writes"] == {"POST /groups": 1}
    assert rig.zoom(LIST).status_code == 200


@pytest.mark.parametrize("ending", ["drop_reply", "garble", "cut_body"])
def test_answers_without_a_body_can_be_spoilt_too(rig: Rig, ending: str) -> None:
    group = rig.zoom("POST /groups", {"name": "Law"}).json()["id"]
    rig.faults(status=[{"operation": "DELETE /groups/{groupId}", "ending": ending}])
    if ending == "garble":
        assert rig.zoom(f"DELETE /groups/{group}").content
    else:
        with pytest.raises(httpx.RemoteProtocolError):
            rig.zoom(f"DELETE /groups/{group}")
    assert group_names(rig) == []


def test_lost_replies_are_drawn_from_the_seed(rig: Rig) -> None:
    seen = []
    for seed in (1, 1, 2):
        rig.control("reset", {})
        rig.log_in()
        rig.faults(seed=seed, drop_reply=0.2)
        ends = create_groups(rig, 40)
        assert len(group_names(rig)) == 40
        assert rig.zoom(LIST).status_code == 200
        seen.append(ends)
    assert seen[0] == seen[1] != seen[2]
    assert 2 <= seen[0].count("lost") <= 16


def test_a_status_can_be_aimed(rig: Rig) -> None:
    rig.faults(
        status=[
            {"operation": "POST /groups", "status": 500, "nth": 2},
            {"operation": "POST /groups", "status": 503, "nth": 4, "act": True, "body": {"why": "x"}},
            {"operation": "*", "status": 502, "nth": 5, "times": 2, "headers": {"Retry-After": "1"}},
        ]
    )
    assert create_groups(rig, 7) == ["201", "500", "201", "503", "502", "502", "201"]
    assert group_names(rig) == ["G0", "G2", "G3", "G6"]


def test_a_500_on_page_3(rig: Rig) -> None:
    rig.control("reset", {"users": 49})
    rig.token = ""
    rig.faults(status=[{"operation": LIST, "status": 500, "page": 3}])
    token, statuses = "", []
    for _ in range(3):
        answer = rig.zoom(LIST, page_size=10, next_page_token=token)
        statuses.append(answer.status_code)
        token = answer.json().get("next_page_token", token)
    assert statuses == [200, 200, 500]
    assert rig.zoom(LIST, page_size=10, next_page_token=token).status_code == 200


def read_pages(rig: Rig) -> tuple[list[int], int]:
    """Lengths of the pages of people, and the total the last one told."""
    token, lengths = "", []
    while True:
        page = rig.zoom(LIST, page_size=10, next_page_token=token).json()
        lengths.append(len(page["users"]))
        token = page["next_page_token"]
        if not token:
            return lengths, page["total_records"]


@pytest.mark.parametrize(
    ("plan", "lengths", "total"),
    [
        ({}, [10, 10, 5], 25),
        ({"short_total": {LIST: -1}}, [10, 10, 5], 24),
        ({"cut_pages": {LIST: 2}}, [10, 10], 25),
        ({"empty_page": {LIST: 2}}, [10, 0, 10, 5], 25),
        ({"page_cap": {LIST: 8}}, [8, 8, 8, 1], 25),
    ],
)
def test_listings_can_be_short(rig: Rig, plan: dict[str, Any], lengths: list[int], total: int) -> None:
    rig.control("reset", {"users": 24})
    rig.token = ""
    rig.faults(**plan)
    assert read_pages(rig) == (lengths, total)


def test_fields_can_fall_silently(rig: Rig) -> None:
    rig.faults(
        drop_fields={
            "POST /users": ["first_name"],
            "PATCH /users/{userId}": ["dept"],
            "PUT /users/{userId}/email": ["email"],
            "PUT /users/{userId}/status": ["action"],
            "POST /groups": ["name"],
            "PATCH /groups/{groupId}": ["name"],
            "POST /groups/{groupId}/members": ["members"],
            "POST /users/{userId}/meetings": ["settings.mute_upon_entry", "topic", "recurrence"],
            "PATCH /meetings/{meetingId}": ["duration", "recurrence.weekly_days"],
        }
    )
    info = {"email": "ada@example.edu", "type": 2, "first_name": "Ada", "last_name": "Adler"}
    made = rig.zoom("POST /users", {"action": "create", "user_info": info})
    assert (made.status_code, made.json()["first_name"], made.json()["last_name"]) == (201, "", "Adler")
    path = f"/users/{made.json()['id']}"
    assert rig.zoom(f"PATCH {path}", {"dept": "Law", "job_title": "Dean"}).status_code == 204
    assert rig.zoom(f"PUT {path}/email", {"email": "new@example.edu"}).status_code == 204
    assert rig.zoom(f"PUT {path}/status", {"action": "deactivate"}).status_code == 200
    shown = rig.zoom(f"GET {path}").json()
    told = [shown[name] for name in ("dept", "job_title", "email", "status")]
    assert told == ["", "Dean", "ada@example.edu", "active"]
    group = rig.zoom("POST /groups", {"name": "Law"}).json()
    assert group["name"] == ""
    assert rig.zoom(f"PATCH /groups/{group['id']}", {"name": "Lore"}).status_code == 204
    assert (
        rig.zoom(f"POST /groups/{group['id']}/members", {"members": [{"id": shown["id"]}]}).status_code == 201
    )
    assert rig.zoom(f"GET /groups/{group['id']}").json() == {
        "id": group["id"],
        "name": "",
        "total_members": 0,
    }
    rule = {"type": 2, "weekly_days": "2", "end_times": 2}
    body = {
        "topic": "BIO",
        "type": 8,
        "recurrence": rule,
        "settings": {"mute_upon_entry": True, "watermark": True},
    }
    meeting = rig.zoom(f"POST {path}/meetings", body).json()
    assert meeting["topic"] == "Zoom Meeting"
    assert (meeting["settings"]["mute_upon_entry"], meeting["settings"]["watermark"]) == (False, True)
    assert meeting["occurrences"] == []
    assert rig.zoom(f"PATCH /meetings/{meeting['id']}", {"type": 2, "duration": 30}).status_code == 204
    assert rig.zoom(f"GET /meetings/{meeting['id']}").json()["duration"] == 60


def test_dropped_fields_do_not_excuse_bad_bodies(rig: Rig) -> None:
    rig.faults(drop_fields={"POST /groups": ["name"]})
    assert said(rig.zoom("POST /groups", {"name": ""})) == (400, 300)


def test_reads_lag_behind_writes(rig: Rig) -> None:
    rig.log_in()
    rig.faults(lag_s=10)
    group = rig.zoom("POST /groups", {"name": "Law"}).json()["id"]
    assert rig.zoom("GET /groups").json()["groups"] == []
    assert said(rig.zoom(f"GET /groups/{group}")) == (404, 4130)
    rig.control("clock", {"advance_s": 6})
    rig.zoom(f"PATCH /groups/{group}", {"name": "Lore"})
    rig.control("clock", {"advance_s": 6})
    assert rig.zoom(f"GET /groups/{group}").json()["name"] == "Law"
    assert group_names(rig) == ["Lore"]
    rig.control("clock", {"advance_s": 6})
    assert rig.zoom(f"GET /groups/{group}").json()["name"] == "Lore"
    rig.zoom(f"DELETE /groups/{group}")
    assert rig.zoom(f"GET /groups/{group}").status_code == 200
    rig.faults()
    assert said(rig.zoom(f"GET /groups/{group}")) == (404, 4130)


def test_the_vendor_can_go_silent_after_some_writes(rig: Rig) -> None:
    rig.log_in()
    rig.faults(stop_after_writes=3)
    assert create_groups(rig, 5) == ["201", "201", "201", "lost", "lost"]
    with pytest.raises(httpx.RemoteProtocolError):
        rig.zoom(LIST)
    rig.faults()
    assert rig.zoom(LIST).status_code == 200


@pytest.mark.parametrize(
    "plan",
    [
        {"drop_replies": 0.1},
        {"drop_fields": {"POST /user": ["dept"]}},
        {"status": [{"operation": "POST /nothing", "status": 500}]},
        {"status": [{"opration": "POST /groups", "status": 500}]},
        {"status": [{"operation": "POST /groups", "ending": "explode"}]},
    ],
)
def test_a_plan_with_a_slip_is_refused(rig: Rig, plan: dict[str, Any]) -> None:
    answer = rig.client.post(f"{rig.sandbox.origin}/_control/faults", json=plan)
    assert answer.status_code == 400


def test_a_plan_shows_what_is_left_of_it(rig: Rig) -> None:
    rig.faults(status=[{"operation": LIST, "status": 500, "times": 2}])
    rig.zoom(LIST)
    assert rig.show("faults")["status"][0]["times"] == 1
