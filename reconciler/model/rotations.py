"""Credentials that give way to a successor: which they are, who uses them, and what a tool has by either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.objects import Address, Desired
from reconciler.resources.base import OMITTED, Resource, evolve, kinds
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.lti_tool import FILLED, LtiTool

CREDENTIAL = "credential"
Resources = Mapping[Address, Desired[Resource]]


@dataclass(frozen=True, slots=True)
class Rotation:
    """A credential that is declared together with its successor."""

    old: Desired[LtiCredential]
    new: Desired[LtiCredential]

    @property
    def complete(self) -> bool:
        """Whether the successor has a key and a secret to give."""
        return all(getattr(self.new.resource, name) is not OMITTED for name in FILLED[CREDENTIAL])

    def tools(self, resources: Resources) -> tuple[Desired[LtiTool], ...]:
        """The tools that name the old credential and take what it holds."""
        found: Any = (
            item
            for item in resources.values()
            if isinstance(item.resource, LtiTool)
            and item.resource.credential == str(self.old.address)
            and self._given(item.resource)
        )
        return tuple(found)

    def hand_over(self, item: Desired[Resource]) -> Desired[Resource]:
        """A tool or link of the old credential as one of the new; what it takes from it is the new one's."""
        names = self._given(item.resource) if self.complete else ()
        taken = {name: getattr(self.new.resource, name) for name in names}
        places = {name: self.new.place(name) for name in names}
        resource = evolve(item.resource, credential=str(self.new.address), **taken)
        return replace(item, resource=resource, fields_where={**item.fields_where, **places})

    def _given(self, resource: Resource) -> tuple[str, ...]:
        old = self.old.resource
        return tuple(
            name
            for name in sorted(FILLED[CREDENTIAL])
            if getattr(old, name) is not OMITTED and getattr(resource, name, OMITTED) == getattr(old, name)
        )


def find_rotations(resources: Resources) -> tuple[Rotation, ...]:
    """Every rotation both of whose credentials are declared, in order of the old one's address."""
    credentials: dict[Address, Any] = {
        address: item for address, item in resources.items() if isinstance(item.resource, LtiCredential)
    }
    named = ((old, old.resource.successor) for _, old in sorted(credentials.items()))
    pairs = ((old, credentials.get(Address.parse(new))) for old, new in named if isinstance(new, str))
    return tuple(Rotation(old, new) for old, new in pairs if new)


def page_of(credential: Address, resources: Resources) -> Iterator[Desired[Resource]]:
    """What is declared on a credential's own page: the entries whose address begins with its name."""
    for address, item in resources.items():
        if (
            address.target == credential.target
            and kinds()[address.kind].qualifier == CREDENTIAL
            and getattr(item.resource, CREDENTIAL, OMITTED) == str(credential)
        ):
            yield item
