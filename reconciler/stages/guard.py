"""guard: look at a finished plan and refuse what could do harm. Pure; it sees the plan and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from reconciler.errors import Where
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Finding,
    KindFacts,
    Plan,
    RecordOnly,
    Remove,
    Replace,
    Update,
    Violation,
    Waiver,
    WaiverUse,
)
from reconciler.model.documents import UNWAIVABLE, WHOLE_TARGET, entry_place
from reconciler.resources.user import LICENSED
from reconciler.settings import Guards

Weights = Mapping[Address, int]


def guard(plan: Plan, limits: Guards, waivers: Sequence[Waiver], used: Mapping[str, int]) -> Plan:
    """The plan with its violations, and with the waivers it uses up.

    `used` is how much of each waiver earlier runs used. A change that waits or is a hand-off writes
    nothing and is not judged.
    """
    desk = _Desk(plan, waivers, dict(used))
    acting = [change for change in plan.changes if not change.waiting and change.hand_off is None]
    desk.refuse_findings(plan.findings)
    for facts in plan.facts:
        mine = [c for c in acting if (c.address.target, c.address.kind) == (facts.target, facts.kind)]
        desk.judge_removals(facts, mine, limits)
        desk.judge_updates(facts, mine, limits)
        desk.judge_emptied(facts, mine)
        desk.judge_seats(facts, limits)
    desk.judge_emptied_targets(acting)
    desk.judge_objects(acting)
    return replace(plan, violations=tuple(desk.violations), waivers=tuple(desk.uses()))


@dataclass
class _Desk:
    """Collects violations and hands out waivers, in the order of the rules."""

    plan: Plan
    waivers: Sequence[Waiver]
    used: dict[str, int]
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    violations: list[Violation] = field(default_factory=list)

    def refuse(self, rule: str, target: str, text: str, weights: Weights, needed: int | None = None) -> None:
        """A violation, unless waivers excuse all of it (or enough that no more than `needed` stay)."""
        left = self._excuse(rule, weights) if rule not in UNWAIVABLE else dict(weights)
        over = sum(left.values()) > (needed or 0)
        if not over:
            return
        addresses = tuple(sorted(left))
        scope = "target" if rule in WHOLE_TARGET else "address"
        waive = "" if rule in UNWAIVABLE else self._line(rule, addresses, sum(weights.values()))
        self.violations.append(Violation(rule, target, text, addresses, scope, waive))

    def _excuse(self, rule: str, weights: Weights) -> dict[Address, int]:
        left = {address: weight for address, weight in weights.items() if weight}
        for waiver in self.waivers:
            for address in sorted(left):
                weight = left[address]
                spent = self.used.get(waiver.id, 0) + self.taken[waiver.id]
                room = waiver.maximum is None or spent + weight <= waiver.maximum
                if room and waiver.excuses(rule, address, self.plan.created):
                    self.taken[waiver.id] += weight
                    del left[address]
        return left

    def _line(self, rule: str, addresses: Sequence[Address], number: int) -> str:
        day = (self.plan.created + timedelta(days=7)).date()
        until = datetime.combine(day, time.max, UTC)
        same = Waiver(rule, _glob(addresses), until, "", None, Where(""))
        most = number + self.used.get(same.id, 0)  # a line that was pasted before may be used up
        return f'- {{guard: {rule}, addresses: "{same.addresses}", max: {most}, until: {day}, why: ...}}'

    def uses(self) -> Iterable[WaiverUse]:
        """Every waiver in force, with what is left of it."""
        for waiver in self.waivers:
            if waiver.until >= self.plan.created:
                yield WaiverUse(
                    waiver.id,
                    waiver.guard,
                    waiver.addresses,
                    waiver.why,
                    waiver.until,
                    self.used.get(waiver.id, 0),
                    self.taken[waiver.id],
                    waiver.maximum,
                )

    def refuse_findings(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.guard:
                addresses = finding.addresses
                target = addresses[0].target if addresses else finding.subject
                weights = dict.fromkeys(addresses, 1) or {Address(target, "*", "*"): 1}
                text = f"{finding.subject}: {finding.text}" + (
                    f"; {finding.remedy}" if finding.remedy else ""
                )
                self.refuse(finding.guard, target, text, weights)

    def judge_removals(self, facts: KindFacts, changes: Sequence[Change], limits: Guards) -> None:
        weights = _weigh({change.address: change.removals for change in changes}, changes)
        allowed = limits.removals_allowed(facts.recorded)
        total = sum(weights.values()) + facts.removed_24h
        if not weights or total <= allowed:
            return
        text = (
            f"{sum(weights.values())} removals of {facts.target}/{facts.kind} now"
            f" and {facts.removed_24h} in the last 24 hours, {allowed} allowed of {facts.recorded} recorded"
        )
        self.refuse("removals", facts.target, text, weights, needed=max(0, allowed - facts.removed_24h))

    def judge_updates(self, facts: KindFacts, changes: Sequence[Change], limits: Guards) -> None:
        adopted = [change for change in changes if isinstance(change, Adopt)]
        updated = {change.address: 1 for change in changes if isinstance(change, Update)}
        updated |= {change.address: 1 for change in adopted if change.fields}
        known = facts.recorded + len(adopted)
        share = 100 * len(updated) / max(1, known)
        if len(updated) <= limits.updates_floor or share <= limits.updates_percent:
            return
        text = (
            f"{len(updated)} of {known} {facts.target}/{facts.kind} would be updated"
            f" ({share:.0f} %), {limits.updates_percent:.0f} % allowed above {limits.updates_floor}"
        )
        allowed = max(limits.updates_floor, int(known * limits.updates_percent / 100))
        self.refuse("updates", facts.target, text, updated, needed=allowed)

    def judge_emptied(self, facts: KindFacts, changes: Sequence[Change]) -> None:
        removed = {c.address: 1 for c in changes if isinstance(c, Remove) and c.removals}
        if facts.recorded > 1 and len(removed) >= facts.recorded:
            text = f"all {facts.recorded} recorded {facts.target}/{facts.kind} would be removed"
            self.refuse("emptied", facts.target, text, removed)
            return
        for source, addresses in facts.vanished.items():
            gone = {address: 1 for address in addresses if address in removed}
            if gone:
                text = f"all {len(addresses)} {facts.target}/{facts.kind} of {source} would be removed"
                self.refuse("emptied", facts.target, text, gone)

    def judge_emptied_targets(self, changes: Sequence[Change]) -> None:
        """A target of single objects, none of which is judged as a kind, may still vanish whole."""
        recorded: dict[str, list[int]] = defaultdict(list)
        for facts in self.plan.facts:
            recorded[facts.target].append(facts.recorded)
        for target, numbers in recorded.items():
            removals = (c for c in changes if isinstance(c, Remove) and c.removals)
            removed = {c.address: 1 for c in removals if c.address.target == target}
            if max(numbers) == 1 < sum(numbers) <= len(removed):
                text = f"all {sum(numbers)} recorded objects of {target} would be removed"
                self.refuse("emptied", target, text, removed)

    def judge_seats(self, facts: KindFacts, limits: Guards) -> None:
        if facts.seats is None or not facts.seats_needed:
            return
        budgets = [b for b in (limits.seats.get(LICENSED), facts.seats.total) if b is not None]
        after = facts.seats.used + facts.seats_needed
        if budgets and after > min(budgets):
            text = (
                f"{facts.target} would use {after} licences ({facts.seats.used} now, {facts.seats_needed:+}),"
                f" {min(budgets)} budgeted"
            )
            self.refuse(
                "seats", facts.target, text, {Address(facts.target, facts.kind, "*"): facts.seats_needed}
            )

    def judge_objects(self, changes: Sequence[Change]) -> None:
        for change in changes:
            address, one = change.address, {change.address: 1}
            if isinstance(change, Remove | Update | Adopt) and change.owner and change.removals:
                text = f"{address} ({change.label}) is the account's owner or the credential's own user"
                self.refuse("owner", address.target, text, one)
            if isinstance(change, Remove | Replace) and change.protected:
                self.refuse("protected", address.target, f"{address} ({change.label}) is protected", one)
            if isinstance(change, Replace) and not change.allowed:
                fields = ", ".join(item.field for item in change.fields)
                text = (
                    f"{address} ({change.label}) would be replaced because of {fields}; {change.note}".rstrip(
                        "; "
                    )
                )
                place = entry_place(address, change.where)
                hint = f"{text}; allow it at {place}: lifecycle: {{allow_replace: true}}"
                self.refuse("replace", address.target, hint, one)


def _weigh(weights: Mapping[Address, int], changes: Sequence[Change]) -> dict[Address, int]:
    """Removals per address; several changes of one address add up."""
    summed: dict[Address, int] = dict.fromkeys(weights, 0)
    for change in changes:
        summed[change.address] += change.removals
    return {address: weight for address, weight in summed.items() if weight}


def _glob(addresses: Sequence[Address]) -> str:
    """One address itself, else the narrowest target/kind pattern that covers all."""
    if len(addresses) == 1:
        return str(addresses[0])
    target = {address.target for address in addresses}
    kind = {address.kind for address in addresses}
    return f"{target.pop() if len(target) == 1 else '*'}/{kind.pop() if len(kind) == 1 else '*'}/*"


def refused(plan: Plan) -> dict[str, str]:
    """By change key, why a guard refuses it: its target, its address, or an address it depends on.

    What concerns the record alone writes nothing to a vendor and is refused only with its target's binding.
    """
    targets = {v.target: v.guard for v in plan.violations if v.scope == "target"}
    held = {a: v.guard for v in plan.violations if v.scope == "address" for a in v.addresses}
    found: dict[str, str] = {}
    for change in plan.changes:
        rule = targets.get(change.address.target)
        if isinstance(change, RecordOnly):
            rule = rule if rule == "binding" else None
        else:
            rule = rule or held.get(change.address)
        if rule is None:
            blocker = next((a for a in change.after if a in held), None)
            rule = f"{held[blocker]} of {blocker}" if blocker else None
        if rule is not None:
            found[change.key] = rule
            if not isinstance(change, Remove):
                held.setdefault(change.address, rule)
    return found
