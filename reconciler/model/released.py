"""Released fields: declared at the last apply and not now; the record keeps them until that is applied."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model.objects import Desired
from reconciler.model.ports import Access
from reconciler.model.recorded import Record, RecordedField
from reconciler.resources.base import OMITTED, Plain, Resource

Path = tuple[str, ...]
"""A field, or a key at any depth of a field that is a mapping."""

UNMANAGED = (Access.RELATION, Access.READ)


def released(record: Record, item: Desired[Resource], access: Mapping[str, Access]) -> Iterator[Path]:
    """What was declared and is omitted now, at any depth, in no order; not what `lifecycle.ignore` names."""
    for name in record.declared:
        if access.get(name, Access.RELATION) in UNMANAGED or name in item.lifecycle.ignore:
            continue
        value = getattr(item.resource, name, OMITTED)
        if value is OMITTED:
            yield (name,)
        elif isinstance(value, dict) and name in record.fields:
            yield from _omitted_keys((name,), record.fields[name].value, value)


def _omitted_keys(path: Path, recorded: Plain, declared: Any) -> Iterator[Path]:
    if not isinstance(recorded, Mapping) or not isinstance(declared, Mapping):
        return
    for key, value in recorded.items():
        if key not in declared:
            yield (*path, key)
        else:
            yield from _omitted_keys((*path, key), value, declared[key])


def dotted(path: Path) -> str:
    """As it is shown: `tracking_fields.Department`."""
    return ".".join(path)


def find(value: Any, path: Path) -> Any:
    """What stands at a path below a mapping, OMITTED if nothing does."""
    for key in path:
        value = value.get(key, OMITTED) if isinstance(value, Mapping) else OMITTED
    return value


def carry(made: Record, old: Record, paths: Collection[Path]) -> Record:
    """The record with what is released and not yet let go of, as it was recorded."""
    fields, elements = dict(made.fields), dict(made.elements)
    for name, *keys in paths:
        was = old.fields.get(name)
        if was is not None:
            now = fields.get(name)
            value = _put(now.value, keys, find(was.value, tuple(keys))) if now and keys else was.value
            fields[name] = (now or was)._replace(value=value)
        if not keys and name in old.elements:
            elements[name] = old.elements[name]
    names = {path[0] for path in paths}
    return replace(made, fields=fields, elements=elements, declared=made.declared | names)


def let_go(record: Record, paths: Collection[Path]) -> Record:
    """The record without these fields and keys."""
    whole = {path[0] for path in paths if len(path) == 1}
    fields: dict[str, RecordedField] = {
        name: item for name, item in record.fields.items() if name not in whole
    }
    for name, *keys in paths:
        if keys and name in fields:
            fields[name] = fields[name]._replace(value=_put(fields[name].value, keys, OMITTED))
    elements = {name: items for name, items in record.elements.items() if name not in whole}
    return replace(record, fields=fields, elements=elements, declared=record.declared - whole)


def _put(value: Plain, keys: list[str], item: Any) -> Plain:
    """A mapping with `item` at a path below it; OMITTED takes the key away."""
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Plain] = dict(value)
    first, rest = keys[0], keys[1:]
    if rest:
        made[first] = _put(made.get(first), rest, item)
    elif item is OMITTED:
        made.pop(first, None)
    else:
        made[first] = item
    return made
