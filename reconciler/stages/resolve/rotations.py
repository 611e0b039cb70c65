"""A credential's successor: what it may be, and its page, which holds what the old one's holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.rotations import Rotation, find_rotations, page_of
from reconciler.resources.base import OMITTED, Resource, evolve
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.lti_settings import LtiSettings

Resources = Mapping[Address, Desired[Resource]]


def check_rotations(resources: Resources) -> Iterator[Problem]:
    """Successors that cannot be, and an overlap of nothing."""
    succeeded: dict[Address, Desired[LtiCredential]] = {}
    for rotation in find_rotations(resources):
        yield from _check_pair(rotation)
        first = succeeded.setdefault(rotation.new.address, rotation.old)
        if first is not rotation.old:
            what = f"{rotation.new.address.name} succeeds {first.address.name} already, at {first.where}"
            yield Problem(rotation.old.place("successor"), what, "give each a successor of its own")
    for item in resources.values():
        credential = item.resource
        if not isinstance(credential, LtiCredential) or credential.overlap is OMITTED:
            continue
        if credential.successor is OMITTED:
            what = "`overlap` says how long this is kept beside its successor, and it has none"
            yield Problem(item.place("overlap"), what, "add `successor:`, or take it out")


def _check_pair(rotation: Rotation) -> Iterator[Problem]:
    old, new = rotation.old, rotation.new
    place = old.place("successor")
    if old.address == new.address:
        yield Problem(place, "`successor` names the credential itself", "name the new one")
        return
    if old.address.target != new.address.target:
        what = f"`successor` is of {new.address.target}; a page is copied within {old.address.target} only"
        yield Problem(place, what, "declare the new credential beside this one")
    if new.resource.successor is not OMITTED:
        what = (
            f"`successor` names {new.address.name}, which has a successor itself ({new.place('successor')})"
        )
        yield Problem(place, what, "let one rotation end before the next begins")
    for name in ("key", "secret"):
        value = getattr(new.resource, name)
        if value is not OMITTED and value == getattr(old.resource, name):
            what = f"`{name}` is that of {old.address.name} ({old.place(name)}), which this one succeeds"
            yield Problem(new.place(name), what, "write the new credential's own")


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
