"""settle: find out what became of a write whose end is not known. It reads; it never sends a write again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.model import (
    Address,
    Evidence,
    Finds,
    Handler,
    Intent,
    Live,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.model.recorded import row_of
from reconciler.resources.base import Members, Resource, SecretRef, declared, plain

READINGS = 2
"""How many complete readings must show nothing before a create counts as not done."""


@dataclass
class Settled:
    """Per address of an intent: the object it made, that it made none, or that it cannot be told."""

    made: dict[Address, Live[Resource]] = field(default_factory=dict)
    none: list[Address] = field(default_factory=list)
    several: dict[Address, tuple[str, ...]] = field(default_factory=dict)


def settle(
    intent: Intent,
    handler: Handler[Any],
    elsewhere: Collection[str],
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Settled:
    """Look for what a create intent made, by its own body, among objects not recorded `elsewhere`.

    Waits until the write must be visible; two complete readings without it mean it did not happen. Raises
    what reading raises, and then nothing is known.
    """
    result = Settled()
    visible_after = handler.capability.visible_after
    waited = (clock() - intent.at).total_seconds()
    if waited < visible_after:
        sleep(visible_after - waited)
    for address in intent.addresses:
        _settle_row(row_of(intent, address), handler, elsewhere, sleep, result)
    return result


def _settle_row(
    row: Intent,
    handler: Handler[Any],
    elsewhere: Collection[str],
    sleep: Callable[[float], None],
    result: Settled,
) -> None:
    address = row.addresses[0]
    for reading in range(READINGS):
        if reading:
            sleep(handler.capability.visible_after)
        candidates = handler.find(row) if isinstance(handler, Finds) else ()
        free = [live for live in candidates if not live.remote_id or live.remote_id not in elsewhere]
        if len(free) == 1:
            result.made[address] = free[0]
            return
        if free:
            result.several[address] = tuple(f"{live.label} ({live.remote_id})" for live in free)
            return
    result.none.append(address)


def made_record(address: Address, number: int, live: Live[Resource], at: datetime) -> Record:
    """The record of an object that an earlier write made; its values count as sent until compared."""
    stamp = at.isoformat()
    fields = {
        name: RecordedField(_recorded(value), Evidence.SENT, stamp)
        for name, value in declared(live.resource)
        if not isinstance(value, SecretRef)
    }
    return Record(
        address=address,
        number=number,
        remote_id=live.remote_id,
        state=State.CURRENT,
        provenance=Provenance.CREATED,
        fields=fields,
        declared=frozenset(fields),
        conditions=(live.blocked.code,) if live.blocked else (),
        keys=live.keys,
        label=live.label,
        updated=stamp,
    )


def _recorded(value: Any) -> Any:
    return tuple(value.elements) if isinstance(value, Members) else plain(value)
