"""Moodle from the desired files to the site and back: what is blocked, said beforehand, proved and healed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import engine
from reconciler.commands.embedded import open_embedded
from reconciler.model import Health, Replace, Unread
from reconciler.run.adopting import Wish
from tests.rig import Rig, changes, endings

CARTRIDGE = "https://tool.example.edu/zoom.xml"
LAUNCH = "https://applications.zoom.us/lti/rich"
TARGET = """  moodle-main:
    driver: moodle
    base_url: %s/moodle
    token: ${env:MOODLE_TOKEN}
    policy: auto
    prune: [user, group, lti_tool]
"""
TOOL = """
    lti_tools:
      zoom:
        title: Zoom
        cartridge: https://tool.example.edu/zoom.xml
        key: %s
        secret: ${env:LTI_SECRET}
        %s
"""


@pytest.fixture
def moodle(campus: Rig) -> Rig:
    """A campus with a Moodle that can read one cartridge."""
    path = campus.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8")
    place = TARGET % campus.sandbox.origin
    path.write_text(text.replace("fingerprint_key:", place + "fingerprint_key:"), encoding="utf-8")
    campus.environ["LTI_SECRET"] = "a first secret"
    campus.console("moodle_publish", url=CARTRIDGE, title="Zoom LTI Pro", launch_url=LAUNCH)
    return campus


def tool(campus: Rig, key: str = "K1", more: str = "") -> None:
    campus.write("moodle-main/tools.yaml", TOOL % (key, more))


def site(campus: Rig) -> Any:
    return campus.world()["moodle"]


def in_use(campus: Rig) -> str:
    """A teacher puts the first tool into a course; the course's id."""
    course = campus.console("moodle_add_course", shortname="BIO101")["id"]
    campus.console("moodle_add_activity", course=course, tool=site(campus)["tool_types"][0]["id"])
    return str(course)


def test_people_and_cohorts_are_made_and_kept(moodle: Rig) -> None:
    moodle.write(
        "moodle-main/people.yaml",
        """
        users:
          ada: {email: Ada@example.edu, first_name: Ada, last_name: Lovelace, sis_id: E100}
        groups:
          zoom-hosts: {title: Hosts & guests, members: [ada]}
        """,
    )
    assert set(endings(moodle.apply()).values()) == {"applied"}
    assert moodle.plan().plan.changes == ()
    (cohort,) = site(moodle)["cohorts"]
    assert (cohort["name"], cohort["idnumber"]) == ("Hosts & guests", "zoom-hosts")
    moodle.console("moodle_edit_user", user=3, lastname="Byron", suspended=True)
    moodle.console("moodle_edit_cohort", cohort=1, members=[])
    plan = moodle.plan().plan
    assert {drift.field for drift in plan.drift} == {"last_name", "members"}
    assert set(endings(moodle.apply()).values()) == {"applied"}
    assert site(moodle)["users"][1]["lastname"] == "Lovelace"
    assert site(moodle)["users"][1]["suspended"] is True, "what is not declared stays as it is"


def test_who_was_deleted_is_reported_and_not_made_again(moodle: Rig) -> None:
    people = "users:\n  ada: {email: ada@example.edu, first_name: Ada, last_name: L}\n"
    moodle.write("moodle-main/people.yaml", people)
    moodle.apply()
    moodle.console("moodle_delete_user", user=3)
    plan = moodle.plan().plan
    assert plan.changes == ()
    assert any("gone from the live system" in finding.text for finding in plan.findings)


def test_a_key_is_replaced_only_where_that_is_allowed(moodle: Rig) -> None:
    tool(moodle)
    assert set(endings(moodle.apply()).values()) == {"applied"}
    in_use(moodle)
    tool(moodle, "K2")
    plan = moodle.plan().plan
    (violation,) = plan.violations
    assert violation.guard == "replace"
    assert "activities keep using the old one" in violation.text
    assert any("1 activity in a course launches" in change.note for change in plan.changes)
    report = moodle.apply()
    assert engine.exit_status(report) == 3
    assert [tool["key"] for tool in site(moodle)["tool_types"]] == ["K1"]
    tool(moodle, "K2", "lifecycle: {allow_replace: true}")
    plan = moodle.plan().plan
    assert isinstance(plan.changes[0], Replace)
    assert endings(moodle.apply()) == {
        "replace moodle-main/lti_tool/zoom": "applied",
        "remove moodle-main/lti_tool/zoom": "waiting",
    }
    (change,) = moodle.plan().plan.changes
    assert "1 activity in a course launches it still" in change.waiting[0].why
    moodle.console("moodle_edit_activity", activity=1, tool=2)
    assert set(endings(moodle.apply()).values()) == {"applied"}
    assert [tool["key"] for tool in site(moodle)["tool_types"]] == ["K2"]
    assert moodle.plan().plan.changes == ()


def test_a_tool_that_activities_launch_is_not_removed(moodle: Rig) -> None:
    tool(moodle)
    moodle.apply()
    in_use(moodle)
    (moodle.desired / "moodle-main/tools.yaml").unlink()
    (change,) = moodle.plan().plan.changes
    assert "1 activity in a course launches it still" in change.waiting[0].why
    assert set(endings(moodle.apply()).values()) == {"waiting"}
    assert len(site(moodle)["tool_types"]) == 1


def test_a_new_secret_is_a_replace_too(moodle: Rig) -> None:
    tool(moodle)
    moodle.apply()
    moodle.environ["LTI_SECRET"] = "a second secret"
    assert changes(moodle.plan()) == {"moodle-main/lti_tool/zoom": "remove"}
    assert [change.verb for change in moodle.plan().plan.changes] == ["replace", "remove"]


def test_a_tool_made_by_a_run_that_ended_has_its_key_and_secret(moodle: Rig) -> None:
    tool(moodle)
    lost = {"operation": "mod_lti_create_tool_type", "ending": "drop_reply"}
    silent = {"operation": "mod_lti_get_tool_types", "status": 500, "nth": 3, "times": 99}
    moodle.control("faults", {"status": [lost, silent]})
    assert set(endings(moodle.apply()).values()) == {"uncertain"}
    moodle.control("faults", {})
    moodle.apply()
    assert len(site(moodle)["tool_types"]) == 1
    assert moodle.plan().plan.changes == (), "what was sent needs no second tool"
    moodle.environ["LTI_SECRET"] = "a second secret"
    assert [change.verb for change in moodle.plan().plan.changes] == ["replace", "remove"]


def test_an_update_says_what_else_it_does(moodle: Rig) -> None:
    tool(moodle)
    moodle.apply()
    moodle.console("moodle_edit_tool", tool=1, force_ssl=True)
    tool(moodle, more="enabled: false")
    (change,) = moodle.plan().plan.changes
    assert "force SSL" in change.note
    moodle.apply()
    assert site(moodle)["tool_types"][0]["state"] == 2


def test_what_the_token_may_not_do_is_said_before_any_call(moodle: Rig) -> None:
    held = ["core_webservice_get_site_info", "mod_lti_get_tool_types"]
    moodle.console("moodle_edit_site", tokens={"sandbox-moodle-token": {"user_id": 2, "functions": held}})
    tool(moodle)
    moodle.write("moodle-main/people.yaml", "groups:\n  faculty: {title: Faculty}\n")
    proposal = moodle.plan()
    unread = proposal.seen.readings["moodle-main", "group"]
    assert isinstance(unread, Unread)
    assert "core_cohort_get_cohorts is not in the service" in unread.reason
    assert any("mod_lti_create_tool_type" in finding.text for finding in proposal.plan.findings)
    (outcome,) = moodle.apply().outcomes
    assert outcome.ending == "waiting"
    assert moodle.writes() == {}


def test_a_launch_proves_what_no_reading_shows(moodle: Rig) -> None:
    tool(moodle)
    moodle.apply()
    course = in_use(moodle)
    path = moodle.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "    prune: [user, group, lti", f'    probe_course: "{course}"\n    prune: [user, group, lti'
    )
    path.write_text(text, encoding="utf-8")
    (probe,) = moodle.plan().seen.probes
    assert probe.health is Health.WORKING
    moodle.console("moodle_edit_tool", tool=1, secret="somebody else's")
    (probe,) = moodle.plan().seen.probes
    assert (probe.health, "another secret" in probe.text) == (Health.BROKEN, True)


def test_the_embedded_sandbox_plays_a_moodle(moodle: Rig) -> None:
    moodle.write("moodle-main/people.yaml", "groups:\n  faculty: {title: Faculty}\n")
    with open_embedded(moodle.workspace) as embedded, embedded.workspace.ledger(create=True) as ledger:
        report, _ = engine.reconcile(embedded.workspace, ledger, lambda _: None, lambda _: None)
    assert [outcome.ending.value for outcome in report.outcomes] == ["applied"]
    assert site(moodle)["cohorts"] == []


def test_a_tool_bears_the_key_and_secret_of_the_credential_it_names(moodle: Rig) -> None:
    moodle.mint()
    moodle.write(
        "moodle-main/tools.yaml",
        """
        lti_tools:
          zoom: {cartridge: "https://tool.example.edu/zoom.xml", credential: zoom-lti/lti_credential/lti-2026}
        """,
    )
    assert set(endings(moodle.apply()).values()) == {"applied"}
    (made,) = site(moodle)["tool_types"]
    assert (made["key"], made["secret"]) == ("KLAIJC9OTI2Hm", "sandbox-lti-secret")
    assert moodle.plan().plan.changes == ()


def test_a_meeting_is_linked_to_courses_only_that_the_site_has(moodle: Rig) -> None:
    moodle.mint()
    course = (
        "courses:\n  bio101: {context_id: '%s', platform: moodle-main, domain: 'https://canvas.example.edu'}"
    )
    moodle.write("courses.yaml", course % 77)
    moodle.write("zoom-main/people.yaml", "users:\n  host: {email: host@example.edu, license: licensed}\n")
    moodle.write(
        "zoom-main/meetings.yaml",
        """
        course_meetings:
          bio101:
            topic: BIO 101
            host: host
            course: bio101
            schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: Europe/Vienna}
        """,
    )
    moodle.console("add_user", email="host@example.edu", type=2)
    link = "zoom-lti/course_link/bio101/1"
    assert endings(moodle.apply())[f"create {link}"] == "waiting"
    there = moodle.console("moodle_add_course", shortname="BIO101")["id"]
    moodle.write("courses.yaml", course % there)
    assert endings(moodle.apply())[f"create {link}"] == "applied"


def test_what_a_site_has_is_taken_over_and_nothing_is_left_to_do(moodle: Rig) -> None:
    person = moodle.console("moodle_add_user", username="ada", email="Ada@example.edu", idnumber="E100")["id"]
    cohort = moodle.console("moodle_add_cohort", name="Zoom hosts", idnumber="hosts")["id"]
    moodle.console("moodle_edit_cohort", cohort=cohort, members=[person])
    with moodle.ledger() as ledger:
        taken = engine.adopt(moodle.workspace, ledger, Wish("moodle-main"))
    assert len(taken.pages) == 2
    plan = moodle.plan().plan
    assert (plan.changes, plan.drift) == ((), ())
    assert moodle.writes() == {}
