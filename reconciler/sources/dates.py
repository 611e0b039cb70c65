"""Dates as registrars write them, read as one column: its rows tell whether day or month comes first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})(?: .*)?")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_NAMED = re.compile(r"([0-9]{1,2})[- ]([A-Za-z]{3})[a-z]*[- ]([0-9]{4})")
_SERIAL = re.compile(r"[34567][0-9]{4}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPREADSHEET_EPOCH = date(1899, 12, 30)

MONTH_FIRST, DAY_FIRST, EITHER = "month first", "day first", "either"


def find_order(cells: Iterable[str]) -> str:
    """MONTH_FIRST or DAY_FIRST, whichever every date in a column allows, EITHER if both; "" if neither."""
    allowed = {MONTH_FIRST, DAY_FIRST}
    for cell in cells:
        if found := _SLASHED.fullmatch(cell):
            first, second = int(found[1]), int(found[2])
            allowed -= {MONTH_FIRST} if first > 12 else set()
            allowed -= {DAY_FIRST} if second > 12 else set()
    return EITHER if len(allowed) == 2 else next(iter(allowed), "")


def read_date(cell: str, order: str) -> date | None:
    """The date of a cell in a column of that order; None if it is none, or could be two."""
    try:
        if found := _ISO.fullmatch(cell):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SLASHED.fullmatch(cell):
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            if order in (EITHER, "") and first != second:
                return None
            return date(year, second, first) if order == DAY_FIRST else date(year, first, second)
        if found := _DOTTED.fullmatch(cell):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := _NAMED.fullmatch(cell)) and found[2].casefold() in _MONTHS:
            return date(int(found[3]), _MONTHS.index(found[2].casefold()) + 1, int(found[1]))
        if _SERIAL.fullmatch(cell):
            return _SPREADSHEET_EPOCH + timedelta(days=int(cell))
    except ValueError:
        return None
    return None


def explain_date(cell: str, order: str) -> tuple[str, str]:
    """What is wrong with a cell that is no date, and the remedy."""
    if _SLASHED.fullmatch(cell) and order in (EITHER, ""):
        why = "no date in the file tells whether" if order else "dates in the file disagree whether"
        return f"{why} `{cell}` has the day or the month first", "write dates as 2026-09-07"
    return f"`{cell}` is no date", "write dates as 2026-09-07"
