"""count: the numbers that guards and readers need, per target and kind. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model import (
    Address,
    Capability,
    Change,
    Create,
    Declared,
    KindFacts,
    Observation,
    Reading,
    Recorded,
    Remove,
    Replace,
    State,
    Update,
)
from reconciler.model.references import by_dependency, has_live

LICENSED = "licensed"


def count(
    desired: Declared, recorded: Recorded, seen: Observation, changes: Iterable[Change]
) -> tuple[KindFacts, ...]:
    """One KindFacts per target and kind that is declared, recorded or read."""
    changes = tuple(changes)
    declared = Counter((a.target, a.kind) for a in desired.resources if has_live(a))
    current = Counter(
        (r.address.target, r.address.kind) for r in recorded.records if r.state is State.CURRENT
    )
    seats = _seats_needed(changes, seen)
    vanished = _vanished(desired, recorded, changes)
    keys = sorted({*declared, *current, *seen.readings})
    return tuple(
        replace(
            _facts(key, recorded, seen),
            declared=declared[key],
            recorded=current[key],
            seats_needed=seats[key],
            vanished=vanished.get(key, {}),
        )
        for key in keys
    )


def _vanished(
    desired: Declared, recorded: Recorded, changes: Iterable[Change]
) -> dict[tuple[str, str], dict[str, tuple[Address, ...]]]:
    """Sources of which several are recorded and none is declared any more, with what would be removed."""
    removed = {change.address for change in changes if isinstance(change, Remove)}
    found: dict[tuple[str, str], dict[str, list[Address]]] = defaultdict(lambda: defaultdict(list))
    for record in recorded.records:
        if record.state is State.CURRENT and record.source:
            found[record.address.target, record.address.kind][record.source].append(record.address)
    return {
        key: {
            source: tuple(address for address in addresses if address in removed)
            for source, addresses in sources.items()
            if len(addresses) > 1 and not any(address in desired.resources for address in addresses)
        }
        for key, sources in found.items()
    }


def _facts(key: tuple[str, str], recorded: Recorded, seen: Observation) -> KindFacts:
    reading = seen.readings.get(key)
    complete = reading if isinstance(reading, Reading) else None
    return KindFacts(
        target=key[0],
        kind=key[1],
        declared=0,
        recorded=0,
        live=len(complete.items) if complete else None,
        reading=complete.proof if complete else getattr(reading, "reason", "was not read"),
        removed_24h=recorded.removals.get(key, 0),
        seats=complete.seats if complete else None,
    )


def _seats_needed(changes: Iterable[Change], seen: Observation) -> Counter[tuple[str, str]]:
    """Licences taken less licences given back, by what the changes do to the field `license`."""
    needed: Counter[tuple[str, str]] = Counter()
    for change in changes:
        if change.waiting or change.hand_off:
            continue
        key = change.address.target, change.address.kind
        for item in change.fields:
            if item.field == "license":
                needed[key] += (item.after == LICENSED) - (item.before == LICENSED)
        match = seen.matches.get(change.address)
        if isinstance(change, Remove) and match and match.live:
            needed[key] -= getattr(match.live.resource, "license", None) == LICENSED
    return needed


def count_host_days(
    desired: Declared, changes: Iterable[Change], capabilities: Mapping[str, Mapping[str, Capability]]
) -> dict[str, int]:
    """Writes that count to a person's daily quota, by the person's address."""
    writes: dict[str, int] = defaultdict(int)
    for change in changes:
        capability = capabilities.get(change.address.target, {}).get(change.address.kind)
        item = desired.resources.get(change.address)
        if capability is None or not capability.quota or item is None or change.waiting:
            continue
        if isinstance(change, Create | Update | Replace):
            writes[str(getattr(item.resource, capability.quota))] += 1
    ordered = by_dependency(Address.parse(owner) for owner in writes if owner.count("/") >= 2)
    return {str(owner): writes[str(owner)] for owner in ordered}
