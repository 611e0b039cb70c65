"""What one system takes for granted of another: what does not hold is said, with both places."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.daemon import Daemon
from reconciler.drivers.rest.files import load_mapping
from reconciler.errors import ConfigError
from reconciler.model import Finding, Prefix
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from reconciler.settings import Settings
from tests.e2e.shell import wait_until
from tests.rig import Rig
from tests.unit.desired_samples import BASE, write_folder

CANVAS = '  canvas-main: {driver: canvas, base_url: "%s", token: "${env:T}"}\n'
MOODLE = '  moodle-main: {driver: moodle, base_url: "https://moodle.example.edu", token: "${env:T}"}\n'
D2L = '  d2l: {driver: rest, mapping: d2l, base_url: "https://d2l.example.edu/d2l/api", token: "${env:T}"}\n'
TMS = '  tms: {driver: rest, mapping: tms_lti, base_url: "https://tms.example.edu/api", token: "${env:T}"}\n'
SIGNED = "credential: zoom-lti/lti_credential/lti-2026"
CANVAS_TOOL = f"lti_tools:\n  zoom: {{privacy: public, url: https://x.example, {SIGNED}}}\n"
D2L_TOOL = f"lti_tools:\n  zoom: {{url: https://x.example, {SIGNED}}}\n"
MOODLE_TOOL = f"lti_tools:\n  zoom: {{cartridge: https://x.example/zoom.xml, {SIGNED}}}\n"
LTI = BASE["zoom-lti/lti.yaml"]
REFUSED = "`%s` is not an approved domain of the credential lti-2026 of zoom-lti, with which it is launched: "
LINE = "add below `approved_domains:` of zoom-lti: `%s: {domain: %s}`"


def files(targets: str, **more: str) -> dict[str, str]:
    """BASE with more targets and, by folder, a file of theirs."""
    made = {**BASE, "reconciler.yaml": BASE["reconciler.yaml"] + targets}
    return made | {f"{folder.replace('_', '-')}/more.yaml": text for folder, text in more.items()}


def told(root: Path, written: dict[str, str], **workspace: object) -> list[str]:
    """The problems, each on one line."""
    try:
        read_campus(replace(Workspace(write_folder(root, written)), **workspace))  # type: ignore[arg-type]
    except ConfigError as error:
        return [str(problem).replace("\n    ", " | ") for problem in error.problems]
    return []


def noted(root: Path, written: dict[str, str]) -> list[Finding]:
    """What is found though nothing is refused, of credentials and their domains."""
    found = read_campus(Workspace(write_folder(root, written))).desired.findings
    return [finding for finding in found if "approved domain" in finding.text]


# ── LMS hosts are approved domains ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["https://canvas.example.edu", "https://Canvas.Example.edu:443/"])
def test_a_platform_on_an_approved_domain_is_fine(tmp_path: Path, host: str) -> None:
    written = files(CANVAS % host, canvas_main=CANVAS_TOOL)
    assert told(tmp_path, written) == []
    assert noted(tmp_path, written) == []


def test_a_host_for_which_no_approved_domain_can_stand_is_refused(tmp_path: Path) -> None:
    written = files(
        CANVAS % "https://canvas.example.edu" + D2L + MOODLE,
        canvas_main=CANVAS_TOOL,
        d2l=D2L_TOOL,
        moodle_main=MOODLE_TOOL,
    )
    d2l, moodle = told(tmp_path, written)
    assert d2l == (
        f"d2l/more.yaml:2:34: {REFUSED % 'https://d2l.example.edu'}d2l is there (reconciler.yaml:6:37)"
        f" | {LINE % ('d2l', 'https://d2l.example.edu')}"
    )
    assert moodle.startswith("moodle-main/more.yaml:2:49: ") and "(reconciler.yaml:7:33)" in moodle


def test_a_host_that_an_approved_domain_may_be_another_name_of_is_a_warning(tmp_path: Path) -> None:
    written = files(CANVAS % "https://campus.instructure.com", canvas_main=CANVAS_TOOL)
    (finding,) = noted(tmp_path, written)
    assert (finding.severity, finding.subject) == ("warning", "canvas-main/lti_tool/zoom")
    assert "where canvas-main is (reconciler.yaml:5:33)" in finding.text
    assert finding.text.endswith("https://canvas.example.edu (zoom-lti/lti.yaml:4:12)")
    assert finding.remedy.startswith(LINE % ("canvas-main", "https://campus.instructure.com"))
    assert "`platform: canvas-main`" in finding.remedy


def test_courses_of_a_platform_tell_where_it_is_opened(tmp_path: Path) -> None:
    course = "courses:\n  bio101: {context_id: a, domain: https://%s.example.edu, platform: canvas-main}\n"
    written = files(CANVAS % "https://campus.instructure.com", canvas_main=CANVAS_TOOL)
    assert noted(tmp_path, written | {"courses.yaml": course % "canvas"}) == []
    (refused,) = told(tmp_path, written | {"courses.yaml": course % "learn"})
    assert refused == (
        f"canvas-main/more.yaml:2:51: {REFUSED % 'https://learn.example.edu'}"
        "courses there are on it (courses.yaml:2:27)"
        f" | {LINE % ('canvas-main', 'https://learn.example.edu')}"
    )


def test_a_linked_course_on_another_domain_is_refused_once(tmp_path: Path) -> None:
    course = "courses: {bio101: {context_id: a, domain: https://learn.example.edu, platform: canvas-main}}\n"
    meeting = (
        "course_meetings:\n  bio: {topic: B, host: s1, course: bio101, schedule: "
        '{dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}}\n'
    )
    written = files(CANVAS % "https://canvas.example.edu", canvas_main=CANVAS_TOOL, zoom_main=meeting)
    (refused,) = told(tmp_path, written | {"courses.yaml": course})
    assert refused.startswith("courses.yaml:1:35: `https://learn.example.edu` is not an approved domain")


def test_domains_that_nobody_declares_are_unmanaged(tmp_path: Path) -> None:
    written = files(
        CANVAS % "https://canvas.example.edu" + D2L,
        canvas_main=CANVAS_TOOL,
        d2l=D2L_TOOL,
    ) | {"zoom-lti/lti.yaml": LTI[: LTI.index("approved_domains")]}
    (finding,) = noted(tmp_path, written)
    assert (finding.severity, finding.subject) == ("info", "zoom-lti/approved_domain")
    assert "canvas-main, d2l" in finding.text


def test_an_entry_for_another_credential_names_it_and_a_mistaken_one_counts_as_unknown(
    tmp_path: Path,
) -> None:
    second = (
        'lti_credentials: {lti-b: {key: b, secret: "${env:B}", minted_by: tool}}\n'
        "approved_domains: {canvas: {domain: https://canvas.example.edu, credential: lti-b}}\n"
    )
    tool = D2L_TOOL.replace("lti-2026", "lti-b")
    written = files(CANVAS % "https://canvas.example.edu" + D2L, zoom_lti=second, d2l=tool)
    (refused,) = told(tmp_path / "1", written)
    assert refused.endswith("`d2l: {domain: https://d2l.example.edu, credential: lti-b}`")
    slashed = "approved_domains: {d2l: {domain: https://d2l.example.edu/, credential: lti-b}}\n"
    wrong = {"zoom-lti/d2l.yaml": slashed}
    (refused,) = told(tmp_path / "2", written | wrong)
    assert "has no trailing slash" in refused


def test_what_is_written_is_compared_and_not_a_sandboxs_address(tmp_path: Path) -> None:
    def adapt(documents: object) -> object:
        settings: Settings = documents.settings  # type: ignore[attr-defined]
        targets = {
            name: replace(target, values={**target.values, "base_url": "http://127.0.0.1:1/canvas"})
            for name, target in settings.targets.items()
        }
        return replace(documents, settings=replace(settings, targets=targets))  # type: ignore[type-var]

    written = files(CANVAS % "https://canvas.example.edu" + D2L, canvas_main=CANVAS_TOOL, d2l=D2L_TOOL)
    (refused,) = told(tmp_path, written, adapt=adapt)
    assert "`https://d2l.example.edu` is not" in refused and "(reconciler.yaml:6:37)" in refused


# ── availability ─────────────────────────────────────────────────────────────────────────────────────────

UNITS = "organizations:\n  campus: {}\n  bio: {parent: campus}\n  law: {}\n"
PROVIDER = 'organization: campus, key: k, secret: "${env:S}"'
LINK = "lti_resource_links:\n  lab: {tool: labs, organization: campus, url: https://x.example"


@pytest.mark.parametrize(
    ("provider", "link", "place"),
    [
        (", available_to: [bio, law]", ", available_to: [law]", ""),
        ("", ", available_to: [law]", ""),
        (", available_to: [bio]", "", ""),
        (", available_to: [bio]", ", available_to: [bio, law]", "8:87: `law`"),
        (", available_to: [bio]", ", available_to: {exactly: [law]}", "8:92: `law`"),
        (", available_to: [campus]", ", available_to: [bio]", "8:82: `bio`"),
    ],
)
def test_a_link_is_offered_only_where_its_tool_is(
    tmp_path: Path, provider: str, link: str, place: str
) -> None:
    tms = f"{UNITS}lti_tools:\n  labs: {{{PROVIDER}{provider}}}\n{LINK}{link}}}\n"
    found = told(tmp_path, files(TMS, tms=tms))
    assert [text.partition(" is none of")[0] for text in found] == (
        [f"tms/more.yaml:{place}"] if place else []
    )
    assert all("the tool labs is available to (tms/more.yaml:6:" in text for text in found)


# ── custom parameters ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("term", "custom_term"),
        ("customTerm", "custom_term"),
        ("custom_Term", "custom_term"),
        ("custom__term", "custom_term"),
        ("custom_", "custom_value_1"),
        ("custom_fall-term", "custom_fall_term"),
    ],
)
def test_a_tms_wants_custom_snake_case(tmp_path: Path, name: str, remedy: str) -> None:
    tool = f"{UNITS}lti_tools:\n  labs:\n    organization: campus\n    key: k\n    secret: ${{env:S}}\n"
    tool += f"    custom_parameters:\n      custom_value_1: a\n      {name}: b\n"
    (refused,) = told(tmp_path, files(TMS, tms=tool))
    assert refused.startswith(f"tms/more.yaml:12:7: `{name}`: custom parameters of tms begin with custom_")
    assert refused.endswith(f"| write {remedy}")
    assert told(tmp_path, files(TMS, tms=tool.replace("b\n", "null\n"))) == [], "one may be taken off"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            "{custom_term: a}",
            "2:47: `custom_term` would arrive as custom_custom_term: canvas-main puts custom_ before each "
            "name itself | write term",
        ),
        (
            "{Term.Id: a, term_id: b}",
            "2:59: `term_id` arrives as custom_term_id, and so does `Term.Id` (canvas-main/more.yaml:2:47)",
        ),
        ('{term: "a\\nb"}', "2:47: `term`: a custom parameter is one line"),
        ('{"term=x": a}', "2:47: `term=x`: 'term=x' is no name of a custom parameter"),
    ],
)
def test_where_the_platform_adds_custom_itself(tmp_path: Path, parameters: str, said: str) -> None:
    tool = f"lti_tools:\n  zoom: {{privacy: public, custom_parameters: {parameters}, url: https://x.example, "
    (refused,) = told(
        tmp_path, files(CANVAS % "https://canvas.example.edu", canvas_main=f"{tool}{SIGNED}}}\n")
    )
    assert refused.startswith(f"canvas-main/more.yaml:{said}")


def test_a_mapping_says_where_custom_comes_from(tmp_path: Path) -> None:
    kinds = {name: load_mapping(name, tmp_path).kinds for name in ("skillable", "tms_lti", "d2l", "sakai")}
    said = {
        name: {
            made.fields["custom_parameters"].prefix
            for made in kinds[name].values()
            if "custom_parameters" in made.fields
        }
        for name in kinds
    }
    assert said == {
        "skillable": {Prefix.WRITTEN},
        "tms_lti": {Prefix.WRITTEN},
        "d2l": {Prefix.ADDED},
        "sakai": {Prefix.ADDED},
    }


# ── settings of targets ────────────────────────────────────────────────────────────────────────────────


def test_who_takes_over_is_an_email(tmp_path: Path) -> None:
    text = BASE["reconciler.yaml"].replace("account_id: a,", "account_id: a, transfer_to: s100001,")
    (refused,) = told(tmp_path, {**BASE, "reconciler.yaml": text})
    assert refused.startswith("reconciler.yaml:3:44: `transfer_to` is not an e-mail address")
    for fine in ("heir@example.edu", '"${env:HEIR}"'):
        assert told(tmp_path, {**BASE, "reconciler.yaml": text.replace("s100001", fine)}) == []


# ── what a reading shows ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def rig(campus: Rig) -> Iterator[Rig]:
    campus.control(
        "reset", {"now": campus.clock.now.isoformat(), "tracking_fields": ["Department", "Campus"]}
    )
    campus.write("zoom-main/people.yaml", "users: {s1: {email: s1@example.edu, license: licensed}}\n")
    yield campus


MEETING = """
    course_meetings:
      bio:
        topic: BIO 101
        host: s1
        schedule: {dates: ["2026-09-07T10:00", "2026-09-09T10:00"], minutes: 50, timezone: America/New_York}
        tracking_fields: {%s: Biology, Campus: Main, Room: ~}
"""


def labels(rig: Rig) -> list[Finding]:
    return [finding for finding in rig.plan().plan.findings if "no tracking field" in finding.text]


def test_a_label_the_account_does_not_have_is_said_with_the_nearest(rig: Rig) -> None:
    rig.write("zoom-main/meetings.yaml", MEETING % "Departmnt")
    assert labels(rig) == [], "its tracking fields were not read"
    rig.write("zoom-main/fields.yaml", "tracking_fields: {campus: {label: Campus}}\n")
    (finding,) = labels(rig)
    assert (finding.severity, finding.subject) == ("error", "zoom-main/course_meeting")
    assert finding.text.startswith(
        "`Departmnt` (zoom-main/meetings.yaml:6:23) is no tracking field of zoom-main"
    )
    assert finding.remedy.startswith("did you mean `Department`?")
    assert [address.name for address in finding.addresses] == ["bio/1", "bio/2"]
    rig.write("zoom-main/meetings.yaml", MEETING % "School")
    assert len(labels(rig)) == 1
    rig.write(
        "zoom-main/fields.yaml",
        "tracking_fields: {campus: {label: Campus}, school: {label: School}}\n",
    )
    assert labels(rig) == []


def test_old_history_is_dropped_while_serving(campus: Rig) -> None:
    campus.write("zoom-main/people.yaml", "users: {s1: {email: s1@example.edu}}\n")
    stopping = threading.Event()
    daemon = Daemon(campus.workspace, replace(read_campus(campus.workspace).settings, targets={}), stopping)
    daemon.drop_history()
    assert not campus.workspace.ledger_path.exists(), "no ledger is made for it"
    campus.apply()
    daemon.drop_history()
    with campus.ledger() as ledger:
        assert len(ledger.history()) == 1
        campus.clock.now += timedelta(days=401)
        serving = threading.Thread(target=daemon.run)
        serving.start()
        try:
            wait_until(lambda: not ledger.history(), "the history to be dropped")
        finally:
            stopping.set()
            serving.join()
        assert len(ledger.records()) == 1
