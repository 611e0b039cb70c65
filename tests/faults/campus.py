"""One world in a sandbox that is another process, and children that work on it and may end anywhere."""

from __future__ import annotations

import json
import os
import shutil
import traceback
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpcore  # noqa: F401 - httpx loads it late; here it is loaded once, before any child

from reconciler import engine
from reconciler.ledger import SqliteLedger
from reconciler.model import Ending, Recorded, State
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from reconciler.sandbox import Sandbox
from tests.faults.points import Points
from tests.faults.worlds import World, targets
from tests.oracle import judge
from tests.rig import look_at_first_links

START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
LATER = timedelta(minutes=5)
FAILED = 70
STANDING = (State.CURRENT, State.SUPERSEDED, State.DISABLED)


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a child made by fork, and give its exit status. This process must have no thread."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = FAILED
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the child ends here whatever happens
        traceback.print_exc()
    finally:
        os._exit(status)


def run_inline(work: Callable[[], None]) -> int:
    """Run `work` here, where there are threads and nothing may fork; what it raises is raised."""
    work()
    return 0


def start_sandbox() -> tuple[str, int]:
    """A sandbox in a process of its own, until the descriptor is closed or this process ends; its origin."""
    reading, writing = os.pipe()
    ends, life = os.pipe()
    if os.fork() == 0:
        os.close(life)
        with Sandbox() as sandbox:
            os.write(writing, sandbox.origin.encode())
            os.close(writing)
            os.read(ends, 1)
        os._exit(0)
    os.close(writing)
    os.close(ends)
    with os.fdopen(reading) as pipe:
        return pipe.read(), life


@dataclass(frozen=True)
class Aftermath:
    """What the run after an end left: what is wrong, and what the ledger holds."""

    complaints: tuple[str, ...]
    records: Mapping[str, list[Any]]
    left: tuple[str, ...]


class Campus:
    """A world's folder and the sandbox it is in. `child` runs what uses the engine, forked unless told."""

    def __init__(
        self,
        world: World,
        folder: Path,
        origin: str,
        now: datetime = START,
        child: Callable[[Callable[[], None]], int] = fork,
    ) -> None:
        self.world = world
        self.origin = origin
        self.desired = folder / "desired"
        self.state = folder / "state"
        self.kept = folder / "kept"
        self.said = folder / "said.json"
        self.now = now
        self.child = child
        self.strangers: Any = None
        self.beginning: Any = None

    # ── in the parent ────────────────────────────────────────────────────────────────────────────────

    def prepare(self) -> None:
        """Apply what was before, let the console edit it, write what is declared now, and keep it all."""
        self.control("reset", {"now": self.now.isoformat()})
        self._play(self.world.found)
        self.strangers = self.control("state")
        if self.world.before:
            self._declare(self.world.before)
            assert self.child(self._begin) == 0
        self._play(self.world.edited)
        self._declare(self.world.after)
        self.beginning = self.control("state")
        read_campus(self._workspace())  # what children would load each for themselves is loaded once
        if self.state.exists():
            shutil.copytree(self.state, self.kept)

    def restore(self) -> None:
        """As it was prepared."""
        self.control("reset", {"now": self.now.isoformat(), "world": self.beginning})
        shutil.rmtree(self.state, ignore_errors=True)
        if self.kept.exists():
            shutil.copytree(self.kept, self.state)

    def apply(self, points: Points | None = None) -> int:
        """Apply in a child, which passes these points if there are any; its exit status."""

        def work() -> None:
            if points is not None:
                points.install()
            with self._ledger() as (workspace, ledger):
                engine.reconcile(workspace, ledger, lambda _: None, lambda _: None)
            self.said.write_text(json.dumps(points.passed if points else []))

        return self.child(work)

    def recover(self) -> Aftermath:
        """One more ordinary run, and the verdict on it."""
        self.now += LATER
        self.control("clock", {"now": self.now.isoformat()})
        status = self.child(self._finish)
        self.now -= LATER
        if status:
            return Aftermath((f"the next run ended with status {status}",), {}, ())
        said = json.loads(self.said.read_text())
        state = self.control("state")
        complaints = [*judge(self.desired, state, self.strangers, self.world.disabled), *said["wrong"]]
        return Aftermath(tuple(complaints), said["records"], tuple(said["left"]))

    def control(self, path: str, body: Any = None) -> Any:
        """The sandbox's control endpoint: GET without a body, POST with one."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.origin}/_control/{path}", data=data)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def _play(self, actions: tuple[Mapping[str, Any], ...]) -> None:
        for action in actions:
            self.control("console", action)

    def _declare(self, files: Mapping[str, str]) -> None:
        shutil.rmtree(self.desired, ignore_errors=True)
        for name, text in {**self.world.common, **files, "reconciler.yaml": targets(self.origin)}.items():
            path = self.desired / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def environ(self) -> dict[str, str]:
        """What references in the desired files resolve to."""
        return {
            "ZOOM_ACCOUNT_ID": "sandbox-account",
            "ZOOM_CLIENT_ID": "sandbox-client",
            "ZOOM_CLIENT_SECRET": "sandbox-secret",
            "RECONCILER_FINGERPRINT_KEY": "a key for tests, long enough to be one",
            "RECONCILER_ORIGINS": self.origin,
            "LTI_SECRET": "sandbox-lti-secret",
        }

    def verdict(self) -> list[str]:
        """What is wrong now: by the oracle, by the ledger, by the plan. Hand-offs are nobody's fault."""
        found = judge(self.desired, self.control("state"), self.strangers, self.world.disabled)
        with self._ledger() as (workspace, ledger):
            found += _open(ledger.read())
            plan = engine.plan(workspace, ledger).plan
        return found + [f"still to do: {change.key}" for change in plan.changes if change.hand_off is None]

    # ── in children ──────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        with self._ledger() as (workspace, ledger):
            if self.world.confirmed:
                engine.confirm(workspace, ledger, self.world.confirmed, "a tester")
                look_at_first_links(ledger, workspace.clock())
            report, _ = engine.reconcile(workspace, ledger, lambda _: None, lambda _: None)
            assert report.count(Ending.APPLIED) == len(report.outcomes), report.outcomes

    def _finish(self) -> None:
        with self._ledger() as (workspace, ledger):
            report, unsettled = engine.reconcile(workspace, ledger, lambda _: None, lambda _: None)
            good = (Ending.APPLIED, Ending.HANDED_OFF, Ending.WAITING)
            wrong = [
                f"{o.change.key} ended as {o.ending}: {o.text}"
                for o in report.outcomes
                if o.ending not in good
            ]
            recorded = ledger.read()
            left = [change.key for change in engine.plan(workspace, ledger).plan.changes]
        wrong = [*wrong, *unsettled, *_open(recorded)]
        self.said.write_text(json.dumps({"wrong": wrong, "records": _standing(recorded), "left": left}))

    @contextmanager
    def _ledger(self) -> Iterator[tuple[Workspace, SqliteLedger]]:
        workspace = self._workspace()
        with workspace.ledger(create=True) as ledger:
            yield workspace, ledger

    def _workspace(self) -> Workspace:
        return Workspace(
            self.desired,
            state=self.state,
            clock=lambda: self.now,
            sleep=self._sleep,
            environ=self.environ(),
        )

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.control("clock", {"now": self.now.isoformat()})


def _open(recorded: Recorded) -> list[str]:
    return [f"open intent: {item.state} {item.verb} {item.addresses[0]}" for item in recorded.intents]


def _standing(recorded: Recorded) -> dict[str, list[Any]]:
    """What the ledger says of each address, in words that do not depend on the ids a run was given."""
    words = {record.remote_id: str(record.address) for record in recorded.records if record.remote_id}
    return {
        str(record.address): [
            record.state,
            record.provenance,
            bool(record.remote_id),
            sorted(record.declared),
            {name: sorted(words.get(e, e) for e in ids) for name, ids in record.elements.items() if ids},
        ]
        for record in recorded.records
        if record.state in STANDING
    }
