"""A meeting's times: ours in wall-clock of a zone, Zoom's in UTC, with its recurrence rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.drivers.zoom.api import WireMeeting
from reconciler.resources.schedules import Series

SINGLE, WEEKLY = 2, 8
"""Zoom API reference, meetings: `type` of a scheduled meeting and of a recurring one with fixed times."""
WEEKLY_RULE = 2
AVAILABLE = "available"
CLOCKS_APART = timedelta(minutes=5)
"""What Zoom made so long before an intent is not of that intent."""


def number_days(days: tuple[int, ...]) -> str:
    """ISO weekdays as Zoom counts them: 1 is Sunday."""
    return ",".join(str(number) for number in sorted(day % 7 + 1 for day in days))


def read_days(text: str) -> tuple[int, ...]:
    """Zoom's weekdays as ISO ones."""
    return tuple(sorted((int(day) - 2) % 7 + 1 for day in text.split(",") if day))


def upcoming(series: Series, now: datetime) -> Series | None:
    """The series from a start that still lies ahead: Zoom moves a past one to now, or ignores it silently.

    None if nothing of it lies ahead.
    """
    if series.over(now):
        return None
    if series.start and series.instant(series.start) > now:
        return series
    return series.begun(now, None)


def to_wire(series: Series) -> dict[str, Any]:
    """What POST and PATCH take; the series starts ahead. The rule counts its skipped dates too."""
    wire: dict[str, Any] = {
        "type": WEEKLY if series.days else SINGLE,
        "start_time": f"{series.start}:00",
        "duration": series.minutes,
        "timezone": series.timezone,
    }
    if series.days:
        wire["recurrence"] = {
            "type": WEEKLY_RULE,
            "repeat_interval": 1,
            "weekly_days": number_days(series.days),
            "end_times": len(series.occurrences) + len(series.skipped),
        }
    return wire


def read_series(wire: WireMeeting, now: datetime) -> Series:
    """A meeting's series as read: its dates not taken out, starting with the first that lies ahead."""
    zone, minutes = wire.get("timezone") or "UTC", int(wire.get("duration") or 0)
    place = open_zone(zone)
    if wire["type"] != WEEKLY or "occurrences" not in wire:
        start = wire.get("start_time") or ""
        if not start:  # an instant meeting, or a recurring one without fixed times
            return Series((), minutes, place.key)
        local = to_local(start, place)
        return Series((f"{local} {minutes}",), minutes, place.key, start=local)
    kept, gone, first = [], [], ""
    for item in wire["occurrences"]:
        local = to_local(item["start_time"], place)
        text = f"{local} {item['duration']}"
        if item.get("status", AVAILABLE) != AVAILABLE:
            gone.append(text)
            continue
        kept.append(text)
        if (not first or local < first) and datetime.fromisoformat(item["start_time"]) > now:
            first = local
    rule = wire.get("recurrence") or {}
    days = read_days(str(rule.get("weekly_days") or "")) if rule.get("type") == WEEKLY_RULE else ()
    return Series(tuple(sorted(kept)), minutes, place.key, days, tuple(sorted(gone)), first)


def describe(host: str, topic: str, series: Series) -> str:
    """A meeting's natural key: whose it is, its topic, its type, first date and rule, in one text."""
    start = series.start or next(iter(series.occurrences), "")[:16]
    rule = f"weekly {number_days(series.days)}" if series.days else "single"
    return f"{host}|{topic.strip()}|{rule}|{start}" if host and start else ""


def describe_sent(host: str, body: Mapping[str, Any]) -> str:
    """The natural key of a meeting that a POST body asked for."""
    rule = body.get("recurrence") or {}
    days = read_days(str(rule.get("weekly_days") or ""))
    start = str(body.get("start_time", ""))[:16]
    return describe(host, str(body.get("topic", "")), Series((), 0, "UTC", days, (), start))


@lru_cache(maxsize=1024)
def open_zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC for one the time zone database does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=16384)
def to_local(moment: str, zone: ZoneInfo) -> str:
    """A vendor's UTC time as wall-clock to the minute; many meetings share theirs."""
    return datetime.fromisoformat(moment).astimezone(zone).isoformat()[:16]
