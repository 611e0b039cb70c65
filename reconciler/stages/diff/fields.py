"""Differences field by field, three ways: desired, recorded, live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model import (
    Access,
    Address,
    Desired,
    Drift,
    Evidence,
    FieldChange,
    Health,
    Live,
    Reason,
    Record,
    Unread,
    Waiting,
)
from reconciler.model.compare import HIDDEN, READABLE, limited, same, texts
from reconciler.model.released import UNMANAGED
from reconciler.resources.base import (
    OMITTED,
    FieldRule,
    Members,
    Plain,
    Resource,
    SecretRef,
    comparable,
    declared,
    field_rules,
    kinds,
    revive,
)
from reconciler.stages.diff.fitness import distrusted, held_up, kept_apart, unfit
from reconciler.stages.diff.world import World

FIXED = (Access.CREATE_ONLY, Access.HIDDEN_CREATE)


def field_changes(
    world: World, item: Desired[Resource], record: Record | None, live: Live[Resource] | None
) -> Iterator[FieldChange]:
    """Every declared field that differs; with `live` None every declared field, for a create.

    Fields that `lifecycle.ignore` names are sent when the object is made and never compared after.
    """
    rules = field_rules(type(item.resource))
    access = world.capability(item.address).fields
    ignored = item.lifecycle.ignore if live is not None else ()
    for name, value in declared(item.resource):
        if access[name] in UNMANAGED or name in ignored:
            continue
        if live is not None and access[name] in HIDDEN and _is_unknown(world, item.address, rules[name]):
            continue  # neither told nor resolved here: nothing to compare
        readable = access[name] in READABLE and not rules[name].reference
        if readable and live is not None and getattr(live.resource, name) == value:
            continue  # nearly always; the rest is dearer
        change = _difference(world, item, rules[name], value, record, live, access[name])
        if change is not None:
            wait = kept_apart(world, item, name, live) if live is not None else None
            if change.falls:
                wait = wait or distrusted(world, item.address, name)
            yield replace(change, waiting=(wait,)) if wait else change


def _is_unknown(world: World, address: Address, rule: FieldRule) -> bool:
    return rule.secret and world.seen.fingerprints.get((address, rule.name)) is None


def hidden_fields(world: World, item: Desired[Resource], live: Live[Resource]) -> tuple[str, ...]:
    """Declared fields that nothing here confirms; a readable secret is one if it does not resolve here."""
    capability, ignored = world.capability(item.address), item.lifecycle.ignore
    access, probe = capability.fields, world.health(item.address)
    shown = capability.proves if probe and probe.health is Health.WORKING else ()
    names = (
        name
        for name, value in declared(item.resource)
        if access[name] in HIDDEN
        or name in live.unknown
        or isinstance(value, SecretRef)
        and access[name] in READABLE
        and getattr(live.resource, name) is OMITTED
    )
    return tuple(name for name in names if name not in ignored and name not in shown)


def _difference(
    world: World,
    item: Desired[Resource],
    rule: FieldRule,
    value: Any,
    record: Record | None,
    live: Live[Resource] | None,
    access: Access,
) -> FieldChange | None:
    if rule.collection:
        return _members(world, item.address, rule, value, record, live, item.place(rule.name))
    was = record.fields.get(rule.name) if record else None
    if access in HIDDEN or (live is not None and rule.name in live.unknown):
        known, before = was is not None, was.value if was else None
    else:
        known = live is not None
        before = _live_value(world, item.address, rule, value, live)
    after, shown = _desired_value(world, item.address, rule, value)
    if known and same(before, after):
        if live is None or access is not Access.HIDDEN or not _is_disproved(world, item.address, rule.name):
            return None
        # Nobody can read it, and using it failed: something else stands there than what we set.
        return FieldChange(rule.name, None, shown, Reason.DRIFTED, item.place(rule.name))
    recorded = _recorded_value(world, type(item.resource), rule.name, was.value) if was else None
    reason = Reason.NEW
    if live is not None and was is not None:
        edited = Reason.ROTATED if item.address in world.desired.rotated else Reason.EDITED
        reason = Reason.DRIFTED if same(recorded, after) else edited
    falls = rule.ranked is not None and live is not None and rule.ranked.falls(before, after)
    if rule.reference and isinstance(before, str):
        before = world.who.name(*_referenced(item.address, rule, value), before)
    return FieldChange(rule.name, before, shown, reason, item.place(rule.name), falls=falls)


def _is_disproved(world: World, address: Address, name: str) -> bool:
    probe = world.health(address)
    return probe is not None and probe.health is Health.BROKEN and name in world.capability(address).proves


def _referenced(address: Address, rule: FieldRule, value: Any) -> tuple[str, str]:
    """Target and kind that a reference field points into."""
    text = value.elements[0] if isinstance(value, Members) and value.elements else value
    target = Address.parse(text).target if isinstance(text, str) else address.target
    return target, rule.reference


def _desired_value(world: World, address: Address, rule: FieldRule, value: Any) -> tuple[Plain, Plain]:
    """The value to compare and the value to show; an id not known yet is `address#id`."""
    if rule.secret:
        fingerprint = world.seen.fingerprints.get((address, rule.name))
        return fingerprint, fingerprint
    if rule.reference and value is not None:
        known = None if world.pending(Address.parse(value)) else world.who.ids.get(Address.parse(value))
        return known or f"{value}#id", value if known else f"{value}#id"
    made = comparable(value, world.as_of)
    return made, made


def _live_value(
    world: World, address: Address, rule: FieldRule, value: Any, live: Live[Resource] | None
) -> Plain:
    if live is None:
        return None
    found = getattr(live.resource, rule.name)
    if rule.reference and isinstance(found, str):
        return world.who.identity(*_referenced(address, rule, value), found)
    made = comparable(found, world.as_of)
    return limited(made, value) if isinstance(value, Mapping) else made


def _recorded_value(world: World, kind: type[Resource], name: str, value: Plain) -> Plain:
    return comparable(revive(kind, name, value), world.as_of)


def _members(
    world: World,
    address: Address,
    rule: FieldRule,
    value: Members,
    record: Record | None,
    live: Live[Resource] | None,
    where: Any,
) -> FieldChange | None:
    target, kind = _referenced(address, rule, value)
    present = _present(world, target, kind, live, rule.name)
    wanted, waiting, added, blind = set(), [], [], False
    for element in value.elements:
        referred = Address.parse(element)
        identity = "" if world.pending(referred) else world.who.ids.get(referred, "")
        wanted.add(identity)
        blind |= not identity and isinstance(world.reading(referred), Unread)
        if identity and identity in present:
            continue
        wait = world.waits(referred) or unfit(world, referred, rule)
        if wait is not None:
            waiting.append(Waiting(wait.on, wait.why, element))
        else:
            added.append(element)
    ours = set(record.elements.get(rule.name, ())) if record else set()
    extra = present - wanted if value.exactly else (ours & present) - wanted
    if blind:  # who is wanted is not known, so neither is who is not
        extra = set()
    removed = sorted(world.who.name(target, kind, identity) for identity in extra)
    if distrusted(world, address):
        kept = (distrusted(world, address, element) for element in removed)
        waiting, removed = [*waiting, *filter(None, kept)], []
    added, waiting = held_up(world, (target, kind), rule, present - extra, (added, waiting))
    if not (added or removed or waiting):
        return None
    known = record.fields.get(rule.name) if record else None
    was = ours | (texts(known.value) if known else set())
    new = {world.who.ids.get(Address.parse(item)) for item in added}
    edited = known is None or new - was or extra & was or not (added or removed)
    reason = Reason.NEW if live is None else Reason.EDITED if edited else Reason.DRIFTED
    return FieldChange(
        rule.name, None, None, reason, where, tuple(sorted(added)), tuple(removed), tuple(waiting)
    )


def _present(world: World, target: str, kind: str, live: Live[Resource] | None, name: str) -> set[str]:
    found = getattr(live.resource, name) if live is not None else OMITTED
    if not isinstance(found, Members):
        return set()
    return {world.who.identity(target, kind, token) for token in found.elements}


def drift_of(world: World, address: Address, record: Record, live: Live[Resource]) -> Iterator[Drift]:
    """Recorded fields that read back differently now, whoever changed them; not those that are ignored."""
    kind, item = kinds()[address.kind], world.desired.resources.get(address)
    rules, ignored = field_rules(kind), item.lifecycle.ignore if item else ()
    for name, was in record.fields.items():
        if name in ignored:
            continue
        found = getattr(live.resource, name, OMITTED)
        if was.evidence is not Evidence.READ or found is OMITTED or found == was.value or name not in rules:
            continue
        if rules[name].secret:
            # What is read is the reference itself, or words that it is another; only then was it changed.
            same_declared = world.seen.fingerprints.get((address, name)) == was.value
            if same_declared and not isinstance(found, SecretRef):
                yield Drift(address, name, was.value, found, live.label)
            continue
        recorded = _recorded_value(world, kind, name, was.value)
        if rules[name].collection:
            yield from _member_drift(world, address, rules[name], texts(recorded), live)
            continue
        now = comparable(found, world.as_of)
        if rules[name].reference and isinstance(now, str):
            now = world.who.identity(address.target, rules[name].reference, now)
        if not hasattr(found, "over"):
            # Of a field whose parts are declared a reading need not hold the others, those let go among them.
            recorded = limited(recorded, getattr(item.resource, name) if item else recorded)
            now = limited(now, recorded)
        if not same(recorded, now):
            yield Drift(address, name, recorded, now, live.label)


def _member_drift(
    world: World, address: Address, rule: FieldRule, recorded: set[str], live: Live[Resource]
) -> Iterator[Drift]:
    """Elements that are gone, and, where exactly these are declared, elements that came."""
    people, item = (address.target, rule.reference), world.desired.resources.get(address)
    present = _present(world, *people, live, rule.name)
    for identity in sorted(recorded - present):
        yield Drift(address, rule.name, world.who.name(*people, identity), None, live.label)
    value = getattr(item.resource, rule.name) if item else OMITTED
    extra = present - recorded if isinstance(value, Members) and value.exactly else set()
    for identity in sorted(extra):
        yield Drift(address, rule.name, None, world.who.name(*people, identity), live.label)
