"""Everything known of one address as a document: declared, recorded, different, why, and waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from reconciler.model.changes import Change, Create
from reconciler.model.objects import Address, Desired
from reconciler.model.plan import Plan
from reconciler.model.recorded import Attestation, Record
from reconciler.report.dates import dates_section
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
    code,
    muted,
    named,
    say,
    spread,
    strong,
)
from reconciler.report.fields import change_entry, print_fingerprint
from reconciler.report.planned import findings, refused
from reconciler.report.summary import SYNC_TONES
from reconciler.report.values import count, moment, place, show
from reconciler.resources.base import (
    OMITTED,
    Members,
    Plain,
    Resource,
    comparable,
    declared,
    field_rules,
    kinds,
)


def address_document(
    address: Address,
    plan: Plan,
    desired: Desired[Resource] | None,
    record: Record | None,
    attestation: Attestation | None = None,
) -> Document:
    """Field by field what is declared and where, what was last known and how, and what differs and why."""
    changes = [change for change in plan.changes if change.address == address]
    sections = (
        _fields(plan, desired, record, changes),
        _differences(changes),
        dates_section(address, plan, desired, record),
        _references(desired),
        _record(record, attestation),
        refused([v for v in plan.violations if address in v.addresses], FULL),
        findings((f for f in plan.findings if f.subject == str(address)), FULL),
    )
    lead = (_first(address, plan, desired, record), *_origin(desired))
    return Document(str(address), lead, tuple(section for section in sections if section))


def _first(address: Address, plan: Plan, desired: Desired[Resource] | None, record: Record | None) -> Line:
    status = next((status for status in plan.statuses if status.address == address), None)
    label = named(record.label) if record else ()
    if status is None:
        known = "recorded" if record else "not recorded"
        said = f"{'declared' if desired else 'not declared'}, {known}"
        return say(code(str(address)), *label, ": ", strong(said), ".")
    word = Span(status.sync, SYNC_TONES[status.sync])
    health = f", credential {status.health}" if status.health else ""
    why = f": {status.text}" if status.text else ""
    return say(code(str(address)), *label, ": ", word, health, why, f" (as of {moment(plan.as_of)})")


def _origin(desired: Desired[Resource] | None) -> tuple[Line, ...]:
    if desired is None:
        return ()
    names = spread(code(name) for name in (desired.source, *desired.also))
    source = say(", from ", *names) if desired.source else ()
    family = say(", one of ", code(desired.family)) if desired.family else ()
    return (say("Declared at ", code(str(desired.where)), *source, *family, "."),)


def _fields(
    plan: Plan, desired: Desired[Resource] | None, record: Record | None, changes: Sequence[Change]
) -> Section | None:
    """One row per field that is declared, recorded or about to change."""
    written = dict(declared(desired.resource)) if desired else {}
    known = dict(record.fields) if record else {}
    existing = [change for change in changes if not isinstance(change, Create)]
    live = {field.field: field.before for change in existing for field in change.fields}
    live |= {item.field: item.live for item in plan.drift if changes and item.address == changes[0].address}
    names = [*written, *sorted((known.keys() | live.keys()) - written.keys())]
    owners = [item.address for item in (desired, record, *changes) if item is not None]
    rules = field_rules(kinds()[owners[0].kind]) if owners else {}
    secrets = {name for name in names if name in rules and rules[name].secret}
    rows = []
    for name in names:
        where = say(muted(place(desired.place(name)))) if desired and name in written else ()
        now = say(code(_show(live[name], name in secrets))) if name in live else ()
        now = say(muted("ignored")) if desired and name in desired.lifecycle.ignore else now
        rows.append(
            (
                say(name),
                _declared(written.get(name, OMITTED), plan.as_of),
                where,
                now,
                *_known(known, name, name in secrets),
            )
        )
    header = ("field", "declared", "where", "live", "last known", "how it is known")
    return Section("Fields", (Table("Fields", header, tuple(rows)),)) if rows else None


def _declared(value: Any, as_of: datetime) -> Line:
    if value is OMITTED:
        return say(muted("not declared"))
    return say(code(show(comparable(value, as_of))))


def _show(value: Plain, secret: bool) -> str:
    """A value; of a secret as much of its fingerprint as tells two apart."""
    return print_fingerprint(value) if secret and isinstance(value, str) else show(value)


def _known(known: dict[str, Any], name: str, secret: bool) -> tuple[Line, Line]:
    if name not in known:
        return (say(muted("nothing")), ())
    value, evidence, at = known[name]
    return (say(code(_show(value, secret))), say(f"{evidence} {at[:16].replace('T', ' ')}"))


def _differences(changes: Sequence[Change]) -> Section | None:
    entries = tuple(change_entry(change, Detail(shown=None)) for change in changes)
    first = {str(address): address for change in changes for address in change.after}
    after = say("After: ", *spread(code(text) for text in first), ".") if first else ()
    blocks = (Entries(entries), *((Paragraph(after),) if after else ()))
    return Section("What would be done, and why", blocks) if entries else None


def _references(desired: Desired[Resource] | None) -> Section | None:
    entries = tuple(_named(desired)) if desired else ()
    return Section("Refers to", (Entries(entries),)) if entries else None


def _named(desired: Desired[Resource]) -> Iterator[Entry]:
    rules = field_rules(type(desired.resource))
    for name, value in declared(desired.resource):
        if rules[name].reference and value:
            names = value.elements if isinstance(value, Members) else (str(value),)
            if names:
                yield Entry(say(f"{name}: ", *spread(code(item) for item in names)))


def _record(record: Record | None, attestation: Attestation | None) -> Section | None:
    lines: list[Line] = []
    if record:
        identity = say(", id ", code(record.remote_id)) if record.remote_id else say(", without an id")
        lines.append(say(f"Incarnation {record.number}, {record.state}, {record.provenance}", *identity, "."))
        keys = spread(code(f"{name}: {value}") for name, value in sorted(record.keys.items()))
        lines += [say("Matched by recorded id, then by ", *keys, ".")] if keys else []
        added = {name: items for name, items in record.elements.items() if items}
        lines += [
            say(f"{name}: {count(len(items), 'element')} added by us.") for name, items in added.items()
        ]
        lines += (
            [say("Blocked when last read: ", ", ".join(record.conditions), ".")] if record.conditions else []
        )
    if attestation:
        until = moment(attestation.expires)
        lines.append(say(f"Attested by {attestation.by} on {moment(attestation.at)}, until {until}."))
    return Section("Record", tuple(Paragraph(line) for line in lines)) if lines else None
