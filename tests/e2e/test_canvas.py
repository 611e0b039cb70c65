"""A tool in Canvas by a credential of Zoom's, from hand-off to link: what is checked, and what waits."""

from __future__ import annotations

import pytest

from reconciler import engine
from reconciler.commands.embedded import open_embedded
from reconciler.errors import ConfigError
from reconciler.model import Sync
from tests.rig import TARGETS, Rig, address, changes, endings

CANVAS = """\
      canvas-main:
        driver: canvas
        base_url: %(origin)s/canvas
        token: ${env:CANVAS_TOKEN}
        policy: auto
        prune: [lti_tool]
    fingerprint_key"""
TOOL = """
    lti_tools:
      zoom:
        title: Zoom
        credential: zoom-lti/lti_credential/lti-2026
        url: https://applications.zoom.us/lti/rich
        privacy: public
        placements: {course_navigation: {text: Zoom}}
"""
CREDENTIAL = """
    lti_credentials:
      lti-2026: {minted_by: tool, version: "1.1"%s}
"""
MEETING = """
    users:
      host: {email: host@example.edu, license: licensed}
    course_meetings:
      bio101:
        topic: BIO 101
        host: host
        schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}
        course: bio101
"""
COURSE = """
    courses:
      bio101:
        context_id: 4f2a9c
        domain: https://canvas.example.edu
        canvas_course_id: "%s"
        platform: %s
"""
PAGE = """
    allowed_email_domains:
      campus: {domain: example.edu}
    role_maps:
      campus: {platforms: [canvas], instructors: %s}
"""
NAME = "canvas-main/lti_tool/zoom"
LINK = "zoom-lti/course_link/bio101/1"


@pytest.fixture
def rig(campus: Rig) -> Rig:
    """A campus with a Canvas, the tool declared."""
    text = TARGETS.replace("    fingerprint_key", CANVAS)
    campus.write("reconciler.yaml", text % {"origin": campus.sandbox.origin})
    campus.write("canvas-main/tools.yaml", TOOL)
    return campus


def tools(rig: Rig) -> list[dict[str, object]]:
    found: list[dict[str, object]] = rig.world()["canvas"]["tools"]
    return found


def refused(rig: Rig) -> str:
    with pytest.raises(ConfigError) as caught:
        rig.plan()
    return str(caught.value)


def test_a_tool_gets_key_and_secret_of_its_credential_and_follows_it(rig: Rig) -> None:
    rig.mint()
    proposal = rig.plan()
    (change,) = proposal.plan.changes
    assert str(change.address) == NAME
    places = {field.field: field.where.file for field in change.fields if field.where}
    assert (places["key"], places["title"]) == ("zoom-lti/lti.yaml", "canvas-main/tools.yaml")
    assert endings(rig.apply())[f"create {NAME}"] == "applied"
    (tool,) = tools(rig)
    assert (tool["consumer_key"], tool["shared_secret"]) == ("KLAIJC9OTI2Hm", "sandbox-lti-secret")
    plan = rig.plan().plan
    assert plan.changes == ()
    (status,) = [one for one in plan.statuses if str(one.address) == NAME]
    assert status.sync is Sync.UNVERIFIED
    assert status.text.startswith("cannot be read back: secret, and not tried: ")
    rig.environ["LTI_SECRET"] = "another-lti-secret"
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == NAME]
    assert [field.field for field in change.fields] == ["secret"]
    del rig.environ["LTI_SECRET"]
    assert NAME not in changes(rig.plan()), "what does not resolve here is not compared"


def test_a_tool_waits_for_the_hand_off_that_mints_its_key(rig: Rig) -> None:
    rig.write("zoom-lti/lti.yaml", CREDENTIAL % "")
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == NAME]
    assert [wait.on for wait in change.waiting] == ["zoom-lti/lti_credential/lti-2026"]
    assert endings(rig.apply())[f"create {NAME}"] == "waiting"
    written = ', key: Key1, secret: "${env:LTI_SECRET}"'
    rig.write("zoom-lti/lti.yaml", CREDENTIAL % written)
    rig.console("create_credential", key="Key1", secret="sandbox-lti-secret")
    with rig.ledger() as ledger:
        engine.confirm(rig.workspace, ledger, ["zoom-lti/credentials/lti-2026"], "a tester")
    report = rig.apply()
    (outcome,) = [one for one in report.outcomes if str(one.change.address) == NAME]
    assert (outcome.ending.value, engine.exit_status(report)) == ("waiting", 0)
    assert "LTI_SECRET is not set" in outcome.text
    assert tools(rig) == []
    rig.environ["LTI_SECRET"] = "sandbox-lti-secret"
    assert endings(rig.apply())[f"create {NAME}"] == "applied"


def test_a_new_tool_waits_until_its_credentials_page_was_gone_through(rig: Rig) -> None:
    rig.mint()
    rig.write("zoom-lti/page.yaml", PAGE % "[Instructor]")
    rig.write("courses.yaml", COURSE % ("1042", "canvas-main"))
    rig.write("zoom-main/meetings.yaml", MEETING)
    rig.console("add_canvas_course", name="BIO 101", course_id=1042, lti_context_id="4f2a9c")
    proposal = rig.plan()
    pages = [page.id for page in proposal.plan.hand_offs if page.open]
    (change,) = [one for one in proposal.plan.changes if str(one.address) == NAME]
    assert [wait.why for wait in change.waiting] == [f"a person has to do {page} first" for page in pages]
    ends = endings(rig.apply())
    assert (len(pages), ends[f"create {NAME}"], ends[f"create {LINK}"]) == (2, "waiting", "applied")
    with rig.ledger() as ledger:
        for page in pages:
            engine.confirm(rig.workspace, ledger, [page], "a tester")
    assert endings(rig.apply()) == {f"create {NAME}": "applied"}
    rig.write("zoom-lti/page.yaml", PAGE % "[TeachingAssistant]")
    rig.write("canvas-main/tools.yaml", TOOL.replace("title: Zoom", "title: Meet"))
    assert endings(rig.apply())[f"update {NAME}"] == "applied", "only what is new waits"


def test_what_a_credential_of_ours_lacks_is_a_mistake(rig: Rig) -> None:
    rig.write("zoom-lti/lti.yaml", 'lti_credentials:\n  lti-2026: {minted_by: us, version: "1.1", key: K}\n')
    said = refused(rig)
    assert "names lti-2026 (zoom-lti/lti.yaml:2" in said
    assert "which has no `secret`" in said
    rig.write("canvas-main/tools.yaml", "lti_tools:\n  zoom: {key: k, privacy: public}\n")
    assert "`secret` is missing" in refused(rig)
    placed = TOOL.replace("{text: Zoom}", "{text: Zoom, enabled: false}")
    rig.write("canvas-main/tools.yaml", placed)
    assert "take `enabled` out" in refused(rig)


def test_a_tool_for_linked_courses_has_to_be_public(rig: Rig) -> None:
    rig.mint()
    rig.write("courses.yaml", COURSE % ("1042", "canvas-main"))
    rig.write("zoom-main/meetings.yaml", MEETING)
    rig.write("canvas-main/tools.yaml", TOOL.replace("public", "name"))
    said = refused(rig)
    assert "canvas-main/tools.yaml" in said
    assert "`privacy` is name, and the course of bio101 has a canvas_course_id (courses.yaml:5" in said
    rig.write(
        "courses.yaml", COURSE.replace('canvas_course_id: "%s"', "title: %s") % ("Cells", "canvas-main")
    )
    rig.plan()


def test_a_course_is_looked_for_before_anything_is_linked_to_it(rig: Rig) -> None:
    rig.mint()
    rig.write("courses.yaml", COURSE % ("1042", "canvas-main"))
    rig.write("zoom-main/meetings.yaml", MEETING)
    ends = endings(rig.apply())
    assert (ends[f"create {LINK}"], ends[f"create {NAME}"]) == ("waiting", "applied")
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == LINK]
    assert [(w.on, w.why) for w in change.waiting] == [
        ("-/course/bio101", "canvas-main has no course with the context_id 4f2a9c")
    ]
    rig.console("add_canvas_course", name="BIO 101", course_id=7, lti_context_id="4f2a9c")
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == LINK]
    assert change.waiting[0].why == "its canvas_course_id is 7 in canvas-main, not 1042"
    rig.write("courses.yaml", COURSE % ("7", "canvas-main"))
    assert endings(rig.apply())[f"create {LINK}"] == "applied"
    proposal = rig.plan()
    assert "GET /api/v1/courses/{course}" not in proposal.requests["canvas-main"], (
        "only what is new is checked"
    )
    assert proposal.plan.changes == ()


def test_a_platform_that_does_not_answer_keeps_links_waiting(rig: Rig) -> None:
    rig.mint()
    rig.write("courses.yaml", COURSE % ("1042", "canvas-main"))
    rig.write("zoom-main/meetings.yaml", MEETING)
    rig.console("edit_canvas", token="another")
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == LINK]
    assert change.waiting[0].why.startswith("it was not looked for: ")
    assert rig.plan().seen.readings["canvas-main", "lti_tool"]
    rig.console("edit_canvas", token="sandbox-canvas-token", rights=["lti"])
    (change,) = [one for one in rig.plan().plan.changes if str(one.address) == LINK]
    assert "may not do that" in change.waiting[0].why


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("canvas-mian", "did you mean `canvas-main`?"),
        ("zoom-main", "zoom-main, which is no learning platform"),
    ],
)
def test_a_platform_is_a_target_where_tools_are_registered(rig: Rig, platform: str, said: str) -> None:
    rig.mint()
    rig.write("courses.yaml", COURSE % ("1042", platform))
    assert said in refused(rig)


def test_what_somebody_changed_in_canvas_is_put_back_and_nothing_else(rig: Rig) -> None:
    rig.mint()
    rig.apply()
    (tool,) = tools(rig)
    navigation = {"text": "Meet", "default": "disabled"}
    rig.console("edit_canvas_tool", tool=tool["id"], course_navigation=navigation, description="Somebody's")
    plan = rig.plan().plan
    assert [(drift.field, str(drift.address)) for drift in plan.drift] == [("placements", NAME)]
    assert endings(rig.apply()) == {f"update {NAME}": "applied"}
    (tool,) = tools(rig)
    assert tool["placements"] == {
        "course_navigation": {"text": "Zoom", "default": "disabled", "enabled": "true"}
    }
    assert tool["description"] == "Somebody's"


def test_the_embedded_sandbox_plays_canvas(rig: Rig) -> None:
    rig.write(
        "canvas-main/tools.yaml",
        "lti_tools:\n  zoom: {key: k, privacy: public, secret: '${env:S}', url: 'https://z'}\n",
    )
    with open_embedded(rig.workspace) as played:
        played.secrets.values["${env:S}"] = "hush"
        with played.workspace.ledger(create=True) as ledger:
            report, _ = engine.reconcile(played.workspace, ledger, lambda _: None, lambda _: None)
            assert endings(report)[f"create {NAME}"] == "applied"
            assert address(NAME) in {record.address for record in ledger.read().records}
