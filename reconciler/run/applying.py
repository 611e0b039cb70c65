"""Carrying out: leases, drivers that may write, and what an earlier run left open, settled first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.errors import ReconcilerError, Uncertain
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import (
    Address,
    Commit,
    Create,
    Handler,
    Intent,
    Lease,
    Live,
    Replace,
    State,
)
from reconciler.model.identities import Identities
from reconciler.run.proposal import Proposal, as_held
from reconciler.run.workspace import Campus, Targets, Workspace, open_targets
from reconciler.stages.apply.work import Work
from reconciler.stages.guard import refused
from reconciler.stages.record import Recorder
from reconciler.stages.settle import credit, made_records, settle, taken

LONGEST_NAP = 30.0
"""Seconds slept at a time: well below a lease's term."""


@contextmanager
def hold(ledger: SqliteLedger, targets: Iterable[str], run: str) -> Iterator[dict[str, Lease]]:
    """Leases on these targets, all or none, released after. Raises LedgerLocked."""
    with ExitStack() as stack:
        leases: dict[str, Lease] = {}
        for target in sorted(targets):
            leases[target] = ledger.lease(target, run)
            stack.callback(leases[target].release)
        yield leases


def keeping(workspace: Workspace, leases: Mapping[str, Lease]) -> Workspace:
    """The workspace, with sleeps during which the leases are kept however long they take."""

    def sleep(seconds: float) -> None:
        while seconds > 0:
            workspace.sleep(min(seconds, LONGEST_NAP))
            seconds -= LONGEST_NAP
            for lease in leases.values():
                lease.keep()

    return replace(workspace, sleep=sleep)


@contextmanager
def working(
    workspace: Workspace,
    ledger: SqliteLedger,
    proposal: Proposal,
    leases: Mapping[str, Lease],
    run: str,
) -> Iterator[tuple[Work, Recorder]]:
    """Drivers that may write, and everything the apply stage holds in hand."""
    workspace = keeping(workspace, leases)
    campus, seen, recorded = proposal.campus, proposal.seen, proposal.recorded
    latest = recorded.latest(campus.desired.previously)
    who = Identities(latest, seen)
    recorder = Recorder(
        proposal.plan,
        campus.desired,
        recorded,
        seen,
        who,
        campus.capabilities,
        ledger,
        leases,
        run,
        workspace.clock,
    )
    covers, budget = proposal.selection.covers, ledger.budget()
    with open_targets(workspace, campus, budget, covers, planning=False, accounts=seen.accounts) as targets:
        yield (
            Work(
                plan=proposal.plan,
                desired=campus.desired,
                records=recorder.latest,
                superseded=recorder.incarnations,
                seen=seen,
                who=who,
                drivers=targets.drivers,
                ledger=ledger,
                leases=leases,
                recorder=recorder,
                settle_create=_settler(workspace, recorder),
                unsettled=frozenset(a for intent in recorded.intents for a in intent.addresses),
                run=run,
                refused=refused(proposal.plan),
                clock=workspace.clock,
                sleep=workspace.sleep,
                stopping=workspace.stopping,
                step=lambda: workspace.meter.step(""),
            ),
            recorder,
        )


def _settler(
    workspace: Workspace, recorder: Recorder
) -> Callable[[Intent, Handler[Any]], Mapping[Address, Live[Any] | Uncertain]]:
    def settle_create(intent: Intent, handler: Handler[Any]) -> Mapping[Address, Live[Any] | Uncertain]:
        is_taken = taken(recorder.incarnations.values(), intent, handler.capability)
        return settle(intent, handler, is_taken, workspace.clock(), workspace.clock, workspace.sleep)

    return settle_create


def settle_open(
    workspace: Workspace, ledger: SqliteLedger, campus: Campus, covers: Callable[[str], bool]
) -> tuple[str, ...]:
    """Settle every intent an earlier run left open, before anything is planned; what stays open is said.

    Reads only; what it finds is recorded, so that the plan that follows sees it as ours.
    """
    known = campus.settings.targets
    intents = [i for i in ledger.read().intents if covers(i.target) and i.target in known]
    if not intents:
        return ()
    campus, run = as_held(campus, ledger.read()), new_run_id(workspace.clock)
    notes: list[str] = []
    with hold(ledger, {intent.target for intent in intents}, run) as leases:
        over = workspace.clock()  # whoever sent them holds the targets no more
        workspace = keeping(workspace, leases)
        covers, budget = leases.__contains__, ledger.budget()
        with open_targets(workspace, campus, budget, covers, planning=True) as targets:
            for intent in intents:
                try:
                    _settle_one(workspace, ledger, intent, targets, leases, run, over)
                except ReconcilerError as error:
                    notes.append(f"{intent.verb} {intent.addresses[0]}: {error}")
    return tuple(notes)


def _settle_one(
    workspace: Workspace,
    ledger: SqliteLedger,
    intent: Intent,
    targets: Targets,
    leases: Mapping[str, Lease],
    run: str,
    over: datetime,
) -> None:
    driver = targets.drivers.get(intent.target)
    if driver is None:
        raise Uncertain(targets.unreachable.get(intent.target, "its target is not configured any more"))
    binding = ledger.read().bindings.get(intent.target)
    account = targets.accounts[intent.target]
    if binding is not None and binding.account != account.account:
        raise Uncertain("the target is another account now")
    handler = driver.handlers()[intent.addresses[0].kind]
    records = ledger.read().records
    if intent.verb in (Create.verb, Replace.verb):
        is_taken = taken(records, intent, handler.capability)
        found = settle(intent, handler, is_taken, over, workspace.clock, workspace.sleep)
        unclear = next((end for end in found.values() if isinstance(end, Uncertain)), None)
        if unclear:
            raise unclear
        made = {address: live for address, live in found.items() if isinstance(live, Live)}
        fresh = made_records(intent, made, records, workspace.clock())
    else:
        current = (record for record in records if record.state is State.CURRENT)
        fresh = [credit(record, intent.elements) for record in current if record.address in intent.addresses]
    commit = Commit(intent.target, records=tuple(fresh), intents=(intent.id,))
    ledger.commit(run, commit, leases[intent.target])
