"""When the daemon may write, and when it runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.daemon import make_trigger, name_weekdays
from reconciler.settings import Schedule
from reconciler.visits import why_closed

MONDAY = datetime(2026, 9, 7, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("windows", "hour", "open_"),
    [
        ((), 3, True),
        (("mon-fri 06:00-22:00",), 10, True),
        (("mon-fri 06:00-22:00",), 22, False),
        (("mon-fri 06:00-22:00",), 5, False),
        (("tue 06:00-22:00",), 10, False),
        (("tue 06:00-22:00", "sat-mon 09:00-24:00"), 23, True),
        (("wed,mon 09:00-11:00",), 10, True),
    ],
)
def test_windows(windows: tuple[str, ...], hour: int, open_: bool) -> None:
    assert (why_closed(Schedule(windows=windows), MONDAY.replace(hour=hour)) == "") is open_


def test_a_freeze_holds_on_both_its_days() -> None:
    schedule = Schedule(freeze=("2026-09-05/2026-09-07",))
    assert why_closed(schedule, MONDAY) == "frozen 2026-09-05/2026-09-07"
    assert why_closed(schedule, MONDAY.replace(day=8)) == ""


@pytest.mark.parametrize(
    ("cron", "named"),
    [
        ("*", "*"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("0", "sun"),
        ("mon-fri", "mon-fri"),
        ("1-5/2,6", "mon,wed,fri,sat"),
    ],
)
def test_cron_counts_its_days_from_sunday(cron: str, named: str) -> None:
    assert name_weekdays(cron) == named


def test_a_cron_line_fires_when_cron_would() -> None:
    trigger = make_trigger(Schedule(cron="30 6 * * 1"))
    fires = trigger.get_next_fire_time(None, MONDAY.replace(hour=12))
    assert (fires.isoweekday(), fires.hour, fires.minute) == (1, 6, 30)
