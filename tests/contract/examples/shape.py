"""What an example tells, and what several of them are declared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Drops = Mapping[str, Mapping[str, str]]
"""Per field: by operation, what of its body holds the field."""


@dataclass(frozen=True)
class Example:
    """One entry with every field its driver offers, and what the vendor calls its parts.

    `needs` are desired files the entry refers to; `edits` gives another value per field that may change;
    `drops` what a vendor could silently leave out; `reads` the operations a reading of the kind rests on;
    `moves` are fields the vendor changes along with another; `undo` is what a person does in the console to
    take the object away; `indirect` fields follow from others; of `usual` ones the example holds what is so
    anyway; `alike` ones are translated by one table, and are tried together. `target` is what reconciler.yaml
    says of a target that the campus of the tests lacks, `setup` what a person does in its console before;
    `other` are values beside titles that make it another object for everybody; `beside` names what else of
    its kind the vendor holds, because the example needs it; `ended` is how the vendor marks what was ended.
    """

    driver: str
    kind: str
    address: str
    section: str
    fields: dict[str, Any]
    edits: dict[str, Any] = field(default_factory=dict)
    drops: Drops = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    undo: str = ""
    store: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()
    indirect: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    target: str = ""
    setup: tuple[Mapping[str, Any], ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)
    ended: Mapping[str, Any] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """As tests name it."""
        return f"{self.driver}-{self.kind}"

    def edit(self, *names: str) -> dict[str, Any]:
        """Other values for fields, and for those that the vendor moves with them."""
        return {each: self.edits[each] for name in names for each in (name, self.moves.get(name, name))}

    def trials(self, fields: Iterable[str]) -> list[tuple[str, ...]]:
        """The fields one by one, those that are alike at once."""
        found: list[tuple[str, ...]] = [(name,) for name in sorted(fields) if name not in self.alike]
        together = tuple(name for name in sorted(fields) if name in self.alike)
        return [*found, together] if together else found

    @property
    def name(self) -> str:
        """The entry's name as written."""
        return self.address.split("/")[2].split(".")[-1]


PEOPLE = {
    "zoom-main/others.yaml": """
        users:
          host: {email: host@example.edu, license: licensed}
          deputy: {email: deputy@example.edu, license: licensed}
          guest: {email: third@example.edu, license: licensed}
    """
}
WEEKLY = {
    "days": ["mon", "wed"],
    "start": "10:00",
    "minutes": 50,
    "from": "2026-09-07",
    "until": "2026-09-30",
    "timezone": "America/New_York",
}


def both(create: str, update: str, **fields: str) -> dict[str, dict[str, str]]:
    """Drops of a field that create and update hold under one name."""
    return {name: {create: wire, update: wire} for name, wire in fields.items()}


def only(operation: str, **fields: str) -> dict[str, dict[str, str]]:
    """Drops of a field that one operation holds."""
    return {name: {operation: wire} for name, wire in fields.items()}
