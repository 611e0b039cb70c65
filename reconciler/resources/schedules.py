"""When something happens: a family's schedule as written, and the times of one live meeting of it.

Times are wall-clock of a named zone: a lecture at ten stays at ten when the clocks change. An hour that a
clock shows twice means its first showing (as in RFC 5545, 3.3.5); one that a clock skips is refused, because
vendors differ in what they make of it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Discriminator, Field, Tag

from reconciler.resources.base import Plain, Revives, Timed, kind_dataclass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OCCURRENCES_PER_SERIES = 60
"""What one recurring Zoom meeting may hold (Zoom API reference, meetings: recurrence.end_times)."""
MOST_DAYS = 5 * 366
"""A rule or a term that runs for longer is a slip of the pen."""


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


def check_date(value: str) -> str:
    """A day of the calendar, YYYY-MM-DD."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError(f"expected a date such as 2026-09-07, got {value!r}")
    date.fromisoformat(value)
    return value


def check_span(value: str) -> str:
    """A date, or two with a slash between, both inclusive."""
    days = [date.fromisoformat(check_date(part)) for part in value.split("/")]
    if len(days) > 2:
        raise ValueError(f"expected one date or two, got {value!r}; write 2026-11-25/2026-11-29")
    if days != sorted(days):
        raise ValueError("it ends before it starts; turn the dates round")
    return value


@lru_cache(maxsize=1 << 16)
def is_on_clock(local: str, zone: str) -> bool:
    """True if a clock of the zone ever shows this local time; false in the hour that summer time skips."""
    written = datetime.fromisoformat(local)
    place = ZoneInfo(zone)
    return written.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) == written


Zone = Annotated[str, AfterValidator(check_timezone)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
WallClock = Annotated[str, AfterValidator(check_wall_clock)]


@dataclasses.dataclass(frozen=True, slots=True)
class Series(Timed):
    """The times of one live meeting, in wall-clock of `timezone`.

    `occurrences` are texts `2026-09-07T10:00 50` (start, minutes), sorted, without those in `skipped`;
    `days` are ISO weekdays of the weekly rule, empty for a single meeting; `start` is where the series
    began, once that is known. `reasons` says for people why dates of the calendar are not among the
    `occurrences`; it is neither compared nor recorded, so that another name of a holiday changes nothing.
    """

    occurrences: tuple[str, ...]
    minutes: int
    timezone: str
    days: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()
    start: str = ""
    reasons: Mapping[str, str] = dataclasses.field(
        default_factory=dict, compare=False, repr=False, kw_only=True
    )

    def instant(self, occurrence: str) -> datetime:
        """The moment an occurrence starts, aware, in UTC."""
        return datetime.fromisoformat(occurrence[:16]).replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def future(self, as_of: datetime) -> tuple[str, ...]:
        """The occurrences that start after `as_of`."""
        return tuple(item for item in self.occurrences if self.instant(item) > as_of)

    def plain(self) -> Plain:
        """As recorded in the ledger; `Series(**...)` reads it back."""
        fields = dataclasses.fields(self)
        return {field.name: getattr(self, field.name) for field in fields if field.compare}

    def comparable(self, as_of: datetime) -> Plain:
        """Future occurrences and their zone."""
        return {"occurrences": self.future(as_of), "timezone": self.timezone}

    def begun(self, as_of: datetime, recorded: Plain) -> Series:
        """With its start fixed: the recorded one while it is a date of it and none to come lies before it."""
        start = str(recorded["start"]) if isinstance(recorded, Mapping) and recorded.get("start") else ""
        first = next(iter(self.future(as_of)), self.occurrences[-1])[:16]
        if first < start or not any(item[:16] == start for item in (*self.occurrences, *self.skipped)):
            start = first
        return dataclasses.replace(
            self,
            start=start,
            occurrences=tuple(item for item in self.occurrences if item[:16] >= start),
            skipped=tuple(item for item in self.skipped if item[:16] >= start),
        )

    def over(self, as_of: datetime) -> bool:
        """True if the last occurrence has started."""
        return not self.future(as_of)

    def taken_out(self, as_of: datetime) -> tuple[str, ...]:
        """The dates to come that the rule counts and that are removed one by one after each change of it."""
        first = next(iter(self.future(as_of)), None)
        return tuple(item for item in self.skipped if first is not None and item > first)

    def stand(self, as_of: datetime) -> tuple[tuple[str, str, str], ...]:
        """Every date of the calendar in time order: itself, `passed`, `to come` or `left out`, and why."""
        future = frozenset(self.future(as_of))
        told = {item: ("to come" if item in future else "passed", "") for item in self.occurrences}
        told |= {item: ("left out", self.reasons.get(item, "")) for item in (*self.skipped, *self.reasons)}
        return tuple((item, *told[item]) for item in sorted(told))

    def remember(self, found: Series, recorded: Plain) -> Plain:
        """Where a series began cannot be read back once it has moved on, and is never computed again."""
        was = str(recorded.get("start", "")) if isinstance(recorded, Mapping) else ""
        return dataclasses.replace(found, start=self.start or was or found.start).plain()


def only_fewer(live: Series, desired: Series, now: datetime) -> frozenset[str] | None:
    """The dates to take out, if that is all there is to change; None if the rule itself differs."""
    if (live.days, live.minutes, live.timezone) != (desired.days, desired.minutes, desired.timezone):
        return None
    ahead, wanted = frozenset(live.future(now)), frozenset(desired.future(now))
    return ahead - wanted if live.days and wanted < ahead else None


@dataclasses.dataclass(frozen=True, slots=True)
class Calendar:
    """The days that rules run over, both ends inclusive; those that are `off`, each with the reason."""

    first: date
    last: date
    off: Mapping[date, str] = dataclasses.field(default_factory=dict)


@kind_dataclass
class Dates:
    """`{dates: [...], minutes, timezone}`: one single meeting per date."""

    dates: Annotated[tuple[WallClock, ...], Field(min_length=1)]
    minutes: Minutes
    timezone: Zone

    def series(self) -> dict[int, Series]:
        """One per date, counted in time order."""
        return {
            number: Series((f"{start} {self.minutes}",), self.minutes, self.timezone)
            for number, start in enumerate(sorted(set(self.dates)), 1)
        }


@kind_dataclass
class Rule:
    """What every weekly schedule says: its weekdays, its time, and in `skip` dates left out."""

    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)]
    start: Annotated[str, AfterValidator(check_time)]
    minutes: Minutes
    skip: tuple[date, ...] = ()

    def split(self, calendar: Calendar, first: date, last: date, timezone: str) -> dict[int, Series]:
        """Blocks of whole weeks of the calendar, each within one series' limit, by their number from 1.

        Where a block begins and its number depend on the calendar's first week alone: neither days off, nor
        `skip`, nor `first` and `last` of this rule move a block. One without a date left is not there.
        """
        numbers = tuple(sorted({WEEKDAYS.index(day) + 1 for day in self.days}))
        weeks = OCCURRENCES_PER_SERIES // len(numbers)
        monday = calendar.first - timedelta(days=calendar.first.weekday())
        kept: dict[int, list[str]] = {}
        skipped: dict[int, list[str]] = {}
        reasons: dict[int, dict[str, str]] = {}
        for week in range((calendar.last - monday).days // 7 + 1):
            block = week // weeks + 1
            for number in numbers:
                day = monday + timedelta(days=7 * week + number - 1)
                if calendar.first <= day <= calendar.last:
                    text, why = f"{day}T{self.start} {self.minutes}", self._why_not(calendar, day)
                    if first <= day <= last:
                        (skipped if why else kept).setdefault(block, []).append(text)
                    else:
                        why = f"outside from..until, {f'before {first}' if day < first else f'after {last}'}"
                    if why:
                        reasons.setdefault(block, {})[text] = why
        return {
            block: Series(
                tuple(texts),
                self.minutes,
                timezone,
                numbers,
                tuple(skipped.get(block, ())),
                reasons=reasons.get(block, {}),
            )
            for block, texts in kept.items()
        }

    def _why_not(self, calendar: Calendar, day: date) -> str:
        """Why a day within the rule has no date, "" if it has one."""
        return calendar.off.get(day) or ("skip" if day in self.skip else "")


@kind_dataclass
class Weekly(Rule):
    """`{days, start, minutes, from, until, timezone}`, both dates inclusive: a calendar of its own."""

    from_: Annotated[date, Field(alias="from")]
    until: date
    timezone: Zone

    def series(self) -> dict[int, Series]:
        """Blocks of whole calendar weeks counted from `from`."""
        return self.split(Calendar(self.from_, self.until), self.from_, self.until, self.timezone)


@kind_dataclass
class Timetable(Rule):
    """`{term, days, start, minutes}`: the weekdays of a term, without its days off.

    `from` and `until` may be narrower than the term's; `timezone` is the term's unless it is written.
    """

    term: Annotated[str, Field(min_length=1)]
    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    timezone: Zone | None = None

    def series(self, calendar: Calendar, timezone: str) -> dict[int, Series]:
        """Blocks of whole term weeks, whatever days off fall in them; zone and calendar are the term's."""
        first, last = self.from_ or calendar.first, self.until or calendar.last
        return self.split(calendar, first, last, self.timezone or timezone)


def read_series(recorded: Mapping[str, Any]) -> Series:
    """What `Series.plain` wrote."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in recorded.items()}
    return Series(**values)


def _schedule_form(value: Any) -> str:
    if isinstance(value, Series | Dates | Weekly | Timetable):
        return type(value).__name__.lower()
    written = value if isinstance(value, Mapping) else {}
    return "dates" if "dates" in written else "timetable" if "term" in written else "weekly"


Schedule = Annotated[
    Annotated[
        Annotated[Series, Tag("series")]
        | Annotated[Dates, Tag("dates")]
        | Annotated[Weekly, Tag("weekly")]
        | Annotated[Timetable, Tag("timetable")],
        Discriminator(_schedule_form),
    ],
    Revives(read_series),
]
