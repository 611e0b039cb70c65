"""Meetings filed under labels that their account does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.errors import suggest
from reconciler.model import Address, Desired, Finding, Reading
from reconciler.resources.base import Resource
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.tracking_field import TrackingField
from reconciler.stages.diff.world import World

FEW = 3


def note_labels(world: World) -> None:
    """One finding per target and label, where that target's tracking fields were read.

    What Zoom makes of such a label is not documented (Zoom API reference, meetings): the meeting is sent as
    it is declared, and its outcome tells.
    """
    found: dict[tuple[str, str], list[Desired[Resource]]] = defaultdict(list)
    known: dict[str, frozenset[str] | None] = {}
    for address, item in world.desired.resources.items():
        meeting, target = item.resource, address.target
        if not isinstance(meeting, CourseMeeting) or not isinstance(meeting.tracking_fields, dict):
            continue
        if target not in known:
            known[target] = _labels(world, target)
        labels = known[target]
        if labels is None or address in world.ended or not world.covers(target):
            continue
        for label, value in meeting.tracking_fields.items():
            if value and label not in labels:
                found[target, label].append(item)
    for (target, label), items in sorted(found.items()):
        world.findings.append(_tell(target, label, items, known[target] or frozenset()))


def _tell(target: str, label: str, items: list[Desired[Resource]], known: frozenset[str]) -> Finding:
    places = list(dict.fromkeys(str(item.place(f"tracking_fields.{label}")) for item in items))
    few = ", ".join(places[:FEW]) + (", ..." if len(places) > FEW else "")
    text = f"`{label}` ({few}) is no tracking field of {target}, and nobody declares it as one; whether such "
    text += "a meeting is refused or loses the label is not documented"
    remedy = f"{suggest(label, known)}; or declare it among the tracking_fields of {target}"
    addresses = tuple(item.address for item in items)
    return Finding("error", f"{target}/{CourseMeeting.kind}", text, remedy, addresses=addresses)


def _labels(world: World, target: str) -> frozenset[str] | None:
    """The labels an account has once its declared fields are as declared; None if they were not read."""
    reading = world.seen.readings.get((target, TrackingField.kind))
    if not isinstance(reading, Reading):
        return None
    return frozenset((*_declared(world, target), *_left(world, reading)))


def _declared(world: World, target: str) -> Iterator[str]:
    for address, item in world.desired.resources.items():
        if address[:2] == (target, TrackingField.kind):
            yield _label(world, address, item.resource)


def _label(world: World, address: Address, field: Resource) -> str:
    """What a declared field is called: as it says, else as it is called there already, else its handle."""
    live = world.live(address)
    label = field.label if isinstance(field, TrackingField) else ""
    return label if isinstance(label, str) else live.label if live else address.name


def _left(world: World, reading: Reading) -> Iterator[str]:
    """The labels of fields that are nobody's or keep theirs."""
    for live in reading.items:
        owner = world.who.owner(reading.target, reading.kind, live.identity)
        if owner is None or owner not in world.desired.resources:
            yield live.label
