"""The ledger's tables and how they came to be: forward migrations, each after a backup; no way back."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from reconciler.errors import LedgerError
from reconciler.ledger.codec import write_moment

APPLICATION_ID = 0x52454331
"""Marks the file as one of ours ("REC1") in SQLite's header."""

INITIAL = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE runs (
        run TEXT PRIMARY KEY, command TEXT NOT NULL, plan_digest TEXT NOT NULL, started TEXT NOT NULL,
        ended TEXT NOT NULL DEFAULT '', exit_status INTEGER, counts TEXT NOT NULL DEFAULT '{}'
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE incarnations (
        target TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        remote_id TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('current', 'superseded', 'disabled', 'ended', 'gone')),
        provenance TEXT NOT NULL CHECK (provenance IN ('created', 'adopted', 'attested')),
        content TEXT NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL, updated TEXT NOT NULL,
        PRIMARY KEY (target, kind, name, number)
    ) STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX one_current ON incarnations (target, kind, name) WHERE state = 'current'",
    """CREATE TABLE intents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs (run), target TEXT NOT NULL,
        addresses TEXT NOT NULL, verb TEXT NOT NULL, step INTEGER NOT NULL, attempt INTEGER NOT NULL,
        operation TEXT NOT NULL, parameters TEXT NOT NULL, body TEXT NOT NULL, elements TEXT NOT NULL,
        at TEXT NOT NULL, token INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('sending', 'uncertain', 'answered', 'refused', 'unsent', 'settled'))
    ) STRICT""",
    """CREATE INDEX open_intents ON intents (target, id)
        WHERE state IN ('sending', 'uncertain', 'answered')""",
    "CREATE INDEX intents_of_run ON intents (run)",
    """CREATE TABLE attestations (
        target TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, handoff TEXT NOT NULL,
        digest TEXT NOT NULL, attested_by TEXT NOT NULL, at TEXT NOT NULL, expires TEXT NOT NULL,
        PRIMARY KEY (target, kind, name)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs (run), at TEXT NOT NULL,
        target TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, verb TEXT NOT NULL,
        ending TEXT NOT NULL, text TEXT NOT NULL, change TEXT NOT NULL, removals INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX history_of_address ON history (target, kind, name, id)",
    "CREATE INDEX history_of_run ON history (run)",
    "CREATE INDEX removed ON history (at, target, kind, removals) WHERE removals > 0",
    """CREATE TABLE quota (
        target TEXT NOT NULL, scope TEXT NOT NULL, owner TEXT NOT NULL, day TEXT NOT NULL,
        spent INTEGER NOT NULL, blocked_until TEXT NOT NULL,
        PRIMARY KEY (target, scope, owner, day)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE leases (
        target TEXT PRIMARY KEY, token INTEGER NOT NULL, run TEXT NOT NULL, host TEXT NOT NULL,
        space TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, expires TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE bindings (
        target TEXT PRIMARY KEY, driver TEXT NOT NULL, origin TEXT NOT NULL, account TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE generations (
        target TEXT PRIMARY KEY, generation INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE waiver_uses (id TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)

REVERTED = (
    "ALTER TABLE history ADD COLUMN reverted TEXT NOT NULL DEFAULT '[]'",
    "CREATE INDEX reverted ON history (target, kind, name, at, reverted) WHERE reverted <> '[]'",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (INITIAL, REVERTED)
"""Statements per version: the first makes an empty ledger, each further one lifts the version before it."""

WAL_PATIENCE = 30.0
"""Seconds to wait for other processes that switch the same new file to WAL."""

Migrations = Sequence[Sequence[str]]


def check_version(connection: sqlite3.Connection, path: Path, migrations: Migrations = MIGRATIONS) -> int:
    """The ledger's version, 0 for an empty file. Raises LedgerError for other files and newer versions."""
    # Tables first: another process may be making this ledger, and what is read later is then never older.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION_ID:
        raise LedgerError(f"{path}: this SQLite file is not a ledger of ours; name another file")
    if version > len(migrations):
        raise LedgerError(
            f"{path}: written by a newer reconciler (ledger version {version}, this one knows "
            f"{len(migrations)}); use that one, or restore the backup made before the upgrade"
        )
    return int(version)


def prepare(
    connection: sqlite3.Connection,
    path: Path,
    environment: str,
    now: datetime,
    migrations: Migrations = MIGRATIONS,
) -> None:
    """Bring a writable ledger to the newest version, whole or not at all; an empty file becomes a ledger.

    Before an older one is lifted it is copied to `<name>.backup-v<version>`.
    """
    check_version(connection, path, migrations)
    _switch_to_wal(connection, path)
    if check_version(connection, path, migrations) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = check_version(connection, path, migrations)  # another process may have been faster
        if 0 < version < len(migrations):
            _back_up(path, version)
        for statement in (statement for step in migrations[version:] for statement in step):
            connection.execute(statement)
        if version == 0:
            _write_identity(connection, environment, now)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_identity(connection: sqlite3.Connection) -> tuple[str, str]:
    """The ledger's id and the environment it belongs to."""
    known = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    return known["id"], known["environment"]


def _write_identity(connection: sqlite3.Connection, environment: str, now: datetime) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)",
        [("id", str(uuid.uuid4())), ("environment", environment), ("created", write_moment(now))],
    )


def _switch_to_wal(connection: sqlite3.Connection, path: Path) -> None:
    """SQLite's busy timeout does not cover this switch, so it is tried again here."""
    give_up = time.monotonic() + WAL_PATIENCE
    mode = ""
    while not mode:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise LedgerError(
            f"{path}: this file system cannot hold a write-ahead log; move the state folder to a local disk"
        )


def backups(path: Path) -> list[Path]:
    """The copies of a ledger that migrations made, oldest first."""
    return sorted(path.parent.glob(f"{path.name}.backup-v*"))


def _back_up(path: Path, version: int) -> None:
    """Copy what is committed, by a connection of its own: the migrating one holds the write lock."""
    copy = path.with_name(f"{path.name}.backup-v{version}")
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as destination,
    ):
        source.backup(destination)
