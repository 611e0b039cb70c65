"""settle: find out what became of a write whose end is not known. It reads; it never sends a write again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.errors import Uncertain
from reconciler.model import (
    Address,
    Capability,
    Evidence,
    Finds,
    Handler,
    Intent,
    Live,
    Provenance,
    Record,
    RecordedField,
    Replace,
    State,
    Unique,
)
from reconciler.model.compare import READABLE
from reconciler.model.recorded import LASTING, row_of
from reconciler.resources.base import Members, Resource, SecretRef, declared, field_rules, kinds, plain

READINGS = 2
"""How many complete readings must show nothing before a create counts as not done."""


def settle(
    intent: Intent,
    handler: Handler[Any],
    is_taken: Callable[[Live[Any]], bool],
    since: datetime,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> dict[Address, Live[Resource] | Uncertain]:
    """Per address what a create intent made, by its own body, among objects that are not taken.

    Uncertain where it may be any of several; an address left out was not made. The request was surely over
    at `since`; nothing is concluded before a write must be visible, nor absence from one reading alone.
    Raises what reading raises, and then nothing is known.
    """
    if handler.capability.unique is Unique.NONE and not isinstance(handler, Finds):
        text = "its driver cannot look for what it made, and the vendor refuses no second one"
        raise Uncertain(f"{intent.addresses[0]}: {text}; look at the console", target=intent.target)
    visible_after = handler.capability.visible_after
    found: dict[Address, Live[Resource] | Uncertain] = {}
    for reading in range(READINGS):
        waited = 0.0 if reading else (clock() - since).total_seconds()
        if waited < visible_after:
            sleep(visible_after - waited)
        for address in [address for address in intent.addresses if address not in found]:
            candidates = handler.find(row_of(intent, address)) if isinstance(handler, Finds) else ()
            lives = [live for live in candidates if not is_taken(live)]
            if lives:
                found[address] = lives[0] if len(lives) == 1 else _ambiguous(intent, address, lives)
        if len(found) == len(intent.addresses):
            break
    return found


def _ambiguous(intent: Intent, address: Address, lives: Sequence[Live[Resource]]) -> Uncertain:
    rivals = ", ".join(f"{live.label} ({live.remote_id})" for live in lives)
    text = f"{address}: several objects could be what was made: {rivals}; remove those that are not meant"
    return Uncertain(f"{text}, then apply again", target=address.target, operation=intent.operation)


def taken(records: Iterable[Record], intent: Intent, capability: Capability) -> Callable[[Live[Any]], bool]:
    """Whether a live object is recorded as something else than what the intent may have made.

    An address's own old id is not: where ids are composed from the body, what was gone comes back under it.
    There, what reads like another object of ours is no proof either.
    """
    kinds = {address[:2] for address in intent.addresses}
    others = [
        record
        for record in records
        if record.address[:2] in kinds
        and record.state is not State.GONE
        and (
            record.address not in intent.addresses
            or record.state is State.SUPERSEDED
            or intent.verb == Replace.verb
        )
    ]
    names = [name for name, access in capability.fields.items() if access in READABLE]
    ids = {record.remote_id for record in others if record.remote_id}
    alike = [[record.fields[name].value for name in names if name in record.fields] for record in others]

    def is_taken(live: Live[Any]) -> bool:
        if live.remote_id in ids or not capability.derived_id:
            return live.remote_id in ids
        return [plain(value) for name, value in declared(live.resource) if name in names] in alike

    return is_taken


def made_records(
    intent: Intent, made: Mapping[Address, Live[Resource]], records: Iterable[Record], at: datetime
) -> list[Record]:
    """What to record of what a create is found to have made; the incarnations it follows step back.

    An object that is recorded already stays as it is.
    """
    found = []
    for address, live in made.items():
        mine = [record for record in records if record.address == address]
        current = [record for record in mine if record.state in LASTING]
        if any(record.remote_id == live.remote_id for record in current):
            continue
        state = State.SUPERSEDED if intent.verb == Replace.verb else State.GONE
        found += [replace(record, state=state) for record in current]
        number = 1 + max((record.number for record in mine), default=0)
        found.append(credit(_made_record(address, number, live, at), intent.elements))
    return found


def credit(record: Record, added: Sequence[str]) -> Record:
    """Elements a request was to add count as ours; the next reading drops those it did not add."""
    rules = field_rules(kinds()[record.address.kind])
    ours = {
        name: tuple(sorted({*record.elements.get(name, ()), *added}))
        for name, rule in rules.items()
        if rule.collection and added
    }
    return replace(record, elements={**record.elements, **ours})


def _made_record(address: Address, number: int, live: Live[Resource], at: datetime) -> Record:
    """The record of an object that an earlier write made; its values count as sent until compared.

    What was declared then is not known, so that nothing of it counts as released.
    """
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
        conditions=(live.blocked.code,) if live.blocked else (),
        keys=live.keys,
        label=live.label,
        updated=stamp,
    )


def _recorded(value: Any) -> Any:
    return tuple(value.elements) if isinstance(value, Members) else plain(value)
