"""Which names are declared, now and before; and what a written reference means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import suggest
from reconciler.model import NO_TARGET, Address
from reconciler.model.names import fold_name
from reconciler.resources.base import kinds

SUGGESTIONS = 20
"""So many dead references get a "did you mean": to search thousands of names for each takes its time."""


_SPELLING = "check the spelling"


@dataclass(frozen=True, slots=True)
class Dead:
    """A reference that leads nowhere: why, and the remedy."""

    what: str
    remedy: str


class Names:
    """The declared addresses by target, kind and name; previous names lead to the current address.

    A kind in `unread` (by target) or in `unreadable` may have more names than are known here: references to
    it are taken at their word.
    """

    def __init__(self, unread: Mapping[tuple[str, str], str], unreadable: frozenset[str]) -> None:
        self._tables: dict[tuple[str, str], dict[str, str]] = {}
        self._families: dict[tuple[str, str], set[str]] = {}
        self._unread = unread
        self._unreadable = unreadable
        self._suggested = 0

    def add(self, address: Address, name: str = "") -> None:
        """Declare an address, or lead another `name` of its target and kind to it."""
        self._tables.setdefault(address[:2], {}).setdefault(name or address.name, str(address))

    def add_family(self, address: Address, name: str = "") -> None:
        """Declare a name that stands for several resources, or another name of it."""
        self._families.setdefault(address[:2], set()).add(name or address.name)

    def may_lack(self, target: str, kind: str) -> bool:
        """Whether there may be more of a kind than could be read."""
        return (target, kind) in self._unread or kind in self._unreadable

    def find(self, text: str, target: str, kind: str) -> str | Dead:
        """The address, as text, of what `name` or `target/kind/name` refers to as seen from `target`."""
        if not kinds()[kind].live:
            target = NO_TARGET
        table = self._tables.get((target, kind), {})
        return table.get(text) or self._find_odd(text, target, kind)

    def _find_odd(self, text: str, target: str, kind: str) -> str | Dead:
        if "${" in text:
            return Dead("`${...}` may stand only where a secret is asked for", "write the name")
        written = text
        if text.count("/") >= 2:
            target, named, text = text.split("/", 2)
            if named != kind:
                return Dead(f"`{written}` is a {named}, a {kind} is needed", f"write {target}/{kind}/NAME")
        table = self._tables.get((target, kind), {})
        for name in (text.casefold(), "/".join(map(fold_name, text.split("/")))):
            if name in table:
                return table[name]
            if name in self._families.get((target, kind), ()):
                return Dead(f"`{written}` is a family of {kind}s; one is needed", f"write {name}/1")
        if text and self.may_lack(target, kind):
            return str(Address(target, kind, fold_name(text)))
        what = f"there is no {kind} `{written}`" + (f" in {target}" if target != NO_TARGET else "")
        self._suggested += 1
        return Dead(what, suggest(text, table) if self._suggested <= SUGGESTIONS else _SPELLING)
