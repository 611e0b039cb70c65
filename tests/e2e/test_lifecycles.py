"""How things end and come back: gone, returned, absent, adopted, kept; and whose element it was."""

from __future__ import annotations

import re

import pytest

from reconciler import engine
from reconciler.model import Sync
from tests.e2e.scenes import MANAGED, members, people, rest, rewrite, settle, texts
from tests.rig import Rig, changes, endings


def test_a_group_that_is_gone_is_made_again_with_its_members(campus: Rig) -> None:
    settle(campus)
    campus.console("delete_group", group="faculty")
    proposal = campus.plan()
    assert changes(proposal) == {"zoom-main/group/faculty": "create"}
    assert proposal.plan.changes[0].reason == "gone from the live system"
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu", "cleo@example.edu"}


def test_a_person_who_is_gone_is_reported_and_not_made_again(campus: Rig) -> None:
    settle(campus)
    campus.console("delete_user", user="cleo@example.edu")
    proposal = campus.plan()
    assert "zoom-main/user/s3" not in changes(proposal)
    (finding,) = [f for f in proposal.plan.findings if f.severity == "error"]
    assert "gone from the live system" in finding.text
    assert "on_gone: recreate" in finding.remedy
    (status,) = [s for s in proposal.plan.statuses if s.address.name == "s3"]
    assert (status.sync, status.text) == (Sync.DRIFTED, "gone")
    campus.apply()
    assert "cleo@example.edu" not in people(campus)


def test_what_needs_somebody_gone_waits(campus: Rig) -> None:
    settle(campus)
    campus.console("delete_user", user="cleo@example.edu")
    (change,) = campus.plan().plan.changes
    assert str(change.address) == "zoom-main/group/faculty"
    assert [wait.on for wait in change.waiting] == ["zoom-main/user/s3"]


def test_on_gone_recreate_makes_a_person_again_as_a_new_incarnation(campus: Rig) -> None:
    settle(campus)
    campus.console("delete_user", user="cleo@example.edu")
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "s3: {lifecycle: {on_gone: recreate}, "))
    rest(campus)
    assert "cleo@example.edu" in people(campus)
    records = [r for r in campus.plan().recorded.records if r.address.name == "s3"]
    assert [(r.number, r.state.value) for r in records] == [(1, "gone"), (2, "current")]


def test_a_disabled_person_who_is_declared_again_is_enabled(campus: Rig) -> None:
    settle(campus)
    person = "    s3: {email: cleo@example.edu, first_name: Cleo, last_name: Costa}\n"
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))
    rewrite(campus, "zoom-main/people.yaml", (person, ""))
    campus.apply()
    assert people(campus)["cleo@example.edu"]["status"] == "inactive"
    before = people(campus)["cleo@example.edu"]["id"]
    assert campus.plan().plan.changes == ()
    path = campus.desired / "zoom-main/people.yaml"
    path.write_text(path.read_text(encoding="utf-8") + person, encoding="utf-8")
    (change,) = campus.plan().plan.changes
    assert change.verb == "update"
    assert [(f.field, f.before, f.after) for f in change.fields] == [("active", False, True)]
    assert change.reason == "returned"
    campus.control("counters/reset", {})
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.writes() == {"PUT /users/{userId}/status": 1}
    assert people(campus)["cleo@example.edu"]["status"] == "active"
    assert people(campus)["cleo@example.edu"]["id"] == before
    assert campus.plan().plan.changes == ()


def test_what_was_removed_by_hand_is_forgotten_without_a_call(campus: Rig) -> None:
    settle(campus)
    campus.console("delete_group", group="faculty")
    (campus.desired / "zoom-main/groups.yaml").unlink()
    campus.control("counters/reset", {})
    assert endings(campus.apply()) == {"forget zoom-main/group/faculty": "applied"}
    assert campus.writes() == {}
    assert campus.plan().plan.changes == ()


def test_what_goes_away_between_plan_and_removal_is_success(campus: Rig) -> None:
    settle(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    with campus.ledger() as ledger:
        proposal = engine.plan(campus.workspace, ledger)
        campus.console("delete_group", group="faculty")
        report = engine.apply(campus.workspace, ledger, proposal, lambda _: None)
    assert endings(report) == {"remove zoom-main/group/faculty": "applied"}


def without_prune(campus: Rig) -> None:
    path = campus.desired / "reconciler.yaml"
    text = re.sub(r"prune: \[user, .*?\]", "prune: [user]", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


def test_nothing_is_removed_that_prune_does_not_name(campus: Rig) -> None:
    settle(campus)
    without_prune(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    proposal = campus.plan()
    assert proposal.plan.changes == ()
    assert "`prune` of zoom-main does not name group" in texts(proposal.plan.findings)


@pytest.mark.parametrize("where", ["entry", "target"])
def test_on_absent_keep_holds_what_is_no_longer_declared(campus: Rig, where: str) -> None:
    if where == "entry":
        campus.write("zoom-main/groups.yaml", "groups:\n  club: {lifecycle: {on_absent: keep}}\n")
    else:
        path = campus.desired / "reconciler.yaml"
        text = path.read_text(encoding="utf-8").replace(
            "    policy: auto\n    prune: [user",
            "    policy: auto\n    defaults: {group: {lifecycle: {on_absent: keep}}}\n    prune: [user",
        )
        path.write_text(text, encoding="utf-8")
        campus.write("zoom-main/groups.yaml", "groups:\n  club: {}\n")
    rest(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    proposal = campus.plan()
    assert proposal.plan.changes == ()
    assert "on_absent is keep" in texts(proposal.plan.findings)


def test_on_absent_delete_deletes_a_person(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "s3: {lifecycle: {on_absent: delete}, "))
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))
    rest(campus)
    line = next(
        line
        for line in (campus.desired / "zoom-main/people.yaml").read_text("utf-8").splitlines()
        if "s3" in line
    )
    rewrite(campus, "zoom-main/people.yaml", (line, ""))
    (change,) = campus.plan().plan.changes
    assert "recordings" in change.note
    campus.apply()
    assert "cleo@example.edu" not in people(campus)


def test_what_was_adopted_is_kept_unless_told_otherwise(campus: Rig) -> None:
    campus.console("add_group", name="old")
    campus.write("zoom-main/groups.yaml", "groups:\n  old: {}\n")
    assert changes(campus.plan()) == {"zoom-main/group/old": "adopt"}
    (change,) = campus.plan().plan.changes
    assert getattr(change, "matched", "") == "title old"
    rest(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    proposal = campus.plan()
    assert proposal.plan.changes == ()
    assert "it was adopted, not created by us" in texts(proposal.plan.findings)
    campus.write("zoom-main/groups.yaml", "groups:\n  old: {lifecycle: {on_absent: delete}}\n")
    rest(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    assert changes(campus.plan()) == {"zoom-main/group/old": "remove"}
    campus.apply()
    assert campus.world()["groups"] == []


def test_what_we_never_declared_is_never_touched(campus: Rig) -> None:
    campus.console("add_group", name="theirs")
    campus.console("add_user", email="stranger@example.edu")
    settled = campus.world()["users"]
    campus.write("zoom-main/groups.yaml", "groups:\n  ours: {}\n")
    rest(campus)
    assert {group["name"] for group in campus.world()["groups"]} == {"theirs", "ours"}
    assert campus.world()["users"] == settled


def test_at_least_gives_back_only_what_we_added(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    for name in ("ada", "ben", "cleo"):
        campus.console("add_user", email=f"{name}@example.edu", type=2 if name != "cleo" else 1)
    campus.console("add_group", name="faculty", members=["ben@example.edu", "cleo@example.edu"])
    campus.write(
        "zoom-main/people.yaml",
        """
        users:
          s1: {email: ada@example.edu}
          s2: {email: ben@example.edu}
        groups:
          faculty: {members: [s1, s2]}
        """,
    )
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu", "ben@example.edu", "cleo@example.edu"}
    rewrite(campus, "zoom-main/people.yaml", ("[s1, s2]", "[]"))
    (change,) = campus.plan().plan.changes
    assert change.fields[0].removed == ("zoom-main/user/s1",), "ben was there before us, cleo is nobody's"
    rest(campus)
    assert members(campus, "faculty") == {"ben@example.edu", "cleo@example.edu"}


def test_exactly_takes_out_everybody_else(campus: Rig) -> None:
    settle(campus)
    campus.console("add_member", group="faculty", user="ben@example.edu")
    assert campus.plan().plan.changes == ()
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "{exactly: [s1]}"))
    (change,) = campus.plan().plan.changes
    assert change.fields[0].removed == ("zoom-main/user/s2", "zoom-main/user/s3")
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu"}


def test_an_omitted_collection_is_let_alone(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/groups.yaml", ("{members: [s1, s3]}", "{}"))
    assert changes(campus.plan()) == {"zoom-main/group/faculty": "release"}
    campus.apply()
    assert campus.plan().plan.changes == ()
    assert members(campus, "faculty") == {"ada@example.edu", "cleo@example.edu"}


def test_edits_behind_our_back_are_drift_and_are_healed(campus: Rig) -> None:
    settle(campus)
    campus.console("edit_user", user="ada@example.edu", last_name="Byron")
    campus.console("remove_member", group="faculty", user="cleo@example.edu")
    campus.console("edit_group", group="faculty", name="Faculty!")
    proposal = campus.plan()
    drifted = {(str(d.address), d.field) for d in proposal.plan.drift}
    assert drifted == {("zoom-main/user/s1", "last_name"), ("zoom-main/group/faculty", "members")}
    assert {change.reason.value for change in proposal.plan.changes} == {"drifted"}
    rest(campus)
    assert people(campus)["ada@example.edu"]["last_name"] == "Lovelace"


def test_a_lost_ledger_adopts_everything_and_says_what_it_cannot_see(campus: Rig) -> None:
    settle(campus, linked=True)
    path = campus.workspace.ledger_path
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    campus.confirm()
    plan = campus.plan().plan
    assert {change.verb for change in plan.changes} == {"adopt"}
    (link,) = [change for change in plan.changes if change.address.kind == "course_link"]
    assert link.fields == ()
    assert link.note == "context_id, domain, canvas_course_id cannot be read and are taken to be as declared"
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.writes() == {}
    assert campus.plan().plan.changes == ()
    rewrite(campus, "courses.yaml", ("4f2a9c", "77aa00"))
    assert changes(campus.plan())["zoom-lti/course_link/bio101/1"] == "remove"
    assert [change.verb for change in campus.plan().plan.changes] == ["replace", "remove"]


def test_a_way_to_end_that_a_kind_does_not_have_is_handed_off_not_improvised(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {lifecycle: {on_absent: disable}}\n  other: {}\n")
    rest(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  other: {}\n")
    (change,) = campus.plan().plan.changes
    assert change.hand_off is not None
    assert "no API can disable a group" in change.hand_off.why
    assert set(endings(campus.apply()).values()) == {"handed off"}
    assert {group["name"] for group in campus.world()["groups"]} == {"club", "other"}
