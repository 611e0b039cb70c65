"""Lays the entries of one address over one another: entry, source, section, target; field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Problem, Where
from reconciler.model import NO_TARGET, Address, Documents, Entry
from reconciler.model.names import fold_name
from reconciler.resources.base import Lifecycle, Resource, SecretRef, kinds
from reconciler.settings import Settings
from reconciler.yamlio import Marks

LIFECYCLE = "lifecycle"


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

    def place(self, path: str) -> Where:
        """Where a field was written; its parent's place, then the entry's, if it has none of its own."""
        return self.places.get(path, self.where)


class Layers(Mapping[str, Where]):
    """The place of a field in the first layer that has it, found when asked for."""

    __slots__ = ("layers",)

    def __init__(self, layers: Sequence[tuple[Mapping[str, Any], Mapping[str, Where], Where]]) -> None:
        self.layers = layers

    def __getitem__(self, path: str) -> Where:
        name = path.split(".", 1)[0]
        for values, marks, where in self.layers:
            if name in values:
                return marks.get(path, where)
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for values, _, _ in self.layers for name in values})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def merge(documents: Documents, problems: list[Problem]) -> list[Draft]:
    """One draft per address, in order of first appearance; a name that stands twice is a problem."""
    groups: dict[Address, list[Entry]] = {}
    for entry in documents.entries:
        address = _address(entry, documents.settings, problems)
        if address:
            groups.setdefault(address, []).append(entry)
    return [_lay(address, entries, documents.settings, problems) for address, entries in groups.items()]


def _address(entry: Entry, settings: Settings, problems: list[Problem]) -> Address | None:
    kind = kinds()[entry.kind]
    if not kind.qualifier:
        return Address(entry.target or NO_TARGET, entry.kind, entry.name)
    layers = [entry.values, *([entry.base.values] if entry.base else [])]
    target = settings.targets.get(entry.target)
    if target:
        layers += [target.defaults.get(entry.kind, {}), target.values]
    found = next((layer[kind.qualifier] for layer in layers if kind.qualifier in layer), None)
    if not isinstance(found, str) or not found:
        what = f"`{kind.qualifier}` is missing: it is part of the address"
        remedy = f"add `{kind.qualifier}: name` here or to the target {entry.target}"
        if not isinstance(found, str | None | SecretRef):
            what, remedy = f"`{kind.qualifier}` is a name", "write one name"
        problems.append(Problem(entry.where, what, remedy))
        return None
    return Address(entry.target, entry.kind, f"{fold_name(found.rsplit('/', 1)[-1])}.{entry.name}")


def _lay(address: Address, entries: list[Entry], settings: Settings, problems: list[Problem]) -> Draft:
    kind = kinds()[address.kind]
    written = [entry for entry in entries if not entry.source]
    sourced = [entry for entry in entries if entry.source]
    for again in [*written[1:], *sourced[1:]]:
        first = (sourced if again.source else written)[0].where
        what = f"`{address.name}` stands twice (names are compared without case); the first is at {first}"
        problems.append(Problem(again.where, what, "keep one, or rename one"))
    ranked = [*written[:1], *sourced[:1]]
    ranked += [entry.base for entry in ranked if entry.base]
    layers: list[tuple[Mapping[str, Any], Mapping[str, Where], Where]] = [
        (entry.values, entry.marks, entry.where) for entry in ranked
    ]
    target = settings.targets.get(address.target)
    if target:
        if defaults := target.defaults.get(address.kind):
            layers.append((defaults, Marks(target.where.file, defaults), target.where))
        if kind.qualifier and kind.qualifier in target.values:
            own = {kind.qualifier: target.values[kind.qualifier]}
            layers.append((own, Marks(target.where.file, target.values), target.where))
    values: dict[str, Any] = {}
    for layer, _, _ in reversed(layers):
        values.update(layer)
    lifecycle = _merge_lifecycle([layer for layer, _, _ in layers]) if LIFECYCLE in values else None
    values.pop(LIFECYCLE, None)
    places = layers[0][1] if len(layers) == 1 else Layers(layers)
    source = sourced[0].source if sourced else ""
    prefix = address.name.removesuffix(entries[0].name)
    return Draft(address, kind, values, places, ranked[0].where, source, lifecycle, prefix)


def _merge_lifecycle(layers: list[Mapping[str, Any]]) -> object:
    """The lifecycle too is merged field by field; what is not a mapping is left for validation."""
    found = [layer[LIFECYCLE] for layer in layers if LIFECYCLE in layer]
    if not all(isinstance(item, Mapping) for item in found):
        return next(item for item in found if not isinstance(item, Mapping))
    merged: dict[str, Any] = {}
    for item in reversed(found):
        merged.update(item)
    return merged
