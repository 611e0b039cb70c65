"""Checks a credential's successor: what it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.rotations import Rotation, find_rotations
from reconciler.resources.base import OMITTED, Resource
from reconciler.resources.lti_credential import LtiCredential

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
