"""Saved plans: what must still hold before one is applied, and which of its changes still do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.errors import PlanRefused
from reconciler.ledger import SqliteLedger
from reconciler.model import Ending, Outcome, Plan
from reconciler.model.codec import plan_digest
from reconciler.model.plan import LIFETIME
from reconciler.run.proposal import Proposal


def check_unmoved(ledger: SqliteLedger, plan: Plan) -> None:
    """Refuse a plan made against a snapshot, against another ledger, or before somebody else's writes."""
    stamp = ledger.read().stamp
    if plan.snapshot is not None:
        raise PlanRefused(
            f"this plan was made against a snapshot of {plan.snapshot:%Y-%m-%d %H:%M} UTC, which shows what "
            "would be done and is never applied; plan again without --snapshot, where the credentials and "
            "the ledger are"
        )
    if plan.ledger is None:
        raise PlanRefused("this plan is a preview, made without a ledger; plan again where the ledger is")
    if stamp is None or stamp.id != plan.ledger.id:
        raise PlanRefused("this plan was made against another ledger; plan again")
    moved = [t for t, n in stamp.generations.items() if n != plan.ledger.generations.get(t, 0)]
    if moved:
        raise PlanRefused(f"the ledger moved on since this plan was made ({', '.join(moved)}); plan again")


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
    if now - saved.created > LIFETIME:
        raise PlanRefused(
            f"this plan is from {saved.created:%Y-%m-%d %H:%M} UTC, over 24 hours old; plan again"
        )
    if plan_digest(saved) != saved.digest:
        raise PlanRefused("this plan's digest does not fit its content; it was changed; plan again")
