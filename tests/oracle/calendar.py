"""Which dates a written schedule means, worked out day by day for the oracle alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Tree = Mapping[str, Any]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_OCCURRENCES = 60


class Block(NamedTuple):
    """One live meeting of a family: its number, its zone, and its wall-clock starts in time order."""

    number: int
    weekly: bool
    zone: str
    starts: tuple[str, ...]

    def ahead(self, now: datetime) -> list[str]:
        """The starts that are still to come."""
        return [start for start in self.starts if instant(start, self.zone) > now]


def instant(wall_clock: str, zone: str) -> datetime:
    """When a clock of the zone shows this, in UTC; the first time if it does so twice."""
    return datetime.fromisoformat(wall_clock).replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def blocks(schedule: Tree, terms: Mapping[str, Tree]) -> Iterator[Block]:
    """The meetings a schedule means: one per date, or one per block of weeks with any date left.

    A series holds so many whole weeks that their dates never exceed the vendor's limit. The weeks are those
    of the term, or of the rule itself, from the Monday of its first.
    """
    if "dates" in schedule:
        for number, start in enumerate(sorted(set(schedule["dates"])), 1):
            yield Block(number, False, schedule["timezone"], (start,))
        return
    term = terms[schedule["term"].rsplit("/", 1)[-1].casefold()] if "term" in schedule else schedule
    zone = schedule.get("timezone", term["timezone"])
    numbers = sorted({DAYS.index(day) for day in schedule["days"]})
    found: dict[int, list[str]] = {}
    monday = _day(term["from"])
    while monday.weekday():
        monday -= timedelta(1)
    day = monday
    while day <= _day(term["until"]):
        week = (day - monday).days // 7
        if day.weekday() in numbers and _takes_place(day, schedule, term):
            block = week // (MOST_OCCURRENCES // len(numbers)) + 1
            found.setdefault(block, []).append(f"{day}T{schedule['start']}")
        day += timedelta(1)
    for number, starts in found.items():
        yield Block(number, True, zone, tuple(starts))


def _takes_place(day: date, schedule: Tree, term: Tree) -> bool:
    for bounds in (term, schedule):
        begins, ends = (_day(bounds.get(name, f"{day}")) for name in ("from", "until"))
        if not begins <= day <= ends:
            return False
    days_off = [*schedule.get("skip", ())]
    for section in ("holidays", "breaks"):
        days_off += term.get(section, {}).values()
    return not any(_first(text) <= day <= _last(text) for text in days_off)


def _first(text: str) -> date:
    return _day(text[:10])


def _last(text: str) -> date:
    return _day(text[-10:])


def _day(text: str) -> date:
    return date.fromisoformat(text)
