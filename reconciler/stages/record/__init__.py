"""record: write what happened to the ledger, one Commit per outcome; it decides what, the ledger keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from reconciler.model import (
    Address,
    Adopt,
    Capability,
    Change,
    Commit,
    Declared,
    Desired,
    Ending,
    Forget,
    HistoryEntry,
    Lease,
    Ledger,
    Live,
    Observation,
    Outcome,
    Plan,
    Provenance,
    Reason,
    Record,
    Recorded,
    RecordOnly,
    Release,
    Removal,
    Remove,
    Rename,
    Replace,
    State,
    Update,
    Wanted,
)
from reconciler.model.attested import words_of
from reconciler.model.codec import encode_change
from reconciler.model.ended import find_ended
from reconciler.model.identities import Identities
from reconciler.model.references import localise
from reconciler.model.released import dotted, let_go, released
from reconciler.resources.base import Members, Resource, declared
from reconciler.resources.user import LICENSED
from reconciler.stages.record.describe import Achieved, describe

CONTESTED = "contested"
SENT = "sent"
"""How history names a write that was made and is not read back yet."""


@dataclass
class Recorder:
    """Records the outcomes of one run. Every method is one atomic Commit under the target's lease."""

    plan: Plan
    desired: Declared
    recorded: Recorded
    seen: Observation
    who: Identities
    capabilities: Mapping[str, Mapping[str, Capability]]
    ledger: Ledger
    leases: Mapping[str, Lease]
    run: str
    clock: Callable[[], datetime]
    latest: dict[Address, Record] = field(init=False)
    incarnations: dict[tuple[Address, int], Record] = field(default_factory=dict)
    numbers: dict[Address, int] = field(default_factory=dict)
    touched: set[Address] = field(default_factory=set)
    differing: dict[Address, frozenset[str]] = field(default_factory=dict)  # fields this plan is to change
    spent: dict[str, int] = field(default_factory=dict)  # of each waiver, in this run
    contested: frozenset[Address] = field(init=False)

    def __post_init__(self) -> None:
        self.latest = self.recorded.latest(self.desired.previously)
        found = (item.addresses for item in self.plan.findings if item.guard == CONTESTED)
        self.contested = frozenset(address for addresses in found for address in addresses)
        for item in self.recorded.records:
            self._remember(item)
        for change in self.plan.changes:
            names = self.differing.get(change.address, frozenset())
            self.differing[change.address] = names.union(item.field for item in change.fields)

    def made(self, done: Sequence[tuple[Change, Wanted[Any], str]]) -> None:
        """New objects with their ids, before anything else happens; their intents are settled with them.

        A Replace makes the old incarnation superseded, to be removed and retried until that is confirmed,
        unless the vendor kept the object.
        History says *sent* until `confirmed`. All must be of one target.
        """
        records: list[Record] = []
        for change, wanted, remote_id in done:
            old = self.latest.get(change.address)
            if old is not None:
                leaves = isinstance(change, Replace) and old.remote_id != remote_id
                state = State.SUPERSEDED if leaves else State.GONE
                records.append(self._remember(replace(old, state=state)))
            added = self._carried(wanted)
            made = self._describe(wanted, remote_id, None, None, Provenance.CREATED, added)
            records.append(self._keep(made))
        entries = [HistoryEntry(c.address, c.verb, SENT, "", encode_change(c)) for c, _, _ in done]
        self._commit([change for change, _, _ in done], records, entries)

    def _carried(self, wanted: Wanted[Any]) -> dict[str, frozenset[str]]:
        """The elements a create itself carries: they are ours even if nothing reads it back any more."""
        capability = self.capabilities[wanted.address.target][wanted.address.kind]
        later = capability.follows(wanted.resource)
        return {
            name: frozenset(value.elements)
            for name, value in declared(wanted.resource)
            if isinstance(value, Members) and name not in later
        }

    def adopted(self, change: Change, wanted: Wanted[Any], live: Live[Resource]) -> None:
        """An existing object is ours from now on; it defaults to keep when it is no longer declared."""
        made = self._keep(self._describe(wanted, live.remote_id, live, None, Provenance.ADOPTED))
        entry = HistoryEntry(change.address, change.verb, SENT, "", encode_change(change))
        self._commit([change], [made], [entry])

    def taken_over(self, rows: Sequence[tuple[Change, Wanted[Any], Live[Resource]]]) -> None:
        """Existing objects that are as declared already, all of one target: ours with one commit."""
        records = [
            self._keep(self._describe(wanted, live.remote_id, live, None, Provenance.ADOPTED))
            for _, wanted, live in rows
        ]
        applied = Ending.APPLIED.value
        entries = [HistoryEntry(c.address, c.verb, applied, "", encode_change(c)) for c, _, _ in rows]
        self._commit([change for change, _, _ in rows], records, entries)

    def confirmed(
        self,
        outcome: Outcome,
        wanted: Wanted[Any],
        live: Live[Resource] | None,
        added: Mapping[str, frozenset[str]],
    ) -> None:
        """The outcome of a change whose object was read back (`live`), or could not be."""
        old = self.latest.get(wanted.address)
        records = []
        if live is not None and old is not None:
            made = self._describe(wanted, wanted.remote_id, live, old, old.provenance, added)
            records.append(self._keep(made))
        self._end(outcome, records)

    def removed(self, outcome: Outcome, change: Remove) -> None:
        """A removal's outcome; confirmed ones keep their record, disabled or gone."""
        old = self.incarnations.get((change.address, change.number))
        records = []
        if outcome.ending is Ending.APPLIED and old is not None:
            state = State.DISABLED if change.how is Removal.DISABLE else State.GONE
            records.append(self._remember(replace(old, state=state, updated=self.clock().isoformat())))
        self._end(outcome, records)

    def ended(self, outcome: Outcome) -> None:
        """Any other outcome: what concerns the record alone is done to it, else only history keeps it."""
        change = outcome.change
        if outcome.ending is Ending.APPLIED and isinstance(change, RecordOnly):
            self._rewrite(outcome, change)
        else:
            self._end(outcome, [])

    def _rewrite(self, outcome: Outcome, change: RecordOnly) -> None:
        address, old = change.address, self.latest.get(change.address)
        known = self.capabilities[address.target]
        match change:
            case Forget():
                self._end(outcome, [], forgotten=((address, change.number),))
            case Rename():
                words = zip(words_of(change.previous, known), words_of(address, known), strict=True)
                self._end(outcome, [], renamed=((change.previous, address), *words))
                if old is not None:
                    # The ledger counts on after what is left of an earlier holder of the name.
                    number = old.number + self.numbers.get(address, 0)
                    self.latest[address] = self._remember(replace(old, address=address, number=number))
            case Release(whole=True):
                every = tuple(key for key in self.incarnations if key[0] == address)
                self._end(outcome, [], forgotten=every, unattested=(address, *words_of(address, known)))
            case Release():
                records = [self._remember(self._without(old, change))] if old else []
                self.latest |= {item.address: item for item in records}
                self._end(outcome, records)

    def _without(self, old: Record, change: Release) -> Record:
        """The record without the fields that a release names."""
        access = self.capabilities[old.address.target][old.address.kind].fields
        names = {item.field for item in change.fields}
        paths = released(old, self.desired.resources[old.address], access)
        made = let_go(old, [path for path in paths if dotted(path) in names])
        return replace(made, updated=self.clock().isoformat())

    def refresh(self) -> None:
        """What readings alone add: new fields, conditions, sources, endings; one Commit a target."""
        now = self.clock()
        fresh: dict[str, list[Record]] = {}
        ended = find_ended(self.desired, self.latest, self.plan.as_of)
        for address, item in self.desired.resources.items():
            old = self.latest.get(address)
            known = old is not None and address not in self.touched and address.target in self.leases
            if old is None or not known or item.lifecycle.release:
                continue
            made = self._refreshed(item, old, now, over=address in ended)
            if made is not None:
                fresh.setdefault(address.target, []).append(made)
        for target, records in fresh.items():
            self.ledger.commit(self.run, Commit(target, tuple(records)), self.leases[target])

    def _refreshed(self, item: Desired[Resource], old: Record, now: datetime, *, over: bool) -> Record | None:
        if over:
            ended = replace(old, state=State.ENDED, updated=now.isoformat())
            return None if old.state is State.ENDED else ended
        match = self.seen.matches.get(item.address)
        if match is None or match.live is None or match.rivals:
            life = item.lifecycle
            made = replace(old, protect=life.protect, on_absent=life.on_absent or "", source=item.source)
            return None if made == old else replace(made, updated=now.isoformat())
        if old.state is State.DISABLED and getattr(match.live.resource, "active", None) is False:
            return None
        wanted = Wanted(item.address, old.remote_id, localise(item.resource, self._identify))
        made = self._describe(wanted, old.remote_id, match.live, old, old.provenance, sent=False)
        made = replace(made, updated=old.updated)
        return None if made == old else replace(made, updated=now.isoformat())

    def _identify(self, address: Address) -> str:
        return self.who.ids.get(address, "")

    def _describe(
        self,
        wanted: Wanted[Any],
        remote_id: str,
        live: Live[Resource] | None,
        old: Record | None,
        provenance: Provenance,
        added: Mapping[str, frozenset[str]] | None = None,
        *,
        sent: bool = True,
    ) -> Record:
        address = wanted.address
        capability = self.capabilities[address.target][address.kind]
        achieved = Achieved(
            item=self.desired.resources[address],
            wanted=wanted.resource,
            remote_id=(live.remote_id if live else "") or remote_id,
            access=capability.fields,
            identity=lambda kind, token: self.who.identity(address.target, kind, token),
            live=live,
            added=added or {},
            fingerprints={n: f for (a, n), f in self.seen.fingerprints.items() if a == address},
            unsent=frozenset() if sent else self.differing.get(address, frozenset()),
            sent=sent,
            made_with=capability.canary.by if capability.canary else "",
        )
        number = old.number if old else self.numbers.get(address, 0) + 1
        return describe(achieved, old, number, provenance, self.clock())

    def _keep(self, made: Record) -> Record:
        self.latest[made.address] = made
        self.touched.add(made.address)
        return self._remember(made)

    def _remember(self, item: Record) -> Record:
        self.incarnations[item.address, item.number] = item
        self.numbers[item.address] = max(item.number, self.numbers.get(item.address, 0))
        return item

    def _end(
        self,
        outcome: Outcome,
        records: Sequence[Record],
        forgotten: tuple[tuple[Address, int], ...] = (),
        renamed: tuple[tuple[Address, Address], ...] = (),
        unattested: tuple[Address, ...] = (),
    ) -> None:
        change, applied = outcome.change, outcome.ending is Ending.APPLIED
        uses = self._spend(change) if applied else {}
        waived = sum(uses.get(use.id, 0) for use in self.plan.waivers if use.guard == "removals")
        removals = max(0, change.removals - waived) if applied else 0
        text = encode_change(change)
        entry = HistoryEntry(
            change.address,
            change.verb,
            outcome.ending.value,
            outcome.text,
            text,
            removals,
            _reverted(outcome),
        )
        self._commit([change], records, [entry], forgotten, renamed, unattested, uses)

    def _spend(self, change: Change) -> dict[str, int]:
        """What one applied change uses up of each waiver; of none more in all than the plan says."""
        found = {}
        for use in self.plan.waivers:
            left = use.uses - self.spent.get(use.id, 0)
            weight = min(left, _weight(use.guard, change))
            named = self.contested if use.guard == CONTESTED else (change.address,)
            if weight > 0 and change.address in named and fnmatchcase(str(change.address), use.addresses):
                found[use.id] = weight
                self.spent[use.id] = self.spent.get(use.id, 0) + weight
        return found

    def _commit(
        self,
        changes: Sequence[Change],
        records: Sequence[Record],
        entries: Sequence[HistoryEntry],
        forgotten: tuple[tuple[Address, int], ...] = (),
        renamed: tuple[tuple[Address, Address], ...] = (),
        unattested: tuple[Address, ...] = (),
        uses: Mapping[str, int] | None = None,
    ) -> None:
        target = changes[0].address.target
        mine = self.ledger.open_intents(target, [change.address for change in changes])
        answered = tuple(intent.id for intent in mine if intent.state == "answered")
        commit = Commit(
            target=target,
            records=tuple(records),
            forgotten=forgotten,
            renamed=renamed,
            unattested=unattested,
            intents=answered,
            history=tuple(entries),
            waiver_uses=uses or {},
        )
        self.ledger.commit(self.run, commit, self.leases.get(target))


def _weight(rule: str, change: Change) -> int:
    """How much of a waiver for this guard one applied change uses up."""
    match rule:
        case "updates":
            return int(isinstance(change, Update) or isinstance(change, Adopt) and bool(change.fields))
        case "replace":
            return int(isinstance(change, Replace))
        case "protected" | "owner":
            return int(getattr(change, rule, False))
        case "seats":
            return sum(item.field == "license" and item.after == LICENSED for item in change.fields)
        case "look_alike" | "contested":
            return 1
        case _:
            return change.removals


def _reverted(outcome: Outcome) -> tuple[str, ...]:
    """The fields of a change that was sent by which somebody else's value was overwritten."""
    sent = outcome.ending in (Ending.APPLIED, Ending.NOT_TAKEN)
    if not sent or not isinstance(outcome.change, Update | Replace):
        return ()
    drifted = (item for item in outcome.change.fields if item.reason is Reason.DRIFTED)
    return tuple(item.field for item in drifted if item.added or item.removed or not item.waiting)
