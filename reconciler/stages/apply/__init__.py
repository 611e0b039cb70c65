"""apply: carry out a plan change by change, read back what was written, and stream the outcomes.

It never raises for a single change. Writes go one after another; at most one request is ever under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from reconciler.errors import (
    Absent,
    Deferred,
    LedgerLocked,
    NeedsPerson,
    NotReady,
    NotSent,
    ReconcilerError,
    Refused,
    Unauthorized,
    Uncertain,
)
from reconciler.model import (
    Change,
    Create,
    CreatesMany,
    Ending,
    Outcome,
    RecordOnly,
    Remove,
)
from reconciler.stages.apply.confirm import Sent, confirm
from reconciler.stages.apply.send import send, send_many
from reconciler.stages.apply.work import Work

UNSETTLED = "an earlier write of it has no known end yet, and nothing is written before that is settled"

LATER = (Ending.WAITING, Ending.DEFERRED, Ending.HANDED_OFF)
"""Endings after which a later run goes on by itself, with what depends on them."""

UNREACHED = "its target did not answer, and nothing is recorded of it in this run"


def apply(work: Work) -> Iterator[Outcome]:
    """Every change's outcome, in the plan's order.

    Changes of one kind are sent, then read back together before anything that may depend on them. Raises
    LedgerLocked only after the lease was lost; everything done until then is recorded.
    """
    for _, group in groupby(work.plan.changes, key=_group):
        sent: list[Sent] = []
        for result in _attempt_all(work, list(group)):
            work.step()
            if isinstance(result, Sent):
                sent.append(result)
            else:
                yield _ended(work, result)
        for outcome in confirm(work, sent):
            if outcome.ending not in (Ending.APPLIED, Ending.WAITING):
                work.failed[outcome.change.address] = f"{outcome.change.address} ended as {outcome.ending}"
            yield outcome


def _group(change: Change) -> tuple[str, str, bool]:
    return change.address.target, change.address.kind, isinstance(change, Remove)


def _ended(work: Work, outcome: Outcome) -> Outcome:
    """An outcome without anything to read back."""
    address = outcome.change.address
    if outcome.ending is not Ending.APPLIED:
        after = work.later if outcome.ending in LATER else work.failed
        after.setdefault(address, f"{address} ended as {outcome.ending}")
    if isinstance(outcome.change, Remove):
        work.recorder.removed(outcome, outcome.change)
    elif address.target in work.leases:
        work.recorder.ended(outcome)
    return outcome


def _attempt_all(work: Work, changes: Sequence[Change]) -> Iterator[Sent | Outcome]:
    for batch in _batches(work, changes):
        ready = []
        for change in batch:
            outcome = _before(work, change)
            if outcome is None:
                ready.append(change)
            else:
                yield outcome
        if len(ready) > 1:
            yield from _guarded_many(work, ready)
        elif ready:
            yield _guarded(work, ready[0])


def _batches(work: Work, changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Runs of creates as long as the handler takes in one request; everything else one by one."""
    for creating, group in groupby(changes, key=lambda change: type(change) is Create):
        run = list(group)
        size = 1
        if creating and run[0].hand_off is None and run[0].address.target in work.drivers:
            handler = work.handler(run[0].address)
            size = handler.capability.batch if isinstance(handler, CreatesMany) else 1
        for start in range(0, len(run), max(1, size)):
            yield run[start : start + max(1, size)]


def _before(work: Work, change: Change) -> Outcome | None:
    """The outcome of a change that is not sent at all."""
    if work.stopping():
        return Outcome(change, Ending.SKIPPED, "this run was told to stop; the next one goes on")
    rule = work.refused.get(change.key)
    if rule:
        return Outcome(change, Ending.REFUSED, f"refused by guard {rule}; nothing was sent")
    if change.hand_off is not None:
        return Outcome(change, Ending.HANDED_OFF, f"{change.hand_off.id}: {change.hand_off.why}")
    if change.waiting:
        wait = change.waiting[0]
        return Outcome(change, Ending.WAITING, f"on {wait.on}: {wait.why}", waiting=change.waiting)
    if change.address in work.unsettled:
        return Outcome(change, Ending.SKIPPED, UNSETTLED)
    if change.address.target in work.dead:
        return Outcome(change, Ending.SKIPPED, work.dead[change.address.target])
    return _prerequisite(work, change)


def _prerequisite(work: Work, change: Change) -> Outcome | None:
    elements = {element for item in change.fields for element in item.added}
    for address in change.after:
        if str(address) in elements or address == change.address and not isinstance(change, Remove):
            continue
        if address in work.failed:
            return Outcome(change, Ending.SKIPPED, f"it needs {address}: {work.failed[address]}")
        if address in work.later:
            return Outcome(change, Ending.WAITING, f"on {address}: {work.later[address]}")
        if address in work.who.blocked:
            text = f"on {address}: {work.who.blocked[address].text}"
            return Outcome(change, Ending.WAITING, text)
    return None


def _guarded(work: Work, change: Change) -> Sent | Outcome:
    try:
        if isinstance(change, RecordOnly):
            known = change.address.target in work.leases
            return Outcome(change, Ending.APPLIED) if known else Outcome(change, Ending.SKIPPED, UNREACHED)
        return send(work, change)
    except LedgerLocked:
        raise
    except ReconcilerError as error:
        return _outcome(work, change, error)


def _guarded_many(work: Work, changes: Sequence[Change]) -> Iterable[Sent | Outcome]:
    try:
        results = send_many(work, changes)
    except LedgerLocked:
        raise
    except ReconcilerError as error:
        return [_outcome(work, change, error) for change in changes]
    return [
        _outcome(work, change, result) if isinstance(result, ReconcilerError) else result
        for change, result in zip(changes, results, strict=True)
    ]


def _outcome(work: Work, change: Change, error: ReconcilerError) -> Outcome:
    """What an error means for its change; an unauthorized target takes nothing more."""
    text = str(error)
    match error:
        case Deferred():
            return Outcome(change, Ending.DEFERRED, f"{text}; goes on after {error.until:%Y-%m-%d %H:%M} UTC")
        case NeedsPerson():
            return Outcome(change, Ending.HANDED_OFF, text)
        case NotReady():
            return Outcome(change, Ending.WAITING, f"on {error.on}: {text}")
        case Uncertain():
            return Outcome(change, Ending.UNCERTAIN, f"{text}; the next run settles it before it writes")
        case Unauthorized():
            work.dead[change.address.target] = f"the target refused our credential: {text}"
            return Outcome(change, Ending.FAILED, text)
        case Absent():
            return Outcome(change, Ending.CONFLICT, f"{text}; it was there when the plan was made")
        case Refused() | NotSent():
            return Outcome(change, Ending.FAILED, text)
        case _:
            return Outcome(change, Ending.FAILED, text)
