"""Whose word a canary asks for: it goes wherever the credential goes that the first objects are made with."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.objects import Address
from reconciler.model.ports import Capability
from reconciler.resources.base import field_rules, kinds


def words_of(address: Address, capabilities: Mapping[str, Capability]) -> tuple[Address, ...]:
    """Where words on the first objects made with `address` may stand; `capabilities` are its target's."""
    found = ((kind, capability.canary) for kind, capability in sorted(capabilities.items()))
    return tuple(
        canary.word(address.target, address.name)
        for kind, canary in found
        if canary and field_rules(kinds()[kind])[canary.by].reference == address.kind
    )
