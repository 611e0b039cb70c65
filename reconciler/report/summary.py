"""What a plan says first and last: the sentences, the counts, seats and quotas, and on what it rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from reconciler.model.changes import Change, Remove
from reconciler.model.plan import LIFETIME, HostDays, Plan, Status, Sync
from reconciler.report.document import (
    Block,
    Line,
    Listing,
    Paragraph,
    Section,
    Span,
    Table,
    Tone,
    code,
    muted,
    plain,
    say,
    spread,
    strong,
)
from reconciler.report.values import command, count, moment
from reconciler.resources.base import kinds

VERBS = ("create", "update", "replace", "adopt", "rename", "remove", "release", "forget")
"""In the order of the sentence and the columns."""

WORST_FIRST = tuple(reversed(Sync))

SYNC_TONES = {
    Sync.RELEASED: Tone.MUTED,
    Sync.IN_SYNC: Tone.GOOD,
    Sync.ATTESTED: Tone.GOOD,
    Sync.UNVERIFIED: Tone.MUTED,
    Sync.PENDING: Tone.CHANGE,
    Sync.WAITING: Tone.WARN,
    Sync.DRIFTED: Tone.WARN,
    Sync.UNKNOWN: Tone.REMOVE,
}


def lead(plan: Plan) -> tuple[Line, ...]:
    """The sentences: that a plan is no more than a look ahead comes before anything else."""
    made: list[Line] = []
    if plan.snapshot is not None:
        old = age_of(plan.created - plan.snapshot)
        said = f" of {moment(plan.snapshot)}, {old} old, and cannot be applied. Nothing was contacted."
        made.append(say(Span("This was planned against a snapshot", Tone.WARN), said))
    if plan.ledger is None:
        made.append(
            say(
                Span("This is a preview.", Tone.WARN),
                " It was made without a ledger: it says nothing of removals and cannot be applied.",
            )
        )
    if plan.partial:
        made.append(
            say(
                Span("This plan is partial.", Tone.WARN),
                " It was narrowed or redacted: a saved copy of it cannot be applied.",
            )
        )
    made.append(_sentence(plan))
    return (*made, *_refusal(plan))


def summarise(plan: Plan) -> str:
    """What the plan comes to and what is refused of it, as one line of text."""
    lines = (_sentence(plan), *_refusal(plan))
    return " ".join("".join(span.text for span in line).strip() for line in lines)


def can_be_applied(plan: Plan) -> bool:
    """False for a preview, for a partial plan, and for one made from a snapshot."""
    return plan.ledger is not None and plan.snapshot is None and not plan.partial


def is_empty(plan: Plan) -> bool:
    """True if there is nothing to do, to know or to refuse; what says what to do is not nothing."""
    findings = [finding for finding in plan.findings if finding.severity != "info" or finding.remedy]
    open_items = any(hand_off.open for hand_off in plan.hand_offs)
    return not (plan.changes or plan.drift or plan.violations or findings or open_items)


def _sentence(plan: Plan) -> Line:
    if not plan.changes:
        first = "Nothing to do." if is_empty(plan) else "No changes."
        return say(strong(first), " ", *_asides(plan), *sync_counts(plan.statuses), ".")
    verbs = Counter(change.verb for change in plan.changes)
    counts = ", ".join(f"{verbs[verb]:,} {verb}" for verb in VERBS if verbs[verb])
    systems = len({change.address.target for change in plan.changes})
    first = f"{count(len(plan.changes), 'change')} in {count(systems, 'system')}: {counts}."
    return say(strong(first), " ", *_people(plan), *_asides(plan))


def _people(plan: Plan) -> Line:
    """Who loses a licence or access; a preview claims nothing of those it cannot know."""
    losing = [change for change in plan.changes if _is_person(change)]
    removed = sum(isinstance(change, Remove) for change in losing)
    disabled = sum(any(f.falls and f.field == "active" for f in change.fields) for change in losing)
    lowered = sum(any(f.falls and f.field != "active" for f in change.fields) for change in losing)
    parts = [
        (lowered, "person loses a licence", "people lose a licence"),
        (removed + disabled, "person loses their access", "people lose their access"),
    ]
    said = [count(number, one, many) for number, one, many in parts if number]
    if said:
        return say(Span(f"{' and '.join(said)}. ", Tone.REMOVE))
    return () if plan.ledger is None else say("No one loses a licence. ")


def _is_person(change: Change) -> bool:
    kind = kinds().get(change.address.kind)
    return kind is not None and kind.people


def _asides(plan: Plan) -> Line:
    by_hand = sum(bool(hand_off.open) for hand_off in plan.hand_offs)
    wait = sum(bool(c.waiting) or any(f.waiting for f in c.fields) for c in plan.changes)
    said = [f"{count(by_hand, 'thing')} to do by hand"] if by_hand else []
    said += [count(wait, "waits", "wait")] if wait else []
    return say(f"{', '.join(said)}. ") if said else ()


def _refusal(plan: Plan) -> tuple[Line, ...]:
    whole = sorted({v.target for v in plan.violations if v.scope == "target"})
    single = {address for v in plan.violations if v.scope != "target" for address in v.addresses}
    made: list[Line] = []
    if whole:
        said = f"Refused: nothing is applied to {', '.join(whole)} until what is refused below is settled."
        made.append(say(Span(said, Tone.REMOVE)))
    if single:
        held = count(len(single), "object")
        what = "and what depends on" if len(single) > 1 else "and what depends on it"
        said = f"Held back: {held} {what}{' them' if len(single) > 1 else ''}; see what is refused below."
        made.append(say(Span(said, Tone.REMOVE)))
    return tuple(made)


def sync_counts(statuses: Iterable[Status]) -> Line:
    """`3 drifted, 12 in sync`, worst first."""
    found = Counter(status.sync for status in statuses)
    spans = (Span(f"{found[sync]:,} {sync}", SYNC_TONES[sync]) for sync in WORST_FIRST if found[sync])
    return spread(spans) or say("nothing declared")


def by_target(statuses: Iterable[Status]) -> Mapping[str, list[Status]]:
    """Statuses per target, targets in order of name."""
    made: dict[str, list[Status]] = {}
    for status in statuses:
        made.setdefault(status.address.target, []).append(status)
    return dict(sorted(made.items()))


def matrix(plan: Plan) -> Section:
    """Target by verb, with the statuses of everything declared there, worst first."""
    statuses = by_target(plan.statuses)
    cells = Counter((change.address.target, change.verb) for change in plan.changes)
    verbs = [verb for verb in VERBS if any(cells[target, verb] for target, _ in cells)]
    targets = sorted({*statuses, *(target for target, _ in cells)})
    rows = tuple(
        (
            say(code(target)),
            *(say(_figure(cells[target, verb], verb)) for verb in verbs),
            sync_counts(statuses.get(target, ())),
        )
        for target in targets
    )
    numbers = frozenset(range(1, len(verbs) + 1))
    table = Table("Changes and statuses per system", ("system", *verbs, "status"), rows, numbers)
    return Section("Systems", (table,))


def _figure(number: int, verb: str) -> Span:
    if not number:
        return muted("-")
    return Span(f"{number:,}", Tone.REMOVE if verb in ("remove", "replace") else Tone.PLAIN)


def seats_and_quotas(plan: Plan) -> Section | None:
    """Licences needed and free, meeting writes per host and the days they take."""
    lines = [*_seats(plan), *_creations(plan), *_host_days(plan.host_days)]
    return Section("Seats and quotas", tuple(Paragraph(line) for line in lines)) if lines else None


def _seats(plan: Plan) -> Iterator[Line]:
    for facts in plan.facts:
        if facts.seats is None:
            continue
        used, total = facts.seats.used, facts.seats.total
        have = (
            f"{used:,} used, how many there are is not known"
            if total is None
            else f"{used:,} of {total:,} used"
        )
        free = "" if total is None else f", {total - used:,} free"
        takes = facts.seats_needed
        said = f"gives back {-takes:,}" if takes < 0 else f"takes {takes:,}" if takes else "takes none"
        short = total is not None and takes > total - used
        yield say(
            "Licences of ",
            code(facts.target),
            f": {have}{free}; this plan ",
            Span(said, Tone.REMOVE if short else Tone.STRONG),
            ".",
        )


def _creations(plan: Plan) -> Iterator[Line]:
    """Kinds of which this plan makes more than the vendor takes in a day."""
    for facts in plan.facts:
        kind = facts.target, facts.kind
        made = sum(c.verb == "create" and not c.waiting and c.address[:2] == kind for c in plan.changes)
        if facts.creates_a_day is None or made <= facts.creates_a_day:
            continue
        days = Span(f"{-(-made // facts.creates_a_day)} days", Tone.WARN)
        limit = f" at {facts.creates_a_day:,} a day; what is over waits for the next."
        yield say(code(f"{facts.target}/{facts.kind}"), f": {made:,} to create, ", days, limit)


def _host_days(hosts: Mapping[str, HostDays]) -> Iterator[Line]:
    """Every host whose writes take more than today; else one line for the host with the most."""
    over = {host: needs for host, needs in hosts.items() if needs.days != 1}
    for host, needs in sorted(over.items(), key=lambda item: (-item[1].writes, item[0])):
        days = Span(f"{needs.days} days", Tone.WARN) if needs.days else Span("never", Tone.REMOVE)
        said = f": {count(needs.writes, 'write')}, "
        yield say("Meetings of ", code(host), said, days, f" ({_share(needs)}).")
    if hosts and not over:
        most = max(hosts.values(), key=lambda needs: needs.writes)
        yield say(f"Meeting writes: at most {most.writes:,} for one host, all today ({_share(most)}).")


def _share(needs: HostDays) -> str:
    ours = max(0, needs.limit - needs.reserve)
    used = f"; {needs.used} used today" if needs.used else ""
    return f"{ours} a day, {needs.reserve} left to people{used}"


def evidence(plan: Plan, now: datetime | None) -> Section:
    """On what the plan rests: every reading's completeness, times, ledger, digest."""
    rows = tuple(
        (
            say(code(facts.target)),
            say(code(facts.kind)),
            say(f"{facts.declared:,}"),
            say(f"{facts.recorded:,}"),
            say(Span("unread", Tone.REMOVE) if facts.live is None else f"{facts.live:,}"),
            say(facts.reading),
        )
        for facts in plan.facts
    )
    header = ("system", "kind", "declared", "recorded", "live", "reading")
    table = Table("Completeness of every reading", header, rows, frozenset({2, 3, 4}))
    blocks: list[Block] = [table] if rows else []
    blocks += [Paragraph(line) for line in _footer(plan, now)]
    return Section("What this rests on", tuple(blocks))


def _footer(plan: Plan, now: datetime | None) -> Iterator[Line]:
    age = f", {age_of(now - plan.created)} ago" if now else ""
    other = f", as of {moment(plan.as_of)}" if moment(plan.as_of) != moment(plan.created) else ""
    until = f"; it can be applied until {moment(plan.created + LIFETIME)}" if can_be_applied(plan) else ""
    read = f"Read {moment(plan.snapshot)}, planned" if plan.snapshot else "Read and planned"
    yield say(f"{read} {moment(plan.created)}{age}{other}{until}.")
    for binding in plan.bindings:
        yield say(
            code(binding.target),
            f" is {binding.driver} account ",
            code(binding.account),
            " at ",
            code(binding.origin),
            ".",
        )
    if plan.ledger:
        generations = ", ".join(
            f"{target} {number}" for target, number in sorted(plan.ledger.generations.items())
        )
        yield say(
            "Ledger ", code(plan.ledger.id), f" of {plan.environment}, generations: {generations or 'none'}."
        )
    else:
        yield say(f"No ledger of {plan.environment}.")
    yield say("Plan digest ", code(plan.digest or "none"), ".")


def age_of(age: timedelta) -> str:
    """`5 minutes`, `3 hours`, `2 days`."""
    minutes = max(0, int(age.total_seconds()) // 60)
    if minutes < 60:
        return count(minutes, "minute")
    return count(minutes // 60, "hour") if minutes < 48 * 60 else count(minutes // (24 * 60), "day")


def next_step(plan: Plan) -> Section | None:
    """What to type next, if anything."""
    refused = {v.target for v in plan.violations if v.scope == "target"}
    targets = {change.address.target for change in plan.changes}
    if not plan.changes:
        return None
    if plan.partial or plan.snapshot:
        said, word = "For a plan that can be applied:", "plan"
    elif targets <= refused:
        said, word = "Settle what is refused, then:", "plan"
    elif plan.ledger is None:
        said, word = "This makes the ledger, plans again with it, and applies:", "apply"
    else:
        said, word = "To carry it out:", "apply"
    return Section(
        "Next", (Paragraph(say(plain(said))), Listing((command(word, environment=plan.environment),)))
    )


def chips(statuses: Sequence[Status]) -> Line:
    """Counts of a target's statuses and of its credentials' health."""
    health = Counter(status.health for status in statuses if status.health)
    said = [Span(f"{number} {word}", Tone.PLAIN) for word, number in sorted(health.items())]
    return (*sync_counts(statuses), *(say("; credentials: ", *spread(said)) if said else ()))
