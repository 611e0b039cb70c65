"""What one apply holds in hand, and how a change's own words become what a handler is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reconciler.errors import Uncertain
from reconciler.model import (
    Access,
    Address,
    Change,
    Commit,
    Declared,
    Driver,
    FieldChange,
    Handler,
    Intent,
    Lease,
    Ledger,
    Live,
    Observation,
    Plan,
    Reason,
    Record,
    Recorder,
    Replace,
    Waiting,
    Wanted,
)
from reconciler.model.identities import Identities
from reconciler.model.references import localise
from reconciler.resources.base import (
    Members,
    Resource,
    Timed,
    declared,
    field_rules,
    kinds,
    revive,
    unchecked,
)


@dataclass
class Work:
    """The state of one apply. Only `recorder` writes to the ledger, only handlers write to vendors.

    `settle_create(intent, handler)` finds what an uncertain create made, by address; one left out was not
    made. `unsettled` are addresses with a write of an earlier run whose end is not known. `refused` gives
    the guard per change key. Once `stopping` says so no further change is begun.
    `step` is told of every change that was dealt with, though it may not be read back yet.
    """

    plan: Plan
    desired: Declared
    records: Mapping[Address, Record]
    superseded: Mapping[tuple[Address, int], Record]
    seen: Observation
    who: Identities
    drivers: Mapping[str, Driver]
    ledger: Ledger
    leases: Mapping[str, Lease]
    recorder: Recorder
    settle_create: Callable[[Intent, Handler[Any]], Mapping[Address, Live[Any] | Uncertain]]
    unsettled: frozenset[Address]
    run: str
    refused: Mapping[str, str]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    stopping: Callable[[], bool]
    step: Callable[[], None] = lambda: None
    failed: dict[Address, str] = field(default_factory=dict)  # what depends on it is skipped, and why
    later: dict[Address, str] = field(default_factory=dict)  # what depends on it waits, and why
    dead: dict[str, str] = field(default_factory=dict)  # targets that take no more writes in this run

    def handler(self, address: Address) -> Handler[Any]:
        """The handler of an address's kind in its target."""
        return self.drivers[address.target].handlers()[address.kind]

    def capability_fields(self, address: Address) -> Mapping[str, Access]:
        """What the handler can do with each field."""
        return self.handler(address).capability.fields

    def journal(self, changes: Sequence[Change], attempt: int, verb: str = "") -> None:
        """From now on the target's writes belong to these changes; `verb` where a step is not the whole."""
        for lease in self.leases.values():
            lease.keep()
        target = changes[0].address.target
        journal = self.ledger.journal(self.leases[target], self.run, changes, attempt, verb)
        self.drivers[target].bind(journal)

    def open_intents(self, *changes: Change) -> Sequence[Intent]:
        """Writes of these changes whose end is not known."""
        addresses = {change.address for change in changes}
        target = changes[0].address.target
        return [
            intent
            for intent in self.ledger.open_intents(target)
            if intent.state != "answered" and addresses.intersection(intent.addresses)
        ]

    def close(self, intents: Sequence[Intent]) -> None:
        """These are settled: what they made is recorded, what they did not make is known."""
        if intents:
            target = intents[0].target
            commit = Commit(target, intents=tuple(intent.id for intent in intents))
            self.ledger.commit(self.run, commit, self.leases[target])

    def identity(self, target: str) -> Callable[[str, str], str]:
        """Tokens of a kind in this target as remote ids."""
        return lambda kind, token: self.who.identity(target, kind, token)

    def wanted(self, change: Change) -> Wanted[Resource]:
        """The declared resource with remote ids in references and times begun; for what is sent.

        What `lifecycle.ignore` names is sent only when an object is made.
        """
        address, item = change.address, self.desired.resources[change.address]
        record = self.records.get(address) if change.verb == "update" else None
        held = {wait.element for field in change.fields for wait in field.waiting}
        resource = localise(
            item.resource,
            lambda referred: "" if str(referred) in held else self._there(referred),
        )
        ignored = item.lifecycle.ignore if change.verb in ("update", "adopt") else ()
        fields = {name: value for name, value in declared(resource) if name not in ignored}
        for name, value in fields.items():
            if isinstance(value, Timed):
                was = record.fields[name].value if record and name in record.fields else None
                fields[name] = value.begun(self.plan.as_of, was)
        fields |= {field.field: field.after for field in change.fields if field.reason is Reason.RETURNED}
        remote_id = change.remote_id if change.verb in ("update", "adopt") else ""
        return Wanted(address, remote_id, unchecked(type(resource), fields))

    def _there(self, address: Address) -> str:
        return "" if self.missing(address) else self.who.ids[address]

    def live(self, change: Change) -> Live[Any]:
        """The object a change is about, as it was read; a superseded one as it was recorded."""
        match = self.seen.matches.get(change.address)
        found = match.live if match else None
        if found is not None and (
            "" in (change.remote_id, found.remote_id) or change.remote_id == found.remote_id
        ):
            return found
        return Live(change.remote_id, self.recorded_resource(change), {}, change.label)

    def recorded_resource(self, change: Change) -> Resource:
        """What the ledger knows of the incarnation a change is about."""
        record = self.superseded.get((change.address, getattr(change, "number", 0)))
        record = record or self.records.get(change.address)
        kind = kinds()[change.address.kind]
        fields = record.fields if record else {}
        return unchecked(kind, {name: revive(kind, name, item.value) for name, item in fields.items()})

    def carries(self, change: Change) -> tuple[FieldChange, ...]:
        """The field changes to send; a successor starts empty, so it gets what does not differ as well."""
        if not isinstance(change, Replace):
            return change.fields
        differing = {item.field: item for item in change.fields}
        access = self.capability_fields(change.address)
        found = []
        for name, value in declared(self.desired.resources[change.address].resource):
            if access[name] in (Access.RELATION, Access.READ):
                continue
            item = differing.get(name) or FieldChange(name, None, None, change.reason)
            if isinstance(value, Members):
                held = {wait.element for wait in item.waiting}
                added = tuple(element for element in value.elements if element not in held)
                item = replace(item, added=added, removed=())
            found.append(item)
        return tuple(found)

    def local(self, owner: Address, change: FieldChange) -> tuple[FieldChange, tuple[Waiting, ...]]:
        """A field change of `owner` in remote ids, without the elements that are not there yet after all."""
        waiting, added = list(change.waiting), []
        for element in change.added:
            why = self.missing(Address.parse(element))
            if why:
                waiting.append(Waiting(element, why, element))
            else:
                added.append(self.who.ids[Address.parse(element)])
        kind = field_rules(kinds()[owner.kind])[change.field].reference
        removed = tuple(self.who.named(owner.target, kind, element) for element in change.removed)
        return replace(change, added=tuple(added), removed=removed), tuple(waiting)

    def missing(self, address: Address) -> str:
        """Why an address does not count as done; "" if it does."""
        if address in self.who.blocked:
            return self.who.blocked[address].text
        held = self.failed.get(address) or self.later.get(address)
        return held or ("" if address in self.who.ids else "it is not there")
