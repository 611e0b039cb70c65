"""order: put changes into the sequence in which they are applied. Pure; input order is irrelevant."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from reconciler.errors import PlanRefused
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    FieldChange,
    Forget,
    Release,
    Remove,
    Rename,
    Replace,
    Update,
)
from reconciler.model.references import kind_order, natural
from reconciler.resources.base import Resource, kinds

Key = tuple[object, ...]


def order(changes: Iterable[Change], freeing: AbstractSet[str] = frozenset()) -> tuple[Change, ...]:
    """Records move first, then what exists is made and changed along the references, removals last, reversed.

    Within a kind: what takes rights away or keeps harm off, then creates by start, then updates, cosmetic
    ones last. `freeing` are keys of removals that give back a seat the plan needs: they come before it is
    taken, if nothing of the plan still leads to what they remove. Every change comes after the changes of
    the addresses in its `after`; a cycle raises PlanRefused.
    """
    ranks = {kind: index for index, kind in enumerate(kind_order())}
    pending = sorted(changes, key=lambda change: _key(change, ranks, freeing))
    return _topological(pending)


def _key(change: Change, ranks: Mapping[str, int], freeing: AbstractSet[str]) -> Key:
    rank = ranks.get(change.address.kind, len(ranks))
    early = change.key in freeing and not change.after
    phase = 1 if early else {Rename: 0, Release: 0, Remove: 2, Forget: 3}.get(type(change), 1)
    return (
        phase,
        -rank if phase == 2 else rank,
        change.address.target,
        _urgency(change, early),
        _start(change),
        natural(change.address.name),
        change.key,
    )


def _urgency(change: Change, early: bool) -> int:
    if early:
        return 1
    if not isinstance(change, Update | Adopt):
        return 3 if isinstance(change, Replace | Create) else 5 if isinstance(change, Release) else 4
    kind = kinds()[change.address.kind]
    if change.removals or any(_protects(kind, item) for item in change.fields):
        return 0
    if isinstance(change, Adopt) and not change.fields:
        return 2
    return 5 if all(item.field in kind.cosmetic for item in change.fields) else 4


def _protects(kind: type[Resource], change: FieldChange) -> bool:
    """True if the field becomes what keeps harm off, such as a waiting room switched on."""
    values = kind.protects.get(change.field)
    return values is not None and (not values or change.after in values)


def _start(change: Change) -> str:
    """The first occurrence of what is created, so that tomorrow's meetings do not wait behind next term's."""
    for item in change.fields:
        if isinstance(item.after, Mapping) and item.after.get("occurrences"):
            return str(item.after["occurrences"][0])  # type: ignore[index]  # a tuple, and not empty
    return ""


def _topological(pending: Sequence[Change]) -> tuple[Change, ...]:
    """Stable: among changes whose prerequisites are placed, the one sorted first goes first."""
    followers: dict[int, list[int]] = defaultdict(list)
    missing = [0] * len(pending)
    for index, prerequisites in enumerate(_prerequisites(pending)):
        for prerequisite in prerequisites - {index}:
            followers[prerequisite].append(index)
            missing[index] += 1
    ready = [index for index, count in enumerate(missing) if count == 0]
    placed = []
    while ready:
        index = heapq.heappop(ready)
        placed.append(pending[index])
        for follower in followers[index]:
            missing[follower] -= 1
            if missing[follower] == 0:
                heapq.heappush(ready, follower)
    if len(placed) != len(pending):
        stuck = ", ".join(str(pending[i].address) for i, count in enumerate(missing) if count)
        raise PlanRefused(f"these changes wait for each other: {stuck}; take one reference out of the circle")
    return tuple(placed)


def _prerequisites(pending: Sequence[Change]) -> Iterator[set[int]]:
    """Of every change, the changes that make what it names; of a removal, also those that remove it.

    So what stands below something, and leads to it, goes before it.
    """
    makers: dict[Address, list[int]] = defaultdict(list)
    removers: dict[Address, list[int]] = defaultdict(list)
    for index, change in enumerate(pending):
        if isinstance(change, Remove):
            removers[change.address].append(index)
        elif not isinstance(change, Release | Forget):
            makers[change.address].append(index)
    for change in pending:
        needed = {maker for address in change.after for maker in makers[address]}
        if isinstance(change, Remove):
            below = (address for address in change.after if address != change.address)
            needed |= {remover for address in below for remover in removers[address]}
        yield needed
