"""A plan as a document: refusals, counts, removals, drift, seats, objects, hand-offs, what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from reconciler.model.changes import Change, Create, Reason, Release, Remove
from reconciler.model.objects import Address
from reconciler.model.plan import (
    CHECK,
    Drift,
    Finding,
    HandOff,
    HandOffItem,
    Plan,
    Status,
    Sync,
    Violation,
    WaiverUse,
)
from reconciler.report.document import (
    Detail,
    Document,
    Entries,
    Entry,
    Line,
    Listing,
    Paragraph,
    Section,
    Span,
    Tone,
    code,
    muted,
    named,
    say,
    spread,
)
from reconciler.report.explain import arrow
from reconciler.report.fields import change_entry, loss_entry, takes_away
from reconciler.report.summary import (
    VERBS,
    evidence,
    is_empty,
    lead,
    matrix,
    next_step,
    seats_and_quotas,
)
from reconciler.report.values import command, count, moment, show

T = TypeVar("T")

FULL_HINT = "--full shows all"


def plan_document(plan: Plan, detail: Detail, now: datetime | None = None) -> Document:
    """The whole of a plan in its order of weight; an empty one is its first sentence."""
    title = f"Plan for {plan.environment}" if plan.environment != "default" else "Plan"
    if is_empty(plan) and plan.ledger and not plan.partial:
        return Document(title, lead(plan), tuple(_quiet_sections(plan, detail, now)))
    sections = (
        refused(plan.violations, detail),
        matrix(plan),
        _removals(plan, detail),
        drift_section(plan, detail),
        seats_and_quotas(plan),
        _changes(plan, detail),
        hand_offs(plan, detail),
        unverified(plan.statuses, detail),
        findings(_told(plan), detail),
        _waivers(plan.waivers),
        evidence(plan, now),
        next_step(plan),
    )
    return Document(title, lead(plan), tuple(section for section in sections if section))


def _quiet_sections(plan: Plan, detail: Detail, now: datetime | None) -> Iterator[Section]:
    """Of an empty plan only `--full` shows more than its sentence."""
    if detail.shown is None:
        yield from filter(None, (findings(_told(plan), detail), evidence(plan, now)))


def refused(violations: Sequence[Violation], detail: Detail) -> Section | None:
    """Every violation: rule, numbers, objects, and the line that would waive it."""
    if not violations:
        return None
    entries = tuple(_violation(violation, detail) for violation in violations)
    return Section("Refused", (Entries(entries),), Tone.REMOVE)


def _violation(violation: Violation, detail: Detail) -> Entry:
    scope = (
        "Refuses the whole system."
        if violation.scope == "target"
        else "Refuses only these objects and what depends on them."
    )
    details: list[Line | Listing] = [say(scope)]
    names = [code(str(address)) for address in violation.addresses]
    shown = names[: detail.few] if detail.over(len(names)) else names
    if names:
        rest = say(muted(f" and {len(names) - len(shown):,} more")) if len(shown) < len(names) else ()
        details.append(say(f"{count(len(names), 'object')}: ", *spread(shown), *rest))
    if violation.waive:
        details += [say("If it is meant, this line in waivers.yaml allows it:"), Listing((violation.waive,))]
    else:
        details.append(say("This cannot be waived; it has to be mended."))
    head = say(Span(violation.guard, Tone.REMOVE), " ", code(violation.target), ": ", violation.text)
    return Entry(head, tuple(details))


def _removals(plan: Plan, detail: Detail) -> Section | None:
    losing = [change for change in plan.changes if takes_away(change)]
    if plan.ledger is None:
        return _taken_in_preview(losing, detail)
    removes = [change for change in losing if isinstance(change, Remove)]
    others = [change for change in losing if not isinstance(change, Remove)]
    entries = tuple(loss_entry(change, detail) for change in [*removes, *others])
    return Section("Removals", (Entries(entries),), Tone.REMOVE) if losing else None


def _taken_in_preview(losing: Sequence[Change], detail: Detail) -> Section | None:
    """What changes to existing objects take away; of whole objects a preview knows nothing."""
    said = (
        "By changes to what stays. What is no longer declared is not shown: only a ledger knows what is ours."
    )
    entries = Entries(tuple(loss_entry(change, detail) for change in losing))
    return Section("Taken away", (Paragraph(say(said)), entries), Tone.REMOVE) if losing else None


def drift_section(plan: Plan, detail: Detail) -> Section | None:
    """What was changed behind our back, and whether this plan puts it back."""
    if not plan.drift:
        return None
    healed = {
        (change.address, field.field)
        for change in plan.changes
        for field in change.fields
        if Reason.DRIFTED in (field.reason, change.reason)
    }
    held = {address for violation in plan.violations for address in violation.addresses}
    grouped: dict[Address, list[Drift]] = defaultdict(list)
    for item in plan.drift:
        grouped[item.address].append(item)
    entries, more = _few(list(grouped.items()), lambda pair: _drift_entry(*pair, healed, held), detail)
    fields, objects = count(len(plan.drift), "field"), count(len(grouped), "object")
    said = f"{fields} of {objects}; each with what we last knew and what is there now."
    return Section("Changed behind our back", (Paragraph(say(said)), Entries(entries, more=more)), Tone.WARN)


def _drift_entry(
    address: Address, drift: list[Drift], healed: set[tuple[Address, str]], held: set[Address]
) -> Entry:
    lines = []
    for item in drift:
        fate = "this plan puts it back" if (address, item.field) in healed else "left as it is"
        fate = "to put it back is refused" if address in held else fate
        lines.append(say(f"{item.field}: ", *arrow(item.recorded, item.live), muted(f"  ({fate})")))
    return Entry(
        say(Span("drifted", Tone.WARN), " ", code(str(address)), *named(drift[0].label)), tuple(lines)
    )


def _changes(plan: Plan, detail: Detail) -> Section | None:
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in plan.changes:
        if not isinstance(change, Remove):
            groups[change.address.target, change.address.kind].append(change)
    blocks = tuple(_change_group(target, kind, group, detail) for (target, kind), group in groups.items())
    return Section("Changes", blocks) if blocks else None


def _change_group(target: str, kind: str, changes: list[Change], detail: Detail) -> Entries:
    verbs = [change.verb for change in changes]
    counts = ", ".join(f"{verbs.count(verb):,} {verb}" for verb in VERBS if verb in verbs)
    title = say(code(f"{target}/{kind}"), f": {counts}")
    ordinary = {change.key for change in changes if detail.folds or _is_ordinary(change)}
    if not detail.over(len(ordinary)):
        return Entries(tuple(change_entry(change, detail) for change in changes), title, calm=True)
    kept = {change.key for change in [c for c in changes if c.key in ordinary][: detail.few]}
    shown = [change for change in changes if change.key not in ordinary or change.key in kept]
    left = {change.verb for change in changes if change.key in ordinary - kept}
    what = "more" if detail.folds else f"more {' or '.join(sorted(left))}, nothing special about them"
    more = f"and {len(changes) - len(shown):,} {what}; {FULL_HINT}"
    return Entries(tuple(change_entry(change, detail) for change in shown), title, more, calm=True)


def _is_ordinary(change: Change) -> bool:
    """A plain create: declared new, nothing to wait for, nothing to note; or a release."""
    special = change.waiting or change.note or change.hand_off or any(f.waiting for f in change.fields)
    return (
        isinstance(change, Create)
        and change.reason is Reason.NEW
        and not special
        or isinstance(change, Release)
    )


def _few(items: Sequence[T], write: Callable[[T], Entry], detail: Detail) -> tuple[tuple[Entry, ...], str]:
    """The entries of a list that may fold, and what is left out."""
    shown = items[: detail.few] if detail.over(len(items)) else items
    left = len(items) - len(shown)
    return tuple(write(item) for item in shown), f"and {left:,} more; {FULL_HINT}" if left else ""


def hand_offs(plan: Plan, detail: Detail) -> Section | None:
    """What a person has to do, what comes first on top: steps, exact values, the command that closes it."""
    refs = [change.hand_off.id for change in plan.changes if change.hand_off]
    turns = {hand_off: turn for turn, hand_off in reversed([*enumerate(refs)])}  # each by its first change
    open_ones = [hand_off for hand_off in plan.hand_offs if hand_off.open or hand_off.waiting]
    open_ones.sort(key=lambda hand_off: turns.get(hand_off.id, len(refs)))
    entries = tuple(_hand_off(hand_off, _closing(hand_off, plan), detail) for hand_off in open_ones)
    return Section("To do by hand", (Entries(entries),), Tone.WARN) if entries else None


def _closing(hand_off: HandOff, plan: Plan) -> tuple[Line | Listing, ...]:
    """How it ends: by a person's word, or by itself where a reading shows it."""
    if hand_off.shows and plan.environment != "sandbox":
        return (say("When it is done, the next plan sees it: there is nothing to confirm."),)
    typed = command("confirm", hand_off.id, "--by", "NAME", environment=plan.environment)
    made_first = any(item.action == CHECK for item in hand_off.waiting)
    done = "When they are made and looked at:" if made_first else "When it is done:"
    return say(done), Listing((typed,))


def _hand_off(hand_off: HandOff, closing: tuple[Line | Listing, ...], detail: Detail) -> Entry:
    now, later = len(hand_off.open), len(hand_off.waiting)
    done = len(hand_off.items) - now - later
    counts = {"open": now, "waiting": later, "attested": done}
    state = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)
    details: list[Line | Listing] = [
        say(f"{number}. ", step) for number, step in enumerate(hand_off.steps, 1)
    ]
    shown = hand_off.items[: detail.few] if detail.over(len(hand_off.items)) else hand_off.items
    details += [_hand_off_item(item) for item in shown]
    if len(shown) < len(hand_off.items):
        details.append(say(muted(f"and {len(hand_off.items) - len(shown):,} more; {FULL_HINT}")))
    for name, content in sorted(hand_off.files.items()):
        lines = tuple(content.splitlines())
        details.append(
            say("file ", code(name), f" of {count(len(lines), 'line')}, written by plan --files DIR:")
        )
        over = detail.over(len(lines))
        details.append(Listing((*lines[: detail.few], "...") if over else lines))
    details += closing
    return Entry(
        say(Span(hand_off.title, Tone.STRONG), " (", code(hand_off.id), f"): {state}"), tuple(details)
    )


def _hand_off_item(item: HandOffItem) -> Line:
    tone = Tone.GOOD if item.state == "attested" else Tone.WARN
    exact = {
        name: value if isinstance(value, str) else show(value, None) for name, value in item.values.items()
    }
    values = [part for name, value in exact.items() for part in (f"{name} ", code(value), "  ")]
    text = say(f"({item.text})  ") if item.text else ()
    return say(Span(item.state, tone), f": {item.action} ", *values, *text, muted(f"for {item.address}"))


def unverified(statuses: Iterable[Status], detail: Detail) -> Section | None:
    """What no reading could confirm, grouped by why."""
    grouped: dict[tuple[Sync, str, str, str], list[Status]] = defaultdict(list)
    for status in statuses:
        if status.sync in (Sync.UNVERIFIED, Sync.UNKNOWN):
            grouped[status.sync, status.address.target, status.address.kind, status.text].append(status)
    ordered = sorted(grouped.items(), key=lambda pair: (pair[0][0] is not Sync.UNKNOWN, pair[0]))
    entries, more = _few(ordered, lambda pair: _alike(*pair), detail)
    return Section("Not verified", (Entries(entries, more=more),)) if ordered else None


def _alike(said_of: tuple[Sync, str, str, str], statuses: list[Status]) -> Entry:
    sync, target, kind, text = said_of
    tone = Tone.REMOVE if sync is Sync.UNKNOWN else Tone.MUTED
    said = say(": ", text) if text else ()
    head = say(Span(sync, tone), " ", code(f"{target}/{kind}"), f" ({len(statuses):,})", *said)
    names = spread(code(status.address.name) for status in statuses[:3])
    rest = f" and {len(statuses) - 3:,} more" if len(statuses) > 3 else ""
    return Entry(head, (say(*names, rest),))


def _told(plan: Plan) -> Iterator[Finding]:
    """Findings, without those a guard made a refusal of."""
    refusing = {violation.guard for violation in plan.violations}
    return (finding for finding in plan.findings if finding.guard not in refusing)


_SEVERITY = {"error": (0, Tone.REMOVE), "warning": (1, Tone.WARN), "info": (2, Tone.MUTED)}


def findings(found: Iterable[Finding], detail: Detail) -> Section | None:
    """What to know that is not a change; findings that say the same are one."""
    grouped: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for finding in found:
        grouped[finding.severity, finding.text, finding.remedy].append(finding.subject)
    if not grouped:
        return None
    ordered = sorted(grouped.items(), key=lambda pair: (_severity(pair[0][0])[0], pair[1][0], pair[0][1]))
    entries, more = _few(ordered, lambda pair: _finding(*pair), detail)
    return Section("Findings", (Entries(entries, more=more),))


def _severity(word: str) -> tuple[int, Tone]:
    return _SEVERITY.get(word, (0, Tone.REMOVE))


def _finding(said: tuple[str, str, str], subjects: list[str]) -> Entry:
    severity, text, remedy = said
    names = spread(code(subject) for subject in subjects[:3])
    rest = f" and {len(subjects) - 3:,} more" if len(subjects) > 3 else ""
    head = say(Span(severity, _severity(severity)[1]), " ", *names, rest, ": ", text)
    return Entry(head, (say(remedy),) if remedy else ())


def _waivers(waivers: Sequence[WaiverUse]) -> Section | None:
    entries = tuple(Entry(_waiver(use), (say("why: ", use.why),)) for use in waivers)
    return Section("Waivers", (Entries(entries),)) if entries else None


def _waiver(use: WaiverUse) -> Line:
    taken = use.used + use.uses
    left = "no limit" if use.maximum is None else f"{max(0, use.maximum - taken):,} of {use.maximum:,} left"
    said = f": {use.used:,} used before, {use.uses:,} by this plan, {left}; until {moment(use.until)}"
    return say(Span(use.guard, Tone.WARN), " waived for ", code(use.addresses), said)
