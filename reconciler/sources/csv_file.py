"""Rows of a CSV file as entries; a file that cannot be trusted to be whole takes nothing away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Problem, Where
from reconciler.model import Entry
from reconciler.model.names import fold_name
from reconciler.sources.base import NO_MARKS, Files, Rows, Source
from reconciler.sources.tables import Dialect, Table, read_table

ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "windows-1252")
DELIMITERS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSource(Source):
    """One `- csv:` of a section. `columns` maps a field, or `name` for the handle, to the file's column.

    A field may be dotted (`schedule.days`). `columns_where` is where each column was declared. An empty cell
    is left out, or clears the field if that is in `clear_empty`. The cells of the fields in `lists` hold
    several values separated by `;`. With `join`, rows of the same name are one entry: their lists follow each
    other without doubles, and their other fields agree.
    """

    columns: Mapping[str, str]
    columns_where: Mapping[str, Where] = field(default_factory=dict)
    clear_empty: frozenset[str] = frozenset()
    delimiter: str = ","
    encoding: str = "utf-8"
    lists: frozenset[str] = frozenset()
    join: bool = False

    def read(self, files: Files) -> Rows:
        """The rows as entries placed at file:line; cells lose the blanks around them."""
        data = files.read(self.file, self.where)
        if isinstance(data, Problem):
            return Rows(problems=(data,), unread=data.what)
        return read_csv(self, data)


def read_csv(source: CsvSource, data: bytes) -> Rows:
    """The rows of a file's bytes. Nothing is raised."""
    problems: list[Problem] = []
    dialect = Dialect(source.delimiter, source.encoding, declared=True)
    table = read_table(source.file, data, dialect, problems, source.columns.values())
    if table is None:
        return Rows((), tuple(problems), problems[0].what if problems else f"{source.file} is empty")
    places = table.find(source.columns, source.columns_where, source.where)
    rows = _join_rows if source.join else _read_rows
    entries = tuple(rows(source, table, places)) if places else ()
    return Rows(entries, tuple(problems), source.distrust(len(entries), problems))


def _read_rows(source: CsvSource, table: Table, places: Mapping[str, int]) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    read = _find_reading(source, places)
    dotted = any("." in key for key in source.columns)
    for line, name, row in _name_rows(source, table, places):
        if name in seen:
            what = f"`{row[places['name']]}` stands twice in the column `{source.columns['name']}`"
            what = f"{what}; the first is at line {seen[name]}"
            remedy = "delete one of the rows, or give them different names"
            table.problems.append(Problem(Where(source.file, line), what, remedy))
        else:
            seen[name] = line
            yield _make_entry(source, name, line, nest(read(row)) if dotted else read(row))


def _join_rows(source: CsvSource, table: Table, places: Mapping[str, int]) -> Iterator[Entry]:
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    read = _find_reading(source, places)
    for line, name, row in _name_rows(source, table, places):
        first, values = found.setdefault(name, (line, {}))
        for key, value in read(row).items():
            if key in source.lists and value and values.get(key):
                values[key] += [item for item in value if item not in values[key]]
            elif values.setdefault(key, value) != value:
                what = (
                    f"`{row[places['name']]}` has `{values[key] or ''}` in the column `{source.columns[key]}`"
                )
                what = f"{what} at line {first}, and `{value or ''}` here"
                remedy = (
                    f"rows of one name agree in everything but {', '.join(sorted(source.lists)) or 'lists'}"
                )
                table.problems.append(Problem(Where(source.file, line), what, remedy))
    for name, (line, values) in found.items():
        yield _make_entry(source, name, line, nest(values))


def _name_rows(
    source: CsvSource, table: Table, places: Mapping[str, int]
) -> Iterator[tuple[int, str, list[str]]]:
    handle = places["name"]
    for line, row in table.rows(tuple(places.values()), (handle,)):
        if name := fold_name(row[handle]):
            yield line, name, row
        else:
            what = f"the column `{source.columns['name']}` is empty: the row has no name"
            table.problems.append(Problem(Where(source.file, line), what, "fill it in"))


def _find_reading(source: CsvSource, places: Mapping[str, int]) -> Callable[[list[str]], dict[str, Any]]:
    """How the fields of a row become values, by their whole names."""
    fields, clear = [(key, at) for key, at in places.items() if key != "name"], source.clear_empty

    def read(row: list[str]) -> dict[str, Any]:
        return {key: row[at] or None for key, at in fields if row[at] or key in clear}

    def read_lists(row: list[str]) -> dict[str, Any]:
        values = read(row)
        for key in source.lists & values.keys():
            items = dict.fromkeys(item.strip() for item in (values[key] or "").split(";"))
            values[key] = [item for item in items if item] or None
        return {key: value for key, value in values.items() if value or key in clear}

    return read_lists if source.lists else read


def _make_entry(source: CsvSource, name: str, line: int, values: dict[str, Any]) -> Entry:
    where = Where(source.file, line)
    return Entry(source.target, source.kind, name, values, where, NO_MARKS, source.file, source.base)


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as mappings within mappings."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        inner, (*parents, key) = made, path.split(".")
        for parent in parents:
            if not isinstance(inner.get(parent), dict):
                inner[parent] = {}
            inner = inner[parent]
        inner[key] = value
    return made
