"""What undoing has come to so far: which files change and how, what is turned back, what is not and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from reconciler.model import Address, Desired, Record, Recorded
from reconciler.model.compare import same
from reconciler.resources.base import Plain, Resource
from reconciler.run.undoing.pages import Pages, Spot
from reconciler.run.undoing.patches import Branch, Patch
from reconciler.run.workspace import Campus


class Said(NamedTuple):
    """One sentence about one address."""

    address: Address
    text: str


def entry_of(address: Address) -> Address:
    """The entry an address came from: a family's members share it."""
    return address._replace(name=address.name.rpartition("/")[0] or address.name)


def written(name: str) -> str:
    """A name as it may stand as a key: what `fold_name` turns into it."""
    return unquote(name)


def equal(left: Plain, right: Plain) -> bool:
    """Whether two declared values are one."""
    return same(left, right) and same(right, left)


@dataclass
class Draft:
    """Grows change by change. `returning` are entries that are there again; `dropped` references that go.

    A reference that goes is its entry, its field, and to whom it leads; `leaving` are entries taken out.
    """

    campus: Campus
    pages: Pages
    recorded: Recorded
    now: datetime
    patches: dict[str, Branch] = field(default_factory=dict)
    turned: list[Said] = field(default_factory=list)
    left: list[Said] = field(default_factory=list)
    returning: set[Address] = field(default_factory=set)
    leaving: set[Address] = field(default_factory=set)
    dropped: set[tuple[Address, str, Address]] = field(default_factory=set)
    touched: set[Address] = field(default_factory=set)
    items: Mapping[Address, list[Desired[Resource]]] = field(init=False)
    records: Mapping[tuple[Address, int], Record] = field(init=False)

    def __post_init__(self) -> None:
        items: dict[Address, list[Desired[Resource]]] = defaultdict(list)
        for address, item in self.campus.desired.resources.items():
            items[entry_of(address)].append(item)
        self.items = dict(items)
        self.records = {(record.address, record.number): record for record in self.recorded.records}

    def turn(self, address: Address, text: str) -> None:
        """Note what is turned back."""
        self.turned.append(Said(address, text))
        self.touched.add(entry_of(address))

    def leave(self, address: Address, text: str) -> None:
        """Note what is not, and why."""
        self.left.append(Said(address, text))

    def current(self, text: str) -> Address | None:
        """What a recorded change calls by its address, by the name it has today; None if it is no address."""
        try:
            address = Address.parse(text)
        except ValueError:
            return None
        return self.campus.desired.previously.get(address, address)

    def known(self, text: str, kind: str) -> Address | None:
        """Somebody whom a reference may name once everything is turned back."""
        address = self.current(text)
        if address is None or address.kind != kind:
            return None
        there = address in self.campus.desired.resources or address in self.returning
        return address if there else None

    def spot(self, item: Desired[Resource], *keys: str) -> Spot | None:
        """Where a field of an entry is to be written: where it stands if that is an entry, else in the entry.

        An entry of which only a source has a row gets one where that source is named; None, where that
        cannot be, which `homeless` explains.
        """
        entry = entry_of(item.address)
        spots = self.pages.entries(entry)
        at = self.pages.keys_at(item.fields_where.get(".".join(keys)))
        for spot in spots:
            if at and at.file == spot.file and at.keys[: spot.entry] == spot.keys:
                return spot.below(*keys)
        if spots:
            return spots[0].below(*keys)
        found = self.pages.sourced(entry, item.source)
        if found is None or self.pages.unsourced(found):
            return None
        return found._replace(entry=len(found.keys) + 1).below(written(entry.name), *keys)

    def homeless(self, item: Desired[Resource]) -> str:
        """Why there is no place to write a field of an entry."""
        found = self.pages.sourced(entry_of(item.address), item.source)
        other = self.pages.unsourced(found) if found else ""
        if other:
            return (
                f"it comes from {item.source}, which {other} does without: an entry would stand alone there"
            )
        return f"it comes from {item.source}, and no file with entries names that"

    def put(self, spot: Spot, patch: Patch) -> None:
        """Note what becomes of a place."""
        branch = self.branch(spot._replace(keys=spot.keys[:-1]))
        branch.keys[spot.keys[-1]] = patch

    def branch(self, spot: Spot) -> Branch:
        """What becomes of the mapping at a place."""
        branch = self.patches.setdefault(spot.file, Branch())
        for depth, key in enumerate(spot.keys, 1):
            inner = branch.keys.get(key)
            if not isinstance(inner, Branch):
                inner = branch.keys[key] = Branch()
            inner.kept = inner.kept or depth == spot.entry
            branch = inner
        return branch
