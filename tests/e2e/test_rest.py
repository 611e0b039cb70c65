"""REST mappings, end to end: a campus's own file, a community's people, pages without API, safe reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import engine
from reconciler.errors import ConfigError, PlanRefused
from reconciler.model import Create, Unread
from tests.contract.rest_targets import target
from tests.e2e.shell import Shell
from tests.rig import Rig, changes, endings

SETTINGS = "version: 1\ntargets:\n  %s\nfingerprint_key: ${env:RECONCILER_FINGERPRINT_KEY}\n"


@pytest.fixture
def rig(campus: Rig) -> Rig:
    """A campus whose only target is a tool with communities."""
    return use(campus, "community")


def use(rig: Rig, api: str) -> Rig:
    """One target of a shipped mapping."""
    rig.environ["REST_SECRET"] = rig.sandbox.settings()[f"rest:{api}"]["token"]
    rig.environ["LTI_SECRET"] = "a shared secret"
    rig.write("reconciler.yaml", SETTINGS % (target(api) % {"origin": rig.sandbox.origin}))
    return rig


COMMUNITY = "lti_communities:\n  campus: {key: K1, secret: '${env:LTI_SECRET}', auto_provisioning: true}\n"
ADA = "community_members:\n  ada: {community: campus, email: ada@example.edu, role: view_only_student}\n"


def declare(rig: Rig, community: str = COMMUNITY, members: str = ADA) -> None:
    """The community and who is in it."""
    rig.write("community/community.yaml", community)
    rig.write("community/members.yaml", members)


def members(rig: Rig) -> list[dict[str, object]]:
    """Everybody who is in the community now."""
    return [row for row in rig.world()["rest"]["community"]["members"].values() if not row["removed"]]


def test_no_second_account_is_made_beside_an_unlinked_one(rig: Rig) -> None:
    account = {"id": "a1", "email": "Ada@Example.edu", "lms_link": None, "member": ""}
    rig.console("put_rest", api="community", sort="accounts", row=account)
    declare(rig)
    rig.apply()
    plan = rig.plan().plan
    assert [change for change in plan.changes if isinstance(change, Create) and not change.waiting] == []
    said = [f"{finding.text} {finding.remedy}" for finding in plan.findings]
    assert any("no second one is made" in text and "sign in to that account" in text for text in said)
    assert members(rig) == []


@pytest.mark.parametrize(("status", "body"), [(200, {}), (200, {"accounts": None}), (200, []), (404, {})])
def test_a_look_before_a_create_that_tells_nothing_lets_nobody_be_made(
    rig: Rig, status: int, body: object
) -> None:
    declare(rig)
    fault = {"operation": "GET /accounts", "status": status, "body": body, "times": 9}
    rig.control("faults", {"status": [fault]})
    rig.apply()
    assert isinstance(rig.plan().seen.readings["community", "community_member"], Unread)
    assert members(rig) == []


def test_an_address_in_other_letters_is_the_same_person(rig: Rig) -> None:
    declare(rig)
    rig.apply()
    (row,) = members(rig)
    spelt = {"email": "Ada@Example.edu"}
    rig.console("put_rest", api="community", sort="members", row=spelt, id=row["id"])
    declare(rig, members=ADA.replace("ada@", "ADA@"))
    assert rig.plan().plan.changes == ()
    declare(rig, members=ADA.replace("ada@", "bea@"))
    assert [change.verb for change in rig.plan().plan.changes] == ["replace", "remove"]


def test_pending_links_and_unset_passwords_are_conditions_and_no_difference(rig: Rig) -> None:
    declare(rig)
    rig.apply()
    (row,) = members(rig)
    plan = rig.plan().plan
    assert plan.changes == ()
    assert any("not linked to the platform yet" in finding.text for finding in plan.findings)
    linked = {"lms_link": {"lms": "canvas", "user": "7"}}
    rig.console("put_rest", api="community", sort="members", row=linked, id=row["id"])
    plan = rig.plan().plan
    assert plan.changes == ()
    assert any("has no password of their own" in finding.text for finding in plan.findings)


def test_switching_provisioning_off_removes_nobody(rig: Rig) -> None:
    declare(rig)
    rig.apply()
    (ada,) = members(rig)
    launched = {"id": "m9", "community": ada["community"], "email": "bea@example.edu", "removed": False}
    row = {**launched, "role": "view_only_student", "membership": "member", "lms_link": {"lms": "canvas"}}
    rig.console("put_rest", api="community", sort="members", row={**row, "password_set": False})
    declare(rig, COMMUNITY.replace("true", "false"))
    assert changes(rig.plan()) == {"community/lti_community/campus": "update"}
    rig.apply()
    assert {row["email"] for row in members(rig)} == {"ada@example.edu", "bea@example.edu"}


def test_a_community_most_of_whose_members_have_no_link_is_warned_of(rig: Rig) -> None:
    declare(rig)
    rig.apply()
    (row,) = members(rig)

    def warned() -> bool:
        return any("most members have no link" in f.text for f in rig.plan().plan.findings)

    assert warned()
    linked = {"lms_link": {"lms": "canvas", "user": "7"}}
    rig.console("put_rest", api="community", sort="members", row=linked, id=row["id"])
    assert not warned()


def test_pages_without_an_api_are_handed_off_with_their_click_path(campus: Rig) -> None:
    rig = use(campus, "skillable")
    rig.write(
        "skillable/lti.yaml",
        """
        lti_tools:
          zoom: {title: Zoom, key: K1, secret: "${env:LTI_SECRET}", custom_parameters: {custom_term: fall}}
        """,
    )
    proposal = rig.plan()
    (page,) = proposal.plan.hand_offs
    assert page.id.startswith("skillable/lti-providers")
    assert any("Create LTI Provider" in step for step in page.steps)
    assert set(endings(rig.apply()).values()) == {"handed off"}
    assert rig.writes() == {}
    rig.write("skillable/links.yaml", "lti_resource_links: {unit: {title: U, tool: zoom, url: https://u}}")
    proposal = rig.plan()
    first, then = sorted(page.id for page in proposal.plan.hand_offs)
    (item,) = next(page for page in proposal.plan.hand_offs if page.id == then).items
    assert (item.state, item.text) == ("waiting", f"a person has to do {first} first")
    with rig.ledger() as ledger:
        with pytest.raises(PlanRefused, match=f"{then}: a person has to do {first} first; confirm that one"):
            engine.confirm(rig.workspace, ledger, [then], "a tester")
        for hand_off in (first, then):
            engine.confirm(rig.workspace, ledger, [hand_off], "a tester")
    assert rig.plan().plan.changes == ()


def test_a_mapping_of_the_campus_is_read_from_its_folder_and_its_faults_have_places(campus: Rig) -> None:
    rig = use(campus, "community")
    shipped = Path(__file__).parents[2] / "reconciler/drivers/rest/mappings/community.yaml"
    own = rig.write("mappings/ours.yaml", "x")
    own.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    settings = rig.desired / "reconciler.yaml"
    text = settings.read_text(encoding="utf-8").replace("mapping: community", "mapping: mappings/ours.yaml")
    settings.write_text(text, encoding="utf-8")
    declare(rig)
    assert set(endings(rig.apply()).values()) == {"applied"}
    assert rig.plan().plan.changes == ()
    broken = own.read_text(encoding="utf-8").replace("id: community.id", "id: community..id")
    own.write_text(broken.replace("closed: {read: closed", "locked: {read: closed"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        rig.plan()
    lines = own.read_text(encoding="utf-8").splitlines()
    (problem,) = caught.value.problems
    assert problem.where.file == "mappings/ours.yaml"
    assert "community..id" in lines[problem.where.line - 1]
    own.write_text(own.read_text(encoding="utf-8").replace("community..id", "community.id"), encoding="utf-8")
    with pytest.raises(ConfigError, match="has no field `locked`") as caught:
        rig.plan()
    assert "locked:" in lines[caught.value.problems[0].where.line - 1]


def test_a_mapping_file_is_no_desired_file(campus: Rig) -> None:
    rig = use(campus, "community")
    rig.write("mappings/ours.yaml", "version: 1\n")
    declare(rig)
    assert set(changes(rig.plan()).values()) == {"create"}


@pytest.mark.parametrize("fault", ["short_total", "page_cap"])
def test_a_list_that_contradicts_its_total_is_unread(campus: Rig, fault: str) -> None:
    rig = use(campus, "tms_lti")
    rig.write("tms_lti/units.yaml", "organizations: {a: {title: A}, b: {title: B}, c: {title: C}}")
    rig.apply()
    rig.control("faults", {fault: {"GET /organizations": 1}})
    reading = rig.plan().seen.readings["tms_lti", "organization"]
    assert isinstance(reading, Unread) is (fault == "short_total"), "a short page is not the end of a list"


def test_somebody_elses_change_in_between_is_not_overwritten(campus: Rig) -> None:
    rig = use(campus, "tms_lti")
    rig.write("tms_lti/units.yaml", "organizations: {a: {title: A}}")
    rig.apply()
    rig.write("tms_lti/units.yaml", "organizations: {a: {title: Another}}")
    stale = {
        "status": [{"operation": "GET /organizations/{id}", "status": 200, "body": {"id": 1, "revision": 9}}]
    }
    rig.control("faults", stale)
    assert set(endings(rig.apply()).values()) <= {"failed"}


def test_doctor_tells_every_request_and_makes_none(campus: Rig) -> None:
    rig = use(campus, "skillable")
    rig.control("counters/reset", {})
    shown = Shell(rig.desired.parent).type("doctor", "--explain-requests", "skillable").stdout
    assert "writes  create: GET /CreateUser" in shown
    assert "password = <random>" in shown
    assert "reads   list: GET /SearchClassEnrollments" in shown
    assert rig.control("counters")["reads"] == {}
