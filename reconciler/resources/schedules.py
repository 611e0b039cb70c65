"""When something happens: a family's schedule as written, and the times of one live meeting of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from reconciler.resources.base import Plain, Revives, Timed, kind_dataclass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OCCURRENCES_PER_SERIES = 60
"""What one recurring Zoom meeting may hold (Zoom API reference, meetings: recurrence.end_times)."""


def check_timezone(value: str) -> str:
    """The name of a zone in the time zone database."""
    if value not in _timezones():
        raise ValueError(f"no such time zone: {value!r}; write a name such as America/New_York")
    return value


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_wall_clock(value: str) -> str:
    """A local date and time to the minute, without an offset."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        raise ValueError(f"expected a local time such as 2026-09-07T10:00, got {value!r}")
    datetime.fromisoformat(value)
    return value


def check_time(value: str) -> str:
    """A time of day, HH:MM on a 24-hour clock."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(f'expected a time such as "10:00", got {value!r}')
    return value


Zone = Annotated[str, AfterValidator(check_timezone)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
WallClock = Annotated[str, AfterValidator(check_wall_clock)]


@dataclasses.dataclass(frozen=True, slots=True)
class Series(Timed):
    """The times of one live meeting, in wall-clock of `timezone`.

    `occurrences` are texts `2026-09-07T10:00 50` (start, minutes), sorted, without those in `skipped`;
    `days` are ISO weekdays of the weekly rule, empty for a single meeting; `start` is where the series
    began, once that is known.
    """

    occurrences: tuple[str, ...]
    minutes: int
    timezone: str
    days: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()
    start: str = ""

    def instant(self, occurrence: str) -> datetime:
        """The moment an occurrence starts, aware, in UTC."""
        return datetime.fromisoformat(occurrence[:16]).replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def future(self, as_of: datetime) -> tuple[str, ...]:
        """The occurrences that start after `as_of`."""
        return tuple(item for item in self.occurrences if self.instant(item) > as_of)

    def plain(self) -> Plain:
        """As recorded in the ledger; `Series(**...)` reads it back."""
        return dataclasses.asdict(self)

    def comparable(self, as_of: datetime) -> Plain:
        """Future occurrences and their zone."""
        return {"occurrences": self.future(as_of), "timezone": self.timezone}

    def begun(self, as_of: datetime, recorded: Plain) -> Series:
        """With its start fixed: the recorded one while it is still a date of it, else the first to come."""
        start = str(recorded["start"]) if isinstance(recorded, Mapping) and recorded.get("start") else ""
        if not any(item.startswith(start) for item in (*self.occurrences, *self.skipped)):
            start = ""
        start = start or next(iter(self.future(as_of)), self.occurrences[-1])[:16]
        return dataclasses.replace(
            self,
            start=start,
            occurrences=tuple(item for item in self.occurrences if item[:16] >= start),
            skipped=tuple(item for item in self.skipped if item[:16] >= start),
        )

    def over(self, as_of: datetime) -> bool:
        """True if the last occurrence has started."""
        return not self.future(as_of)

    def remember(self, found: Series, recorded: Plain) -> Plain:
        """Where a series began cannot be read back once it has moved on, and is never computed again."""
        was = str(recorded.get("start", "")) if isinstance(recorded, Mapping) else ""
        return dataclasses.replace(found, start=self.start or was or found.start).plain()


@kind_dataclass
class Dates:
    """`{dates: [...], minutes, timezone}`: one single meeting per date."""

    dates: Annotated[tuple[WallClock, ...], Field(min_length=1)]
    minutes: Minutes
    timezone: Zone

    def series(self) -> Iterator[Series]:
        """One per date, in time order."""
        for start in sorted(set(self.dates)):
            yield Series((f"{start} {self.minutes}",), self.minutes, self.timezone)


@kind_dataclass
class Weekly:
    """`{days, start, minutes, from, until, timezone}`, both dates inclusive; `skip` lists dates left out."""

    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)]
    start: Annotated[str, AfterValidator(check_time)]
    minutes: Minutes
    from_: Annotated[date, Field(alias="from")]
    until: date
    timezone: Zone
    skip: tuple[date, ...] = ()

    def series(self) -> Iterator[Series]:
        """Blocks of whole calendar weeks counted from `from`, each within one series' limit."""
        numbers = tuple(sorted({WEEKDAYS.index(day) + 1 for day in self.days}))
        weeks = OCCURRENCES_PER_SERIES // len(numbers)
        monday = self.from_ - timedelta(days=self.from_.weekday())
        while monday <= self.until:
            after = monday + timedelta(weeks=weeks)
            block = [
                day
                for week in range(min(weeks, (self.until - monday).days // 7 + 1))
                for number in numbers
                if self.from_ <= (day := monday + timedelta(days=7 * week + number - 1)) <= self.until
            ]
            texts = {day: f"{day}T{self.start} {self.minutes}" for day in block}
            kept = tuple(texts[day] for day in block if day not in self.skip)
            if kept:
                left_out = tuple(texts[day] for day in block if day in self.skip)
                yield Series(kept, self.minutes, self.timezone, numbers, left_out)
            monday = after


def read_series(recorded: Mapping[str, Any]) -> Series:
    """What `Series.plain` wrote."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in recorded.items()}
    return Series(**values)


def _schedule_form(value: Any) -> str:
    if isinstance(value, Series | Dates | Weekly):
        return type(value).__name__.lower()
    return "dates" if isinstance(value, Mapping) and "dates" in value else "weekly"


def refuse_terms(value: Any) -> Any:
    """`schedule: {term: ...}` is known and not there yet."""
    if isinstance(value, Mapping) and "term" in value:
        raise ValueError(
            "`term` (terms and timetables) is not supported by this version; write from and until"
        )
    return value


Schedule = Annotated[
    Annotated[
        Annotated[Series, Tag("series")] | Annotated[Dates, Tag("dates")] | Annotated[Weekly, Tag("weekly")],
        Discriminator(_schedule_form),
    ],
    BeforeValidator(refuse_terms),
    Revives(read_series),
]
