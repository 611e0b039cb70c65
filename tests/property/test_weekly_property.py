"""Weekly rules: blocks a series can hold, together exactly the rule, in wall-clock across summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.resources.schedules import (
    OCCURRENCES_PER_SERIES,
    WEEKDAYS,
    Series,
    Weekly,
    read_series,
)

ZONES = ("America/New_York", "Europe/Vienna", "Australia/Sydney", "America/Sao_Paulo", "UTC", "Asia/Kolkata")
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def rules(draw: st.DrawFn) -> Weekly:
    """A rule of up to two years, some of its dates skipped."""
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.integers(0, 500)))
    days: list[Any] = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True))
    return Weekly(
        days=tuple(days),
        start=draw(st.sampled_from(["00:30", "02:30", "10:00", "23:45"])),
        minutes=draw(st.integers(1, 180)),
        **{"from": first},
        until=last,
        timezone=draw(st.sampled_from(ZONES)),
        skip=tuple(draw(st.lists(st.dates(first, last), max_size=5))),
    )


def said(rule: Weekly) -> list[date]:
    """Every date of the rule, skipped ones too, straight from its words."""
    length = (rule.until - rule.from_).days + 1
    dates = (rule.from_ + timedelta(days=number) for number in range(length))
    return [day for day in dates if WEEKDAYS[day.weekday()] in rule.days]


@given(rules())
def test_blocks_together_are_the_rule_and_none_is_too_long(rule: Weekly) -> None:
    blocks = list(rule.series().values())
    kept = [day for day in said(rule) if day not in rule.skip]
    assert [text for block in blocks for text in block.occurrences] == [
        f"{day}T{rule.start} {rule.minutes}" for day in kept
    ]
    for block in blocks:
        assert 0 < len(block.occurrences) + len(block.skipped) <= OCCURRENCES_PER_SERIES
        assert block.occurrences == tuple(sorted(block.occurrences))
        assert not set(block.occurrences) & set(block.skipped)
        assert all(date.fromisoformat(text[:10]) in rule.skip for text in block.skipped)


@given(rules(), st.integers(0, 4))
def test_a_skipped_date_moves_and_renumbers_no_other(rule: Weekly, nth: int) -> None:
    dates = said(rule)
    assume(len(dates) > nth)
    fewer = Weekly(
        days=rule.days,
        start=rule.start,
        minutes=rule.minutes,
        **{"from": rule.from_},
        until=rule.until,
        timezone=rule.timezone,
        skip=(*rule.skip, dates[nth]),
    )
    before, after = _whole(rule), _whole(fewer)
    gone = before.keys() - after.keys()
    assert after == {number: block for number, block in before.items() if number not in gone}
    assert all(
        set(before[number]) <= {f"{day}T{rule.start} {rule.minutes}" for day in fewer.skip} for number in gone
    )


def _whole(rule: Weekly) -> dict[int, list[str]]:
    return {number: sorted((*block.occurrences, *block.skipped)) for number, block in rule.series().items()}


@given(rules(), st.datetimes(datetime(2026, 1, 1), datetime(2029, 6, 1)))  # noqa: DTZ001 - bounds
def test_time_only_takes_away_from_the_front(rule: Weekly, moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)
    for block in rule.series().values():
        ahead = block.future(now)
        assert block.occurrences[len(block.occurrences) - len(ahead) :] == ahead
        assert block.over(now) == (not ahead)
        assert all(block.instant(text) > now for text in ahead)
        if ahead:
            begun = block.begun(now, None)
            assert begun.occurrences == ahead
            assert begun.start == ahead[0][:16]
            assert begun.future(now) == ahead
            later = block.begun(now + timedelta(days=1), begun.plain())
            assert later.start == begun.start, "where a series began is never computed again"


@given(rules())
def test_the_wall_clock_holds_across_summer_time(rule: Weekly) -> None:
    zone = ZoneInfo(rule.timezone)
    for block in rule.series().values():
        for text in block.occurrences:
            local = block.instant(text).astimezone(zone)
            written = datetime.fromisoformat(text[:16])
            skipped_hour = (
                datetime.fromisoformat(text[:16])
                .replace(tzinfo=zone)
                .astimezone(UTC)
                .astimezone(zone)
                .replace(tzinfo=None)
                != written
            )
            assert skipped_hour or local.replace(tzinfo=None) == written


@given(rules())
def test_a_series_is_recorded_and_revived_as_it_was(rule: Weekly) -> None:
    for block in rule.series().values():
        recorded = block.plain()
        assert isinstance(recorded, dict)
        assert read_series(recorded) == block
        assert read_series({k: list(v) if isinstance(v, tuple) else v for k, v in recorded.items()}) == block


def test_both_hemispheres_change_their_clocks_on_their_own_days() -> None:
    def offsets(zone: str, *dates: str) -> list[str]:
        series = Series(tuple(f"{day}T10:00 50" for day in dates), 50, zone)
        return [f"{series.instant(text):%H:%M}" for text in series.occurrences]

    assert offsets("America/New_York", "2026-10-26", "2026-11-02") == ["14:00", "15:00"]
    assert offsets("Australia/Sydney", "2026-09-28", "2026-10-05") == ["00:00", "23:00"]
