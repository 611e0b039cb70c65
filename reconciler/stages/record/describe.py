"""The record of one incarnation: each field with its value, the evidence for it, and since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from reconciler.model import Access, Desired, Evidence, Live, Provenance, Record, RecordedField, State
from reconciler.model.compare import READABLE, limited
from reconciler.model.released import carry, released
from reconciler.resources.base import (
    OMITTED,
    Members,
    Resource,
    SecretRef,
    Timed,
    declared,
    field_rules,
    plain,
)

Identity = Callable[[str, str], str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Achieved:
    """What is known of one address: the values sent (ids in references), and what reads back.

    `live` None means not read back yet: every value is only *sent*. `added` are elements we added now.
    `made_with` is a relation whose address is kept as it was when the object was made.
    `sent` False means that it was only read: what no reading shows, and what is `unsent` (it differs, and is
    still to be changed), stay as they were recorded.
    """

    item: Desired[Resource]
    wanted: Resource
    remote_id: str
    access: Mapping[str, Access]
    identity: Identity
    live: Live[Resource] | None = None
    added: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fingerprints: Mapping[str, str | None] = field(default_factory=dict)
    sent: bool = True
    unsent: frozenset[str] = frozenset()
    made_with: str = ""


def describe(
    achieved: Achieved, old: Record | None, number: int, provenance: Provenance, at: datetime
) -> Record:
    """The record of one incarnation after a write or a reading; released fields stay until let go of."""
    live, stamp = achieved.live, at.isoformat()
    made = Record(
        address=achieved.item.address,
        number=number,
        remote_id=achieved.remote_id,
        state=State.CURRENT,
        provenance=provenance,
        fields=_fields(achieved, old, stamp),
        elements=_elements(achieved, old),
        declared=frozenset(name for name, _ in declared(achieved.item.resource)),
        conditions=(live.blocked.code,) if live is not None and live.blocked else (),
        keys=live.keys if live else (old.keys if old else {}),
        label=live.label if live else (old.label if old else ""),
        source=achieved.item.source,
        protect=achieved.item.lifecycle.protect,
        on_absent=achieved.item.lifecycle.on_absent or "",
        updated=stamp,
    )
    paths = tuple(released(old, achieved.item, achieved.access)) if old else ()
    return carry(made, old, paths) if old and paths else made


def _fields(achieved: Achieved, old: Record | None, stamp: str) -> dict[str, RecordedField]:
    found = {}
    for name, value in declared(achieved.wanted):
        access, was = achieved.access[name], old.fields.get(name) if old else None
        if name == achieved.made_with:
            referred = getattr(achieved.item.resource, name)
            made = was if old else RecordedField(plain(referred), Evidence.SENT, stamp)
        elif access is Access.RELATION:
            continue
        else:
            made = _field(achieved, name, value, was, access, stamp)
        if made is not None:
            found[name] = was if was and (was.value, was.evidence) == (made.value, made.evidence) else made
    return _with_ignored(achieved, found, old.fields if old else {})


def _field(
    achieved: Achieved,
    name: str,
    value: Any,
    was: RecordedField | None,
    access: Access,
    stamp: str,
) -> RecordedField | None:
    ignored = name in achieved.item.lifecycle.ignore
    if name in achieved.unsent or not (achieved.sent or access in READABLE and not ignored):
        return was
    if isinstance(value, SecretRef):
        return _secret(achieved, name, value, was, access, stamp)
    if access not in READABLE:
        return RecordedField(plain(value), Evidence.SENT, stamp)
    if achieved.live is None or (achieved.sent and name in achieved.live.unknown):
        sent = plain(value.elements) if isinstance(value, Members) else plain(value)
        return RecordedField(sent, Evidence.SENT, stamp)
    found = getattr(achieved.live.resource, name)
    if found is OMITTED:
        return was
    if isinstance(value, Timed):
        return RecordedField(value.remember(found, was.value if was else None), Evidence.READ, stamp)
    return RecordedField(_read_value(name, value, found, achieved), Evidence.READ, stamp)


def _secret(
    achieved: Achieved, name: str, value: SecretRef, was: RecordedField | None, access: Access, stamp: str
) -> RecordedField | None:
    """Its fingerprint: sent, or read where the vendor shows it and it is the declared one."""
    fingerprint = achieved.fingerprints.get(name)
    if not fingerprint:
        return was
    if access not in READABLE or achieved.live is None:
        return RecordedField(fingerprint, Evidence.SENT, stamp)
    same = getattr(achieved.live.resource, name) == value
    return RecordedField(fingerprint, Evidence.READ, stamp) if same else was


def _read_value(name: str, value: Any, found: Any, achieved: Achieved) -> Any:
    rule = field_rules(type(achieved.wanted))[name]
    if isinstance(value, Members):
        present = {achieved.identity(rule.reference, token) for token in found.elements}
        return tuple(sorted(present if value.exactly else present & set(value.elements)))
    if rule.reference and isinstance(found, str):
        return achieved.identity(rule.reference, found)
    return limited(plain(found), plain(value))


def _elements(achieved: Achieved, old: Record | None) -> dict[str, tuple[str, ...]]:
    rules = field_rules(type(achieved.wanted))
    found = {}
    for name, value in declared(achieved.wanted):
        if not isinstance(value, Members):
            continue
        ours = set(old.elements.get(name, ()) if old else ()) | achieved.added.get(name, frozenset())
        read = getattr(achieved.live.resource, name) if achieved.live else OMITTED
        if isinstance(read, Members):
            ours &= {achieved.identity(rules[name].reference, token) for token in read.elements}
        if ours:
            found[name] = tuple(sorted(ours))
    return _with_ignored(achieved, found, old.elements if old else {})


def _with_ignored(achieved: Achieved, found: dict[str, T], old: Mapping[str, T]) -> dict[str, T]:
    """What `lifecycle.ignore` names was not sent, and stays as it was recorded when the object was made."""
    kept = {name: old[name] for name in achieved.item.lifecycle.ignore if name in old}
    return {**kept, **found}
