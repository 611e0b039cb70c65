"""LTI Pro's page from YAML to the console: handed off, played, checked against Zoom; meetings by CSV file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler import engine
from reconciler.commands.console import play
from reconciler.commands.embedded import Embedded, open_embedded
from reconciler.errors import PlanRefused
from reconciler.model import Create, Finding, Plan, Report, Sync
from reconciler.run.workspace import Workspace
from tests.e2e.example import ZOOM, copy_example
from tests.e2e.shell import Shell
from tests.rig import Rig, changes

PEOPLE = """
    users:
      s1: {email: ada@example.edu, license: licensed}
      s2: {email: ben@example.edu, license: basic}
"""
COURSES = """
    courses:
      bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", canvas_course_id: "1042"}
"""
MEETINGS = """
    course_meetings:
      bio101:
        topic: BIO 101
        host: s1
        schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
        course: bio101
"""
PAGE = """
    role_maps:
      campus:
        platforms: [canvas, moodle]
        instructors: [Instructor, TeachingAssistant]
    allowed_email_domains:
      campus: {domain: example.edu}
      partner: {domain: partner.example}
    lti_settings:
      page:
        auto_provision: everyone
        auto_upgrade: instructors
        auto_alternative_hosts: %s
        authentication_exception: true
        groups: [{attribute: group, value: science, group: Science}]
        tracking_fields: {Department: custom_department}
"""
IMPORT = "zoom-lti/import-meetings/course_link"
FIRST = "zoom-lti/first-links/lti-2026"


@pytest.fixture
def rig(campus: Rig) -> Rig:
    """A meeting to link, LTI Pro ready to link it, and a page nobody has looked at."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), "managed_domains": ["example.edu"]})
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("courses.yaml", COURSES)
    campus.write("zoom-main/meetings.yaml", MEETINGS)
    campus.mint()
    campus.write("zoom-lti/page.yaml", PAGE % "nobody")
    return campus


def findings(plan: Plan, subject: str) -> list[Finding]:
    """What was found about a subject."""
    return [finding for finding in plan.findings if finding.subject == subject]


def said(plan: Plan, subject: str) -> str:
    """The same as one text."""
    return "\n".join(f"{finding.severity} {finding.text}" for finding in findings(plan, subject))


def test_the_page_is_handed_off_confirmed_and_at_rest(rig: Rig) -> None:
    rig.apply()
    plan = rig.plan().plan
    assert set(changes(rig.plan())) == {
        "zoom-lti/role_map/lti-2026.campus",
        "zoom-lti/allowed_email_domain/lti-2026.campus",
        "zoom-lti/allowed_email_domain/lti-2026.partner",
        "zoom-lti/lti_settings/lti-2026.page",
    }
    page = next(page for page in plan.hand_offs if page.id == "zoom-lti/settings/lti-2026")
    told = "\n".join(page.steps)
    assert "Configure" in told and "groups: instructors join a group" in told
    assert "training_url" not in told, "only what is to be entered is explained"
    roles = next(page for page in plan.hand_offs if page.id == "zoom-lti/roles/lti-2026")
    assert roles.items[0].values == {"instructors": ("Instructor", "urn:lti:role:ims/lis/TeachingAssistant")}
    rig.confirm()
    plan = rig.plan().plan
    assert plan.changes == ()
    assert {s.sync for s in plan.statuses if s.address.kind in ("role_map", "lti_settings")} == {
        Sync.ATTESTED
    }


def test_what_the_settings_cause_is_checked_in_the_account(rig: Rig) -> None:
    rig.console("add_user", email="zoe@gmail.example", status="active")
    rig.apply()
    plan = rig.plan().plan
    domains = said(plan, "zoom-lti/allowed_email_domain")
    assert (
        "warning 1 of 4 people with an account in zoom-main have e-mails outside the allowed domains"
        in domains
    )
    assert "(gmail.example 1)" in domains and "zoe" not in domains
    place = "(zoom-lti/page.yaml:7:13)"
    account = "zoom-main (reconciler.yaml:3:3), which has example.edu"
    assert f"info partner.example {place}: no Associated Domain of {account}" in domains
    settings = said(plan, "zoom-lti/lti_settings")
    why = "is not declared, and what is there was not read in zoom-main (reconciler.yaml:3:3)"
    assert f"`groups` (zoom-lti/page.yaml:14:5) names what {why}: Science" in settings
    assert f"`tracking_fields` (zoom-lti/page.yaml:15:5) names what {why}: Department" in settings
    assert "works only while the account allows such exceptions" in settings
    assert "1 people of zoom-main are declared `license: basic`" in settings
    rig.write("zoom-main/groups.yaml", "groups: {science: {title: Science}}\n")
    rig.write("zoom-main/fields.yaml", "tracking_fields: {department: {label: Department}}\n")
    rig.write("zoom-main/a.yaml", "account_settings: {allow-authentication-exception: {value: true}}\n")
    left = said(rig.plan().plan, "zoom-lti/lti_settings")
    assert "names what" not in left and "exceptions" not in left


def test_alternative_hosts_that_lti_pro_adds_are_seen(rig: Rig) -> None:
    rig.write("zoom-lti/page.yaml", PAGE % "instructors")
    rig.apply()
    assert "0 of 1 linked meetings" in said(rig.plan().plan, "zoom-lti/lti_settings")
    assert "becomes an alternative host of each" in said(rig.plan().plan, "zoom-lti/course_link")
    number = next(iter(rig.world()["meetings"]))["id"]
    rig.console("add_user", email="tess@example.edu", type=2)
    rig.console("edit_meeting", meeting=number, settings={"alternative_hosts": "tess@example.edu"})
    plan = rig.plan().plan
    assert "info 1 of 1 linked meetings have alternative hosts whom nobody declares" in said(
        plan, "zoom-lti/lti_settings"
    )
    assert not [c for c in plan.changes if c.address.kind == "course_meeting"], "they are let alone"
    rig.write("zoom-lti/page.yaml", PAGE % "nobody")
    assert "warning 1 of 1 linked meetings" in said(rig.plan().plan, "zoom-lti/lti_settings")


def test_the_plan_says_who_may_host_from_now_on_and_what_nobody_can_know(rig: Rig) -> None:
    subject = "zoom-lti/role_map"
    rig.apply()
    first = said(rig.plan().plan, subject)
    assert "info launches as Instructor, urn:lti:role:ims/lis/TeachingAssistant gain host rights" in first
    assert "not known: 1 course is not counted: `platform` is not declared; 3 people have an account" in first
    rig.confirm()
    assert said(rig.plan().plan, subject) == ""
    text = (PAGE % "nobody").replace("TeachingAssistant]", "institution/Administrator]")
    rig.write("zoom-lti/page.yaml", text)
    changed = said(rig.plan().plan, subject)
    assert "warning launches as urn:lti:instrole:ims/lis/Administrator gain host rights; " in changed
    assert "launches as urn:lti:role:ims/lis/TeachingAssistant lose host rights" in changed
    rig.write("zoom-lti/page.yaml", text + "        students_host: true\n")
    assert "info every student who launches gains host rights" in said(rig.plan().plan, subject)
    rig.confirm()
    rig.write("zoom-lti/page.yaml", text + "        students_host: false\n")
    assert "warning students lose host rights" in said(rig.plan().plan, subject)
    assert findings(rig.plan().plan, f"{subject}/lti-2026.campus") == [], "both roles arrive from either"


def test_a_setting_no_longer_declared_asks_for_nothing(rig: Rig) -> None:
    rig.apply()
    rig.confirm()
    rig.write("zoom-lti/page.yaml", (PAGE % "nobody").replace("        auto_upgrade: instructors\n", ""))
    assert rig.plan().plan.changes == ()
    rig.write("zoom-lti/page.yaml", (PAGE % "nobody").partition("    lti_settings:")[0])
    plan = rig.plan().plan
    assert plan.changes == ()
    assert "on_absent is keep" in said(plan, "zoom-lti/lti_settings")


# ── meetings by CSV ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def by_csv(rig: Rig) -> Rig:
    """A campus whose admins import meetings themselves."""
    file = rig.desired / "reconciler.yaml"
    file.write_text(
        file.read_text().replace("    zoom: zoom-main\n", "    zoom: zoom-main\n    imports: csv\n")
    )
    (rig.desired / "zoom-lti" / "page.yaml").unlink()
    return rig


def rows(plan: Plan) -> list[dict[str, str]]:
    """What the file of the one import hand-off holds."""
    (page,) = [page for page in plan.hand_offs if page.id == IMPORT]
    (content,) = page.files.values()
    return list(csv.DictReader(content.splitlines()))


def test_meetings_are_imported_by_file(by_csv: Rig) -> None:
    """The link waits for the meeting's number, then for a person; the next reading shows it."""
    (link,) = [c for c in by_csv.plan().plan.changes if c.address.kind == "course_link"]
    assert link.hand_off is None
    assert "zoom-main/course_meeting/bio101/1" in [wait.on for wait in link.waiting]
    by_csv.apply()
    plan = by_csv.plan().plan
    (link,) = plan.changes
    assert isinstance(link, Create) and link.hand_off is not None and link.hand_off.id == IMPORT
    (meeting,) = by_csv.world()["meetings"]
    assert rows(plan) == [
        {
            "Meeting ID": str(meeting["id"]),
            "Context ID": "4f2a9c",
            "Domain": "https://canvas.example.edu",
            "custom_canvas_course_id": "1042",
        }
    ]
    assert by_csv.writes().get("POST /meeting/bulkImport", 0) == 0
    (page,) = [page for page in plan.hand_offs if page.id == IMPORT]
    by_csv.console("import_meetings", key="KLAIJC9OTI2Hm", content=page.files["import-meetings-1.csv"])
    assert changes(by_csv.plan()) == {"zoom-lti/course_link/bio101/1": "adopt"}
    at_rest(by_csv.apply())
    assert by_csv.plan().plan.changes == ()


def at_rest(report: Report) -> None:
    """Everything was applied."""
    assert {outcome.ending.value for outcome in report.outcomes} == {"applied"}


def test_an_import_ends_by_reading_and_the_link_by_the_api(by_csv: Rig) -> None:
    """What a person imported was found, not made, so it is ended only where its meeting says so."""
    meetings = by_csv.desired / "zoom-main" / "meetings.yaml"
    linked = "    course: bio101\n    lifecycle: {on_absent: delete}\n"
    meetings.write_text(meetings.read_text().replace("    course: bio101\n", linked))
    by_csv.apply()
    (page,) = [page for page in by_csv.plan().plan.hand_offs if page.id == IMPORT]
    with by_csv.ledger() as ledger, pytest.raises(PlanRefused, match="the next reading shows"):
        engine.confirm(by_csv.workspace, ledger, [IMPORT], "a tester")
    by_csv.console("import_meetings", key="KLAIJC9OTI2Hm", content=page.files["import-meetings-1.csv"])
    at_rest(by_csv.apply())
    meetings.write_text(meetings.read_text().replace(linked, ""))
    assert changes(by_csv.plan()) == {"zoom-lti/course_link/bio101/1": "remove"}
    at_rest(by_csv.apply())
    assert by_csv.world()["lti"]["associations"] == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Meeting ID,Context ID\n", "not that of the template"),
        ("Meeting ID,Context ID,Domain,custom_canvas_course_id\n", "1 to 1000 meetings"),
        (
            "Meeting ID,Context ID,Domain,custom_canvas_course_id\n1,c,https://canvas.example.edu,\n",
            "no meeting",
        ),
    ],
)
def test_the_console_refuses_files_that_are_none(rig: Rig, content: str, why: str) -> None:
    with pytest.raises(Exception, match="400"):
        rig.console("import_meetings", key="KLAIJC9OTI2Hm", content=content)
    body = {"do": "import_meetings", "key": "KLAIJC9OTI2Hm", "content": content}
    assert why in refusal(rig, body)


def refusal(rig: Rig, body: dict[str, Any]) -> str:
    """What the console says to an order that makes no sense."""
    from urllib.error import HTTPError

    try:
        rig.control("console", body)
    except HTTPError as error:
        return str(json.load(error)["error"])
    return ""


# ── the console played ───────────────────────────────────────────────────────────────────────────────────


def copy_zoom(folder: Path) -> None:
    """Zoom's part of the worked example, without its pages of LTI Pro beyond credential and domains."""
    copy_example(folder, *ZOOM)
    lti = folder / "desired" / "zoom-lti" / "lti.yaml"
    lti.write_text(lti.read_text().partition("\nallowed_email_domains:")[0])


@contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    """The worked example with a page of settings, in a sandbox of its own."""
    copy_zoom(folder)
    page = folder / "desired" / "zoom-lti" / "page.yaml"
    page.write_text(
        "role_maps:\n"
        "  canvas: {platforms: [canvas], instructors: [Instructor], alternative_hosts: [Instructor]}\n"
        "  moodle: {platforms: [moodle], instructors: [institution/Administrator, Instructor]}\n"
        "allowed_email_domains:\n  campus: {domain: example.edu}\n"
        "lti_settings:\n  page: {students_host: false, training_text: ~}\n"
    )
    with open_embedded(Workspace(folder / "desired", state=folder / "state")) as opened:
        yield opened


def test_the_person_at_the_console_fills_in_the_page(tmp_path: Path) -> None:
    with embedded(tmp_path) as opened:
        for name in ("credentials", "approved-domains", "email-domains", "roles", "settings"):
            play(opened, [f"zoom-lti/{name}/lti-2026"], "jo")
        (credential,) = console(opened)
        assert credential["email_domains"] == ["example.edu"]
        assert credential["roles"] == {
            "instructors": ["Instructor", "urn:lti:instrole:ims/lis/Administrator"],
            "alternative_hosts": ["Instructor"],
        }
        assert credential["settings"] == {"students_host": False, "training_text": ""}
        page = tmp_path / "desired" / "zoom-lti" / "page.yaml"
        page.write_text("role_maps:\n  canvas: {platforms: [canvas], instructors: [Instructor]}\n")
        taken = play(opened, ["zoom-lti/roles/lti-2026"], "jo")
        assert [item.values for item in taken] == [
            {"instructors": ("urn:lti:instrole:ims/lis/Administrator",)}
        ]
        play(opened, ["zoom-lti/email-domains/lti-2026"], "jo")
        (credential,) = console(opened)
        assert credential["roles"]["instructors"] == ["Instructor"]
        assert credential["email_domains"] == []
        with opened.workspace.ledger() as ledger:
            proposal = engine.plan(opened.workspace, ledger)
        assert not [c for c in proposal.plan.changes if c.address.kind == "role_map"]


def console(opened: Embedded) -> list[Any]:
    """The credentials as the console shows them."""
    from reconciler.commands.console import order

    shown = order(opened.sandbox.origin, "console", {"do": "list_credentials"})
    found: list[Any] = shown["credentials"]
    return found


def test_files_of_hand_offs_are_written_and_played(tmp_path: Path) -> None:
    copy_zoom(tmp_path)
    settings = tmp_path / "desired" / "reconciler.yaml"
    settings.write_text(
        settings.read_text().replace("zoom: zoom-main ", "zoom: zoom-main\n    imports: csv ")
    )
    with open_embedded(Workspace(tmp_path / "desired", state=tmp_path / "state")) as opened:
        for name in ("credentials", "approved-domains"):
            play(opened, [f"zoom-lti/{name}/lti-2026"], "jo")
        with opened.workspace.ledger() as ledger:
            engine.reconcile(opened.workspace, ledger, lambda _: None, lambda _: None)
    shell = Shell(tmp_path)
    shell.type("plan", "--sandbox", "--target", "zoom-lti", "--files", "files")
    (file,) = (tmp_path / "files").rglob("*.csv")
    assert file.relative_to(tmp_path / "files").as_posix() == f"{IMPORT}/import-meetings-1.csv"
    lines = file.read_text().splitlines()
    assert lines[0] == "Meeting ID,Context ID,Domain,custom_canvas_course_id"
    shell.type("confirm", IMPORT, "--sandbox")
    world = json.loads((tmp_path / "state" / "sandbox-world.json").read_text())
    assert len(world["lti"]["associations"]) == len(lines) - 1 == 3
    assert "3 adopt" in shell.type("plan", "--sandbox").stdout
    shell.type("confirm", FIRST, "--sandbox")
    rest = shell.type("plan", "--sandbox").stdout
    assert f"({IMPORT}): 3 open" in rest and FIRST not in rest
