"""Zoom's recurrence rules, expanded in local time so that a lecture at ten stays at ten all year."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Json, Refusal
from reconciler.sandbox.clock import moment_of, zulu
from reconciler.sandbox.shapes import one_of, record, text, whole

DAILY, WEEKLY, MONTHLY = 1, 2, 3
LONGEST_STEP = {DAILY: 99, WEEKLY: 50, MONTHLY: 10}

SHAPE = record(
    {
        "type": one_of(DAILY, WEEKLY, MONTHLY),
        "repeat_interval": whole(1, 99),
        "weekly_days": text(pattern=r"[1-7](,[1-7])*"),
        "monthly_day": whole(1, 31),
        "monthly_week": one_of(-1, 1, 2, 3, 4),
        "monthly_week_day": whole(1, 7),
        "end_times": whole(0, unknowns.MOST_OCCURRENCES),
        "end_date_time": text(pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    },
    ("type",),
)


def check_rule(rule: Json) -> None:
    """Refuse a rule that lacks a part: its days, its end, or one of two that go together."""
    faults = []
    if rule.get("repeat_interval", 1) > LONGEST_STEP[rule["type"]]:
        faults.append("repeat_interval")
    if ("end_times" in rule) == ("end_date_time" in rule):
        faults.append("end_times")
    if (rule["type"] == WEEKLY) != ("weekly_days" in rule):
        faults.append("weekly_days")
    by_day, by_week = "monthly_day" in rule, "monthly_week" in rule
    if by_day == by_week if rule["type"] == MONTHLY else by_day or by_week:
        faults.append("monthly_day")
    if by_week != ("monthly_week_day" in rule):
        faults.append("monthly_week_day")
    if faults:
        errors: list[Json] = [{"field": f"recurrence.{name}", "message": "Invalid field."} for name in faults]
        raise Refusal(400, 300, "Validation Failed.", errors=errors)


def expand(rule: Json, start: datetime, zone: str, duration: int) -> list[Json]:
    """The occurrences from `start` (aware) on, as the vendor shows them.

    `occurrence_id` is the start in epoch milliseconds. Refuses a rule that gives none, or more
    than the vendor's limit by its end date; a rule without an end gives as many as the limit.
    """
    local = start.astimezone(ZoneInfo(zone))
    last = moment_of(rule["end_date_time"]) if "end_date_time" in rule else None
    most = rule.get("end_times") or unknowns.MOST_OCCURRENCES
    starts: list[datetime] = []
    for day in _days(rule, local.date()):
        moment = datetime.combine(day, local.time(), local.tzinfo).astimezone(UTC)
        if last is not None and moment > last:
            break
        if len(starts) == most:
            if last is None:
                break
            raise Refusal(400, 300, f"A recurring meeting can have at most {most} occurrences.")
        starts.append(moment)
    if not starts:
        raise Refusal(400, 300, "The recurrence has no occurrence.")
    return [occurrence(moment, duration) for moment in starts]


def occurrence(start: datetime, duration: int) -> Json:
    """One occurrence as the vendor shows it."""
    return {
        "occurrence_id": str(int(start.timestamp() * 1000)),
        "start_time": zulu(start),
        "duration": duration,
        "status": "available",
    }


def _days(rule: Json, first: date) -> Iterator[date]:
    """The rule's days from `first` on, ascending, for at most ten years."""
    step = rule.get("repeat_interval", 1)
    limit = first + timedelta(days=3660)
    if rule["type"] == DAILY:
        candidates = _step_days(first, step, limit)
    elif rule["type"] == WEEKLY:
        candidates = _step_weeks(first, step, limit, rule["weekly_days"])
    else:
        candidates = _step_months(first, step, limit, rule)
    return (day for day in candidates if day >= first)


def _step_days(first: date, step: int, limit: date) -> Iterator[date]:
    day = first
    while day < limit:
        yield day
        day += timedelta(days=step)


def _step_weeks(first: date, step: int, limit: date, weekly_days: str) -> Iterator[date]:
    sunday = first - timedelta(days=first.isoweekday() % 7)
    numbers = sorted({int(number) for number in weekly_days.split(",")})
    while sunday < limit:
        yield from (sunday + timedelta(days=number - 1) for number in numbers)
        sunday += timedelta(weeks=step)


def _step_months(first: date, step: int, limit: date, rule: Json) -> Iterator[date]:
    year, month = first.year, first.month
    while date(year, month, 1) < limit:
        day = _day_of_month(year, month, rule)
        if day is not None:
            yield day
        year, month = year + (month - 1 + step) // 12, (month - 1 + step) % 12 + 1


def _day_of_month(year: int, month: int, rule: Json) -> date | None:
    length = calendar.monthrange(year, month)[1]
    if "monthly_day" in rule:
        return date(year, month, rule["monthly_day"]) if rule["monthly_day"] <= length else None
    # The vendor counts days from Sunday = 1; Python's isoweekday has Sunday = 7.
    wanted = (rule["monthly_week_day"] - 2) % 7 + 1
    days = [date(year, month, n) for n in range(1, length + 1) if date(year, month, n).isoweekday() == wanted]
    return days[-1] if rule["monthly_week"] == -1 else days[rule["monthly_week"] - 1]
