"""Who is who in one run: addresses, remote ids, and every word a vendor may use for an object."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.objects import Address, Condition, Live, Observation, Reading
from reconciler.model.recorded import Record, State
from reconciler.resources.base import Resource


class Identities:
    """Grows as objects are read and made. An object without a remote id is known by its first natural key."""

    def __init__(self, records: Mapping[Address, Record], seen: Observation) -> None:
        self.ids: dict[Address, str] = {}
        self.blocked: dict[Address, Condition] = {}
        self._names: dict[tuple[str, str, str], Address] = {}
        self._tokens: dict[tuple[str, str, str], str] = {}
        self._labels: dict[tuple[str, str, str], str] = {}
        self._labelled: dict[tuple[str, str, str], set[str]] = {}
        for address, record in records.items():
            if record.remote_id and record.state is not State.ENDED:
                self.learn(address, record.remote_id)
        for reading in seen.readings.values():
            for live in reading.items if isinstance(reading, Reading) else ():
                self.note(reading.target, reading.kind, live)
        for address, match in seen.matches.items():
            if match.live is not None and not match.rivals:
                self.found(address, match.live)

    def learn(self, address: Address, identity: str) -> None:
        """This address is that object."""
        self.ids[address] = identity
        self._names[address.target, address.kind, identity] = address

    def note(self, target: str, kind: str, live: Live[Resource]) -> None:
        """Remember by which words the vendor may name this object."""
        identity = live.identity
        self._labels[target, kind, identity] = live.label
        self._labelled.setdefault((target, kind, live.label), set()).add(identity)
        for token in (live.remote_id, *live.keys.values()):
            if token:
                self._tokens[target, kind, token] = identity

    def found(self, address: Address, live: Live[Resource]) -> None:
        """This address is this live object; a blocking condition makes it count as not done for others."""
        self.note(address.target, address.kind, live)
        if live.remote_id or address not in self.ids:
            self.learn(address, live.identity)
        self.blocked.pop(address, None)
        if live.blocked:
            self.blocked[address] = live.blocked

    def identity(self, target: str, kind: str, token: str) -> str:
        """The id behind any token a vendor uses for an object of this kind (an id, an e-mail)."""
        found = self._tokens.get((target, kind, token)) or self._tokens.get((target, kind, token.casefold()))
        return found or token

    def owner(self, target: str, kind: str, identity: str) -> Address | None:
        """The address that is known to be this object."""
        return self._names.get((target, kind, identity))

    def name(self, target: str, kind: str, identity: str) -> str:
        """An id as people know it: its address, else what the vendor calls it alone, else itself.

        A label is a vendor's text: one that reads like an address or is another object's id is not used, so
        that `named` never takes one object for another.
        """
        address = self.owner(target, kind, identity)
        if address:
            return str(address)
        label = self._labels.get((target, kind, identity), identity)
        alone = self._labelled.get((target, kind, label)) == {identity}
        mistakable = label.count("/") >= 2 or (label != identity and (target, kind, label) in self._labels)
        return label if label and alone and not mistakable else identity

    def named(self, target: str, kind: str, name: str) -> str:
        """The id behind what `name` said."""
        if name.count("/") >= 2 and (known := self.ids.get(Address.parse(name))):
            return known
        if (target, kind, name) in self._labels:
            return name
        found = self._labelled.get((target, kind, name), set())
        return next(iter(found)) if len(found) == 1 else name
