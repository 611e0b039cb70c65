"""Loading a desired folder: settings, waivers, sections, and whose entries they are."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import Where
from reconciler.model import Documents
from reconciler.resources.base import SecretRef
from reconciler.settings import Guards, Schedule
from reconciler.stages.load import load
from reconciler.stages.load.schedules import find_cron_fault
from tests.unit.desired_samples import BASE, write_folder


def read(root: Path, **files: str | bytes) -> Documents:
    """Load BASE with some files added or replaced; `__` in a name is a slash, `_yaml` its suffix."""
    named = {name.replace("__", "/").replace("_yaml", ".yaml"): text for name, text in files.items()}
    return load(write_folder(root, {**BASE, **named}), "default")


def told(documents: Documents) -> list[str]:
    """The problems as people read them, without remedies."""
    return [
        f"{problem.where}: {problem.what}" for problem in sorted(documents.problems, key=lambda p: p.where)
    ]


FULL = """\
version: 1
targets:
  zoom-main:
    driver: zoom
    account_id: ${env:ACCOUNT}
    plan: education
    retries: 007
    policy: auto
    prune: [group, course_meeting]
    defaults: {user: {license: basic}}
    schedule: {cron: "0 6 * * mon-fri", jitter: 90s}
guards:
  removals: {floor: 5, percent: 1.5%, cap: 100}
  updates: {percent: 20, floor: 4}
  seats: {licensed: 2500}
schedule: {every: 2h, windows: ["mon-fri,sun 06:00-24:00"], freeze: [2026-12-07/2026-12-18]}
attestations: {expire: 26w}
secrets: {root: ../secrets}
fingerprint_key: ${file:key}
"""


def test_settings_are_read_whole(tmp_path: Path) -> None:
    documents = read(
        tmp_path, reconciler_yaml=FULL, **{"zoom-lti__lti_yaml": "target: zoom-main\ngroups: {a: {}}\n"}
    )
    assert told(documents) == []
    settings = documents.settings
    target = settings.targets["zoom-main"]
    assert target.values == {"account_id": SecretRef("${env:ACCOUNT}"), "plan": "education", "retries": "007"}
    assert (target.driver, target.policy) == ("zoom", "auto")
    assert target.prune == {"group", "course_meeting"}
    assert target.defaults == {"user": {"license": "basic"}}
    assert target.schedule == Schedule(cron="0 6 * * mon-fri", jitter=90)
    assert target.where == Where("reconciler.yaml", 3, 3)
    assert settings.guards == Guards(5, 1.5, 100, 20.0, 4, {"licensed": 2500})
    assert settings.schedule == Schedule(
        7200, "", 0, ("mon-fri,sun 06:00-24:00",), ("2026-12-07/2026-12-18",)
    )
    assert (settings.attestation_days, settings.secrets_root) == (182, "../secrets")
    assert settings.fingerprint_key == SecretRef("${file:key}")


def test_settings_have_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path).settings
    assert (settings.guards, settings.schedule, settings.attestation_days) == (Guards(), Schedule(900), 180)
    assert settings.targets["zoom-main"].policy == "observe"


SETTINGS_REFUSED = [
    ("version: 2", "`version: 1`"),
    ("targets: []", "`targets` is a mapping"),
    ("targets: {a: zoom}", "`a` is a mapping"),
    ("targets: {a: {policy: auto}}", "`driver` is missing"),
    ("targets: {a b: {driver: zoom}}", "`a b` cannot name a target"),
    ("targets: {a: {driver: zoom}, A: {driver: zoom}}", "the target `a` stands twice"),
    (
        "targets: {a: {driver: zoom, policy: propose}}",
        "the policy `propose` is not supported by this version",
    ),
    ("targets: {a: {driver: zoom, policy: manual}}", "`policy` cannot be `manual`"),
    ("targets: {a: {driver: zoom, prune: group}}", "`prune` is a list of texts"),
    ("targets: {a: {driver: zoom, defaults: {users: {}}}}", "`users` is not known here"),
    ("targets: {a: {driver: zoom, plan: [a]}}", "`plan` is a text or a reference"),
    ("targets: {a: {driver: zoom, plan: ~}}", "`plan` cannot be cleared"),
    ("targets: {a: {driver: zoom, plan: '${env:}'}}", "`plan` holds something like a reference"),
    ("guards: {removals: {floor: many}}", "`floor` is a whole number"),
    ("guards: {removals: {percent: half}}", "`percent` is a percentage"),
    ("guards: {seats: {golden: 1}}", "`golden` is not known here"),
    ("schedule: {every: 15}", "`every` is a length of time"),
    ("schedule: {every: 0m}", "`every` is a length of time"),
    ("schedule: {every: 1h, cron: '0 * * * *'}", "`every` and `cron` exclude each other"),
    ("schedule: {cron: '0 25 * * *'}", "the hour of the cron line cannot be `25`"),
    ("schedule: {windows: ['mon 22:00-06:00']}", "a window ends after it starts"),
    ("schedule: {freeze: ['2026-12-18/2026-12-07']}", "a freeze ends before it starts"),
    ("schedule: {freeze: ['christmas']}", "`christmas` is not a freeze"),
    ("attestations: {expire: 1h}", "an attestation holds a day at least"),
    ("secrets: {}", "`root` is missing"),
    ("fingerprint_key: key", "`fingerprint_key` is a secret in plain text"),
    ("notifications: {}", "`notifications` (notifying people) is not supported by this version"),
    ("environments: {}", "`environments` is not known here"),
    ("gaurds: {}", "`gaurds` is not known here"),
]


@pytest.mark.parametrize(("line", "what"), SETTINGS_REFUSED)
def test_settings_are_refused(tmp_path: Path, line: str, what: str) -> None:
    base = {
        "version": "version: 1",
        "targets": "targets: {zoom-main: {driver: zoom}, zoom-lti: {driver: zoom}}",
    }
    text = "\n".join({**base, line.split(":", 1)[0]: line}.values())
    found = [problem for problem in read(tmp_path, reconciler_yaml=text).problems if what in problem.what]
    assert [problem.where.file for problem in found] == ["reconciler.yaml"]
    assert found[0].remedy


@pytest.mark.parametrize(
    "line", ["*/15 * * * *", "0 6,18 1-15 jan-jun mon-fri", "0 0 * * 0", "59 23 31 12 sun"]
)
def test_cron_lines_are_accepted(line: str) -> None:
    assert find_cron_fault(line) == ""


@pytest.mark.parametrize(
    "line", ["* * * *", "60 * * * *", "*/0 * * * *", "a * * * *", "* * * * 7", "5-1 * * * *"]
)
def test_cron_lines_are_refused(line: str) -> None:
    assert find_cron_fault(line)


def test_a_broken_settings_file_is_the_only_thing_said(tmp_path: Path) -> None:
    documents = read(tmp_path, reconciler_yaml="version: 1\ntargets: [\n")
    assert len(told(documents)) == 1
    assert {entry.target for entry in documents.entries} == {"", "zoom-main", "zoom-lti"}


def test_a_folder_without_settings_or_not_there(tmp_path: Path) -> None:
    assert told(load(tmp_path, "default")) == ["reconciler.yaml:1:1: the file is missing"]
    (problem,) = load(tmp_path / "none", "default").problems
    assert "no such folder" in problem.what


def test_files_are_named_and_digested(tmp_path: Path) -> None:
    before = read(tmp_path, **{".hidden__x_yaml": "a", "README.md": "a", "zoom-main__.draft_yaml": "a"})
    assert list(before.files) == sorted(BASE)
    after = read(tmp_path, courses_yaml="courses: {a: {title: A}}\n")
    assert {name for name in after.files if after.files[name] != before.files[name]} == {"courses.yaml"}


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "desired", BASE)
    (tmp_path / "outside.yaml").write_text("groups: {a: {}}\n")
    (folder / "zoom-main" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "zoom-main" / "inside.yaml").symlink_to(folder / "courses.yaml")
    documents = load(folder, "default")
    assert any("leads out of the desired folder" in line for line in told(documents))
    assert "zoom-main/link.yaml" not in documents.files


def test_waivers(tmp_path: Path) -> None:
    text = """\
waivers:
  - {guard: removals, addresses: "zoom-main/group/club-*", max: 12, until: 2026-12-01, why: retired}
  - {guard: owner, addresses: "*/user/s1", until: 2026-12-01, why: he left}
"""
    first, second = read(tmp_path, waivers_yaml=text).waivers
    assert (first.guard, first.maximum, second.maximum) == ("removals", 12, None)
    assert first.until == datetime(2026, 12, 1, 23, 59, 59, 999999, UTC)
    assert first.id == "removals zoom-main/group/club-* until 2026-12-01"
    assert first.where == Where("waivers.yaml", 2, 5)


@pytest.mark.parametrize(
    ("waiver", "what"),
    [
        ("guard: removal", "there is no guard `removal`"),
        ("guard: identity", "the guard `identity` cannot be waived"),
        ("until: soon", "`until` is a date"),
        ("addresses: zoom-man/user/a", "no target is named `zoom-man`"),
        ("addresses: zoom-main", "`zoom-main` is neither an address nor a glob"),
        ("max: 0", "`max` is a whole number, 1 or more"),
        ("why: ''", "`why` is a text"),
        ("maximum: 3", "`maximum` is not known here"),
    ],
)
def test_waivers_are_refused(tmp_path: Path, waiver: str, what: str) -> None:
    base = {"guard": "removals", "addresses": "'*/user/a'", "until": "2026-12-01", "why": "x"}
    key, value = waiver.split(": ", 1)
    body = ", ".join(f"{name}: {text}" for name, text in {**base, key: value}.items())
    documents = read(tmp_path, waivers_yaml=f"waivers:\n  - {{{body}}}\n")
    assert any(what in line for line in told(documents)), told(documents)


PLACED = [
    ("zoom-main/a.yaml", "groups: {g: {}}\n", "zoom-main"),
    ("zoom-main/deep/er/a.yml", "groups: {g: {}}\n", "zoom-main"),
    ("anywhere/zoom-main/a.yaml", "groups: {g: {}}\n", "zoom-main"),
    ("a.yaml", "target: zoom-main\ngroups: {g: {}}\n", "zoom-main"),
    ("zoom-lti/a.yaml", "target: zoom-main\ngroups: {g: {}}\n", "zoom-main"),
    ("zoom-main/a.yaml", "courses: {g: {}}\n", ""),
]


@pytest.mark.parametrize(("file", "text", "target"), PLACED)
def test_a_folder_or_target_says_whose_entries_they_are(
    tmp_path: Path, file: str, text: str, target: str
) -> None:
    documents = load(write_folder(tmp_path, {**BASE, file: text}), "default")
    assert told(documents) == []
    assert [entry.target for entry in documents.entries if entry.name == "g"] == [target]


REFUSED_SECTIONS = [
    ("a.yaml", "groups: {g: {}}\n", "a.yaml:1:1: `groups` belong to a target"),
    ("a.yaml", "target: zoom-mian\ngroups: {g: {}}\n", "a.yaml:1:1: no target is named `zoom-mian`"),
    ("zoom-main/a.yaml", "gruops: {g: {}}\n", "zoom-main/a.yaml:1:1: `gruops` is not a section"),
    ("zoom-main/a.yaml", "course_links: {g: {}}\n", "`course_links` are not declared"),
    ("zoom-main/a.yaml", "waivers: []\n", "`waivers` is not a section"),
    ("zoom-main/a.yaml", "groups: {}\n", "the section `groups` is empty"),
    ("zoom-main/a.yaml", "groups: [a]\n", "`groups` is a mapping"),
    ("zoom-main/a.yaml", "groups: {g: a}\n", "`g` is an entry, a mapping of fields"),
    ("zoom-main/a.yaml", "groups: {g: ~}\n", "`g` is an entry, a mapping of fields"),
    ("zoom-main/a.yaml", "users: {from: [], s1: {}}\n", "`from` is an entry, a mapping of fields"),
    ("zoom-main/a.yaml", "# nothing\n", "zoom-main/a.yaml:1:1: the file is empty"),
]


@pytest.mark.parametrize(("file", "text", "line"), REFUSED_SECTIONS)
def test_sections_are_refused(tmp_path: Path, file: str, text: str, line: str) -> None:
    documents = load(write_folder(tmp_path, {**BASE, file: text}), "default")
    assert len(told(documents)) == 1
    assert line in told(documents)[0]
    assert documents.problems[0].remedy


def test_both_forms_of_a_section_and_their_places(tmp_path: Path) -> None:
    text = "groups:\n  entries:\n    G 1: {title: One}\n  defaults: {title: Any}\n"
    documents = load(write_folder(tmp_path, {**BASE, "zoom-main/a.yaml": text}), "default")
    (entry,) = [entry for entry in documents.entries if entry.kind == "group"]
    assert (entry.name, entry.values, entry.where) == (
        "g%201",
        {"title": "One"},
        Where("zoom-main/a.yaml", 3, 5),
    )
    assert entry.marks["title"] == Where("zoom-main/a.yaml", 3, 11)
    assert entry.base
    assert entry.base.values == {"title": "Any"}


def test_kinds_of_files_that_cannot_be_read_are_known(tmp_path: Path) -> None:
    documents = load(
        write_folder(tmp_path, {**BASE, "zoom-main/a.yaml": "users:\n\ta: 1\ngroups: {}\n"}), "default"
    )
    assert documents.unreadable == {"user", "group"}
