"""The rule somebody would have written for the dates one live meeting has, if there is one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from reconciler.resources.schedules import WEEKDAYS, Dates, Series, Weekly

OVER = "it is over"
NOT_WEEKLY = "it recurs in another way than weekly"
UNEVEN = "its dates differ in time of day or length"
MOVED = "some of its dates were moved to other weekdays"
TOO_LONG = "its dates span more weeks than one meeting is declared with; adopt it when some have passed"
ODD = "its time, length or time zone cannot be declared"


def write_schedule(series: Series, as_of: datetime) -> dict[str, Any] | str:
    """The `schedule:` that expands to exactly the dates to come, as one meeting; else why there is none."""
    ahead = series.future(as_of)
    if not ahead:
        return OVER
    if not series.days and len(ahead) > 1:
        return NOT_WEEKLY
    start, _, minutes = ahead[0].partition(" ")
    if not series.days:
        single = {"dates": [start], "minutes": int(minutes), "timezone": series.timezone}
        return single if _expands(single, series, as_of) else ODD
    if len({item[10:] for item in ahead}) > 1:
        return UNEVEN
    rule: dict[str, Any] = {
        "days": [WEEKDAYS[number - 1] for number in series.days],
        "start": start[11:],
        "minutes": int(minutes),
        "from": date.fromisoformat(start[:10]),
        "until": date.fromisoformat(ahead[-1][:10]),
        "timezone": series.timezone,
    }
    try:
        every = [item for block in _expand(rule) for item in (*block.occurrences, *block.skipped)]
    except ValidationError:
        return ODD
    if not set(ahead) <= set(every):
        return MOVED
    if skip := sorted(date.fromisoformat(item[:10]) for item in set(every) - set(ahead)):
        rule["skip"] = skip
    return rule if _expands(rule, series, as_of) else TOO_LONG


def _expand(rule: dict[str, Any]) -> list[Series]:
    return list((Dates(**rule) if "dates" in rule else Weekly(**rule)).series().values())


def _expands(rule: dict[str, Any], series: Series, as_of: datetime) -> bool:
    try:
        made = _expand(rule)
    except ValidationError:
        return False
    return (
        len(made) == 1
        and made[0].days == series.days
        and made[0].comparable(as_of) == series.comparable(as_of)
    )
