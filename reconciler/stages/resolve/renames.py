"""`lifecycle.previously`: which previous address leads to which current one, each to one only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.documents import LIFECYCLE
from reconciler.model.names import fold_name
from reconciler.resources.base import Resource, kinds
from reconciler.resources.course_link import CourseLink
from reconciler.stages.resolve.drafts import Draft

PATH = f"{LIFECYCLE}.previously"


def previous_addresses(draft: Draft) -> Iterator[tuple[Address, str]]:
    """The addresses an entry had before, each with the path where that is written."""
    for index, name in enumerate(draft.lifecycle.previously):
        yield draft.address._replace(name=draft.prefix + fold_name(name)), f"{PATH}.{index}"


def collect(drafts: Mapping[Address, Draft], problems: list[Problem]) -> dict[Address, Draft]:
    """Every previous address with its draft; one that is still declared or claimed twice is a problem."""
    found: dict[Address, Draft] = {}
    for draft in drafts.values():
        for previous, path in previous_addresses(draft):
            other = drafts.get(previous) or found.get(previous)
            if other is None:
                found[previous] = draft
                continue
            says = "is still declared" if previous in drafts else "is claimed already"
            what = f"the previous name `{previous.name}` {says}, at {other.where}"
            if other is draft:
                what = f"`{previous.name}` stands twice, or is the name itself"
            elif previous in drafts and draft.address in dict(previous_addresses(other)):
                what = f"`{draft.address.name}` and `{previous.name}` name each other as previous: a circle"
            problems.append(Problem(draft.place(path), what, "rename in two steps, or take one line out"))
    return found


def lead(
    previous: Mapping[Address, Draft], resources: Iterable[Desired[Resource]]
) -> Iterator[tuple[Address, Address]]:
    """Previous to current address of every resource, the members of a family one by one.

    What belongs to a credential has its name in the address, and is renamed with it.
    """
    names: dict[Address, list[str]] = {}
    for address, draft in previous.items():
        names.setdefault(draft.address, []).append(address.name)
    for item in resources if names else ():
        credential = _qualifier_of(item)
        for old in names.get(credential, ()) if credential else ():
            yield item.address._replace(name=f"{old}.{item.address.name.partition('.')[2]}"), item.address
        name = item.family or item.address.name
        owner = item.address._replace(name=name)
        if isinstance(item.resource, CourseLink) and isinstance(item.resource.meeting, str):
            owner = Address.parse(item.resource.meeting)._replace(name=name)
        for old in names.get(owner, ()):
            yield item.address._replace(name=old + item.address.name.removeprefix(name)), item.address


def misnamed(resources: Iterable[Desired[Resource]]) -> Iterator[Problem]:
    """What belongs to a credential by a name that it does not have any more: addresses begin with its own."""
    told = set()
    for item in resources:
        credential = _qualifier_of(item)
        if credential is None or item.address.name.startswith(f"{credential.name}."):
            continue
        place = item.place(str(kinds()[item.address.kind].qualifier))
        if place not in told:
            told.add(place)
            was = item.address.name.partition(".")[0]
            yield Problem(place, f"`{was}` is a former name of {credential.name}", f"write {credential.name}")


def _qualifier_of(item: Desired[Resource]) -> Address | None:
    """The credential that an address begins with."""
    qualifier = kinds()[item.address.kind].qualifier
    named = getattr(item.resource, qualifier, None) if qualifier else None
    return Address.parse(named) if isinstance(named, str) else None
