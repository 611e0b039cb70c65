"""What has ended: every date of it has passed, so that it is let alone for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from reconciler.model.documents import Declared
from reconciler.model.objects import Address
from reconciler.model.recorded import Record, State
from reconciler.resources.base import OMITTED, Timed, field_rules, is_over, kinds, revive


def find_ended(desired: Declared, records: Mapping[Address, Record], as_of: datetime) -> frozenset[Address]:
    """The declared or recorded addresses of the past, and with a meeting what is only there for it.

    A declaration that was cut short to a day gone by has not ended while dates to come are recorded.
    """
    ended = {
        address
        for address in {*desired.resources, *records}
        if _times(address.kind) and _is_past(address, desired, records.get(address), as_of)
    }
    ids = {(address.kind, record.remote_id) for address in ended if (record := records.get(address))}
    for address in {*desired.resources, *records}:
        for name, kind in _leads(address.kind):
            item, record = desired.resources.get(address), records.get(address)
            if item is not None:
                value = getattr(item.resource, name)
                follows = value not in (OMITTED, None) and Address.parse(value) in ended
            else:
                known = record.fields.get(name) if record else None
                follows = known is not None and (kind, known.value) in ids
            if follows:
                ended.add(address)
    return frozenset(ended)


def _is_past(address: Address, desired: Declared, record: Record | None, as_of: datetime) -> bool:
    item = desired.resources.get(address)
    recorded = list(_recorded_times(record)) if record and record.state is State.CURRENT else []
    if item is not None:
        return is_over(item.resource, as_of) and all(times.over(as_of) for times in recorded)
    over = any(times.over(as_of) for times in recorded)
    return over or (record is not None and record.state is State.ENDED)


def _recorded_times(record: Record) -> Iterator[Timed]:
    kind = kinds()[record.address.kind]
    for name in _times(record.address.kind):
        was = record.fields.get(name)
        value = revive(kind, name, was.value) if was else None
        if isinstance(value, Timed):
            yield value


@cache
def _times(kind: str) -> tuple[str, ...]:
    """The fields of a kind that may hold a value of time."""
    return tuple(rule.attribute for rule in field_rules(kinds()[kind]).values() if rule.revives)


@cache
def _leads(kind: str) -> tuple[tuple[str, str], ...]:
    """The fields of a kind that refer to one object of a kind with times, each with that kind."""
    rules = field_rules(kinds()[kind]).values()
    single = ((rule.name, rule.reference) for rule in rules if rule.reference and not rule.collection)
    return tuple((name, referred) for name, referred in single if _times(referred))
