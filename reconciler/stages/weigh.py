"""weigh: ask what would go with objects to be deleted, and what cannot be written at all. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.model import (
    Address,
    Adopt,
    Change,
    Difference,
    Driver,
    Finding,
    Lacks,
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

    One that the vendor would refuse, and any change that the credential may not make, waits, and a finding
    says what to do.
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
    changes, lacking = _lacking(changes, drivers)
    return replace(difference, changes=tuple(changes), findings=(*findings, *lacking))


def _lacking(
    changes: Sequence[Change], drivers: Mapping[str, Driver]
) -> tuple[list[Change], Iterable[Finding]]:
    """Changes wait that the credential may not make, with one finding per kind and what it lacks."""
    told: dict[tuple[str, str], str] = {}
    waiting: dict[tuple[str, str], list[Address]] = defaultdict(list)
    made = []
    for change in changes:
        subject, verb = "/".join(change.address[:2]), _writes_as(change)
        if (subject, verb) not in told:
            driver = drivers.get(change.address.target)
            handler: object = driver.handlers().get(change.address.kind) if driver else None
            told[subject, verb] = handler.lacks(verb) if isinstance(handler, Lacks) else ""
        lack = told[subject, verb]
        if lack and change.hand_off is None:
            waiting[subject, lack].append(change.address)
            change = replace(change, waiting=(*change.waiting, Waiting(subject, f"not allowed: {lack}")))
        made.append(change)
    return made, [
        Finding("error", subject, f"the credential may not do what {len(found)} changes need: {lack}", _GRANT)
        for (subject, lack), found in waiting.items()
    ]


def _writes_as(change: Change) -> str:
    if isinstance(change, Remove):
        return change.how.value
    return "update" if isinstance(change, Adopt) and change.fields else change.verb


_GRANT = "let its role or its list of functions hold that, or take out what needs it"


def _deletes(change: object) -> bool:
    return isinstance(change, Remove) and change.how is Removal.DELETE and change.hand_off is None


def _finding(subject: str, loss: Loss) -> list[Finding]:
    return [Finding("error", subject, f"cannot be deleted: {loss.held}", loss.remedy)] if loss.held else []
