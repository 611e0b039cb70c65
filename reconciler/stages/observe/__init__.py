"""observe: read what is live, prove it complete or call it unread, match it to addresses. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from reconciler.errors import IncompleteReading, NotReady, ReconcilerError, RequestError
from reconciler.model import (
    Absence,
    Account,
    Address,
    Binding,
    Capability,
    Declared,
    Driver,
    Explains,
    Handler,
    Lists,
    Live,
    Match,
    Observation,
    ProbeResult,
    Probes,
    Reading,
    Record,
    Recorded,
    Scope,
    State,
    Survey,
    Surveys,
    Unread,
    Wanted,
)
from reconciler.model.ended import find_ended
from reconciler.model.references import above, kind_order, localise
from reconciler.resources.base import Resource, SecretRef, field_rules, kinds, revive, unchecked
from reconciler.stages.observe.courses import find_enrolled, find_misplaced


def observe(
    desired: Declared,
    recorded: Recorded,
    drivers: Mapping[str, Driver],
    accounts: Mapping[str, Account],
    unreachable: Mapping[str, str],
    fingerprint: Any,
    as_of: datetime,
    on_kind: Callable[[str, str], None] = lambda target, kind: None,
    *,
    always_count: bool = False,
) -> Observation:
    """Read every kind that is declared or recorded, in the order of references.

    `unreachable` gives, per target without a driver or account, the reason. `on_kind` is told what is read
    next. `always_count` reads enrolments whether or not host rights are to change. Never raises for a
    vendor's answer: what cannot be read is Unread.
    """
    watch = _Watch(desired, recorded.latest(desired.previously), as_of)
    misbound = {
        target: text
        for target, account in accounts.items()
        if (text := _misbound(recorded.bindings.get(target), account))
    }
    refused = {**unreachable, **misbound}
    for target, kind in watch.wanted_kinds():
        if target in refused:
            watch.readings[target, kind] = Unread(target, kind, refused[target])
        elif target in drivers and kind in drivers[target].capabilities:
            on_kind(target, kind)
            watch.read(target, kind, drivers[target])
    return Observation(
        accounts=accounts,
        readings=watch.readings,
        matches=watch.matches,
        misbound=misbound,
        probes=tuple(watch.probe(drivers, refused)),
        fingerprints=_fingerprints(desired, fingerprint),
        absences=watch.absences,
        misplaced=find_misplaced(desired, watch.records, drivers, refused),
        enrolled=tuple(find_enrolled(desired, watch.records, drivers, refused, always=always_count)),
    )


def _misbound(binding: Binding | None, account: Account) -> str:
    if binding is None:
        return ""
    now = replace(binding, driver=account.driver, origin=account.origin, account=account.account)
    return "" if now == binding else f"the ledger knows this target as {binding}, but it answers as {now}"


def _fingerprints(desired: Declared, fingerprint: Any) -> dict[tuple[Address, str], str | None]:
    return {
        (address, name): fingerprint(value)
        for address, item in desired.resources.items()
        for name in _secret_names(address.kind)
        if isinstance(value := getattr(item.resource, name), SecretRef)
    }


@cache
def _secret_names(kind: str) -> tuple[str, ...]:
    return tuple(name for name, rule in field_rules(kinds()[kind]).items() if rule.secret)


@dataclass
class _Watch:
    """What has been read so far; ids grow kind by kind, so that later kinds can be asked for by id."""

    desired: Declared
    records: Mapping[Address, Record]
    as_of: datetime
    ids: dict[Address, str] = field(default_factory=dict)
    readings: dict[tuple[str, str], Reading | Unread] = field(default_factory=dict)
    matches: dict[Address, Match] = field(default_factory=dict)
    absences: dict[Address, Absence] = field(default_factory=dict)
    by_kind: dict[tuple[str, str], list[Address]] = field(default_factory=lambda: defaultdict(list))
    ended: frozenset[Address] = field(init=False)

    def __post_init__(self) -> None:
        self.ended = find_ended(self.desired, self.records, self.as_of)
        self.ids.update({a: r.remote_id for a, r in self.records.items() if r.remote_id})
        for address in sorted({*self.desired.resources, *self.records}):
            self.by_kind[address.target, address.kind].append(address)

    def wanted_kinds(self) -> list[tuple[str, str]]:
        rank = {kind: index for index, kind in enumerate(kind_order())}
        return sorted(self.by_kind, key=lambda key: (rank[key[1]], key[0]))

    def read(self, target: str, kind: str, driver: Driver) -> None:
        capability = driver.capabilities[kind]
        if not capability.verbs:
            self.readings[target, kind] = Reading(target, kind, (), "kept by hand, proved by attestation")
            return
        wanted = tuple(self._wanted(target, kind))
        handler = driver.handlers()[kind]
        reading = read_kind(target, kind, handler, wanted)
        self.readings[target, kind] = reading
        if isinstance(reading, Reading):
            self._match(capability, wanted, reading)
            while above(kinds()[kind]) and (known := tuple(self._wanted(target, kind))) != wanted:
                wanted = known  # what stands above was found, so what is below it can be
                self._match(capability, wanted, reading)
            self._explain(target, kind, handler, wanted)

    def _match(self, capability: Capability, wanted: Sequence[Wanted[Any]], reading: Reading) -> None:
        self.matches.update(match(capability, wanted, reading.items))
        for item in wanted:
            live = self.matches[item.address].live
            if live is not None and live.remote_id:
                self.ids[item.address] = live.remote_id

    def _explain(self, target: str, kind: str, handler: object, wanted: Iterable[Wanted[Any]]) -> None:
        """Ask what is known of declared objects that were not found; if that fails, the kind is unread."""
        expected = (item for item in wanted if item.address in self.desired.resources)
        absent = [item for item in expected if self.matches[item.address] == Match(None)]
        if not absent or not isinstance(handler, Explains):
            return
        try:
            self.absences.update(handler.explain(absent))
        except ReconcilerError as error:
            self.readings[target, kind] = Unread(target, kind, str(error))

    def _wanted(self, target: str, kind: str) -> Iterable[Wanted[Resource]]:
        for address in self.by_kind[target, kind]:
            record, item = self.records.get(address), self.desired.resources.get(address)
            if item is not None:
                resource = localise(item.resource, self._identify)
            elif record is not None and record.state is State.CURRENT:
                resource = recorded_resource(record)
            else:
                continue
            if address not in self.ended:
                yield Wanted(address, record.remote_id if record else "", resource)

    def _identify(self, address: Address) -> str:
        return self.ids.get(address, "")

    def probe(self, drivers: Mapping[str, Driver], refused: Mapping[str, str]) -> Iterable[ProbeResult]:
        for (target, kind), addresses in sorted(self.by_kind.items()):
            handler: object = drivers[target].handlers().get(kind) if target in drivers else None
            read = isinstance(self.readings.get((target, kind)), Reading)
            if target in refused or not read or not isinstance(handler, Probes):
                continue  # of what was not read nobody knows whether it is there to be used
            for address in addresses:
                if address in self.desired.resources:
                    resource = self.desired.resources[address].resource
                    yield handler.probe(Wanted(address, self._identify(address), resource))


def recorded_resource(record: Record) -> Resource:
    """What the ledger knows of an object that is no longer declared, enough to read and remove it."""
    kind = kinds()[record.address.kind]
    return unchecked(kind, {name: revive(kind, name, item.value) for name, item in record.fields.items()})


def read_kind(
    target: str, kind: str, handler: Handler[Any], wanted: Sequence[Wanted[Any]]
) -> Reading | Unread:
    """One kind of one target: complete, or Unread with the reason."""
    whole = handler.capability.lists is Lists.ALL
    try:
        items = tuple(handler.read(Scope(tuple(wanted), whole=whole)))
        survey = handler.survey() if isinstance(handler, Surveys) else Survey()
    except NotReady as error:
        return Unread(target, kind, str(error), waits_on=error.on)
    except (RequestError, IncompleteReading, ReconcilerError) as error:
        return Unread(target, kind, str(error))
    seen = [item.remote_id for item in items if item.remote_id]
    if len(seen) != len(set(seen)):
        twice = next(remote for remote in seen if seen.count(remote) > 1)
        return Unread(
            target, kind, f"the listing holds the same id twice ({twice}); it changed while it was read"
        )
    proof = (
        f"{len(items)} listed, every page read" if whole else f"{len(items)} of {len(wanted)} read one by one"
    )
    return Reading(
        target,
        kind,
        items,
        proof,
        survey.seats,
        survey.by_hand,
        survey.twins,
        survey.creates_a_day,
        survey.remarks,
    )


def match(
    capability: Capability, wanted: Sequence[Wanted[Any]], items: Sequence[Live[Any]]
) -> dict[Address, Match]:
    """Each wanted address's live object: by recorded id, then by natural keys in their declared order.

    A natural key shared by several live objects, or claimed by several addresses, is ambiguous; whose
    recorded id it is is not.
    """
    by_id = {item.remote_id: item for item in items if item.remote_id}
    by_key: dict[tuple[str, str], list[Live[Any]]] = defaultdict(list)
    for item in items:
        for name, value in item.keys.items():
            by_key[name, value].append(item)
    found: dict[Address, Match] = {}
    claims: dict[int, list[Address]] = defaultdict(list)
    for want in wanted:
        found[want.address] = result = _match_one(capability, want, by_id, by_key)
        if result.live is not None:
            claims[id(result.live)].append(want.address)
    for addresses in claims.values():
        if len(addresses) > 1:
            unsure = [address for address in addresses if not found[address].recorded]
            for address in unsure:
                rivals = tuple(str(other) for other in addresses if other != address)
                found[address] = Match(found[address].live, found[address].how, rivals)
    return found


def _match_one(
    capability: Capability,
    want: Wanted[Any],
    by_id: Mapping[str, Live[Any]],
    by_key: Mapping[tuple[str, str], list[Live[Any]]],
) -> Match:
    if want.remote_id and want.remote_id in by_id:
        return Match(by_id[want.remote_id], f"recorded id {want.remote_id}", recorded=True)
    for key in capability.natural_keys:
        value = key.of(want.address.name, want.resource)
        candidates = by_key.get((key.name, value), []) if value else []
        if len(candidates) == 1:
            return Match(candidates[0], f"{key.name} {value}")
        if candidates:
            return Match(None, "", tuple(f"{item.label} ({item.remote_id})" for item in candidates))
    return Match(None)
