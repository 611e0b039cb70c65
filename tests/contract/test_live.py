"""The laws that need no broken vendor, on a real test account: only with its folder in the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler import engine
from reconciler.model import Reading
from reconciler.model.codec import encode_plan
from reconciler.run.workspace import Workspace

FOLDER = "RECONCILER_LIVE_DESIRED"


@pytest.mark.live
def test_a_real_account_keeps_the_laws(tmp_path: Path) -> None:
    """The folder declares a handful of throw-away objects; its secrets are references as everywhere."""
    if FOLDER not in os.environ:
        pytest.skip(f"{FOLDER} names no desired folder of a test account")
    workspace = Workspace(Path(os.environ[FOLDER]), state=tmp_path / "state")
    with workspace.ledger(create=True) as ledger:
        proposal = engine.plan(workspace, ledger)
        unread = [key for key, found in proposal.seen.readings.items() if not isinstance(found, Reading)]
        assert unread == []
        assert proposal.plan.violations == ()
        report, unsettled = engine.reconcile(workspace, ledger, lambda _: None, lambda _: None)
        assert unsettled == ()
        assert engine.exit_status(report) == 0, [f"{o.change.key}: {o.text}" for o in report.outcomes]
        again = engine.plan(workspace, ledger)
        assert [change.key for change in again.plan.changes if not change.waiting] == []
        assert ledger.read().intents == ()
    secrets = [value for name, value in os.environ.items() if name.endswith("_SECRET") and value]
    kept = encode_plan(proposal.plan) + workspace.ledger_path.read_bytes()
    assert not [secret for secret in secrets if secret.encode() in kept]
