"""Reading back what was sent: applied is what a later reading shows, anything else is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model import (
    Apart,
    Change,
    Ending,
    FieldChange,
    Live,
    Outcome,
    Record,
    Removal,
    Remove,
    Scope,
    Waiting,
    Wanted,
)
from reconciler.model.compare import READABLE, NotKept, not_kept
from reconciler.resources.base import Plain
from reconciler.stages.apply.work import Work

READINGS = 3
"""How often a write that does not show is looked for, `visible_after` apart."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A change that was sent whole, as far as it could be: what is to be confirmed."""

    change: Change
    wanted: Wanted[Any]
    waiting: tuple[Waiting, ...] = ()
    added: Mapping[str, frozenset[str]] = field(default_factory=dict)
    local: Mapping[str, FieldChange] = field(default_factory=dict)


def confirm(work: Work, sent: Sequence[Sent]) -> Iterator[Outcome]:
    """The outcome of every sent change, recorded. Several of one kind are read together."""
    for _, group in groupby(sent, key=lambda item: (item.change.address.target, item.change.address.kind)):
        yield from _confirm_kind(work, list(group))


def _confirm_kind(work: Work, sent: Sequence[Sent]) -> Iterator[Outcome]:
    handler = work.handler(sent[0].change.address)
    left = {item.change.key: item for item in sent}
    lives: dict[str, Live[Any] | None] = {}
    problem = ""
    for reading in range(READINGS):
        if reading:
            work.sleep(handler.capability.visible_after)
        try:
            lives |= _read_back(handler, list(left.values()))
        except ReconcilerError as error:
            problem = f"sent, but it could not be read back: {error}"
            break
        left = {key: item for key, item in left.items() if _problem(work, item, lives[key])}
        if not left:
            break
    for item in sent:
        unread = problem if item.change.key in left else ""
        yield _conclude(work, item, lives.get(item.change.key), unread)


def _read_back(handler: Any, sent: Sequence[Sent]) -> dict[str, Live[Any] | None]:
    scope = Scope(tuple(item.wanted for item in sent), whole=False)
    found = list(handler.read(scope))
    by_id = {live.remote_id: live for live in found if live.remote_id}
    by_key = {pair: live for live in found for pair in live.keys.items()}
    return {item.change.key: _find(handler, item, by_id, by_key) for item in sent}


def _find(
    handler: Any, item: Sent, by_id: Mapping[str, Live[Any]], by_key: Mapping[tuple[str, str], Live[Any]]
) -> Live[Any] | None:
    if item.wanted.remote_id in by_id:
        return by_id[item.wanted.remote_id]
    for key in handler.capability.natural_keys:
        live = by_key.get((key.name, key.of(item.wanted.address.name, item.wanted.resource)))
        if live is not None and not live.remote_id:
            return live
    return None


def _problem(work: Work, item: Sent, live: Live[Any] | None) -> str:
    """What the reading does not show; "" if it shows everything."""
    change = item.change
    if isinstance(change, Remove):
        still = live is not None and (
            change.how is Removal.DELETE or getattr(live.resource, "active", None) is not False
        )
        unseen = still and _reads_like_another(work, change)
        return (
            f"{change.how.value} was accepted, but the object is still there" if still and not unseen else ""
        )
    if live is None:
        return "accepted, but no reading shows the object"
    if live.blocked:
        return ""
    held = {wait.element for wait in item.waiting} | live.unknown
    fields = {name: sent for name, sent in item.local.items() if name not in held}
    access = work.capability_fields(change.address)
    target = change.address.target
    kept = not_kept(
        item.wanted.resource, live.resource, fields, access, work.plan.as_of, work.identity(target)
    )
    apart = work.handler(change.address).capability.apart
    return "; ".join(_describe(item, live, apart) for item in kept)


def _reads_like_another(work: Work, change: Remove) -> bool:
    """True if what is still read may be another object of ours: nothing readable tells the two apart."""
    capability = work.handler(change.address).capability
    old = work.superseded.get((change.address, change.number))
    if old is None or not capability.derived_id:
        return False
    names = [name for name, access in capability.fields.items() if access in READABLE]
    others = [
        record
        for address, record in work.records.items()
        if address[:2] == change.address[:2] and (address, record.number) != (old.address, old.number)
    ]
    return any(_values(other, names) == _values(old, names) for other in others)


def _values(record: Record, names: Sequence[str]) -> list[Plain]:
    return [record.fields[name].value if name in record.fields else None for name in names]


def _describe(kept: NotKept, live: Live[Any], aparts: Sequence[Apart]) -> str:
    text = f"{kept.field}: sent {kept.sent!r}, reads {kept.read!r}"
    for apart in aparts:
        wins = apart.wins
        if wins not in ("", kept.field) and kept.field in apart.values:
            text += f" ({apart.why})" if getattr(live.resource, wins) == apart.values[wins] else ""
    return text


def _conclude(work: Work, item: Sent, live: Live[Any] | None, unread: str) -> Outcome:
    change = item.change
    problem = unread or _problem(work, item, live)
    if unread:
        ending = Ending.UNCERTAIN
    elif problem:
        ending = Ending.NOT_TAKEN
    else:
        ending = Ending.APPLIED
    text = problem
    if ending is Ending.APPLIED and item.waiting:
        text = "; ".join(
            f"{wait.element or change.address} waits on {wait.on}: {wait.why}" for wait in item.waiting
        )
    outcome = Outcome(change, ending, text, item.wanted.remote_id, item.waiting)
    if isinstance(change, Remove):
        work.recorder.removed(outcome, change)
        return outcome
    if live is not None:
        work.who.found(change.address, live)
    work.recorder.confirmed(outcome, item.wanted, live, item.added)
    return outcome
