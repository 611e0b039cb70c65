"""What resolve refuses: which place it names, what it says is wrong, and what it tells people to do."""

from pathlib import Path

import pytest

from reconciler.errors import ConfigError
from reconciler.model import Access
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from tests.unit.desired_samples import (
    BASE,
    CAPABILITIES,
    COMPANIONS,
    DRIVERS,
    SETTINGS,
    ZOOM,
    offer,
    write_folder,
)
from tests.unit.test_resolve import LTI, MEETINGS, ONCE, OTHER_LTI, PEOPLE, WEEKLY, meeting, meetings, told

CANVAS = "https://canvas.example.edu"
APPROVED = "is not an approved domain of the credential lti-2026 of zoom-lti"


def place_of(text: str, part: str) -> str:
    """Line and column of a part of a text."""
    before = text[: text.index(part)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def person(name: str, previously: str) -> str:
    """A line that declares a person with a previous name."""
    return f"{name}: {{email: {name}@x.edu, lifecycle: {{previously: [{previously}]}}}}"


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
    files = {PEOPLE: BASE[PEOPLE], "zoom-main/groups.yaml": f"groups:\n\n g:\n  {line}\n"}
    assert [text.startswith(f"zoom-main/groups.yaml:{what}") for text in told(tmp_path, files)] == [True]


USERS = [
    (person("a", "s1"), "the previous name `s1` is still declared, at"),
    (person("a", "a"), "`a` stands twice, or is the name itself"),
    (person("a", "o") + "\n  " + person("b", "O"), "the previous name `o` is claimed already, at"),
    (person("a", "b") + "\n  " + person("b", "a"), "`a` and `b` name each other as previous: a circle"),
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
    ("a: {email: a@x.edu, license: [basic]}", "`license` cannot be a list | known are none"),
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
        "a: {email: a@x.edu, lifecycle: {ignore: [departmnt]}}",
        "`ignore`: users have no field `departmnt` | did you mean `department`?",
    ),
]


@pytest.mark.parametrize(("entry", "what"), USERS)
def test_people_are_refused(tmp_path: Path, entry: str, what: str) -> None:
    found = told(tmp_path, {PEOPLE: f"{BASE[PEOPLE]}  {entry}\n"})
    assert any(what in text for text in found), found
    assert all(" | " in text for text in found)


REFUSED_MEETINGS = [
    (meeting(schedule=ONCE.replace("50", "fifty")), "minutes", "`minutes` is a whole number"),
    (meeting(schedule=ONCE.replace("50", "0")), "minutes", "`minutes` is less than 1"),
    (meeting(schedule=ONCE.replace("50", "5000")), "minutes", "`minutes` is more than 1440"),
    (
        meeting(schedule=ONCE.replace("timezone", "timezon")),
        "timezon",
        "`timezon` is not known here | did you",
    ),
    (meeting(schedule=ONCE.replace("timezone", "timezon")), "schedule", "`timezone` is missing"),
    (
        meeting(schedule=ONCE.replace("New_York", "York")),
        "timezone",
        "`timezone`: no such time zone: 'America/York'",
    ),
    (meeting(schedule=ONCE.replace("T10:00", "T25:00")), '"2026', "`dates`: hour must be in 0..23"),
    (meeting(schedule=ONCE.replace('"2026-09-07T10:00"', "")), "dates", "`dates` is empty"),
    (meeting(schedule=WEEKLY % "tomorrow"), "until", "`until` is a date | write it as 2026-09-07"),
    (meeting(schedule=WEEKLY % "2026-08-01"), "until", "`until` lies before `from`"),
    (meeting(schedule=WEEKLY % "2062-09-01"), "until", "the rule runs for more than 5 years"),
    (meeting(schedule=WEEKLY % "2026-09-02"), "schedule", "no day lies in this schedule"),
    (
        meeting(schedule=(WEEKLY % "2026-12-01").replace("mon", "monday")),
        "monday",
        "`days` cannot be `monday`",
    ),
    (meeting("alternative_hosts: [s2, s1]"), "alternative", "`alternative_hosts` names the host"),
    (
        meeting() + meeting(name="twin"),
        "twin",
        f"host, topic and schedule are those of bio, at {MEETINGS}:2:3",
    ),
    (meeting("tracking_fields: {Unit: '${env:A}'}"), "Unit", "`${...}` may stand only where"),
    (meeting("course: bio102"), "course:", "`course`: there is no course `bio102` | did you mean `bio101`?"),
    (
        meeting("course: {name: bio101, via: zoom-x}"),
        "via",
        "`zoom-x` links no meetings of zoom-main | write",
    ),
    (meeting("course: {via: zoom-lti}"), "course:", "`name` is missing"),
    (meeting("course: ~"), "course:", "`course` cannot be cleared"),
    ("  bio: {topic: ~}\n", "topic", "`topic` cannot be cleared"),
    ("  bio: {topic: ~}\n", "bio", "`host` is missing; the driver `zoom` needs it"),
]


@pytest.mark.parametrize(("text", "at", "what"), REFUSED_MEETINGS)
def test_meetings_are_refused(tmp_path: Path, text: str, at: str, what: str) -> None:
    files = meetings(text)
    place = place_of(files[MEETINGS].replace("course_", "_______", 1), at)
    found = told(tmp_path, files)
    assert any(item.startswith(f"{MEETINGS}:{place}: {what}") for item in found), found
    assert all(" | " in item for item in found)


LINKS = [
    ({"courses.yaml": "courses: {bio101: {title: B}}\n"}, "courses.yaml:1:11: `context_id` is missing"),
    (
        {"courses.yaml": "courses: {bio101: {context_id: a, domain: https://d2l.edu}}\n"},
        f"`https://d2l.edu` {APPROVED} | add below `approved_domains:` of zoom-lti: "
        "`bio101: {domain: https://d2l.edu}`",
    ),
    (
        {"courses.yaml": f"courses: {{bio101: {{context_id: a, domain: {CANVAS}/}}}}\n"},
        f"`{CANVAS}/` {APPROVED} | write {CANVAS}",
    ),
    ({LTI: "lti_credentials: {lti-2025: {key: a}}\n"}, "`credential`: there is no lti_credential `lti-2026`"),
    (
        {"reconciler.yaml": BASE["reconciler.yaml"] + OTHER_LTI},
        "several targets link meetings of zoom-main: zoom-lti, zoom-east | write `course: {name: bio101,",
    ),
    (
        {
            "reconciler.yaml": "\n".join(BASE["reconciler.yaml"].splitlines()[:3]),
            LTI: "courses: {a: {title: A}}",
        },
        "no target links meetings of zoom-main | add a target",
    ),
]


@pytest.mark.parametrize(("files", "what"), LINKS)
def test_what_a_link_needs_is_named(tmp_path: Path, files: dict[str, str], what: str) -> None:
    found = told(tmp_path, {**meetings(meeting("course: bio101")), **files})
    assert any(what in text for text in found), found


def test_a_secret_in_plain_text_is_not_shown(tmp_path: Path) -> None:
    for value in ("hunter2", "[hunter2]", "x${env:hunter2}"):
        found = told(tmp_path, {LTI: BASE[LTI].replace('"${env:LTI_SECRET}"', f'"{value}"')})
        assert [
            f"{LTI}:2:67: `secret`: a secret in plain text is refused | write a" in text for text in found
        ] == [True]
        assert "hunter2" not in found[0]


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
    settings = BASE["reconciler.yaml"].replace("client_id: b", "client_id: b, plan: education")
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
