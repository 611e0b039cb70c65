"""Several sources of one kind: how they merge, what contradicts what, who is right, and whom to trust."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model import Address, Declared, Observation, Reason, Record, Recorded, Removal, Remove, State
from reconciler.resources.base import Members
from reconciler.resources.group import Group
from reconciler.resources.user import User
from reconciler.run.proposal import read_campus, trust_sources
from reconciler.run.workspace import Workspace
from reconciler.stages.count import count
from tests.unit.desired_samples import BASE, declare, problems, write_folder
from tests.unit.ledger_samples import make_record

PEOPLE = "zoom-main/people.yaml"
HR = "csv: hr.csv, columns: {name: ID, email: Mail, department: Dept}"
SIS = "csv: sis.csv, columns: {name: ID, department: Dept, job_title: Job}"
ROWS = {
    "zoom-main/hr.csv": "ID,Mail,Dept\ns1,s1@example.edu,Biology\ns2,s2@example.edu,\n",
    "zoom-main/sis.csv": "ID,Dept,Job\nS1,,Dean\ns2,Physics,\n",
}
DIFFER = {
    **ROWS,
    "zoom-main/sis.csv": "ID,Dept,Job\nS1,Physics,\ns2,,Dean\ns3,Art,\n",
}
MAILS = {"zoom-main/hr.csv": "ID,Mail,Dept\ns1,s1@example.edu,Biology\ns3,s3@example.edu,Music\n"}


def sources(*items: str, rest: str = "") -> dict[str, str]:
    """People from these sources, as one section."""
    listed = "".join(f"    - {{{item}}}\n" for item in items)
    return {PEOPLE: f"users:\n  from:\n{listed}{rest}"}


def told(root: Path, files: Mapping[str, str]) -> list[str]:
    """The problems of BASE and these files, each on one line."""
    return [str(problem).replace("\n    ", " | ") for problem in problems(root, files)]


def people(declared: Declared) -> dict[str, User]:
    """Every person by name."""
    found = {address.name: item.resource for address, item in declared.resources.items()}
    return {name: resource for name, resource in found.items() if isinstance(resource, User)}


def test_rows_of_one_name_merge_field_by_field(tmp_path: Path) -> None:
    declared = declare(tmp_path, {**ROWS, **sources(HR, SIS)})
    assert people(declared) == {
        "s1": User(email="s1@example.edu", department="Biology", job_title="Dean"),
        "s2": User(email="s2@example.edu", department="Physics"),
    }
    item = declared.resources[Address("zoom-main", "user", "s2")]
    assert (item.source, item.also) == ("zoom-main/sis.csv", ("zoom-main/hr.csv",))
    assert str(item.place("email")) == "zoom-main/hr.csv:3:1"
    assert str(item.place("department")) == "zoom-main/sis.csv:3:1"


def test_equal_values_do_not_contradict(tmp_path: Path) -> None:
    rows = {**ROWS, "zoom-main/sis.csv": "ID,Dept,Job\ns1,Biology,Dean\n"}
    assert people(declare(tmp_path, {**rows, **sources(HR, SIS)}))["s1"].department == "Biology"


def test_a_contradiction_is_told_once_per_field_and_pair_of_files(tmp_path: Path) -> None:
    files = {**DIFFER, **MAILS, **sources(HR, SIS)}
    assert told(tmp_path, files) == [
        "zoom-main/sis.csv:2:1: `department` of `s1` is `Physics` here and"
        " `Biology` at zoom-main/hr.csv:2:1; 1 more names differ in it"
        " | correct one of them, or add `prefer: [department]` to the source that is right",
        "zoom-main/sis.csv:3:1: `email` is missing; the driver `zoom` needs it to make one of the users"
        " | add `email:`",
    ]


CLEARED = {**ROWS, "zoom-main/sis.csv": "ID,Dept,Job\ns1,,\n"}


def test_a_cleared_field_contradicts_a_value(tmp_path: Path) -> None:
    (line,) = told(tmp_path, {**CLEARED, **sources(HR, f"{SIS}, clear_empty: [department]")})
    assert "`department` of `s1` is empty here and `Biology` at zoom-main/hr.csv:2:1" in line


@pytest.mark.parametrize(
    ("first", "second", "department"),
    [
        (f"{HR}, prefer: [department]", SIS, "Biology"),
        (f"{HR}, prefer: all", SIS, "Biology"),
        (HR, f"{SIS}, prefer: [department]", "Physics"),
        (f"{HR}, prefer: [email]", f"{SIS}, prefer: all", "Physics"),
    ],
)
def test_a_preferred_source_is_right(tmp_path: Path, first: str, second: str, department: str) -> None:
    rows = {**DIFFER, "zoom-main/sis.csv": "ID,Dept,Job\ns1,Physics,\n"}
    declared = declare(tmp_path, {**rows, **sources(first, second)})
    item = declared.resources[Address("zoom-main", "user", "s1")]
    assert people(declared)["s1"].department == department
    file = "hr" if department == "Biology" else "sis"
    assert str(item.place("department")) == f"zoom-main/{file}.csv:2:1"
    assert item.source == "zoom-main/sis.csv"


def test_a_secret_that_differs_is_not_shown(tmp_path: Path) -> None:
    columns = "columns: {name: Id, secret: Secret, key: Key}"
    listed = f"[{{csv: a.csv, {columns}}}, {{csv: b.csv, {columns}}}]"
    files = {
        "zoom-lti/more.yaml": f"lti_credentials: {{from: {listed}}}\n",
        "zoom-lti/a.csv": "Id,Secret,Key\nx,${env:ONE},k\n",
        "zoom-lti/b.csv": "Id,Secret,Key\nx,a plain one,k\n",
    }
    first, second = told(tmp_path, files)
    assert first.startswith(
        "zoom-lti/b.csv:2:1: `secret` of `x` is not the same here as at zoom-lti/a.csv:2:1 |"
    )
    assert "plain one" not in first + second


def test_parts_of_a_mapping_contradict_by_themselves(tmp_path: Path) -> None:
    one, two = (
        "{name: C, topic: T, host: H, schedule.days: D}",
        "{name: C, schedule.start: S, schedule.days: D}",
    )
    section = f"[{{csv: a.csv, columns: {one}}}, {{csv: b.csv, columns: {two}}}]"
    rest = "{minutes: 50, from: 2026-09-01, until: 2026-09-09, timezone: Europe/Paris}"
    files = {
        "zoom-main/m.yaml": f"course_meetings: {{from: {section}, defaults: {{schedule: {rest}}}}}\n",
        "zoom-main/a.csv": "C,T,H,D\na,A,s1,mon\n",
        "zoom-main/b.csv": "C,S,D\na,10:00,tue\n",
    }
    # Lists do not contradict: the later one counts.
    declared = declare(tmp_path / "one", files)
    item = declared.resources[Address("zoom-main", "course_meeting", "a/1")]
    assert str(item.place("schedule.days")) == "zoom-main/b.csv:2:1"
    files["zoom-main/m.yaml"] = files["zoom-main/m.yaml"].replace("schedule.days: D", "schedule.start: D", 1)
    (line,) = told(tmp_path / "two", files)
    assert line.startswith(
        "zoom-main/b.csv:2:1: `schedule.start` of `a` is `10:00` here and `mon` at zoom-main/a"
    )


def test_two_sources_cannot_both_be_right(tmp_path: Path) -> None:
    files = {**ROWS, "zoom-main/sis.csv": "ID,Dept,Job\ns1,Physics,\n"}
    files |= sources(f"{HR}, prefer: all", f"{SIS}, prefer: all")
    (line,) = told(tmp_path, files)
    assert line.endswith("| both sources `prefer` their `department`: leave that to one of them")


def test_an_entry_decides_what_sources_contradict(tmp_path: Path) -> None:
    rows = {**ROWS, "zoom-main/sis.csv": "ID,Dept,Job\ns1,Physics,\n"}
    written = "  entries: {s1: {department: Chemistry}}\n"
    declared = declare(tmp_path, {**rows, **sources(HR, SIS, rest=written)})
    assert people(declared)["s1"].department == "Chemistry"


def test_sections_of_several_files(tmp_path: Path) -> None:
    files = {
        "zoom-main/a.yaml": f"users:\n  from: [{{{HR}}}]\n  defaults: {{license: licensed, location: A}}\n",
        "zoom-main/b.yaml": f"users:\n  from: [{{{SIS}}}]\n  defaults: {{license: basic, company: B}}\n",
        PEOPLE: "groups: {g: {members: [s1, S2]}}\n",
    }
    assert told(tmp_path / "one", {**ROWS, **files}) == [
        "zoom-main/b.yaml:3:14: `license` of `s1` is `basic` here and `licensed` at zoom-main/a.yaml:3:14;"
        " 1 more names differ in it | correct one of them, or add `prefer: [license]` to the source that is"
        " right",
    ]
    files["zoom-main/a.yaml"] = (
        files["zoom-main/a.yaml"].replace("}]", "prefer: [license]}]").replace("Dept}", "Dept}, ")
    )
    declared = declare(tmp_path / "two", {**ROWS, **files})
    assert people(declared)["s1"] == User(
        email="s1@example.edu",
        department="Biology",
        job_title="Dean",
        license="licensed",
        location="A",
        company="B",
    )
    members = Members(("zoom-main/user/s1", "zoom-main/user/s2"))
    assert declared.resources[Address("zoom-main", "group", "g")].resource == Group(members=members)


def test_a_row_decides_what_defaults_contradict(tmp_path: Path) -> None:
    files = {
        "zoom-main/a.yaml": f"users:\n  from: [{{{HR}}}]\n  defaults: {{job_title: A}}\n",
        "zoom-main/b.yaml": f"users:\n  from: [{{{SIS}}}]\n  defaults: {{job_title: B}}\n",
        PEOPLE: "groups: {g: {}}\n",
    }
    (line,) = told(tmp_path, {**ROWS, **files})
    assert "`job_title` of `s2` is `B` here and `A` at zoom-main/a.yaml" in line


JOINED = "{csv: members.csv, columns: {name: Group, members: Person, title: Title}, repeat: join}"


def test_members_from_a_file_and_from_another(tmp_path: Path) -> None:
    files = {
        "zoom-main/groups.yaml": f"groups:\n  from:\n    - {JOINED}\n"
        "    - {csv: more.csv, columns: {name: Group, members: People}}\n",
        "zoom-main/members.csv": "Group,Person,Title\nstaff,s1,Staff\nstaff,S2,Staff\nclub,s1,\n",
        "zoom-main/more.csv": "Group,People\nclub,s1; s2\n",
    }
    declared = declare(tmp_path, files)
    found = {a.name: item.resource for a, item in declared.resources.items() if a.kind == "group"}
    both = Members(("zoom-main/user/s1", "zoom-main/user/s2"))
    assert found == {"staff": Group(title="Staff", members=both), "club": Group(members=both)}


def test_dead_references_of_rows_stand_at_their_rows(tmp_path: Path) -> None:
    files = {
        "zoom-main/groups.yaml": f"groups: {{from: [{JOINED}]}}\n",
        "zoom-main/members.csv": "Group,Person,Title\nstaff,s1,Staff\nclub,s22,\n",
    }
    (line,) = told(tmp_path, files)
    place = "zoom-main/members.csv:3:1: `members`: there is no user `s22` in zoom-main"
    assert line == f"{place} | did you mean `s2`?"


def test_one_mistake_of_many_rows_is_told_a_few_times(tmp_path: Path) -> None:
    rows = "".join(f"p{number},p{number}@example.edu,staff\n" for number in range(2000))
    source = "csv: r.csv, columns: {name: ID, email: Mail, license: Kind}"
    lines = told(tmp_path, {**sources(source), "zoom-main/r.csv": f"ID,Mail,Kind\n{rows}"})
    assert [line.split(": ", 1)[0] for line in lines] == [f"zoom-main/r.csv:{n}:1" for n in (2, 3, 4)]
    assert "`license` cannot be `staff` (and so do 1,997 more rows)" in lines[2]
    assert "more rows" not in lines[1]


def test_meetings_are_merged_into_the_depth(tmp_path: Path) -> None:
    columns = "{name: CRN, topic: T, host: H, schedule.days: D, schedule.start: S}"
    zone = "{timezone: Europe/Paris, minutes: 50, from: 2026-09-01, until: 2026-09-30, start: '08:00'}"
    files = {
        "zoom-main/m.yaml": f"course_meetings:\n  from: [{{csv: m.csv, columns: {columns}}}]\n"
        f"  defaults: {{schedule: {zone}}}\n"
        "  entries:\n"
        "    b: {schedule: {minutes: 30}}\n"
        "    c: {schedule: {dates: ['2026-09-07T10:00']}, topic: C, host: s1}\n",
        "zoom-main/m.csv": "CRN,T,H,D,S\na,A,s1,mon; wed,10:00\nb,B,s2,tue,\n",
    }
    declared = declare(tmp_path, files)
    found = {str(a.name): item for a, item in declared.resources.items() if a.kind == "course_meeting"}
    series = {name: getattr(item.resource, "schedule") for name, item in found.items()}  # noqa: B009
    assert list(series) == ["a/1", "b/1", "c/1"]
    assert series["a/1"].occurrences[:2] == ("2026-09-02T10:00 50", "2026-09-07T10:00 50")
    assert series["b/1"].occurrences[0] == "2026-09-01T08:00 30"
    assert series["c/1"].occurrences == ("2026-09-07T10:00 50",)
    place = found["b/1"].place
    assert str(place("schedule.minutes")) == "zoom-main/m.yaml:5:20"
    assert str(place("schedule.days")) == "zoom-main/m.csv:3:1"
    assert str(place("schedule.timezone")) == "zoom-main/m.yaml:3:25"


# ── whom to trust ────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_source_of_several_makes_the_kind_unread(tmp_path: Path) -> None:
    short = {**ROWS, "zoom-main/sis.csv": "ID,Dept,Job\n"}
    assert declare(tmp_path, {**short, **sources(HR, SIS)}).unread == {
        ("zoom-main", "user"): "zoom-main/sis.csv has a header and no rows"
    }


def test_an_entry_for_a_row_that_could_not_be_read_is_no_mistake_of_its_own(tmp_path: Path) -> None:
    """Only the source's own fault is told, and the entry stands for nothing until its row is back."""
    entry = "  entries:\n    s1: {department: Law}\n"
    empty = {**ROWS, "zoom-main/hr.csv": "ID,Mail,Dept\n"}
    declared = declare(tmp_path / "empty", {**empty, **sources(HR, rest=entry)})
    assert people(declared) == {} and declared.unread.keys() == {("zoom-main", "user")}
    (fault,) = told(tmp_path / "column", {**ROWS, **sources(HR.replace("Mail", "EMail"), rest=entry)})
    assert "zoom-main/hr.csv has no column `EMail` | did you mean `Mail`?" in fault


def test_an_entry_that_adds_to_no_row_is_told_of_the_rows(tmp_path: Path) -> None:
    entry = "  entries:\n    s11: {department: Law}\n"
    (fault,) = told(tmp_path, {**ROWS, **sources(HR.replace(", department: Dept", ""), rest=entry)})
    assert fault.endswith("add `email:`; or, as no source has a row `s11`: did you mean `s1`?")


def recorded(names: str, source: str, state: State = State.CURRENT, kind: str = "user") -> list[Record]:
    """Records of these names as they came from a source."""
    made = make_record(state=state)
    return [replace(made, address=Address("zoom-main", kind, n), source=source) for n in names.split()]


def unread(root: Path, records: list[Record], first: str, second: str, **rows: str) -> dict[str, str]:
    """Which kinds of which targets are unread with people from hr.csv and sis.csv, and why."""
    csv = {f"zoom-main/{name}.csv": text for name, text in rows.items()}
    expect = "expect: {max_change: 20%}"
    files = {**ROWS, **csv, **sources(f"{first}, {expect}", f"{second}, {expect}")}
    campus = read_campus(Workspace(write_folder(root, {**BASE, **files}), environ={}))
    found = trust_sources(campus, Recorded(records=tuple(records))).desired.unread
    return {"/".join(key): why for key, why in found.items()}


H, S = "zoom-main/hr.csv", "zoom-main/sis.csv"
MANY = "".join(f"p{number},p{number}@x.edu,\n" for number in range(10))
NAMES = " ".join(f"p{number}" for number in range(10))


def test_a_source_answers_for_the_names_that_are_recorded_as_its_own(tmp_path: Path) -> None:
    rows = {"hr": f"ID,Mail,Dept\n{MANY}", "sis": "ID,Dept,Job\np0,,Dean\np1,,Dean\n"}
    split = recorded("p0 p1", S) + recorded("p2 p3 p4 p5 p6 p7 p8 p9", H)
    assert unread(tmp_path / "one", split, HR, SIS, **rows) == {}
    # A source that is new takes names over without any of the two having changed.
    assert unread(tmp_path / "two", recorded(NAMES, H), HR, SIS, **rows) == {}


def test_what_a_source_lost_is_seen_although_others_name_more(tmp_path: Path) -> None:
    rows = {"hr": f"ID,Mail,Dept\n{MANY}", "sis": "ID,Dept,Job\np0,,Dean\n"}
    split = recorded("p0 p1 q1 q2", S) + recorded("p2 p3 p4 p5 p6 p7 p8 p9", H)
    assert unread(tmp_path, split, HR, SIS, **rows) == {
        "zoom-main/user": f"{S} has 1 rows where 4 are recorded, a change of 75 %; max_change is 20 %"
    }


def test_ended_meetings_are_no_change_and_links_follow_their_meetings(tmp_path: Path) -> None:
    source = "csv: m.csv, expect: {max_change: 0}"
    columns = "columns: {name: C, topic: T, host: H, schedule.dates: D}"
    files = {
        "zoom-main/m.yaml": f"course_meetings:\n  from: [{{{source}, {columns}}}]\n"
        "  defaults: {schedule: {minutes: 50, timezone: Europe/Paris}}\n",
        "zoom-main/m.csv": "C,T,H,D\na,A,s1,2026-09-07T10:00; 2026-09-08T10:00\nb,B,s1,2026-09-07T12:00\n",
    }
    campus = read_campus(Workspace(write_folder(tmp_path, {**BASE, **files}), environ={}))
    source = "zoom-main/m.csv"
    some = recorded("a/1 a/2", source, kind="course_meeting")
    over = recorded("b/1", source, State.ENDED, "course_meeting")
    assert trust_sources(campus, Recorded(records=(*some, *over))).desired.unread == {}
    lost = trust_sources(campus, Recorded(records=tuple(some))).desired.unread
    assert lost.keys() == {("zoom-main", "course_meeting"), ("zoom-lti", "course_link")}


def test_a_course_that_could_not_be_read_keeps_its_links(tmp_path: Path) -> None:
    files = {
        "courses.yaml": "courses:\n  from: [{csv: c.csv, columns: {name: C, context_id: I, domain: D}}]\n",
        "c.csv": "C,I,D\n",
        "zoom-main/m.yaml": "course_meetings: {a: {topic: A, host: s1, course: bio101, schedule: "
        "{dates: ['2026-09-07T10:00'], minutes: 50, timezone: Europe/Paris}}}\n",
    }
    campus = read_campus(Workspace(write_folder(tmp_path, {**BASE, **files}), environ={}))
    assert [str(address) for address in campus.desired.resources if address.kind.startswith("course")] == [
        "zoom-main/course_meeting/a/1"
    ]
    assert trust_sources(campus, Recorded()).desired.unread.keys() == {
        ("-", "course"),
        ("zoom-lti", "course_link"),
        ("zoom-main", "course_link"),
    }


@pytest.mark.parametrize(
    ("records", "vanished"),
    [
        (recorded("s1 s2", S), {}),
        (recorded("s1 q2 q3", "old.csv"), {"old.csv": ("q2", "q3")}),
        (recorded("q2 q3", "old.csv") + recorded("s1", H), {"old.csv": ("q2", "q3")}),
        (recorded("s1 q2", H), {}),
        (recorded("q2", "old.csv"), {}),
    ],
    ids=["there", "one lives on elsewhere", "all gone", "some gone", "only one"],
)
def test_a_source_vanishes_whole_though_others_name_some_of_its_people(
    tmp_path: Path, records: list[Record], vanished: Mapping[str, tuple[str, ...]]
) -> None:
    desired = declare(tmp_path, {**ROWS, **sources(HR, SIS)})
    removed = [
        Remove(address=r.address, reason=Reason.UNDECLARED, how=Removal.DISABLE, number=1)
        for r in records
        if r.address not in desired.resources
    ]
    facts = count(desired, Recorded(records=tuple(records)), Observation({}, {}), removed)
    (found,) = (fact.vanished for fact in facts if (fact.target, fact.kind) == ("zoom-main", "user"))
    assert {source: tuple(a.name for a in gone) for source, gone in found.items()} == vanished
