"""order: put changes into the sequence in which they are applied. Pure; input order is irrelevant."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reconciler.errors import PlanRefused
from reconciler.model import Address, Adopt, Change, Create, Forget, Remove, Rename, Replace, Update
from reconciler.model.references import kind_order, natural

Key = tuple[object, ...]


def order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Records move first, then what exists is made and changed along the references, removals last, reversed.

    Within a kind: what frees seats or takes rights away, then creates by start, then updates. Every change
    comes after the changes of the addresses in its `after`; a cycle raises PlanRefused.
    """
    ranks = {kind: index for index, kind in enumerate(kind_order())}
    pending = sorted(changes, key=lambda change: _key(change, ranks))
    return _topological(pending)


def _key(change: Change, ranks: Mapping[str, int]) -> Key:
    rank = ranks.get(change.address.kind, len(ranks))
    phase = {Rename: 0, Remove: 2, Forget: 3}.get(type(change), 1)
    return (
        phase,
        -rank if phase == 2 else rank,
        change.address.target,
        _urgency(change),
        _start(change),
        natural(change.address.name),
        change.key,
    )


def _urgency(change: Change) -> int:
    if change.removals and isinstance(change, Update):
        return 0
    return {Adopt: 1, Replace: 2, Create: 2}.get(type(change), 3)


def _start(change: Change) -> str:
    """The first occurrence of what is created, so that tomorrow's meetings do not wait behind next term's."""
    for item in change.fields:
        if isinstance(item.after, Mapping) and item.after.get("occurrences"):
            return str(item.after["occurrences"][0])  # type: ignore[index]  # a tuple, and not empty
    return ""


def _topological(pending: Sequence[Change]) -> tuple[Change, ...]:
    """Stable: among changes whose prerequisites are placed, the one sorted first goes first."""
    makers: dict[Address, list[int]] = defaultdict(list)
    for index, change in enumerate(pending):
        if not isinstance(change, Remove | Forget):
            makers[change.address].append(index)
    followers: dict[int, list[int]] = defaultdict(list)
    missing = [0] * len(pending)
    for index, change in enumerate(pending):
        for prerequisite in {maker for address in change.after for maker in makers[address]} - {index}:
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
