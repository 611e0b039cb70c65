"""Letting go: of an object by `lifecycle.release`, of fields by no longer declaring them. No vendor call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model import (
    Address,
    Desired,
    FieldChange,
    Live,
    Reason,
    Record,
    Release,
    State,
    Status,
    Sync,
)
from reconciler.model.compare import READABLE
from reconciler.model.released import UNMANAGED, Path, dotted, find, released
from reconciler.resources.base import (
    OMITTED,
    Plain,
    Resource,
    comparable,
    field_rules,
    kinds,
    revive,
)
from reconciler.stages.diff.world import World

LET_GO = (
    "its record is dropped; from then on it is neither compared nor changed, and the entry may be taken out"
)
DONE = "neither compared nor changed; the entry may be taken out"


def release(world: World, item: Desired[Resource], record: Record | None) -> None:
    """Plan to let go of a declared object, once; afterwards its entry is only a name others may refer to."""
    if record is None:
        world.statuses.append(Status(item.address, Sync.RELEASED, DONE))
        return
    let_go_of(world, record, item)
    world.statuses.append(Status(item.address, Sync.PENDING, Release.verb))


def let_go_of(world: World, record: Record, item: Desired[Resource]) -> None:
    """Plan to drop a record because of what the entry `item` says."""
    world.plan(
        Release(
            address=record.address,
            reason=Reason.RELEASED,
            label=record.label,
            remote_id=record.remote_id,
            where=item.where,
            fields=tuple(_kept(world, record, item.address, [(name,) for name in sorted(record.fields)])),
            note=LET_GO,
            whole=True,
        )
    )


def release_fields(world: World, item: Desired[Resource], record: Record, live: Live[Resource]) -> None:
    """Plan to let go of the fields that were declared at the last apply and are omitted now.

    Not while a source of the kind is unread: what it used to declare is not known to be omitted.
    """
    paths = sorted(released(record, item, world.capability(item.address).fields))
    if paths and item.address[:2] not in world.desired.unread:
        world.plan(
            Release(
                address=item.address,
                reason=Reason.RELEASED,
                label=live.label,
                remote_id=live.remote_id,
                where=item.where,
                fields=tuple(_kept(world, record, item.address, paths)),
                whole=False,
            )
        )


def families(world: World) -> dict[Address, Desired[Resource]]:
    """The families that are let go of, by the address without a number; what they once held goes along."""
    return {
        address._replace(name=item.family): item
        for address, item in world.desired.resources.items()
        if item.lifecycle.release and item.family
    }


def superseded_kept(world: World, record: Record) -> bool:
    """True for what a replace left behind of an object that is let go of: it is no longer ours to remove."""
    item = world.desired.resources.get(record.address)
    return record.state is State.SUPERSEDED and item is not None and item.lifecycle.release


def _kept(world: World, record: Record, address: Address, paths: list[Path]) -> Iterator[FieldChange]:
    """Each with the value it keeps: as it was just read, else as it was recorded."""
    access = world.capability(address).fields
    for path in paths:
        if access.get(path[0]) in UNMANAGED:
            continue
        live = world.live(address) if access.get(path[0]) in READABLE else None
        value = _value(world, record, live, path)
        yield FieldChange(dotted(path), value, value, Reason.RELEASED)


def _value(world: World, record: Record, live: Live[Resource] | None, path: Path) -> Plain:
    name, *keys = path
    kind, target = kinds()[record.address.kind], record.address.target
    rule = field_rules(kind).get(name)
    found: Any = OMITTED
    if live is not None and not (rule and rule.collection):
        found = find(getattr(live.resource, name, OMITTED), tuple(keys))
    if found is OMITTED and name in record.fields:
        was = record.fields[name].value
        found = find(was, tuple(keys)) if keys else revive(kind, name, was)
    value = comparable(found, world.as_of)
    if not (rule and rule.reference) or value is None:
        return value
    names = (
        world.who.name(target, rule.reference, world.who.identity(target, rule.reference, str(token)))
        for token in (value if isinstance(value, tuple) else (value,))
    )
    return tuple(sorted(names)) if isinstance(value, tuple) else next(names)
