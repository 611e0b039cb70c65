"""Layers of fields: what shows when they lie over one another, and where each part of it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.errors import Where
from reconciler.model.documents import LIFECYCLE

FORMS: Mapping[str, tuple[str, frozenset[str]]] = {
    "schedule": ("dates", frozenset({"term", "days", "start", "from", "until", "skip"}))
}
"""Fields that are written in one of two forms: the one's key, and the other's. They are never mixed."""


class Layer(NamedTuple):
    """Fields as written, the places of some, and the place of the whole."""

    values: Mapping[str, Any]
    marks: Mapping[str, Where]
    where: Where


class Layers(Mapping[str, Where]):
    """The place of a field, or of a part of it, in the topmost layer that shows there; found when asked."""

    __slots__ = ("layers",)

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers

    def __getitem__(self, path: str) -> Where:
        found, best = None, 0
        for layer in self.layers:
            steps, covers = _reach(layer.values, path)
            if steps > best:
                found, best = layer, steps
            if covers:
                break
        if found is None:
            raise KeyError(path)
        return found.marks.get(path, found.where)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in self.layers for name in layer.values})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _reach(value: Any, path: str) -> tuple[int, bool]:
    """How many steps of a path a value has, and whether nothing of the layers below shows at its end."""
    steps, rest = 0, path
    while rest:
        if not isinstance(value, Mapping):
            # Within a list, or below a text: a layer's list is its own to the last element.
            return steps + 1, True
        part, _, rest = (rest, "", "") if rest in value else rest.partition(".")
        if part not in value:
            return steps, False
        value, steps = value[part], steps + 1
    return steps, True


def shows(values: Mapping[str, Any], path: str) -> bool:
    """Whether a layer decides what stands at a path, whatever lies below it."""
    return _reach(values, path)[1]


def lay(upper: Mapping[str, Any], lower: Mapping[str, Any], whole: Collection[str]) -> dict[str, Any]:
    """The fields of both, those of `upper` where both have one; mappings merge but for the fields `whole`.

    Of a lifecycle that is no mapping nothing else shows: it is to be refused.
    """
    made = {**lower, **upper}
    for name in upper.keys() & lower.keys():
        above, below = upper[name], lower[name]
        if isinstance(above, Mapping) and isinstance(below, Mapping):
            if name not in whole:
                made[name] = _mix(above, _fitting(name, above, below))
        elif name == LIFECYCLE and not isinstance(below, Mapping):
            made[name] = below
    return made


def _fitting(name: str, above: Mapping[str, Any], below: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of the lower mapping may show: nothing of another form than the upper one's."""
    if name not in FORMS:
        return below
    key, others = FORMS[name]
    if key in above and not others & above.keys():
        return {part: value for part, value in below.items() if part not in others}
    if others & above.keys() and key not in above:
        return {part: value for part, value in below.items() if part != key}
    return below


def _mix(above: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    made = {**below, **above}
    for name in above.keys() & below.keys():
        if isinstance(above[name], Mapping) and isinstance(below[name], Mapping):
            made[name] = _mix(above[name], below[name])
    return made
