"""Daily quotas: what was spent per target, operation, owner and UTC day, and until when no more is taken."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime

from reconciler.ledger.codec import Clock, Row, read_moment, write_moment
from reconciler.ledger.store import Store

NEVER = ""
"""Stands for no moment at all; sorts before every moment."""


def write_day(moment: datetime) -> str:
    """The UTC day quotas are counted by."""
    return moment.astimezone(UTC).date().isoformat()


class SqliteBudget:
    """Budget kept in the ledger, so that tomorrow's run and other processes know of it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def blocked(self, target: str, operation: str, owner: str) -> datetime | None:
        """When the quota of `owner`, or of the account as a whole, starts anew; None if there is room."""
        with self._store.read() as connection:
            (until,) = connection.execute(
                "SELECT max(blocked_until) FROM quota"
                " WHERE target = ? AND scope = ? AND owner IN (?, '') AND blocked_until > ?",
                (target, operation, owner, write_moment(self._clock())),
            ).fetchone()
        return read_moment(until) if until else None

    def spend(self, target: str, operation: str, owner: str) -> None:
        """Count one write on today."""
        self._add(target, operation, owner, 1, NEVER)

    def exhaust(self, target: str, operation: str, owner: str, until: datetime) -> None:
        """Refuse more of it until the moment the vendor named."""
        self._add(target, operation, owner, 0, write_moment(until))

    def spent(self, target: str, operation: str, owner: str) -> int:
        """How many writes were counted today."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT spent FROM quota WHERE target = ? AND scope = ? AND owner = ? AND day = ?",
                (target, operation, owner, write_day(self._clock())),
            ).fetchone()
        return int(row[0]) if row else 0

    def _add(self, target: str, operation: str, owner: str, count: int, until: str) -> None:
        with self._store.write() as connection:
            connection.execute(
                "INSERT INTO quota (target, scope, owner, day, spent, blocked_until)"
                " VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (target, scope, owner, day) DO UPDATE SET spent = spent + excluded.spent,"
                " blocked_until = max(blocked_until, excluded.blocked_until)",
                (target, operation, owner, write_day(self._clock()), count, until),
            )


class MemoryBudget:
    """The same for a run that may not write: it starts from `rows` of `quota`, and keeps nothing."""

    def __init__(self, clock: Clock, rows: Iterable[Row] = ()) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[tuple[str, str, str, str], int] = {}
        self._blocked: dict[tuple[str, str, str], datetime] = {}
        for target, operation, owner, day, spent, until in rows:
            self._spent[target, operation, owner, day] = spent
            if until:
                self.exhaust(target, operation, owner, read_moment(until))

    def blocked(self, target: str, operation: str, owner: str) -> datetime | None:
        """When the quota of `owner`, or of the account as a whole, starts anew; None if there is room."""
        now = self._clock()
        moments = [self._blocked.get((target, operation, whose), now) for whose in (owner, "")]
        return max(moments) if max(moments) > now else None

    def spend(self, target: str, operation: str, owner: str) -> None:
        """Count one write on today."""
        key = (target, operation, owner, write_day(self._clock()))
        with self._lock:
            self._spent[key] = self._spent.get(key, 0) + 1

    def exhaust(self, target: str, operation: str, owner: str, until: datetime) -> None:
        """Refuse more of it until the moment the vendor named."""
        key = (target, operation, owner)
        with self._lock:
            self._blocked[key] = max(until, self._blocked.get(key, until))

    def spent(self, target: str, operation: str, owner: str) -> int:
        """How many writes were counted today."""
        return self._spent.get((target, operation, owner, write_day(self._clock())), 0)


def open_budget(store: Store, clock: Clock) -> SqliteBudget | MemoryBudget:
    """The ledger's budget; of a ledger opened read-only a copy in memory."""
    if not store.readonly:
        return SqliteBudget(store, clock)
    with store.read() as connection:
        rows = connection.execute(
            "SELECT target, scope, owner, day, spent, blocked_until FROM quota"
        ).fetchall()
    return MemoryBudget(clock, rows)
