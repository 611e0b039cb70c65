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
    Reading,
    Removal,
    Remove,
    Waiting,
    Weighs,
)


def weigh(difference: Difference, seen: Observation, drivers: Mapping[str, Driver]) -> Difference:
    """The difference in which each delete says what is lost by it.

    One that the vendor would refuse, and any change that the credential may not make, waits, and a finding
    says what to do. So does what something uses still, as far as the vendor tells.
    """
    changes, findings = list(difference.changes), list(difference.findings)
    going: dict[tuple[str, str], list[tuple[int, Live[Any]]]] = defaultdict(list)
    for index, change in enumerate(changes):
        live = _find_live(change, seen) if _deletes(change) else None
        if live is not None:
            going[change.address.target, change.address.kind].append((index, live))
    for (target, kind), rows in sorted(going.items()):
        handler: object = drivers[target].handlers().get(kind) if target in drivers else None
        if not isinstance(handler, Weighs):
            continue
        losses = handler.weigh([live for _, live in rows])
        for (index, _), loss in zip(rows, losses, strict=True):
            change = changes[index]
            why = loss.held or loss.used
            wait = (Waiting(str(change.address), why),) if why else ()
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


def _find_live(change: Change, seen: Observation) -> Live[Any] | None:
    """The very object that goes, as it was read: an address may have two, one in the other's place."""
    match, reading = seen.matches.get(change.address), seen.readings.get(change.address[:2])
    found = match.live if match else None
    if found is not None and (not found.remote_id or found.remote_id == change.remote_id):
        return found
    items = reading.items if isinstance(reading, Reading) else ()
    return next((live for live in items if live.remote_id == change.remote_id), None)


def _finding(subject: str, loss: Loss) -> list[Finding]:
    return [Finding("error", subject, f"cannot be deleted: {loss.held}", loss.remedy)] if loss.held else []
