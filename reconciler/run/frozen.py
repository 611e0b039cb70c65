"""Drivers that answer from a snapshot: planning reads them like any other, and nothing is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from reconciler.drivers.base import drivers as find_drivers
from reconciler.errors import NotReady, ReconcilerError, SecretUnavailable, WriteRefused
from reconciler.model import (
    Absence,
    Account,
    Address,
    Budget,
    Capability,
    Condition,
    CountsRoles,
    Enrolled,
    FieldChange,
    Handler,
    Health,
    Journal,
    Lists,
    Live,
    Opening,
    ProbeResult,
    Reading,
    Recorded,
    Removal,
    Scope,
    Secrets,
    Setting,
    Survey,
    Wanted,
)
from reconciler.model.abilities import capabilities_for
from reconciler.model.compare import READABLE
from reconciler.model.snapshot import Snapshot, Sought, is_stripped, read_book
from reconciler.resources.base import OMITTED, Resource, SecretRef, declared, field_rules, unchecked
from reconciler.stages.observe import match

ONLY_KEYS = (
    "it was neither declared nor recorded when the snapshot was taken, which holds only how to recognise it: "
    "its fields are not compared"
)
NOT_SOUGHT = Absence(
    "not looked for when the snapshot was taken, so that it is made only if it is not there yet"
)
PRESUMED = "not read when the snapshot was taken: shown as if nothing were set"


class NoSecrets:
    """Implements the port Secrets without resolving any: nothing is sent anywhere, nothing is compared."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def reveal(self, ref: SecretRef, origin: str) -> str:
        """Raises SecretUnavailable."""
        raise SecretUnavailable(f"{ref.text} is not resolved: a plan against a snapshot needs no secret")

    def allows(self, origin: str) -> bool:
        """None is: nothing is contacted."""
        return False

    def fingerprint(self, ref: SecretRef) -> str | None:
        """None: not compared."""
        return None

    def derive(self, ref: SecretRef, purpose: str) -> bytes:
        """As the store does that is really there: a derived key goes nowhere."""
        return self._secrets.derive(ref, purpose)


@dataclass(frozen=True)
class FrozenCampus:
    """Implements Frozen for one snapshot."""

    snapshot: Snapshot
    quotas: Budget

    @property
    def taken(self) -> datetime:
        """When the snapshot was taken."""
        return self.snapshot.taken

    def read(self) -> Recorded:
        """What was recorded."""
        return read_book(self.snapshot.book)

    def budget(self) -> Budget:
        """Nothing is known to be used of today's quotas."""
        return self.quotas

    def open(self, driver: str, opening: Opening) -> FrozenDriver:
        """A driver by this name for one target."""
        counts = issubclass(find_drivers()[driver], CountsRoles)
        return (FrozenCounter if counts else FrozenDriver)(self.snapshot, driver, opening)


class FrozenDriver:
    """One target as it was; what its real driver declares of itself holds for this one."""

    def __init__(self, snapshot: Snapshot, driver: str, opening: Opening) -> None:
        real = find_drivers()[driver]
        self.name: str = driver
        self.settings: tuple[Setting, ...] = real.settings
        self.origins: frozenset[str] = real.origins
        able = capabilities_for(real, opening.settings, opening.folder)
        self.capabilities: Mapping[str, Capability] = able
        self.companion: str = real.companion
        self._snapshot = snapshot
        self._opening = opening

    def whoami(self) -> Account:
        """Whose account it was. Raises ReconcilerError where the snapshot does not hold the target."""
        target, account = self._opening.target, self._snapshot.accounts.get(self._opening.target)
        if account is None:
            known = (unread.reason for unread in self._snapshot.unread if unread.target == target)
            raise ReconcilerError(_as_then(next(known, "the target is not in it"), self._snapshot.taken))
        if account.driver != self.name:
            why = f"{target} was a target of the driver {account.driver}, not {self.name}"
            raise ReconcilerError(_as_then(why, self._snapshot.taken))
        return account

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """One per kind of the real driver."""
        proved = {probe.address.kind for probe in self._snapshot.probes}
        return {
            kind: (FrozenProver if kind in proved else FrozenHandler)(
                capability, self._opening.target, self._snapshot, frozenset(self._opening.resources)
            )
            for kind, capability in self.capabilities.items()
        }

    def bind(self, journal: Journal | None) -> None:
        """There is nothing to write to."""

    def requests(self) -> Mapping[str, int]:
        """None was made."""
        return {}

    def close(self) -> None:
        """There is nothing to release."""


class FrozenCounter(FrozenDriver):
    """Of a platform whose enrolments can be read."""

    def roles_in(self, courses: Sequence[Wanted[Any]]) -> Sequence[Enrolled]:
        """Who took part then in courses that were asked for by the same context id; others are unknown."""
        known = {(row.course, row.context_id): row for row in self._snapshot.enrolled}
        why = _as_then("its enrolments were not asked for", self._snapshot.taken)
        return [
            known.get((course.address, course.resource.context_id))
            or Enrolled(course.address, "", unknown=why)
            for course in courses
        ]


@dataclass
class FrozenHandler:
    """Answers from the snapshot for one kind of one target; `declared` are the addresses of today."""

    capability: Capability
    target: str
    snapshot: Snapshot
    declared: frozenset[Address]

    def read(self, scope: Scope[Any]) -> Iterable[Live[Any]]:
        """What was read then of what is wanted now. Raises ReconcilerError or NotReady if nothing was."""
        wanted = scope.wanted
        items = self._choose(wanted)
        matches = match(self.capability, wanted, items)
        shown: dict[int, Live[Any]] = {}
        presumed: list[Live[Any]] = []
        for want in wanted:
            found = matches[want.address]
            if want.address not in self.declared:
                continue
            if found.live is not None:
                shown[id(found.live)] = _show(self.capability, found.live, want)
            elif "create" not in self.capability.verbs and self._is_new(want):
                presumed.append(_presume(self.capability, want))
        return [*(shown.get(id(item), item) for item in items), *presumed]

    def survey(self) -> Survey:
        """What was learned of the account then."""
        return Survey(**{field.name: getattr(self._reading, field.name) for field in fields(Survey)})

    def explain(self, absent: Sequence[Wanted[Any]]) -> Mapping[Address, Absence]:
        """Who was not looked for, and what was known then of those who are looked for by the same keys."""
        found: dict[Address, Absence] = {}
        for want in absent:
            sought = self._sought.get(want.address)
            if self._is_new(want):
                found[want.address] = NOT_SOUGHT
            elif sought and sought.absence and sought.keys == self._keys(want):
                found[want.address] = sought.absence
        return found

    def create(self, desired: Wanted[Any]) -> str:
        """Raises WriteRefused."""
        raise _refuse(desired.address)

    def update(self, live: Live[Any], desired: Wanted[Any], fields: Sequence[FieldChange]) -> None:
        """Raises WriteRefused."""
        raise _refuse(desired.address)

    def remove(self, live: Live[Any], how: Removal) -> None:
        """Raises WriteRefused."""
        raise _refuse(live.label)

    @cached_property
    def _reading(self) -> Reading:
        key = self.target, self.capability.kind
        for unread in self.snapshot.unread:
            if (unread.target, unread.kind) == key:
                why = _as_then(unread.reason, self.snapshot.taken)
                raise NotReady(why, on=unread.waits_on) if unread.waits_on else ReconcilerError(why)
        for reading in self.snapshot.readings:
            if (reading.target, reading.kind) == key:
                return reading
        why = "it was not asked for"
        raise ReconcilerError(_as_then(why, self.snapshot.taken))

    @cached_property
    def _sought(self) -> Mapping[Address, Sought]:
        key = self.target, self.capability.kind
        return {item.address: item for item in self.snapshot.sought if item.address[:2] == key}

    @cached_property
    def _tokens(self) -> frozenset[str | tuple[str, str]]:
        """Every id and every natural key that was looked for."""
        ids = {item.remote_id for item in self._sought.values() if item.remote_id}
        return frozenset({*ids, *(key for item in self._sought.values() for key in item.keys.items())})

    def _choose(self, wanted: Sequence[Wanted[Any]]) -> tuple[Live[Any], ...]:
        items = self._reading.items
        if self.capability.lists is Lists.ALL:
            return items
        ids = {want.remote_id for want in wanted}
        keys = {key for want in wanted for key in self._keys(want).items()}
        return tuple(i for i in items if i.remote_id in ids or not keys.isdisjoint(i.keys.items()))

    def _is_new(self, want: Wanted[Any]) -> bool:
        """Whether nobody asked the vendor for it then; what waits for others to be made cannot be there."""
        keys = self._keys(want)
        asked = self.capability.lists is Lists.ALL or not keys or want.remote_id in self._tokens
        return not asked and self._tokens.isdisjoint(keys.items())

    def _keys(self, want: Wanted[Any]) -> Mapping[str, str]:
        return natural_keys(self.capability, want.address, want.resource)


class FrozenProver(FrozenHandler):
    """Of a kind whose objects were proved by using them."""

    def probe(self, desired: Wanted[Any]) -> ProbeResult:
        """What using it showed then."""
        for probe in self.snapshot.probes:
            if probe.address == desired.address:
                return probe
        return ProbeResult(desired.address, Health.UNPROBED, "it is not in the snapshot", self.snapshot.taken)


def natural_keys(capability: Capability, address: Address, resource: Resource) -> dict[str, str]:
    """The natural keys that an object has, by name."""
    found = ((key.name, key.of(address.name, resource)) for key in capability.natural_keys)
    return {name: value for name, value in found if value}


def _show(capability: Capability, live: Live[Any], want: Wanted[Any]) -> Live[Any]:
    """A live object with what has to be said of fields that are declared now and were not read then."""
    rules = field_rules(type(want.resource))
    told = {
        name: value
        for name, value in declared(want.resource)
        if capability.fields.get(name) in READABLE and not rules[name].secret
    }
    if is_stripped(live):
        resource = unchecked(type(want.resource), told)
        return replace(live, resource=resource, conditions=(*live.conditions, _remark(ONLY_KEYS)))
    unseen = [
        name
        for name, value in told.items()
        if _is_unseen(getattr(live.resource, rules[name].attribute), value)
    ]
    if not unseen or live.blocked:
        return live
    text = f"not in the snapshot, and shown as if nothing were set: {', '.join(unseen)}"
    return replace(live, conditions=(*live.conditions, _remark(text)))


def _is_unseen(found: Any, value: Any) -> bool:
    if isinstance(found, Mapping) and isinstance(value, Mapping):
        return not value.keys() <= found.keys()
    return found is OMITTED


def _presume(capability: Capability, want: Wanted[Any]) -> Live[Any]:
    """What cannot be made is always there: only how it stands is not known."""
    keys = natural_keys(capability, want.address, want.resource)
    return Live(
        remote_id="",
        resource=unchecked(type(want.resource), {}),
        keys=keys,
        label=next(iter(keys.values())),
        conditions=(_remark(PRESUMED),),
    )


def _remark(text: str) -> Condition:
    return Condition("snapshot", text)


def _as_then(why: str, taken: datetime) -> str:
    return f"{why} (in the snapshot of {taken:%Y-%m-%d %H:%M} UTC)"


def _refuse(what: object) -> WriteRefused:
    return WriteRefused(f"{what}: a snapshot cannot be written to")
