"""Reads what each format of a source takes besides its file: columns, handles, roles, times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import suggest
from reconciler.resources.base import Resource
from reconciler.sources import canvas_sis, oneroster, timetable, weekdays
from reconciler.sources.base import Source
from reconciler.sources.canvas_sis import CanvasSisSource
from reconciler.sources.csv_file import DELIMITERS, ENCODINGS, CsvSource
from reconciler.sources.oneroster import OneRosterSource
from reconciler.sources.rosters import FIELDS
from reconciler.sources.timetable import TimetableSource
from reconciler.stages.load.columns import HANDLE, Columns, read_columns, read_named_columns
from reconciler.stages.load.sheet import Sheet

PEOPLED = frozenset({"user", "group"})
"""The kinds whose rows are people, or have people in them."""

TIMES_NEEDED = {"name": "CRN", "start": "Begin"}
"""The columns without which a row of a timetable is no meeting, each with an example."""

Read = Callable[[Sheet, type[Resource], Mapping[str, Any]], Source | None]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how its declaration is read, and the kinds it holds; every kind if there are none."""

    read: Read
    kinds: frozenset[str] = frozenset()

    def holds(self, kind: type[Resource]) -> bool:
        """Whether a kind can come from it."""
        return not self.kinds or kind.kind in self.kinds


def _read_csv(sheet: Sheet, kind: type[Resource], shared: Mapping[str, Any]) -> Source | None:
    columns = read_columns(sheet, kind)
    join = sheet.text("repeat", ["join"]) == "join"
    if join and not columns.lists:
        sheet.refuse("repeat", "`repeat: join` joins lists, and none of the `columns` is one", "take it out")
    made = CsvSource(
        **shared,
        **_read_table(sheet),
        columns=columns.names,
        columns_where=columns.places,
        lists=columns.lists,
        join=join,
        clear_empty=_read_clear(sheet, columns),
    )
    return made if HANDLE in columns.names else None


def _read_table(sheet: Sheet) -> Mapping[str, Any]:
    return {
        "delimiter": DELIMITERS[sheet.text("delimiter", DELIMITERS, "comma")],
        "encoding": sheet.text("encoding", ENCODINGS, "utf-8"),
    }


def _read_clear(sheet: Sheet, columns: Columns) -> frozenset[str]:
    listed = sheet.texts("clear_empty")
    for name, path in listed:
        if name not in columns.names or name == HANDLE:
            known = set(columns.names) - {HANDLE}
            sheet.refuse(path, f"`{name}` is not among `columns`", suggest(name, known))
    return frozenset(name for name, _ in listed)


def _read_roster(sheet: Sheet, kind: type[Resource], handles: Collection[str]) -> Mapping[str, Any]:
    """What roster formats share. Terms have neither handles of people nor roles."""
    made: dict[str, Any] = {}
    if kind.kind in PEOPLED:
        made["roles"] = tuple(role for role, _ in sheet.texts("roles"))
        if handle := sheet.text(HANDLE, handles):
            made["handle"] = handle
    known = FIELDS[kind.kind]
    listed = sheet.texts("fields")
    for name, path in listed:
        if name not in known:
            sheet.refuse(path, f"this format gives {kind.plural} no `{name}`", suggest(name, known))
    return {**made, "fields": tuple(name for name, _ in listed if name in known)}


def _read_oneroster(sheet: Sheet, kind: type[Resource], shared: Mapping[str, Any]) -> Source:
    return OneRosterSource(**shared, **_read_roster(sheet, kind, oneroster.HANDLES))


def _read_canvas(sheet: Sheet, kind: type[Resource], shared: Mapping[str, Any]) -> Source:
    return CanvasSisSource(**shared, **_read_roster(sheet, kind, canvas_sis.HANDLES))


def _read_timetable(sheet: Sheet, kind: type[Resource], shared: Mapping[str, Any]) -> Source | None:
    columns = read_named_columns(sheet, timetable.COLUMNS, TIMES_NEEDED)
    made = TimetableSource(
        **shared,
        **_read_table(sheet),
        columns=columns.names,
        columns_where=columns.places,
        term=sheet.text("term"),
        term_where=sheet.place("term") if "term" in sheet.values else None,
        days=sheet.text("days", (weekdays.AUTO, *weekdays.DAY_STYLES), weekdays.AUTO),
        minutes=sheet.number("minutes", 0, least=1),
        cancelled=tuple(status for status, _ in sheet.texts("cancelled")),
    )
    if columns.names and made.cancelled and "status" not in columns.names:
        what = "`cancelled` lists what stands in the column `status`"
        sheet.refuse("cancelled", what, "add it to `columns`")
    return made if columns.names.keys() >= TIMES_NEEDED.keys() else None


FORMATS: Mapping[str, Format] = {
    "csv": Format(_read_csv),
    "oneroster": Format(_read_oneroster, oneroster.KINDS),
    "canvas_sis": Format(_read_canvas, canvas_sis.KINDS),
    "timetable": Format(_read_timetable, timetable.KINDS),
}
