"""One Commit as statements within one transaction; what must never be half there is written here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from reconciler.ledger.codec import Row, write_attestation, write_json, write_moment, write_record
from reconciler.model import Address, Commit, HistoryEntry, Record, State

UPSERT_RECORD = """
INSERT INTO incarnations
    (target, kind, name, number, remote_id, state, provenance, content, label, source, updated)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (target, kind, name, number) DO UPDATE SET
    remote_id = excluded.remote_id, state = excluded.state, provenance = excluded.provenance,
    content = excluded.content, label = excluded.label, source = excluded.source, updated = excluded.updated
"""

MOVES = (
    """UPDATE incarnations SET target = ?1, kind = ?2, name = ?3, number = number + (
        SELECT coalesce(max(number), 0) FROM incarnations WHERE (target, kind, name) = (?1, ?2, ?3)
    ) WHERE (target, kind, name) = (?4, ?5, ?6)""",
    """UPDATE OR REPLACE attestations SET target = ?1, kind = ?2, name = ?3
        WHERE (target, kind, name) = (?4, ?5, ?6)""",
    "UPDATE history SET target = ?1, kind = ?2, name = ?3 WHERE (target, kind, name) = (?4, ?5, ?6)",
)


def write_commit(connection: sqlite3.Connection, run: str, commit: Commit, now: datetime) -> None:
    """Write a commit's parts; the generation rises once if records, attestations or intents change.

    Raises ValueError for an address of another target; sqlite3.IntegrityError for a second current record.
    """
    _refuse_strays(commit)
    note_run(connection, run, now)
    move(connection, commit.renamed)
    connection.executemany(
        "DELETE FROM incarnations WHERE target = ? AND kind = ? AND name = ? AND number = ?",
        [(*address, number) for address, number in commit.forgotten],
    )
    _write_records(connection, commit.records)
    connection.executemany(
        "DELETE FROM attestations WHERE target = ? AND kind = ? AND name = ?", commit.unattested
    )
    connection.executemany(
        "INSERT OR REPLACE INTO attestations (target, kind, name, handoff, digest, attested_by, at, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        map(write_attestation, commit.attestations),
    )
    connection.executemany(
        "UPDATE intents SET state = 'settled' WHERE id = ?", [(intent,) for intent in commit.intents]
    )
    _write_history(connection, run, commit.history, now)
    connection.executemany(
        "INSERT INTO waiver_uses (id, used) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET used = used + excluded.used",
        commit.waiver_uses.items(),
    )
    if (
        commit.records
        or commit.forgotten
        or commit.renamed
        or commit.attestations
        or commit.unattested
        or commit.intents
    ):
        raise_generation(connection, commit.target)


def raise_generation(connection: sqlite3.Connection, target: str) -> None:
    """By exactly one: a plan made before is older than what is recorded now."""
    connection.execute(
        "INSERT INTO generations (target, generation) VALUES (?, 1)"
        " ON CONFLICT (target) DO UPDATE SET generation = generation + 1",
        (target,),
    )


def note_run(connection: sqlite3.Connection, run: str, now: datetime) -> None:
    """Make sure the run exists that intents and history belong to."""
    connection.execute(
        "INSERT OR IGNORE INTO runs (run, command, plan_digest, started) VALUES (?, '', '', ?)",
        (run, write_moment(now)),
    )


def move(connection: sqlite3.Connection, renamed: Sequence[tuple[Address, Address]]) -> None:
    """Move records, attestations and history; names may be swapped or passed along a chain.

    Incarnations left over at the new address keep their numbers, those moved there count on after them.
    """
    parked = [
        (Address(previous.target, previous.kind, f"\0{index}"), previous, new)
        for index, (previous, new) in enumerate(renamed)
    ]
    for statement in MOVES:
        connection.executemany(statement, [(*parking, *previous) for parking, previous, _ in parked])
        connection.executemany(statement, [(*new, *parking) for parking, _, new in parked])


def _write_records(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """A successor becomes current only after its predecessor has ceased to be."""
    ordered = sorted(records, key=lambda record: record.state is State.CURRENT)
    connection.executemany(UPSERT_RECORD, map(write_record, ordered))


def _write_history(
    connection: sqlite3.Connection, run: str, entries: Iterable[HistoryEntry], now: datetime
) -> None:
    """One row per change; how it ended takes the place of *sent*."""
    at, entries = write_moment(now), tuple(entries)
    connection.executemany(
        "DELETE FROM history WHERE (run, target, kind, name, verb, ending) = (?, ?, ?, ?, ?, 'sent')",
        [(run, *entry.address, entry.verb) for entry in entries],
    )
    connection.executemany(
        "INSERT INTO history (run, at, target, kind, name, verb, ending, text, change, removals, reverted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(run, at, *entry.address, *_row_of(entry)) for entry in entries],
    )


def _row_of(entry: HistoryEntry) -> Row:
    reverted = write_json(entry.reverted)
    return entry.verb, entry.ending, entry.text, entry.change, entry.removals, reverted


def _refuse_strays(commit: Commit) -> None:
    """A generation covers one target; a record of another would change unseen."""
    addresses = {
        *(record.address for record in commit.records),
        *(address for address, _ in commit.forgotten),
        *(address for pair in commit.renamed for address in pair),
        *(attestation.address for attestation in commit.attestations),
        *commit.unattested,
    }
    strays = sorted(str(address) for address in addresses if address.target != commit.target)
    if strays:
        raise ValueError(f"a commit for {commit.target} holds {', '.join(strays)}")
