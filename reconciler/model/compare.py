"""Whether two values are the same, and whether what was sent is what reads back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from reconciler.model.changes import FieldChange
from reconciler.model.ports import Access
from reconciler.resources.base import OMITTED, Members, Plain, Resource, comparable, field_rules

READABLE = (Access.FULL, Access.CREATE_ONLY)
HIDDEN = (Access.HIDDEN, Access.HIDDEN_CREATE)


def same(left: Plain, right: Plain) -> bool:
    """Equal as JSON, where a list read back is a tuple and an empty text is nothing."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return (left or None) == (right or None) if not isinstance(left, bool | int) else left == right


def texts(recorded: Plain) -> set[str]:
    """A recorded collection is a list of ids."""
    return set(map(str, recorded)) if isinstance(recorded, list | tuple) else set()


def limited(found: Plain, wanted: Plain) -> Plain:
    """Of a mapping, at any depth, only the keys that are wanted: undeclared keys are unmanaged.

    A key that is to be null and is not there is null.
    """
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return {
            key: limited(found.get(key), value)
            for key, value in wanted.items()
            if key in found or value is None
        }
    return found


class NotKept(NamedTuple):
    """A field whose value reads back other than it was sent."""

    field: str
    sent: Plain
    read: Plain


def not_kept(
    wanted: Resource,
    live: Resource,
    fields: Mapping[str, FieldChange],
    access: Mapping[str, Access],
    as_of: datetime,
    identity: Callable[[str, str], str],
) -> Iterator[NotKept]:
    """The sent fields that a later reading does not show; `identity(kind, token)` makes tokens ids."""
    rules = field_rules(type(wanted))
    for name in fields:
        if access.get(name) not in READABLE:
            continue
        value, found = getattr(wanted, name), getattr(live, name)
        rule = rules[name]
        if isinstance(value, Members):
            elements = found.elements if isinstance(found, Members) else ()
            present = {identity(rule.reference, token) for token in elements}
            sent, left = set(fields[name].added), set(fields[name].removed)
            if sent - present or left & present:
                yield NotKept(name, tuple(sorted(sent - present)), tuple(sorted(left & present)))
            continue
        sent_value = value if rule.reference else comparable(value, as_of)
        read: Plain = limited(comparable(found, as_of), sent_value)
        if rule.reference and isinstance(found, str):
            read = identity(rule.reference, found)
        if value is not OMITTED and not same(sent_value, read):
            yield NotKept(name, sent_value, read)
