"""Sources that say different things of one name: which of them is right, and what nobody decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.errors import Problem, Where
from reconciler.model import Address
from reconciler.resources.base import field_rules, kinds
from reconciler.stages.resolve.layers import Layer, shows
from reconciler.stages.resolve.words import show_value


class Claim(NamedTuple):
    """What one source says of a name, and the fields in which it was declared to be right."""

    layer: Layer
    prefer: frozenset[str]


@dataclass(slots=True)
class _Difference:
    """The first name for which two files differ in a field, and for how many more they do."""

    where: Where
    what: str
    remedy: str
    more: int = 0


@dataclass(slots=True)
class Conflicts:
    """Ranks the claims on every name; two files that differ in one field for many names are one problem."""

    _found: dict[tuple[str, str, str, str, str], _Difference] = field(default_factory=dict)

    def rank(
        self,
        address: Address,
        claims: Sequence[Claim],
        above: Sequence[Mapping[str, Any]],
        whole: Collection[str],
    ) -> list[Layer]:
        """The claims as layers, the highest first as they came, with what is preferred on top of them.

        Values of one field that differ are noted, unless what lies `above` decides. Lists do not conflict:
        the highest counts.
        """
        preferred: list[Layer] = []
        for name in dict.fromkeys(name for claim in claims for name in claim.layer.values):
            rivals = [claim for claim in claims if name in claim.layer.values]
            if right := [claim for claim in rivals if name in claim.prefer]:
                values, marks, where = right[0].layer
                preferred.append(Layer({name: values[name]}, marks, where))
                rivals = right
            if len(rivals) > 1:
                self._compare(address, name, rivals, above, whole)
        return [*preferred, *(claim.layer for claim in claims)]

    def told(self) -> Iterator[Problem]:
        """One problem per pair of files and field."""
        for found in self._found.values():
            more = f"; {found.more:,} more names differ in it" if found.more else ""
            yield Problem(found.where, found.what + more, found.remedy)

    def _compare(
        self,
        address: Address,
        name: str,
        rivals: Sequence[Claim],
        above: Sequence[Mapping[str, Any]],
        whole: Collection[str],
    ) -> None:
        first: dict[str, tuple[Any, Claim]] = {}
        for claim in reversed(rivals):
            for path, value in _leaves(name, claim.layer.values[name], whole):
                known, other = first.setdefault(path, (value, claim))
                if known != value and not any(shows(values, path) for values in above):
                    self._note(address, path, (value, claim), (known, other))

    def _note(self, address: Address, path: str, here: tuple[Any, Claim], there: tuple[Any, Claim]) -> None:
        places = [claim.layer.marks.get(path, claim.layer.where) for _, claim in (here, there)]
        key = (address.target, address.kind, path, places[0].file, places[1].file)
        if key in self._found:
            self._found[key].more += 1
            return
        name = path.partition(".")[0]
        mine, theirs = show_value(here[0]), show_value(there[0])
        what = f"`{path}` of `{address.name}` is {mine} here and {theirs} at {places[1]}"
        if field_rules(kinds()[address.kind])[name].secret:
            what = f"`{path}` of `{address.name}` is not the same here as at {places[1]}"
        remedy = f"correct one of them, or add `prefer: [{name}]` to the source that is right"
        if name in here[1].prefer:
            remedy = f"both sources `prefer` their `{name}`: leave that to one of them"
        self._found[key] = _Difference(places[0], what, remedy)


def _leaves(path: str, value: Any, whole: Collection[str]) -> Iterator[tuple[str, Any]]:
    """The texts of a field and of the mappings in it, by their paths."""
    if isinstance(value, Mapping) and path not in whole:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner, ())
    elif value is None or isinstance(value, str):
        yield path, value
