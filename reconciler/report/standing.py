"""How things stand: statuses per system, drift, history and problems of the desired files, as documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from reconciler.errors import ConfigError, PlanRefused, Problem
from reconciler.model.codec import decode_change
from reconciler.model.objects import Address
from reconciler.model.plan import Plan, Status, Sync
from reconciler.report.document import (
    FULL,
    Detail,
    Document,
    Entries,
    Entry,
    Line,
    Paragraph,
    Section,
    Span,
    Table,
    Tone,
    code,
    muted,
    say,
    strong,
)
from reconciler.report.fields import field_lines
from reconciler.report.planned import drift_section, findings, hand_offs
from reconciler.report.summary import SYNC_TONES, WORST_FIRST, by_target, chips, sync_counts
from reconciler.report.values import count, moment

SETTLED = (Sync.RELEASED, Sync.IN_SYNC, Sync.ATTESTED)


class Past(Protocol):
    """One change of one earlier run, as a ledger gives it; `change` is it as JSON, "" if forgotten."""

    @property
    def run(self) -> str:
        """The run's id."""

    @property
    def at(self) -> datetime:
        """When it was recorded."""

    @property
    def address(self) -> Address:
        """What was changed."""

    @property
    def verb(self) -> str:
        """How."""

    @property
    def ending(self) -> str:
        """What became of it."""

    @property
    def text(self) -> str:
        """What was said of that."""

    @property
    def change(self) -> str:
        """The change itself."""


def status_document(plan: Plan, detail: Detail) -> Document:
    """Counts per system, worst first; then everything that is not in sync, and every credential's health."""
    statuses = by_target(plan.statuses)
    rows = tuple((say(code(target)), chips(group)) for target, group in statuses.items())
    sections: list[Section] = [
        Section("Systems", (Table("Statuses per system", ("system", "status"), rows),))
    ]
    groups = tuple(_sync_group(sync, plan.statuses, detail) for sync in WORST_FIRST if sync not in SETTLED)
    open_groups = tuple(group for group in groups if group.entries)
    if open_groups:
        sections.append(Section("Not in sync", open_groups))
    released = _sync_group(Sync.RELEASED, plan.statuses, detail)
    if released.entries:
        sections.append(Section("Let go of", (released,)))
    health = tuple(Entry(_health(status)) for status in plan.statuses if status.health)
    if health:
        sections.append(Section("Credentials", (Entries(health),)))
    sections += [s for s in (hand_offs(plan, detail), findings(plan.findings, detail)) if s]
    sections.append(Section("As of", (Paragraph(say(moment(plan.as_of))),)))
    return Document("Status", (say(*sync_counts(plan.statuses), "."),), tuple(sections))


def _sync_group(sync: Sync, statuses: Sequence[Status], detail: Detail) -> Entries:
    found = [status for status in statuses if status.sync is sync]
    kinds: dict[tuple[str, str, str], list[Status]] = defaultdict(list)
    for status in found:
        kinds[status.address.target, status.address.kind, status.text].append(status)
    entries: list[Entry] = []
    for (target, kind, text), group in kinds.items():
        if detail.over(len(group)):
            said = say(": ", text) if text else ()
            entries.append(Entry(say(code(f"{target}/{kind}"), f" ({len(group):,})", *said)))
        else:
            entries += [Entry(_status(status)) for status in group]
    return Entries(tuple(entries), say(Span(f"{sync}", SYNC_TONES[sync]), f": {len(found):,}"))


def _status(status: Status) -> Line:
    said = say(": ", status.text) if status.text else ()
    return say(code(str(status.address)), *said)


def _health(status: Status) -> Line:
    tones = {"working": Tone.GOOD, "broken": Tone.REMOVE, "unprobed": Tone.MUTED}
    word = str(status.health)
    said = say(": ", status.text) if status.text else ()
    return say(Span(word, tones.get(word, Tone.PLAIN)), " ", code(str(status.address)), *said)


def drift_document(plan: Plan, detail: Detail) -> Document:
    """What was changed behind our back, and which kinds could not be read."""
    section = drift_section(plan, detail)
    unread = tuple(
        Entry(say(Span("unread", Tone.REMOVE), " ", code(f"{f.target}/{f.kind}"), ": ", f.reading))
        for f in plan.facts
        if f.live is None
    )
    sections = [section] if section else []
    sections += [Section("Not read", (Entries(unread),), Tone.REMOVE)] if unread else []
    quiet = "No drift in what could be read." if unread else "No drift."
    first = f"{count(len(plan.drift), 'field')} drifted." if plan.drift else quiet
    return Document("Drift", (say(strong(first), muted(f" As of {moment(plan.as_of)}.")),), tuple(sections))


def history_document(rows: Sequence[Past]) -> Document:
    """Runs in the order given, each with its changes, what they changed, and how they ended."""
    runs: dict[str, list[Past]] = defaultdict(list)
    for row in rows:
        runs[row.run].append(row)
    blocks = tuple(
        Entries(
            tuple(Entry(_past(row), tuple(_past_lines(row))) for row in group),
            say(moment(group[0].at), "  run ", code(run)),
        )
        for run, group in runs.items()
    )
    said = f"{count(len(rows), 'change')} in {count(len(runs), 'run')}." if rows else "Nothing was done yet."
    return Document("History", (say(strong(said)),), (Section("Runs", blocks),) if blocks else ())


def _past(row: Past) -> Line:
    ending = Span(row.ending, Tone.GOOD if row.ending == "applied" else Tone.WARN)
    return say(row.verb, " ", code(str(row.address)), "  ", ending)


def _past_lines(row: Past) -> Iterator[Line]:
    """What was said, and the fields; a change that another version wrote shows without its fields."""
    if row.text:
        yield say(row.text)
    try:
        change = decode_change(row.change)
    except PlanRefused:
        return
    for field in change.fields:
        yield from field_lines(change, field, FULL)


def problems_document(error: ConfigError) -> Document:
    """Every problem with its place, cause and remedy, in file order."""
    files = len({problem.where.file for problem in error.problems})
    first = f"{count(len(error.problems), 'problem')} in {count(files, 'file')}; nothing was contacted."
    entries = tuple(_problem(problem) for problem in error.problems)
    return Document("Problems", (say(Span(first, Tone.REMOVE)),), (Section("To mend", (Entries(entries),)),))


def _problem(problem: Problem) -> Entry:
    return Entry(
        say(code(str(problem.where)), ": ", problem.what), (say(problem.remedy),) if problem.remedy else ()
    )
