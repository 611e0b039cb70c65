"""CSV files as tables: what spreadsheets do to a file is undone where that is safe, and refused elsewhere."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import Problem, Where, suggest

SEARCHED = 20
"""Among how many rows the header is looked for: some reports begin with a title."""

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_EDGES = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
_APOSTROPHE = re.compile(r"'(?=[0-9=+@-])")
_SCIENTIFIC = re.compile(r"-?[0-9](\.[0-9]+)?[Ee]\+[0-9]+")
_TWICE_ENCODED = re.compile("Ã[\xa1-\xbf]")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATE = re.compile(
    rf"[0-9]{{1,2}}-{_MONTH}(-[0-9]+)?|{_MONTH}-[0-9]{{2}}|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}", re.I
)
_SEP = re.compile(r'"?sep=(.)"?\r?\n?', re.I)
_ODD_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written. `fold` brings a column's name to the form it is looked up by.

    `declared` says that its source states delimiter and encoding, so that a remedy can name them.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    declared: bool = False
    fold: Callable[[str], str] = str


@dataclass(slots=True)
class Table:
    """The header and rows of one file. `header` holds folded names; what is refused goes to `problems`."""

    file: str
    text: str
    dialect: Dialect
    problems: list[Problem]
    lines: list[str]
    delimiter: str
    skipped: int = 0
    line: int = 1
    names: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)

    def has(self, *columns: str) -> bool:
        """Whether the header has every one of these columns."""
        return all(self.dialect.fold(column) in self.header for column in columns)

    def find(self, columns: Mapping[str, str], places: Mapping[str, Where], where: Where) -> dict[str, int]:
        """The index of each wanted column; {} if one is missing, told at its place, else at `where`."""
        fold, said = self.dialect.fold, len(self.problems)
        for wanted, column in columns.items():
            if fold(column) not in self.header:
                what = f"{self.file} has no column `{column}`"
                remedy = suggest(column, filter(None, self.names))
                self.problems.append(Problem(places.get(wanted, where), what, remedy))
        if len(self.problems) > said:
            return {}
        return {wanted: self.header.index(fold(column)) for wanted, column in columns.items()}

    def rows(self, read: Collection[int], codes: Collection[int] = ()) -> Iterator[tuple[int, list[str]]]:
        """Each row below the header with the line it starts at, cells trimmed and as many as columns.

        `read` are the columns whose cells must be what their author wrote; `codes` those of them that hold
        handles, which no date can be. A row that fails is told and left out.
        """
        width = len(self.header)
        suspect = "E+" in self.text or "e+" in self.text or "Ã" in self.text
        for line, row in self.records():
            if line <= self.line:
                continue
            if len(row) != width:
                if len(row) < width or any(row[width:]):
                    self._refuse_width(line, row)
                    continue
                del row[width:]
            said = len(self.problems)
            if suspect:
                self._check_cells(line, row, read)
            for at in codes:
                if ("-" in row[at] or "/" in row[at]) and _DATE.fullmatch(row[at]):
                    self._refuse_cell(line, row, at, "is a date, which a spreadsheet made of a code")
            if len(self.problems) == said:
                yield line, row

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank with the line each starts at; one that cannot be read ends them."""
        clean = _find_cleaning(self.text)
        quoted = '"' in self.text
        reader = csv.reader(self.lines, delimiter=self.delimiter, strict=True)
        line = 1 + self.skipped
        try:
            for row in reader:
                if quoted and '"' in "".join(row):
                    self._check_quotes(line, reader.line_num)
                cells = [cell.strip() for cell in row] if clean is None else [clean(cell) for cell in row]
                if any(cells):
                    yield line, cells
                line = reader.line_num + self.skipped + 1
        except csv.Error as error:
            what = f"this row cannot be read as CSV: {error}"
            self.problems.append(
                Problem(Where(self.file, line), what, "check the quotes; the rows after it are not read")
            )

    def _check_quotes(self, line: int, end: int) -> None:
        # The parser takes a quote inside an unquoted cell as it stands; more often a cell was cut in two.
        mark = re.escape(self.delimiter)
        cell = rf'(?:"[^"]*(?:""[^"]*)*"|="[^"{mark}]*"|[^"{mark}\r\n]*)'
        text = "".join(self.lines[line - 1 - self.skipped : end])
        if not re.fullmatch(rf"{cell}(?:{mark}{cell})*[\r\n]*", text):
            raise csv.Error("a quote stands in the middle of a cell")

    def _refuse_width(self, line: int, row: list[str]) -> None:
        what = f"this row has {len(row)} cells, the header {len(self.header)}"
        remedy = "quote a cell that holds the delimiter, or fill the row up"
        self.problems.append(Problem(Where(self.file, line), what, remedy))

    def _check_cells(self, line: int, row: list[str], read: Collection[int]) -> None:
        for at in read:
            if _SCIENTIFIC.fullmatch(row[at]):
                self._refuse_cell(line, row, at, "was a longer number, which a spreadsheet rounded")
            elif _TWICE_ENCODED.search(row[at]):
                self._refuse_cell(line, row, at, "was encoded twice")

    def _refuse_cell(self, line: int, row: list[str], at: int, why: str) -> None:
        what = f"`{row[at]}` in the column `{self.names[at]}` {why}"
        remedy = "what it was is lost: export again, as UTF-8, and do not save the file in a spreadsheet"
        self.problems.append(Problem(Where(self.file, line), what, remedy))


def read_table(
    file: str, data: bytes, dialect: Dialect, problems: list[Problem], known: Collection[str] = ()
) -> Table | None:
    """A file with its header found and its rows not yet read; None if it is empty, or `problems` says why.

    A line `sep=;` above everything sets the delimiter. The header is the first row, or the first of the
    rows at the top that has all the `known` columns.
    """
    text = decode(file, data, dialect, problems)
    lines = list(io.StringIO(text or "", newline=""))
    hint = _SEP.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    table = Table(
        file,
        text or "",
        dialect,
        problems,
        lines[1:] if hint else lines,
        hint[1] if hint else dialect.delimiter,
    )
    table.skipped = 1 if hint else 0
    return table if text and _find_header(table, known) else None


def _find_header(table: Table, known: Collection[str]) -> bool:
    wanted, first, fold = {table.dialect.fold(name) for name in known}, True, table.dialect.fold
    said = len(table.problems)
    for number, (line, row) in enumerate(table.records()):
        folded = [fold(name) for name in row]
        if first or wanted <= set(folded):
            table.line, table.names, table.header = line, row, folded
            first = False
        if number == SEARCHED or wanted <= set(folded):
            break
    if not table.header:
        return False
    while not table.names[-1]:
        del table.header[-1], table.names[-1]
    # What is wrong further down is told when the rows are read.
    del table.problems[said:]
    return _check_header(table)


def _check_header(table: Table) -> bool:
    said, where = len(table.problems), Where(table.file, table.line)
    odd = next((mark for mark in _ODD_DELIMITERS if mark in table.names[0]), "")
    if len(table.names) == 1 and odd:
        what = f"the header is one cell; its names seem to be separated by {_ODD_DELIMITERS[odd]}"
        word = _ODD_DELIMITERS[odd].removesuffix("s")
        remedy = (
            f"add `delimiter: {word}` to the source" if table.dialect.declared else "export it with commas"
        )
        table.problems.append(Problem(where, what, remedy))
    for name in sorted({name for name in table.header if name and table.header.count(name) > 1}):
        shown = table.names[table.header.index(name)]
        what = f"the column `{shown}` stands {table.header.count(name)} times in the header"
        table.problems.append(Problem(where, what, "rename or delete one"))
    return len(table.problems) == said


def _find_cleaning(text: str) -> Callable[[str], str] | None:
    """How cells of a file become the text that was meant; None if they only lose the blanks around them."""
    if '="' not in text and not _APOSTROPHE.search(text) and not any(mark in text for mark in _INVISIBLE):
        return None
    return _unwrap


def _unwrap(cell: str) -> str:
    cell = _EDGES.sub("", cell)
    if found := _FORMULA_TEXT.fullmatch(cell):
        return _EDGES.sub("", found[1])
    # Only what a spreadsheet would have to be told is text: `'t Hooft` is a name.
    return cell[1:] if _APOSTROPHE.match(cell) else cell


def decode(file: str, data: bytes, dialect: Dialect, problems: list[Problem]) -> str | None:
    """A file's text without its byte order mark, composed (Unicode NFC); None if a problem says why not."""
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        found = _explain_utf16 if utf16 and "16" not in encoding else _explain_byte
        problems.append(found(file, error, dialect))
        return None
    if "\0" in text:
        what = "the file holds zero bytes: it is UTF-16, or damaged"
        problems.append(Problem(Where(file), what, _name_encoding(dialect, "utf-16")))
        return None
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _name_encoding(dialect: Dialect, encoding: str) -> str:
    save = "save the file as UTF-8 (Excel: CSV UTF-8)"
    return f"{save}, or say `encoding: {encoding}` in the source" if dialect.declared else save


def _explain_utf16(file: str, error: UnicodeDecodeError, dialect: Dialect) -> Problem:
    return Problem(Where(file), "the file is UTF-16", _name_encoding(dialect, "utf-16"))


def _explain_byte(file: str, error: UnicodeDecodeError, dialect: Dialect) -> Problem:
    """Names the row and column of a byte that is not in the file's encoding, and what to do about it."""
    lines = re.split("\r\n?|\n", error.object[: error.start].decode("utf-8", "replace"))
    first = re.split(b"[\r\n]", error.object, maxsplit=1)[0].decode("utf-8", "replace")
    names, index = _split(first, dialect), len(_split(lines[-1], dialect)) - 1
    named = len(lines) > 1 and 0 <= index < len(names)
    column = names[index].strip() if named else str(index + 1)
    byte = f"0x{error.object[error.start]:02X}"
    what = f"row {len(lines)}, column {column}: the byte {byte} is not {dialect.encoding.upper()}"
    where = Where(file, len(lines), len(lines[-1]) + 1)
    return Problem(where, what, _name_encoding(dialect, "windows-1252"))


def _split(line: str, dialect: Dialect) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=dialect.delimiter), []) or [""]
    except csv.Error:
        return [""]
