"""A snapshot: what was live and recorded at one moment, as much of it as planning needs, without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.model.objects import (
    Absence,
    Account,
    Address,
    Enrolled,
    Live,
    ProbeResult,
    Reading,
    Unread,
)
from reconciler.model.recorded import (
    Attestation,
    Binding,
    Intent,
    LedgerStamp,
    Record,
    Recorded,
)
from reconciler.resources.base import Resource, declared, field_rules, kinds, unchecked


@dataclass(frozen=True, slots=True)
class Sought:
    """What one object was looked for by, its id and natural keys, and what was told of its absence."""

    address: Address
    remote_id: str
    keys: Mapping[str, str]
    absence: Absence | None = None


@dataclass(frozen=True, slots=True)
class Removals:
    """How many objects of a kind were removed within the 24 hours before."""

    target: str
    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Reverts:
    """When a field was put back, as `Recorded.contested` holds it."""

    address: Address
    field: str
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """`Recorded` as it is written: its members by the same names, as lists where their keys are no texts."""

    stamp: LedgerStamp | None
    records: tuple[Record, ...]
    attestations: tuple[Attestation, ...]
    intents: tuple[Intent, ...]
    bindings: tuple[Binding, ...]
    removals: tuple[Removals, ...]
    waiver_uses: Mapping[str, int]
    contested: tuple[Reverts, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a plan of `environment` read at the moment `taken`.

    Of live objects that were neither declared nor recorded only the id, the natural keys and the conditions
    are there. `sought` holds what kinds that are read by keys were asked for, and every known absence. People
    in `enrolled` are digests by a key that nobody has: they can be told apart, and no more.
    """

    environment: str
    taken: datetime
    accounts: Mapping[str, Account]
    readings: tuple[Reading, ...]
    unread: tuple[Unread, ...]
    sought: tuple[Sought, ...]
    probes: tuple[ProbeResult, ...]
    enrolled: tuple[Enrolled, ...]
    book: Book


def write_book(recorded: Recorded) -> Book:
    """What is recorded, without secrets' fingerprints and without what open requests held."""
    return Book(
        stamp=recorded.stamp,
        records=tuple(map(_without_secrets, recorded.records)),
        attestations=tuple(recorded.attestations.values()),
        intents=tuple(
            replace(intent, parameters={}, body=None, elements=(), token=0) for intent in recorded.intents
        ),
        bindings=tuple(recorded.bindings.values()),
        removals=tuple(Removals(*key, number) for key, number in recorded.removals.items()),
        waiver_uses=recorded.waiver_uses,
        contested=tuple(Reverts(*key, times) for key, times in recorded.contested.items()),
    )


def read_book(book: Book) -> Recorded:
    """What was recorded, for planning."""
    return Recorded(
        stamp=book.stamp,
        records=book.records,
        attestations={word.address: word for word in book.attestations},
        intents=book.intents,
        bindings={binding.target: binding for binding in book.bindings},
        removals={(item.target, item.kind): item.number for item in book.removals},
        waiver_uses=book.waiver_uses,
        contested={(item.address, item.field): item.times for item in book.contested},
    )


def _without_secrets(record: Record) -> Record:
    """That a secret was set stays known; comparing it without its fingerprint finds no difference."""
    rules = field_rules(kinds()[record.address.kind])
    secret = [name for name in record.fields if name in rules and rules[name].secret]
    if not secret:
        return record
    hidden = {name: record.fields[name]._replace(value=None) for name in secret}
    return replace(record, fields={**record.fields, **hidden})


def strip(live: Live[Resource]) -> Live[Resource]:
    """A live object that is nobody's: only what it takes to recognise it if somebody declares it."""
    label = next(filter(None, live.keys.values()), live.remote_id)
    return replace(live, resource=unchecked(type(live.resource), {}), label=label)


def is_stripped(live: Live[Resource]) -> bool:
    """Whether nothing but how to recognise it is kept of an object."""
    return not any(True for _ in declared(live.resource))
