"""What diff looks at, indexed: who is who, what is done, what is planned so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model import (
    Address,
    Capability,
    Change,
    Create,
    Declared,
    Drift,
    Finding,
    HandOffItem,
    Live,
    Observation,
    Page,
    ProbeResult,
    Reading,
    Record,
    Recorded,
    Status,
    Unread,
    Waiting,
)
from reconciler.model.changes import Adopt, Rename, Replace, Update
from reconciler.model.ended import find_ended
from reconciler.model.identities import Identities
from reconciler.model.references import has_live
from reconciler.resources.base import Resource
from reconciler.settings import Settings


@dataclass
class World:
    """The inputs of diff with their indexes, and its findings as they grow."""

    desired: Declared
    recorded: Recorded
    seen: Observation
    settings: Settings
    capabilities: Mapping[str, Mapping[str, Capability]]
    as_of: datetime
    covers: Callable[[str], bool]
    records: dict[Address, Record] = field(init=False)
    who: Identities = field(init=False)
    ended: frozenset[Address] = field(init=False)
    changes: list[Change] = field(default_factory=list)
    planned: dict[Address, Change] = field(default_factory=dict)
    acting: dict[Address, Change] = field(default_factory=dict)  # what will be sent for an address
    labels: dict[str, frozenset[str]] = field(default_factory=dict)  # per target: tracking fields it requires
    statuses: list[Status] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    items: dict[str, list[HandOffItem]] = field(default_factory=dict)
    titles: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)  # by id of the hand-off
    open: dict[Address, str] = field(default_factory=dict)  # addresses in an open hand-off: its id

    def __post_init__(self) -> None:
        self.records = self.recorded.latest(self.desired.previously)
        self.recorded = replace(self.recorded, attestations=self.recorded.words(self.desired.previously))
        self.who = Identities(self.records, self.seen)
        self.ended = find_ended(self.desired, self.records, self.as_of)

    def capability(self, address: Address) -> Capability:
        """The target's declaration for this kind."""
        return self.capabilities[address.target][address.kind]

    def reading(self, address: Address) -> Reading | Unread:
        """The reading of this address's kind; one that was never made is unread."""
        found = self.seen.readings.get((address.target, address.kind))
        return found or Unread(address.target, address.kind, "was not read")

    def live(self, address: Address) -> Live[Resource] | None:
        """The matched live object."""
        found = self.seen.matches.get(address)
        return found.live if found else None

    def waits(self, address: Address) -> Waiting | None:
        """Why this address does not count as done or as planned; None if it does."""
        if not has_live(address) or self.entrusted(address):
            return self._misplaced(address)
        if address in self.open:
            return Waiting(str(address), f"a person has to do {self.open[address]} first")
        match = self.seen.matches.get(address)
        if match is not None and match.rivals:
            return Waiting(str(address), "it cannot be told which live object it is")
        change = self.planned.get(address)
        if change is not None and change.waiting:
            return Waiting(str(address), f"which itself waits on {change.waiting[0].on}")
        if address in self.who.blocked:
            return Waiting(str(address), self.who.blocked[address].text)
        if change is not None:
            return None
        if match is not None and match.live is None:
            return Waiting(str(address), "it is not in the live system")
        record = self.records.get(address)
        if record is not None and record.conditions and match is None:
            return Waiting(str(address), f"it was {', '.join(record.conditions)} when it was last read")
        if record is not None or match is not None:
            return None
        reading = self.reading(address)
        return Waiting(str(address), reading.reason if isinstance(reading, Unread) else "it is not there yet")

    def health(self, address: Address) -> ProbeResult | None:
        """What using it showed, if it was tried."""
        return next((probe for probe in self.seen.probes if probe.address == address), None)

    def _misplaced(self, address: Address) -> Waiting | None:
        why = self.seen.misplaced.get(address)
        return Waiting(str(address), why) if why else None

    def entrusted(self, address: Address) -> bool:
        """True for what is kept by hand and was let go of: nothing can show it, so its entry is believed."""
        item = self.desired.resources.get(address)
        return item is not None and item.lifecycle.release and not self.capability(address).verbs

    def pending(self, address: Address) -> bool:
        """True if this plan gives the address a new object, so that its id is not known yet."""
        return isinstance(self.planned.get(address), Create | Replace)

    def plan(self, change: Change) -> None:
        """Take a change into the plan; those that make an object done are found again by address."""
        self.changes.append(change)
        if isinstance(change, Create | Adopt | Replace | Rename) and change.hand_off is None:
            self.planned[change.address] = change
        if isinstance(change, Create | Adopt | Update) and not (change.hand_off or change.waiting):
            self.acting[change.address] = change
