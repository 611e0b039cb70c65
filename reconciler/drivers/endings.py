"""How a request ended, in words for the admin: what was asked, what happened, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reconciler.drivers.operations import Operation, Refusal, quote_vendor
from reconciler.errors import Deferred, NotSent, Refused, Unauthorized, Uncertain


class Throttled(Refused):
    """A short-window 429: to be sent again after a pause."""


class Expired(Unauthorized):
    """A token that is no longer accepted: to be sent again once with a new one."""


def refused(
    target: str, operation: Operation, status: int, refusal: Refusal, concealed: Iterable[str]
) -> Refused:
    """The error a vendor's no is; Expired where a new token may help."""
    said = quote_vendor(refusal.said, concealed)
    code = f", code {quote_vendor(refusal.code)}" if refusal.code else ""
    text = f"{operation.name} was refused ({status}{code}): {refusal.text}"
    text += f'. The vendor says: "{said}"' if said else ""
    kind = Expired if refusal.expired else refusal.error
    return kind(text, status=status, code=refusal.code, target=target, operation=operation.name)


def plainly(error: Refused) -> Refused:
    """The public error of one that is not sent again."""
    kind = Unauthorized if isinstance(error, Unauthorized) else Refused
    return kind(
        str(error), status=error.status, code=error.code, target=error.target, operation=error.operation
    )


def throttled(target: str, operation: Operation, status: int) -> Throttled:
    """Too many requests within a short window."""
    why = "too many requests at once, even after waiting; run again later"
    text = f"{operation.name} was refused ({status}): {why}"
    return Throttled(text, status=status, code=str(status), target=target, operation=operation.name)


def deferred(target: str, operation: Operation, why: str, until: datetime) -> Deferred:
    """A day's quota is used up."""
    text = f"{operation.name} was not done: {why}; it resumes at {until:%Y-%m-%d %H:%M} UTC"
    return Deferred(text, until=until, target=target, operation=operation.name)


def not_sent(target: str, operation: Operation, origin: str, why: str) -> NotSent:
    """Nothing reached the vendor."""
    text = f"{operation.name} was not sent: no connection to {origin} ({why}); check the network and the URL"
    return NotSent(text, target=target, operation=operation.name)


def uncertain(target: str, operation: Operation, why: str) -> Uncertain:
    """No complete answer."""
    verb = "may or may not have been done" if operation.writes else "gave no usable answer"
    return Uncertain(f"{operation.name} {verb}: {why}", target=target, operation=operation.name)
