"""LTI Pro's signature: HMAC-SHA1 over the query, sorted by name, in URL-safe Base64 without padding."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from reconciler.sandbox.simulation import Simulation

WINDOW = timedelta(minutes=60)
MOST_DIGITS = 16


def sign(secret: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The signature of these query parameters, values raw as they are before URL encoding."""
    base = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    digest = hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def read_clocks(simulation: Simulation) -> list[datetime]:
    """What counts as now: beside a pinned clock, which plays another day, the machine's does as well."""
    now = simulation.now()
    return [now, datetime.now(UTC)] if simulation.clock.pinned else [now]


def is_fresh(
    timestamp: str, moments: Iterable[datetime], window: timedelta = WINDOW, unit: float = 0.001
) -> bool:
    """Whether a timestamp, counted from the epoch in units of so many seconds, is near one of them."""
    if not timestamp.isdecimal() or len(timestamp) > MOST_DIGITS:
        return False
    sent = int(timestamp) * unit
    return any(abs(moment.timestamp() - sent) <= window.total_seconds() for moment in moments)
