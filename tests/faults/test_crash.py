"""A process that ends anywhere in an apply: the next run leaves everything once, and no write open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.worlds import FIRST, MEETINGS, PEOPLE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("world", "part"),
    [
        (PEOPLE.name, "1/2"),
        (MEETINGS.name, "1/2"),
        (PEOPLE.name, "2/2"),
        (MEETINGS.name, "2/2"),
        (FIRST.name, "1/1"),
    ],
)
def test_an_apply_may_end_at_any_point(
    tmp_path: Path, record_property: Callable[[str, object], None], world: str, part: str
) -> None:
    command = [sys.executable, "-m", "tests.faults.sweep", world, str(tmp_path), part]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    record_property(
        "counts",
        f"crash: {world}, part {part}: {found['taken']} of {found['points']} points"
        f" ({found['requests']} write requests, {found['commits']} ledger writes), {found['runs']} runs,"
        f" {len(found['wrong'])} wrong",
    )
    assert found["wrong"] == {}
