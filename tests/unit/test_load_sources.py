"""How sources are declared: formats, columns and their shapes, expectations; what is refused and where."""

from pathlib import Path

import pytest

from reconciler.errors import Problem, Where
from reconciler.model import Address, Documents
from reconciler.resources.base import Members, kinds
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.schedules import Series
from reconciler.sources.csv_file import CsvSource
from reconciler.sources.oneroster import OneRosterSource
from reconciler.sources.timetable import TimetableSource
from reconciler.stages.load import load
from reconciler.stages.load.columns import shapes
from reconciler.stages.load.declarations import Found, read_sources
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import parse
from tests.unit.desired_samples import BASE, declare, write_folder

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


def read(section: str, text: str, replaces: bool = False) -> tuple[Found, list[str]]:
    """The sources of a section with this `from:`, and the problems."""
    problems: list[Problem] = []
    parsed = parse(f"from: {text}\n".encode(), "zoom-main/x.yaml")
    assert parsed.problems == ()
    kind = next(kind for kind in kinds().values() if kind.plural == section)
    sheet = Sheet("zoom-main/x.yaml", parsed.value, problems, Where("zoom-main/x.yaml"))
    found = read_sources(sheet, kind, "zoom-main" if kind.live else "", None, replaces=replaces)
    return found, [f"{problem.where}: {problem.what} | {problem.remedy}" for problem in problems]


def test_what_a_source_promises_is_carried_along(tmp_path: Path) -> None:
    documents = load_roster(tmp_path, SECTION, "ID,Mail\n1,a@x.edu\n")
    assert documents.problems == ()
    (expected,) = documents.expectations
    assert (expected.kind, expected.max_change, expected.source) == ("user", 12.5, "zoom-main/roster.csv")
    assert "fewer than the 2" in documents.unread["zoom-main", "user"]
    assert "zoom-main/roster.csv" in documents.files


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    documents = load_roster(tmp_path, SECTION, None)
    (problem,) = documents.problems
    assert str(problem.where) == "zoom-main/people.yaml:3:7"
    assert documents.unread["zoom-main", "user"]
    assert documents.unreadable == {"user"}


OK = "csv: r.csv, columns: {name: ID}"
CODES = "csv: r.csv, columns: {name: C"
TIMED = "timetable: t.csv, columns: {name: CRN, host: I, days: D, start: S}"
UNTIMED = TIMED.replace(", start: S", "")
USERS = [
    ("csv: r.csv", "{csv", "`columns` is missing | add `columns: {name: EmployeeID, email: Email}`"),
    ("csv: r.csv, columns: {email: Mail}", "columns", "`name` is missing | add `name: EmployeeID`"),
    ("csv: r.csv, columns: {name: ID, emial: M}", "emial", "users have no field `emial` | did you mean"),
    ("csv: r.csv, columns: {name: ID, email: [M]}", "email", "`email` is a text"),
    (
        "csv: r.csv, columns: {name: I, email.x: M}",
        "email.x",
        "`email` has no parts, so there is no `email.x`",
    ),
    (f"{OK}, clear_empty: [name]", "name]", "`name` is not among `columns`"),
    (f"{OK}, delimiter: dot", "delimiter", "`delimiter` cannot be `dot`"),
    (f"{OK}, encoding: ebcdic", "encoding", "`encoding` cannot be `ebcdic`"),
    (f"{OK}, expect: {{min_rows: few}}", "min_rows", "`min_rows` is a whole number"),
    (f"{OK}, expect: {{rows: 1}}", "rows", "`rows` is not known here"),
    (f"{OK}, repeat: join", "repeat", "`repeat: join` joins lists, and none of the `columns` is one | take"),
    (f"{OK}, repeat: keep", "repeat", "`repeat` cannot be `keep`"),
    (f"{OK}, prefer: [emial]", "emial", "users have no field `emial` | did you mean `email`?"),
    (f"{OK}, prefer: some", "prefer", "`prefer` is a list of texts"),
    (f"{OK}, roles: [a]", "roles", "`roles` is not known here"),
    ("cvs: r.csv", "{cvs", "`csv` or `oneroster` or `canvas_sis` is missing | did you mean `csv`?"),
    (f"{OK}, oneroster: sis/", "oneroster", "`csv` and `oneroster` are two sources | make each of them an"),
    (TIMED, "timetable", "`timetable` holds no users | known are csv, oneroster, canvas_sis"),
    (
        "oneroster: sis, name: guid",
        "name",
        "`name` cannot be `guid` | known are email, identifier, sourcedId",
    ),
    ("oneroster: sis, fields: [email, sms]", "sms", "this format gives users no `sms` | known are active,"),
    ("oneroster: sis, roles: teacher", "roles", "`roles` is a list of texts"),
    ("oneroster: sis, columns: {name: ID}", "columns", "`columns` is not known here"),
]
MEETINGS = [
    ("oneroster: sis", "oneroster", "`oneroster` holds no course_meetings | known are csv, timetable"),
    ("timetable: t.csv", "{timetable", "`columns` is missing | add `columns: {name: CRN, start: Begin}`"),
    (UNTIMED, "columns", "`start` is missing | add `start: Begin`"),
    (TIMED.replace("S}", "S, ends: E}"), "ends", "`ends` is not known here | did you mean `end`?"),
    (f"{TIMED}, minutes: 0", "minutes", "`minutes` is a whole number, 1 or more"),
    (f"{TIMED}, minutes: 5, days: x", "days: x", "`days` cannot be `x`"),
    (
        f"{TIMED}, minutes: 5, cancelled: [C]",
        "cancelled",
        "`cancelled` lists what stands in the column `status`",
    ),
    (f"{CODES}, schedule.dyas: D}}", "schedule.dyas", "`schedule` has no `dyas` | did you mean `days`?"),
    (
        f"{CODES}, course: A, course.via: B}}",
        "course.via",
        "`course` and `course.via` cannot both be columns",
    ),
]
DECLARED = [
    *(("users", *row) for row in USERS),
    *(("course_meetings", *row) for row in MEETINGS),
    ("courses", "x: y", "{x", "`csv` is missing | known are csv"),
    ("terms", "oneroster: sis, roles: [teacher]", "roles", "`roles` is not known here"),
]


@pytest.mark.parametrize(("section", "item", "at", "told"), DECLARED)
def test_a_source_is_declared_in_full(section: str, item: str, at: str, told: str) -> None:
    line = f"[{{{item}}}]"
    _, problems = read(section, line)
    place = f"zoom-main/x.yaml:1:{len('from: ') + line.index(at) + 1}: "
    assert any(text.startswith(place + told) for text in problems), problems


@pytest.mark.parametrize(
    "text", ["a.csv", "{csv: a.csv}", "[a.csv]", "[]"], ids=["text", "mapping", "texts", "empty"]
)
def test_from_is_a_list_of_sources(text: str) -> None:
    found, problems = read("users", text)
    assert [problem.split(" | ")[0] for problem in problems] == [
        "zoom-main/x.yaml:1:1: `from` is a list of sources"
    ]
    assert not found.whole


def test_every_mistake_of_every_source_is_told() -> None:
    _, problems = read(
        "users", "[{csv: a.csv}, {oneroster: sis, name: a, roles: b}, {csv: [], columns: {name: I}}]"
    )
    assert len(problems) == 4


def test_a_list_of_columns_for_every_kind() -> None:
    found, problems = read(
        "course_meetings",
        "[{csv: ../m.csv, columns: {name: C, schedule.days: D, schedule.start: S, alternative_hosts: A,"
        " tracking_fields.Department: T, course.name: K}, repeat: join, clear_empty: [alternative_hosts]}]",
    )
    assert problems == []
    (source,) = (declaration.source for declaration in found.declarations)
    assert isinstance(source, CsvSource)
    assert (source.file, source.kind, source.join) == ("m.csv", "course_meeting", True)
    assert source.lists == {"schedule.days", "alternative_hosts"}
    assert source.columns["schedule.start"] == "S"
    assert source.columns_where["schedule.start"] == Where("zoom-main/x.yaml", 1, 61)


def test_rosters_and_timetables() -> None:
    found, problems = read(
        "groups",
        "[{oneroster: sis/, name: username, roles: [teacher], fields: [members]}, {canvas_sis: a.zip}]",
    )
    assert problems == []
    roster = found.declarations[0].source
    assert isinstance(roster, OneRosterSource)
    assert (roster.file, roster.handle, roster.roles) == ("zoom-main/sis", "username", ("teacher",))
    assert (roster.fields, found.declarations[1].source.file) == (("members",), "zoom-main/a.zip")
    columns = TIMED.replace("S}", "S, status: X}")
    found, problems = read("course_meetings", f"[{{{columns}, minutes: 50, term: fall, cancelled: [C]}}]")
    assert problems == []
    timetable = found.declarations[0].source
    assert isinstance(timetable, TimetableSource)
    assert (timetable.minutes, timetable.term, timetable.cancelled) == (50, "fall", ("C",))
    assert (timetable.days, timetable.columns["status"]) == ("auto", "X")
    assert timetable.term_where is not None


def test_what_is_preferred() -> None:
    found, problems = read("users", f"[{{{OK}, prefer: all}}, {{{OK}, prefer: [email, license]}}, {{{OK}}}]")
    every, some, none = (declaration.prefer for declaration in found.declarations)
    assert problems == []
    assert (set(some), set(none)) == ({"email", "license"}, set())
    assert every > some


def test_an_overlay_may_do_without_sources() -> None:
    assert read("users", "[]", replaces=True) == (Found((), whole=True), [])


@pytest.mark.parametrize(
    ("kind", "lists", "parts"),
    [
        ("group", {"members"}, {"members": set(), "title": set()}),
        ("lti_credential", set(), {"secret": set()}),
        ("course_meeting", {"alternative_hosts"}, {"course": {"name", "via"}, "tracking_fields": set()}),
    ],
)
def test_the_shape_of_a_field_is_read_off_its_type(
    kind: str, lists: set[str], parts: dict[str, set[str]]
) -> None:
    found = shapes(kinds()[kind])
    assert {name for name, shape in found.items() if shape.listed} >= lists
    for name, names in parts.items():
        assert found[name].parts.keys() == names


SET = {
    "zoom-main/sis/manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    "file.users,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n",
    "zoom-main/sis/users.csv": "sourcedId,status,enabledUser,role,username,givenName,familyName,email\n"
    "t1,,true,teacher,ada,Ada,Lovelace,ada@example.edu\nt2,,true,student,ben,Ben,Bauer,ben@example.edu\n",
    "zoom-main/sis/classes.csv": "sourcedId,status,title,classCode\nc1,,Biology,BIO\n",
    "zoom-main/sis/enrollments.csv": "sourcedId,status,classSourcedId,userSourcedId,role\n"
    "e1,,c1,t1,teacher\ne2,,c1,t2,student\n",
}
WHOLE = """\
users:
  from: [{oneroster: sis/, name: username, fields: [email, first_name, active]}]
groups:
  from: [{oneroster: sis/, name: username, roles: [teacher]}]
course_meetings:
  from:
    - timetable: fall.csv
      columns: {name: CRN, topic: Title, host: Instructor, days: Days, start: Begin, end: End}
      term: fall-2026
  defaults: {waiting_room: true, schedule: {skip: [2026-09-09]}}
"""
TERM = "terms: {fall-2026: {from: 2026-09-07, until: 2026-09-18, timezone: America/New_York}}\n"


def test_formats_side_by_side(tmp_path: Path) -> None:
    fall = "CRN,Title,Instructor,Days,Begin,End\n101,BIO,ada,MW,0930,1020\n"
    files = {**SET, "zoom-main/all.yaml": WHOLE, "zoom-main/fall.csv": fall, "terms.yaml": TERM}
    declared = declare(tmp_path, files).resources
    group = declared[Address("zoom-main", "group", "c1")]
    assert group.resource == Group(title="Biology", members=Members(("zoom-main/user/ada",)))
    assert (group.source, group.where.file) == ("zoom-main/sis", "zoom-main/sis/classes.csv")
    (meeting,) = (item.resource for item in declared.values() if item.address.kind == "course_meeting")
    assert isinstance(meeting, CourseMeeting) and isinstance(meeting.schedule, Series)
    assert (meeting.host, meeting.waiting_room) == ("zoom-main/user/ada", True)
    assert meeting.schedule.occurrences == tuple(f"2026-09-{day:02}T09:30 50" for day in (7, 14, 16))
    assert Address("zoom-main", "user", "ben") in declared
