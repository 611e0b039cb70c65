"""Rows of a CSV file as entries; a file that cannot be trusted to be whole takes nothing away."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Problem, Where, suggest
from reconciler.model import Entry
from reconciler.model.names import fold_name
from reconciler.sources.base import NO_MARKS, Files, Rows, Source

ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "windows-1252")
DELIMITERS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSource(Source):
    """One `- csv:` of a section. `columns` maps a field, or `name` for the handle, to the file's column.

    `columns_where` is where each column was declared. An empty cell is left out, or clears the field if that
    is in `clear_empty`.
    """

    columns: Mapping[str, str]
    columns_where: Mapping[str, Where] = field(default_factory=dict)
    clear_empty: frozenset[str] = frozenset()
    delimiter: str = ","
    encoding: str = "utf-8"

    def read(self, files: Files) -> Rows:
        """The rows as entries placed at file:line; cells lose the blanks around them."""
        data = files.read(self.file, self.where)
        if isinstance(data, Problem):
            return Rows(problems=(data,), unread=data.what)
        return read_csv(self, data)


def read_csv(source: CsvSource, data: bytes) -> Rows:
    """The rows of a file's bytes. Nothing is raised."""
    text, odd = _decode(source, data)
    if odd:
        return Rows(problems=(odd,), unread=odd.what)
    problems: list[Problem] = []
    lines = _lines(source, text, problems)
    header = next(lines, None)
    if header is None:
        return Rows((), tuple(problems), problems[0].what if problems else f"{source.file} is empty")
    places = _find_columns(source, header[1], problems)
    entries = tuple(_read_rows(source, lines, len(header[1]), places, problems)) if places else ()
    return Rows(entries, tuple(problems), source.distrust(len(entries), problems))


def _decode(source: CsvSource, data: bytes) -> tuple[str, Problem | None]:
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        return "", _odd_byte(source, data, error.start)


def _odd_byte(source: CsvSource, data: bytes, at: int) -> Problem:
    """Names the row and column of a byte that is not in the source's encoding, and what to do about it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Problem(
            Where(source.file), "the file is UTF-16", "save it as UTF-8, or add `encoding: utf-16`"
        )
    line, start = data.count(b"\n", 0, at) + 1, data.rfind(b"\n", 0, at) + 1
    before = data[start:at].decode("utf-8", "replace")
    header = data.split(b"\n", 1)[0].decode("utf-8", "replace").lstrip("\ufeff")
    names = next(csv.reader([header], delimiter=source.delimiter), [])
    index = len(next(csv.reader([before], delimiter=source.delimiter), [""]) or [""]) - 1
    column = names[index].strip() if index < len(names) else str(index + 1)
    what = f"row {line}, column {column}: the byte 0x{data[at]:02X} is not {source.encoding.upper()}"
    remedy = "save the file as UTF-8 (Excel: CSV UTF-8), or say `encoding: windows-1252` in the source"
    return Problem(Where(source.file, line, len(before) + 1), what, remedy)


def _lines(source: CsvSource, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank with the line each starts at; a row that cannot be read ends them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(row):
                yield line, [cell.strip() for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        what = f"this row cannot be read as CSV: {error}"
        problems.append(
            Problem(Where(source.file, line), what, "check the quotes; the rows after it are not read")
        )


def _find_columns(source: CsvSource, header: list[str], problems: list[Problem]) -> dict[str, int]:
    """The index of each declared field's column; empty if any is missing or the header is ambiguous."""
    said = len(problems)
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        what = f"the column `{name}` stands {header.count(name)} times in the header"
        problems.append(Problem(Where(source.file), what, "rename or delete one"))
    for wanted, column in source.columns.items():
        if column not in header:
            where = source.columns_where.get(wanted, source.where)
            what = f"{source.file} has no column `{column}`"
            problems.append(Problem(where, what, suggest(column, filter(None, header))))
    if len(problems) > said:
        return {}
    return {wanted: header.index(column) for wanted, column in source.columns.items()}


def _read_rows(
    source: CsvSource,
    lines: Iterator[tuple[int, list[str]]],
    width: int,
    places: Mapping[str, int],
    problems: list[Problem],
) -> Iterator[Entry]:
    fields = [(name, at) for name, at in places.items() if name != "name"]
    handle, column = places["name"], source.columns["name"]
    seen: dict[str, int] = {}
    for line, row in lines:
        where = Where(source.file, line)
        name = fold_name(row[handle]) if handle < len(row) else ""
        if len(row) != width:
            what = f"this row has {len(row)} cells, the header {width}"
            problems.append(Problem(where, what, "quote a cell that holds the delimiter, or fill the row up"))
        elif not name:
            problems.append(
                Problem(where, f"the column `{column}` is empty: the row has no name", "fill it in")
            )
        elif name in seen:
            what = f"`{row[handle]}` stands twice in the column `{column}`; the first is at line {seen[name]}"
            problems.append(Problem(where, what, "delete one of the rows, or give them different names"))
        else:
            seen[name] = line
            values: dict[str, Any] = {
                key: row[at] or None for key, at in fields if row[at] or key in source.clear_empty
            }
            yield Entry(source.target, source.kind, name, values, where, NO_MARKS, source.file, source.base)
