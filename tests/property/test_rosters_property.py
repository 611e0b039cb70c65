"""Rosters and timetables written in every way their formats allow read back to the same people and rules."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Where
from reconciler.sources.base import Rows
from reconciler.sources.canvas_sis import CanvasSisSource
from reconciler.sources.csv_file import CsvSource
from reconciler.sources.oneroster import OneRosterSource
from reconciler.sources.timetable import TimetableSource
from tests.unit.roster_samples import Memory, manifest, pack

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BLANKS = " \t\xa0\u200b"
NAMES = (
    st.text(
        st.characters(codec="utf-8", categories=("Lu", "Ll", "Lo"), include_characters=" -,;\"'."),
        max_size=12,
    )
    .map(lambda name: normalize("NFC", name).strip(" '"))
    # What looks as if it had been encoded twice is refused, and tested elsewhere.
    .filter(lambda name: "\xc3" not in name)
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.from_regex(r"[a-z0-9][a-z0-9.@_]{0,8}x", fullmatch=True),
            "first": NAMES,
            "last": NAMES,
            "active": st.booleans(),
            "gone": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda person: person["id"],
)
LOOKS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "ends": st.sampled_from(["\n", "\r\n"]),
        "bom": st.booleans(),
        "padding": st.text(st.sampled_from(BLANKS), max_size=2),
        "empty": st.integers(0, 2),
        "hint": st.booleans(),
        "shift": st.integers(0, 5),
    }
)
PLAIN = {
    "delimiter": ",",
    "quoting": csv.QUOTE_MINIMAL,
    "ends": "\n",
    "bom": False,
    "padding": "",
    "empty": 0,
    "hint": False,
    "shift": 0,
}


def write(rows: Sequence[Mapping[str, str]], look: Mapping[str, Any]) -> bytes:
    """A table as a spreadsheet with these habits writes it, its columns turned round by `shift`."""
    columns = list(rows[0])
    turn = look["shift"] % len(columns)
    columns = columns[turn:] + columns[:turn]
    made = io.StringIO()
    writer = csv.writer(
        made, delimiter=look["delimiter"], quoting=look["quoting"], lineterminator=look["ends"]
    )
    spare = [""] * look["empty"]
    writer.writerow([*columns, *spare])
    for row in rows:
        cells = [f"{look['padding']}{row[column]}{look['padding']}" for column in columns]
        writer.writerow([*cells, *spare])
        writer.writerows([["", *spare]] * look["empty"])
    hint = f"sep={look['delimiter']}{look['ends']}" if look["hint"] else ""
    return (("\ufeff" if look["bom"] else "") + hint + made.getvalue()).encode()


def expect(people: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What every format says of the people who are there."""
    found = {}
    for person in people:
        said = {"email": f"{person['id']}@x.edu", "first_name": person["first"], "last_name": person["last"]}
        said["active"] = "true" if person["active"] else "false"
        if not person["gone"]:
            found[person["id"]] = {key: value for key, value in said.items() if value}
    return found


def take(rows: Rows) -> dict[str, Mapping[str, Any]]:
    """What was read, by name."""
    assert rows.problems == (), [str(problem) for problem in rows.problems]
    return {entry.name: entry.values for entry in rows.entries}


SOURCE: dict[str, Any] = {"target": "z", "kind": "user", "where": Where("people.yaml")}


@given(PEOPLE, LOOKS)
def test_a_csv_reads_back(people: list[dict[str, Any]], look: dict[str, Any]) -> None:
    there = [person for person in people if not person["gone"]] or [{**people[0], "gone": False}]
    rows = [
        {
            "ID": person["id"].upper(),
            "Mail": f"{person['id']}@x.edu",
            "First": person["first"],
            "Last": person["last"],
            "On": "true" if person["active"] else "false",
        }
        for person in there
    ]
    columns = {"name": "ID", "email": "Mail", "first_name": "First", "last_name": "Last", "active": "On"}
    source = CsvSource(**SOURCE, file="r.csv", columns=columns, delimiter=look["delimiter"])
    assert take(source.read(Memory({"r.csv": write(rows, look)}))) == expect(there)


@given(PEOPLE, LOOKS, st.booleans(), st.sampled_from(["", "export/"]))
def test_a_oneroster_set_reads_back(
    people: list[dict[str, Any]], look: dict[str, Any], newer: bool, folder: str
) -> None:
    look = {**look, "delimiter": ","}
    users = [
        {
            "sourcedId": person["id"],
            "status": "tobedeleted" if person["gone"] else "",
            "enabledUser": "true" if person["active"] else "FALSE",
            **({} if newer else {"role": "student"}),
            "givenName": person["first"],
            "familyName": person["last"],
            "email": f"{person['id']}@x.edu",
            "password": "hunter2",
        }
        for person in people
    ]
    roles = [
        {"userSourcedId": person["id"], "role": role} for person in people for role in ("parent", "teacher")
    ]
    files: dict[str, str | bytes] = {
        f"{folder}manifest.csv": manifest("1.2" if newer else "1.1", roles="bulk" if newer else "absent"),
        f"{folder}users.csv": write(users, look),
        **({f"{folder}roles.csv": write(roles, look)} if newer else {}),
    }
    packed = OneRosterSource(**SOURCE, file="sis.zip").read(Memory({"sis.zip": pack(files)}))
    plain = OneRosterSource(**SOURCE, file="sis").read(
        Memory({f"sis/{name}": data for name, data in files.items()})
    )
    assert take(packed) == take(plain) == expect(people)


@given(PEOPLE, LOOKS, st.integers(0, 6))
def test_canvas_files_read_back(people: list[dict[str, Any]], look: dict[str, Any], half: int) -> None:
    users = [
        {
            "user_id": person["id"],
            "login_id": person["id"],
            "First_Name": person["first"],
            "last_name": person["last"],
            "email": f"{person['id']}@x.edu",
            "status": "deleted" if person["gone"] else "active" if person["active"] else "suspended",
        }
        for person in people
    ]
    parts = [part for part in (users[:half], users[half:]) if part]
    files = {
        f"sis/{number}/any.csv": write(part, {**look, "delimiter": ","}) for number, part in enumerate(parts)
    }
    assert take(CanvasSisSource(**SOURCE, file="sis").read(Memory(files))) == expect(people)


LETTERS: Mapping[str, tuple[Sequence[str], str]] = {
    "mtwrfsu": (("M", "T", "W", "R", "F", "S", "U"), ""),
    "th": (("M", "T", "W", "TH", "F", "S", "SU"), " "),
    "h": (("M", "T", "W", "H", "F", "S", "N"), ""),
    "two_letters": (("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), ""),
    "names": (("Mon", "Tues", "Wed", "Thurs", "Fri", "Sat", "Sun"), ", "),
}
RULES = st.lists(
    st.tuples(
        st.sets(st.sampled_from(range(7)), min_size=1),
        st.integers(8 * 60, 20 * 60),
        st.integers(5, 180),
    ),
    min_size=1,
    max_size=6,
)


def clock(minutes: int, style: str) -> str:
    """A time of day in one of the ways registrars write it."""
    hour, minute = divmod(minutes, 60)
    if style == "banner":
        return f"{hour:02}{minute:02}"
    if style == "colons":
        return f"{hour}:{minute:02}"
    if style == "spreadsheet":
        return f"{minutes / 1440:.6f}"
    return f"{(hour - 1) % 12 + 1}:{minute:02}{' ' if style == 'spaced' else ''}{'AM' if hour < 12 else 'PM'}"


@given(
    RULES,
    st.sampled_from(sorted(LETTERS)),
    st.sampled_from(["banner", "colons", "halves", "spaced", "spreadsheet"]),
    st.booleans(),
    st.booleans(),
    LOOKS,
)
def test_a_timetable_reads_back(
    rules: list[tuple[set[int], int, int]],
    style: str,
    hours: str,
    ranged: bool,
    flags: bool,
    look: dict[str, Any],
) -> None:
    letters, between = LETTERS[style]
    rows, expected = [], {}
    for number, (days, start, minutes) in enumerate(rules):
        begins, ends = clock(start, hours), clock(start + minutes, hours)
        cells = {
            "CRN": f"{number}",
            "Begin Time": f"{begins} - {ends}" if ranged else begins,
            "END_TIME": ends,
        }
        if flags:
            cells |= {name.upper(): "Y" if at in days else "N" for at, name in enumerate(WEEK)}
        else:
            cells["Days"] = between.join(letters[at] for at in sorted(days))
        rows.append({**cells, "Instructor": "s1"})
        expected[f"{number}"] = {
            "days": [WEEK[at] for at in sorted(days)],
            "start": f"{start // 60:02}:{start % 60:02}",
            "minutes": f"{minutes}",
        }
    columns = {"name": "crn", "start": "BEGIN_TIME", "host": "instructor"}
    columns |= {day: day for day in WEEK} if flags else {"days": "DAYS"}
    columns |= {} if ranged else {"end": "End.Time"}
    known = {**SOURCE, "kind": "course_meeting", "file": "t.csv", "columns": columns}
    source = TimetableSource(**known, days="auto" if flags else style, delimiter=look["delimiter"])
    # Two evening times without AM or PM tell nothing of their clock: one after noon is added.
    rows.append({**rows[0], "CRN": "last", "Begin Time": clock(780, hours), "END_TIME": clock(830, hours)})
    if ranged:
        rows[-1]["Begin Time"] = f"{clock(780, hours)}-{clock(830, hours)}"
    found = take(source.read(Memory({"t.csv": write(rows, look)})))
    assert {name: values["schedule"] for name, values in found.items() if name != "last"} == expected


@given(RULES, st.sampled_from(sorted(LETTERS)))
def test_a_style_is_found_or_asked_for_and_never_guessed_wrong(
    rules: list[tuple[set[int], int, int]], style: str
) -> None:
    letters, between = LETTERS[style]
    written = [between.join(letters[at] for at in sorted(days)) for days, _, _ in rules]
    rows = [
        {"CRN": f"{number}", "Days": cell, "Start": "10:00", "End": "10:50"}
        for number, cell in enumerate(written)
    ]
    columns = {"name": "CRN", "days": "Days", "start": "Start", "end": "End"}
    known = {**SOURCE, "kind": "course_meeting", "file": "t.csv", "columns": columns}
    found = TimetableSource(**known).read(Memory({"t.csv": write(rows, PLAIN)}))
    if found.problems:
        assert all("tells how it writes days" in problem.what for problem in found.problems)
    else:
        read = [entry.values["schedule"]["days"] for entry in found.entries]
        assert read == [[WEEK[at] for at in sorted(days)] for days, _, _ in rules]


@given(st.binary(max_size=200) | st.text("ID,;\"'\n\r=E+1-/", max_size=60).map(str.encode))
def test_no_bytes_are_too_odd_to_be_told_about(data: bytes) -> None:
    for source in (
        CsvSource(**SOURCE, file="r.csv", columns={"name": "ID"}),
        OneRosterSource(**SOURCE, file="r.zip"),
        OneRosterSource(**SOURCE, file="sis"),
        CanvasSisSource(**SOURCE, file="r.csv"),
        TimetableSource(
            **{**SOURCE, "kind": "course_meeting"},
            file="r.csv",
            columns={"name": "ID", "days": "D", "start": "I"},
        ),
    ):
        names = ("r.csv", "r.zip", "sis/users.csv", "sis/manifest.csv")
        rows = source.read(Memory(dict.fromkeys(names, data)))
        assert rows.entries or rows.problems or rows.unread
