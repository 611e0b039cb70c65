"""Sending one change: its request or requests, what is recorded at once, what an uncertain end leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from reconciler.errors import ReconcilerError, RequestError, Uncertain
from reconciler.model import (
    Adopt,
    Change,
    Create,
    CreatesMany,
    Ending,
    FieldChange,
    Handler,
    Intent,
    Live,
    Outcome,
    Remove,
    Replace,
    Scope,
    Update,
    Waiting,
    Wanted,
)
from reconciler.model.recorded import row_of
from reconciler.resources.base import unchecked
from reconciler.stages.apply.confirm import Sent
from reconciler.stages.apply.work import Work


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
    handler = work.handler(change.address)
    remote_id, settled = _create_remote(work, change, handler, wanted)
    work.recorder.made([(change, wanted, remote_id)])
    work.close(settled)
    return _follow(work, change, handler, replace(wanted, remote_id=remote_id))


def _create_remote(
    work: Work, change: Change, handler: Handler[Any], wanted: Wanted[Any]
) -> tuple[str, Sequence[Intent]]:
    """The new remote id, and the intents it settles. What an uncertain create did not make is sent again."""
    for attempt in (1, 2):
        work.journal([change], attempt)
        try:
            return handler.create(wanted), ()
        except Uncertain:
            intents = work.open_intents(change)
            for intent in intents:
                live = work.settle_create(intent, handler)
                if live is not None:
                    return live.remote_id, intents
            if attempt == 2 or not intents:
                raise
            work.close(intents)
    raise Uncertain(f"{change.address} was sent twice without an answer")


def _follow(work: Work, change: Change, handler: Handler[Any], wanted: Wanted[Any]) -> Sent | Outcome:
    """What the create could not carry goes after it as an update, once it is known not to be swallowed."""
    work.who.learn(change.address, wanted.remote_id)
    names = handler.capability.follows(wanted.resource)
    rest = tuple(item for item in change.fields if item.field in names)
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
    local = [work.local(item) for item in fields]
    waiting = tuple(wait for _, waits in local for wait in waits)
    sendable = [item for item, _ in local if item.added or item.removed or not _is_collection(change, item)]
    if sendable:
        _send_twice(work, change, handler, "update", lambda: handler.update(live, wanted, sendable))
    elif isinstance(change, Update):
        return Outcome(change, Ending.WAITING, f"on {waiting[0].on}: {waiting[0].why}", waiting=waiting)
    return carried(work, change, wanted, waiting)


def carried(
    work: Work, change: Change, wanted: Wanted[Any], waiting: tuple[Waiting, ...] | None = None
) -> Sent:
    """A change sent with all its fields in remote ids, and the elements it had to leave out."""
    local = [work.local(item) for item in change.fields]
    left_out = tuple(wait for _, waits in local for wait in waits)
    return Sent(
        change,
        wanted,
        waiting=left_out if waiting is None else waiting,
        added={item.field: frozenset(item.added) for item, _ in local if item.added},
        local={item.field: item for item, _ in local},
    )


def _is_collection(change: Change, item: FieldChange) -> bool:
    original = next(one for one in change.fields if one.field == item.field)
    return bool(original.added or original.removed or original.waiting)


def _send_twice(
    work: Work, change: Change, handler: Handler[Any], verb: str, write: Callable[[], None]
) -> None:
    """An uncertain write of a verb declared idempotent is sent once more."""
    work.journal([change], 1)
    try:
        write()
    except Uncertain:
        if verb not in handler.capability.idempotent:
            raise
        before = work.open_intents(change)
        work.journal([change], 2)
        write()
        work.close(before)


def _remove(work: Work, change: Remove) -> Sent:
    handler = work.handler(change.address)
    live = work.live(change)
    _send_twice(work, change, handler, change.how.value, lambda: handler.remove(live, change.how))
    return Sent(change, Wanted(change.address, live.remote_id, live.resource))


def send_many(work: Work, changes: Sequence[Change]) -> Sequence[Sent | ReconcilerError]:
    """Create several in one request.

    An uncertain one is settled row by row, and what it did not make is sent once more, one by one.
    """
    handler = work.handler(changes[0].address)
    wanted = [work.wanted(change) for change in changes]
    work.journal(list(changes), 1)
    results = _create_many(handler, wanted)
    rows = list(zip(changes, wanted, results, strict=True))
    made = [(change, want, result) for change, want, result in rows if isinstance(result, str)]
    if made:
        work.recorder.made(made)
    uncertain = [change for change, _, result in rows if isinstance(result, Uncertain)]
    intents = work.open_intents(*uncertain) if uncertain else ()
    sent = [_row(work, handler, *row, intents) for row in rows]
    if not any(isinstance(item, Uncertain) for item in sent):
        work.close(intents)
    return sent


def _create_many(handler: object, wanted: Sequence[Wanted[Any]]) -> Sequence[str | RequestError]:
    if not isinstance(handler, CreatesMany):
        raise TypeError("only a handler with create_many is given several at once")
    try:
        return handler.create_many(wanted)
    except Uncertain as error:
        return [error] * len(wanted)


def _row(
    work: Work,
    handler: Handler[Any],
    change: Change,
    wanted: Wanted[Any],
    result: str | RequestError,
    intents: Sequence[Intent],
) -> Sent | ReconcilerError:
    if isinstance(result, str):
        work.who.learn(change.address, result)
        return carried(work, change, replace(wanted, remote_id=result))
    if not isinstance(result, Uncertain):
        return result
    try:
        for intent in intents:
            if change.address in intent.addresses:
                live = work.settle_create(row_of(intent, change.address), handler)
                if live is not None:
                    work.recorder.made([(change, wanted, live.remote_id)])
                    work.who.learn(change.address, live.remote_id)
                    return carried(work, change, replace(wanted, remote_id=live.remote_id))
        again = _create(work, change, wanted)
    except ReconcilerError as error:
        return error
    return again if isinstance(again, Sent) else Uncertain(again.text)
