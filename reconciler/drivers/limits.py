"""How fast and how much a vendor lets us ask: rate buckets, Retry-After in every dialect, daily ends."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar, cast

T = TypeVar("T")
U = TypeVar("U")

SHORT = 60.0
"""Seconds: a Retry-After beyond this is not waited for but deferred."""


class Bucket:
    """Lets requests through in bursts, so that no second holds more than `per_second`; 0 holds nothing back.

    A burst is a fifth of a second's worth, and bursts keep a tenth of the rate in reserve: five fit into any
    second, and a process that wakes for sixteen requests spends far less than one that wakes for each.
    """

    def __init__(self, per_second: float = 0.0) -> None:
        self._burst = max(1, int(per_second / 5))
        self._period = self._burst / (0.9 * per_second) if per_second else 0.0
        self._opens = float("-inf")
        self._left = 0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next place and say how many seconds to wait for it. A clock set back starts afresh."""
        if not self._period and now >= self._opens:
            return 0.0
        with self._lock:
            if now >= self._opens + self._period or self._opens - now > 2 * SHORT:
                self._opens, self._left = now, self._burst
            elif not self._left:
                self._opens, self._left = self._opens + self._period, self._burst
            self._left -= 1
            return max(0.0, self._opens - now)

    def pause(self, now: float, seconds: float) -> None:
        """Give out no place within the next `seconds`."""
        with self._lock:
            self._opens, self._left = max(self._opens, now + seconds), self._burst


@dataclass(frozen=True, slots=True)
class Throttle:
    """What a 429 asks: to wait `seconds`, or, if `until` is set, to come back then.

    `owner` says whether that is the quota of the object's owner rather than of the account.
    """

    seconds: float = 0.0
    until: datetime | None = None
    owner: bool = False


def next_midnight(now: datetime) -> datetime:
    """The next 00:00 UTC."""
    day = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def read_retry_after(text: str, now: datetime) -> datetime | None:
    """A Retry-After of seconds, an HTTP date or an ISO 8601 time, as a moment; None if it is none of them."""
    text = text.strip()
    try:
        return now + timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        pass
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def read_throttle(headers: Mapping[str, str], counted: bool, now: datetime) -> Throttle:
    """Tell a 429's kinds apart by headers, and for `counted` operations by their absence.

    Zoom answers a host's used-up day of meeting writes without X-RateLimit-Type and Retry-After (seen by
    users of the Zoom developer forum); the day ends at 00:00 UTC.
    """
    kind = headers.get("x-ratelimit-type", "").casefold()
    after = read_retry_after(headers.get("retry-after", ""), now)
    seconds = max(0.0, (after - now).total_seconds()) if after else None
    if kind.startswith("daily") or (kind != "qps" and seconds is not None and seconds > SHORT):
        return Throttle(until=after or next_midnight(now))
    if counted and not kind and after is None:
        return Throttle(until=next_midnight(now), owner=True)
    return Throttle(seconds=min(SHORT, 1.0 if seconds is None else seconds))


def jitter(seconds: float) -> float:
    """Between half and one and a half times `seconds`, so that clients do not meet again."""
    return seconds * (0.5 + secrets.randbelow(1001) / 1000)


def run_within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a thread of its own and return or raise what it does; TimeoutError after `seconds`.

    The thread is left behind then: a peer that sends one byte at a time holds nobody beyond the deadline.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="request").start()
    return future.result(seconds)


def run_each(function: Callable[[T], U], items: Sequence[T], hands: int, step: Callable[[], None]) -> list[U]:
    """`function` of every item, `hands` at a time, results in order; the first error ends it.

    `step` is called after each.
    """
    found: list[U | None] = [None] * len(items)
    places = itertools.count()
    failed = threading.Event()

    def work() -> None:
        while not failed.is_set() and (place := next(places)) < len(items):
            try:
                found[place] = function(items[place])
                step()
            except BaseException:
                failed.set()
                raise

    if min(hands, len(items)) < 2:
        work()
    else:
        with ThreadPoolExecutor(min(hands, len(items))) as pool:
            for future in [pool.submit(work) for _ in range(min(hands, len(items)))]:
                future.result()
    return cast("list[U]", found)
