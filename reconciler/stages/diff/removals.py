"""What is recorded and no longer declared: removed, kept, forgotten, or a rename in disguise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.model import (
    Address,
    Change,
    Desired,
    Finding,
    Forget,
    Live,
    Provenance,
    Reading,
    Reason,
    Record,
    Removal,
    Remove,
    Replace,
    State,
    Unread,
    Waiting,
)
from reconciler.model.documents import entry_place
from reconciler.resources.base import Resource, declared, field_rules, kinds, unchecked
from reconciler.stages.diff.hand_offs import propose, take_off, whole_of
from reconciler.stages.diff.releases import families, let_go_of, superseded_kept
from reconciler.stages.diff.world import World

PROTECTED = "it is protected, so nobody is asked to take it away by hand"


def disappear(world: World, undeclared: Iterable[Record]) -> None:
    """Decide for every current record without a declaration; what is kept is said once per kind."""
    kept: dict[tuple[str, str, str], list[Address]] = defaultdict(list)
    released = families(world)
    for record in undeclared:
        family = released.get(record.address._replace(name=record.address.name.rpartition("/")[0]))
        why = "" if family else _kept(world, record)
        if family:
            let_go_of(world, record, family)
        if why:
            kept[record.address.target, record.address.kind, why].append(record.address)
    for (target, kind, why), addresses in sorted(kept.items()):
        few = ", ".join(a.name for a in addresses[:5]) + (", ..." if len(addresses) > 5 else "")
        text = f"{len(addresses)} no longer declared and kept ({few}): {why}"
        world.findings.append(Finding("info", f"{target}/{kind}", text))


def _kept(world: World, record: Record) -> str:
    """Plan the removal; or the reason why there is none."""
    address = record.address
    source = world.desired.unread.get((address.target, address.kind))
    if source:
        return f"its source cannot be trusted ({source})"
    if address.kind not in world.capabilities.get(address.target, {}):
        return f"no target {address.target} with this kind is configured any more"
    if not world.capability(address).verbs:
        return _kept_by_hand(world, record)
    reading = world.reading(address)
    if isinstance(reading, Unread):
        return f"it was not read ({reading.reason})"
    live = world.live(address)
    if live is None:
        world.plan(
            Forget(
                address=address,
                reason=Reason.GONE,
                label=record.label,
                remote_id=record.remote_id,
                number=record.number,
            )
        )
        return ""
    how = _how(world, record)
    if how is None:
        adopted = record.provenance is Provenance.ADOPTED and not record.on_absent
        return "it was adopted, not created by us" if adopted else "on_absent is keep"
    if address.kind not in world.settings.targets[address.target].prune:
        return f"`prune` of {address.target} does not name {address.kind}"
    if record.protect and how.value not in world.capability(address).verbs:
        return PROTECTED
    propose(world, removal(world, record, live, how, Reason.UNDECLARED))
    return ""


def _kept_by_hand(world: World, record: Record) -> str:
    if record.protect:
        return PROTECTED
    if _how(world, record) is None and whole_of(world, record.address) == record.address:
        return "on_absent is keep"
    take_off(world, record)
    return ""


def _how(world: World, record: Record) -> Removal | None:
    defaults = world.settings.targets[record.address.target].defaults.get(record.address.kind, {})
    lifecycle = defaults.get("lifecycle", {})
    configured = lifecycle.get("on_absent") if isinstance(lifecycle, dict) else None
    explicit = record.on_absent or configured
    if record.provenance is Provenance.ADOPTED and not explicit:
        return None
    how = explicit or kinds()[record.address.kind].on_absent
    return None if how == "keep" else Removal(str(how))


def removal(world: World, record: Record, live: Live[Resource], how: Removal, reason: Reason) -> Remove:
    """The change that takes one incarnation away, with what is lost by it."""
    return Remove(
        address=record.address,
        reason=reason,
        label=live.label,
        remote_id=live.remote_id or record.remote_id,
        how=how,
        number=record.number,
        note=world.capability(record.address).loses.get(how.value, ""),
        protected=record.protect,
        owner=live.owner,
    )


def superseded(world: World) -> None:
    """Old incarnations whose removal is not confirmed yet are retried until it is."""
    for record in world.recorded.records:
        if superseded_kept(world, record):
            continue
        if record.state is State.SUPERSEDED and isinstance(world.reading(record.address), Reading):
            world.plan(
                Remove(
                    address=record.address,
                    reason=Reason.SUPERSEDED,
                    label=record.label,
                    remote_id=record.remote_id,
                    how=Removal.DELETE,
                    number=record.number,
                    protected=False,
                    waiting=outlives(world, record.address),
                )
            )


def outlives(world: World, address: Address) -> tuple[Waiting, ...]:
    """Why an address's former object stays for now."""
    why = world.desired.outlived.get(address)
    return (Waiting(str(address), why),) if why else ()


def keep_while_needed(world: World) -> None:
    """A removal comes after what still leads to its object: its users' new objects, and their removals.

    So nothing is taken away whose successor is not linked yet, or whose link could not be ended or read.
    """
    needed, unread = _needed(world), _unread_users(world)
    for index, change in enumerate(world.changes):
        if not isinstance(change, Remove) or change.hand_off is not None:
            continue
        users = needed.get((change.address.kind, str(change.address)), [])
        users = [*users, *needed.get((change.address.kind, change.remote_id), [])]
        after = tuple(dict.fromkeys((*change.after, *(user.address for user in users))))
        told = {wait.why for wait in change.waiting}
        waits = [
            Waiting(str(user.address), user.waiting[0].why)
            for user in users
            if user.waiting and user.waiting[0].why not in told
        ]
        waits += unread.get((change.address.kind, change.remote_id), [])
        world.changes[index] = replace(change, after=after, waiting=(*change.waiting, *waits))


def _needed(world: World) -> dict[tuple[str, str], list[Change]]:
    """By kind and address, or kind and remote id: the changes of objects that refer to it."""
    found: dict[tuple[str, str], list[Change]] = defaultdict(list)
    records = {(record.address, record.number): record for record in world.recorded.records}
    for change in world.changes:
        if isinstance(change, Replace):
            fields = dict(declared(world.desired.resources[change.address].resource))
        elif isinstance(change, Remove) and (change.address, change.number) in records:
            fields = {name: was.value for name, was in records[change.address, change.number].fields.items()}
        else:
            continue
        for key in _referred(change.address, fields):
            found[key].append(change)
    return found


def _unread_users(world: World) -> dict[tuple[str, str], list[Waiting]]:
    """By kind and remote id: recorded objects that refer to it and could not be read this time."""
    found: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for record in world.recorded.records:
        key = record.address.target, record.address.kind
        reading = world.seen.readings.get(key)
        if isinstance(reading, Unread) and record.state in (State.CURRENT, State.SUPERSEDED):
            for referred in _referred(record.address, {n: was.value for n, was in record.fields.items()}):
                found[referred].append(Waiting(str(record.address), f"it was not read: {reading.reason}"))
    return found


def _referred(address: Address, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Kind and value of every single reference among the fields."""
    rules = field_rules(kinds()[address.kind])
    for name, value in fields.items():
        if rules[name].reference and isinstance(value, str):
            yield rules[name].reference, value


def look_alikes(world: World, undeclared: Iterable[Record]) -> set[Address]:
    """Disappearances and appearances that look like one rename: blocking findings, never remove + create.

    Returns the addresses on both sides, for which nothing else is planned. Where a waiver names them the
    guard decides whether it suffices, so that they are planned.
    """
    gone = {record.address: record for record in undeclared}
    by_id = {(r.address.target, r.address.kind, r.remote_id): r for r in gone.values() if r.remote_id}
    by_name: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for record in gone.values():
        if name := _name_of_gone(world, record):
            by_name[record.address.target, record.address.kind, name].append(record)
    held: set[Address] = set()
    for address, item in world.desired.resources.items():
        if address in world.records or item.lifecycle.different_person:
            continue
        live = world.live(address)
        same_object = by_id.get((address.target, address.kind, live.remote_id)) if live else None
        if same_object is not None:
            held |= _block(world, item, same_object, "both are the live object " + same_object.remote_id)
            continue
        name = _whole_name(item.resource)
        for record in by_name.get((address.target, address.kind, name), []):
            if _one_source(item, record):
                held |= _block(world, item, record, f"both are called {name!r}, from {record.source}")
            else:
                text = f"{record.address} is no longer declared and has the same name: {name!r}"
                remedy = f"if it is the same person: lifecycle: {{previously: [{record.address.name}]}}"
                world.findings.append(Finding("warning", str(address), text, remedy))
    return held


def _name_of_gone(world: World, record: Record) -> str:
    """A person's name as it is live, else as it was recorded; "" for what is no person."""
    kind = kinds()[record.address.kind]
    if not kind.people:
        return ""
    live = world.live(record.address)
    recorded = {name: item.value for name, item in record.fields.items()}
    return _whole_name(live.resource if live else unchecked(kind, recorded))


def _whole_name(resource: Resource) -> str:
    names = (getattr(resource, name, None) for name in ("first_name", "last_name"))
    return " ".join(name for name in names if isinstance(name, str)).casefold()


def _one_source(item: Desired[Resource], record: Record) -> bool:
    email = getattr(item.resource, "email", "")
    if not item.source or item.source != record.source or not isinstance(email, str):
        return False
    local, _, domain = email.casefold().partition("@")
    was_local, _, was_domain = record.keys.get("email", "").partition("@")
    return local == was_local or domain == was_domain


def _block(world: World, item: Desired[Resource], record: Record, why: str) -> set[Address]:
    pair = (item.address, record.address)
    name, place = record.address.name, entry_place(item.address, item.where)
    waived = all(
        any(waiver.excuses("look_alike", a, world.as_of) for waiver in world.desired.waivers) for a in pair
    )
    world.findings.append(
        Finding(
            "error",
            str(item.address),
            f"looks like a rename of {record.address}: {why}",
            f"at {place} write lifecycle: {{previously: [{name}]}}, or {{different_person: true}}",
            guard="look_alike",
            addresses=pair,
        )
    )
    return set() if waived else set(pair)


def lost_readings(world: World) -> None:
    """Every kind that could not be read is said, and every one with a source that is not trusted; and what a
    reading gave reason to warn of."""
    for (target, kind), why in sorted(world.desired.unread.items()):
        if world.covers(target):
            text = f"not all of it is known to be declared: {why}; nothing of it is removed in this run"
            world.findings.append(Finding("warning", f"{target}/{kind}", text, _SOURCE))
    for (target, kind), reading in sorted(world.seen.readings.items()):
        for remark in reading.remarks if isinstance(reading, Reading) else ():
            world.findings.append(Finding("warning", f"{target}/{kind}", remark))
        if isinstance(reading, Reading) or target in world.seen.misbound:
            continue
        severity = "warning" if reading.waits_on else "error"
        text = f"not read: {reading.reason}; nothing of it is created or removed in this run"
        world.findings.append(Finding(severity, f"{target}/{kind}", text))


_SOURCE = "look at the file; if it is right, correct what the source says it expects"
