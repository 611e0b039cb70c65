"""The plan says how many people gain or lose host rights as far as the platforms tell; so does a snapshot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler import cli, engine
from reconciler.model import Finding, Plan
from reconciler.run.sealing import unseal
from reconciler.run.snapshots import read_key, thaw
from tests.e2e.test_lti_pages import findings
from tests.rig import TARGETS, Rig

SECRET = "a secret for snapshots, long enough for one"
PLATFORMS = """\
      canvas-main:
        driver: canvas
        base_url: %(origin)s/canvas
        token: ${env:CANVAS_TOKEN}
      moodle-main:
        driver: moodle
        base_url: %(origin)s/moodle
        token: ${env:MOODLE_TOKEN}
    snapshot_key: ${env:SNAPSHOT_KEY}
    fingerprint_key"""
MEETING = """
  %s:
    topic: %s
    host: s1
    schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
    course: %s
"""
COURSES = """
    courses:
      bio: {context_id: 4f2a9c, domain: "https://canvas.example.edu", platform: canvas-main}
      art: {context_id: "%s", domain: "https://canvas.example.edu", platform: moodle-main}
      law: {context_id: c01d44, domain: "https://canvas.example.edu"}
"""
ROLES = """
    role_maps:
      campus: {platforms: [canvas, moodle], instructors: [%s]}
"""
READS = ("GET /api/v1/courses/{course}/enrollments", "core_enrol_get_enrolled_users")


@pytest.fixture
def rig(campus: Rig) -> Rig:
    """Three linked courses, one of which names no platform, with people in two; the page was never seen."""
    campus.write(
        "reconciler.yaml",
        TARGETS.replace("    fingerprint_key", PLATFORMS) % {"origin": campus.sandbox.origin},
    )
    campus.environ["SNAPSHOT_KEY"] = SECRET
    campus.console("add_canvas_course", name="BIO", lti_context_id="4f2a9c")
    for login, kind in (("ada", "Teacher"), ("tom", "Ta"), ("tia", "Ta"), ("sue", "Student")):
        campus.console("add_canvas_user", name=login, login=login)
        campus.console("enrol_canvas_user", course="BIO", user=login, type=f"{kind}Enrollment")
    art = campus.console("moodle_add_course", shortname="ART")["id"]
    campus.console("moodle_add_people", number=2)
    campus.console("moodle_enrol", course=art, user=3, role="editingteacher")
    campus.console("moodle_enrol", course=art, user=4)
    campus.write("courses.yaml", COURSES % art)
    campus.write("zoom-main/people.yaml", "users:\n  s1: {email: ada@example.edu, license: licensed}\n")
    meetings = "".join(MEETING % (name, name.upper(), name) for name in ("bio", "art", "law"))
    campus.write("zoom-main/meetings.yaml", f"course_meetings:{meetings}")
    campus.mint()
    campus.apply()
    return campus


def declare(rig: Rig, *names: str, more: str = "") -> Plan:
    """The plan with these roles, and what else the page has."""
    rig.write("zoom-lti/page.yaml", ROLES % ", ".join(names) + more)
    return rig.plan().plan


def said(plan: Plan) -> Finding:
    """The one finding about host rights."""
    (finding,) = findings(plan, "zoom-lti/role_map")
    return finding


def test_people_are_counted_where_enrolments_can_be_read(rig: Rig) -> None:
    first = said(declare(rig, "Instructor"))
    unknown = "1 course is not counted: `platform` is not declared"
    assert first.severity == "info"
    assert first.text == (
        "launches as Instructor gain host rights. "
        "1 person on canvas-main gains host rights, 0 lose them (counted over 1 course); "
        "1 person on moodle-main gains host rights, 0 lose them (counted over 1 course); "
        f"{unknown}; whom LTI Pro's own defaults let host already is not published"
    )
    rig.confirm()
    rig.control("counters/reset", {})
    assert findings(rig.plan().plan, "zoom-lti/role_map") == []
    counters = rig.control("counters")
    assert not set(READS) & set(counters["reads"]), "at rest nobody's enrolments are read"
    second = said(declare(rig, "TeachingAssistant"))
    assert second.severity == "warning"
    assert "2 people on canvas-main gain host rights, 1 loses them (counted over 1 course)" in second.text
    assert "0 people on moodle-main gain host rights, 1 loses them" in second.text
    third = said(declare(rig, "Instructor", more="    lti_settings: {page: {students_host: true}}\n"))
    assert "every student who launches gains host rights. 3 people on canvas-main gain" in third.text
    assert "people who launch without being enrolled, as admins may, are not counted" in third.text
    assert rig.control("counters")["writes"] == {}


def test_what_a_platform_does_not_tell_is_said(rig: Rig) -> None:
    rig.console("edit_canvas", rights=["lti", "users", "registrations", "courses"])
    rig.console("moodle_edit_site", down="database")
    finding = said(declare(rig, "Instructor"))
    assert "How many people these are is not known: 1 course is not counted: `platform`" in finding.text
    assert "1 course on canvas-main is not counted: " in finding.text
    assert "1 course on moodle-main is not counted: " in finding.text
    assert finding.text.endswith("2 people have an account in zoom-main now")


def test_a_plan_from_a_snapshot_taken_at_rest_counts_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(rig, "Instructor", "TeachingAssistant")
    rig.confirm()
    assert findings(rig.plan().plan, "zoom-lti/role_map") == []
    for name, value in rig.environ.items():
        monkeypatch.setenv(name, value)
    file, state = rig.folder / "campus.snapshot", str(rig.folder / "state")
    assert cli.run(["state", "snapshot", str(rig.desired), "--state", state, "--out", str(file)]) == 0
    snapshot = unseal(file.read_text().strip(), read_key(rig.workspace), "default", "campus.snapshot")
    texts = [person for row in snapshot.enrolled for people in row.people.values() for person in people]
    assert min(map(len, texts)) == 24, "no id of a person is in it"
    live = said(declare(rig))
    assert "3 people on canvas-main" not in live.text and "3 lose them" in live.text
    workspace = replace(rig.workspace, state=rig.folder / "nowhere", environ={"SNAPSHOT_KEY": SECRET})
    rig.control("counters/reset", {})
    assert said(engine.plan(thaw(workspace, file), None).plan) == live
    courses = rig.desired / "courses.yaml"
    courses.write_text(courses.read_text().replace("4f2a9c", "5b00c1"))
    moved = said(engine.plan(thaw(workspace, file), None).plan)
    assert "its enrolments were not asked for (in the snapshot of" in moved.text
    assert rig.control("counters")["reads"] == {}
