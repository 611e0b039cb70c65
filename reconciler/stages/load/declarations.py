"""Reads `from:` of a section: its sources in order of precedence, what is expected of each, who is right."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import suggest
from reconciler.model import Entry
from reconciler.resources.base import Resource, field_rules
from reconciler.sources.base import Source
from reconciler.stages.load.formats import FORMATS
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map, Seq, place

ALL = "all"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One source, and the fields in which it is right where sources differ."""

    source: Source
    prefer: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The sources of a section in order of precedence, the last one first; `whole` if none is missing."""

    declarations: tuple[Declaration, ...] = ()
    whole: bool = True


def read_sources(
    section: Sheet, kind: type[Resource], target: str, base: Entry | None, *, replaces: bool
) -> Found:
    """The sources that `from:` lists. One that `replaces` another `from:` may list none."""
    listed = section.take("from")
    if listed is None:
        return Found(whole=False)
    shaped = isinstance(listed, Seq) and all(isinstance(item, Map) or item is UNREADABLE for item in listed)
    if not shaped or not (listed or replaces):
        section.refuse("from", "`from` is a list of sources", "begin each with `- csv: file.csv`")
        return Found(whole=False)
    read = [
        _read_source(section.sheet(item, place(section.file, mark)), kind, target, base)
        for item, mark in zip(listed, listed.marks, strict=True)
        if isinstance(item, Map)
    ]
    found = tuple(declaration for declaration in read if declaration)
    return Found(found, whole=len(found) == len(listed))


def _read_source(sheet: Sheet, kind: type[Resource], target: str, base: Entry | None) -> Declaration | None:
    format = _find_format(sheet, kind)
    if not format:
        return None
    written = sheet.text(format)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(sheet.file), written))
    shared = {"target": target, "kind": kind.kind, "file": path, "where": sheet.place(format), "base": base}
    source = FORMATS[format].read(sheet, kind, {**shared, **_read_expected(sheet)})
    prefer = _read_preferred(sheet, kind)
    sheet.finish()
    return Declaration(source, prefer) if source and written else None


def _find_format(sheet: Sheet, kind: type[Resource]) -> str:
    """The format a source names, "" if it names none, several, or one that does not hold this kind."""
    fitting = [name for name, format in FORMATS.items() if format.holds(kind)]
    named = [name for name in FORMATS if name in sheet.values]
    if not named:
        what = f"{' or '.join(f'`{name}`' for name in fitting)} is missing"
        sheet.refuse("", what, suggest(next(iter(sheet.values), ""), fitting))
    elif len(named) > 1:
        what = f"`{named[0]}` and `{named[1]}` are two sources"
        sheet.refuse(named[1], what, "make each of them an element of `from:`")
    elif named[0] not in fitting:
        sheet.refuse(named[0], f"`{named[0]}` holds no {kind.plural}", f"known are {', '.join(fitting)}")
    else:
        return named[0]
    return ""


def _read_expected(sheet: Sheet) -> Mapping[str, Any]:
    expect = sheet.inner("expect")
    if expect is None:
        return {}
    limited = "max_change" in expect.values
    made = {
        "min_rows": expect.number("min_rows", 0),
        "max_change": expect.percent("max_change", 0) if limited else None,
    }
    expect.finish()
    return made


def _read_preferred(sheet: Sheet, kind: type[Resource]) -> frozenset[str]:
    fields = frozenset(field_rules(kind))
    if sheet.values.get("prefer") == ALL:
        sheet.take("prefer")
        return fields
    listed = sheet.texts("prefer")
    for name, path in listed:
        if name not in fields:
            remedy = suggest(name, {*fields, ALL})
            sheet.refuse(path, f"{kind.plural} have no field `{name}`", remedy)
    return frozenset(name for name, _ in listed)
