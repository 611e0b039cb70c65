"""A credential gives way to another: from the declared successor to the old one's last page, and back."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import engine
from reconciler.model import Finding, Health, Plan, Reason, Sync
from tests.rig import TARGETS, Rig, changes, endings

PLATFORMS = """\
      canvas-main:
        driver: canvas
        base_url: %(origin)s/canvas
        token: ${env:CANVAS_TOKEN}
        probe_course: "%(course)s"
        policy: auto
      moodle-main:
        driver: moodle
        base_url: %(origin)s/moodle
        token: ${env:MOODLE_TOKEN}
        probe_course: "2"
        policy: auto
    fingerprint_key"""
LAUNCH = "https://applications.zoom.us/lti/rich"
CARTRIDGE = "https://tool.example.edu/zoom.xml"
CANVAS = """
    lti_tools:
      zoom:
        title: Zoom
        credential: zoom-lti/lti_credential/lti-2026
        url: https://applications.zoom.us/lti/rich
        privacy: public
        placements: {course_navigation: {text: Zoom}}
"""
MOODLE = """
    lti_tools:
      zoom:
        title: Zoom
        credential: zoom-lti/lti_credential/lti-2026
        cartridge: https://tool.example.edu/zoom.xml
        lifecycle: {allow_replace: true}
"""
COURSES = """
    courses:
      bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", platform: canvas-main}
      bio102: {context_id: "2", domain: "https://moodle.example.edu", platform: moodle-main}
"""
MEETING = """
    users:
      host: {email: host@example.edu, license: licensed}
    course_meetings:
      bio101:
        topic: BIO 101
        host: host
        schedule: {dates: ["2026-12-07T10:00"], minutes: 50, timezone: America/New_York}
        course: bio101
"""
PAGE = """
    lti_credentials:
      lti-2026:
        minted_by: tool
        version: "1.1"
        key: KLAIJC9OTI2Hm
        secret: ${env:LTI_SECRET}%s
    approved_domains:
      canvas: {domain: "https://canvas.example.edu"}
      moodle: {domain: "https://moodle.example.edu"}
    role_maps:
      teaching: {platforms: [canvas, moodle], instructors: [Instructor]}
"""
SUCCESSOR = """
        successor: lti-2027
        overlap: 7d
      lti-2027: {minted_by: tool, version: "1.1", key: Key2027, secret: "${env:LTI_SECRET_2027}"}"""
OLD, NEW = "zoom-lti/lti_credential/lti-2026", "zoom-lti/lti_credential/lti-2027"
TOOLS = ("canvas-main/lti_tool/zoom", "moodle-main/lti_tool/zoom")
LINK = "zoom-lti/course_link/bio101/1"
DAY = 86400


class Campus:
    """A campus whose two platforms launch Zoom with lti-2026, and what a person does there."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        text = TARGETS.replace("    fingerprint_key", PLATFORMS)
        course = rig.console("add_canvas_course", name="Cells", lti_context_id="4f2a9c")["id"]
        rig.write("reconciler.yaml", text % {"origin": rig.sandbox.origin, "course": course})
        rig.write("canvas-main/tools.yaml", CANVAS)
        rig.write("moodle-main/tools.yaml", MOODLE)
        rig.write("courses.yaml", COURSES)
        rig.write("zoom-main/meetings.yaml", MEETING)
        rig.write("zoom-lti/lti.yaml", PAGE % "")
        rig.console("moodle_publish", url=CARTRIDGE, title="Zoom LTI Pro", launch_url=LAUNCH)
        rig.console("moodle_add_course", shortname="BIO102")
        rig.environ["LTI_SECRET"] = "sandbox-lti-secret"
        self.create("lti-2026", "KLAIJC9OTI2Hm", "sandbox-lti-secret")
        self.confirm()
        rig.apply()
        self.use()

    def create(self, name: str, key: str, secret: str) -> None:
        """A credential in LTI Pro's console, with both platforms' domains."""
        self.rig.console("create_credential", name=name, key=key, secret=secret)
        for domain in ("https://canvas.example.edu", "https://moodle.example.edu"):
            self.rig.console("add_domain", key=key, domain=domain)

    def declare(self) -> None:
        """The successor, which the console has with its page, and whose secret is at hand."""
        self.create("lti-2027", "Key2027", "another-lti-secret")
        self.rig.environ["LTI_SECRET_2027"] = "another-lti-secret"
        self.rig.write("zoom-lti/lti.yaml", PAGE % SUCCESSOR)

    def confirm(self) -> list[str]:
        """Say that every open page was done; which they were."""
        pages = [page.id for page in self.rig.plan().plan.hand_offs if page.open]
        with self.rig.ledger() as ledger:
            for page in pages:
                engine.confirm(self.rig.workspace, ledger, page, "a tester")
        return pages

    def use(self) -> None:
        """A teacher puts Moodle's newest tool into the course where it can be tried."""
        tools = self.rig.world()["moodle"]["tool_types"]
        self.rig.console("moodle_add_activity", course=2, tool=tools[-1]["id"])

    def linked(self) -> list[str]:
        """The keys of the credentials that the meeting's link to its course was made with."""
        return sorted(link["key"] for link in self.rig.world()["lti"]["associations"])

    def keys(self) -> tuple[str, list[str]]:
        """The keys that Canvas and Moodle launch with."""
        world: Any = self.rig.world()
        (canvas,) = world["canvas"]["tools"]
        return canvas["consumer_key"], [tool["key"] for tool in world["moodle"]["tool_types"]]


@pytest.fixture
def of(campus: Rig) -> Campus:
    """Such a campus, in sync."""
    made = Campus(campus)
    assert made.keys() == ("KLAIJC9OTI2Hm", ["KLAIJC9OTI2Hm"])
    assert campus.plan().plan.changes == ()
    return made


def told(plan: Plan) -> Finding:
    """What the plan says of the rotation."""
    (found,) = [finding for finding in plan.findings if finding.subject == OLD]
    return found


def test_nothing_is_given_to_a_tool_before_the_successor_and_its_page_are_confirmed(of: Campus) -> None:
    rig = of.rig
    of.declare()
    plan = rig.plan().plan
    pages = {page.id: [str(item.address) for item in page.items] for page in plan.hand_offs if page.open}
    assert pages == {
        "zoom-lti/approved-domains/lti-2027": [
            "zoom-lti/approved_domain/lti-2027.canvas",
            "zoom-lti/approved_domain/lti-2027.moodle",
        ],
        "zoom-lti/credentials/lti-2027": [NEW],
        "zoom-lti/roles/lti-2027": ["zoom-lti/role_map/lti-2027.teaching"],
    }
    assert not set(TOOLS) & set(changes(rig.plan())), "nothing is given to a tool before it is proven"
    assert "nobody has confirmed it yet" in told(plan).text
    rig.apply()
    assert of.keys() == ("KLAIJC9OTI2Hm", ["KLAIJC9OTI2Hm"])


def test_a_successor_is_proven_given_to_every_platform_and_the_old_one_taken_off(of: Campus) -> None:
    rig = of.rig
    of.declare()
    of.confirm()
    assert "0 of 2 tools have" in told(rig.plan().plan).text
    ends = endings(rig.apply())
    assert (ends[f"update {TOOLS[0]}"], ends[f"replace {TOOLS[1]}"]) == ("applied", "applied")
    assert of.keys() == ("Key2027", ["KLAIJC9OTI2Hm", "Key2027"]), "what is in use stays beside the new one"
    plan = rig.plan().plan
    assert "no launch of moodle-main/lti_tool/zoom has proved it" in told(plan).text
    assert of.linked() == ["KLAIJC9OTI2Hm"]
    assert endings(rig.apply())[f"create {LINK}"] == "applied", "what the new one does not list is made by it"
    assert of.linked() == ["KLAIJC9OTI2Hm", "Key2027"]

    of.use()
    assert "it is kept until 2026-09-08" in told(rig.plan().plan).text
    rig.clock.advance(6 * DAY)
    assert endings(rig.apply()).get(f"remove {TOOLS[1]}", "waiting") == "waiting"
    rig.clock.advance(2 * DAY)
    plan = rig.plan().plan
    assert "1 former tools are still there" in told(plan).text
    assert [page.id for page in plan.hand_offs if page.open] == []
    assert endings(rig.apply())[f"remove {TOOLS[1]}"] == "applied"
    assert of.keys() == ("Key2027", ["Key2027"])

    plan = rig.plan().plan
    assert "it is to be taken off" in told(plan).text
    (page,) = [page for page in plan.hand_offs if page.open]
    assert page.id == "zoom-lti/credentials/lti-2026", "what belongs to it goes with it"
    assert {(item.action, "secret" in item.values) for item in page.items} == {("take off", False)}
    assert len(page.items) == 4
    rig.console("delete_credential", key="KLAIJC9OTI2Hm")
    of.confirm()
    plan = rig.plan().plan
    assert plan.changes == ()
    assert "lti-2027 has taken its place" in told(plan).text
    assert "take its entry out at zoom-lti/lti.yaml:2" in told(plan).remedy


def test_a_launch_that_fails_takes_its_platform_back_until_a_person_has_looked(of: Campus) -> None:
    rig = of.rig
    of.declare()
    of.confirm()
    rig.apply()
    of.use()
    rig.clock.advance(60)
    rig.console(
        "edit_canvas_tool", tool=of.rig.world()["canvas"]["tools"][0]["id"], shared_secret="typed over"
    )
    proposal = rig.plan()
    health = {str(probe.address): probe.health for probe in proposal.seen.probes}
    assert (health[TOOLS[0]], health[TOOLS[1]]) == (Health.BROKEN, Health.WORKING)
    assert "with which canvas-main/lti_tool/zoom did not work: it goes back" in told(proposal.plan).text
    assert [page.id for page in proposal.plan.hand_offs if page.open] == ["zoom-lti/credentials/lti-2027"]
    assert endings(rig.apply())[f"update {TOOLS[0]}"] == "applied"
    assert of.keys() == ("KLAIJC9OTI2Hm", ["KLAIJC9OTI2Hm", "Key2027"])
    proposal = rig.plan()
    assert TOOLS[0] not in changes(proposal), "it stays back until somebody says that it is mended"
    assert told(proposal.plan).severity == "warning"
    rig.clock.advance(60)
    assert of.confirm() == ["zoom-lti/credentials/lti-2027"]
    assert endings(rig.apply())[f"update {TOOLS[0]}"] == "applied"
    assert of.keys() == ("Key2027", ["KLAIJC9OTI2Hm", "Key2027"])
    assert "2 of 2 tools have" in told(rig.plan().plan).text


def test_a_successor_that_nothing_can_prove_leaves_the_old_one_to_a_person(of: Campus) -> None:
    rig = of.rig
    path = rig.desired / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('probe_course: "2"', ""), encoding="utf-8")
    of.declare()
    of.confirm()
    rig.apply()
    rig.clock.advance(30 * DAY)
    plan = rig.plan().plan
    assert "set probe_course" in told(plan).text
    assert "try yourself what cannot be tried here; then take the entry out at" in told(plan).remedy
    assert [page.id for page in plan.hand_offs if page.open] == []
    rig.console("delete_credential", key="Key2027")
    assert endings(rig.apply())[f"update {TOOLS[0]}"] == "applied"
    assert of.keys()[0] == "KLAIJC9OTI2Hm", "a successor that is gone takes its tools back"


def test_a_secret_that_somebody_typed_over_is_found_by_a_launch_and_put_back(of: Campus) -> None:
    rig = of.rig
    (tool,) = rig.world()["canvas"]["tools"]
    rig.console("edit_canvas_tool", tool=tool["id"], shared_secret="typed over")
    (change,) = rig.plan().plan.changes
    assert [(field.field, field.reason) for field in change.fields] == [("secret", Reason.DRIFTED)]
    assert endings(rig.apply())[f"update {TOOLS[0]}"] == "applied"
    plan = rig.plan().plan
    assert plan.changes == ()
    (status,) = [status for status in plan.statuses if str(status.address) == TOOLS[0]]
    assert (status.sync, status.health) == (Sync.IN_SYNC, Health.WORKING)
