"""How a run gets on: what was asked of each system, what that waited for, how much is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """What was asked of one operation: `held` and `answering` are seconds, summed over all requests.

    `held` was waited for the rate class `rate` of `per_second` requests (0: no limit), `answering` for the
    vendor. Requests in flight at the same time count each for itself.
    """

    requests: int = 0
    held: float = 0.0
    answering: float = 0.0
    rate: str = ""
    per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a run that has a known length: `done` of `total` steps since `began` (seconds, monotonic)."""

    target: str
    what: str
    began: float
    total: int = 0
    done: int = 0
    before: Mapping[str, Pace] = field(default_factory=dict)


class Meter:
    """Counts requests and steps; shared by threads. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._paces: dict[str, dict[str, Pace]] = {}
        self._now: Stretch | None = None

    def begin(self, target: str, what: str, total: int = 0) -> None:
        """A stretch begins, and any other ends; `total` 0 means that its length is not known."""
        with self._lock:
            before = dict(self._paces.get(target, {}))
            self._now = Stretch(target, what, self.clock(), total, 0, before)

    def expect(self, target: str, steps: int) -> None:
        """So many more steps belong to the stretch under way."""
        with self._lock:
            if self._now is not None and self._now.target == target:
                self._now = replace(self._now, total=self._now.total + steps)

    def step(self, target: str) -> None:
        """One of them is done."""
        with self._lock:
            if self._now is not None and self._now.target == target:
                self._now = replace(self._now, done=self._now.done + 1)

    def asked(self, target: str, operation: str, pace: Pace) -> None:
        """Add what one request took."""
        with self._lock:
            known = self._paces.setdefault(target, {})
            was = known.get(operation, Pace())
            known[operation] = replace(
                pace,
                requests=was.requests + pace.requests,
                held=was.held + pace.held,
                answering=was.answering + pace.answering,
            )

    def stretch(self) -> Stretch | None:
        """The one under way."""
        with self._lock:
            return self._now

    def paces(self) -> dict[str, dict[str, Pace]]:
        """By target and operation."""
        with self._lock:
            return {target: dict(paces) for target, paces in self._paces.items()}


def limit_of(paces: Mapping[str, Pace], before: Mapping[str, Pace]) -> str:
    """What holds most of these requests up since `before`: a rate, in the vendor's words, or the answers."""
    held = {name: pace.held - before.get(name, Pace()).held for name, pace in paces.items()}
    answering = sum(pace.answering - before.get(name, Pace()).answering for name, pace in paces.items())
    if not held or sum(held.values()) <= answering:
        return "the vendor's answers"
    slowest = paces[max(held, key=lambda name: held[name])]
    return f"the vendor's limit of {slowest.per_second:g} {slowest.rate} requests a second"
