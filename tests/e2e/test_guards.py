"""Guards refuse what could do harm, say which line excuses it, and that line works until it is used up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from reconciler import engine
from reconciler.model import Plan
from tests.e2e.scenes import (
    GROUPS,
    MANAGED,
    PEOPLE,
    guards,
    people,
    rest,
    rewrite,
    roster,
    settle,
    verbs,
    violation,
    waive,
)
from tests.rig import Rig, changes, endings

HOUR = 3600.0


def enrol(campus: Rig, count: int) -> dict[str, str]:
    """So many people of our own making, from a CSV."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    mails = {f"s{number}": f"p{number}@example.edu" for number in range(1, count + 1)}
    roster(campus, mails)
    rest(campus)
    return mails


def leave_out(campus: Rig, mails: dict[str, str], count: int) -> dict[str, str]:
    """The CSV without its last people; who stays is returned."""
    left = dict(list(mails.items())[: len(mails) - count])
    roster(campus, left)
    return left


def test_removals_are_summed_over_any_24_hours(campus: Rig) -> None:
    mails = leave_out(campus, enrol(campus, 20), 2)
    assert guards(campus.plan().plan) == []
    campus.apply()
    assert campus.writes() == {"PUT /users/{userId}/status": 2}
    campus.clock.advance(HOUR)
    mails = leave_out(campus, mails, 2)
    refusal = violation(campus.plan().plan, "removals")
    assert (
        "2 removals of zoom-main/user now and 2 in the last 24 hours, 3 allowed of 18 recorded"
        in refusal.text
    )
    assert [str(address) for address in refusal.addresses] == ["zoom-main/user/s17", "zoom-main/user/s18"]
    report = campus.apply()
    assert set(endings(report).values()) == {"refused"}
    assert engine.exit_status(report) == 3
    assert campus.writes() == {"PUT /users/{userId}/status": 2}
    campus.clock.advance(24 * HOUR)
    assert guards(campus.plan().plan) == []
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert sum(user["status"] == "inactive" for user in people(campus).values()) == 4
    assert campus.plan().plan.changes == ()


def test_elements_taken_from_a_collection_are_removals(campus: Rig) -> None:
    enrol(campus, 6)
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: {exactly: [s1, s2, s3, s4, s5, s6]}}\n")
    rest(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: {exactly: [s1, s2]}}\n")
    plan = campus.plan().plan
    assert verbs(plan) == ["update"]
    assert "4 removals of zoom-main/group now" in violation(plan, "removals").text
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: {exactly: [s1, s2, s3]}}\n")
    assert guards(campus.plan().plan) == []
    campus.apply()
    campus.write("zoom-main/groups.yaml", "groups:\n  club: {members: {exactly: [s1, s2]}}\n")
    assert (
        "1 removals of zoom-main/group now and 3 in the last"
        in violation(campus.plan().plan, "removals").text
    )


def test_a_waiver_is_used_up_over_its_life_and_ends_with_its_day(campus: Rig) -> None:
    mails = leave_out(campus, enrol(campus, 20), 5)
    line = violation(campus.plan().plan, "removals").waive
    assert line == ('- {guard: removals, addresses: "zoom-main/user/*", max: 5, until: 2026-09-08, why: ...}')
    waive(campus, line.replace("max: 5", "max: 7"))
    plan = campus.plan().plan
    assert plan.violations == ()
    (use,) = plan.waivers
    assert (use.used, use.uses, use.maximum) == (0, 5, 7)
    campus.apply()
    leave_out(campus, mails, 4)
    plan = campus.plan().plan
    assert "4 removals of zoom-main/user now and 0 in the last 24 hours" not in str(plan.violations)
    (use,) = plan.waivers
    assert (use.used, use.uses) == (5, 2), "what the waiver excused once it does not excuse again"
    assert guards(plan) == [], "two are excused, two are within the floor"
    campus.apply()
    (use,) = campus.plan().plan.waivers
    assert (use.used, use.uses) == (7, 0)
    campus.clock.advance(timedelta(days=8).total_seconds())
    assert campus.plan().plan.waivers == (), "an expired waiver is none"


def test_an_expired_waiver_excuses_nothing(campus: Rig) -> None:
    leave_out(campus, enrol(campus, 20), 5)
    waive(campus, '- {guard: removals, addresses: "zoom-main/user/*", max: 5, until: 2026-08-31, why: late}')
    assert guards(campus.plan().plan) == ["removals"]
    waive(campus, '- {guard: removals, addresses: "zoom-main/user/*", max: 5, until: 2026-09-01, why: today}')
    assert guards(campus.plan().plan) == []


def all_groups_go(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  one: {}\n  two: {}\n")
    rest(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()


def many_people_go(campus: Rig) -> None:
    leave_out(campus, enrol(campus, 20), 5)


def many_people_change(campus: Rig) -> None:
    mails = enrol(campus, 12)
    roster(campus, {name: mail.replace("@", "@new.") for name, mail in mails.items()})


def the_owner_loses_a_licence(campus: Rig) -> None:
    campus.write("zoom-main/people.yaml", "users:\n  entries:\n    boss: {email: owner@example.edu}\n")
    rest(campus)
    rewrite(campus, "zoom-main/people.yaml", ("edu}", "edu, license: basic}"))


def more_licences_than_budgeted(campus: Rig) -> None:
    path = campus.desired / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "guards: {seats: {licensed: 2}}\n", encoding="utf-8")
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", PEOPLE)


def one_person_under_two_names(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "e9: {"), ("cleo@example.edu", "cleo.c@example.edu"))
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))


def from_one_source(campus: Rig) -> None:
    mails = enrol(campus, 8)
    roster(
        campus, {("t1" if name == "s1" else name): mail.replace("p1@", "q1@") for name, mail in mails.items()}
    )


def a_host_changes(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/meetings.yaml", ("host: s1", "host: s2"), ("[s2]", "[s1]"))


def what_is_protected_goes(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  keep: {lifecycle: {protect: true}}\n  other: {}\n")
    rest(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  other: {}\n")


SCENES: dict[str, tuple[Callable[[Rig], None], str, str]] = {
    "removals": (many_people_go, "5 removals of zoom-main/user now and 0 in the last 24 hours, 3", "s20"),
    "updates": (many_people_change, "12 of 12 zoom-main/user would be updated (100 %), 30 %", "s9"),
    "emptied": (all_groups_go, "all 2 recorded zoom-main/group would be removed", "two"),
    "owner": (the_owner_loses_a_licence, "the account's owner or the credential's own user", "boss"),
    "seats": (more_licences_than_budgeted, "3 licences (1 now, +2), 2 budgeted", "*"),
    "look_alike": (from_one_source, "looks like a rename of zoom-main/user/s1", "t1"),
    "replace": (a_host_changes, "would be replaced because of host", "bio101/1"),
    "protected": (what_is_protected_goes, "zoom-main/group/keep (keep) is protected", "keep"),
}  # fmt: skip


@pytest.mark.parametrize("guard", SCENES)
def test_a_refusal_names_rule_numbers_and_objects_and_its_line_excuses_it(campus: Rig, guard: str) -> None:
    make, numbers, last = SCENES[guard]
    make(campus)
    refusal = violation(campus.plan().plan, guard)
    assert numbers in refusal.text
    assert refusal.addresses[-1].name == last
    assert re.fullmatch(
        rf"- \{{guard: {guard}, addresses: .*, max: \d+, until: [\d-]+, why: \.\.\.\}}", refusal.waive
    )
    campus.control("counters/reset", {})
    report = campus.apply()
    assert engine.exit_status(report) == 3
    assert campus.writes() == {}
    waive(campus, *(item.waive for item in campus.plan().plan.violations))
    plan = campus.plan().plan
    assert plan.violations == ()
    report = campus.apply()
    assert set(endings(report).values()) == {"applied"}, [o.text for o in report.outcomes]
    assert_used_up(campus.plan().plan)


def assert_used_up(plan: Plan) -> None:
    assert plan.changes == ()
    assert all(use.used == use.maximum and use.uses == 0 for use in plan.waivers), plan.waivers


def test_protection_outlives_the_entry_and_the_rest_is_applied(campus: Rig) -> None:
    what_is_protected_goes(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  other: {}\n  third: {}\n")
    report = campus.apply()
    assert endings(report) == {
        "create zoom-main/group/third": "applied",
        "remove zoom-main/group/keep": "refused",
    }
    assert engine.exit_status(report) == 3
    assert {group["name"] for group in campus.world()["groups"]} == {"keep", "other", "third"}


def test_ambiguity_refuses_its_address_only_and_cannot_be_waived(campus: Rig) -> None:
    settle(campus)
    campus.write(
        "zoom-main/talks.yaml",
        """
        course_meetings:
          talk: {topic: Talk, host: s1, schedule: {dates: ["2026-10-01T10:00"], minutes: 30, timezone: UTC}}
        groups:
          late: {}
        """,
    )
    for _ in range(2):
        campus.console(
            "add_meeting",
            host="ada@example.edu",
            topic="Talk",
            type=2,
            start_time="2026-10-01T10:00:00Z",
            timezone="UTC",
            duration=30,
        )
    refusal = violation(campus.plan().plan, "identity")
    assert [str(address) for address in refusal.addresses] == ["zoom-main/course_meeting/talk/1"]
    assert refusal.waive == ""
    report = campus.apply()
    assert endings(report) == {"create zoom-main/group/late": "applied"}
    assert engine.exit_status(report) == 3
    assert campus.writes() == {"POST /groups": 1}


def test_the_owner_is_not_taken_away_by_dropping_the_entry(campus: Rig) -> None:
    boss = "    boss: {email: owner@example.edu, lifecycle: {on_absent: disable}}\n"
    entry = f"users:\n  entries:\n{boss}    s1: {{email: ada@example.edu}}\n"
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", entry)
    rest(campus)
    campus.write("zoom-main/people.yaml", "users:\n  entries:\n    s1: {email: ada@example.edu}\n")
    assert changes(campus.plan()) == {"zoom-main/user/boss": "remove"}
    assert guards(campus.plan().plan) == ["owner"]
    assert endings(campus.apply()) == {"remove zoom-main/user/boss": "refused"}


def test_a_licence_downgrade_is_a_removal(campus: Rig) -> None:
    settle(campus)
    lower = ("Lovelace, license: licensed", "Lovelace, license: basic")
    rewrite(campus, "zoom-main/people.yaml", lower)
    plan = campus.plan().plan
    assert sum(change.removals for change in plan.changes) == 1
    campus.apply()
    assert campus.plan().plan.facts[-1].removed_24h == 1


def test_nothing_is_emptied_by_a_file_that_is_gone(campus: Rig) -> None:
    """A CSV that is missing is no empty CSV: its kind is untrusted, and nobody is disabled."""
    enrol(campus, 12)
    (campus.desired / "zoom-main/roster.csv").write_text("Id,Email,First,Last\n", encoding="utf-8")
    plan = campus.plan().plan
    assert plan.changes == ()
    assert any("its source cannot be trusted" in finding.text for finding in plan.findings)
    (said,) = [finding for finding in plan.findings if finding.severity == "warning"]
    assert said.subject == "zoom-main/user" and "a header and no rows; nothing of it is removed" in said.text
    campus.write("zoom-main/groups.yaml", GROUPS.replace("[s1, s3]", "[s1]"))
    assert changes(campus.plan()) == {"zoom-main/group/faculty": "create"}
