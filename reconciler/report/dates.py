"""A meeting's dates one by one: whether each is there, and why not; declared, live and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.changes import Create
from reconciler.model.objects import Address, Desired
from reconciler.model.plan import Plan
from reconciler.model.recorded import Record
from reconciler.report.document import Block, Paragraph, Section, Table, code, muted, say
from reconciler.report.values import count, show
from reconciler.resources.base import Plain, Resource, declared, kinds, revive
from reconciler.resources.schedules import Series


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """One date, wall-clock of `zone`: `passed`, `to come`, `left out` or `not declared`, and why."""

    field: str
    date: str
    minutes: int
    zone: str
    stands: str
    why: str


def list_days(
    address: Address, plan: Plan, desired: Desired[Resource] | None, record: Record | None
) -> tuple[Day, ...]:
    """Every date of every field that holds dates, in time order; as recorded of what is not declared."""
    return tuple(
        day
        for name, series in _series(desired, record)
        for day in sorted(_days(name, series, _live(address, plan, name), plan.as_of, desired, record))
    )


def dates_section(
    address: Address, plan: Plan, desired: Desired[Resource] | None, record: Record | None
) -> Section | None:
    """The same as a table for each field."""
    blocks: list[Block] = []
    for name, series in _series(desired, record):
        live = _live(address, plan, name)
        days = sorted(_days(name, series, live, plan.as_of, desired, record))
        to_come = sum(day.stands == "to come" for day in days)
        lead = f"{name}: {to_come} of {count(len(days), 'date')} to come, by clocks in {series.timezone}."
        rows = tuple((say(code(_weekday(day))), say(day.stands), say(muted(day.why))) for day in days)
        blocks += [Paragraph(say(lead)), Table("Dates", ("date", "stands", "why"), rows)]
        if live and live.get("timezone") != series.timezone:
            blocks.append(Paragraph(say("The live system has: ", code(show(live)), ".")))
    return Section("Dates", tuple(blocks)) if blocks else None


def _series(desired: Desired[Resource] | None, record: Record | None) -> Iterator[tuple[str, Series]]:
    if desired is not None:
        values = dict(declared(desired.resource))
    else:
        kind, fields = (kinds()[record.address.kind], record.fields) if record else (Resource, {})
        values = {name: revive(kind, name, was.value) for name, was in fields.items()}
    yield from ((name, value) for name, value in values.items() if isinstance(value, Series))


def _live(address: Address, plan: Plan, name: str) -> Mapping[str, Plain] | None:
    """What the live system has where that differs; None where it does not, or where nothing is there."""
    changes = [c for c in plan.changes if c.address == address and not isinstance(c, Create)]
    found = [field.before for change in changes for field in change.fields if field.field == name]
    found += [item.live for item in plan.drift if (item.address, item.field) == (address, name)]
    return found[0] if found and isinstance(found[0], Mapping) else None


def _days(
    name: str,
    series: Series,
    live: Mapping[str, Plain] | None,
    as_of: datetime,
    desired: Desired[Resource] | None,
    record: Record | None,
) -> Iterator[Day]:
    def day(item: str, stands: str, why: str) -> Day:
        return Day(name, item[:16], int(item[17:]), series.timezone, stands, why)

    began = _began(record, name)
    dates = live.get("occurrences") if live and live.get("timezone") == series.timezone else None
    there = set(map(str, dates)) if isinstance(dates, tuple | list) else None
    known = series.stand(as_of)
    for item, stands, why in known:
        notes = [why] if why else []
        if stands == "passed" and item[:16] < began:
            notes.append("before the series was made")
        if stands == "to come" and desired is None:
            notes.append("as recorded, no longer declared")
        if stands == "to come" and there is not None and item not in there:
            notes.append("not in the live system yet")
        if stands == "left out" and there is not None and item in there:
            notes.append("still in the live system")
        yield day(item, stands, "; ".join(notes))
    for item in (there or set()) - {item for item, _, _ in known}:
        yield day(item, "not declared", "in the live system")


def _began(record: Record | None, name: str) -> str:
    """Where a series began by the ledger, "" if that is not known."""
    value = record.fields[name].value if record and name in record.fields else None
    return str(value.get("start", "")) if isinstance(value, Mapping) else ""


def _weekday(day: Day) -> str:
    """`Mon 2026-09-07 10:00 (50 min)`."""
    return f"{datetime.fromisoformat(day.date):%a %Y-%m-%d %H:%M} ({day.minutes} min)"
