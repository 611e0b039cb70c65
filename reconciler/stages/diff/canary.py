"""The first few objects made with a credential are made alone and looked at; the others wait for that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.model import (
    Address,
    Canary,
    Create,
    Desired,
    HandOffItem,
    Provenance,
    Record,
    Remove,
    Replace,
    Status,
    Sync,
    Waiting,
)
from reconciler.model.attested import values_digest
from reconciler.model.plan import CHECK
from reconciler.model.references import natural
from reconciler.resources.base import OMITTED, Plain, Resource, field_rules, plain
from reconciler.stages.diff.sheets import label_of
from reconciler.stages.diff.world import World


@dataclass(slots=True)
class _Batch:
    """What is declared to be made with one credential (`first`): what is there, and what is still to come."""

    canary: Canary
    first: Address
    there: list[Address] = field(default_factory=list)
    again: list[Address] = field(default_factory=list)  # there, and to be made anew
    ready: list[Address] = field(default_factory=list)
    waiting: list[Address] = field(default_factory=list)  # waits on something else already

    @property
    def coming(self) -> tuple[Address, ...]:
        """What this plan would make."""
        return (*self.again, *self.ready, *self.waiting)


def hold_back(world: World) -> None:
    """Where more is made with a credential than its canary, let only that through until it is confirmed.

    What was made with it before counts, so that never more than a canary is there that nobody has looked at.
    """
    held: dict[Address, Waiting] = {}
    for word, batch in sorted(_batches(world).items()):
        most = batch.canary.most
        if not batch.coming or len(batch.there) + len(batch.coming) <= most or _confirmed(world, word, batch):
            continue
        chosen = _choose(world, batch)
        _ask(world, word, batch, chosen)
        text = f"the first {most} made with {batch.first.name} have to be looked at and confirmed"
        held |= {address: Waiting(str(word), text) for address in batch.coming if address not in chosen}
    if held:
        _wait(world, held)


def _batches(world: World) -> Mapping[Address, _Batch]:
    """By where the word on each would stand."""
    canaries = {
        (target, kind): capability.canary
        for target, known in world.capabilities.items()
        for kind, capability in known.items()
        if capability.canary and world.covers(target)
    }
    making = {change.address: change for change in world.changes if isinstance(change, Create | Replace)}
    found: dict[Address, _Batch] = {}
    for address, item in world.desired.resources.items() if canaries else ():
        canary = canaries.get(address[:2])
        named = getattr(item.resource, canary.by) if canary else OMITTED
        if canary is None or not isinstance(named, str):
            continue
        first, change = Address.parse(named), making.get(address)
        batch = found.setdefault(canary.word(address.target, first.name), _Batch(canary, first))
        there = _is_there(world, item, canary, first)
        if change is None:
            batch.there += [address] if there else []
        elif there:
            batch.again.append(address)
        else:
            (batch.waiting if change.waiting else batch.ready).append(address)
    return found


def _is_there(world: World, item: Desired[Resource], canary: Canary, first: Address) -> bool:
    """Whether it was made with `first` and is there still, as far as anybody knows.

    What we found and took over was made in another way, except where a person makes it for us.
    """
    address = item.address
    record, match = world.records.get(address), world.seen.matches.get(address)
    if address in world.ended or item.lifecycle.release or (match is not None and match.live is None):
        return False
    if "create" not in world.capability(address).verbs:
        return (match is not None or record is not None) and _made_with(world, record, canary, first)
    made = record is not None and record.provenance is Provenance.CREATED
    return made and _made_with(world, record, canary, first)


def _made_with(world: World, record: Record | None, canary: Canary, first: Address) -> bool:
    """By the record; where that does not tell, with what is declared."""
    known = record.fields.get(canary.by) if record else None
    if known is None or not isinstance(known.value, str):
        return True
    was = Address.parse(known.value)
    return world.desired.previously.get(was, was) == first


def _confirmed(world: World, word: Address, batch: _Batch) -> bool:
    """Whether somebody's word is there, under any name the credential had."""
    names = [was.name for was, now in world.desired.previously.items() if now == batch.first]
    return any(word._replace(name=name) in world.recorded.attestations for name in (word.name, *names))


def _choose(world: World, batch: _Batch) -> tuple[Address, ...]:
    """What is there before what is to come, what can go on before what waits, each time by address.

    Of these the first of each place (`apart`) before the second of any.
    """
    chosen: list[Address] = []
    for pool in ((*batch.there, *batch.again), batch.ready, batch.waiting):
        ordered = sorted(pool, key=lambda address: natural(address.name))
        places, again = {_place(world, batch, address) for address in chosen}, list[Address]()
        for address in ordered:
            place = _place(world, batch, address)
            (again if place in places else chosen).append(address)
            places.add(place)
        chosen += again
    return tuple(chosen[: batch.canary.most])


def _place(world: World, batch: _Batch, address: Address) -> str:
    return str(getattr(world.desired.resources[address].resource, batch.canary.apart))


def _ask(world: World, word: Address, batch: _Batch, chosen: Sequence[Address]) -> None:
    """The hand-off: a person looks at each, once all are made."""
    page = batch.canary.page
    world.titles[str(word)] = (f"{page.title}: {batch.first.name}", page.steps)
    world.items[str(word)] = [
        _item(world, address, batch.canary, made=address not in batch.coming) for address in chosen
    ]


def _item(world: World, address: Address, canary: Canary, *, made: bool) -> HandOffItem:
    values = dict(_told(world, world.desired.resources[address].resource, canary.shows))
    state, text = ("open", "nobody has confirmed it yet") if made else ("waiting", "it is made first")
    return HandOffItem(address, CHECK, values, values_digest(values), state, text)


def _told(world: World, resource: Resource, names: Iterable[str]) -> Iterator[tuple[str, Plain]]:
    """Declared fields as a person looks for them: what is referred to by its title, not by its address."""
    rules = field_rules(type(resource))
    for name in names:
        value = getattr(resource, name)
        if value is OMITTED:
            continue
        referred = world.desired.resources.get(Address.parse(value)) if rules[name].reference else None
        yield name, label_of(referred) if referred else plain(value)


def _wait(world: World, held: Mapping[Address, Waiting]) -> None:
    """Take back what was planned of these addresses: nothing of it is sent, or asked of a person, by now."""
    for index, change in enumerate(world.changes):
        if change.address in held and isinstance(change, Create | Replace | Remove):
            made = replace(change, waiting=(*change.waiting, held[change.address]), hand_off=None)
            world.changes[index] = made
            if not isinstance(made, Remove):
                world.planned[made.address] = made
            world.acting.pop(made.address, None)
            world.open.pop(made.address, None)
    for hand_off, items in list(world.items.items()):
        left = [item for item in items if item.action == CHECK or item.address not in held]
        world.items[hand_off] = left
        if not left:
            del world.items[hand_off]
    for index, status in enumerate(world.statuses):
        if status.address in held:
            waiting = world.planned[status.address].waiting[0]
            text = f"waits on {waiting.on}: {waiting.why}"
            world.statuses[index] = Status(status.address, Sync.WAITING, text, status.health)
