"""A report of a run as a document: counts per ending, everything not applied in full, what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.plan import Ending, Outcome, Report
from reconciler.report.document import (
    Detail,
    Document,
    Entries,
    Entry,
    Line,
    Paragraph,
    Section,
    Span,
    Tone,
    code,
    muted,
    named,
    plain,
    say,
    spread,
    strong,
)
from reconciler.report.fields import verb
from reconciler.report.planned import hand_offs
from reconciler.report.values import count, moment

TONES = {
    Ending.APPLIED: Tone.GOOD,
    Ending.NOT_TAKEN: Tone.REMOVE,
    Ending.FAILED: Tone.REMOVE,
    Ending.UNCERTAIN: Tone.REMOVE,
    Ending.CONFLICT: Tone.REMOVE,
    Ending.REFUSED: Tone.REMOVE,
    Ending.SKIPPED: Tone.WARN,
    Ending.WAITING: Tone.WARN,
    Ending.DEFERRED: Tone.WARN,
    Ending.HANDED_OFF: Tone.WARN,
}

NEXT = {
    Ending.NOT_TAKEN: "The vendor accepted it and did not keep it. Change the declaration or the vendor's "
    "setting that overrides it, then plan again.",
    Ending.FAILED: "Mend the cause named above, then `reconciler apply` does the rest.",
    Ending.UNCERTAIN: "It may have happened. The next `reconciler apply` settles it before anything else.",
    Ending.CONFLICT: "It changed while this plan was waiting. Look at a new `reconciler plan`.",
    Ending.REFUSED: "Settle the refusal: mend the declaration or add the waiver the plan shows.",
    Ending.SKIPPED: "It depends on one that did not succeed; it follows by itself once that is mended.",
    Ending.WAITING: "Nothing to do here: a later run takes it up when what it waits for is done.",
    Ending.DEFERRED: "The day's quota is used up; a run after its reset goes on.",
    Ending.HANDED_OFF: "See what is to do by hand below.",
}

WORST_FIRST = (
    Ending.UNCERTAIN,
    Ending.FAILED,
    Ending.NOT_TAKEN,
    Ending.CONFLICT,
    Ending.REFUSED,
    Ending.SKIPPED,
    Ending.DEFERRED,
    Ending.WAITING,
    Ending.HANDED_OFF,
)


def report_document(report: Report, detail: Detail) -> Document:
    """Every outcome that is not applied in full, worst first; the applied ones as a count."""
    sections = [section for ending in WORST_FIRST for section in _ended(report, ending)]
    left = tuple(_left_over(report))
    if left:
        sections.append(Section("Applied in part", (Entries(left),), Tone.WARN))
    sections += [section for section in (hand_offs(report.plan, detail),) if section]
    seconds = (report.finished - report.started).total_seconds()
    footer = (
        say("Run ", code(report.run), f", {moment(report.started)}, {seconds:.0f} s."),
        say("Plan digest ", code(report.plan.digest or "none"), "."),
    )
    sections.append(Section("Run", tuple(Paragraph(line) for line in footer)))
    return Document("Report", (_sentence(report),), tuple(sections))


def _sentence(report: Report) -> Line:
    if not report.outcomes:
        return say(strong("Nothing was to do."))
    spans = (
        Span(f"{report.count(ending):,} {ending}", TONES[ending])
        for ending in (Ending.APPLIED, *WORST_FIRST)
        if report.count(ending)
    )
    return say(strong(f"{count(len(report.outcomes), 'change')}: "), *spread(spans), ".")


def _ended(report: Report, ending: Ending) -> Iterator[Section]:
    outcomes = [outcome for outcome in report.outcomes if outcome.ending is ending]
    if outcomes:
        entries = Entries(tuple(_outcome(outcome) for outcome in outcomes))
        title = f"{str(ending).capitalize()}: {len(outcomes):,}"
        yield Section(title, (Paragraph(say(NEXT[ending])), entries), TONES[ending])


def _outcome(outcome: Outcome) -> Entry:
    change = outcome.change
    identity = outcome.remote_id or change.remote_id
    details = [say(outcome.text)] if outcome.text else []
    details += list(_waits(outcome))
    return Entry(
        say(
            verb(change),
            " ",
            code(str(change.address)),
            *named(change.label),
            muted(f"  id {identity}") if identity else "",
        ),
        tuple(details),
    )


def _waits(outcome: Outcome) -> Iterator[Line]:
    for item in outcome.waiting or outcome.change.waiting:
        element = say(code(item.element), " ") if item.element else ()
        on = say(" on ", code(item.on)) if item.on else ()
        yield say(*element, Span("waits", Tone.WARN), *on, plain(": "), item.why)


def _left_over(report: Report) -> Iterator[Entry]:
    """Applied changes of which some elements were left for later."""
    for outcome in report.outcomes:
        if outcome.ending is Ending.APPLIED and outcome.waiting:
            yield _outcome(outcome)
