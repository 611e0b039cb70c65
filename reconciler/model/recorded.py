"""What the ledger holds and how it is written: records, attestations, intents, and one Commit at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.objects import Address
from reconciler.resources.base import Plain


class State(StrEnum):
    """Of an incarnation; at most one per address is current."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    DISABLED = "disabled"
    ENDED = "ended"
    GONE = "gone"


LASTING = (State.CURRENT, State.DISABLED, State.ENDED)
"""States of an incarnation that still stands for its address."""


class Provenance(StrEnum):
    """How an object came to be ours."""

    CREATED = "created"
    ADOPTED = "adopted"
    ATTESTED = "attested"


class Evidence(StrEnum):
    """How a recorded value is known."""

    READ = "read"
    SENT = "sent"
    ATTESTED = "attested"


class RecordedField(NamedTuple):
    """A recorded value with its evidence and date; a secret's value is its keyed fingerprint."""

    value: Plain
    evidence: Evidence
    at: str


@dataclass(frozen=True, slots=True)
class Record:
    """One incarnation of one address, as the ledger holds it."""

    address: Address
    number: int
    remote_id: str
    state: State
    provenance: Provenance
    fields: Mapping[str, RecordedField] = field(default_factory=dict)
    elements: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # per collection: those we added (remote ids)
    declared: frozenset[str] = frozenset()
    conditions: tuple[str, ...] = ()  # codes of blocking conditions at the last reading
    keys: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    source: str = ""
    protect: bool = False  # remembered here, so that taking the entry away does not take the protection away
    on_absent: str = ""  # what the entry itself said; "" if it said nothing
    updated: str = ""


FOR_GOOD = datetime.max.replace(tzinfo=UTC)
"""When an attestation expires that never does."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word that the values with this digest stand in the console.

    Of a canary the address is no object's but its word's: it outlives what was looked at.
    """

    address: Address
    handoff: str
    digest: str
    by: str
    at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """One write request, committed before it is sent. `body` has secrets replaced by fingerprints.

    `state` is sending (no answer known), uncertain, answered (done, not yet recorded), refused, unsent or
    settled; the first three are open.
    """

    id: int
    run: str
    target: str
    addresses: tuple[Address, ...]
    verb: str
    step: int
    attempt: int
    operation: str
    parameters: Mapping[str, Plain]
    body: Plain
    elements: tuple[str, ...]
    at: datetime
    token: int
    state: str


def row_of(intent: Intent, address: Address) -> Intent:
    """One address's part of an intent; the body of a batch is a list with a row per address."""
    if len(intent.addresses) == 1:
        return intent
    rows = intent.body if isinstance(intent.body, list | tuple) else ()
    return replace(intent, addresses=(address,), body=(rows[intent.addresses.index(address)],))


@dataclass(frozen=True, slots=True)
class Binding:
    """What a ledger says a target is."""

    target: str
    driver: str
    origin: str
    account: str

    def __str__(self) -> str:
        return f"account {self.account} of {self.driver} at {self.origin}"


@dataclass(frozen=True, slots=True)
class LedgerStamp:
    """Which ledger, and each target's generation, a plan was made against."""

    id: str
    generations: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything a plan needs from the ledger, read in one transaction. The default is an empty ledger."""

    stamp: LedgerStamp | None = None
    records: tuple[Record, ...] = ()
    attestations: Mapping[Address, Attestation] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()  # the open ones, oldest first
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    removals: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (target, kind): last 24 h
    waiver_uses: Mapping[str, int] = field(default_factory=dict)  # by Waiver.id, over its life
    contested: Mapping[tuple[Address, str], tuple[datetime, ...]] = field(
        default_factory=dict
    )  # a field's last three reverts, if they were made within 24 h

    def latest(self, previously: Mapping[Address, Address]) -> dict[Address, Record]:
        """Per address its current, disabled or ended incarnation; a renamed one under its new address."""
        found = {record.address: record for record in self.records if record.state in LASTING}
        for previous, address in previously.items():
            if previous in found and address not in found:
                found[address] = found.pop(previous)
        return found

    def words(self, previously: Mapping[Address, Address]) -> dict[Address, Attestation]:
        """What people confirmed, by address; of a renamed one by its new address."""
        return {previously.get(address, address): word for address, word in self.attestations.items()}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one run, kept for history. `change` is it as JSON, `removals` what guards count of it."""

    address: Address
    verb: str
    ending: str
    text: str
    change: str
    removals: int = 0
    reverted: tuple[str, ...] = ()  # fields whose declared value was written over somebody else's


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic write to the ledger: it is all there or not at all, and raises the target's generation."""

    target: str
    records: tuple[Record, ...] = ()  # inserted or replaced by (address, number)
    forgotten: tuple[tuple[Address, int], ...] = ()
    renamed: tuple[tuple[Address, Address], ...] = ()  # previous, new: records, attestations and history move
    attestations: tuple[Attestation, ...] = ()
    unattested: tuple[Address, ...] = ()
    intents: tuple[int, ...] = ()  # settled with this commit
    history: tuple[HistoryEntry, ...] = ()
    waiver_uses: Mapping[str, int] = field(default_factory=dict)  # added to what was used
