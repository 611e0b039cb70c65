"""The page of a credential's successor, which holds what the old one's holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Address, Desired
from reconciler.model.rotations import find_rotations, page_of
from reconciler.resources.base import Resource, evolve
from reconciler.resources.lti_settings import LtiSettings

Resources = Mapping[Address, Desired[Resource]]


def carry_pages(resources: Resources) -> dict[Address, Desired[Resource]]:
    """The entries that either page of a rotation has from the other; one of the same name stands as it is.

    A page has one entry of settings, so that none is carried to a page that has its own.
    """
    carried: dict[Address, Desired[Resource]] = {}
    for rotation in find_rotations(resources):
        for source, page in ((rotation.old, rotation.new), (rotation.new, rotation.old)):
            there = list(page_of(page.address, resources))
            has_settings = any(isinstance(item.resource, LtiSettings) for item in there)
            for item in page_of(source.address, resources):
                short = item.address.name.removeprefix(f"{source.address.name}.")
                address = item.address._replace(name=f"{page.address.name}.{short}")
                if address not in resources and not (has_settings and isinstance(item.resource, LtiSettings)):
                    copy = evolve(item.resource, credential=str(page.address))
                    carried[address] = replace(item, address=address, resource=copy)
    return carried
