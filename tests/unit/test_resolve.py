"""Resolving: layers, references, families and links, renames, and what is refused before anything is read."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.errors import Where
from reconciler.model import Address, Declared
from reconciler.resources.base import Members
from reconciler.resources.course_link import CourseLink
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.schedules import Series
from reconciler.resources.user import User
from reconciler.stages.resolve.names import Dead, Names
from tests.unit.desired_samples import (
    BASE,
    declare,
    problems,
)

PEOPLE = "zoom-main/people.yaml"
MEETINGS = "zoom-main/meetings.yaml"
ONCE = 'schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}'
TWICE = ONCE.replace('"]', '", "2026-09-08T10:00"]')
WEEKLY = (
    "schedule: {days: [mon], start: 10:00, minutes: 50, timezone: Europe/Paris, from: 2026-09-01, until: %s}"
)


def meeting(*lines: str, name: str = "bio", schedule: str = ONCE) -> str:
    """One declared meeting with further lines."""
    return "\n    ".join([f"  {name}:", "topic: Biology", "host: s1", schedule, *lines]) + "\n"


def meetings(*entries: str) -> dict[str, str]:
    """A file of meetings."""
    return {MEETINGS: "course_meetings:\n" + "".join(entries)}


def told(root: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """The problems of BASE and these files, each on one line."""
    return [str(problem).replace("\n    ", " | ") for problem in problems(root, files)]


def names(declared: Declared, kind: str) -> list[str]:
    """The addresses of one kind, without the kind."""
    return [f"{address.target}/{address.name}" for address in declared.resources if address.kind == kind]


def test_the_base_is_declared_whole(tmp_path: Path) -> None:
    declared = declare(
        tmp_path, meetings(meeting("course: bio101", "lifecycle: {protect: true}", schedule=TWICE))
    )
    assert [str(address) for address in declared.resources] == [
        "-/course/bio101",
        "zoom-lti/approved_domain/lti-2026.canvas",
        "zoom-lti/course_link/bio/1",
        "zoom-lti/course_link/bio/2",
        "zoom-lti/lti_credential/lti-2026",
        "zoom-main/course_meeting/bio/1",
        "zoom-main/course_meeting/bio/2",
        "zoom-main/user/s1",
        "zoom-main/user/s2",
    ]
    link = declared.resources[Address("zoom-lti", "course_link", "bio/2")]
    assert link.resource == CourseLink(
        meeting="zoom-main/course_meeting/bio/2",
        host="zoom-main/user/s1",
        course="-/course/bio101",
        credential="zoom-lti/lti_credential/lti-2026",
        approved_domain="zoom-lti/approved_domain/lti-2026.canvas",
        context_id="4f2a9c",
        domain="https://canvas.example.edu",
        canvas_course_id="1042",
    )
    assert (link.family, link.lifecycle.protect, link.where) == ("bio", True, Where(MEETINGS, 6, 5))
    assert link.place("context_id") == Where("courses.yaml", 2, 12)
    held = declared.resources[Address("zoom-main", "course_meeting", "bio/1")]
    assert (held.family, held.place("topic")) == ("bio", Where(MEETINGS, 3, 5))
    assert isinstance(held.resource, CourseMeeting)
    assert isinstance(held.resource.schedule, Series)


def test_nearer_layers_win_field_by_field(tmp_path: Path) -> None:
    files = {
        "reconciler.yaml": BASE["reconciler.yaml"].replace(
            "client_id: b",
            "client_id: b, defaults: {user: {license: basic, company: U, location: T, job_title: T}}",
        ),
        PEOPLE: """\
users:
  from: [{csv: r.csv, columns: {name: ID, email: Mail, department: Dept, job_title: Job}}]
  defaults: {location: S, department: S, cost_center: S, lifecycle: {protect: true, on_gone: recreate}}
  entries:
    S1: {cost_center: E, department: ~, lifecycle: {on_gone: report}}
""",
        "zoom-main/r.csv": "ID,Mail,Dept,Job\ns1,s1@example.edu,Biology,Dean\n0123,s2@example.edu,,\n",
    }
    declared = declare(tmp_path, files)
    item = declared.resources[Address("zoom-main", "user", "s1")]
    assert item.resource == User(
        email="s1@example.edu",
        license="basic",
        company="U",
        location="S",
        department=None,
        cost_center="E",
        job_title="Dean",
    )
    places = {name: str(item.place(name)) for name in ("license", "location", "email", "cost_center")}
    assert places == {
        "license": "reconciler.yaml:3:76",
        "location": f"{PEOPLE}:3:14",
        "email": "zoom-main/r.csv:2:1",
        "cost_center": f"{PEOPLE}:5:10",
    }
    assert (item.lifecycle.protect, item.lifecycle.on_gone) == (True, "report")
    assert (item.source, str(item.where)) == ("zoom-main/r.csv", f"{PEOPLE}:5:5")
    other = declared.resources[Address("zoom-main", "user", "0123")]
    assert other.resource == User(
        email="s2@example.edu",
        license="basic",
        company="U",
        location="S",
        department="S",
        cost_center="S",
        job_title="T",
    )


REFERENCES = [
    ("members: [s1]", Members(("zoom-main/user/s1",))),
    ("members: [S1, zoom-main/user/s2]", Members(("zoom-main/user/s1", "zoom-main/user/s2"))),
    ("members: {exactly: [caf\u00c9]}", Members(("zoom-main/user/caf%c3%a9",), exactly=True)),
    ("members: [zoom-main/user/caf%c3%a9]", Members(("zoom-main/user/caf%c3%a9",))),
    ("members: {at_least: [old]}", Members(("zoom-main/user/s2",))),
    ("members: []", Members(())),
]


@pytest.mark.parametrize(("line", "members"), REFERENCES)
def test_references_become_addresses(tmp_path: Path, line: str, members: Members) -> None:
    people = """\
users:
  s1: {email: s1@example.edu}
  s2: {email: s2@example.edu, lifecycle: {previously: [Old]}}
  Caf\u00e9: {email: c@example.edu}
"""
    declared = declare(tmp_path, {PEOPLE: f"{people}groups:\n  g: {{{line}}}\n"})
    assert declared.resources[Address("zoom-main", "group", "g")].resource == Group(members=members)


def test_a_family_is_not_one_meeting() -> None:
    found = Names({}, frozenset())
    found.add_family(Address("z", "course_meeting", "bio"))
    found.add_family(Address("z", "course_meeting", "bio"), "old")
    found.add(Address("z", "course_meeting", "bio/1"))
    assert found.find("bio/1", "z", "course_meeting") == "z/course_meeting/bio/1"
    for name in ("bio", "old"):
        dead = found.find(name, "z", "course_meeting")
        assert isinstance(dead, Dead)
        assert "is a family" in dead.what
        assert f"{name}/1" in dead.remedy


def test_references_to_an_unread_kind_are_taken_at_their_word(tmp_path: Path) -> None:
    source = "  from: [{csv: r.csv, columns: {name: ID, email: Mail}, expect: {min_rows: 2}}]\n"
    files = {
        PEOPLE: f"users:\n{source}groups:\n  g: {{members: [S1, s7]}}\n",
        "zoom-main/r.csv": "ID,Mail\ns1,s1@example.edu\n",
    }
    declared = declare(tmp_path, files)
    assert declared.unread.keys() == {("zoom-main", "user")}
    group = declared.resources[Address("zoom-main", "group", "g")].resource
    assert group == Group(members=Members(("zoom-main/user/s1", "zoom-main/user/s7")))


def test_a_file_that_cannot_be_read_makes_no_dead_references(tmp_path: Path) -> None:
    files = {PEOPLE: "users:\n\ts1: {}\n", "zoom-main/g.yaml": "groups: {g: {members: [s1]}}\n"}
    assert len(told(tmp_path, files)) == 1


def test_renames(tmp_path: Path) -> None:
    files = {
        **meetings(meeting("course: bio101", "lifecycle: {previously: [Bio 1]}", schedule=TWICE)),
        PEOPLE: "users:\n  s1: {email: s1@example.edu, lifecycle: {previously: [a, b]}}\n",
        "zoom-lti/more.yaml": "approved_domains: {d: {domain: https://d.ed, lifecycle: {previously: [e]}}}\n",
    }
    declared = declare(tmp_path, files)
    assert {str(old): str(new) for old, new in declared.previously.items()} == {
        "zoom-main/user/a": "zoom-main/user/s1",
        "zoom-main/user/b": "zoom-main/user/s1",
        "zoom-lti/approved_domain/lti-2026.e": "zoom-lti/approved_domain/lti-2026.d",
        "zoom-main/course_meeting/bio%201/1": "zoom-main/course_meeting/bio/1",
        "zoom-main/course_meeting/bio%201/2": "zoom-main/course_meeting/bio/2",
        "zoom-lti/course_link/bio%201/1": "zoom-lti/course_link/bio/1",
        "zoom-lti/course_link/bio%201/2": "zoom-lti/course_link/bio/2",
    }


def test_a_long_rule_is_split_and_numbered(tmp_path: Path) -> None:
    rule = (WEEKLY % "2028-06-30").replace("[mon]", "[mon, tue, wed]")
    declared = declare(tmp_path, meetings(meeting(schedule=rule)))
    assert names(declared, "course_meeting") == [f"zoom-main/bio/{number}" for number in range(1, 6)]


LTI = "zoom-lti/lti.yaml"
OTHER_LTI = "  zoom-east: {driver: zoom_lti_pro, zoom: zoom-main, credential: east}\n"


def test_via_chooses_among_several(tmp_path: Path) -> None:
    files = {
        **meetings(meeting("course: {name: bio101, via: Zoom-East}")),
        "reconciler.yaml": BASE["reconciler.yaml"] + OTHER_LTI,
        "zoom-east/lti.yaml": "lti_credentials: {east: {key: a}}\napproved_domains: {c: {domain: "
        "https://canvas.example.edu}}\n",
    }
    assert names(declare(tmp_path, files), "course_link") == ["zoom-east/bio/1"]


def test_one_domain_under_two_credentials(tmp_path: Path) -> None:
    lti = f"{BASE[LTI]}  moodle: {{domain: https://moodle.example.edu, credential: LTI-2027}}\n"
    lti = lti.replace("lti_credentials:\n", "lti_credentials:\n  lti-2027: {key: b}\n")
    more = {
        "zoom-lti/next.yaml": "approved_domains: {defaults: {credential: lti-2027}, entries: {canvas: {}}}\n"
    }
    declared = declare(tmp_path, {LTI: lti, **more})
    assert names(declared, "approved_domain") == [
        f"zoom-lti/{name}" for name in ("lti-2026.canvas", "lti-2027.canvas", "lti-2027.moodle")
    ]


def test_the_order_of_files_is_irrelevant(tmp_path: Path) -> None:
    first = declare(tmp_path / "one", {PEOPLE: "users: {s1: {email: a@x.edu}, s2: {email: b@x.edu}}\n"})
    second = declare(tmp_path / "two", {PEOPLE: "users: {s2: {email: b@x.edu}, s1: {email: a@x.edu}}\n"})
    assert list(first.resources) == list(second.resources)
