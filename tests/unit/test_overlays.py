"""Overlays of an environment: what they lay over, what they add and take out, and what is said about both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ConfigError
from reconciler.model import Address, Declared, Documents
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.user import User
from reconciler.settings import Guards, Schedule
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from tests.unit.desired_samples import (
    BASE,
    CAPABILITIES,
    COMPANIONS,
    DRIVERS,
    LTI,
    LTI_SETTINGS,
    SETTINGS,
    write_folder,
)

PROD = "environments/prod/"
PEOPLE = "zoom-main/people.yaml"
MEETINGS = "zoom-main/meetings.yaml"
SETTING = "reconciler.yaml"
FULL = """\
users:
  from: [{csv: roster.csv, columns: {name: ID, email: Mail}}]
  defaults: {license: basic, lifecycle: {protect: true}}
  entries:
    s1: {location: Here, department: Biology}
"""
ROSTER = {"zoom-main/roster.csv": "ID,Mail\ns1,s1@example.edu\ns2,s2@example.edu\n"}
MEETING = """\
course_meetings:
  bio:
    topic: BIO
    host: s1
    alternative_hosts: [s2]
    tracking_fields: {Department: Biology, Campus: North}
    schedule: {days: [mon], start: "10:00", minutes: 50, from: 2026-09-01, until: 2026-09-30, timezone: UTC}
"""


def read(root: Path, files: Mapping[str, str], environment: str = "prod") -> Documents:
    """BASE and these files as this environment has them, not yet resolved."""
    return load(write_folder(root, {**BASE, **files}), environment)


def declare(root: Path, files: Mapping[str, str], environment: str = "prod") -> Declared:
    """BASE and these files as this environment has them."""
    documents = read(root, files, environment)
    targets = documents.settings.targets
    return resolve(
        documents,
        {name: CAPABILITIES.get(name, LTI) for name in targets},
        {name: SETTINGS.get(name, LTI_SETTINGS) for name in targets},
        companions=COMPANIONS,
        drivers=DRIVERS,
    )


def told(root: Path, files: Mapping[str, str], environment: str = "prod") -> list[str]:
    """What is wrong with BASE and these files, each on one line."""
    try:
        declare(root, files, environment)
    except ConfigError as error:
        return [str(problem).replace("\n    ", " | ") for problem in error.problems]
    return []


def user(declared: Declared, name: str) -> Any:
    """A person."""
    return declared.resources[Address("zoom-main", "user", name)]


def names(declared: Declared, kind: str = "user") -> list[str]:
    """The names of one kind."""
    return [address.name for address in declared.resources if address.kind == kind]


def test_fields_lie_over_one_another(tmp_path: Path) -> None:
    over = """\
users:
  defaults: {license: licensed, company: P, lifecycle: {on_gone: recreate}}
  entries:
    S1: {department: Physics, lifecycle: {protect: false}}
    s3: {email: s3@example.edu}
"""
    declared = declare(tmp_path, {**ROSTER, PEOPLE: FULL, PROD + PEOPLE: over})
    first = user(declared, "s1")
    assert first.resource == User(
        email="s1@example.edu", license="licensed", company="P", location="Here", department="Physics"
    )
    assert (first.lifecycle.protect, first.lifecycle.on_gone) == (False, "recreate")
    assert {name: str(first.place(name)) for name in ("email", "license", "location", "department")} == {
        "email": "zoom-main/roster.csv:2:1",
        "license": "environments/prod/zoom-main/people.yaml:2:14",
        "location": "zoom-main/people.yaml:5:10",
        "department": "environments/prod/zoom-main/people.yaml:4:10",
    }
    assert str(first.place("lifecycle.on_gone")) == "environments/prod/zoom-main/people.yaml:2:57"
    assert str(first.place("lifecycle.protect")) == "environments/prod/zoom-main/people.yaml:4:43"
    assert (str(first.where), first.source) == ("zoom-main/people.yaml:5:5", "zoom-main/roster.csv")
    assert user(declared, "s2").resource.license == "licensed"
    assert str(user(declared, "s3").where) == "environments/prod/zoom-main/people.yaml:5:5"


def test_mappings_merge_and_lists_replace(tmp_path: Path) -> None:
    over = """\
course_meetings:
  bio:
    alternative_hosts: []
    tracking_fields: {Campus: South}
    schedule: {start: "11:00", days: [tue, wed]}
"""
    declared = declare(tmp_path, {MEETINGS: MEETING, PROD + MEETINGS: over})
    item = declared.resources[Address("zoom-main", "course_meeting", "bio/1")]
    meeting = item.resource
    assert isinstance(meeting, CourseMeeting)
    assert meeting.tracking_fields == {"Department": "Biology", "Campus": "South"}
    assert getattr(meeting.alternative_hosts, "elements", None) == ()
    assert getattr(meeting.schedule, "occurrences", ())[:2] == ("2026-09-01T11:00 50", "2026-09-02T11:00 50")
    assert {path: str(item.place(path)) for path in ("schedule.start", "schedule.minutes", "topic")} == {
        "schedule.start": f"{PROD}{MEETINGS}:5:16",
        "schedule.minutes": f"{MEETINGS}:7:45",
        "topic": f"{MEETINGS}:3:5",
    }


def test_a_schedule_of_another_form_takes_over_whole(tmp_path: Path) -> None:
    over = 'course_meetings: {bio: {schedule: {dates: ["2026-09-07T10:00"]}}}\n'
    declared = declare(tmp_path / "one", {MEETINGS: MEETING, PROD + MEETINGS: over})
    assert names(declared, "course_meeting") == ["bio/1"]
    once = MEETING.replace("days: [mon]", 'dates: ["2026-09-07T10:00"]').replace('start: "10:00", ', "")
    once = once.replace("from: 2026-09-01, until: 2026-09-30, ", "")
    weekly = "{days: [mon], start: '09:00', from: 2026-09-01, until: 2026-09-09}"
    over = f"course_meetings: {{bio: {{schedule: {weekly}}}}}\n"
    declared = declare(tmp_path / "two", {MEETINGS: once, PROD + MEETINGS: over})
    assert names(declared, "course_meeting") == ["bio/1"]


def test_collections_replace_whole(tmp_path: Path) -> None:
    groups = "zoom-main/groups.yaml"
    files = {groups: "groups: {g: {members: {at_least: [s1]}}}\n"}
    over = {PROD + groups: "groups: {g: {members: {exactly: [s2]}}}\n"}
    item = declare(tmp_path, {**files, **over}).resources[Address("zoom-main", "group", "g")]
    assert getattr(item.resource, "members").plain() == {"exactly": ("zoom-main/user/s2",)}  # noqa: B009


def test_the_overlay_s_source_is_read_instead(tmp_path: Path) -> None:
    over = "users: {from: [{csv: roster.csv, columns: {name: ID, email: E}}]}\n"
    files = {PEOPLE: FULL, PROD + PEOPLE: over, PROD + "zoom-main/roster.csv": "ID,E\ns1,p@x.edu\n"}
    documents = read(tmp_path, files)
    assert documents.problems == ()
    assert "zoom-main/roster.csv" not in documents.files
    assert user(declare(tmp_path, files), "s1").resource.email == "p@x.edu"
    none = {PEOPLE: FULL, PROD + PEOPLE: "users: {from: [], entries: {s1: {email: a@x.edu}}}\n"}
    assert names(declare(tmp_path / "two", none)) == ["s1"]


def test_a_source_in_the_overlay_that_nobody_reads_is_told(tmp_path: Path) -> None:
    files = {**ROSTER, PEOPLE: FULL, PROD + "zoom-main/roster.csv": "ID,Mail\ns1,p@x.edu\n"}
    assert told(tmp_path, files) == [
        "environments/prod/zoom-main/roster.csv:1:1: nothing reads this file; zoom-main/roster.csv is read"
        " instead of it | name it in `from:` of the overlay's section, which replaces the whole `from:`"
    ]


def test_entries_are_taken_out_and_added(tmp_path: Path) -> None:
    over = "users:\n  S1: {absent: true}\n  s9: {email: s9@example.edu}\n"
    more = {PROD + "zoom-main/more.yaml": "groups: {g: {members: [s9]}}\n"}
    assert names(declare(tmp_path / "entry", {PROD + PEOPLE: over, **more})) == ["s2", "s9"]
    from_roster = {**ROSTER, PEOPLE: FULL, PROD + PEOPLE: "users: {s2: {absent: true}}\n"}
    assert names(declare(tmp_path / "row", from_roster)) == ["s1"]


def test_a_file_that_mirrors_none_lays_its_entries_over_too(tmp_path: Path) -> None:
    over = {PROD + "zoom-main/more.yaml": "users: {s1: {license: basic}}\n"}
    found = user(declare(tmp_path, over), "s1")
    assert found.resource == User(email="s1@example.edu", license="basic")


def test_a_qualified_name_need_not_repeat_its_qualifier(tmp_path: Path) -> None:
    lti = "zoom-lti/lti.yaml"
    base = BASE[lti].replace("lti_credentials:\n", "lti_credentials:\n  lti-2027: {key: b}\n")
    base += "  moodle: {domain: https://moodle.example.edu, credential: lti-2027}\n"
    over = "approved_domains:\n  moodle: {domain: https://m.example.edu}\n  canvas: {absent: true}\n"
    declared = declare(tmp_path, {lti: base, PROD + lti: over})
    assert names(declared, "approved_domain") == ["lti-2027.moodle"]
    (domain,) = (item for item in declared.resources.values() if item.address.kind == "approved_domain")
    assert getattr(domain.resource, "domain") == "https://m.example.edu"  # noqa: B009


REFUSED = [
    ("users: {s9: {absent: true}}", "1:9: there is no user `s9` to take out | known are s1, s2"),
    ("users: {s1: {absent: false}}", "1:14: `absent` is true or not there | write true, or take it out"),
    ("users: {s1: {absent: [a]}}", "1:14: `absent` is true or not there"),
    (
        "users: {s1: {absent: true, email: a@x.edu}}",
        "1:28: `absent: true` takes the whole entry out, and `email` stands beside it | take one of them out",
    ),
    (
        "users:\n  s1: {license: basic}\n  S1: {license: none}",
        "3:3: `s1` stands twice (names are compared without case); the first is at"
        " environments/prod/zoom-main/people.yaml:2:3 | keep one, or rename one",
    ),
    (
        "users:\n  s1: {absent: true}\n  S1: {license: none}",
        "2:3: `s1` is taken out here, and has fields at environments/prod/zoom-main/people.yaml:3:3 | keep",
    ),
    ("users: {s1: {emial: a}}", "1:14: users have no field `emial` | did you mean `email`?"),
    ("users: {s1: {license: gold}}", "1:14: `license` cannot be `gold`"),
    ("users: {defaults: {license: gold}}", "1:20: `license` cannot be `gold`"),
    ("users: {s3: {license: basic}}", "1:9: `email` is missing; the driver `zoom` needs it"),
    ("groups: {g: {members: [s7]}}", "1:24: `members`: there is no user `s7` in zoom-main"),
    ("gruops: {g: {}}", "1:1: `gruops` is not a section"),
    ("users: {}", "1:1: the section `users` is empty"),
    (
        "target: zoom-lti\nusers: {s1: {license: basic}}",
        "1:1: `target` is another one than that of the file this lies over, `zoom-main` | take it out, or",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("over", "what"), REFUSED)
def test_mistakes_in_an_overlay_are_told_at_their_place(tmp_path: Path, over: str, what: str) -> None:
    lines = told(tmp_path, {PROD + PEOPLE: f"{over}\n"})
    assert any(line.startswith(f"{PROD}{PEOPLE}:{what}") for line in lines), lines


def test_absent_stands_in_overlays_only(tmp_path: Path) -> None:
    assert told(tmp_path, {PEOPLE: "users: {s1: {absent: true}}\n"}) == [
        "zoom-main/people.yaml:1:14: `absent` takes an entry out in an overlay, below environments/"
        " | delete the entry instead"
    ]


def test_nothing_is_said_of_names_that_cannot_be_known(tmp_path: Path) -> None:
    short = {"zoom-main/roster.csv": "ID,Mail\n"}
    files = {**short, PEOPLE: FULL.replace("location", "email: a@x.edu, location")}
    assert told(tmp_path, {**files, PROD + PEOPLE: "users: {s9: {absent: true}}\n"}) == []


def test_a_file_s_target_is_its_overlay_s(tmp_path: Path) -> None:
    base, over = "target: zoom-main\ngroups: {g: {}}\n", "groups: {g: {title: G}, h: {}}\n"
    declared = declare(tmp_path / "one", {"a.yaml": base, PROD + "a.yaml": over})
    assert names(declared, "group") == ["g", "h"]
    (line,) = told(tmp_path / "two", {"a.yaml": base, PROD + "a.yaml": f"target: zoom-lti\n{over}"})
    assert line == (
        "environments/prod/a.yaml:1:1: `target` is another one than that of the file this lies over,"
        " `zoom-main` | take it out, or move these sections to a file of their own"
    )


# ── which environment ────────────────────────────────────────────────────────────────────────────────────

BROKEN = {"environments/staging/zoom-main/people.yaml": "users: {s1: {emial: a}\n"}
OVER = {PROD + PEOPLE: "users: {s1: {license: basic}}\n"}


def test_other_environments_are_not_read(tmp_path: Path) -> None:
    files = read(tmp_path, {**BROKEN, **OVER}).files
    assert [file for file in files if file.startswith("environments")] == [PROD + PEOPLE]
    assert told(tmp_path, {}, "staging")


@pytest.mark.parametrize(("environment", "licence"), [("default", False), ("sandbox", False), ("prod", True)])
def test_the_environment_chooses_the_overlay(tmp_path: Path, environment: str, licence: bool) -> None:
    declared = declare(tmp_path, {**BROKEN, **OVER}, environment)
    assert (user(declared, "s1").resource.license == "basic") is licence


def test_the_sandbox_never_has_an_overlay(tmp_path: Path) -> None:
    files = {"environments/sandbox/zoom-main/people.yaml": "users: {s1: {license: basic}}\n"}
    assert "license" not in str(user(declare(tmp_path, files, "sandbox"), "s1").resource).split("OMITTED")[0]
    assert list(read(tmp_path, files, "sandbox").files) == sorted(BASE)


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [("prdo", "did you mean `prod`?"), ("nightly", "known are prod, staging"), ("../prod", "did you mean")],
)
def test_an_environment_nobody_knows(tmp_path: Path, environment: str, remedy: str) -> None:
    (line,) = told(tmp_path, {**BROKEN, **OVER}, environment)
    what = f"environments:1:1: there is no overlay for the environment `{environment}` | {remedy}"
    assert line.startswith(what)
    assert line.endswith(f"; for a new one make the folder environments/{environment}")


def test_any_environment_where_none_has_an_overlay(tmp_path: Path) -> None:
    assert told(tmp_path, {}, "prod") == []


# ── reconciler.yaml and waivers.yaml ─────────────────────────────────────────────────────────────────────

SETTINGS_BASE = """\
version: 1
targets:
  zoom-main: {driver: zoom, account_id: a, client_id: b, client_secret: "${env:S}", policy: auto}
  zoom-lti: {driver: zoom_lti_pro, zoom: zoom-main, credential: lti-2026}
guards: {removals: {floor: 5, cap: 100}, seats: {licensed: 10}}
schedule: {cron: "0 6 * * *", jitter: 90s}
"""


def test_settings_lie_over_one_another(tmp_path: Path) -> None:
    over = """\
targets:
  Zoom-Main: {account_id: prod, prune: [group], defaults: {user: {license: basic}}}
  zoom-east: {driver: zoom_lti_pro, zoom: zoom-main, credential: lti-2027}
guards: {removals: {cap: 20}}
schedule: {every: 2h}
attestations: {expire: 30d}
"""
    settings = read(tmp_path, {SETTING: SETTINGS_BASE, PROD + SETTING: over}).settings
    assert list(settings.targets) == ["zoom-main", "zoom-lti", "zoom-east"]
    target = settings.targets["zoom-main"]
    assert (target.values["account_id"], target.values["client_id"], target.policy) == ("prod", "b", "auto")
    assert target.prune == {"group"}
    assert target.defaults == {"user": {"license": "basic"}}
    assert settings.guards == Guards(removals_floor=5, removals_cap=20, seats={"licensed": 10})
    assert settings.schedule == Schedule(7200, jitter=90)
    assert settings.attestation_days == 30
    assert str(settings.targets["zoom-east"].where) == f"{PROD}{SETTING}:3:3"
    item = user(declare(tmp_path, {}), "s1")
    assert item.resource.license == "basic"
    assert str(item.place("license")) == f"{PROD}{SETTING}:2:67"


def test_targets_are_taken_out_with_what_is_declared_for_them(tmp_path: Path) -> None:
    over = {PROD + SETTING: "targets: {zoom-lti: {absent: true}}\n"}
    waiver = 'waivers: [{guard: removals, addresses: "zoom-lti/*/*", until: 2027-01-01, why: x}]\n'
    declared = declare(tmp_path, {**over, "waivers.yaml": waiver})
    assert {address.target for address in declared.resources} == {"zoom-main", "-"}


SETTINGS_REFUSED = [
    ("targets: {zoom-west: {absent: true}}", "1:11: there is no target `zoom-west` to take out | did you"),
    ("targets: {zoom-lti: {absent: true, zoom: a}}", "1:36: `absent: true` takes the whole entry out"),
    ("targets: {zoom-lti: {absent: no}}", "1:22: `absent` is true or not there"),
    ("targets: {Zoom-Lti: {}, zoom-lti: {}}", "1:25: the target `zoom-lti` stands twice in this file"),
    ("targets: {zoom-lti: {zoom: nowhere}}", "1:22: `zoom`: no target is named `nowhere`"),
    ("targets: {zoom-main: {plan: gold}}", "1:23: `plan` cannot be `gold`"),
    ("targets: {zoom-main: {plam: education}}", "1:23: the driver `zoom` has no setting `plam`"),
    ("targets: {zoom-main: {client_secret: abc}}", "1:23: `client_secret` is a secret in plain text"),
    ("targets: {zoom-main: {prune: [usr]}}", "1:31: `usr` is not a kind"),
    ("guards: {removals: {floor: many}}", "1:21: `floor` is a whole number"),
    ("schedule: {every: 15}", "1:12: `every` is a length of time"),
    ("gaurds: {}", "1:1: `gaurds` is not known here"),
    ("version: 2", "1:1: this version reads `version: 1`"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "what"), SETTINGS_REFUSED)
def test_mistakes_in_settings_are_told_at_their_place(tmp_path: Path, over: str, what: str) -> None:
    lines = told(tmp_path, {PROD + SETTING: f"{over}\n"})
    assert any(line.startswith(f"{PROD}{SETTING}:{what}") for line in lines), lines


def test_a_broken_overlay_of_settings_is_the_only_thing_said(tmp_path: Path) -> None:
    assert len(told(tmp_path, {PROD + SETTING: "targets: [\n"})) == 1


def test_an_overlay_adds_waivers(tmp_path: Path) -> None:
    line = 'waivers: [{guard: %s, addresses: "zoom-main/user/*", until: 2027-01-01, why: x}]\n'
    files = {"waivers.yaml": line % "removals", PROD + "waivers.yaml": line % "updates"}
    found = read(tmp_path, files).waivers
    assert [(waiver.guard, waiver.where.file) for waiver in found] == [
        ("removals", "waivers.yaml"),
        ("updates", PROD + "waivers.yaml"),
    ]
    assert [waiver.guard for waiver in read(tmp_path, files, "default").waivers] == ["removals"]
    only = {PROD + "waivers.yaml": line % "update"}
    assert told(tmp_path / "two", only)[0].startswith(f"{PROD}waivers.yaml:1:12: there is no guard `update`")
