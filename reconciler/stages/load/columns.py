"""Reads `columns:` of a source: which field each column fills, also parts of fields, and which are lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from reconciler.errors import Where, suggest
from reconciler.resources.base import Members, Resource, SecretRef, Timed
from reconciler.stages.load.sheet import Sheet

HANDLE = "name"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field holds: whether a list, and the parts of a mapping, each with the same; any, if `open`."""

    listed: bool = False
    parts: Mapping[str, Shape] = field(default_factory=dict)
    open: bool = False

    def find(self, path: str) -> Shape | None:
        """The shape of a part by its path; None if there is no such part."""
        head, _, rest = path.partition(".")
        part = Shape() if self.open else self.parts.get(head)
        return part if part is None or not rest else part.find(rest)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a file fills which field, where that was written, and which fields are lists."""

    names: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Where] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()


def shapes(declared: type[Any]) -> Mapping[str, Shape]:
    """The shape of every field of a kind, or of a class that a field is, read off its annotation."""
    hints = get_type_hints(declared, include_extras=True)
    names = (item.name for item in dataclasses.fields(declared))
    return {name.removesuffix("_"): _shape(hints[name]) for name in names}


def _shape(hint: Any) -> Shape:
    types = tuple(_alternatives(hint))
    parts: dict[str, Shape] = {}
    for made in types:
        if isinstance(made, type) and dataclasses.is_dataclass(made) and made is not Members:
            parts |= shapes(made)
    origins = {get_origin(made) or made for made in types}
    return Shape(bool(origins & {tuple, list, Members}), parts, bool(origins & {dict, Mapping}))


def _alternatives(hint: Any) -> Iterator[Any]:
    """The types that a field can be written as, without what checks or marks them."""
    if hasattr(hint, "__metadata__"):
        yield from _alternatives(hint.__origin__)
    elif get_origin(hint) in (tuple, list, dict, Mapping) or not get_args(hint):
        if not (isinstance(hint, type) and issubclass(hint, SecretRef | Timed)):
            yield hint
    else:
        for inner in get_args(hint):
            yield from _alternatives(inner)


def read_columns(sheet: Sheet, kind: type[Resource]) -> Columns:
    """The columns of a source of rows, by field; what is wrong with one is noted, and it is left out."""
    inner = _open(sheet, {HANDLE: "EmployeeID", "email": "Email"})
    if inner is None:
        return Columns()
    columns = {HANDLE: inner.needed(HANDLE, "EmployeeID")}
    top, lists = Shape(parts=shapes(kind)), set()
    for path in inner.left():
        shape = top.find(path)
        if shape is None:
            inner.take(path)
            inner.refuse(path, *_unknown(kind, path, top))
            continue
        columns[path] = inner.text(path)
        if shape.listed:
            lists.add(path)
    _refuse_overlaps(inner, columns)
    made = _found(inner, columns)
    return dataclasses.replace(made, lists=frozenset(lists & made.names.keys()))


def read_named_columns(sheet: Sheet, known: Iterable[str], needed: Mapping[str, str]) -> Columns:
    """The columns of a source whose columns have names of their own; `needed` ones with an example each."""
    inner = _open(sheet, needed)
    if inner is None:
        return Columns()
    columns = {name: inner.needed(name, example) for name, example in needed.items()}
    columns |= {name: inner.text(name) for name in known if name not in needed}
    inner.finish()
    return _found(inner, columns)


def _open(sheet: Sheet, example: Mapping[str, str]) -> Sheet | None:
    inner = sheet.inner("columns")
    if inner is None and "columns" not in sheet.values:
        written = ", ".join(f"{name}: {column}" for name, column in example.items())
        sheet.refuse("", "`columns` is missing", f"add `columns: {{{written}}}`")
    return inner


def _found(inner: Sheet, columns: Mapping[str, str]) -> Columns:
    found = {name: column for name, column in columns.items() if column}
    return Columns(found, {name: inner.place(name) for name in found})


def _unknown(kind: type[Resource], path: str, top: Shape) -> tuple[str, str]:
    head, _, rest = path.partition(".")
    shape = top.parts.get(head)
    if shape is None:
        return f"{kind.plural} have no field `{head}`", suggest(head, {HANDLE, *top.parts})
    if not shape.parts:
        return f"`{head}` has no parts, so there is no `{path}`", f"write `{head}`"
    return f"`{head}` has no `{rest}`", suggest(rest, shape.parts)


def _refuse_overlaps(inner: Sheet, columns: Mapping[str, str]) -> None:
    """A field as a whole and a part of it cannot both be columns."""
    for path in columns:
        head = path.partition(".")[0]
        if head != path and head in columns:
            what = f"`{head}` and `{path}` cannot both be columns"
            inner.refuse(path, what, "take one of them out")
