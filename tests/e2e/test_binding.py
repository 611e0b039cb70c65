"""A ledger belongs to one account: another one at the same target is refused until it is rebound."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import engine
from reconciler.errors import ConfigError
from reconciler.model import Binding
from reconciler.sandbox import Sandbox
from tests.e2e.scenes import MANAGED, guards, settle
from tests.rig import LTI, Rig, changes, endings


def other_account(campus: Rig) -> None:
    """The same address answers as another account."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED, "id": "another-account"})
    campus.environ["ZOOM_ACCOUNT_ID"] = "another-account"
    campus.control("counters/reset", {})


def rebind(campus: Rig) -> None:
    """What `state rebind` does, for every target."""
    accounts = campus.plan().seen.accounts
    with campus.ledger() as ledger:
        for target, account in accounts.items():
            ledger.rebind(Binding(target, account.driver, account.origin, account.account))


def test_the_first_apply_binds_and_a_plan_does_not(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  faculty: {}\n")
    with campus.ledger() as ledger:
        engine.plan(campus.workspace, ledger)
        assert ledger.read().bindings == {}
    campus.apply()
    with campus.ledger() as ledger:
        bound = ledger.read().bindings
    assert bound["zoom-main"].account == "sandbox-account"
    assert bound["zoom-main"].origin == campus.sandbox.origin


def test_another_account_at_the_same_target_is_refused_until_rebound(campus: Rig) -> None:
    settle(campus)
    other_account(campus)
    proposal = campus.plan()
    assert changes(proposal) == {}
    refusal = next(v for v in proposal.plan.violations if v.target == "zoom-main")
    assert refusal.guard == "binding"
    assert "sandbox-account" in refusal.text
    assert "another-account" in refusal.text
    assert "reconciler state rebind zoom-main" in refusal.text
    assert refusal.waive == ""
    report = campus.apply()
    assert report.outcomes == ()
    assert engine.exit_status(report) == 3
    counters = campus.control("counters")
    assert counters["writes"] == {}
    assert "GET /groups" not in counters["reads"], "a target of another account is not even read"
    with campus.ledger() as ledger:
        assert ledger.read().bindings["zoom-main"].account == "sandbox-account"
    rebind(campus)
    assert guards(campus.plan().plan) == []


def test_lti_pro_is_bound_through_its_zoom_target(campus: Rig) -> None:
    settle(campus, linked=True)
    other_account(campus)
    campus.mint()
    plan = campus.plan().plan
    assert [(v.guard, v.target) for v in plan.violations] == [
        ("binding", "zoom-lti"),
        ("binding", "zoom-main"),
    ]
    campus.apply()
    assert "POST /meeting/bulkImport" not in campus.writes()


def test_a_rotated_key_is_the_same_account(campus: Rig) -> None:
    settle(campus, linked=True)
    campus.console("create_credential", name="lti-2027", key="NewKey2027", secret="another secret")
    campus.console("add_domain", key="NewKey2027", domain="https://canvas.example.edu")
    campus.environ["LTI_SECRET"] = "another secret"
    campus.write("zoom-lti/lti.yaml", LTI.replace("KLAIJC9OTI2Hm", "NewKey2027"))
    assert guards(campus.plan().plan) == []


def test_the_ledger_of_one_sandbox_refuses_another(campus: Rig, tmp_path: Path) -> None:
    settle(campus)
    with Sandbox() as elsewhere:
        other = Rig(tmp_path / "other", elsewhere, clock=campus.clock, **MANAGED)
        text = (other.desired / "reconciler.yaml").read_text(encoding="utf-8")
        (campus.desired / "reconciler.yaml").write_text(text, encoding="utf-8")
        campus.environ["RECONCILER_ORIGINS"] = elsewhere.origin
        proposal = campus.plan()
        assert set(guards(proposal.plan)) == {"binding"}
        assert changes(proposal) == {}
        assert other.writes() == {}
        campus.clock.sandboxes.remove(other)


@pytest.mark.parametrize("line", ["binding", "identity"])
def test_binding_and_identity_take_no_waiver(campus: Rig, line: str) -> None:
    campus.write(
        "waivers.yaml",
        f"""
        waivers:
          - {{guard: {line}, addresses: "zoom-main/user/*", until: 2026-12-01, why: no}}
        """,
    )
    with pytest.raises(ConfigError, match="cannot be waived"):
        campus.plan()


def test_a_misbound_target_does_not_hold_up_the_others(campus: Rig) -> None:
    settle(campus, linked=True)
    with campus.ledger() as ledger:
        ledger.rebind(Binding("zoom-lti", "zoom_lti_pro", "https://elsewhere.example", "somebody"))
    campus.write("zoom-main/talks.yaml", "groups:\n  late: {}\n")
    report = campus.apply()
    assert endings(report) == {"create zoom-main/group/late": "applied"}
    assert guards(report.plan) == ["binding"]
