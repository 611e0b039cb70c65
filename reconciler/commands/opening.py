"""What a command works on: the workspace of its options, the ledger if there is one, a plan with progress."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType

import structlog

from reconciler import engine
from reconciler.commands.options import Place
from reconciler.commands.progress import shown
from reconciler.errors import ReconcilerError, suggest
from reconciler.ledger import SqliteLedger
from reconciler.run.proposal import Proposal, Selection, read_campus
from reconciler.run.workspace import Workspace

log = structlog.get_logger()


@contextmanager
def open_place(place: Place) -> Iterator[Workspace]:
    """The workspace; with --sandbox its targets are played until the end."""
    workspace = Workspace(place.desired, place.environment, place.state)
    if not place.sandbox:
        yield workspace
        return
    from reconciler.commands.embedded import open_embedded

    with open_embedded(workspace) as embedded:
        yield embedded.workspace


@contextmanager
def open_existing(workspace: Workspace) -> Iterator[SqliteLedger | None]:
    """The ledger, read-only; None where none was made yet."""
    if not workspace.ledger_path.exists():
        yield None
        return
    with workspace.ledger(readonly=True) as ledger:
        yield ledger


def read_plan(
    workspace: Workspace,
    selection: Selection = engine.EVERYTHING,
    as_of: datetime | None = None,
    snapshot: Path | None = None,
    *,
    always_count: bool = False,
) -> Proposal:
    """Plan with what the ledger knows, or a preview without one; says on stderr what it does.

    With a snapshot's file, plan from that alone: nothing is contacted, and no ledger is opened.
    `always_count` as for `engine.plan`.
    """
    check_selection(workspace, selection)
    if snapshot is not None:
        return _read_snapshot(workspace, selection, as_of, snapshot)
    with open_existing(workspace) as ledger, few_collections():
        log.info(f"reading {', '.join(selection.targets) or 'every target'}")
        with shown(workspace.meter):
            proposal = engine.plan(workspace, ledger, selection, as_of, always_count=always_count)
    for target, requests in proposal.requests.items():
        log.debug("requests made", target=target, **requests)
    return proposal


def _read_snapshot(
    workspace: Workspace, selection: Selection, as_of: datetime | None, file: Path
) -> Proposal:
    from reconciler.run.snapshots import thaw

    with few_collections():
        frozen = thaw(workspace, file)
        log.info(f"reading {file}")
        return engine.plan(frozen, None, selection, as_of)


def check_selection(workspace: Workspace, selection: Selection) -> None:
    """Refuse a target nobody configured: nothing at all would be selected, silently. ReconcilerError."""
    if not selection.targets:
        return
    known = read_campus(workspace).settings.targets
    for name in selection.targets:
        if name not in known:
            raise ReconcilerError(f"no target is named {name!r}; {suggest(name, known)}")


@contextmanager
def few_collections() -> Iterator[None]:
    """A plan builds millions of objects and drops almost none; looking for garbage all the while costs."""
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def stoppable(workspace: Workspace) -> Iterator[Workspace]:
    """The first Ctrl-C or SIGTERM ends an apply after the change under way; the second ends it at once."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        log.warning("stopping after the change under way; once more to stop at once")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield replace(workspace, stopping=asked.is_set)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
