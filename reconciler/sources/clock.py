"""Times of day as registrars write them; the whole column tells whether its clock has 12 or 24 hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

DAY = 24 * 60
_NONE = frozenset({"0000", "0001", "00:00", "00:01", "0:00", "0:01"})
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?::?(?P<minute>[0-9]{2}))?(?::[0-9]{2}(?:\.0+)?)?\s*(?:(?P<half>[ap])\.?(?:m\.?)?)?",
    re.I,
)
_FRACTION = re.compile(r"0?\.[0-9]+")
_RANGE = re.compile(r"(.*?\S)\s*(?:-|–|—|\bto\b)\s*(\S.*)", re.I)


@dataclass(frozen=True, slots=True)
class Time:
    """A time as written: minutes on its clock face, `half` am, pm or "", whether hours have two digits."""

    face: int
    half: str = ""
    padded: bool = False
    exact: bool = False

    @property
    def open(self) -> bool:
        """Whether it says neither which half of the day is meant, nor that its clock has 24 hours."""
        return not self.half and not self.exact and self.face < 13 * 60

    def minutes(self) -> int:
        """Minutes from midnight; what is open is taken as written."""
        if not self.half:
            return self.face
        return self.face % (DAY // 2) + (DAY // 2 if self.half == "pm" else 0)


@dataclass(frozen=True, slots=True)
class Span:
    """When a class begins and, if that is written, ends."""

    start: Time
    end: Time | None = None


def is_no_time(cell: str) -> bool:
    """Whether a cell holds what systems write for no time."""
    return cell in _NONE


def read_time(cell: str) -> Time | None:
    """A time as written; None if it is none. `930` is half past nine, `0.395833` a spreadsheet's 09:30."""
    if _FRACTION.fullmatch(cell):
        minutes = round(float(cell) * DAY)
        return Time(minutes, exact=True) if 0 < minutes < DAY else None
    found = _TIME.fullmatch(cell)
    if not found:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = f"{found['half'].lower()}m" if found["half"] else ""
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    return Time(hour * 60 + minute, half, padded=len(found["hour"]) == 2)


def read_span(start: str, end: str) -> Span | None:
    """A start and an end, or both from one cell (`4:00PM-5:30PM`); None if either is no time."""
    within = _RANGE.fullmatch(start)
    if within and end in ("", start):
        start, end = within[1], within[2]
    elif not within and re.fullmatch("[0-9]{1,2}", start):
        return None
    begins, ends = read_time(start), read_time(end) if end else None
    return None if begins is None or (end and ends is None) else Span(begins, ends)


def has_whole_day(spans: Iterable[Span]) -> bool:
    """Whether a column's clock has 24 hours: a time after 12:59 says so."""
    times = (time for span in spans for time in (span.start, span.end))
    return any(time and not time.half and not time.exact and time.face >= 13 * 60 for time in times)


def find_minutes(span: Span, whole_day: bool) -> tuple[int, int] | str:
    """Start and end in minutes from midnight, the end 0 if none is written, or what cannot be told.

    Half of the day for one of the two is enough: the class is the shorter of the two it could be.
    """
    start, end = span.start, span.end
    if end is None or not (start.half or end.half):
        for time in (start, end):
            if time and not _is_sure(time, whole_day):
                return "does not say whether it is in the morning or the afternoon"
    begins, ends = start.minutes(), end.minutes() or DAY if end else 0
    if end and start.open and end.half:
        begins = max((at for at in _halves(start) if at < ends), default=begins)
    elif end and end.open and start.half:
        ends = min((at for at in _halves(end) if at > begins), default=ends)
    return (begins, ends) if not end or begins < ends else "does not end after it begins"


def _halves(time: Time) -> tuple[int, int]:
    return time.face % (DAY // 2), time.face % (DAY // 2) + DAY // 2


def _is_sure(time: Time, whole_day: bool) -> bool:
    # On a clock with 24 hours one o'clock is written 13:00, and what is before seven has two digits.
    if not time.open or time.face >= 8 * 60 or time.face < 60:
        return True
    return (time.padded or whole_day) if time.face >= 7 * 60 else (time.padded and whole_day)
