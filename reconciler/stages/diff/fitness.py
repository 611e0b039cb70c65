"""What the vendor would not take as things stand: people who do not fit, values apart, labels required."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from reconciler.model import Address, Create, Desired, FieldChange, Finding, Live, Reading, Reason, Waiting
from reconciler.model.attested import weigh_word
from reconciler.model.references import references
from reconciler.model.rotations import page_of
from reconciler.resources.base import OMITTED, FieldRule, Members, Plain, Resource, field_rules
from reconciler.resources.lti_tool import FILLED
from reconciler.stages.diff.world import World

ACTIVE, TRACKING, REQUIRED = "active", "tracking_fields", "tracking_field"


def unfit(world: World, address: Address, rule: FieldRule) -> Waiting | None:
    """Why a field may not name this object as this plan leaves it: deactivated, or of another sort."""
    marker = rule.refers
    if marker is None or not marker.field:
        return None
    if _becomes(world, address, ACTIVE) is False:
        return Waiting(str(address), "it is deactivated")
    value = _becomes(world, address, marker.field)
    if value is None or value in marker.among:
        return None
    return Waiting(str(address), f"its {marker.field} is {value}; it has to be {' or '.join(marker.among)}")


def held_up(
    world: World,
    whose: tuple[str, str],
    rule: FieldRule,
    staying: Iterable[str],
    parts: tuple[list[str], list[Waiting]],
) -> tuple[list[str], list[Waiting]]:
    """The elements to add and those that wait: all, while somebody stays with whom the list is refused."""
    added, waiting = parts
    owners = (world.who.owner(*whose, identity) for identity in sorted(staying if added else ()))
    waits = (unfit(world, owner, rule) for owner in owners if owner is not None)
    wait = next((wait for wait in waits if wait is not None), None)
    if wait is None:
        return added, waiting
    why = f"{wait.why}, and the vendor refuses any longer list that names it"
    return [], [*waiting, *(Waiting(wait.on, why, element) for element in added)]


def raised(world: World, address: Address, rule: FieldRule) -> bool:
    """True if this plan changes what `unfit` looks at, so that it has to come first."""
    change, marker = world.acting.get(address), rule.refers
    if change is None or marker is None or not marker.field:
        return False
    return any(item.field in (ACTIVE, marker.field) for item in change.fields)


def _becomes(world: World, address: Address, name: str) -> Plain:
    """A field's value once this plan is carried out; None if it is not known."""
    change = world.acting.get(address)
    for item in change.fields if change is not None else ():
        if item.field == name and not item.waiting:
            return item.after
    live = world.live(address)
    found = getattr(live.resource, name, OMITTED) if live is not None else OMITTED
    return None if found is OMITTED else found


def unfit_owner(world: World, item: Desired[Resource]) -> tuple[Waiting, ...]:
    """Why nothing of an object can be written: somebody it is of does not fit any more."""
    rules = field_rules(type(item.resource))
    found = (
        unfit(world, address, rules[name])
        for name, address in references(item.resource)
        if not isinstance(getattr(item.resource, name), Members)
    )
    return tuple(wait for wait in found if wait is not None)


def unconfirmed(world: World, item: Desired[Resource], fields: Sequence[FieldChange]) -> tuple[Waiting, ...]:
    """Why a key or secret is not given to an object that has another: nobody has confirmed where it is from.

    What is put back as it was does not wait, nor where a word only expired: launches fail in the meantime.
    """
    edited = {change.field for change in fields if change.reason is not Reason.DRIFTED}
    for relation, names in FILLED.items():
        named = getattr(item.resource, relation, OMITTED)
        if isinstance(named, str) and not names.isdisjoint(edited):
            giver = Address.parse(named)
            entries = (giver, *(entry.address for entry in page_of(giver, world.desired.resources)))
            return tuple(filter(None, (_untold(world, address) for address in entries)))[:1]
    return ()


def _untold(world: World, address: Address) -> Waiting | None:
    """What an address waits for that nobody ever confirmed, or not with these values."""
    record, item = world.records.get(address), world.desired.resources.get(address)
    capability = world.capabilities.get(address.target, {}).get(address.kind)
    if record is None or item is None or capability is None or capability.verbs:
        return world.waits(address)
    word = weigh_word(item, capability, record, world.recorded.attestations, world.seen, world.as_of)
    return Waiting(str(address), word.doubt) if word.fields and not word.holds else None


def kept_apart(world: World, item: Desired[Resource], name: str, live: Live[Resource]) -> Waiting | None:
    """Why a declared value would not be kept: a live one wins over it, and that one is not declared."""
    for apart in world.capability(item.address).apart:
        wins = apart.wins
        if not wins or name == wins or apart.values.get(name, OMITTED) != getattr(item.resource, name):
            continue
        if getattr(item.resource, wins) is OMITTED and getattr(live.resource, wins) == apart.values[wins]:
            return Waiting(
                str(item.address), f"the live `{wins}` is not declared and wins: {apart.why}", name
            )
    return None


def distrusted(world: World, address: Address, element: str = "") -> Waiting | None:
    """Why nothing is taken from an object: a source of its kind may have lost what still holds."""
    why = world.desired.unread.get((address.target, address.kind))
    return Waiting(str(address), f"its source cannot be trusted ({why})", element) if why else None


def lack(world: World, item: Desired[Resource]) -> tuple[Waiting, ...]:
    """Required labels that a new object has no value for: it would be refused, so it waits."""
    if not hasattr(item.resource, TRACKING):
        return ()
    missing = _required(world, item.address.target) - _filled(item.resource)
    if not missing:
        return ()
    labels = ", ".join(sorted(missing))
    return (Waiting(str(item.address), f"the account requires the tracking fields {labels}"),)


def note_lacking(world: World) -> None:
    """One finding per target and labels for all meetings that are made or changed without a required one."""
    found: dict[tuple[str, str, str], list[Address]] = defaultdict(list)
    for change in world.changes:
        item = world.desired.resources.get(change.address)
        if item is None or not hasattr(item.resource, TRACKING) or change.verb not in _WRITTEN:
            continue
        filled, live = _filled(item.resource), world.live(change.address)
        if live is not None and getattr(item.resource, TRACKING) is OMITTED:
            filled = _filled(live.resource)
        elif live is not None:
            filled |= _required(world, change.address.target) - getattr(item.resource, TRACKING).keys()
        if missing := _required(world, change.address.target) - filled:
            severity = "error" if isinstance(change, Create) else "warning"
            found[change.address.target, severity, ", ".join(sorted(missing))].append(change.address)
    for (target, severity, labels), addresses in sorted(found.items()):
        few = ", ".join(a.name for a in addresses[:5]) + (", ..." if len(addresses) > 5 else "")
        text = f"{len(addresses)} without a value for what the account requires ({labels}): {few}"
        remedy = f"declare tracking_fields: {{{labels.split(', ')[0]}: ...}}, or make the field not required"
        world.findings.append(
            Finding(severity, f"{target}/{addresses[0].kind}", text, remedy, addresses=tuple(addresses))
        )


_WRITTEN = ("create", "update", "adopt", "replace")


def _filled(resource: Resource) -> frozenset[str]:
    values = getattr(resource, TRACKING)
    return frozenset(label for label, value in values.items() if value) if values is not OMITTED else _NONE


_NONE: frozenset[str] = frozenset()


def _required(world: World, target: str) -> frozenset[str]:
    """Labels that are required, live or as declared; nothing is asked for where no field is declared."""
    if target not in world.labels:
        reading = world.seen.readings.get((target, REQUIRED))
        items = reading.items if isinstance(reading, Reading) else ()
        flags = dict(_flags((live.label, live.resource) for live in items))
        entries = (
            (address.name, item.resource)
            for address, item in world.desired.resources.items()
            if address[:2] == (target, REQUIRED)
        )
        world.labels[target] = frozenset(
            label for label, needed in (flags | dict(_flags(entries))).items() if needed
        )
    return world.labels[target]


def _flags(fields: Iterable[tuple[str, Resource]]) -> Iterable[tuple[str, bool]]:
    for name, resource in fields:
        label, needed = getattr(resource, "label", OMITTED), getattr(resource, "required", OMITTED)
        if isinstance(needed, bool):
            yield label if isinstance(label, str) else name, needed
