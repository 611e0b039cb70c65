"""Zoom's 429s: per second, per day, per host and day without a header, and one person at a time."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest

from tests.unit.sandbox_rig import NOW, Rig, said


def drain(rig: Rig, label: str, used: int) -> None:
    """Bring a day's count close to its limit without making the calls."""
    rig.console("edit_quota", counts={label: used})


def test_every_answer_tells_its_category(rig: Rig) -> None:
    for name, category in (
        ("GET /users/owner@example.edu", "Light"),
        ("GET /users", "Medium"),
        ("GET /accounts/me/plans/usage", "Heavy"),
        ("GET /users/nobody", "Light"),
    ):
        assert rig.zoom(name).headers["X-RateLimit-Category"] == category


@pytest.mark.parametrize(("plan", "most"), [("free", 4), ("pro", 30), ("business", 80)])
def test_too_many_a_second_is_told_by_type(rig: Rig, plan: str, most: int) -> None:
    rig.console("edit_account", plan=plan)
    rig.faults(qps=True)
    rig.log_in()
    answers = []
    for _ in range(most + 3):
        answers.append(rig.zoom("GET /users/owner@example.edu"))
        if answers[-1].status_code == 429:
            break
    refused = answers[-1]
    assert said(refused) == (429, 429)
    assert "per-second" in refused.json()["message"]
    assert refused.headers["X-RateLimit-Type"] == "QPS"
    assert refused.headers["X-RateLimit-Limit"] == str(most)
    assert "Retry-After" not in refused.headers


def test_a_spent_day_is_told_with_a_moment_to_retry(rig: Rig) -> None:
    rig.console("edit_account", plan="free")
    drain(rig, "label:LIGHT", 5999)
    rig.log_in()
    assert rig.zoom("GET /users/owner@example.edu").headers["X-RateLimit-Remaining"] == "0"
    refused = rig.zoom("GET /users/owner@example.edu")
    assert said(refused) == (429, 429)
    assert refused.headers["X-RateLimit-Type"] == "Daily-limit"
    assert refused.headers["Retry-After"] == "2026-09-02T00:00:00Z"
    assert rig.zoom("GET /users").status_code == 200
    rig.control("clock", {"now": "2026-09-02T00:00:00Z"})
    rig.log_in()
    assert rig.zoom("GET /users/owner@example.edu").status_code == 200


@pytest.mark.parametrize(
    ("what", "used", "call"),
    [
        ("groups", 100, ("POST /groups", {"name": "Law"})),
        (
            "creations",
            10_000,
            ("POST /users", {"action": "create", "user_info": {"email": "a@example.edu", "type": 1}}),
        ),
        ("label:HEAVY", 60_000, ("GET /accounts/me/plans/usage", None)),
    ],
)
def test_further_allowances_of_a_day(rig: Rig, what: str, used: int, call: tuple[str, Any]) -> None:
    drain(rig, what, used)
    refused = rig.zoom(*call)
    assert said(refused) == (429, 429)
    assert refused.headers["Retry-After"] == "2026-09-02T00:00:00Z"
    assert refused.headers["X-RateLimit-Type"] == "Daily-limit"


def test_a_hundred_groups_a_day(rig: Rig) -> None:
    codes = [rig.zoom("POST /groups", {"name": f"G{n}"}).status_code for n in range(101)]
    assert codes == [201] * 100 + [429]


def test_a_host_has_100_meeting_writes_a_day_and_the_refusal_no_hint(rig: Rig) -> None:
    host, other = rig.add_user("h@example.edu", type=2), rig.add_user("o@example.edu", type=2)
    first = rig.zoom(f"POST /users/{host}/meetings", {})
    assert first.headers["X-RateLimit-Limit"] == "100"
    assert first.headers["X-RateLimit-Remaining"] == "99"
    number = first.json()["id"]
    second = rig.add_meeting(host)["id"]
    for n in range(98):
        assert (
            rig.zoom(f"PATCH /meetings/{number if n % 2 else second}", {"agenda": str(n)}).status_code == 204
        )
    for refused in (
        rig.zoom(f"POST /users/{host}/meetings", {}),
        rig.zoom(f"PATCH /meetings/{number}", {"agenda": "x"}),
    ):
        assert said(refused) == (429, 429)
        assert {name.lower() for name in refused.headers if name.lower().startswith(("x-", "retry"))} == {
            "x-ratelimit-category", "x-ratelimit-limit", "x-ratelimit-remaining",
        }  # fmt: skip
        assert refused.headers["X-RateLimit-Remaining"] != "0"
    assert rig.zoom(f"POST /users/{other}/meetings", {}).status_code == 201
    assert rig.zoom(f"DELETE /meetings/{second}").status_code == 204
    assert rig.zoom(f"PATCH /meetings/{number}", {"topic": "x" * 201}).status_code == 400
    rig.control("clock", {"now": "2026-09-02T00:00:00Z"})
    rig.log_in()
    assert rig.zoom(f"PATCH /meetings/{number}", {"agenda": "x"}).status_code == 204


def test_a_meeting_has_100_updates_in_24_hours(rig: Rig) -> None:
    rig.control("clock", {"now": "2026-09-01T23:00:00Z"})
    host = rig.add_user("h@example.edu", type=2)
    number = rig.console("add_meeting", host=host)["id"]
    codes = [rig.zoom(f"PATCH /meetings/{number}", {}).status_code for _ in range(100)]
    rig.control("clock", {"now": "2026-09-02T01:00:00Z"})
    rig.log_in()
    assert codes == [204] * 100
    assert rig.zoom(f"PATCH /meetings/{number}", {}).status_code == 429
    assert rig.zoom(f"POST /users/{host}/meetings", {}).status_code == 201


def test_refused_meeting_writes_do_not_count(rig: Rig) -> None:
    host = rig.add_user("h@example.edu", type=2)
    rig.zoom(f"POST /users/{host}/meetings", {"type": 4})
    assert rig.show("state")["quota"]["meeting_writes"] == {}
    rig.zoom(f"POST /users/{host}/meetings", {})
    assert rig.show("state")["quota"] == {"day": NOW[:10], "meeting_writes": {host: 1}, "counts": {}}


def run_beside(
    rig: Rig, first: tuple[str, Any], second: tuple[str, Any]
) -> tuple[httpx.Response, httpx.Response]:
    """Start one call, and a second one while it waits for its answer."""
    rig.log_in()
    rig.faults(latency_ms=500)
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(rig.zoom(*first)))
    thread.start()
    while not rig.show("counters")["writes"]:
        time.sleep(0.005)
    refused = rig.zoom(*second)
    thread.join()
    return answers[0], refused


@pytest.mark.parametrize(
    "second",
    [("DELETE /users/a@other.org", None), ("PATCH /users/a@other.org", {}), ("GET /users/a@other.org", None)],
)
def test_a_person_being_created_is_locked(rig: Rig, second: tuple[str, Any]) -> None:
    create = {"action": "create", "user_info": {"email": "a@other.org", "type": 1}}
    done, refused = run_beside(rig, ("POST /users", create), second)
    assert done.status_code == 201
    assert said(refused) == (429, 429)
    assert "concurrent" in refused.json()["message"]
    rig.faults()
    assert rig.zoom("GET /users/a@other.org").status_code == 200


def test_a_person_is_removed_by_one_call_at_a_time(rig: Rig) -> None:
    rig.add_user("a@other.org")
    remove = ("DELETE /users/a@other.org", None)
    done, refused = run_beside(rig, remove, remove)
    assert done.status_code == 204
    assert said(refused) == (429, 429)
    rig.faults()
    assert said(rig.zoom(*remove)) == (404, 1001)


def test_licences_in_bulk_once_in_ten_seconds(rig: Rig) -> None:
    rig.faults(qps=True)
    body = {"users": [{"id": "x"}], "feature_type": "user_type", "feature_value": "2"}
    rig.log_in()
    assert rig.zoom("POST /users/features", body).status_code == 201
    assert said(rig.zoom("POST /users/features", body)) == (429, 429)
