"""`reconciler apply` killed by signal 9 wherever it happens to be; typed again it finishes the work."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.sandbox import Sandbox
from tests.e2e.forks import nursery
from tests.faults.campus import Campus, run_inline
from tests.faults.worlds import MEETINGS, PEOPLE

POINTS = int(os.environ.get("RECONCILER_FAULT_POINTS", "12"))
WRITES = {PEOPLE.name: 17, MEETINGS.name: 14}
"""How many write requests an apply of the world makes; it is killed at any of them, or a little after."""
A_LITTLE = 0.03


def kill_after(campus: Campus, command: subprocess.Popen[str], writes: int, wait: float) -> int:
    """Kill the command once the vendor has seen so many writes of it; how many they were by then."""
    seen = 0
    while seen < writes and command.poll() is None:
        seen = sum(campus.control("counters")["writes"].values())
    time.sleep(wait)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(command.pid, signal.SIGKILL)
    return seen


@pytest.mark.parametrize("seed", range(1, POINTS + 1))
def test_a_killed_command_is_typed_again(
    tmp_path: Path, shared_sandbox: Sandbox, record_property: Callable[[str, object], None], seed: int
) -> None:
    luck = random.Random(seed)
    world = luck.choice((PEOPLE, MEETINGS))
    campus = Campus(world, tmp_path, shared_sandbox.origin, datetime.now(UTC), run_inline)
    campus.prepare()
    campus.control("clock", {"real": True})
    campus.control("counters/reset", {})
    words = ["apply", str(campus.desired), "--state", str(campus.state)]
    environ = {**os.environ, **campus.environ()}
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    ) as command:
        seen = kill_after(campus, command, luck.randint(1, WRITES[world.name]), luck.uniform(0, A_LITTLE))
    again = nursery().run(words, tmp_path, environ)
    campus.now = datetime.now(UTC)
    record_property(
        "counts",
        f"kill -9: seed {seed}, {world.name}: after {seen} of {WRITES[world.name]} write requests, first run"
        f" ended with {command.returncode}, second with {again.returncode}",
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert campus.verdict() == []
