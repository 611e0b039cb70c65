"""One run at a time per target: leases with a fencing token that only ever rises."""

from __future__ import annotations

import os
import socket
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import LedgerLocked
from reconciler.ledger.codec import Clock, read_moment, write_moment
from reconciler.ledger.store import Store


class Holder(NamedTuple):
    """The process that holds a lease: its host, the space its number counts in, number, and start."""

    host: str
    space: str
    pid: int
    started: str


class Term(NamedTuple):
    """How long a lease lasts from each write on, by which clock."""

    seconds: float
    clock: Clock


def describe_self() -> Holder:
    """This process as a holder."""
    return Holder(socket.gethostname(), _read_space(), os.getpid(), _read_process(os.getpid())[1])


def is_gone(holder: Holder) -> bool:
    """True only if that process surely runs no more: same host, same numbering, and no such process."""
    if os.name != "posix" or (holder.host, holder.space) != (socket.gethostname(), _read_space()):
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    state, started = _read_process(holder.pid)
    return state in ("Z", "X") or bool(started and holder.started and started != holder.started)


def _read_space() -> str:
    """Linux's namespace of process numbers (containers have their own), "" elsewhere."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _read_process(pid: int) -> tuple[str, str]:
    """State letter and start of a process by Linux's /proc/<pid>/stat (fields 3 and 22), "" elsewhere."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return "", ""
    return fields[0], fields[19]


class SqliteLease:
    """A hold on one target, renewed by every write made under it."""

    def __init__(self, store: Store, target: str, run: str, token: int, term: Term) -> None:
        self.target = target
        self.run = run
        self.token = token
        self._store = store
        self._term = term
        self._kept = term.clock()

    def keep(self) -> None:
        """Renew if a quarter of the term is over since the last time: cheap, to be called often.

        Writes renew their own target only; this is for those whose turn comes later. Raises LedgerLocked.
        """
        now = self._term.clock()
        if now - self._kept >= timedelta(seconds=self._term.seconds / 4):
            self._kept = now
            self.renew()

    def renew(self) -> None:
        """Hold on through a long pause without writes. Raises LedgerLocked if the lease is lost."""
        with self._store.write() as connection:
            hold(connection, self.target, self.token, self._term)

    def release(self) -> None:
        """Give the target back; harmless if already given back or lost."""
        with self._store.write() as connection:
            connection.execute(
                "UPDATE leases SET run = '', expires = '' WHERE target = ? AND token = ?",
                (self.target, self.token),
            )


def read_held(connection: sqlite3.Connection, now: datetime) -> tuple[str, ...]:
    """The leases in force, each in words."""
    rows = connection.execute(
        "SELECT target, run, expires, host, pid FROM leases WHERE expires > ? ORDER BY target",
        (write_moment(now),),
    )
    return tuple(
        f"{target}: run {run} on {host} (process {pid}) until {expires}"
        for target, run, expires, host, pid in rows
    )


def take(store: Store, target: str, run: str, term: Term) -> SqliteLease:
    """Take a target that is free, expired, or held by a process that is gone. Raises LedgerLocked."""
    now = term.clock()
    with store.write() as connection:
        row = connection.execute(
            "SELECT token, run, expires, host, space, pid, started FROM leases WHERE target = ?", (target,)
        ).fetchone()
        if row is not None:
            _refuse_held(target, row[1], row[2], Holder(*row[3:]), now)
        token = 1 if row is None else row[0] + 1
        connection.execute(
            "INSERT OR REPLACE INTO leases (target, token, run, expires, host, space, pid, started)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (target, token, run, _write_expiry(now, term), *describe_self()),
        )
    return SqliteLease(store, target, run, token, term)


def hold(connection: sqlite3.Connection, target: str, token: int, term: Term) -> None:
    """Within a write: check that the token is still the target's and unexpired, and renew the lease."""
    if extend(connection, target, token, term):
        return
    row = connection.execute("SELECT token, run, expires FROM leases WHERE target = ?", (target,)).fetchone()
    if row is None or (row[0] == token and not row[2]):
        why = "its lease was given back"
    elif row[0] == token:
        why = f"its lease expired at {row[2]}"
    else:
        why = f"run {row[1]} took it over" if row[1] else "another run took it over and has ended since"
    raise LedgerLocked(
        f"{target}: this run no longer holds the target, {why}; nothing was sent or recorded, run again"
    )


def extend(connection: sqlite3.Connection, target: str, token: int, term: Term) -> bool:
    """Within a write: renew the lease if it is still held; says whether it is."""
    now = term.clock()
    renewed = connection.execute(
        "UPDATE leases SET expires = ? WHERE target = ? AND token = ? AND expires > ?",
        (_write_expiry(now, term), target, token, write_moment(now)),
    )
    return renewed.rowcount == 1


def _write_expiry(now: datetime, term: Term) -> str:
    return write_moment(now + timedelta(seconds=term.seconds))


def _refuse_held(target: str, run: str, expires: str, holder: Holder, now: datetime) -> None:
    if not expires or read_moment(expires) <= now or is_gone(holder):
        return
    raise LedgerLocked(
        f"{target}: held by run {run} on {holder.host} (process {holder.pid}) until {expires} "
        "unless renewed; wait for that run to end, or stop it"
    )
