"""CSV files as sources of people: what is read, what is refused, and when nothing may be removed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import Where
from reconciler.model import Documents
from reconciler.sources.base import Rows
from reconciler.sources.csv_file import CsvSource, read_csv
from reconciler.stages.load import load
from tests.unit.desired_samples import BASE, problems, write_folder

COLUMNS = {"name": "ID", "email": "Mail", "department": "Dept"}


def read(data: str | bytes, **changes: Any) -> Rows:
    """Read a CSV of COLUMNS."""
    values: dict[str, Any] = {"target": "zoom-main", "kind": "user", "file": "r.csv", "columns": COLUMNS}
    source = CsvSource(**{**values, "where": Where("people.yaml", 3, 7), **changes})
    return read_csv(source, data if isinstance(data, bytes) else data.encode())


def test_rows_become_entries_at_their_lines() -> None:
    rows = read(
        'Mail,ID,Dept,Other\n a@x.edu ,S1,,x\n\n,,,\nb@x.edu,s2,"Arts,\nLetters",y\nc@x.edu,0123,no,z\n'
    )
    assert rows.problems == ()
    assert [(entry.name, entry.where.line, entry.values) for entry in rows.entries] == [
        ("s1", 2, {"email": "a@x.edu"}),
        ("s2", 5, {"email": "b@x.edu", "department": "Arts,\nLetters"}),
        ("0123", 7, {"email": "c@x.edu", "department": "no"}),
    ]
    assert {entry.source for entry in rows.entries} == {"r.csv"}
    assert rows.unread == ""


def test_an_empty_cell_clears_only_where_that_is_said() -> None:
    rows = read("ID,Mail,Dept\n1,,\n", clear_empty=frozenset({"department"}))
    assert rows.entries[0].values == {"department": None}


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        ("\ufeffID;Mail;Dept\n1;a@x.edu;Café\n", {"delimiter": ";"}),
        ("ID\tMail\tDept\r\n1\ta@x.edu\tCafé\r\n", {"delimiter": "\t"}),
        ("ID,Mail,Dept\n1,a@x.edu,Café\n".encode("cp1252"), {"encoding": "windows-1252"}),
        ("ID,Mail,Dept\n1,a@x.edu,Café\n".encode("utf-16"), {"encoding": "utf-16"}),
    ],
)
def test_other_shapes_are_read_when_declared(data: str | bytes, changes: dict[str, str]) -> None:
    rows = read(data, **changes)
    assert [entry.values for entry in rows.entries] == [{"email": "a@x.edu", "department": "Café"}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("ID,Mail\n1,a@x.edu\n", "people.yaml:3:7: r.csv has no column `Dept`"),
        ("ID,ID,Mail,Dept\n", "r.csv:1:1: the column `ID` stands 2 times in the header"),
        ("ID,Mail,Dept\n1,a@x.edu\n", "r.csv:2:1: this row has 2 cells, the header 3"),
        ("ID,Mail,Dept\n1,a,b,c\n", "r.csv:2:1: this row has 4 cells, the header 3"),
        ("ID,Mail,Dept\n,a@x.edu,b\n", "r.csv:2:1: the column `ID` is empty"),
        (
            "ID,Mail,Dept\nA,x,\na,y,\n",
            "r.csv:3:1: `a` stands twice in the column `ID`; the first is at line 2",
        ),
        ('ID,Mail,Dept\n1,"a"b,c\n', "r.csv:2:1: this row cannot be read as CSV"),
        ('ID,Mail,Dept\n1,a,b\n2,"open,c\n', "r.csv:3:1: this row cannot be read as CSV"),
        (b"ID,Mail,Dept\n1,a,\xe9\n", "r.csv:2:5: row 2, column Dept: the byte 0xE9 is not UTF-8"),
        ("ID,Mail,Dept\n".encode("utf-16"), "r.csv:1:1: the file is UTF-16"),
    ],
)
def test_what_cannot_be_read_is_told(data: str | bytes, told: str) -> None:
    rows = read(data)
    assert [str(problem).startswith(told) for problem in rows.problems] == [True]
    assert rows.problems[0].remedy
    assert rows.unread


@pytest.mark.parametrize(
    ("data", "changes", "why"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        ("ID,Mail,Dept\n", {}, "a header and no rows"),
        ("ID,Mail,Dept\n1,a@x.edu,\n", {"min_rows": 2}, "has 1 rows, fewer than the 2 expected"),
    ],
)
def test_a_short_file_is_no_mistake_but_takes_nothing_away(
    data: str, changes: Mapping[str, Any], why: str
) -> None:
    rows = read(data, **changes)
    assert rows.problems == ()
    assert why in rows.unread


SECTION = """\
users:
  from:
    - csv: roster.csv
      columns: {name: ID, email: Mail}
      expect: {min_rows: 2, max_change: 12.5%}
  defaults: {license: basic}
"""


def load_roster(tmp_path: Path, section: str, roster: str | None) -> Documents:
    """Load BASE with its people from a roster, left out if None."""
    files = {**BASE, "zoom-main/people.yaml": section}
    return load(
        write_folder(tmp_path, files if roster is None else {**files, "zoom-main/roster.csv": roster}),
        "default",
    )


def test_what_a_source_promises_is_carried_along(tmp_path: Path) -> None:
    documents = load_roster(tmp_path, SECTION, "ID,Mail\n1,a@x.edu\n")
    assert documents.problems == ()
    (expected,) = documents.expectations
    assert (expected.rows, expected.max_change, expected.source) == (1, 12.5, "zoom-main/roster.csv")
    assert "fewer than the 2" in documents.unread["zoom-main", "user"]
    assert "zoom-main/roster.csv" in documents.files


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    documents = load_roster(tmp_path, SECTION, None)
    (problem,) = documents.problems
    assert str(problem.where) == "zoom-main/people.yaml:3:7"
    assert documents.unread["zoom-main", "user"]
    assert documents.unreadable == {"user"}


OK = "csv: r.csv, columns: {name: ID}"
DECLARED = [
    ("csv: ../../r.csv, columns: {name: ID}", "csv", "`../r.csv` leads out of the desired folder"),
    ("csv: r.csv", "{csv", "`columns` is missing"),
    ("csv: r.csv, columns: {email: Mail}", "columns", "`name` is missing"),
    ("csv: r.csv, columns: {name: ID, emial: M}", "emial", "users have no field `emial`"),
    (f"{OK}, clear_empty: [name]", "name]", "`name` is not among `columns`"),
    (f"{OK}, delimiter: dot", "delimiter", "`delimiter` cannot be `dot`"),
    (f"{OK}, encoding: ebcdic", "encoding", "`encoding` cannot be `ebcdic`"),
    (f"{OK}, expect: {{min_rows: few}}", "min_rows", "`min_rows` is a whole number"),
    (f"{OK}, expect: {{rows: 1}}", "rows", "`rows` is not known here"),
    ("oneroster: sis/", "oneroster", "`oneroster` (OneRoster sources) is not supported by this version"),
    ("canvas_sis: sis/", "canvas", "`canvas_sis` (Canvas SIS sources) is not supported by this version"),
    ("cvs: r.csv, columns: {name: ID}", "{cvs", "`csv` is missing"),
]


@pytest.mark.parametrize(("item", "at", "told"), DECLARED)
def test_a_source_is_declared_in_full(tmp_path: Path, item: str, at: str, told: str) -> None:
    line = f"    - {{{item}}}"
    files = {"zoom-main/people.yaml": f"users:\n  from:\n{line}\n", "zoom-main/r.csv": "ID\n1\n"}
    place = f"zoom-main/people.yaml:3:{line.index(at) + 1}: "
    found = problems(tmp_path, files)
    assert any(str(problem).startswith(place + told) for problem in found), found


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("users:\n  from: [{csv: a.csv, columns: {name: ID}}, {csv: b.csv}]\n", "several sources are not"),
        ("groups:\n  from: [{csv: a.csv}]\n", "`from:` for groups is not supported by this version"),
        ("users:\n  from: a.csv\n", "`from` is a list of sources"),
    ],
)
def test_sources_of_later_versions_are_refused_by_name(tmp_path: Path, section: str, told: str) -> None:
    found = problems(tmp_path, {"zoom-main/people.yaml": section})
    assert told in found[0].what


def test_a_second_source_for_a_kind_is_refused(tmp_path: Path) -> None:
    roster = "ID,Mail\n1,a@x.edu\n2,b@x.edu\n"
    files = {"zoom-main/people.yaml": SECTION, "zoom-main/more.yaml": SECTION, "zoom-main/roster.csv": roster}
    assert any("several sources" in problem.what for problem in problems(tmp_path, files))
