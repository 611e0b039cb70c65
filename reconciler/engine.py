"""START HERE. One run in call order: plan() proposes, apply() carries out, reconcile() does both.

files -load-> documents -resolve-> declared; drivers -observe-> readings; desired, recorded, live -diff->
changes -weigh, order, count-> Plan -guard-> violations; Plan -settle, apply-> outcomes -record-> ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import Ending, HandOffItem, Outcome, Plan, Recorded, Report
from reconciler.model.codec import plan_digest
from reconciler.run.adopting import Adoption, Wish, explore, published, take_over
from reconciler.run.applying import hold, settle_open, working
from reconciler.run.attesting import attest
from reconciler.run.proposal import (
    Proposal,
    Selection,
    as_held,
    assemble,
    read_campus,
    trust_sources,
)
from reconciler.run.saved import check_saved, check_unmoved
from reconciler.run.workspace import Workspace, open_targets
from reconciler.stages.apply import apply as apply_changes
from reconciler.stages.diff import diff
from reconciler.stages.guard import guard
from reconciler.stages.observe import observe
from reconciler.stages.rotate import rotate
from reconciler.stages.weigh import weigh

EVERYTHING = Selection()
OnOutcome = Callable[[Outcome], None]


def plan(
    workspace: Workspace,
    ledger: SqliteLedger | None,
    selection: Selection = EVERYTHING,
    as_of: datetime | None = None,
    *,
    always_count: bool = False,
) -> Proposal:
    """A finished proposal; without a ledger a preview. Writes nothing anywhere.

    A snapshot in the workspace takes the place of ledger and targets. `always_count` reads enrolments even
    where no host rights change, as one who takes a snapshot has to.
    Raises ConfigError with every problem of the desired files; what a vendor does not answer is in the plan.
    """
    book = workspace.snapshot or ledger
    recorded, moment = book.read() if book else Recorded(), as_of or workspace.clock()
    written = trust_sources(read_campus(workspace), recorded)
    campus, budget = as_held(written, recorded), book.budget() if book else None
    desired = campus.desired
    with open_targets(workspace, campus, budget, selection.covers, planning=True) as targets:
        fingerprint = campus.secrets.fingerprint
        seen = observe(
            desired,
            recorded,
            targets.drivers,
            targets.accounts,
            targets.unreachable,
            fingerprint,
            moment,
            workspace.meter.begin,
            always_count=always_count,
        )
        settings, known = campus.settings, campus.capabilities
        desired, seen = rotate(written.desired, recorded, seen, settings, known, moment)
        campus = replace(campus, desired=desired)
        difference = diff(desired, recorded, seen, settings, known, moment, selection.covers)
        difference = weigh(difference, seen, targets.drivers)
        requests = {name: dict(driver.requests()) for name, driver in targets.drivers.items()}
    draft = assemble(workspace, campus, recorded, seen, difference, selection, moment, budget)
    made = guard(draft, campus.settings.guards, desired.waivers, recorded.waiver_uses)
    return Proposal(replace(made, digest=plan_digest(made)), campus, recorded, seen, selection, requests)


def apply(
    workspace: Workspace, ledger: SqliteLedger, proposal: Proposal, on_outcome: OnOutcome, run: str = ""
) -> Report:
    """Carry a proposal out under leases; `on_outcome` sees every outcome as it comes. `run` is its id.

    Raises PlanRefused if the ledger moved on since the plan was made, LedgerLocked if somebody else works.
    """
    started, run, made = workspace.clock(), run or new_run_id(workspace.clock), proposal.plan
    outcomes: list[Outcome] = []
    with hold(ledger, filter(proposal.selection.covers, proposal.seen.accounts), run) as leases:
        check_unmoved(ledger, made)
        ledger.start_run(run, "apply", made.digest)
        for binding in made.bindings:
            if binding.target in leases and binding.target not in proposal.seen.misbound:
                ledger.bind(binding)
        workspace.meter.begin("", "changes", len(made.changes))
        with working(workspace, ledger, proposal, leases, run) as (work, recorder):
            for outcome in apply_changes(work):
                outcomes.append(outcome)
                on_outcome(outcome)
            recorder.refresh()
        report = Report(made, run, started, workspace.clock(), tuple(outcomes))
        ledger.end_run(
            run, exit_status(report), {e.value: report.count(e) for e in Ending if report.count(e)}
        )
    return report


def reconcile(
    workspace: Workspace,
    ledger: SqliteLedger,
    on_plan: Callable[[Proposal], None],
    on_outcome: OnOutcome,
    selection: Selection = EVERYTHING,
    as_of: datetime | None = None,
    run: str = "",
) -> tuple[Report, tuple[str, ...]]:
    """Settle what an earlier run left open, plan, apply. Also returns what could not be settled."""
    unsettled = settle_open(workspace, ledger, read_campus(workspace), selection.covers)
    proposal = plan(workspace, ledger, selection, as_of)
    on_plan(proposal)
    return apply(workspace, ledger, proposal, on_outcome, run), unsettled


def apply_saved(workspace: Workspace, ledger: SqliteLedger, saved: Plan, on_outcome: OnOutcome) -> Report:
    """Apply a reviewed plan, and nothing that is not in it; what changed since ends in conflict.

    Raises PlanRefused where it cannot be applied at all, such as when an earlier run's write was open still.
    """
    settle_open(workspace, ledger, read_campus(workspace), EVERYTHING.covers)
    check_unmoved(ledger, saved)
    fresh = plan(workspace, ledger, as_of=saved.as_of)
    checked = check_saved(saved, fresh, workspace.clock())
    for outcome in checked.conflicts:
        on_outcome(outcome)
    report = apply(workspace, ledger, checked.proposal, on_outcome)
    return replace(report, outcomes=(*checked.conflicts, *report.outcomes))


def confirm(
    workspace: Workspace, ledger: SqliteLedger, hand_offs: Sequence[str], by: str
) -> tuple[HandOffItem, ...]:
    """Record that `by` did these hand-offs as they stand now; the items they cover. Raises PlanRefused."""
    return attest(ledger, plan(workspace, ledger), hand_offs, by, workspace.clock())


def adopt(workspace: Workspace, ledger: SqliteLedger, wish: Wish) -> Adoption:
    """Write down what a target has and nobody declared, plan, and record what the plan shows to be so.

    The vendor is not written to. Raises ReconcilerError, with nothing written, if anything was not read.
    """
    settle_open(workspace, ledger, read_campus(workspace), wish.selection.covers)
    before = plan(workspace, ledger, wish.selection)
    found = explore(workspace, ledger, before, wish)
    with published(workspace.desired, found.pages):
        after = plan(workspace, ledger, wish.selection) if found.pages else before
    return take_over(workspace, ledger, after, found, frozenset(before.campus.desired.resources))


def preview_adopt(workspace: Workspace, ledger: SqliteLedger | None, wish: Wish) -> Adoption:
    """What adopt would write, as pages; nothing is written anywhere."""
    return explore(workspace, ledger, plan(workspace, ledger, wish.selection), wish)


def exit_status(report: Report) -> int:
    """4 for what is not as it should be, 3 for what a guard refused, 1 for what could not be read, else 0."""
    worse = (Ending.NOT_TAKEN, Ending.FAILED, Ending.UNCERTAIN, Ending.SKIPPED, Ending.CONFLICT)
    if report.count(*worse):
        return 4
    if report.plan.violations or report.count(Ending.REFUSED):
        return 3
    unread = {f"{facts.target}/{facts.kind}" for facts in report.plan.facts if facts.live is None}
    return int(any(item.severity == "error" and item.subject in unread for item in report.plan.findings))
