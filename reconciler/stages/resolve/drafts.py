"""One draft per declared name, its entries laid over one another: overlay, entry, sources, defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reconciler.errors import Problem, Where, suggest
from reconciler.model import NO_TARGET, Address, Documents, Entry
from reconciler.model.documents import ABSENT, LIFECYCLE
from reconciler.model.names import fold_name
from reconciler.resources.base import Lifecycle, Resource, SecretRef, field_rules, kinds
from reconciler.settings import Settings
from reconciler.stages.resolve.conflicts import Claim, Conflicts
from reconciler.stages.resolve.layers import Layer, Layers, lay
from reconciler.yamlio import Marks


@dataclass(slots=True)
class Draft:
    """One declared name with its merged fields, not yet validated; the `lifecycle` as read and as checked."""

    address: Address
    kind: type[Resource]
    values: dict[str, Any]
    places: Mapping[str, Where]
    where: Where
    source: str = ""
    written: object = None
    prefix: str = ""  # the qualifier's part of the name
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    also: tuple[str, ...] = ()

    def place(self, path: str) -> Where:
        """Where a field was written; its parent's place, then the entry's, if it has none of its own."""
        return self.places.get(path, self.where)


def merge(documents: Documents, problems: list[Problem]) -> list[Draft]:
    """One draft per address, in order of first appearance, without those that an overlay takes out.

    Problems: a name that stands twice, sources that contradict each other, nothing to take out.
    """
    laying = _Laying(documents, problems)
    drafts = [laying.lay(address, entries) for address, entries in _group(documents, problems).items()]
    problems += laying.conflicts.told()
    return drafts


def _group(documents: Documents, problems: list[Problem]) -> dict[Address, list[Entry]]:
    """The entries of every address, those of overlays last."""
    groups: dict[Address, list[Entry]] = {}
    below: dict[tuple[str, str, str], list[Address]] = {}
    laid_over: list[Entry] = []
    for entry in documents.entries:
        if entry.overlay:
            laid_over.append(entry)
        elif address := _address(entry, documents.settings, problems):
            groups.setdefault(address, []).append(entry)
            if kinds()[entry.kind].qualifier:
                below.setdefault((entry.target, entry.kind, entry.name), []).append(address)
    for entry in (*laid_over, *documents.removed):
        # What lies over one entry is called like it, and need not repeat the qualifier.
        known = list(dict.fromkeys(below.get((entry.target, entry.kind, entry.name), ())))
        found = known[0] if len(known) == 1 and kinds()[entry.kind].qualifier not in entry.values else None
        address = found or _address(entry, documents.settings, problems)
        if address and ABSENT in entry.values:
            _take_out(address, entry, groups, documents, problems)
        elif address:
            groups.setdefault(address, []).append(entry)
    return groups


def _take_out(
    address: Address,
    entry: Entry,
    groups: dict[Address, list[Entry]],
    documents: Documents,
    problems: list[Problem],
) -> None:
    entries = groups.pop(address, ())
    for other in entries:
        if other.overlay:
            what = f"`{address.name}` is taken out here, and has fields at {other.where}"
            problems.append(Problem(entry.where, what, "keep one of them"))
    if entries or address[:2] in documents.unread or address.kind in documents.unreadable:
        return
    names = {known.name for known in groups if known[:2] == address[:2]}
    what = f"there is no {address.kind} `{address.name}` to take out"
    problems.append(Problem(entry.where, what, suggest(address.name, names)))


def _sections(entry: Entry) -> Iterator[Entry]:
    """The defaults an entry's section has, the topmost first."""
    base = entry.base
    while base:
        yield base
        base = base.base


def _address(entry: Entry, settings: Settings, problems: list[Problem]) -> Address | None:
    kind = kinds()[entry.kind]
    if not kind.qualifier:
        return Address(entry.target or NO_TARGET, entry.kind, entry.name)
    layers = [entry.values, *(section.values for section in _sections(entry))]
    target = settings.targets.get(entry.target)
    if target:
        layers += [target.defaults.get(entry.kind, {}), target.values]
    found = next((layer[kind.qualifier] for layer in layers if kind.qualifier in layer), None)
    if found is None and target is None and entry.target:
        return None  # what would qualify it stands in settings that could not be read
    if not isinstance(found, str) or not found:
        what = f"`{kind.qualifier}` is missing: it is part of the address"
        remedy = f"add `{kind.qualifier}: name` here or to the target {entry.target}"
        if not isinstance(found, str | None | SecretRef):
            what, remedy = f"`{kind.qualifier}` is a name", "write one name"
        problems.append(Problem(entry.where, what, remedy))
        return None
    return Address(entry.target, entry.kind, f"{fold_name(found.rsplit('/', 1)[-1])}.{entry.name}")


def _layer(entry: Entry) -> Layer:
    return Layer(entry.values, entry.marks, entry.where)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What lies below every entry of a section: its defaults and the target's, merged and as layers."""

    values: Mapping[str, Any]
    layers: tuple[Layer, ...]


class _Laying:
    """Lays entries over the ground they share; most names have one entry, and their ground is made once."""

    def __init__(self, documents: Documents, problems: list[Problem]) -> None:
        self.conflicts = Conflicts()
        self._documents = documents
        self._problems = problems
        self._grounds: dict[tuple[int, str, str], _Ground] = {}
        self._whole = {
            name: frozenset(rule.name for rule in field_rules(kind).values() if rule.collection)
            for name, kind in kinds().items()
        }

    def lay(self, address: Address, entries: Sequence[Entry]) -> Draft:
        """The draft of one address."""
        if len(entries) > 1:
            return self._lay_several(address, entries)
        entry = entries[0]
        ground = self._ground(address, entry)
        values = lay(entry.values, ground.values, self._whole[address.kind])
        return _draft(address, entry, values, (_layer(entry), *ground.layers))

    def _lay_several(self, address: Address, entries: Sequence[Entry]) -> Draft:
        overlays = [entry for entry in entries if entry.overlay]
        written = [entry for entry in entries if not entry.overlay and not entry.source]
        sourced = [entry for entry in reversed(entries) if entry.source]
        self._refuse_doubles(overlays)
        self._refuse_doubles(written)
        top = [*overlays[:1], *written[:1]]
        upper = [*map(_layer, top)]
        upper += self._rank(address, [Claim(_layer(e), self._preferred(e)) for e in sourced], upper)
        if len({id(entry.base) for entry in (*top, *sourced)}) == 1:
            ground = self._ground(address, entries[0])
        else:
            ground = self._mixed_ground(address, top, sourced, upper)
        values = self._merge(address.kind, upper, ground.values)
        first = (*written, *overlays, *sourced)[0]
        draft = _draft(address, first, values, (*upper, *ground.layers))
        if sourced:
            draft.source, *also = dict.fromkeys(entry.source for entry in sourced)
            draft.also = tuple(also)
        return draft

    def _ground(self, address: Address, entry: Entry) -> _Ground:
        """What lies below the entries of one section."""
        key = (id(entry.base), address.target, address.kind)
        if key not in self._grounds:
            layers = (*map(_layer, _sections(entry)), *self._target(address))
            self._grounds[key] = _Ground(self._merge(address.kind, layers), layers)
        return self._grounds[key]

    def _mixed_ground(
        self, address: Address, top: Sequence[Entry], sourced: Sequence[Entry], above: Sequence[Layer]
    ) -> _Ground:
        """What lies below entries of several sections: defaults of what is written, then those of rows."""
        own = {id(section): _layer(section) for entry in top for section in _sections(entry)}
        shared = {id(entry.base): entry for entry in sourced if entry.base and id(entry.base) not in own}
        layers = [*own.values()]
        claims = [Claim(self._flatten(entry), self._preferred(entry)) for entry in shared.values()]
        layers += self._rank(address, claims, [*above, *layers])
        layers += self._target(address)
        return _Ground(self._merge(address.kind, layers), tuple(layers))

    def _refuse_doubles(self, entries: Sequence[Entry]) -> None:
        for again in entries[1:]:
            what = f"`{again.name}` stands twice (names are compared without case)"
            what = f"{what}; the first is at {entries[0].where}"
            self._problems.append(Problem(again.where, what, "keep one, or rename one"))

    def _rank(self, address: Address, claims: Sequence[Claim], above: Sequence[Layer]) -> list[Layer]:
        if len(claims) < 2:
            return [claim.layer for claim in claims]
        decided = [layer.values for layer in above]
        return self.conflicts.rank(address, claims, decided, self._whole[address.kind])

    def _preferred(self, entry: Entry) -> frozenset[str]:
        return self._documents.preferred.get((entry.target, entry.kind, entry.source), frozenset())

    def _flatten(self, entry: Entry) -> Layer:
        """The defaults of an entry's section and of those they lie over, as one layer."""
        layers = [*map(_layer, _sections(entry))]
        return Layer(self._merge(entry.kind, layers), Layers(layers), layers[0].where)

    def _target(self, address: Address) -> Iterator[Layer]:
        """The target's defaults for a kind, and of its settings the one that qualifies a name."""
        qualifier, target = (
            kinds()[address.kind].qualifier,
            self._documents.settings.targets.get(address.target),
        )
        if target is None:
            return
        file = target.where.file
        if defaults := target.defaults.get(address.kind):
            yield Layer(defaults, Marks(file, defaults), target.where)
        if qualifier in target.values:
            yield Layer({qualifier: target.values[qualifier]}, Marks(file, target.values), target.where)

    def _merge(
        self, kind: str, layers: Sequence[Layer], below: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Any]:
        values = dict(below)
        for layer in reversed(layers):
            values = lay(layer.values, values, self._whole[kind])
        return values


def _draft(address: Address, entry: Entry, values: dict[str, Any], layers: Sequence[Layer]) -> Draft:
    written = values.pop(LIFECYCLE, None)
    places = layers[0].marks if len(layers) == 1 else Layers(layers)
    prefix = address.name.removesuffix(entry.name)
    kind = kinds()[address.kind]
    return Draft(address, kind, values, places, entry.where, entry.source, written, prefix)
