"""Checks kinds that are trees, categories above all: no circles, no two of one title side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.references import above, path_of
from reconciler.resources.base import Resource
from reconciler.resources.category import Category

Resources = Mapping[Address, Desired[Resource]]


def check_trees(resources: Resources) -> Iterator[Problem]:
    """Resources below themselves, and categories that cannot be told apart."""
    for address, item in resources.items():
        field = above(type(item.resource))
        if field and address in path_of(address, resources, field):
            what = f"{address.name} stands below itself: its `{field}` leads back to it"
            yield Problem(item.place(field), what, "give one of them another, or none")
    yield from _check_categories(resources)


def _check_categories(resources: Resources) -> Iterator[Problem]:
    titles: dict[tuple[object, ...], Desired[Resource]] = {}
    ids: dict[tuple[object, ...], Desired[Resource]] = {}
    for address, item in resources.items():
        category = item.resource
        if not isinstance(category, Category):
            continue
        title = category.title if isinstance(category.title, str) else address.name
        parent = category.parent if isinstance(category.parent, str) else ""
        first = titles.setdefault((address.target, parent, title.casefold()), item)
        if first is not item:
            what = f"`{title}` is what {first.address.name} ({first.where}) is called in the same place"
            yield Problem(item.place("title"), what, "give it another `title`, or delete one of them")
        if isinstance(category.reference_id, str):
            first = ids.setdefault((address.target, category.reference_id), item)
            if first is not item:
                what = (
                    f"the reference id of {first.address.name} ({first.place('reference_id')}) stands again"
                )
                yield Problem(item.place("reference_id"), what, "give each its own")
