"""A plan, its parts, and what became of it: statuses, findings, hand-offs, violations, outcomes, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from reconciler.model.changes import Change, Waiting
from reconciler.model.objects import Address, Health, Seats
from reconciler.model.recorded import Binding, LedgerStamp
from reconciler.resources.base import Plain

LIFETIME = timedelta(hours=24)
"""How long a plan may be applied after it was made."""


TAKE_OFF, CHECK = "take off", "check"
"""Actions of a hand-off's item that enter nothing: a value goes, an object is only looked at."""


class Sync(StrEnum):
    """Whether an address is as declared, best first; a target shows its worst first."""

    RELEASED = "released"
    IN_SYNC = "in sync"
    ATTESTED = "attested"
    UNVERIFIED = "unverified"
    PENDING = "pending"
    WAITING = "waiting"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Status:
    """One address's sync word, why, and the health of a credential."""

    address: Address
    sync: Sync
    text: str = ""
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """A recorded field whose live value differs: changed behind our back. Shown even if undeclared now."""

    address: Address
    field: str
    recorded: Plain
    live: Plain
    label: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know that is not a change: an unread kind, an object gone, a condition, a warning."""

    severity: str  # "error" (needs somebody), "warning", "info"
    subject: str  # an address, target/kind, a target, or "snapshot"
    text: str
    remedy: str = ""
    guard: str = ""  # binding, identity, look_alike, contested: what the guard stage makes a violation of
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class HandOffItem:
    """One line of a hand-off: what to enter, choose or take off, for one address."""

    address: Address
    action: str  # "enter", "change", "take off", "check"
    values: Mapping[str, Plain]
    digest: str
    state: str  # "open", "stale", "attested", "waiting"
    text: str = ""


@dataclass(frozen=True, slots=True)
class HandOff:
    """One console page's worth of work for a person."""

    id: str
    title: str
    steps: tuple[str, ...]
    items: tuple[HandOffItem, ...]
    files: Mapping[str, str] = field(default_factory=dict)  # vendor-shaped CSVs by name
    shows: bool = False  # the next reading shows whether it is done: nobody has to say so

    @property
    def open(self) -> tuple[HandOffItem, ...]:
        """The items a person still has to do, and can do now."""
        return tuple(item for item in self.items if item.state in ("open", "stale"))

    @property
    def waiting(self) -> tuple[HandOffItem, ...]:
        """The items to look at when their object is made, and those that another hand-off comes before."""
        return tuple(item for item in self.items if item.state == "waiting")


@dataclass(frozen=True, slots=True)
class Violation:
    """A guard's finding. `scope` is "target" or "address"; `waive` is the exact line, "" if none may."""

    guard: str
    target: str
    text: str
    addresses: tuple[Address, ...]
    scope: str
    waive: str = ""


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver in force: how many it excused before this plan and how many this plan uses."""

    id: str
    guard: str
    addresses: str
    why: str
    until: datetime
    used: int
    uses: int
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What diff found, before order and guards."""

    changes: tuple[Change, ...]
    statuses: tuple[Status, ...]
    drift: tuple[Drift, ...]
    findings: tuple[Finding, ...]
    hand_offs: tuple[HandOff, ...]


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Per target and kind what guards and readers need: counts and the completeness of the reading."""

    target: str
    kind: str
    declared: int
    recorded: int
    live: int | None  # None: unread
    reading: str  # the proof of completeness, or why it was not read
    removed_24h: int = 0
    seats: Seats | None = None
    seats_needed: int = 0
    vanished: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)  # sources with nothing left
    creates_a_day: int | None = None  # of this kind, as many as the vendor takes of an account


@dataclass(frozen=True, slots=True)
class Quota:
    """A vendor's daily limit per person: `owner` is the reference field that names whose it is.

    `name` is what operations and Budget call it. Of `limit` a UTC day, as many as the target's setting
    `reserve` says are left to people. `writes(live, desired, fields, as_of)` counts what one change sends to
    it: `live` is None for a create.
    """

    owner: str
    name: str
    limit: int
    reserve: str
    writes: Callable[[Any, Any, frozenset[str], datetime], int]


@dataclass(frozen=True, slots=True)
class HostDays:
    """The writes of a plan that count to one person's daily quota, and the days they take, today included.

    `reserve` of `limit` a day are left to people, `used` were counted today. `days` 0: nothing is left ever.
    """

    writes: int
    limit: int
    reserve: int
    used: int
    days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A finished proposal; `ledger` None means a preview, `partial` that it was narrowed.

    `snapshot` is when that was taken which it was made from in place of the live systems.
    """

    FORMAT: ClassVar[int] = 1

    environment: str
    created: datetime
    as_of: datetime
    ledger: LedgerStamp | None
    bindings: tuple[Binding, ...]
    files: Mapping[str, str]
    changes: tuple[Change, ...]
    statuses: tuple[Status, ...]
    drift: tuple[Drift, ...]
    findings: tuple[Finding, ...]
    hand_offs: tuple[HandOff, ...]
    violations: tuple[Violation, ...]
    waivers: tuple[WaiverUse, ...]
    facts: tuple[KindFacts, ...]
    host_days: Mapping[str, HostDays] = field(default_factory=dict)  # by the host's address
    snapshot: datetime | None = None
    partial: bool = False
    digest: str = ""


class Ending(StrEnum):
    """How one change ended."""

    APPLIED = "applied"
    NOT_TAKEN = "not taken"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    WAITING = "waiting"
    DEFERRED = "deferred"
    HANDED_OFF = "handed off"
    CONFLICT = "conflict"
    REFUSED = "refused"  # by a guard


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one change, with what was sent and read where they differ."""

    change: Change
    ending: Ending
    text: str = ""
    remote_id: str = ""
    waiting: tuple[Waiting, ...] = ()  # elements left for later


@dataclass(frozen=True, slots=True)
class Report:
    """The end of one run."""

    plan: Plan
    run: str
    started: datetime
    finished: datetime
    outcomes: tuple[Outcome, ...]

    def count(self, *endings: Ending) -> int:
        """How many outcomes ended in one of these ways."""
        return sum(outcome.ending in endings for outcome in self.outcomes)
