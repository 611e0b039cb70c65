"""Canvas SIS files: told by their headers, and who of them is there, in which groups and terms."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sources.canvas_sis import CanvasSisSource
from tests.unit.roster_samples import CANVAS, HERE, below, pack, read_canvas, read_from, tell

ADA = {"email": "ada@x.edu", "first_name": "Ada", "last_name": "Ames", "active": "true"}


def with_cell(file: str, old: str, new: str) -> dict[str, str | bytes]:
    """CANVAS with a text in one file replaced."""
    data = CANVAS[file]
    assert isinstance(data, str) and old in data
    return {**CANVAS, file: data.replace(old, new)}


def test_people_are_those_who_are_not_deleted_without_observers() -> None:
    rows = read_canvas(CANVAS)
    assert rows.problems == () and rows.unread == ""
    assert [(entry.name, entry.where.file, entry.where.line) for entry in rows.entries] == [
        ("u1", "sis/people.csv", 2),
        ("u2", "sis/people.csv", 3),
        ("u3", "sis/people.csv", 4),
    ]
    assert rows.entries[0].values == ADA
    assert rows.entries[2].values["active"] == "false", "suspended"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"handle": "login_id"}, ["ada", "bo", "cy"]),
        ({"handle": "email"}, ["ada@x.edu", "bo@x.edu", "cy@x.edu"]),
        ({"handle": "integration_id", "roles": ("student",)}, ["i2"]),
        ({"roles": ("teacher", "ta")}, ["u1"]),
        ({"roles": ("observer",), "fields": ("first_name",)}, ["u5"]),
    ],
)
def test_handle_and_roles_are_chosen(changes: Any, names: list[str]) -> None:
    rows = read_canvas(CANVAS, **changes)
    assert rows.problems == ()
    assert [entry.name for entry in rows.entries] == names


def test_nothing_private_is_kept() -> None:
    assert not any(word in repr(read_canvas(CANVAS)) for word in ("hunter2", "SSHA", "secret", "Pat"))


def test_groups_are_sections_or_courses_with_active_enrollments() -> None:
    rows = read_canvas(CANVAS, "group")
    assert rows.problems == () and rows.unread == ""
    assert {entry.name: entry.values for entry in rows.entries} == {
        "s1": {"title": "Biology 01", "members": ["u1", "u2"]},
        "k2": {"title": "Art", "members": ["u1"]},
    }
    taught = read_canvas(CANVAS, "group", roles=("student",), handle="login_id")
    assert {entry.name: entry.values["members"] for entry in taught.entries} == {"s1": ["bo"]}


def test_terms_have_the_dates_that_are_written() -> None:
    rows = read_canvas(CANVAS, "term")
    assert rows.problems == ()
    assert {entry.name: entry.values for entry in rows.entries} == {
        "t1": {"title": "Fall", "from": "2026-08-24", "until": "2026-12-18"},
        "t2": {"title": "Spring", "from": "2027-01-11"},
    }


def test_a_zip_is_read_as_a_folder_is() -> None:
    source = CanvasSisSource(target="z", kind="user", file="sis.ZIP", where=HERE)
    rows = read_from(source, {"sis.ZIP": pack(below("deep/er", {**CANVAS, "__MACOSX/x.csv": b"\0"}))})
    assert rows.problems == ()
    assert len(rows.entries) == 3
    assert rows.entries[0].where.file == "sis.ZIP/deep/er/people.csv"


def test_one_file_is_enough_for_people() -> None:
    source = CanvasSisSource(target="z", kind="user", file="people.csv", where=HERE, fields=("email",))
    data = "user_id,login_id,email,status\nu1,ada,ada@x.edu,active\n"
    assert [entry.name for entry in read_from(source, {"people.csv": data}).entries] == ["u1"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({**CANVAS, "odd.csv": "a,b\n1,2\n"}, "sis/odd.csv:1:1: its header is that of no Canvas SIS file"),
        ({"terms.csv": CANVAS["terms.csv"]}, "people.yaml:3:7: sis has no file of users"),
        (with_cell("people.csv", "suspended", "away"), "sis/people.csv:4:1: the status of a row of users"),
        (with_cell("people.csv", "bo@x.edu", ""), "sis/people.csv:3:1: `u2` has no e-mail"),
        (with_cell("people.csv", "\nu2,", "\nu1,"), "sis/people.csv:3:1: `u1` stands twice"),
        (with_cell("people.csv", "last_name,", "surname,"), "sis/people.csv has no column `last_name`"),
        (with_cell("people.csv", "Ada,Ames", "Ada"), "sis/people.csv:2:1: this row has 9 cells"),
        (with_cell("people.csv", "Ada,", "Ad\u00c3\u00a1,"), "in the column `first_name` was encoded twice"),
        ({**CANVAS, "people.csv": b"user_id,login_id\n\xff"}, "the byte 0xFF is not UTF-8"),
    ],
)
def test_what_canvas_would_refuse_is_refused(files: dict[str, str | bytes], told: str) -> None:
    rows = read_canvas(files)
    assert [told in line for line in tell(rows)] == [True], tell(rows)
    assert rows.problems[0].remedy
    assert rows.unread


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (with_cell("enroll/first.csv", "k1,u1,", "k1,u9,"), "1 enrollments of people or classes"),
        (with_cell("enroll/first.csv", ",i2,", ",i9,"), "1 enrollments of people or classes"),
        (with_cell("sections.csv", "s1,k1,Biology 01,active\n", ""), "2 enrollments of people or classes"),
    ],
)
def test_files_that_contradict_each_other_take_nothing_away(files: Any, why: str) -> None:
    rows = read_canvas(files, "group")
    assert rows.problems == ()
    assert why in rows.unread
