"""Rows and values: JSON with tuples for lists, moments as sortable text, records packed for a fast read."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from typing import Any

import orjson

from reconciler.model import (
    Address,
    Attestation,
    Binding,
    Evidence,
    Intent,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.resources.base import Plain

Clock = Callable[[], datetime]
Row = tuple[Any, ...]

EVIDENCES = {evidence.value: evidence for evidence in Evidence}
PROVENANCES = {provenance.value: provenance for provenance in Provenance}
STATES = {state.value: state for state in State}

make_field: Callable[[tuple[Plain, Evidence, str]], RecordedField] = partial(tuple.__new__, RecordedField)
"""RecordedField without its Python-level constructor: a plan reads a hundred thousand of them."""


def write_moment(moment: datetime) -> str:
    """UTC with microseconds, always equally long, so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(text: str) -> datetime:
    """The aware moment that `write_moment` wrote."""
    return datetime.fromisoformat(text)


def write_json(value: object) -> str:
    """JSON text of plain values; any mapping counts as an object. Raises TypeError for anything else."""
    return orjson.dumps(value, default=_widen).decode()


def _widen(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a ledger holds plain values, not {type(value).__name__}")


def read_json(text: str) -> Plain:
    """The value `write_json` wrote, with tuples for lists."""
    return freeze(orjson.loads(text))


def freeze(value: Any) -> Plain:
    """JSON's lists as tuples, at any depth."""
    if isinstance(value, list):
        return tuple(map(freeze, value))
    if isinstance(value, dict):
        return {key: freeze(item) for key, item in value.items()}
    plain: Plain = value
    return plain


def write_record(record: Record) -> Row:
    """One row of `incarnations`.

    Fields are grouped by evidence and date, which most of them share, and by whether they hold a list or
    object: the others need no look at each when they are read.
    """
    groups: dict[tuple[str, str, bool], dict[str, Plain]] = {}
    for name, (value, evidence, at) in record.fields.items():
        nested = isinstance(value, tuple | list | Mapping)
        groups.setdefault((evidence.value, at, nested), {})[name] = value
    content = {
        "fields": [[*group, values] for group, values in groups.items()],
        "elements": record.elements,
        "declared": sorted(record.declared),
        "conditions": record.conditions,
        "keys": record.keys,
        "protect": record.protect,
        "on_absent": record.on_absent,
    }
    return (
        *record.address,
        record.number,
        record.remote_id,
        record.state.value,
        record.provenance.value,
        write_json(content),
        record.label,
        record.source,
        record.updated,
    )


def read_records(rows: Iterable[Row]) -> tuple[Record, ...]:
    """Records from rows in the order of `write_record`. Equal sets of declared fields are one object."""
    with _without_collecting():
        return tuple(_iterate_records(rows))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Many objects come into being and none is garbage: searching them meanwhile costs more than reading."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _iterate_records(rows: Iterable[Row]) -> Iterator[Record]:
    shared: dict[frozenset[str], frozenset[str]] = {}
    for target, kind, name, number, remote_id, state, provenance, text, label, source, updated in rows:
        content = orjson.loads(text)
        declared = frozenset(content["declared"])
        yield Record(
            address=Address(target, kind, name),
            number=number,
            remote_id=remote_id,
            state=STATES[state],
            provenance=PROVENANCES[provenance],
            fields=_read_fields(content["fields"]),
            elements={key: tuple(ids) for key, ids in content["elements"].items()},
            declared=shared.setdefault(declared, declared),
            conditions=tuple(content["conditions"]),
            keys=content["keys"],
            label=label,
            source=source,
            protect=content["protect"],
            on_absent=content["on_absent"],
            updated=updated,
        )


def _read_fields(groups: list[Any]) -> dict[str, RecordedField]:
    fields: dict[str, RecordedField] = {}
    for evidence, at, nested, values in groups:
        plain = map(freeze, values.values()) if nested else values.values()
        triples = zip(plain, repeat(EVIDENCES[evidence]), repeat(at))
        fields.update(zip(values, map(make_field, triples), strict=True))
    return fields


def write_addresses(addresses: Iterable[Address]) -> str:
    """Addresses as a JSON list of texts."""
    return write_json([str(address) for address in addresses])


def read_intent(row: Row) -> Intent:
    """An intent from a row of `intents`, its columns in the order of the table."""
    (
        id_,
        run,
        target,
        addresses,
        verb,
        step,
        attempt,
        operation,
        parameters,
        body,
        elements,
        at,
        token,
        state,
    ) = row
    return Intent(
        id=id_,
        run=run,
        target=target,
        addresses=tuple(Address.parse(text) for text in orjson.loads(addresses)),
        verb=verb,
        step=step,
        attempt=attempt,
        operation=operation,
        parameters={key: freeze(value) for key, value in orjson.loads(parameters).items()},
        body=read_json(body),
        elements=tuple(orjson.loads(elements)),
        at=read_moment(at),
        token=token,
        state=state,
    )


def write_attestation(attestation: Attestation) -> Row:
    """One row of `attestations`."""
    return (
        *attestation.address,
        attestation.handoff,
        attestation.digest,
        attestation.by,
        write_moment(attestation.at),
        write_moment(attestation.expires),
    )


def read_attestation(row: Row) -> Attestation:
    """An attestation from a row in the order of `write_attestation`."""
    target, kind, name, handoff, digest, by, at, expires = row
    return Attestation(
        Address(target, kind, name), handoff, digest, by, read_moment(at), read_moment(expires)
    )


def read_binding(row: Row) -> Binding:
    """A binding from its row."""
    return Binding(*row)
