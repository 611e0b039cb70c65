"""diff: compare desired, recorded and live as of one moment and say what would change. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model import (
    Access,
    Address,
    Adopt,
    Capability,
    Change,
    Create,
    Declared,
    Desired,
    Difference,
    FieldChange,
    Finding,
    Health,
    Live,
    Observation,
    Reading,
    Reason,
    Record,
    Recorded,
    Removal,
    Rename,
    Replace,
    State,
    Status,
    Sync,
    Unread,
    Update,
    Waiting,
)
from reconciler.model.documents import entry_place
from reconciler.model.references import has_live, references, tops_first
from reconciler.resources.base import Resource, declared, field_rules, kinds
from reconciler.settings import Settings
from reconciler.stages.diff.canary import hold_back
from reconciler.stages.diff.contested import contest
from reconciler.stages.diff.dates import note_dates
from reconciler.stages.diff.fields import FIXED, drift_of, field_changes, hidden_fields
from reconciler.stages.diff.fitness import lack, note_lacking, raised, unconfirmed, unfit, unfit_owner
from reconciler.stages.diff.hand_offs import await_page, by_hand, collect, propose, split_by_hand
from reconciler.stages.diff.labels import note_labels
from reconciler.stages.diff.lti import note_lti
from reconciler.stages.diff.releases import release, release_fields
from reconciler.stages.diff.remarks import hold, lapsed, remark
from reconciler.stages.diff.removals import (
    disappear,
    keep_while_needed,
    look_alikes,
    lost_readings,
    outlives,
    removal,
    superseded,
)
from reconciler.stages.diff.sheets import label_of
from reconciler.stages.diff.world import World


def diff(
    desired: Declared,
    recorded: Recorded,
    seen: Observation,
    settings: Settings,
    capabilities: Mapping[str, Mapping[str, Capability]],
    as_of: datetime,
    covers: Callable[[str], bool] = lambda _: True,
) -> Difference:
    """Every change, status, drift, finding and hand-off of the targets `covers` takes; unordered, unguarded.

    Addresses are visited in the order of references, so that what a change waits on is known before it.
    """
    world = World(desired, recorded, seen, settings, capabilities, as_of, covers)
    undeclared = [
        record
        for address, record in world.records.items()
        if address not in desired.resources
        and record.state is State.CURRENT
        and covers(address.target)
        and address not in world.ended
    ]
    held = look_alikes(world, undeclared)
    for target, text in sorted(seen.misbound.items()):
        world.findings.append(Finding("error", target, text, _REBIND.format(target=target), guard="binding"))
    for address in tops_first(desired.resources):
        _compare(world, desired.resources[address], address in held)
    hold_back(world)
    disappear(world, [record for record in undeclared if record.address not in held])
    superseded(world)
    keep_while_needed(world)
    lost_readings(world)
    remark(world)
    note_dates(world)
    note_lacking(world)
    note_labels(world)
    note_lti(world)
    return Difference(
        changes=tuple(world.changes),
        statuses=tuple(world.statuses),
        drift=tuple(world.drift),
        findings=(*desired.findings, *world.findings),
        hand_offs=collect(world),
    )


_REBIND = "point the target back, or, if this is meant: reconciler state rebind {target}"


def _compare(world: World, item: Desired[Resource], held: bool) -> None:
    address = item.address
    if not has_live(address) or not world.covers(address.target):
        return
    record = world.records.get(address)
    if item.lifecycle.release:
        release(world, item, record)
        return
    if record is not None and record.address != address:
        _rename(world, item, record)
    if not world.capability(address).verbs:
        by_hand(world, item, record)
        return
    if address in world.ended:
        world.statuses.append(Status(address, Sync.IN_SYNC, "ended"))
        return
    reading = world.reading(address)
    if isinstance(reading, Unread):
        _unread(world, item, record, reading)
    elif held:
        world.statuses.append(Status(address, Sync.PENDING, "looks like a rename; see the findings"))
    else:
        _compare_read(world, item, record, reading)


def _rename(world: World, item: Desired[Resource], record: Record) -> None:
    world.plan(
        Rename(
            address=item.address,
            previous=record.address,
            reason=Reason.RENAMED,
            label=record.label,
            remote_id=record.remote_id,
            where=item.where,
        )
    )


def _unread(world: World, item: Desired[Resource], record: Record | None, reading: Unread) -> None:
    if record is not None or not reading.waits_on:
        world.statuses.append(Status(item.address, Sync.UNKNOWN, reading.reason))
        return
    waiting = (Waiting(reading.waits_on, reading.reason),)
    _create(world, item, Reason.NEW, waiting)


def _compare_read(world: World, item: Desired[Resource], record: Record | None, reading: Reading) -> None:
    match, address = world.seen.matches[item.address], item.address
    owner = world.who.owner(address.target, address.kind, match.live.remote_id) if match.live else None
    if match.rivals or (owner is not None and owner != address and owner in world.records):
        rivals = match.rivals or (str(owner),)
        text = f"cannot tell which live object this is; also possible: {', '.join(rivals)}"
        remedy = _SAME.format(name=owner.name, where=item.where) if owner else _TELL_APART
        world.findings.append(
            Finding("error", str(address), text, remedy, guard="identity", addresses=(address,))
        )
        world.statuses.append(Status(address, Sync.UNKNOWN, text))
    elif match.live is None:
        _absent(world, item, record)
    else:
        _present(world, item, record, match.live, match.how, reading)


_SAME = (
    "make the natural keys differ, or, if it is the same object under a new name, at {where} write "
    "lifecycle: {{previously: [{name}]}}"
)
_TELL_APART = (
    "make the natural keys differ, or remove the one that is not meant; ambiguity is never written to"
)


def _absent(world: World, item: Desired[Resource], record: Record | None) -> None:
    kind = kinds()[item.address.kind]
    if record is None:
        _create(world, item, Reason.NEW)
    elif (item.lifecycle.on_gone or kind.on_gone) == "recreate" or lapsed(world, item):
        _create(world, item, Reason.ROTATED if item.address in world.desired.rotated else Reason.GONE)
    else:
        text = f"gone from the live system (was {record.label or record.remote_id}); not created again"
        place = entry_place(item.address, item.where)
        remedy = f"at {place}: lifecycle: {{on_gone: recreate}}, or take the entry out"
        world.findings.append(Finding("error", str(item.address), text, remedy))
        world.statuses.append(Status(item.address, Sync.DRIFTED, "gone"))


def _create(world: World, item: Desired[Resource], reason: Reason, waiting: tuple[Waiting, ...] = ()) -> None:
    after, waits = _prerequisites(world, item)
    note, held = hold(world, item)
    change = Create(
        address=item.address,
        reason=reason,
        label=label_of(item),
        where=item.where,
        fields=tuple(field_changes(world, item, None, None)),
        after=after,
        waiting=(*waiting, *waits, *await_page(world, item.resource), *held, *lack(world, item)),
        note=note,
    )
    _status(world, propose(world, change))


def _prerequisites(world: World, item: Desired[Resource]) -> tuple[tuple[Address, ...], tuple[Waiting, ...]]:
    """What the whole object needs (its scalar references): planned ones, and ones it waits on."""
    after, waits, rules = [], [], field_rules(type(item.resource))
    apart = {name for name, value in declared(item.resource) if hasattr(value, "elements")}
    apart |= set(item.lifecycle.ignore) if world.live(item.address) else set()
    for name, address in references(item.resource):
        wait = world.waits(address) or unfit(world, address, rules[name]) if name not in apart else None
        if wait is not None:
            waits.append(wait)
        elif address in world.planned or raised(world, address, rules[name]):
            after.append(address)
    return tuple(dict.fromkeys(after)), tuple(waits)


def _present(
    world: World,
    item: Desired[Resource],
    record: Record | None,
    live: Live[Resource],
    how: str,
    reading: Reading,
) -> None:
    if record is not None:
        world.drift.extend(drift_of(world, item.address, record, live))
    for condition in live.conditions:
        world.findings.append(Finding("info", str(item.address), condition.text))
    back = [_RETURNED] if _comes_back(record, live, item) else []
    differing = [*back, *field_changes(world, item, record, live)]
    fields = split_by_hand(world, item, live, differing, reading)
    if record is None:
        _adopt(world, item, live, how, fields)
        return
    contest(world, item, record, live, fields)
    fixed = {name for name, access in world.capability(item.address).fields.items() if access in FIXED}
    if any(change.field in fixed for change in fields):
        _replace(world, item, record, live, fields)
        return
    release_fields(world, item, record, live)
    if fields:
        _update(world, item, live, fields)
    else:
        _in_sync(world, item, live)


def _comes_back(record: Record | None, live: Live[Resource], item: Desired[Resource]) -> bool:
    """A person we disabled and who is declared again is enabled, whether or not `active` is declared."""
    return (
        record is not None
        and record.state is State.DISABLED
        and getattr(live.resource, "active", None) is False
        and "active" not in dict(declared(item.resource))
    )


_RETURNED = FieldChange("active", False, True, Reason.RETURNED)


def _waiting(live: Live[Resource], item: Desired[Resource], fields: list[FieldChange]) -> tuple[Waiting, ...]:
    """The whole change waits if its object is pending or if nothing of it can be sent yet."""
    if live.blocked:
        return (Waiting(str(item.address), live.blocked.text),)
    if fields and all(change.waiting and not (change.added or change.removed) for change in fields):
        return tuple(wait for change in fields for wait in change.waiting)
    return ()


def _adopt(
    world: World, item: Desired[Resource], live: Live[Resource], how: str, fields: list[FieldChange]
) -> None:
    after, waits = _prerequisites(world, item)
    access = world.capability(item.address).fields
    unseen = [change.field for change in fields if access[change.field] is Access.HIDDEN_CREATE]
    fields = [change for change in fields if change.field not in unseen]
    change = Adopt(
        address=item.address,
        reason=Reason.FOUND,
        label=live.label,
        remote_id=live.remote_id,
        where=item.where,
        fields=tuple(fields),
        after=after,
        waiting=(*waits, *_waiting(live, item, fields)) if fields else (),
        note=f"{', '.join(unseen)} cannot be read and are taken to be as declared" if unseen else "",
        matched=how,
        owner=live.owner,
    )
    _status(world, propose(world, change))


def _update(world: World, item: Desired[Resource], live: Live[Resource], fields: list[FieldChange]) -> None:
    after, waits = _prerequisites(world, item)
    loses = world.capability(item.address).loses
    change = Update(
        address=item.address,
        reason=next((c.reason for c in fields if c.reason is not Reason.DRIFTED), Reason.DRIFTED),
        label=live.label,
        remote_id=live.remote_id,
        where=item.where,
        fields=tuple(fields),
        after=after,
        waiting=_waiting(live, item, fields) or unfit_owner(world, item) or unconfirmed(world, item, fields),
        note="; ".join(dict.fromkeys(loses[change.field] for change in fields if change.field in loses)),
        owner=live.owner,
    )
    _status(world, propose(world, change))


def _replace(
    world: World, item: Desired[Resource], record: Record, live: Live[Resource], fields: list[FieldChange]
) -> None:
    after, waits = _prerequisites(world, item)
    change = Replace(
        address=item.address,
        reason=fields[0].reason,
        label=live.label,
        remote_id=live.remote_id or record.remote_id,
        where=item.where,
        fields=tuple(fields),
        after=after,
        waiting=waits or unconfirmed(world, item, fields),
        note=world.capability(item.address).loses.get("replace", ""),
        allowed=item.lifecycle.allow_replace,
        protected=item.lifecycle.protect or record.protect,
    )
    planned = propose(world, change)
    old = removal(world, record, live, Removal.DELETE, Reason.SUPERSEDED)
    waiting = (*change.waiting, *outlives(world, item.address))
    propose(world, replace(old, after=(item.address,), protected=False, waiting=waiting))
    _status(world, planned)


def _in_sync(world: World, item: Desired[Resource], live: Live[Resource]) -> None:
    ignored = f"ignored: {', '.join(item.lifecycle.ignore)}" if item.lifecycle.ignore else ""
    probe = world.health(item.address)
    if hidden := hidden_fields(world, item, live):
        tried = f", and not tried: {probe.text}" if probe and probe.health is Health.UNPROBED else ""
        word, text = Sync.UNVERIFIED, f"cannot be read back: {', '.join(hidden)}{tried}"
    else:
        word, text = Sync.IN_SYNC, probe.text if probe else ""
    text = "; ".join(filter(None, (text, ignored)))
    world.statuses.append(Status(item.address, word, text, probe.health if probe else None))
    if probe and probe.health is Health.BROKEN:
        world.findings.append(Finding("warning", str(item.address), probe.text, _BROKEN))


_BROKEN = "find out who changed it there; what is fixed once made can only be replaced"


def _status(world: World, change: Change) -> None:
    if change.hand_off is not None:
        word, text = Sync.WAITING, f"open hand-off {change.hand_off.id}: {change.hand_off.why}"
    elif change.waiting:
        word, text = Sync.WAITING, f"waits on {change.waiting[0].on}: {change.waiting[0].why}"
    elif isinstance(change, Update) and change.reason is Reason.DRIFTED:
        word, text = Sync.DRIFTED, ", ".join(item.field for item in change.fields)
    else:
        word, text = Sync.PENDING, change.verb
    world.statuses.append(Status(change.address, word, text))
