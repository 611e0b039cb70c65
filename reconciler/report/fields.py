"""One change as an entry: its head, and a line for every field, element and wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model.changes import (
    Adopt,
    Change,
    Create,
    FieldChange,
    Forget,
    Reason,
    Release,
    Remove,
    Rename,
    Replace,
    Update,
    Waiting,
)
from reconciler.report.document import (
    FULL,
    Detail,
    Entry,
    Line,
    Span,
    Tone,
    code,
    muted,
    named,
    plain,
    say,
    spread,
)
from reconciler.report.explain import explain_difference
from reconciler.report.values import count, place, short, show
from reconciler.resources.base import field_rules, kinds

PRINTED = 12
"""Characters of a secret's fingerprint that are shown: enough to tell two apart."""
TONES: dict[type[Change], Tone] = {
    Create: Tone.CREATE,
    Update: Tone.CHANGE,
    Replace: Tone.REMOVE,
    Remove: Tone.REMOVE,
    Adopt: Tone.GOOD,
    Rename: Tone.CHANGE,
    Release: Tone.MUTED,
    Forget: Tone.MUTED,
}


def verb(change: Change) -> Span:
    """The verb as a word, with how for a removal."""
    return Span(f"remove ({change.how})" if isinstance(change, Remove) else change.verb, TONES[type(change)])


def head(change: Change, name: str) -> Line:
    """`verb name "label"`, then reason and place."""
    source = place(change.where)
    why = ", ".join(part for part in (change.reason.value, source) if part)
    previous = say(" from ", code(change.previous.name)) if isinstance(change, Rename) else ()
    label = named(change.label) if change.label != name else ()
    return say(verb(change), " ", code(name), *label, *previous, muted(f"  ({why})"))


def change_entry(change: Change, detail: Detail) -> Entry:
    """A change in its group: target and kind are in the group's title."""
    return Entry(head(change, change.address.name), tuple(_change_lines(change, detail)))


def loss_entry(change: Change, detail: Detail) -> Entry:
    """What a change takes away, under its whole address and remote id."""
    identity = muted(f"  id {change.remote_id}") if change.remote_id else plain("")
    if not detail.losses:
        return Entry(say(verb(change), " ", code(str(change.address)), identity))
    lines = [
        line
        for field in change.fields
        if field.removed or field.falls
        for line in field_lines(change, field, FULL, removed_only=True)
    ]
    lines += [say("lost: ", change.note)] if change.note else []
    lines += _wait_lines(change, change.waiting)
    return Entry((*head(change, str(change.address)), identity), tuple(lines))


def takes_away(change: Change) -> bool:
    """True if a reader must see this change among the removals."""
    return isinstance(change, Remove | Replace) or any(f.removed or f.falls for f in change.fields)


def _change_lines(change: Change, detail: Detail) -> Iterator[Line]:
    if isinstance(change, Adopt):
        yield say("matched: ", change.matched)
    if detail.fields:
        simple = [f for f in change.fields if isinstance(change, Create) and _is_simple(f)]
        if simple:
            near = (_near(change, field) for field in simple)
            yield spread((Span(f"{field.field}: {show(field.after)}", Tone.CODE) for field in near), "  ")
        for field in change.fields:
            if field not in simple:
                yield from field_lines(change, field, detail)
    else:
        names = ", ".join(field.field for field in change.fields)
        yield from [say("fields: ", names)] if names and not isinstance(change, Create) else []
    if change.note:
        yield say("note: ", change.note)
    if change.hand_off:
        yield say("by hand: ", change.hand_off.why, ", see ", code(change.hand_off.id))
    yield from _wait_lines(change, change.waiting)


def _is_simple(field: FieldChange) -> bool:
    scalar = field.after is None or isinstance(field.after, str | int)
    return scalar and not (field.added or field.removed or field.waiting) and len(show(field.after)) <= 60


def field_lines(
    change: Change, field: FieldChange, detail: Detail, removed_only: bool = False
) -> Iterator[Line]:
    """`field: old -> new`, `field: -a +b`, and what it waits for."""
    name = plain(f"{field.field}: ")
    field = _near(change, field)
    aside = _aside(change, field)
    if field.added or field.removed:
        added = () if removed_only else _elements("+", field.added, change, detail)
        yield (name, *_elements("-", field.removed, change, FULL), *added, *aside)
    elif isinstance(change, Release):
        yield (name, muted("keeps "), plain(show(field.after, _longest(detail))))
    elif field.before != field.after or not field.waiting:
        if isinstance(change, Create) or (field.before is None and not isinstance(field.after, str | int)):
            yield (name, Span(show(field.after, _longest(detail)), Tone.NEW), *aside)
        else:
            for path, line in explain_difference(field.before, field.after, detail.shown is None):
                yield (plain(f"{field.field}.{path}: ") if path else name, *line, *aside)
    if not removed_only:
        yield from _wait_lines(change, field.waiting, field.field, detail)


def _longest(detail: Detail) -> int | None:
    return None if detail.shown is None else 300


def print_fingerprint(fingerprint: str) -> str:
    """As much of a secret's fingerprint as tells two apart."""
    return f"fingerprint {fingerprint[:PRINTED]}"


def _near(change: Change, field: FieldChange) -> FieldChange:
    """The field with the addresses it refers to as short as elsewhere, and of a secret its fingerprint."""
    kind = kinds().get(change.address.kind)
    rule = field_rules(kind).get(field.field) if kind else None
    if rule is None or not (rule.reference or rule.secret):
        return field
    before, after = (
        value
        if not isinstance(value, str)
        else print_fingerprint(value)
        if rule.secret
        else short(value, change.address)
        for value in (field.before, field.after)
    )
    return replace(field, before=before, after=after)


def _aside(change: Change, field: FieldChange) -> Line:
    """Reason and place of a field where they are not those of its change."""
    reason = field.reason.value if field.reason not in (change.reason, Reason.NEW) else ""
    own = field.where if field.where and (not change.where or field.where.file != change.where.file) else None
    parts = ", ".join(part for part in (reason, place(own)) if part)
    return (muted(f"  ({parts})"),) if parts else ()


def _elements(sign: str, elements: tuple[str, ...], change: Change, detail: Detail) -> Line:
    tone = Tone.OLD if sign == "-" else Tone.NEW
    shown = elements[: detail.few] if detail.over(len(elements)) else elements
    spans = [Span(f"{sign}{short(element, change.address)}", tone) for element in shown]
    if len(shown) < len(elements):
        spans.append(muted(f"{sign} and {count(len(elements) - len(shown), 'more', 'more')}"))
    return (*spread(spans, " "), plain(" ")) if spans else ()


def _wait_lines(
    change: Change, waiting: tuple[Waiting, ...], field: str = "", detail: Detail = FULL
) -> Iterator[Line]:
    shown = waiting[: detail.few] if detail.over(len(waiting)) else waiting
    for item in shown:
        what = code(f"+{short(item.element, change.address)}") if item.element else plain("")
        subject = say(f"{field}: ", what, " ") if field else say(what, " " if item.element else "")
        on = say(" on ", code(short(item.on, change.address))) if item.on and item.on != item.element else ()
        yield say(*subject, Span("waits", Tone.WARN), *on, ": ", item.why)
    if len(shown) < len(waiting):
        yield say(muted(f"and {count(len(waiting) - len(shown), 'more waits', 'more wait')}"))
