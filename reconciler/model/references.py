"""References between resources: who refers to whom, and addresses turned into remote ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter

from reconciler.model.objects import NO_TARGET, Address, Desired
from reconciler.resources.base import Members, R, Resource, declared, field_rules, kinds, unchecked


def references(resource: Resource) -> Iterator[tuple[str, Address]]:
    """Every declared reference with its field's name; collections element by element."""
    rules = field_rules(type(resource))
    for name, value in declared(resource):
        if not rules[name].reference or value is None:
            continue
        elements = value.elements if isinstance(value, Members) else (value,)
        for element in elements:
            yield name, Address.parse(element)


def localise(resource: R, identify: Callable[[Address], str]) -> R:
    """The resource with remote ids in place of addresses; "" for one unknown, unknown elements left out."""
    rules = field_rules(type(resource))
    if not any(rule.reference for rule in rules.values()):
        return resource
    fields = dict(declared(resource))
    for name, value in fields.items():
        if not rules[name].reference or value is None:
            continue
        if isinstance(value, Members):
            known = (identify(Address.parse(element)) for element in value.elements)
            fields[name] = Members(tuple(remote for remote in known if remote), value.exactly)
        else:
            fields[name] = identify(Address.parse(value))
    return unchecked(type(resource), fields)


@cache
def kind_order() -> tuple[str, ...]:
    """Every kind after the others it refers to and those it names as `after`."""
    graph = {
        name: sorted(
            ({rule.reference for rule in field_rules(kind).values() if rule.reference} | kind.after) - {name}
        )
        for name, kind in kinds().items()
    }
    return tuple(TopologicalSorter(graph).static_order())


def by_dependency(addresses: Iterable[Address]) -> list[Address]:
    """Sorted by kind order, then target and name."""
    rank = {kind: index for index, kind in enumerate(kind_order())}
    return sorted(addresses, key=lambda a: (rank.get(a.kind, len(rank)), a.target, natural(a.name)))


def above(kind: type[Resource]) -> str:
    """The field by which a kind names another of its own, so that its resources are a tree; "" for none."""
    return next((name for name, rule in field_rules(kind).items() if rule.reference == kind.kind), "")


def tops_first(resources: Mapping[Address, Desired[Resource]]) -> list[Address]:
    """As `by_dependency`; in a tree, what stands above comes first. In a circle, in some order."""
    ordered = by_dependency(resources)
    trees = {name: field for name, kind in kinds().items() if (field := above(kind))}
    depths = {a: len(path_of(a, resources, trees[a.kind])) for a in ordered if a.kind in trees}
    if not depths:
        return ordered
    rank = {kind: index for index, kind in enumerate(kind_order())}
    return sorted(ordered, key=lambda a: (rank[a.kind], depths.get(a, 0)))


def path_of(address: Address, resources: Mapping[Address, Desired[Resource]], field: str) -> list[Address]:
    """What is declared above an address in its tree, the nearest first; it ends before what comes twice."""
    found: list[Address] = []
    while address in resources:
        named = getattr(resources[address].resource, field)
        if not isinstance(named, str) or (address := Address.parse(named)) in found:
            break
        found.append(address)
    return found


def natural(name: str) -> tuple[str | int, ...]:
    """A sort key in which `bio101/2` comes before `bio101/10`."""
    stem, _, last = name.rpartition("/")
    return (stem, int(last)) if last.isdigit() else (name, 0)


def has_live(address: Address) -> bool:
    """False for kinds without a live counterpart of ours."""
    return address.target != NO_TARGET
