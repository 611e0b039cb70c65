"""CSV files as sources of people: what is read, what is refused, and when nothing may be removed."""

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.errors import Where
from reconciler.sources.base import Rows
from reconciler.sources.csv_file import CsvSource, read_csv

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


@pytest.mark.parametrize(
    "data",
    [
        "sep=;\r\nID;Mail;Dept\r\ns1;a@x.edu;Arts\r\n",
        '"sep=\t"\nID\tMail\tDept\ns1\ta@x.edu\tArts\n',
        "ID,Mail,Dept,,\ns1,a@x.edu,Arts,,\n,,,,\n \t, ,\xa0,,\n",
        "ID,Mail,Dept\ns1,a@x.edu,Arts,,,\n",
        "ID,Mail,Dept\rs1,a@x.edu,Arts\r",
        "\xa0ID\u200b,Mail,Dept\n\u2060s1,\ufeffa@x.edu\xa0,Arts\u200b\n",
        'ID,Mail,Dept\n"=""s1""",="a@x.edu",Arts\n',
        'People of the campus,,\n"As of today, all",,\nID,Mail,Dept\ns1,a@x.edu,Arts\n',
    ],
)
def test_what_spreadsheets_do_to_a_file_is_undone(data: str) -> None:
    rows = read(data)
    assert rows.problems == () and rows.unread == ""
    found = [(entry.name, entry.values) for entry in rows.entries]
    assert found == [("s1", {"email": "a@x.edu", "department": "Arts"})]


def test_lines_are_counted_from_the_top_of_the_file() -> None:
    data = 'sep=,\nTitle,,\nID,Mail,Dept\ns1,"a\nb",x\ns2,,y\n'
    assert [entry.where.line for entry in read(data).entries] == [4, 6]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("'00123", "00123"),
        ("'=SUM(A1)", "=SUM(A1)"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("'t Hooft", "'t Hooft"),
        ("Caf\u0065\u0301", "Caf\u00e9"),
        ("12E5", "12E5"),
        ("1-Mar", "1-Mar"),
        ('"5"" disk"', '5" disk'),
    ],
)
def test_a_cell_stays_text(cell: str, kept: str) -> None:
    rows = read(f"ID,Mail,Dept\ns1,,{cell}\n")
    assert [entry.values for entry in rows.entries] == [{"department": kept}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("ID,Mail,Dept\n1.23457E+11,a,b\n", "`1.23457E+11` in the column `ID` was a longer number"),
        ("ID,Mail,Dept\n1-Mar,a,b\n", "`1-Mar` in the column `ID` is a date"),
        ("ID,Mail,Dept\n3/1/2026,a,b\n", "`3/1/2026` in the column `ID` is a date"),
        ("ID,Mail,Dept\n1,a,Garc\u00c3\u00ada\n", "was encoded twice"),
        ('ID,Mail,Dept\n1,a,5" disk\n', "a quote stands in the middle of a cell"),
        ('ID,Mail,Dept\n1, "a",b\n', "a quote stands in the middle of a cell"),
        ("I\0D\0,\0", "the file holds zero bytes: it is UTF-16"),
        ("ID;Mail;Dept\n1;a;b\n", "its names seem to be separated by semicolons"),
    ],
)
def test_what_a_spreadsheet_spoilt_is_refused(data: str, told: str) -> None:
    rows = read(data)
    assert told in rows.problems[0].what
    assert rows.problems[0].remedy and rows.unread


def test_a_column_that_is_not_read_may_hold_anything() -> None:
    rows = read("ID,Mail,Dept,Note\n1,a@x.edu,b,1.5E+11\n")
    assert rows.problems == () and len(rows.entries) == 1


MEMBERS = {"name": "Group", "title": "Title", "members": "Who"}


def test_a_cell_of_a_list_holds_several_names() -> None:
    rows = read(
        "Group,Title,Who\ng1,One,s1; s2;;s1\ng2,Two,\ng3,,;\n",
        columns=MEMBERS,
        lists=frozenset({"members"}),
        clear_empty=frozenset({"title"}),
    )
    assert [entry.values for entry in rows.entries] == [
        {"title": "One", "members": ["s1", "s2"]},
        {"title": "Two"},
        {"title": None},
    ]


def test_rows_of_one_name_are_joined_where_that_is_said() -> None:
    data = "Group,Title,Who\ng1,One,s2\nG2,Two,s1\nG1,One,s1;s3\ng1,,s2\n"
    joined = read(data, columns=MEMBERS, lists=frozenset({"members"}), join=True)
    assert joined.problems == ()
    assert [(entry.name, entry.where.line, entry.values) for entry in joined.entries] == [
        ("g1", 2, {"title": "One", "members": ["s2", "s1", "s3"]}),
        ("g2", 3, {"title": "Two", "members": ["s1"]}),
    ]
    assert "stands twice" in read(data, columns=MEMBERS, lists=frozenset({"members"})).problems[0].what


def test_joined_rows_agree_in_everything_but_lists() -> None:
    rows = read("Group,Title,Who\ng1,One,s2\ng1,Other,s1\n", columns=MEMBERS, join=True)
    told = [str(problem).partition("\n")[0] for problem in rows.problems]
    assert told == [
        "r.csv:3:1: `g1` has `One` in the column `Title` at line 2, and `Other` here",
        "r.csv:3:1: `g1` has `s2` in the column `Who` at line 2, and `s1` here",
    ]


def test_a_dotted_field_is_part_of_a_mapping() -> None:
    columns = {"name": "ID", "schedule.days": "Days", "schedule.start": "Start", "topic": "Topic"}
    rows = read(
        "ID,Days,Start,Topic\nm1,mon;wed,10:00,Bio\nm2,,,Art\n",
        columns=columns,
        lists=frozenset({"schedule.days"}),
    )
    assert [entry.values for entry in rows.entries] == [
        {"schedule": {"days": ["mon", "wed"], "start": "10:00"}, "topic": "Bio"},
        {"topic": "Art"},
    ]
