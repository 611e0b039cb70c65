"""count: the numbers that guards and readers need, per target and kind. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model import (
    Address,
    Adopt,
    Capability,
    Change,
    Create,
    Declared,
    FieldChange,
    HostDays,
    KindFacts,
    Observation,
    Quota,
    Reading,
    Recorded,
    Remove,
    Replace,
    State,
    Update,
)
from reconciler.model.references import by_dependency, has_live
from reconciler.resources.base import Resource
from reconciler.resources.user import LICENSED


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
    """Sources of which several are recorded and which give none of them any more, with what would be removed.

    What another source still names does not keep its old source alive.
    """
    removed = {change.address for change in changes if isinstance(change, Remove)}
    found: dict[tuple[str, str], dict[str, list[Address]]] = defaultdict(lambda: defaultdict(list))
    for record in recorded.records:
        if record.state is State.CURRENT and record.source:
            found[record.address.target, record.address.kind][record.source].append(record.address)
    return {
        key: {
            source: tuple(address for address in addresses if address in removed)
            for source, addresses in sources.items()
            if len(addresses) > 1 and not any(_comes_from(desired, item, source) for item in addresses)
        }
        for key, sources in found.items()
    }


def _comes_from(desired: Declared, address: Address, source: str) -> bool:
    item = desired.resources.get(address)
    return item is not None and source in (item.source, *item.also)


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
        creates_a_day=complete.creates_a_day if complete else None,
    )


def _seats_needed(changes: Iterable[Change], seen: Observation) -> Counter[tuple[str, str]]:
    """Licences taken less licences given back, by what the changes do to the field `license`."""
    needed: Counter[tuple[str, str]] = Counter()
    for change in changes:
        if change.waiting or change.hand_off:
            continue
        key = change.address.target, change.address.kind
        needed[key] += _takes(change) - _gives(change, seen)
    return needed


def _takes(change: Change) -> bool:
    return any(item.field == "license" and LICENSED == item.after != item.before for item in change.fields)


def _gives(change: Change, seen: Observation) -> bool:
    """Whether a licence comes free: by a lower one, and by whatever ends or suspends the account."""
    match = seen.matches.get(change.address)
    if match is None or getattr(match.live and match.live.resource, "license", None) != LICENSED:
        return False
    fields = {item.field: item.after for item in change.fields}
    return (
        isinstance(change, Remove)
        or fields.get("license", LICENSED) != LICENSED
        or fields.get("active") is False
    )


def frees_seats(changes: Iterable[Change], seen: Observation, budget: int | None) -> frozenset[str]:
    """The keys of removals without which the licences this plan takes would not be free.

    `budget` stands for how many licences there are where the vendor does not tell. Where nobody does, the
    answer is none.
    """
    acting = [change for change in changes if not (change.waiting or change.hand_off)]
    taken: Counter[tuple[str, str]] = Counter()
    for change in acting:
        if not isinstance(change, Remove):
            taken[change.address.target, change.address.kind] += _takes(change) - _gives(change, seen)
    short = set()
    for key, number in taken.items():
        reading = seen.readings.get(key)
        seats = reading.seats if isinstance(reading, Reading) else None
        total = budget if seats is None or seats.total is None else seats.total
        if seats is not None and total is not None and number > max(0, total - seats.used):
            short.add(key)
    removals = (change for change in acting if isinstance(change, Remove) and _gives(change, seen))
    return frozenset(c.key for c in removals if (c.address.target, c.address.kind) in short)


def count_host_days(
    desired: Declared,
    seen: Observation,
    changes: Iterable[Change],
    capabilities: Mapping[str, Mapping[str, Capability]],
    spent: Callable[[str, Quota, Address], tuple[int, int]],
    as_of: datetime,
) -> dict[str, HostDays]:
    """Writes that count to a person's daily quota and the days they take, by the person's address.

    `spent(target, quota, owner)` is how many are left to people, and how many today has used.
    """
    writes: dict[Address, int] = defaultdict(int)
    quotas: dict[Address, tuple[str, Quota]] = {}
    for change in changes:
        capability = capabilities.get(change.address.target, {}).get(change.address.kind)
        item = desired.resources.get(change.address)
        if capability is None or capability.quota is None or item is None:
            continue
        if isinstance(change, Create | Update | Replace | Adopt) and not (change.waiting or change.hand_off):
            owner = Address.parse(str(getattr(item.resource, capability.quota.owner)))
            quotas[owner] = change.address.target, capability.quota
            writes[owner] += _count_writes(change, capability.quota, item.resource, seen, as_of)
    return {
        str(owner): _spread(writes[owner], quotas[owner][1], *spent(*quotas[owner], owner))
        for owner in by_dependency(owner for owner, number in writes.items() if number)
    }


def _count_writes(change: Change, quota: Quota, desired: Resource, seen: Observation, as_of: datetime) -> int:
    match = seen.matches.get(change.address)
    live = match.live.resource if match and match.live and isinstance(change, Update | Adopt) else None
    names = frozenset(item.field for item in change.fields if _is_sent(item))
    return quota.writes(live, desired, names, as_of) if live is None or names else 0


def _is_sent(change: FieldChange) -> bool:
    return bool(change.added or change.removed or not change.waiting)


def _spread(writes: int, quota: Quota, reserve: int, used: int) -> HostDays:
    """Today takes what is left of our share, every other day a whole share."""
    share = max(0, quota.limit - reserve)
    left = max(0, writes - max(0, share - used))
    days = 1 + -(-left // share) if share else 0
    return HostDays(writes, quota.limit, reserve, used, days)
