"""count: the numbers that guards and readers need, per target and kind. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

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
    keys = sorted({*declared, *current, *seen.readings})
    return tuple(_facts(key, declared[key], current[key], recorded, seen, seats[key]) for key in keys)


def _facts(
    key: tuple[str, str], declared: int, current: int, recorded: Recorded, seen: Observation, needed: int
) -> KindFacts:
    reading = seen.readings.get(key)
    complete = reading if isinstance(reading, Reading) else None
    return KindFacts(
        target=key[0],
        kind=key[1],
        declared=declared,
        recorded=current,
        live=len(complete.items) if complete else None,
        reading=complete.proof if complete else getattr(reading, "reason", "was not read"),
        removed_24h=recorded.removals.get(key, 0),
        seats=complete.seats if complete else None,
        seats_needed=needed,
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
