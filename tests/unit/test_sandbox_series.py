"""Zoom's recurring meetings: expansion, limits, occurrences, and what a series update undoes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.sandbox.recurrence import expand
from tests.unit.sandbox_rig import Rig, said

ZONE = "America/New_York"
WEEKLY = {"type": 2, "weekly_days": "2,4", "end_times": 4}
SERIES = {"type": 8, "start_time": "2026-09-07T10:00:00", "timezone": ZONE, "duration": 50}


@pytest.fixture
def series(rig: Rig) -> Any:
    host = rig.add_user("host@example.edu", type=2)
    return rig.add_meeting(host, **SERIES, recurrence=WEEKLY)


def local_starts(rule: dict[str, Any], start: str, zone: str = ZONE) -> list[str]:
    moment = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = expand(rule, moment, zone, 60)
    return [
        datetime.fromisoformat(item["start_time"]).astimezone(ZoneInfo(zone)).strftime("%a %m-%d %H:%M")
        for item in found
    ]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        (
            {"type": 1, "repeat_interval": 3, "end_times": 3},
            "2026-09-07T10:00",
            ["Mon 09-07 10:00", "Thu 09-10 10:00", "Sun 09-13 10:00"],
        ),
        (
            {"type": 2, "weekly_days": "2,4", "end_times": 3},
            "2026-09-08T10:00",
            ["Wed 09-09 10:00", "Mon 09-14 10:00", "Wed 09-16 10:00"],
        ),
        (
            {"type": 2, "weekly_days": "1", "repeat_interval": 2, "end_times": 2},
            "2026-09-06T10:00",
            ["Sun 09-06 10:00", "Sun 09-20 10:00"],
        ),
        (
            {"type": 2, "weekly_days": "1", "end_date_time": "2026-11-15T00:00:00Z"},
            "2026-10-25T10:00",
            ["Sun 10-25 10:00", "Sun 11-01 10:00", "Sun 11-08 10:00"],
        ),
        (
            {"type": 3, "monthly_day": 31, "end_times": 2},
            "2026-09-01T10:00",
            ["Sat 10-31 10:00", "Thu 12-31 10:00"],
        ),
        (
            {"type": 3, "monthly_week": -1, "monthly_week_day": 6, "end_times": 2},
            "2026-09-01T10:00",
            ["Fri 09-25 10:00", "Fri 10-30 10:00"],
        ),
        (
            {"type": 3, "monthly_week": 1, "monthly_week_day": 1, "repeat_interval": 2, "end_times": 2},
            "2026-11-01T10:00",
            ["Sun 11-01 10:00", "Sun 01-03 10:00"],
        ),
    ],
    ids=["daily", "weekly", "fortnightly", "across-dst", "31st", "last-friday", "first-sunday"],
)
def test_rules_expand_in_local_time(rule: dict[str, Any], start: str, expected: list[str]) -> None:
    assert local_starts(rule, start) == expected


def test_a_lecture_stays_at_ten_when_the_clocks_change() -> None:
    rule = {"type": 2, "weekly_days": "1", "end_times": 2}
    start = datetime(2026, 10, 25, 10, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    assert [item["start_time"] for item in expand(rule, start, ZONE, 60)] == [
        "2026-10-25T14:00:00Z",
        "2026-11-01T15:00:00Z",
    ]
    south = datetime(2026, 9, 27, 10, tzinfo=ZoneInfo("Pacific/Auckland")).astimezone(UTC)
    assert [item["start_time"] for item in expand(rule, south, "Pacific/Auckland", 60)] == [
        "2026-09-26T21:00:00Z",
        "2026-10-03T21:00:00Z",
    ]


def test_occurrence_ids_are_the_start_in_milliseconds(rig: Rig, series: Any) -> None:
    first = series["occurrences"][0]
    assert first == {
        "occurrence_id": str(int(datetime(2026, 9, 7, 14, tzinfo=UTC).timestamp() * 1000)),
        "start_time": "2026-09-07T14:00:00Z",
        "duration": 50,
        "status": "available",
    }
    assert len(series["occurrences"]) == 4
    assert series["recurrence"] == {"repeat_interval": 1, **WEEKLY}


@pytest.mark.parametrize(
    "rule",
    [
        {"end_date_time": "2026-12-01T00:00:00Z"},
        {"type": 2, "end_times": 4},
        {"type": 2, "weekly_days": "2"},
        {"type": 2, "weekly_days": "2", "end_times": 4, "end_date_time": "2026-12-01T00:00:00Z"},
        {"type": 2, "weekly_days": "0", "end_times": 4},
        {"type": 2, "weekly_days": "2", "end_times": 61},
        {"type": 2, "weekly_days": "2", "repeat_interval": 51, "end_times": 2},
        {"type": 1, "repeat_interval": 100, "end_times": 2},
        {"type": 1, "weekly_days": "2", "end_times": 2},
        {"type": 1, "end_date_time": "2026-11-30T00:00:00Z"},
        {"type": 1, "end_date_time": "2026-09-01T00:00:00Z"},
        {"type": 3, "end_times": 2},
        {"type": 3, "monthly_week": 1, "end_times": 2},
        {"type": 3, "monthly_day": 1, "repeat_interval": 11, "end_times": 2},
        {"type": 2, "weekly_days": "2", "end_times": 2, "until": "x"},
    ],
)
def test_partial_and_excessive_rules_are_refused(rig: Rig, series: Any, rule: Any) -> None:
    host = series["host_id"]
    assert said(rig.zoom(f"POST /users/{host}/meetings", SERIES | {"recurrence": rule})) == (400, 300)
    assert said(rig.zoom(f"PATCH /meetings/{series['id']}", {"recurrence": rule})) == (400, 300)
    assert rig.zoom(f"GET /meetings/{series['id']}").json()["occurrences"] == series["occurrences"]


def test_sixty_occurrences_are_the_limit(rig: Rig, series: Any) -> None:
    body = SERIES | {"recurrence": {"type": 1, "end_times": 60}}
    assert len(rig.add_meeting(series["host_id"], **body)["occurrences"]) == 60
    body = SERIES | {"recurrence": {"type": 1, "end_times": 0}}
    assert len(rig.add_meeting(series["host_id"], **body)["occurrences"]) == 60


def test_recurrence_is_for_series_only(rig: Rig, series: Any) -> None:
    body = {"type": 2, "recurrence": WEEKLY}
    assert said(rig.zoom(f"POST /users/{series['host_id']}/meetings", body)) == (400, 300)


def test_an_occurrence_is_removed_and_stays_listed_as_deleted(rig: Rig, series: Any) -> None:
    path, gone = f"/meetings/{series['id']}", series["occurrences"][1]["occurrence_id"]
    told = {"occurrence_id": gone, "schedule_for_reminder": "false"}
    assert rig.zoom(f"DELETE {path}", **told).status_code == 204
    statuses = [item["status"] for item in rig.zoom(f"GET {path}").json()["occurrences"]]
    assert statuses == ["available", "deleted", "available", "available"]
    assert said(rig.zoom(f"DELETE {path}", **told)) == (400, 300)
    assert said(rig.zoom(f"DELETE {path}", occurrence_id="123")) == (400, 300)
    assert said(rig.zoom(f"GET {path}", occurrence_id=gone)) == (400, 300)
    assert rig.mails() == []


def test_one_occurrence_can_be_edited_a_little(rig: Rig, series: Any) -> None:
    path, chosen = f"/meetings/{series['id']}", series["occurrences"][0]["occurrence_id"]
    body = {
        "start_time": "2026-09-07T11:00:00",
        "duration": 30,
        "agenda": "Exam",
        "settings": {"waiting_room": True},
    }
    assert rig.zoom(f"PATCH {path}", body, occurrence_id=chosen).status_code == 204
    shown = rig.zoom(f"GET {path}", occurrence_id=chosen).json()
    assert (shown["start_time"], shown["duration"], shown["agenda"]) == ("2026-09-07T15:00:00Z", 30, "Exam")
    assert shown["settings"]["waiting_room"] is True
    assert rig.zoom(f"GET {path}").json()["agenda"] == ""
    for refused in ({"topic": "x"}, {"settings": {"use_pmi": True}}, {"recurrence": WEEKLY}):
        assert said(rig.zoom(f"PATCH {path}", refused, occurrence_id=chosen)) == (400, 300)
    assert said(rig.zoom(f"PATCH {path}", {"duration": 5}, occurrence_id="1")) == (400, 300)


@pytest.mark.parametrize(
    "body", [{"topic": "New"}, {"recurrence": WEEKLY}, {"duration": 50, "recurrence": WEEKLY}]
)
def test_a_series_update_brings_back_what_was_removed_or_edited(rig: Rig, series: Any, body: Any) -> None:
    path, ids = f"/meetings/{series['id']}", [item["occurrence_id"] for item in series["occurrences"]]
    rig.zoom(f"DELETE {path}", occurrence_id=ids[1], schedule_for_reminder="false")
    rig.zoom(f"PATCH {path}", {"duration": 10}, occurrence_id=ids[0])
    assert rig.zoom(f"PATCH {path}", body).status_code == 204
    assert rig.zoom(f"GET {path}").json()["occurrences"] == series["occurrences"]


@pytest.mark.parametrize(
    "body", [{"start_time": "2026-09-08T10:00:00"}, {"duration": 30}, {"timezone": "UTC"}]
)
def test_a_series_changes_its_times_with_its_rule_only(rig: Rig, series: Any, body: Any) -> None:
    assert said(rig.zoom(f"PATCH /meetings/{series['id']}", body)) == (400, 300)


def test_a_series_moves_whole(rig: Rig, series: Any) -> None:
    path = f"/meetings/{series['id']}"
    body = {
        "start_time": "2026-09-08T09:00:00",
        "recurrence": {"type": 2, "weekly_days": "3", "end_times": 2},
    }
    assert rig.zoom(f"PATCH {path}", body).status_code == 204
    starts = [item["start_time"] for item in rig.zoom(f"GET {path}").json()["occurrences"]]
    assert starts == ["2026-09-08T13:00:00Z", "2026-09-15T13:00:00Z"]


def test_a_past_start_of_a_running_series_is_ignored(rig: Rig, series: Any) -> None:
    rig.control("clock", {"now": "2026-09-10T00:00:00Z"})
    rig.log_in()
    path = f"/meetings/{series['id']}"
    body = {"start_time": "2026-09-07T10:00:00", "recurrence": WEEKLY | {"end_times": 5}}
    assert rig.zoom(f"PATCH {path}", body).status_code == 204
    whole = rig.zoom(f"GET {path}", show_previous_occurrences="true").json()
    assert whole["start_time"] == "2026-09-07T14:00:00Z"
    assert len(whole["occurrences"]) == 5
    assert len(rig.zoom(f"GET {path}").json()["occurrences"]) == 3


def test_lists_show_a_series_once_or_once_per_date(rig: Rig, series: Any) -> None:
    path = f"GET /users/{series['host_id']}/meetings"
    assert len(rig.zoom(path).json()["meetings"]) == 1
    upcoming = rig.zoom(path, type="upcoming").json()["meetings"]
    assert [item["start_time"] for item in upcoming] == [item["start_time"] for item in series["occurrences"]]
    assert {item["id"] for item in upcoming} == {series["id"]}
