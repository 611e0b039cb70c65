"""weigh: ask what would go with objects that are to be deleted, and put it into the plan. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.model import (
    Difference,
    Driver,
    Finding,
    Live,
    Loss,
    Observation,
    Removal,
    Remove,
    Waiting,
    Weighs,
)


def weigh(difference: Difference, seen: Observation, drivers: Mapping[str, Driver]) -> Difference:
    """The difference in which each delete says what is lost by it.

    One that the vendor would refuse waits, and a finding says what to do.
    """
    changes, findings = list(difference.changes), list(difference.findings)
    going: dict[tuple[str, str], list[tuple[int, Live[Any]]]] = defaultdict(list)
    for index, change in enumerate(changes):
        match = seen.matches.get(change.address)
        if _deletes(change) and match and match.live:
            going[change.address.target, change.address.kind].append((index, match.live))
    for (target, kind), rows in sorted(going.items()):
        handler: object = drivers[target].handlers().get(kind) if target in drivers else None
        if not isinstance(handler, Weighs):
            continue
        losses = handler.weigh([live for _, live in rows])
        for (index, _), loss in zip(rows, losses, strict=True):
            change = changes[index]
            wait = (Waiting(str(change.address), loss.held),) if loss.held else ()
            changes[index] = replace(change, note=loss.text, waiting=(*change.waiting, *wait))
            findings += _finding(str(change.address), loss)
    return replace(difference, changes=tuple(changes), findings=tuple(findings))


def _deletes(change: object) -> bool:
    return isinstance(change, Remove) and change.how is Removal.DELETE and change.hand_off is None


def _finding(subject: str, loss: Loss) -> list[Finding]:
    return [Finding("error", subject, f"cannot be deleted: {loss.held}", loss.remedy)] if loss.held else []
