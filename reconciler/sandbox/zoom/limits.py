"""Zoom's rate limits: per second and per day by plan and label, per host and day, and their 429s."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.calls import Label, Operation, Refusal
from reconciler.sandbox.clock import moment_of, next_midnight, zulu
from reconciler.sandbox.world import Meeting, Quota, World

if TYPE_CHECKING:
    from reconciler.sandbox.simulation import Simulation

# Requests per second, and per day where the plan has a daily cap.
LIMITS: dict[str, dict[Label, tuple[int, int | None]]] = {
    "free": {"LIGHT": (4, 6000), "MEDIUM": (2, 2000), "HEAVY": (1, 1000)},
    "pro": {"LIGHT": (30, None), "MEDIUM": (20, None), "HEAVY": (10, 30_000)},
    "business": {"LIGHT": (80, None), "MEDIUM": (60, None), "HEAVY": (40, 60_000)},
}
CREATIONS_A_DAY = {"free": 50, "pro": 1500, "business": 10_000}
GROUPS_A_DAY = 100
MEETING_WRITES_A_DAY = 100

PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
PER_DAY = (
    "You have reached the maximum daily rate limit for this API. Refer to the response header for details."
)
PER_HOST = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
    "particular user. You may resume these requests at GMT 00:00:00."
)


class Rates:
    """Requests of the last second by label, by the machine's own clock."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}

    def fits(self, label: str, most: int, seconds: float = 1.0) -> bool:
        """Count one request; False where `most` of the window are used."""
        now = time.monotonic()
        recent = self._recent.setdefault(label, deque())
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= most:
            return False
        recent.append(now)
        return True


def admit_rate(simulation: Simulation, operation: Operation, now: datetime) -> dict[str, str]:
    """Count one call and give its rate headers. Refuses with 429 over a daily or per-second limit."""
    label = operation.label
    a_second, a_day = LIMITS[simulation.world.account.plan][label]
    headers = {"X-RateLimit-Category": label.capitalize()}
    if a_day is not None:
        used = count_today(simulation.world, f"label:{label}", a_day, now, headers)
        headers |= {
            "X-RateLimit-Type": "Daily-limit",
            "X-RateLimit-Limit": str(a_day),
            "X-RateLimit-Remaining": str(a_day - used),
        }
    else:
        headers |= {"X-RateLimit-Type": "QPS", "X-RateLimit-Limit": str(a_second)}
    if simulation.faults.qps and not simulation.rates.fits(label, a_second):
        headers |= {
            "X-RateLimit-Type": "QPS",
            "X-RateLimit-Limit": str(a_second),
            "X-RateLimit-Remaining": "0",
        }
        raise Refusal(429, 429, PER_SECOND, headers=headers)
    return headers


def today(world: World, now: datetime) -> Quota:
    """What this UTC day has used, empty when the day is new."""
    day = now.date().isoformat()
    if world.quota.day != day:
        world.quota = Quota(day)
    return world.quota


def count_today(world: World, what: str, most: int, now: datetime, headers: dict[str, str]) -> int:
    """Count one of `most` a day; how many that makes. Refuses with the daily 429 when they are used."""
    counts = today(world, now).counts
    if counts.get(what, 0) >= most:
        spent = {
            "X-RateLimit-Type": "Daily-limit",
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": "0",
            "Retry-After": zulu(next_midnight(now)),
        }
        raise Refusal(429, 429, PER_DAY, headers=headers | spent)
    counts[what] = counts.get(what, 0) + 1
    return counts[what]


def count_meeting_write(world: World, host_id: str, meeting: Meeting | None, now: datetime) -> dict[str, str]:
    """Count one create or update of a host's meetings; its headers.

    Refuses the 101st of the day with the 429 that has neither a type nor a time to retry, and the
    101st update of one meeting within 24 hours the same way.
    """
    spent = {"X-RateLimit-Category": "Light", "X-RateLimit-Limit": "6000", "X-RateLimit-Remaining": "5893"}
    writes = today(world, now).meeting_writes
    if writes.get(host_id, 0) >= MEETING_WRITES_A_DAY:
        raise Refusal(429, 429, PER_HOST, headers=spent)
    if meeting is not None:
        since = now - timedelta(hours=24)
        meeting.updates = [moment for moment in meeting.updates if moment_of(moment) > since]
        if len(meeting.updates) >= MEETING_WRITES_A_DAY:
            raise Refusal(429, 429, PER_HOST, headers=spent)
        meeting.updates.append(zulu(now))
    writes[host_id] = writes.get(host_id, 0) + 1
    return {
        "X-RateLimit-Category": "Light",
        "X-RateLimit-Limit": str(MEETING_WRITES_A_DAY),
        "X-RateLimit-Remaining": str(MEETING_WRITES_A_DAY - writes[host_id]),
    }
