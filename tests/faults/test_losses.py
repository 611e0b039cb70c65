"""Lost, garbled and late answers in the middle of every kind of change: the next run puts it right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.faults.campus import Campus, run_inline
from tests.faults.worlds import MEETINGS, PEOPLE, World

SEEDS = int(os.environ.get("RECONCILER_FAULT_POINTS", "12")) // 4
LOSSES: dict[str, dict[str, Any]] = {
    "lost": {"drop_reply": 0.3},
    "not arrived": {"drop_before": 0.2},
    "unreadable": {"garble": 0.2, "cut_body": 0.2},
    "everything at once, seen late": {"drop_reply": 0.2, "drop_before": 0.1, "garble": 0.1, "lag_s": 2.0},
}


@pytest.mark.parametrize("world", [PEOPLE, MEETINGS], ids=lambda world: world.name)
@pytest.mark.parametrize("losses", LOSSES)
def test_the_run_after_losses_puts_it_right(
    tmp_path: Path, shared_sandbox: Sandbox, world: World, losses: str
) -> None:
    campus = Campus(world, tmp_path, shared_sandbox.origin, child=run_inline)
    campus.prepare()
    for seed in range(1, SEEDS + 1):
        campus.restore()
        campus.control("faults", {"seed": seed, **LOSSES[losses]})
        campus.apply()
        campus.control("faults", {name: n for name, n in LOSSES[losses].items() if name == "lag_s"})
        after = campus.recover()
        assert (seed, after.complaints) == (seed, ())
        assert [key for key in after.left if " by hand " not in key] == []
