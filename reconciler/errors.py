"""Every error this project raises. Each says what, where, why and what to do next.

ReconcilerError
├─ ConfigError             desired files are refused; carries every Problem found, not just the first
├─ SecretUnavailable       a reference to a secret could not be resolved
├─ OriginRefused           a secret would travel to an origin that is not allowed
├─ RequestError            one request did not end as *done*  (target, operation)
│  ├─ NotSent              connect, TLS or DNS failed; nothing reached the vendor
│  ├─ Refused              a complete answer saying no (status, code)
│  │  ├─ Unauthorized      the credential is not accepted, or lacks a scope
│  │  └─ Absent            the vendor says the object is not there
│  ├─ Uncertain            sent, but no complete answer: it may have happened
│  └─ Deferred             a daily quota is used up until `until`
├─ IncompleteReading       a listing was cut short or contradicts itself: unread, never absent
├─ NotReady                reading or writing waits on another address
├─ NeedsPerson             the vendor refuses this by API; only a person can do it
├─ WriteRefused            planning tried to write, or to call an undeclared operation
├─ PlanRefused             this plan cannot be applied (preview, stale, other binding, ...)
└─ LedgerError             the ledger cannot be used
   ├─ LedgerLocked         another run holds the target's lease, or the lease was lost
   └─ BindingMismatch      the target is not the account this ledger was bound to
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Where(NamedTuple):
    """A place in a desired file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the desired files: where, what and why, and the remedy."""

    where: Where
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"\n    {self.remedy}" if self.remedy else "")


def suggest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word nobody knows: the nearest of those that are known, else all of them if few."""
    from difflib import get_close_matches

    words = sorted(known)
    if near := get_close_matches(word, words, n=1, cutoff=0.6):
        return f"did you mean `{near[0]}`?"
    return f"known are {', '.join(words)}" if 0 < len(words) <= 30 else "check the spelling"


class ReconcilerError(Exception):
    """Base of all our errors; the message is written for the admin who reads it."""


class ConfigError(ReconcilerError):
    """Desired files refused whole; `problems` is everything that is wrong, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.where, p.what)))
        super().__init__("\n".join(map(str, self.problems)))


class SecretUnavailable(ReconcilerError):
    """A secret reference does not resolve; the message names the reference, never a value."""


class OriginRefused(ReconcilerError):
    """A target's origin is not among those its secrets may travel to."""


class RequestError(ReconcilerError):
    """One request that did not end as done; `operation` is the vendor's own name for it."""

    def __init__(self, message: str, *, target: str = "", operation: str = "") -> None:
        super().__init__(message)
        self.target = target
        self.operation = operation


class NotSent(RequestError):
    """Nothing reached the vendor; sending again is safe."""


class Refused(RequestError):
    """A complete answer saying no. `code` is the vendor's code as text, `status` the HTTP status."""

    def __init__(
        self, message: str, *, status: int, code: str = "", target: str = "", operation: str = ""
    ) -> None:
        super().__init__(message, target=target, operation=operation)
        self.status = status
        self.code = code


class Unauthorized(Refused):
    """The credential is refused or lacks a scope: terminal for the whole target."""


class Absent(Refused):
    """The vendor says the object does not exist."""


class Uncertain(RequestError):
    """Sent without a complete answer: the write may or may not have happened."""


class Deferred(RequestError):
    """A daily quota is used up; `until` (aware, UTC) is when it resets."""

    def __init__(self, message: str, *, until: datetime, target: str = "", operation: str = "") -> None:
        super().__init__(message, target=target, operation=operation)
        self.until = until


class IncompleteReading(ReconcilerError):
    """A listing that cannot be trusted to be whole; its kind becomes Unread."""


class NotReady(ReconcilerError):
    """Waits on `on` (an address as text), for the reason in the message."""

    def __init__(self, message: str, *, on: str) -> None:
        super().__init__(message)
        self.on = on


class NeedsPerson(ReconcilerError):
    """The vendor does not let an API do this; `page` names the console page where a person can."""

    def __init__(self, message: str, *, page: str) -> None:
        super().__init__(message)
        self.page = page


class WriteRefused(ReconcilerError):
    """The planning transport was asked for a write or for an operation nobody declared."""


class PlanRefused(ReconcilerError):
    """This plan cannot be applied; the message says why and what to do."""


class LedgerError(ReconcilerError):
    """The ledger is missing, unreadable, from a newer version, or on an unsuitable file system."""


class LedgerLocked(LedgerError):
    """Another run holds the target, or this run's lease ended."""


class BindingMismatch(LedgerError):
    """The target's driver, origin or account differs from what the ledger was bound to."""
