"""A reviewed plan is applied as it was reviewed, or not at all; what changed since is a conflict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler import engine
from reconciler.errors import PlanRefused
from reconciler.model import Create, Outcome, Plan, Report
from reconciler.model.codec import decode_plan, encode_plan
from reconciler.run.proposal import Selection
from tests.e2e.scenes import rewrite, settle, verbs
from tests.rig import Rig, endings


def save(campus: Rig) -> Plan:
    """A plan with a new group and a new mail, through its file."""
    settle(campus)
    campus.write("zoom-main/more.yaml", "groups:\n  late: {members: [s2]}\n")
    rewrite(campus, "zoom-main/people.yaml", ("ada@example.edu", "ada.k@example.edu"))
    made = campus.plan().plan
    assert sorted(verbs(made)) == ["create", "update"]
    return decode_plan(encode_plan(made))


def apply_saved(campus: Rig, plan: Plan) -> Report:
    seen: list[Outcome] = []
    with campus.ledger() as ledger:
        report = engine.apply_saved(campus.workspace, ledger, plan, seen.append)
    assert tuple(seen) == report.outcomes
    return report


def test_a_saved_plan_is_applied_as_reviewed(campus: Rig) -> None:
    saved = save(campus)
    report = apply_saved(campus, saved)
    assert set(endings(report).values()) == {"applied"}
    assert [outcome.change for outcome in report.outcomes] == list(saved.changes)
    assert engine.exit_status(report) == 0
    assert campus.plan().plan.changes == ()


def test_it_is_applied_a_few_hours_later_but_not_after_a_day(campus: Rig) -> None:
    saved = save(campus)
    campus.clock.advance(20 * 3600)
    assert set(endings(apply_saved(campus, saved)).values()) == {"applied"}
    campus.write("zoom-main/even-more.yaml", "groups:\n  later: {}\n")
    saved = campus.plan().plan
    campus.clock.advance(25 * 3600)
    with pytest.raises(PlanRefused, match="over 24 hours old"):
        apply_saved(campus, saved)


def edit_change(campus: Rig, plan: Plan) -> Plan:
    first, *rest = plan.changes
    return replace(plan, changes=(replace(first, label="somebody else"), *rest[:-1]))


def drop_violations(campus: Rig, plan: Plan) -> Plan:
    return replace(plan, created=plan.created, environment="another")


def preview(campus: Rig, plan: Plan) -> Plan:
    return engine.plan(campus.workspace, None).plan


def partial(campus: Rig, plan: Plan) -> Plan:
    return campus.plan(selection=Selection(only="*/group/*")).plan


def other_files(campus: Rig, plan: Plan) -> Plan:
    campus.write("zoom-main/even-more.yaml", "groups:\n  later: {}\n")
    return plan


def moved_on(campus: Rig, plan: Plan) -> Plan:
    campus.apply(selection=Selection(only="*/group/*"))
    return plan


def other_ledger(campus: Rig, plan: Plan) -> Plan:
    path = campus.workspace.ledger_path
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    return plan


def other_account(campus: Rig, plan: Plan) -> Plan:
    campus.control("reset", {"now": campus.clock.now.isoformat(), "id": "another-account"})
    campus.environ["ZOOM_ACCOUNT_ID"] = "another-account"
    return plan


REFUSALS: dict[str, tuple[Callable[[Rig, Plan], Plan], str]] = {
    "edited": (edit_change, "digest does not fit its content"),
    "for another environment": (drop_violations, "digest does not fit|environment"),
    "a preview": (preview, "preview"),
    "partial": (partial, "redacted or partial"),
    "made from other files": (other_files, "desired files changed"),
    "overtaken": (moved_on, r"the ledger moved on since this plan was made \(zoom-main\)"),
    "of another ledger": (other_ledger, "another ledger"),
    "for another account": (other_account, "another account"),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_plan_that_does_not_hold_is_refused_whole(campus: Rig, why: str) -> None:
    make, message = REFUSALS[why]
    plan = make(campus, save(campus))
    campus.control("counters/reset", {})
    with pytest.raises(PlanRefused, match=message):
        apply_saved(campus, plan)
    assert campus.writes() == {}


def test_a_before_image_that_changed_is_a_conflict_and_the_rest_is_applied(campus: Rig) -> None:
    saved = save(campus)
    campus.console("edit_user", user="ada@example.edu", email="queen@example.edu")
    report = apply_saved(campus, saved)
    assert endings(report) == {
        "update zoom-main/user/s1": "conflict",
        "create zoom-main/group/late": "applied",
    }
    assert engine.exit_status(report) == 4
    assert "plan again" in report.outcomes[0].text
    mails = {user["email"] for user in campus.world()["users"]}
    assert "queen@example.edu" in mails
    assert "ada.k@example.edu" not in mails


def test_what_was_made_in_between_is_a_conflict_not_a_twin(campus: Rig) -> None:
    saved = save(campus)
    campus.console("add_group", name="late")
    report = apply_saved(campus, saved)
    assert endings(report)["create zoom-main/group/late"] == "conflict"
    assert [group["name"] for group in campus.world()["groups"]].count("late") == 1


def test_nothing_is_applied_that_was_not_reviewed(campus: Rig) -> None:
    saved = save(campus)
    campus.console("edit_user", user="ben@example.edu", last_name="Someone")
    report = apply_saved(campus, saved)
    assert "update zoom-main/user/s2" not in endings(report)
    (ben,) = [user for user in campus.world()["users"] if user["email"] == "ben@example.edu"]
    assert ben["last_name"] == "Someone"


def test_a_guard_violated_meanwhile_refuses_it(campus: Rig) -> None:
    settle(campus)
    path = campus.desired / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "guards: {seats: {licensed: 4}}\n", encoding="utf-8")
    campus.write(
        "zoom-main/more.yaml", "users:\n  entries:\n    s4: {email: dan@example.edu, license: licensed}\n"
    )
    saved = campus.plan().plan
    assert isinstance(saved.changes[0], Create)
    campus.console("add_user", email="eve@example.edu", type=2)
    with pytest.raises(PlanRefused, match="a guard is violated now that was not before"):
        apply_saved(campus, saved)


def test_a_waiver_that_expired_meanwhile_refuses_it(campus: Rig, tmp_path: Path) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  one: {}\n  two: {}\n")
    campus.apply()
    (campus.desired / "zoom-main/groups.yaml").unlink()
    campus.write(
        "waivers.yaml",
        """
        waivers:
          - {guard: emptied, addresses: "zoom-main/group/*", until: 2026-09-01, why: term is over}
        """,
    )
    saved = campus.plan().plan
    assert saved.violations == ()
    campus.clock.advance(13 * 3600)
    with pytest.raises(PlanRefused, match="a guard is violated now"):
        apply_saved(campus, saved)
