"""Random academic years: terms in several zones, a timetable, rosters, an overlay; and an edit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Santiago", "Asia/Kolkata")
STARTS = ("01:30", "08:05", "21:30")
WEEK = "MTWRFSU"
HANDLES = tuple(f"s{number}" for number in range(1, 7))
FORMATS = ("csv", "oneroster", "canvas_sis", "oneroster and csv", "canvas_sis and csv")
ENVIRONMENT = "prod"
Tree = dict[str, Any]
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Person:
    """Somebody of the roster; `guest` has an address outside the campus, so that they are invited."""

    handle: str
    last: str
    dept: str
    licensed: bool
    guest: bool

    @property
    def email(self) -> str:
        """In the case that systems happen to write."""
        return f"{self.handle.upper()}@{'elsewhere.org' if self.guest else 'example.edu'}"


@dataclass(frozen=True)
class Row:
    """A row of the timetable; `hosts` are handles, those after the first stand in."""

    crn: str
    title: str
    hosts: tuple[str, ...]
    days: str
    start: str
    minutes: int
    term: str
    room: str = ""


@dataclass(frozen=True)
class Year:
    """What is declared: terms as in YAML, the timetable, people and a group of them, how they are written."""

    terms: Mapping[str, Tree]
    rows: tuple[Row, ...]
    people: tuple[Person, ...]
    staff: tuple[str, ...]
    format: str
    leaving: str
    missing: str

    def needed(self) -> set[str]:
        """Handles that something else names."""
        return {*self.staff, *(host for row in self.rows for host in row.hosts)}

    def last_day(self) -> datetime:
        """A moment after everything, in every zone."""
        days = [date.fromisoformat(term["until"]) for term in self.terms.values()]
        return datetime.combine(max(days), datetime.min.time(), UTC) + timedelta(days=2)

    def files(self) -> dict[str, str]:
        """The desired files below the folder, without reconciler.yaml."""
        overlay: Tree = {"users": {"defaults": {"company": "University"}}}
        if self.missing:
            overlay["users"]["entries"] = {self.missing: {"absent": "true"}}
        users, people = self._people()
        return {
            "terms.yaml": json.dumps({"terms": self._terms()}),
            "zoom-main/account.yaml": json.dumps(ACCOUNT),
            "zoom-main/meetings.yaml": json.dumps(TIMETABLE),
            "zoom-main/timetable.csv": table(map(_timetable_row, self.rows)),
            "zoom-main/people.yaml": json.dumps({"users": users, "groups": self._groups()}),
            **{f"zoom-main/{name}": text for name, text in people.items()},
            f"environments/{ENVIRONMENT}/zoom-main/people.yaml": json.dumps(overlay),
            f"environments/{ENVIRONMENT}/terms.yaml": json.dumps({"terms": self._shorter()}),
        }

    def _terms(self) -> Tree:
        """In full; or without what the registrar's system says of them."""
        system = self.format.split(" and ")[0]
        if system == "csv":
            return dict(self.terms)
        bare = {
            name: {key: value for key, value in term.items() if key not in ("from", "until")}
            for name, term in self.terms.items()
        }
        return {"from": [{system: "zoom-main/sis/"}], "entries": bare}

    def _shorter(self) -> Tree:
        """What the overlay takes out of every term: its last day."""
        return {name: {"breaks": {"extra": self.terms[name]["until"]}} for name in self.terms}

    def _people(self) -> tuple[Tree, dict[str, str]]:
        columns = {"name": "Id", "department": "Dept", "license": "Seat"}
        first = {"name": "Id", "email": "Mail", "first_name": "First", "last_name": "Last"}
        system = self.format.split(" and ")[0]
        sources: list[Tree] = [{system: "sis/"}]
        made = oneroster(self) if system == "oneroster" else canvas(self) if system == "canvas_sis" else {}
        if system == "csv":
            sources = [{"csv": "roster.csv", "columns": first | columns, "delimiter": "semicolon"}]
            made["roster.csv"] = table(map(_everything, self.people), ";")
        elif " and " in self.format:
            sources.append({"csv": "staff.csv", "columns": first | columns, "prefer": ["last_name"]})
            made["staff.csv"] = table(_everything(person) | {"First": ""} for person in self.people)
        licensed = [
            person.handle for person in self.people if person.licensed and system == self.format != "csv"
        ]
        return {
            "from": sources,
            "defaults": {
                "timezone": "Europe/Berlin",
                "settings": {"waiting_room": "true", "auto_recording": "local"},
                "lifecycle": {"on_absent": self.leaving},
            },
            "entries": {handle: {"license": "licensed"} for handle in licensed},
        }, made

    def _groups(self) -> Tree:
        if self.format.startswith("csv"):
            return {"staff": {"title": "All staff", "members": {"exactly": list(self.staff)}}}
        return {"from": [{self.format.split(" and ")[0]: "sis/"}]}


ACCOUNT: Tree = {
    "tracking_fields": {"department": {"label": "Department", "required": "true"}},
    "account_settings": {"cloud-recording": {"value": "false"}},
    "authentication_options": {"ours": {"title": "Ours", "admits": ["example.edu"], "default": "true"}},
}
TIMETABLE: Tree = {
    "course_meetings": {
        "from": [
            {
                "timetable": "timetable.csv",
                "columns": {
                    "name": "CRN",
                    "topic": "Title",
                    "host": "Instructor",
                    "days": "Days",
                    "start": "Begin",
                    "end": "End",
                    "room": "Room",
                    "term": "Term",
                },
                "days": "mtwrfsu",
            }
        ],
        "defaults": {
            "waiting_room": "true",
            "tracking_fields": {"Department": "Law"},
            "authentication": "true",
            "authentication_option": "Ours",
        },
    }
}


def table(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> str:
    """A CSV file of at least one row."""
    listed = list(rows)
    made = io.StringIO()
    writer = csv.DictWriter(made, list(listed[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(listed)
    return made.getvalue()


def _timetable_row(row: Row) -> dict[str, str]:
    begin = int(row.start[:2]) * 60 + int(row.start[3:])
    end = begin + row.minutes
    return {
        "CRN": row.crn,
        "Title": row.title,
        "Instructor": ";".join(row.hosts),
        "Days": row.days,
        "Begin": _clock(begin),
        "End": _clock(end),
        "Room": row.room,
        "Term": row.term,
    }


def _clock(minutes: int) -> str:
    return f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02} {'AM' if minutes < 720 else 'PM'}"


def _everything(person: Person) -> dict[str, str]:
    return {
        "Id": person.handle,
        "Mail": person.email,
        "First": "Ada",
        "Last": person.last,
        "Dept": person.dept,
        "Seat": "licensed" if person.licensed else "basic",
    }


def oneroster(year: Year) -> dict[str, str]:
    """A OneRoster 1.2 set; beside everybody a guardian, who gets no account."""
    files = ("users", "roles", "classes", "enrollments", "academicSessions")
    manifest = {"manifest.version": "1.0", "oneroster.version": "1.2", **{f"file.{n}": "bulk" for n in files}}
    users = [
        {
            "sourcedId": person.handle,
            "status": "active",
            "enabledUser": "TRUE",
            "givenName": "Ada",
            "familyName": person.last if year.format == "oneroster" else "Outdated",
            "email": person.email,
        }
        for person in year.people
    ]
    guardian = {
        "sourcedId": "g1",
        "status": "active",
        "enabledUser": "true",
        "givenName": "G",
        "familyName": "G",
    }
    roles = [{"userSourcedId": person.handle, "role": "student"} for person in year.people]
    roles.append({"userSourcedId": "g1", "role": "parent"})
    enrolled = [{"classSourcedId": "c1", "userSourcedId": one, "role": "student"} for one in year.staff]
    return {
        "sis/manifest.csv": table({"propertyName": key, "value": value} for key, value in manifest.items()),
        "sis/users.csv": table([*users, {**guardian, "email": "g1@home.example"}]),
        "sis/roles.csv": table(roles),
        "sis/academicSessions.csv": table(
            {
                "sourcedId": name,
                "title": name.title(),
                "type": "term",
                "startDate": term["from"],
                "endDate": term["until"],
            }
            for name, term in year.terms.items()
        ),
        "sis/classes.csv": table(
            [{"sourcedId": "c1", "title": "All staff"}, {"sourcedId": "c2", "title": "Nobody"}]
        ),
        "sis/enrollments.csv": table(enrolled),
    }


def canvas(year: Year) -> dict[str, str]:
    """Canvas SIS files; somebody has left, and a section has nobody in it."""
    users = [
        {
            "user_id": person.handle,
            "login_id": person.handle,
            "first_name": "Ada",
            "last_name": person.last if year.format == "canvas_sis" else "Outdated",
            "email": person.email,
            "status": "active",
        }
        for person in year.people
    ]
    gone = {
        **users[0],
        "user_id": "gone",
        "login_id": "gone",
        "email": "gone@example.edu",
        "status": "deleted",
    }
    enrolled = [
        {"course_id": "", "section_id": "c1", "user_id": handle, "role": "student", "status": "active"}
        for handle in year.staff
    ]
    courses = {"course_id": "bio", "short_name": "BIO", "long_name": "Biology", "status": "active"}
    sections = [
        {"section_id": name, "course_id": "bio", "name": title, "status": "active"}
        for name, title in (("c1", "All staff"), ("c2", "Nobody"))
    ]
    return {
        "sis/users.csv": table([*users, gone]),
        "sis/courses.csv": table([courses]),
        "sis/terms.csv": table(
            {
                "term_id": name,
                "name": name.title(),
                "status": "active",
                "start_date": f"{term['from']}T00:00:00Z",
                "end_date": term["until"],
            }
            for name, term in year.terms.items()
        ),
        "sis/sections.csv": table(sections),
        "sis/enrollments.csv": table(enrolled),
    }


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def years(draw: st.DrawFn) -> Year:
    """A year of one or two terms, up to three meetings of them, and whom they need."""
    terms = {name: draw(_terms()) for name in draw(st.sampled_from([["fall"], ["fall", "winter"]]))}
    count = draw(st.integers(3, len(HANDLES)))
    rows = tuple(draw(_rows(number, sorted(terms), count)) for number in range(draw(st.integers(1, 3))))
    standing_in = {host for row in rows for host in row.hosts[1:]}
    people = tuple(
        Person(
            handle,
            draw(st.sampled_from(["Lovelace", "Ó Briain", "van 't Hoff"])),
            draw(st.sampled_from(["Law", "Music"])),
            handle in standing_in or draw(st.booleans()),
            draw(st.integers(0, 5)) == 5,
        )
        for handle in HANDLES[:count]
    )
    staff = tuple(draw(st.lists(st.sampled_from(HANDLES[:count]), min_size=1, max_size=3, unique=True)))
    leaving = draw(st.sampled_from(["keep", "disable", "delete"]))
    year = Year(terms, rows, people, staff, draw(st.sampled_from(FORMATS)), leaving, "")
    spare = [handle for handle in HANDLES[:count] if handle not in year.needed()]
    return replace(year, missing=draw(st.sampled_from(["", *spare[:1]])))


@st.composite
def _terms(draw: st.DrawFn) -> Tree:
    first = date(2026, 8, 20) + timedelta(draw(st.integers(0, 250)))
    length = draw(st.integers(60, 150))  # so that days off never leave a weekday without any date
    off = sorted({draw(st.integers(0, length)) for _ in range(draw(st.integers(0, 3)))})
    begins = draw(st.integers(0, length - 1))
    span = (
        f"{first + timedelta(begins)}/{first + timedelta(min(length - 1, begins + draw(st.integers(1, 9))))}"
    )
    return {
        "from": f"{first}",
        "until": f"{first + timedelta(length)}",
        "timezone": draw(st.sampled_from(ZONES)),
        "holidays": {f"day {number}": f"{first + timedelta(number)}" for number in off},
        "breaks": draw(st.sampled_from([{}, {"break": span}])),
    }


@st.composite
def _rows(draw: st.DrawFn, number: int, terms: list[str], people: int) -> Row:
    days = draw(st.sets(st.sampled_from(WEEK), min_size=1, max_size=5))
    return Row(
        crn=f"{20300 + number}",
        title=f"Talk {number}",
        hosts=tuple(draw(st.lists(st.sampled_from(HANDLES[:people]), min_size=1, max_size=2, unique=True))),
        days="".join(sorted(days, key=WEEK.index)),
        start=draw(st.sampled_from(STARTS)),
        minutes=draw(st.sampled_from([15, 50])),
        term=draw(st.sampled_from(terms)),
        room=draw(st.sampled_from(["", "LIB 2"])),
    )


@st.composite
def edits(draw: st.DrawFn, year: Year) -> tuple[str, Year]:
    """What somebody changes later, in a word, and the year with it."""
    what = draw(st.sampled_from(["holiday", "leave", "row", "drop", "name"]))
    if what == "holiday":
        name = draw(st.sampled_from(sorted(year.terms)))
        term = year.terms[name]
        first, last = (date.fromisoformat(term[key]) for key in ("from", "until"))
        days = [f"{first + timedelta(number)}" for number in range((last - first).days + 1)]
        day = draw(st.sampled_from([day for day in days if day not in term["holidays"].values()]))
        changed = {**term, "holidays": {**term["holidays"], "late": day}}
        return what, replace(year, terms={**year.terms, name: changed})
    spare = [person for person in year.people if person.handle not in {*year.needed(), year.missing}]
    if what == "leave" and spare:
        people = tuple(person for person in year.people if person != spare[0])
        return what, replace(year, people=people)
    if what == "drop" and len(year.rows) > 1:
        return what, replace(year, rows=year.rows[1:])
    if what == "row":
        row = year.rows[0]
        other = draw(
            st.sampled_from(
                [
                    replace(row, start="14:20"),
                    replace(row, minutes=75),
                    replace(row, room="SC 9"),
                    replace(row, days="R" if row.days != "R" else "MF"),
                ]
            )
        )
        return what, replace(year, rows=(other, *year.rows[1:]))
    renamed = replace(year.people[0], last="Newly-Wed", dept="Art")
    return "name", replace(year, people=(renamed, *year.people[1:]))
