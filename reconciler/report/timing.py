"""Where the time of a plan went, and how long its apply would take at the same pace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from reconciler.model.meter import Pace, limit_of
from reconciler.model.plan import Plan
from reconciler.report.values import count

VENDOR = {"create", "update", "replace", "remove"}
"""Verbs whose changes are sent."""


def explain_time(plan: Plan, paces: Mapping[str, Mapping[str, Pace]], seconds: float) -> str:
    """A table per system and operation, what limited each system, and what an apply would take."""
    lines = [f"Reading took {seconds:.1f} s."]
    for target, operations in sorted(paces.items()):
        requests = count(sum(pace.requests for pace in operations.values()), "request")
        lines.append(f"{target}: {requests}, limited by {limit_of(operations, {})}")
        width = max(map(len, operations), default=0)
        lines += [f"  {name.ljust(width)}  {_describe(operations[name])}" for name in sorted(operations)]
    lines += _applying(plan, paces)
    return "\n".join(lines) + "\n"


def _describe(pace: Pace) -> str:
    each = max(1, pace.requests)
    told = f"{pace.requests:>6}  answered in {1000 * pace.answering / each:.0f} ms"
    if pace.held:
        allowed = f"{pace.per_second:g} {pace.rate} a second"
        told += f" after {1000 * pace.held / each:.0f} ms of waiting ({allowed})"
    return told


def _applying(plan: Plan, paces: Mapping[str, Mapping[str, Pace]]) -> Iterator[str]:
    sent = Counter(
        change.address.target
        for change in plan.changes
        if change.verb in VENDOR and not change.waiting and change.hand_off is None
    )
    for target, number in sorted(sent.items()):
        asked = [pace for pace in paces.get(target, {}).values() if pace.requests]
        average = sum(p.answering for p in asked) / max(1, sum(p.requests for p in asked))
        yield (
            f"Applying sends {target} at least {count(number, 'write')}, one after another: about "
            f"{max(1.0, number * average):.0f} s if writes are answered as fast as reads were."
        )
    if plan.host_days:
        yield "What daily quotas make of it stands in the plan under seats and quotas."
