"""Around the apply stage: leases, open intents settled first, saved plans checked, people's word recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.errors import PlanRefused, ReconcilerError, Uncertain
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import (
    Address,
    Attestation,
    Commit,
    Create,
    Ending,
    Evidence,
    Handler,
    HandOffItem,
    HistoryEntry,
    Intent,
    Lease,
    Live,
    Outcome,
    Plan,
    Provenance,
    Record,
    RecordedField,
    Replace,
    State,
)
from reconciler.model.codec import plan_digest
from reconciler.model.identities import Identities
from reconciler.proposal import Proposal
from reconciler.stages.apply.work import Work
from reconciler.stages.guard import refused
from reconciler.stages.record import Recorder
from reconciler.stages.settle import credit, made_records, settle, taken
from reconciler.workspace import Campus, Targets, Workspace, open_targets

PLAN_LIFETIME = timedelta(hours=24)
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


def check_unmoved(ledger: SqliteLedger, plan: Plan) -> None:
    """Refuse a plan made against another ledger, or before somebody else's writes."""
    stamp = ledger.read().stamp
    if plan.ledger is None:
        raise PlanRefused("this plan is a preview, made without a ledger; plan again where the ledger is")
    if stamp is None or stamp.id != plan.ledger.id:
        raise PlanRefused("this plan was made against another ledger; plan again")
    moved = [t for t, n in stamp.generations.items() if n != plan.ledger.generations.get(t, 0)]
    if moved:
        raise PlanRefused(f"the ledger moved on since this plan was made ({', '.join(moved)}); plan again")


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
    run = new_run_id(workspace.clock)
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


@dataclass(frozen=True)
class Checked:
    """A saved plan held against the present: what may still be applied, and what changed in between."""

    proposal: Proposal
    conflicts: tuple[Outcome, ...]


def check_saved(saved: Plan, fresh: Proposal, now: datetime) -> Checked:
    """Only changes that stand in both plans unchanged are applied; the others are conflicts.

    Raises PlanRefused where the saved plan as a whole cannot be applied any more.
    """
    _check_appliable(saved, now)
    new = fresh.plan
    if saved.environment != new.environment:
        raise PlanRefused(f"this plan is for environment {saved.environment}, not {new.environment}")
    if saved.files != new.files:
        raise PlanRefused("the desired files changed since this plan was made; plan again")
    if saved.bindings != new.bindings:
        raise PlanRefused("a target is another account than when this plan was made; plan again")
    known = {(v.guard, v.target, v.addresses) for v in saved.violations}
    added = [v for v in new.violations if (v.guard, v.target, v.addresses) not in known]
    if added:
        raise PlanRefused(f"a guard is violated now that was not before: {added[0].text}; plan again")
    now_there = {change.key: change for change in new.changes}
    kept = [c for c in saved.changes if now_there.get(c.key) == c]
    conflicts = tuple(
        Outcome(c, Ending.CONFLICT, "it changed since the plan was made; plan again")
        for c in saved.changes
        if c.key not in {change.key for change in kept}
    )
    return Checked(replace(fresh, plan=replace(new, changes=tuple(kept))), conflicts)


def _check_appliable(saved: Plan, now: datetime) -> None:
    if saved.ledger is None:
        raise PlanRefused("this plan is a preview, made without a ledger; plan again where the ledger is")
    if saved.partial:
        raise PlanRefused("this plan is redacted or partial; plan again, whole, and apply that")
    if now - saved.created > PLAN_LIFETIME:
        raise PlanRefused(
            f"this plan is from {saved.created:%Y-%m-%d %H:%M} UTC, over 24 hours old; plan again"
        )
    if plan_digest(saved) != saved.digest:
        raise PlanRefused("this plan's digest does not fit its content; it was changed; plan again")


def attest(
    ledger: SqliteLedger, proposal: Proposal, hand_off: str, by: str, now: datetime
) -> tuple[HandOffItem, ...]:
    """Record a person's word for every open item of a hand-off; PlanRefused if there is nothing to say.

    What was taken off is forgotten. Raises LedgerLocked.
    """
    page = next((page for page in proposal.plan.hand_offs if page.id == hand_off), None)
    if page is None:
        known = ", ".join(page.id for page in proposal.plan.hand_offs if page.open) or "none"
        raise PlanRefused(f"there is no hand-off {hand_off}; open ones: {known}")
    by_reading = [
        c for c in proposal.plan.changes if c.hand_off and c.hand_off.id == hand_off and c.remote_id
    ]
    if by_reading:
        raise PlanRefused(f"{hand_off} needs no confirmation: the next reading shows whether it is done")
    target = hand_off.split("/", 1)[0]
    run = new_run_id(lambda: now)
    expires = now + timedelta(days=proposal.campus.settings.attestation_days)
    entered = [item for item in page.open if item.action != "take off"]
    taken = [item.address for item in page.open if item.action == "take off"]
    with hold(ledger, [target], run) as leases:
        old = {r.address: r for r in ledger.read().records if r.state is State.CURRENT}
        commit = Commit(
            target=target,
            records=tuple(_attested(proposal, item, old.get(item.address), now) for item in entered),
            attestations=tuple(
                Attestation(item.address, hand_off, item.digest, by, now, expires) for item in entered
            ),
            forgotten=tuple((address, old[address].number) for address in taken if address in old),
            unattested=tuple(taken),
            history=tuple(
                HistoryEntry(item.address, "confirm", "attested", f"{item.action}, by {by}", "")
                for item in page.open
            ),
        )
        ledger.start_run(run, "confirm", proposal.plan.digest)
        ledger.commit(run, commit, leases[target])
        ledger.end_run(run, 0, {"attested": len(page.open)})
    return page.open


def _attested(proposal: Proposal, item: HandOffItem, old: Record | None, now: datetime) -> Record:
    desired = proposal.campus.desired.resources[item.address]
    secrets = {name: f for (a, name), f in proposal.seen.fingerprints.items() if a == item.address}
    values = {name: secrets.get(name, value) for name, value in item.values.items()}
    stamp = now.isoformat()
    return Record(
        address=item.address,
        number=old.number if old else 1,
        remote_id="",
        state=State.CURRENT,
        provenance=Provenance.ATTESTED,
        fields={n: RecordedField(v, Evidence.ATTESTED, stamp) for n, v in values.items() if v is not None},
        declared=frozenset(item.values),
        source=desired.source,
        protect=desired.lifecycle.protect,
        on_absent=desired.lifecycle.on_absent or "",
        updated=stamp,
    )
