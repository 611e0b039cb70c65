"""A field that somebody keeps changing back: after three times it is theirs until somebody says otherwise."""

from __future__ import annotations

from reconciler import engine
from reconciler.report import Style, render_plan
from tests.e2e.scenes import MANAGED, guards, members, people, rest, rewrite, settle, violation, waive
from tests.rig import Rig, changes, endings

HOUR = 3600


def meddle(campus: Rig, name: str = "Byron") -> None:
    campus.console("edit_user", user="ada@example.edu", last_name=name)


def quarrel(campus: Rig, times: int = 3) -> None:
    """Somebody changes a name, we put it back, and so on, an hour apart."""
    for _ in range(times):
        meddle(campus)
        assert set(endings(campus.apply()).values()) == {"applied"}
        campus.clock.advance(HOUR)


def test_a_field_put_back_three_times_in_a_day_is_left_alone(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    assert guards(campus.plan().plan) == [], "nobody changed it since"
    meddle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("first_name: Ben", "first_name: Benno"))
    plan = campus.plan().plan
    found = violation(plan, "contested")
    assert "last_name was put back 3 times within 24 hours" in found.text
    assert "2026-09-01 12:00, 2026-09-01 13:00, 2026-09-01 14:00 UTC" in found.text
    assert 'is "Byron", declared "Lovelace" again' in found.text
    assert "lifecycle: {ignore: [last_name]}" in found.text
    assert found.waive.startswith('- {guard: contested, addresses: "zoom-main/user/s1", max: 1, until: ')
    assert "to put it back is refused" in render_plan(plan, Style())
    campus.control("counters/reset", {})
    report = campus.apply()
    assert endings(report) == {"update zoom-main/user/s1": "refused", "update zoom-main/user/s2": "applied"}
    assert engine.exit_status(report) == 3
    assert campus.writes() == {"PATCH /users/{userId}": 1}
    assert people(campus)["ada@example.edu"]["last_name"] == "Byron"


def test_it_stays_contested_however_long_nobody_says_anything(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    meddle(campus)
    campus.control("counters/reset", {})
    for _ in range(4):
        campus.clock.advance(13 * HOUR)
        assert engine.exit_status(campus.apply()) == 3
    assert campus.writes() == {}


def test_a_waiver_acknowledges_and_is_used_up(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    meddle(campus)
    waive(campus, violation(campus.plan().plan, "contested").waive.replace("...", "settled with them"))
    plan = campus.plan().plan
    assert guards(plan) == []
    assert [(use.guard, use.uses, use.maximum) for use in plan.waivers] == [("contested", 1, 1)]
    rewrite(campus, "zoom-main/people.yaml", ("first_name: Ben", "first_name: Benno"))
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert people(campus)["ada@example.edu"]["last_name"] == "Lovelace"
    assert campus.plan().recorded.waiver_uses == {plan.waivers[0].id: 1}
    meddle(campus)
    assert guards(campus.plan().plan) == ["contested"], "acknowledged once, not for ever"
    assert "max: 2" in violation(campus.plan().plan, "contested").waive


def test_what_comes_back_days_after_it_was_acknowledged_counts_from_nought(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    campus.clock.advance(48 * HOUR)
    meddle(campus)
    waive(campus, violation(campus.plan().plan, "contested").waive.replace("...", "settled with them"))
    rest(campus)
    meddle(campus)
    rest(campus)


def test_a_value_changed_in_git_is_no_quarrel(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    rewrite(campus, "zoom-main/people.yaml", ("last_name: Lovelace", "last_name: King"))
    rest(campus)


def test_twice_or_over_two_days_is_no_quarrel(campus: Rig) -> None:
    settle(campus)
    quarrel(campus, times=2)
    campus.clock.advance(24 * HOUR)
    quarrel(campus, times=2)
    meddle(campus)
    assert guards(campus.plan().plan) == []


def test_what_is_ignored_is_contested_no_more(campus: Rig) -> None:
    settle(campus)
    quarrel(campus)
    meddle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s1: {", "s1: {lifecycle: {ignore: [last_name]}, "))
    proposal = campus.plan()
    assert (proposal.plan.changes, proposal.plan.violations, proposal.plan.drift) == ((), (), ())


def test_membership_that_is_undone_again_and_again_is_contested(campus: Rig) -> None:
    settle(campus)
    for _ in range(3):
        campus.console("remove_member", group="faculty", user="cleo@example.edu")
        campus.apply()
        campus.clock.advance(HOUR)
    campus.console("remove_member", group="faculty", user="cleo@example.edu")
    found = violation(campus.plan().plan, "contested")
    assert "members was put back 3 times" in found.text
    assert "is without zoom-main/user/s3 again" in found.text
    assert set(endings(campus.apply()).values()) == {"refused"}
    assert members(campus, "faculty") == {"ada@example.edu"}


def test_a_renamed_person_takes_the_quarrel_along(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", "users: {s1: {email: ada@example.edu, last_name: Lovelace}}\n")
    rest(campus)
    quarrel(campus)
    meddle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s1: {", "s9: {lifecycle: {previously: [s1]}, "))
    assert guards(campus.plan().plan) == ["contested"]
    report = campus.apply()
    assert endings(report) == {"rename zoom-main/user/s9": "applied", "update zoom-main/user/s9": "refused"}
    assert changes(campus.plan()) == {"zoom-main/user/s9": "update"}
    assert guards(campus.plan().plan) == ["contested"]
