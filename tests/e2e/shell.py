"""Types commands as a person would: `reconciler ...` in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.forks import nursery

ROOT = Path(__file__).resolve().parents[2]
RECONCILER = (sys.executable, "-m", "reconciler")


@dataclass
class Shell:
    """A folder to type in; `environ` is added to what commands need to run at all."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str, status: int | None = 0, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `reconciler words...` to its end; its exit status must be `status`, None for any."""
        done = nursery().run(words, self.folder, self.surroundings(**environ))
        if status is not None:
            assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    @contextmanager
    def start(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run `reconciler words...` beside the test, stderr to a file `stderr`; killed at the end."""
        with (self.folder / "stderr").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*RECONCILER, *words],
                cwd=self.folder,
                env=self.surroundings(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def surroundings(self, **environ: str) -> dict[str, str]:
        """Nothing of the machine's own settings but what starts a process."""
        base = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(ROOT)}
        return {**base, **self.environ, **environ}


def call(origin: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """A sandbox's control endpoint: GET without a body, POST with one."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{origin}/_control/{path}", data=data)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def wait_until(held: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Until it holds; fails saying what did not come."""
    ends = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < ends, f"waited {seconds} s for {what}"
        time.sleep(0.05)
