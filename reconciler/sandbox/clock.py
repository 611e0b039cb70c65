"""The sandbox's clock: real, shifted, or pinned; vendor quotas, tokens and lag follow it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells UTC. Real until `pin`; `advance` moves a pinned clock, or shifts a running one."""

    def __init__(self) -> None:
        self._pinned: datetime | None = None
        self._shift = timedelta()

    @property
    def pinned(self) -> bool:
        """Whether time stands still."""
        return self._pinned is not None

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return self._pinned or datetime.now(UTC) + self._shift

    def pin(self, moment: datetime) -> None:
        """Stop the clock at an aware moment."""
        self._pinned = moment.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        step = timedelta(seconds=seconds)
        if self._pinned is None:
            self._shift += step
        else:
            self._pinned += step

    def run(self) -> None:
        """Follow the machine's clock again."""
        self._pinned = None
        self._shift = timedelta()


def zulu(moment: datetime) -> str:
    """`2026-09-07T14:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    """An aware UTC moment from ISO text; text without an offset is taken as UTC.

    Raises ValueError where the text is no ISO date and time.
    """
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def next_midnight(now: datetime) -> datetime:
    """00:00 UTC of the following day, when daily quotas start anew."""
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
