"""Reads `from:` of a section: which source, which columns, what is expected of it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from reconciler.errors import Where, suggest
from reconciler.model import Entry
from reconciler.resources.base import Resource, field_rules
from reconciler.resources.user import User
from reconciler.sources.csv_file import DELIMITERS, ENCODINGS, CsvSource
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map, Seq, place

LATER = {"oneroster": "OneRoster sources", "canvas_sis": "Canvas SIS sources", "prefer": "several sources"}


def read_source(section: Sheet, kind: type[Resource], target: str, base: Entry | None) -> CsvSource | None:
    """The one source of `from:`, None if there is none or something is wrong with it."""
    listed = section.take("from")
    if listed is None:
        return None
    if kind is not User:
        what = f"`from:` for {kind.plural} is not supported by this version"
        section.refuse("from", what, "write the entries out")
        return None
    if not isinstance(listed, Seq) or not all(isinstance(item, Map) or item is UNREADABLE for item in listed):
        section.refuse("from", "`from` is a list of sources", "begin each with `- csv: file.csv`")
        return None
    for mark in listed.marks[1:]:
        where = place(section.file, mark)
        section.refuse_at(where, "several sources are not supported by this version", "keep one source")
    item = listed[0] if listed else None
    if not isinstance(item, Map) or len(listed) > 1:
        return None
    sheet = section.sheet(item, place(section.file, listed.marks[0]))
    return _read_csv(sheet, kind, target, base)


def _read_csv(sheet: Sheet, kind: type[Resource], target: str, base: Entry | None) -> CsvSource | None:
    if not any(name in sheet.values for name in LATER):
        sheet.needed("csv", "roster.csv")
    written = sheet.text("csv")
    columns, places = _read_columns(sheet, kind)
    delimiter = sheet.text("delimiter", DELIMITERS, "comma")
    encoding = sheet.text("encoding", ENCODINGS, "utf-8")
    clear = _read_clear(sheet, columns)
    expect = sheet.inner("expect")
    made = CsvSource(
        target=target,
        kind=kind.kind,
        file=posixpath.normpath(posixpath.join(posixpath.dirname(sheet.file), written)),
        columns=columns,
        where=sheet.place("csv"),
        columns_where=places,
        clear_empty=clear,
        delimiter=DELIMITERS[delimiter],
        encoding=encoding,
        base=base,
    )
    if expect:
        made = replace(
            made,
            min_rows=expect.number("min_rows", 0),
            max_change=expect.percent("max_change", 0) if "max_change" in expect.values else None,
        )
        expect.finish()
    sheet.finish(LATER)
    return made if written and "name" in columns else None


def _read_columns(sheet: Sheet, kind: type[Resource]) -> tuple[Mapping[str, str], Mapping[str, Where]]:
    inner = sheet.inner("columns")
    if inner is None:
        if "columns" not in sheet.values and "csv" in sheet.values:
            sheet.refuse("", "`columns` is missing", "add `columns: {name: EmployeeID, email: Email}`")
        return {}, {}
    known = ["name", *field_rules(kind)]
    columns = {"name": inner.needed("name", "EmployeeID")}
    for name in inner.left():
        if name in known:
            columns[name] = inner.text(name)
        else:
            inner.take(name)
            inner.refuse(name, f"{kind.plural} have no field `{name}`", suggest(name, known))
    found = {name: column for name, column in columns.items() if column}
    return found, {name: inner.place(name) for name in found}


def _read_clear(sheet: Sheet, columns: Mapping[str, str]) -> frozenset[str]:
    listed = sheet.texts("clear_empty")
    for name, path in listed:
        if name not in columns or name == "name":
            sheet.refuse(path, f"`{name}` is not among `columns`", suggest(name, set(columns) - {"name"}))
    return frozenset(name for name, _ in listed)
