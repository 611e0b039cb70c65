"""Series in wall-clock, Zoom's in UTC: the same dates both ways, across daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reconciler.drivers.zoom import times
from reconciler.drivers.zoom.api import WireMeeting
from reconciler.resources.schedules import Dates, Series, Weekly, only_fewer

NEW_YORK = "America/New_York"


def weekly(first: date, until: date, *, skip: tuple[date, ...] = ()) -> Series:
    told = {"days": ("mon", "wed"), "start": "10:00", "minutes": 50, "from": first, "until": until}
    (series,) = Weekly(**told, timezone=NEW_YORK, skip=skip).series().values()  # type: ignore[arg-type]
    return series


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


FALL = weekly(date(2026, 9, 7), date(2026, 9, 23), skip=(date(2026, 9, 14),))


def live(*dates: tuple[str, str], **more: object) -> WireMeeting:
    occurrences = [
        {"occurrence_id": str(n), "start_time": start, "duration": 50, "status": status}
        for n, (start, status) in enumerate(dates)
    ]
    wire: object = {
        "type": 8,
        "timezone": NEW_YORK,
        "duration": 50,
        "recurrence": {"type": 2, "repeat_interval": 1, "weekly_days": "2,4"},
        "occurrences": occurrences,
        **more,
    }
    return wire  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("ours", "zooms"),
    [((1, 3), "2,4"), ((7,), "1"), ((6, 7), "1,7"), ((1, 2, 3, 4, 5, 6, 7), "1,2,3,4,5,6,7")],
)
def test_weekdays_count_from_sunday_there(ours: tuple[int, ...], zooms: str) -> None:
    assert times.number_days(ours) == zooms
    assert times.read_days(zooms) == ours


def test_a_single_meeting_is_type_2_in_local_time_without_z() -> None:
    (series,) = Dates(dates=("2026-09-07T10:00",), minutes=50, timezone=NEW_YORK).series().values()
    begun = times.upcoming(series, at(2026, 9, 1))
    assert begun is not None
    assert times.to_wire(begun) == {
        "type": 2,
        "start_time": "2026-09-07T10:00:00",
        "duration": 50,
        "timezone": NEW_YORK,
    }


def test_a_weekly_rule_counts_its_skipped_dates_too() -> None:
    begun = times.upcoming(FALL, at(2026, 9, 1))
    assert begun is not None
    assert times.to_wire(begun)["recurrence"] == {
        "type": 2,
        "repeat_interval": 1,
        "weekly_days": "2,4",
        "end_times": 6,
    }


def test_a_start_in_the_past_is_never_sent() -> None:
    mid = times.upcoming(FALL.begun(at(2026, 9, 1), None), at(2026, 9, 10))
    assert mid is not None
    assert mid.start == "2026-09-16T10:00"
    assert times.to_wire(mid)["recurrence"]["end_times"] == 3
    assert times.upcoming(FALL, at(2026, 10, 1)) is None


def test_occurrences_are_read_as_wall_clock_across_daylight_saving() -> None:
    wire = live(("2026-10-28T14:00:00Z", "available"), ("2026-11-02T15:00:00Z", "available"))
    series = times.read_series(wire, at(2026, 10, 1))
    assert series.occurrences == ("2026-10-28T10:00 50", "2026-11-02T10:00 50")
    assert (series.days, series.start) == ((1, 3), "2026-10-28T10:00")


def test_deleted_occurrences_are_not_there_and_the_past_is_not_the_start() -> None:
    wire = live(
        ("2026-09-07T14:00:00Z", "available"),
        ("2026-09-09T14:00:00Z", "deleted"),
        ("2026-09-14T14:00:00Z", "available"),
    )
    series = times.read_series(wire, at(2026, 9, 8))
    assert series.occurrences == ("2026-09-07T10:00 50", "2026-09-14T10:00 50")
    assert series.skipped == ("2026-09-09T10:00 50",)
    assert series.start == "2026-09-14T10:00"


def test_a_single_and_a_timeless_meeting_are_read() -> None:
    single: object = {"type": 2, "start_time": "2026-09-07T14:00:00Z", "timezone": NEW_YORK, "duration": 50}
    assert times.read_series(single, at(2026, 9, 1)).occurrences == ("2026-09-07T10:00 50",)  # type: ignore[arg-type]
    for timeless in ({"type": 3, "duration": 60}, {"type": 1}):
        assert times.read_series(timeless, at(2026, 9, 1)).occurrences == ()  # type: ignore[arg-type]
    assert times.open_zone("Mars/Olympus").key == "UTC"


def test_only_dates_that_go_are_told_from_another_rule() -> None:
    now = at(2026, 9, 1)
    whole = Series(tuple(sorted(FALL.occurrences + FALL.skipped)), 50, NEW_YORK, (1, 3))
    assert only_fewer(whole, FALL, now) == frozenset({"2026-09-14T10:00 50"})
    assert only_fewer(FALL, whole, now) is None
    assert only_fewer(whole, weekly(date(2026, 9, 7), date(2026, 10, 23)), now) is None
    assert only_fewer(Series(whole.occurrences, 50, "UTC", (1, 3)), FALL, now) is None


def test_desired_sent_and_live_have_one_natural_key() -> None:
    now = at(2026, 9, 1)
    begun = times.upcoming(FALL, now)
    assert begun is not None
    key = times.describe("h", " BIO ", begun)
    assert times.describe_sent("h", {"topic": "BIO", **times.to_wire(begun)}) == key
    wire = live(("2026-09-07T14:00:00Z", "available"), ("2026-09-09T14:00:00Z", "available"))
    assert times.describe("h", "BIO", times.read_series(wire, now)) == key
    assert times.describe("", "BIO", begun) == ""
