"""Sending one change: its request or requests, what is recorded at once, what an uncertain end leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from reconciler.errors import LedgerLocked, ReconcilerError, Uncertain
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    CreatesMany,
    Ending,
    FieldChange,
    Handler,
    Live,
    Outcome,
    Reason,
    Remove,
    Replace,
    Scope,
    Update,
    Waiting,
    Wanted,
)
from reconciler.resources.base import unchecked
from reconciler.stages.apply.confirm import Sent
from reconciler.stages.apply.work import Work

ATTEMPTS = 2
"""How often a write whose end is not known is sent in all."""

Row = tuple[Change, Wanted[Any]]


def send(work: Work, change: Change) -> Sent | Outcome:
    """Send one change; raises ReconcilerError for what was not done or is not known."""
    if isinstance(change, Remove):
        return _remove(work, change)
    wanted = work.wanted(change)
    if isinstance(change, Create | Replace):
        return _create(work, change, wanted)
    if isinstance(change, Adopt):
        work.recorder.adopted(change, wanted, work.live(change))
        if not change.fields:
            return Sent(change, wanted)
    return _update(work, change, wanted, work.live(change), change.fields)


def _create(work: Work, change: Change, wanted: Wanted[Any]) -> Sent | Outcome:
    (result,) = _make(work, [(change, wanted)])
    if isinstance(result, ReconcilerError):
        raise result
    return _follow(work, change, replace(wanted, remote_id=result))


def send_many(work: Work, changes: Sequence[Change]) -> Sequence[Sent | Outcome | ReconcilerError]:
    """Create several of one kind in one request; each ends for itself."""
    rows = [(change, work.wanted(change)) for change in changes]
    return [
        result if isinstance(result, ReconcilerError) else _follow_one(work, change, wanted, result)
        for (change, wanted), result in zip(rows, _make(work, rows), strict=True)
    ]


def _follow_one(
    work: Work, change: Change, wanted: Wanted[Any], remote_id: str
) -> Sent | Outcome | ReconcilerError:
    try:
        return _follow(work, change, replace(wanted, remote_id=remote_id))
    except LedgerLocked:
        raise
    except ReconcilerError as error:
        return error


def _make(work: Work, rows: Sequence[Row]) -> list[str | ReconcilerError]:
    """Each row's new remote id, recorded, or its own error; one request for them all.

    An uncertain request is settled; what it did not make is sent once more.
    """
    handler = work.handler(rows[0][0].address)
    ends: dict[Address, str | ReconcilerError] = {}
    left = list(rows)
    for attempt in range(1, ATTEMPTS + 1):
        work.journal([change for change, _ in left], attempt)
        answers = dict(zip((change.address for change, _ in left), _request(handler, left), strict=True))
        ends |= answers
        _record(work, left, answers)
        left = [row for row in left if isinstance(answers[row[0].address], Uncertain)]
        if left:
            ends |= (settled := _settle(work, handler, left, final=attempt == ATTEMPTS))
            left = [row for row in left if row[0].address not in settled]
        if not left:
            break
    return [ends[change.address] for change, _ in rows]


def _request(handler: object, rows: Sequence[Row]) -> Sequence[str | ReconcilerError]:
    """One write; an error of the whole request is every row's."""
    wanted = [want for _, want in rows]
    try:
        if len(rows) > 1 and isinstance(handler, CreatesMany):
            return handler.create_many(wanted)
        return [cast("Handler[Any]", handler).create(want) for want in wanted]
    except LedgerLocked:
        raise
    except ReconcilerError as error:
        return [error] * len(rows)


def _record(work: Work, rows: Sequence[Row], ends: Mapping[Address, object]) -> None:
    """What was made is recorded before anything else is done."""
    made = [(change, want, end) for change, want in rows if isinstance(end := ends.get(change.address), str)]
    if made:
        work.recorder.made(made)


def _settle(
    work: Work, handler: Handler[Any], rows: Sequence[Row], *, final: bool
) -> dict[Address, str | ReconcilerError]:
    """What is found to have been made, recorded, and what cannot be told; who is left out was not made.

    Where something cannot be told, or is missing after the `final` attempt, the next run looks once more.
    """
    addresses = {change.address for change, _ in rows}
    intents = work.open_intents(*(change for change, _ in rows))
    ends: dict[Address, str | ReconcilerError] = {}
    try:
        for intent in intents:
            for address, end in work.settle_create(intent, handler).items():
                if address in addresses:
                    ends[address] = end if isinstance(end, Uncertain) else end.remote_id
    except LedgerLocked:
        raise
    except ReconcilerError as error:
        text = f"it is not known whether it was made, nor can that be read now: {error}"
        return dict.fromkeys(addresses, Uncertain(text))
    _record(work, rows, ends)
    clear = not any(isinstance(end, Uncertain) for end in ends.values())
    if clear and (not final or ends.keys() == addresses):
        work.close(intents)
    return ends


def _follow(work: Work, change: Change, wanted: Wanted[Any]) -> Sent | Outcome:
    """What the create could not carry goes after it as an update, once it is known not to be swallowed."""
    handler = work.handler(change.address)
    work.who.learn(change.address, wanted.remote_id)
    names = handler.capability.follows(wanted.resource)
    rest = tuple(item for item in work.carries(change) if item.field in names)
    if not rest:
        return carried(work, change, wanted)
    found = _read_one(work, handler, wanted)
    live = found or Live(wanted.remote_id, unchecked(type(wanted.resource), {}), {}, change.label)
    if live.blocked:
        waits = tuple(Waiting(str(change.address), live.blocked.text, item.field) for item in rest)
        return Sent(change, wanted, waiting=waits)
    return _update(work, change, wanted, live, rest)


def _read_one(work: Work, handler: Handler[Any], wanted: Wanted[Any]) -> Live[Any] | None:
    """The object just made, waiting once for it to become visible."""
    for again in (False, True):
        if again:
            work.sleep(handler.capability.visible_after)
        for live in handler.read(Scope((wanted,), whole=False)):
            if live.remote_id in ("", wanted.remote_id):
                return live
    return None


def _update(
    work: Work, change: Change, wanted: Wanted[Any], live: Live[Any], fields: Sequence[FieldChange]
) -> Sent | Outcome:
    handler = work.handler(change.address)
    local = [work.local(change.address, item) for item in fields]
    waiting = tuple(wait for _, waits in local for wait in waits)
    meant = {item.field for item in fields if not (item.added or item.removed or item.waiting)}
    sendable = [item for item, _ in local if item.added or item.removed or item.field in meant]
    if sendable:
        _send_twice(work, change, handler, "update", lambda: handler.update(live, wanted, sendable))
    elif isinstance(change, Update):
        return Outcome(change, Ending.WAITING, f"on {waiting[0].on}: {waiting[0].why}", waiting=waiting)
    return carried(work, change, wanted, waiting)


def carried(
    work: Work, change: Change, wanted: Wanted[Any], waiting: tuple[Waiting, ...] | None = None
) -> Sent:
    """A change sent with all its fields in remote ids, and the elements it had to leave out."""
    local = [work.local(change.address, item) for item in work.carries(change)]
    left_out = tuple(wait for _, waits in local for wait in waits)
    return Sent(
        change,
        wanted,
        waiting=left_out if waiting is None else waiting,
        added={item.field: frozenset(item.added) for item, _ in local if item.added},
        local={item.field: item for item, _ in local},
    )


def _send_twice(
    work: Work, change: Change, handler: Handler[Any], verb: str, write: Callable[[], None]
) -> None:
    """An uncertain write of a verb declared idempotent is sent once more."""
    work.journal([change], 1, verb)
    try:
        write()
    except Uncertain:
        if verb not in handler.capability.idempotent:
            raise
        before = work.open_intents(change)
        work.journal([change], ATTEMPTS, verb)
        write()
        work.close(before)


def _remove(work: Work, change: Remove) -> Sent | Outcome:
    handler = work.handler(change.address)
    live, current = work.live(change), work.records.get(change.address)
    if change.reason is Reason.SUPERSEDED and current and current.remote_id == change.remote_id:
        return Outcome(change, Ending.APPLIED, "its successor is the same object to the vendor, and stays")
    _send_twice(work, change, handler, change.how.value, lambda: handler.remove(live, change.how))
    return Sent(change, Wanted(change.address, live.remote_id, live.resource))
