"""A credential gives way to another: from the declared successor to the old one's last page, and back."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import engine
from reconciler.model import Finding, Health, Plan, Reason, Report, Sync
from reconciler.report import render_explain, render_plan
from reconciler.run.proposal import Selection
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
LIST_TOOLS = "GET /api/v1/accounts/{account}/external_tools"


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
        return self.rig.confirm()

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


def apply_saved(rig: Rig) -> Report:
    """Apply a plan that was looked at for an hour."""
    saved = rig.plan().plan
    rig.clock.advance(3600)
    with rig.ledger() as ledger:
        return engine.apply_saved(rig.workspace, ledger, saved, lambda _: None)


def reasons(plan: Plan) -> dict[str, Reason]:
    """Why the plan changes each address, apart from what is superseded."""
    return {str(c.address): c.reason for c in plan.changes if c.reason is not Reason.SUPERSEDED}


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
    text = render_plan(plan)
    order = [text.index(f"({page}): ") for page in pages]
    assert order[1] == min(order), "the credential before what stands on its page"
    assert "This is a new one beside lti-2026. Leave lti-2026 as it is" in " ".join(text.split())
    rig.apply()
    assert of.keys() == ("KLAIJC9OTI2Hm", ["KLAIJC9OTI2Hm"])


def test_a_successor_is_proven_given_to_every_platform_and_the_old_one_taken_off(of: Campus) -> None:
    rig = of.rig
    of.declare()
    of.confirm()
    plan = rig.plan().plan
    assert "0 of 2 tools have" in told(plan).text
    assert reasons(plan) == dict.fromkeys(TOOLS, Reason.ROTATED)
    alone = rig.plan(selection=Selection(targets=("canvas-main",))).plan
    assert alone.changes == () and "nothing has shown that it works" in told(alone).text
    ends = endings(apply_saved(rig))
    assert (ends[f"update {TOOLS[0]}"], ends[f"replace {TOOLS[1]}"]) == ("applied", "applied")
    assert of.keys() == ("Key2027", ["KLAIJC9OTI2Hm", "Key2027"]), "what is in use stays beside the new one"
    plan = rig.plan().plan
    assert "no launch of moodle-main/lti_tool/zoom has proved it" in told(plan).text
    assert of.linked() == ["KLAIJC9OTI2Hm"]
    assert reasons(plan)[LINK] is Reason.ROTATED
    assert endings(rig.apply())[f"create {LINK}"] == "applied", "what the new one does not list is made by it"
    assert of.linked() == ["KLAIJC9OTI2Hm", "Key2027"]

    of.use()
    assert "it is kept until 2026-09-08" in told(rig.plan().plan).text
    assert "leave both entries as they are" in render_plan(rig.plan().plan), "not only `Nothing to do.`"
    rig.clock.advance(6 * DAY)
    assert endings(apply_saved(rig)) == {f"remove {TOOLS[1]}": "waiting"}
    rig.clock.advance(2 * DAY)
    rig.control("faults", {"status": [{"operation": LIST_TOOLS, "status": 403, "times": 1}]})
    plan = rig.plan().plan
    assert "no launch of canvas-main/lti_tool/zoom has proved it: none was tried" in told(plan).text
    assert [change.key for change in plan.changes if not change.waiting] == []
    plan = rig.plan().plan
    assert "former tools, still there: 1" in told(plan).text
    assert [page.id for page in plan.hand_offs if page.open] == []
    assert endings(rig.apply())[f"remove {TOOLS[1]}"] == "waiting", "an activity launches it still"
    rig.console("moodle_edit_activity", activity=1, tool=2)
    assert endings(rig.apply())[f"remove {TOOLS[1]}"] == "applied"
    assert of.keys() == ("Key2027", ["Key2027"])

    plan = rig.plan().plan
    assert "it is to be taken off" in told(plan).text
    assert set(reasons(plan).values()) == {Reason.ROTATED}
    (page,) = [page for page in plan.hand_offs if page.open]
    assert page.id == "zoom-lti/credentials/lti-2026", "what belongs to it goes with it"
    assert [(item.action, "secret" in item.values) for item in page.items] == [("take off", False)] * 4
    assert "delete it" in page.steps[-2] and not any("Copy" in step for step in page.steps)
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
    assert health[NEW] is Health.WORKING, "what was seen is kept as it was, for snapshots too"
    (status,) = [status for status in proposal.plan.statuses if str(status.address) == NEW]
    assert "canvas-main/lti_tool/zoom did not work with it; once that is mended, confirm" in status.text
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


def test_a_rotation_that_is_given_up_goes_back_before_the_successors_page_is_taken_off(of: Campus) -> None:
    rig = of.rig
    of.declare()
    of.confirm()
    rig.apply()
    kept = SUCCESSOR.rsplit("\n", 1)[1]
    rig.write("zoom-lti/lti.yaml", PAGE % f"\n{kept}")
    plan = rig.plan().plan
    waits = {str(change.address): [wait.on for wait in change.waiting] for change in plan.changes}
    assert waits["zoom-lti/approved_domain/lti-2027.canvas"] == list(TOOLS)
    assert not [page for page in plan.hand_offs if page.open], "a person would end their launches"
    rig.apply()
    assert of.keys()[0] == "KLAIJC9OTI2Hm"
    rig.apply()
    open_pages = {page.id for page in rig.plan().plan.hand_offs if page.open}
    assert open_pages == {"zoom-lti/approved-domains/lti-2027", "zoom-lti/roles/lti-2027"}


def test_a_credential_taken_out_too_early_stays_until_no_tool_launches_with_it(of: Campus) -> None:
    rig = of.rig
    of.declare()
    lti = (PAGE % SUCCESSOR).split("\n")
    start = next(number for number, line in enumerate(lti) if "lti-2026:" in line)
    end = next(number for number, line in enumerate(lti) if "lti-2027: {" in line)
    rig.write("zoom-lti/lti.yaml", "\n".join([*lti[:start], *lti[end:]]))
    for name in ("reconciler.yaml", "canvas-main/tools.yaml", "moodle-main/tools.yaml"):
        path = rig.desired / name
        path.write_text(path.read_text(encoding="utf-8").replace("lti-2026", "lti-2027"), encoding="utf-8")
    report = rig.apply()
    held = {str(end.change.address) for end in report.outcomes if end.ending == "waiting"}
    assert {*TOOLS, OLD} <= held, "neither given away nor taken off"
    with rig.ledger() as ledger:
        engine.confirm(rig.workspace, ledger, ["zoom-lti/credentials/lti-2027"], "a tester")
    plan = rig.plan().plan
    waits = {str(change.address): change.waiting for change in plan.changes}
    rig.apply()
    assert of.keys() == ("KLAIJC9OTI2Hm", ["KLAIJC9OTI2Hm"])
    assert [wait.on for wait in waits[OLD]] == list(TOOLS)
    assert "a person has to do zoom-lti/approved-domains/lti-2027 first" in waits[TOOLS[0]][0].why
    assert not [page.id for page in plan.hand_offs if page.id.endswith("lti-2026")]
    assert f"no longer declared, but {TOOLS[0]}, {TOOLS[1]} launch with it" in told(plan).text
    of.confirm()
    rig.apply()
    of.use()
    rig.apply()
    plan = rig.plan().plan
    assert (
        "1 activity in a course launches it still"
        in next(c for c in plan.changes if c.waiting).waiting[0].why
    )
    rig.console("moodle_edit_activity", activity=1, tool=2)
    rig.apply()
    assert [page.id for page in rig.plan().plan.hand_offs if page.open] == ["zoom-lti/credentials/lti-2026"]


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
    with rig.ledger() as ledger:
        record = ledger.read().latest({})[status.address]
    text, fingerprint = render_explain(status.address, plan, None, record), record.fields["secret"].value
    assert isinstance(fingerprint, str) and fingerprint not in text and fingerprint[:12] in text
    for _ in range(3):
        assert plan.violations == ()
        rig.console("edit_canvas_tool", tool=tool["id"], shared_secret="typed over")
        plan = rig.apply().plan
    assert [found.guard for found in plan.violations] == ["contested"], (
        "a secret that never stays is not sent on"
    )
    assert "secret was put back 3 times within 24 hours" in plan.violations[0].text
    assert "and is not what we set again" in plan.violations[0].text


def test_without_fingerprints_tools_get_key_and_secret_together_and_keep_them(of: Campus) -> None:
    rig = of.rig
    path = rig.desired / "reconciler.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "fingerprint_key" not in line), encoding="utf-8")
    of.declare()
    of.confirm()
    assert endings(rig.apply())[f"update {TOOLS[0]}"] == "applied"
    (tool,) = rig.world()["canvas"]["tools"]
    assert (tool["consumer_key"], tool["shared_secret"]) == ("Key2027", "another-lti-secret")
    of.use()
    proposal = rig.plan()
    assert "2 of 2 tools have" in told(proposal.plan).text
    assert {"update", "replace"}.isdisjoint(changes(proposal).values()), "they keep it"
