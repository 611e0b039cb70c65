"""Resolving: layers, references, families and links, renames, and what is refused before anything is read."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.errors import ConfigError, Where
from reconciler.model import Access, Address, Declared
from reconciler.resources.base import Members
from reconciler.resources.course_link import CourseLink
from reconciler.resources.course_meeting import CourseMeeting, Series
from reconciler.resources.group import Group
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.user import User
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from reconciler.stages.resolve.names import Dead, Names
from tests.unit.desired_samples import (
    BASE,
    CAPABILITIES,
    COMPANIONS,
    DRIVERS,
    SETTINGS,
    ZOOM,
    declare,
    offer,
    problems,
    write_folder,
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
        "reconciler.yaml": str(BASE["reconciler.yaml"]).replace(
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
        "license": "reconciler.yaml:3:92",
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


DEAD = [
    ("members: [s1, s22]", "4:17: `members`: there is no user `s22` in zoom-main | did you mean `s2`?"),
    ("members: {exactly: [x]}", "4:23: `members`: there is no user `x` in zoom-main | known are s1, s2"),
    ("members: [zoom-main/group/g]", "4:13: `members`: `zoom-main/group/g` is a group, a user is needed"),
    ("members: [zoom-lti/user/s1]", "4:13: `members`: there is no user `zoom-lti/user/s1` in zoom-lti"),
    ("members: [a/b]", "4:13: `members`: there is no user `a/b` in zoom-main"),
    ("members: [s1, S1]", "4:3: `members`: an element stands twice: zoom-main/user/s1"),
    ("members: s1", "4:3: `members`: a collection is a list of names"),
    ("members: ['${env:A}']", "4:13: `${...}` may stand only where a secret is asked for"),
]


@pytest.mark.parametrize(("line", "what"), DEAD)
def test_references_that_lead_nowhere(tmp_path: Path, line: str, what: str) -> None:
    people = f"{BASE[PEOPLE]}groups:\n  g:\n    {line}\n"
    files = {PEOPLE: str(BASE[PEOPLE]), "zoom-main/groups.yaml": f"groups:\n\n g:\n  {line}\n"}
    assert people
    assert [text.startswith(f"zoom-main/groups.yaml:{what}") for text in told(tmp_path, files)] == [True]


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
        "zoom-lti/more.yaml": "approved_domains:\n  d: {domain: https://d.edu, lifecycle: {previously: [e]}}\n",
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


USERS = [
    ("a: {email: a@x.edu, lifecycle: {previously: [s1]}}", "the previous name `s1` is still declared, at"),
    ("a: {email: a@x.edu, lifecycle: {previously: [a]}}", "`a` stands twice, or is the name itself"),
    (
        "a: {email: a@x.edu, lifecycle: {previously: [o]}}\n  b: {email: b@x.edu, lifecycle: {previously: [O]}}",
        "the previous name `o` is claimed already, at",
    ),
    (
        "a: {email: a@x.edu, lifecycle: {previously: [b]}}\n  b: {email: b@x.edu, lifecycle: {previously: [a]}}",
        "`a` and `b` name each other as previous: a circle",
    ),
    (
        "S1: {email: a@x.edu}",
        f"`s1` stands twice (names are compared without case); the first is at {PEOPLE}:2:3",
    ),
    ("a: {email: S1@example.edu}", f"the e-mail of s1 ({PEOPLE}:2:8) stands here again"),
    ("a: {email: a@x.edu, groups: [g]}", "users have no field `groups`"),
    ("a: {emial: a@x.edu}", "users have no field `emial` | did you mean `email`?"),
    ("a: {first_name: A}", "`email` is missing; the driver `zoom` needs it"),
    ("a: {email: ~}", "`email` cannot be cleared"),
    ("a: {email: ''}", "`email`: not an e-mail address"),
    ("a: {email: {x: y}}", "`email` is a text"),
    ("a: {email: a@x.edu, license: licenced}", "`license` cannot be `licenced` | did you mean `licensed`?"),
    ("a: {email: a@x.edu, license: [basic]}", "`license` cannot be a list | known are basic"),
    ("a: {email: a@x.edu, active: on}", "`active`: expected true or false, got 'on'"),
    (f"a: {{email: a@x.edu, first_name: {'x' * 65}}}", "`first_name` is longer than 64 characters"),
    ("a: {email: a@x.edu, department: 'x ${env:A}'}", "`${...}` may stand only where a secret is asked for"),
    ("a: {email: a@x.edu, lifecycle: keep}", "`lifecycle` is a mapping"),
    ("a: {email: a@x.edu, lifecycle: {protect: yes}}", "`protect`: expected true or false, got 'yes'"),
    (
        "a: {email: a@x.edu, lifecycle: {protct: true}}",
        "`protct` is not known here | did you mean `protect`?",
    ),
    (
        "a: {email: a@x.edu, lifecycle: {release: true}}",
        "`lifecycle.release` (releasing entries) is not supported",
    ),
    ("'': {email: a@x.edu}", "the name is empty"),
]


@pytest.mark.parametrize(("entry", "what"), USERS)
def test_people_are_refused(tmp_path: Path, entry: str, what: str) -> None:
    found = told(tmp_path, {PEOPLE: f"{BASE[PEOPLE]}  {entry}\n"})
    assert any(what in text for text in found), found
    assert all(" | " in text for text in found)


REFUSED_MEETINGS = [
    (
        meeting(schedule="schedule: {term: fall}"),
        "4:5: `schedule`: `term` (terms and timetables) is not supported",
    ),
    (meeting(schedule=ONCE.replace("50", "fifty")), "4:49: `minutes` is a whole number"),
    (meeting(schedule=ONCE.replace("50", "0")), "4:49: `minutes` is less than 1"),
    (meeting(schedule=ONCE.replace("50", "5000")), "4:49: `minutes` is more than 1440"),
    (
        meeting(schedule=ONCE.replace("timezone", "timezon")),
        "4:62: `timezon` is not known here | did you mean",
    ),
    (
        meeting(schedule=ONCE.replace("New_York", "York")),
        "`timezone`: no such time zone: 'America/York' | write",
    ),
    (meeting(schedule=ONCE.replace("T10:00", "T25:00")), "4:24: `dates`: hour must be in 0..23"),
    (meeting(schedule="schedule: {dates: [], minutes: 5, timezone: Europe/Rome}"), "`dates` is empty"),
    (meeting(schedule=WEEKLY % "tomorrow"), "`until` is a date | write it as 2026-09-07"),
    (meeting(schedule=WEEKLY % "2026-08-01"), "`until` lies before `from`"),
    (meeting(schedule=WEEKLY % "2062-09-01"), "the rule runs for more than 5 years"),
    (meeting(schedule=WEEKLY % "2026-09-02"), "no day lies in this schedule"),
    (meeting(schedule=(WEEKLY % "2026-12-01").replace("mon", "monday")), "`days` cannot be `monday`"),
    (meeting("alternative_hosts: [s2, s1]"), "`alternative_hosts` names the host"),
    (meeting() + meeting(name="twin"), f"7:3: host, topic and schedule are those of bio, at {MEETINGS}:2:3"),
    (meeting("tracking_fields: {Unit: '${env:A}'}"), "5:23: `${...}` may stand only where"),
    (meeting("course: bio102"), "5:5: `course`: there is no course `bio102` | did you mean `bio101`?"),
    (
        meeting("course: {name: bio101, via: zoom-x}"),
        "5:28: `zoom-x` links no meetings of zoom-main | write one of",
    ),
    (meeting("course: {via: zoom-lti}"), "5:5: `name` is missing"),
    (meeting("course: ~"), "5:5: `course` is a mapping"),
    ("  bio: {topic: ~}\n", "2:9: `topic` cannot be cleared"),
]


@pytest.mark.parametrize(("text", "what"), REFUSED_MEETINGS)
def test_meetings_are_refused(tmp_path: Path, text: str, what: str) -> None:
    found = told(tmp_path, meetings(text))
    assert any(what in item for item in found), found
    assert all(" | " in item for item in found)


def test_a_long_rule_is_split_and_numbered(tmp_path: Path) -> None:
    rule = (WEEKLY % "2028-06-30").replace("[mon]", "[mon, tue, wed]")
    declared = declare(tmp_path, meetings(meeting(schedule=rule)))
    assert names(declared, "course_meeting") == [f"zoom-main/bio/{number}" for number in range(1, 6)]


LTI = "zoom-lti/lti.yaml"
OTHER_LTI = "  zoom-east: {driver: zoom_lti_pro, zoom: zoom-main, credential: east}\n"
LINKS = [
    ({"courses.yaml": "courses: {bio101: {title: B}}\n"}, "courses.yaml:1:11: `context_id` is missing"),
    (
        {"courses.yaml": "courses: {bio101: {context_id: a, domain: https://d2l.edu}}\n"},
        "`https://d2l.edu` is not an approved domain of the credential lti-2026 of zoom-lti | add below "
        "`approved_domains:` of zoom-lti: `bio101: {domain: https://d2l.edu}`",
    ),
    (
        {"courses.yaml": "courses: {bio101: {context_id: a, domain: https://canvas.example.edu/}}\n"},
        "`https://canvas.example.edu/` is not an approved domain of the credential lti-2026 of zoom-lti | write "
        "https://canvas.example.edu",
    ),
    ({LTI: "lti_credentials: {lti-2025: {key: a}}\n"}, "`credential`: there is no lti_credential `lti-2026`"),
    (
        {"reconciler.yaml": str(BASE["reconciler.yaml"]) + OTHER_LTI},
        "several targets link meetings of zoom-main: zoom-lti, zoom-east | write `course: {name: bio101, via:",
    ),
    (
        {
            "reconciler.yaml": "\n".join(str(BASE["reconciler.yaml"]).splitlines()[:3]),
            LTI: "courses: {a: {title: A}}",
        },
        "no target links meetings of zoom-main | add a target",
    ),
]


@pytest.mark.parametrize(("files", "what"), LINKS)
def test_what_a_link_needs_is_named(tmp_path: Path, files: dict[str, str], what: str) -> None:
    found = told(tmp_path, {**meetings(meeting("course: bio101")), **files})
    assert any(what in text for text in found), found


def test_via_chooses_among_several(tmp_path: Path) -> None:
    files = {
        **meetings(meeting("course: {name: bio101, via: Zoom-East}")),
        "reconciler.yaml": str(BASE["reconciler.yaml"]) + OTHER_LTI,
        "zoom-east/lti.yaml": "lti_credentials: {east: {key: a}}\napproved_domains: {c: {domain: "
        "https://canvas.example.edu}}\n",
    }
    assert names(declare(tmp_path, files), "course_link") == ["zoom-east/bio/1"]


def test_one_domain_under_two_credentials(tmp_path: Path) -> None:
    lti = f"{BASE[LTI]}  moodle: {{domain: https://moodle.example.edu, credential: LTI-2027}}\n"
    lti = lti.replace("lti_credentials:\n", "lti_credentials:\n  lti-2027: {key: b}\n")
    more = {
        "zoom-lti/next.yaml": "approved_domains:\n  defaults: {credential: lti-2027}\n  entries: {canvas: {}}\n"
    }
    declared = declare(tmp_path, {LTI: lti, **more})
    assert names(declared, "approved_domain") == [
        f"zoom-lti/{name}" for name in ("lti-2026.canvas", "lti-2027.canvas", "lti-2027.moodle")
    ]


def test_a_secret_in_plain_text_is_not_shown(tmp_path: Path) -> None:
    for value in ("hunter2", "[hunter2]", "x${env:hunter2}"):
        found = told(tmp_path, {LTI: str(BASE[LTI]).replace('"${env:LTI_SECRET}"', f'"{value}"')})
        assert [
            f"{LTI}:2:67: `secret`: a secret in plain text is refused | write a" in text for text in found
        ] == [True]
        assert "hunter2" not in found[0]
    assert LtiCredential.later["successor"]


TARGETS = [
    ("plan: education", "plan: eductaion", "`plan` cannot be `eductaion` | did you mean `education`?"),
    (
        "client_id: b",
        "client_idd: b",
        "the driver `zoom` has no setting `client_idd` | did you mean `client_id`?",
    ),
    ("client_id: b, ", "", "the target zoom-main has no `client_id`; the driver `zoom` needs it | add"),
    (
        '"${env:ZOOM_SECRET}"',
        "hunter2",
        "`client_secret` is a secret in plain text; it is in the version history",
    ),
    ("driver: zoom,", "driver: zom,", "there is no driver `zom` | did you mean `zoom`?"),
    (
        "zoom: zoom-main",
        "zoom: zoom-mian",
        "`zoom`: no target is named `zoom-mian` | did you mean `zoom-main`?",
    ),
    ("zoom: zoom-main", "zoom: zoom-lti", "in a circle: zoom-lti -> zoom-lti"),
    ("zoom: zoom-main", 'zoom: "${env:A}"', "`zoom` names a target | write its name"),
    (
        "zoom: zoom-main",
        "zoom: zoom-main, prune: [user]",
        "`prune` names user, which the driver `zoom_lti_pro`",
    ),
]


@pytest.mark.parametrize(("old", "new", "what"), TARGETS)
def test_targets_are_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    settings = str(BASE["reconciler.yaml"]).replace("client_id: b", "client_id: b, plan: education")
    folder = write_folder(tmp_path, {**BASE, "reconciler.yaml": settings.replace(old, new)})
    known = {
        name: found for name, found in SETTINGS.items() if not new.startswith("driver") or name != "zoom-main"
    }
    with pytest.raises(ConfigError) as caught:
        resolve(load(folder, "default"), CAPABILITIES, known, companions=COMPANIONS, drivers=DRIVERS)
    found = [str(problem).replace("\n    ", " | ") for problem in caught.value.problems]
    assert any(text.startswith("reconciler.yaml:") and what in text for text in found), found
    assert "hunter2" not in "".join(found)


def test_what_a_driver_does_not_offer_is_refused_once_per_column(tmp_path: Path) -> None:
    files = {
        PEOPLE: "users:\n  from: [{csv: r.csv, columns: {name: ID, email: Mail, company: C}}]\n"
        "  defaults: {location: L}\n  entries: {a: {job_title: J}}\n",
        "zoom-main/r.csv": "ID,Mail,C\na,a@x.edu,U\nb,b@x.edu,U\nc,c@x.edu,U\n",
        "zoom-lti/users.yaml": "groups: {a: {}, b: {}}\n",
    }
    users = offer("user", ["email"], job_title=Access.READ)
    kept = {name: access for name, access in users.fields.items() if name not in ("company", "location")}
    narrow = {
        **CAPABILITIES,
        "zoom-main": {**ZOOM, "user": type(users)("user", users.verbs, kept, users.required)},
    }
    with pytest.raises(ConfigError) as caught:
        documents = load(write_folder(tmp_path, {**BASE, **files}), "default")
        resolve(documents, narrow, SETTINGS, companions=COMPANIONS, drivers=DRIVERS)
    assert [str(problem).split("\n")[0] for problem in caught.value.problems] == [
        "zoom-lti/users.yaml:1:10: the driver `zoom_lti_pro` of zoom-lti has no groups",
        f"{PEOPLE}:3:14: the driver `zoom` of zoom-main does not offer `location` for users",
        f"{PEOPLE}:4:17: `job_title` is only read by the driver `zoom` of zoom-main, it cannot be set",
        "zoom-main/r.csv:2:1: the driver `zoom` of zoom-main does not offer `company` for users",
    ]


def test_the_order_of_files_is_irrelevant(tmp_path: Path) -> None:
    first = declare(tmp_path / "one", {PEOPLE: "users: {s1: {email: a@x.edu}, s2: {email: b@x.edu}}\n"})
    second = declare(tmp_path / "two", {PEOPLE: "users: {s2: {email: b@x.edu}, s1: {email: a@x.edu}}\n"})
    assert list(first.resources) == list(second.resources)
