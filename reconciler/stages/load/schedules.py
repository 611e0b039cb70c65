"""Reads when a target is run: every or cron, jitter, windows and freezes."""

from __future__ import annotations

import re
from datetime import date

from reconciler.resources.schedules import WEEKDAYS
from reconciler.settings import Schedule
from reconciler.stages.load.sheet import Sheet

EVERY = 900
"""Seconds between two runs where nothing is said."""

_DAYS = "|".join(WEEKDAYS)
_WINDOW = re.compile(
    rf"(?:{_DAYS})(?:-(?:{_DAYS}))?(?:,(?:{_DAYS})(?:-(?:{_DAYS}))?)*"
    r" (?P<start>([01][0-9]|2[0-3]):[0-5][0-9])-(?P<end>([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CRON = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, tuple(_MONTHS)),
    ("day of week", 0, 6, WEEKDAYS),
)
_CRON_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[0-9]{1,2}))?")


def read_schedule(sheet: Sheet | None) -> Schedule | None:
    """The schedule, None if there is none; what is wrong is noted and left out."""
    if sheet is None:
        return None
    cron = sheet.text("cron")
    every = sheet.seconds("every")
    if cron and every:
        sheet.refuse("cron", "`every` and `cron` exclude each other", "take one of them out")
    elif cron and (fault := find_cron_fault(cron)):
        sheet.refuse("cron", fault, 'write five fields, such as "0 6 * * mon-fri"')
    made = Schedule(
        every=None if cron else every or EVERY,
        cron=cron,
        jitter=sheet.seconds("jitter") or 0,
        windows=tuple(text for text, path in sheet.texts("windows") if _is_window(sheet, text, path)),
        freeze=tuple(text for text, path in sheet.texts("freeze") if _is_freeze(sheet, text, path)),
    )
    sheet.finish()
    return made


def find_cron_fault(text: str) -> str:
    """What is wrong with a five-field cron line, "" if nothing is."""
    parts = text.split()
    if len(parts) != len(_CRON):
        return f"a cron line has 5 fields, this has {len(parts)}"
    for part, (name, low, high, words) in zip(parts, _CRON, strict=True):
        if not all(_is_cron_part(item, low, high, words) for item in part.split(",")):
            return f"the {name} of the cron line cannot be `{part}`"
    return ""


def _is_cron_part(text: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    found = _CRON_PART.fullmatch(text)
    if not found or found["step"] == "0":
        return False
    ends = [_cron_value(end, low, words) for end in (found["first"], found["last"]) if end is not None]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)


def _cron_value(text: str, low: int, words: tuple[str, ...]) -> int:
    if text in words:
        return words.index(text) + low
    return int(text) if text.isdecimal() else -1


def _is_window(sheet: Sheet, text: str, path: str) -> bool:
    found = _WINDOW.fullmatch(text)
    if found and found["start"] < found["end"]:
        return True
    what = "a window ends after it starts" if found else f"`{text}` is not a window"
    sheet.refuse(path, what, 'write "mon-fri 06:00-22:00"; one over midnight is two windows')
    return False


def _is_freeze(sheet: Sheet, text: str, path: str) -> bool:
    try:
        first, last = (date.fromisoformat(part) for part in text.split("/"))
    except ValueError:
        sheet.refuse(path, f"`{text}` is not a freeze", "write two dates: 2026-12-07/2026-12-18")
        return False
    if last < first:
        sheet.refuse(path, "a freeze ends before it starts", "turn the dates round")
    return first <= last
