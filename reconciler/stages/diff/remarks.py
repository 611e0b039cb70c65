"""What an account itself tells beside its objects: why some are not there, and which look like one."""

from __future__ import annotations

from collections import Counter

from reconciler.model import Absence, Desired, Finding, Reading, Waiting
from reconciler.resources.base import Resource
from reconciler.stages.diff.world import World


def lapsed(world: World, item: Desired[Resource]) -> bool:
    """True for what only ran out and is made again, unless the entry itself wants that reported."""
    absence = world.seen.absences.get(item.address)
    return absence is not None and absence.lapsed and item.lifecycle.on_gone != "report"


def hold(world: World, item: Desired[Resource]) -> tuple[str, tuple[Waiting, ...]]:
    """What to note of a create, and what it waits for if the vendor would refuse it, which is a finding."""
    absence = world.seen.absences.get(item.address, Absence(""))
    if not absence.held:
        return absence.text if absence.lapsed else "", ()
    address = str(item.address)
    world.findings.append(Finding("error", address, absence.text, absence.remedy, addresses=(item.address,)))
    return "", (Waiting(address, absence.text),)


def remark(world: World) -> None:
    """What is so of everybody who is created, once per kind, and what looks double."""
    ordinary = Counter(
        (address.target, address.kind, absence.text)
        for address, absence in world.seen.absences.items()
        if address in world.planned and not (absence.held or absence.lapsed)
    )
    for (target, kind, text), number in sorted(ordinary.items()):
        world.findings.append(Finding("info", f"{target}/{kind}", f"{number:,} to create: {text}"))
    _look_double(world)


def _look_double(world: World) -> None:
    """Live objects that look like one, if one of them is ours: a finding, and nothing is ever merged."""
    for reading in world.seen.readings.values():
        if not isinstance(reading, Reading) or not world.covers(reading.target):
            continue
        for twins in reading.twins:
            owners = [world.who.owner(reading.target, reading.kind, identity) for identity in twins.ids]
            ours = [address for address in owners if address is not None]
            items = (world.desired.resources.get(address) for address in ours)
            if not ours or any(item is not None and item.lifecycle.different_person for item in items):
                continue
            names = [world.who.name(reading.target, reading.kind, identity) for identity in twins.ids]
            rest = ", ".join(name for name in names if name != str(ours[0]))
            text = f"looks like the same person as {rest}: {twins.why}"
            world.findings.append(Finding("warning", str(ours[0]), text, _ONE, addresses=tuple(ours)))


_ONE = (
    "if it is one person, choose the account to keep, hand the other one's meetings over and remove it in "
    "the console; if not, lifecycle: {different_person: true} says so. Nothing is merged by itself"
)
