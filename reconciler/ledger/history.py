"""What runs did: their start and end, every change's ending, how long it is kept, and what it adds up to."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from reconciler.ledger.codec import Row, read_moment, write_json, write_moment
from reconciler.model import Address

GUARDED = timedelta(hours=24)
_CHANGES = "SELECT run, at, target, kind, name, verb, ending, text, change, removals FROM history"
"""How far back guards sum removals, and within what time reverts make a field contested."""

REVERTS = 3
"""So many reverts of a field within a day make it contested."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command; `ended` and `exit_status` are None while it runs or if it was killed."""

    run: str
    command: str
    plan_digest: str
    started: datetime
    ended: datetime | None
    exit_status: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Past:
    """One change of one run: how it ended, in words, and the change as JSON."""

    run: str
    at: datetime
    address: Address
    verb: str
    ending: str
    text: str
    change: str
    removals: int


def write_start(
    connection: sqlite3.Connection, run: str, command: str, plan_digest: str, now: datetime
) -> None:
    """Note that a run began."""
    connection.execute(
        "INSERT INTO runs (run, command, plan_digest, started) VALUES (?, ?, ?, ?) ON CONFLICT (run)"
        " DO UPDATE SET command = excluded.command, plan_digest = excluded.plan_digest",
        (run, command, plan_digest, write_moment(now)),
    )


def write_end(
    connection: sqlite3.Connection, run: str, exit_status: int, counts: Mapping[str, int], now: datetime
) -> None:
    """Note how a run ended."""
    connection.execute(
        "UPDATE runs SET ended = ?, exit_status = ?, counts = ? WHERE run = ?",
        (write_moment(now), exit_status, write_json(counts), run),
    )


def read_runs(connection: sqlite3.Connection, limit: int) -> tuple[Run, ...]:
    """The latest runs, newest first."""
    rows = connection.execute(
        "SELECT run, command, plan_digest, started, ended, exit_status, counts FROM runs"
        " ORDER BY started DESC, run DESC LIMIT ?",
        (limit,),
    )
    return tuple(map(_read_run, rows))


def _read_run(row: Row) -> Run:
    run, command, digest, started, ended, status, counts = row
    return Run(
        run,
        command,
        digest,
        read_moment(started),
        read_moment(ended) if ended else None,
        status,
        orjson.loads(counts),
    )


def read_history(connection: sqlite3.Connection, address: Address | None, limit: int) -> tuple[Past, ...]:
    """The latest changes, of one address or of all, newest first."""
    target, kind, name = address or (None, None, None)
    rows = connection.execute(
        f"{_CHANGES} WHERE ?1 IS NULL OR (target, kind, name) = (?1, ?2, ?3) ORDER BY id DESC LIMIT ?4",
        (target, kind, name, limit),
    )
    return tuple(map(_read_past, rows))


def read_changes(connection: sqlite3.Connection, run: str) -> tuple[Past, ...]:
    """Every change of one run, newest first."""
    rows = connection.execute(
        f"{_CHANGES} WHERE run = ? ORDER BY id DESC",
        (run,),
    )
    return tuple(map(_read_past, rows))


def _read_past(row: Row) -> Past:
    run, at, target, kind, name, *rest = row
    return Past(run, read_moment(at), Address(target, kind, name), *rest)


def read_removals(connection: sqlite3.Connection, now: datetime) -> dict[tuple[str, str], int]:
    """Removals of the last 24 hours per target and kind."""
    rows = connection.execute(
        "SELECT target, kind, sum(removals) FROM history WHERE removals > 0 AND at > ? GROUP BY target, kind",
        (write_moment(now - GUARDED),),
    )
    return {(target, kind): count for target, kind, count in rows}


def prune(connection: sqlite3.Connection, before: datetime) -> int:
    """Drop changes, closed intents, quotas and ended runs older than `before`; returns how many changes."""
    limit = write_moment(before)
    dropped = connection.execute("DELETE FROM history WHERE at < ?", (limit,)).rowcount
    connection.execute(
        "DELETE FROM intents WHERE at < ? AND state NOT IN ('sending', 'uncertain', 'answered')", (limit,)
    )
    connection.execute("DELETE FROM quota WHERE day < ? AND blocked_until < ?", (limit, limit))
    connection.execute(
        "DELETE FROM runs WHERE started < ? AND run NOT IN (SELECT run FROM history)"
        " AND run NOT IN (SELECT run FROM intents)",
        (limit,),
    )
    return dropped


def read_contested(connection: sqlite3.Connection) -> dict[tuple[Address, str], tuple[datetime, ...]]:
    """Per address and field the last three times it was reverted, where these lie within 24 hours.

    However long ago: nothing is written to such a field until somebody acknowledges it.
    """
    rows = connection.execute(
        "SELECT target, kind, name, at, reverted FROM history WHERE reverted <> '[]' AND (target, kind, name)"
        " IN (SELECT target, kind, name FROM history WHERE reverted <> '[]'"
        "  GROUP BY target, kind, name HAVING count(*) >= ?) ORDER BY at",
        (REVERTS,),
    )
    times: dict[tuple[Address, str], list[datetime]] = defaultdict(list)
    for target, kind, name, at, reverted in rows:
        for field in orjson.loads(reverted):
            times[Address(target, kind, name), field].append(read_moment(at))
    last = {key: tuple(moments[-REVERTS:]) for key, moments in times.items() if len(moments) >= REVERTS}
    return {key: moments for key, moments in last.items() if moments[-1] - moments[0] <= GUARDED}
