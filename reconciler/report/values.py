"""How values, addresses, counts and times are written, the same in every report."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from reconciler.errors import Where
from reconciler.model.objects import Address
from reconciler.resources.base import Plain
from reconciler.resources.schedules import WEEKDAYS

LONGEST = 300
"""Characters of one value that are written before it is cut."""

_WORDS = {"true", "false", "null", "not set", "none"}


def show(value: Plain, longest: int | None = LONGEST) -> str:
    """A value as text: bare where that is clear, else quoted; long texts and lists say what is left out."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _show_text(value, longest)
    if isinstance(value, Mapping):
        dates = value.get("occurrences")
        if isinstance(dates, tuple) and dates and value.keys() == {"occurrences", "timezone"}:
            return _show_dates(sorted(map(str, dates)), value["timezone"])
        return "{" + ", ".join(f"{key}: {show(item, longest)}" for key, item in value.items()) + "}"
    return _show_list(value, longest)


def _show_dates(occurrences: Sequence[str], timezone: Plain) -> str:
    """A meeting's dates (`2030-09-02T10:00 50`) as people say them; `explain` lists them one by one."""
    days = [datetime.fromisoformat(text[:16]) for text in occurrences]
    times = sorted({f"{text[11:16]} for {text[17:]} min" for text in occurrences})
    how = times[0] if len(times) == 1 else f"at {len(times)} different times"
    first, last = f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"
    if len(days) == 1:
        return f"{first} {how}, {timezone}"
    weekdays = " ".join(WEEKDAYS[number] for number in sorted({day.weekday() for day in days}))
    return f"{len(days)} dates, {weekdays} {how}, {first} to {last}, {timezone}"


def _show_text(value: str, longest: int | None) -> str:
    if longest is not None and len(value) > longest:
        return f"{value[:longest]}... (and {len(value) - longest} more characters)"
    clear = value.strip() == value != "" and not value.isdigit() and value.casefold() not in _WORDS
    return value if clear else f'"{value}"'


def _show_list(value: Sequence[Plain], longest: int | None) -> str:
    items = [show(item, longest) for item in value]
    if longest is not None and len(items) > 6:
        items = [*items[:2], "...", f"{items[-1]} ({len(items)} in all)"]
    return f"[{', '.join(items)}]"


def count(number: int, one: str, many: str = "") -> str:
    """`1 change`, `14 changes`, `12,000 changes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def place(where: Where | None) -> str:
    """`file:line`, "" for none."""
    return f"{where.file}:{where.line}" if where else ""


def moment(time: datetime) -> str:
    """To the minute, in UTC; `time` is aware."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def short(text: str, near: Address) -> str:
    """An address as text without target and kind where they are those of `near`, or its target alone."""
    try:
        address = Address.parse(text)
    except ValueError:
        return text
    if address.target == near.target and address.kind == near.kind:
        return address.name
    return f"{address.kind}/{address.name}" if address.target == near.target else text


def command(*words: str, environment: str) -> str:
    """A command line on one environment's ledger that can be pasted into a shell."""
    where = {"default": (), "sandbox": ("--sandbox",)}.get(environment, ("--environment", environment))
    return shlex.join(("reconciler", *words, *where))
