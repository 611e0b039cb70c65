"""Between files and diff: raw entries with their places, and the whole of what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from reconciler.errors import Problem, Where
from reconciler.model.objects import Address, Desired
from reconciler.model.plan import Finding
from reconciler.resources.base import Resource
from reconciler.settings import Settings

SUFFIXES = (".yaml", ".yml")
"""Of files that people write."""
FULL_FORM = frozenset({"from", "defaults", "entries"})
"""The parts of a section that is more than its entries."""
LIFECYCLE, ABSENT = "lifecycle", "absent"
"""What stands in an entry beside its fields."""
WHOLE_TARGET = ("binding", "removals", "updates", "emptied", "owner", "seats")
"""Guards that refuse the target; the others refuse their addresses and what depends on them."""
GUARDS = (*WHOLE_TARGET, "identity", "look_alike", "replace", "contested", "protected")
UNWAIVABLE = ("binding", "identity")


def entry_place(address: Address, where: Where | None) -> str:
    """Where to write what only an entry can say: at its place; for a source's row, an entry of its name."""
    if where is None or where.file.endswith(SUFFIXES):
        return f"{where}"
    return f"`{address.name.partition('/')[0]}` below `entries:` (its row is {where})"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A dated exception to one guard; `maximum` None is unlimited, else used up over the waiver's life.

    `addresses` is an address or a glob over addresses; it holds until the end of the day `until` (UTC).
    """

    guard: str
    addresses: str
    until: datetime
    why: str
    maximum: int | None
    where: Where

    @property
    def id(self) -> str:
        """Stable across runs and moves in the file."""
        return f"{self.guard} {self.addresses} until {self.until:%Y-%m-%d}"

    def excuses(self, guard: str, address: Address, moment: datetime) -> bool:
        """Whether it is for this guard and address and still holds, however much of it is used up."""
        named = fnmatchcase(str(address), self.addresses)
        return named and self.guard == guard and moment <= self.until


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section, as read: `values` are texts, None, lists and mappings, not yet validated.

    `target` is "" for kinds without a live counterpart. `marks` gives the place of a field by its dotted
    path (`schedule.days.0`, `lifecycle.protect`); a missing path falls back to its parent, then `where`.
    `base` holds the defaults of its section, an entry of the same shape that all of the section share; the
    `base` of an overlay's defaults are those it lies over. `overlay` entries lie over others of their name.
    """

    target: str
    kind: str
    name: str
    values: Mapping[str, Any]
    where: Where
    marks: Mapping[str, Where]
    source: str = ""
    base: Entry | None = None
    overlay: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """A source's `max_change`: its rows may differ from what is recorded by at most that percentage."""

    target: str
    kind: str
    source: str
    max_change: float
    where: Where


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything load read, and every problem it met; `unread` are sources not to be trusted for removals.

    `unreadable` are the kinds that stand in files which could not be read: names of theirs may be missing.
    `entries` of one name from sources rank by their order, the last one first; by target, kind and source,
    `preferred` names the fields in which a source is right. `removed` are the names an overlay takes out.
    """

    settings: Settings
    entries: tuple[Entry, ...]
    waivers: tuple[Waiver, ...]
    files: Mapping[str, str]  # path below the folder: digest
    problems: tuple[Problem, ...]
    unread: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (target, kind): reason
    expectations: tuple[Expectation, ...] = ()
    unreadable: frozenset[str] = frozenset()
    preferred: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    removed: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, whole: one Desired per live object, references as addresses.

    `previously` maps a previous address to the current one. `unread` kinds have an untrusted source: nothing
    of theirs counts as no longer declared, and a reference may name one of theirs that is not in `resources`.
    `outlived` says of addresses why an object they had before stays for now beside the one they have;
    `rotated` are those that change because one credential gives way to another.
    """

    resources: Mapping[Address, Desired[Resource]]
    waivers: tuple[Waiver, ...]
    files: Mapping[str, str]
    previously: Mapping[Address, Address] = field(default_factory=dict)
    unread: Mapping[tuple[str, str], str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    outlived: Mapping[Address, str] = field(default_factory=dict)
    rotated: frozenset[Address] = frozenset()
