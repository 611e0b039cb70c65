"""The SQLite file: one connection per process and thread, whole transactions, errors an admin can act on."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import LedgerError

BUSY_SECONDS = 30.0
"""How long a statement waits for another process's short write."""

REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process kept it locked; try again when that run has finished",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "the file is damaged or no ledger at all; restore it from a backup",
    sqlite3.SQLITE_CONSTRAINT: "this would break a rule of the ledger, so nothing of it was written",
    sqlite3.SQLITE_FULL: "the disk is full; make room and run again",
    sqlite3.SQLITE_IOERR: "the disk reports an error; check it before running again",
    sqlite3.SQLITE_READONLY: "the file or its folder cannot be written; check their permissions",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check its path and permissions",
}


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a LedgerError with its remedy."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise LedgerError(f"{path}: {REMEDIES.get(code, 'the ledger refused this')} ({error})") from error


class Store:
    """One ledger file. Connections are made on first use and never cross a fork."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self.path = path
        self.readonly = readonly
        self._connections: dict[tuple[int, int], sqlite3.Connection] = {}

    def connect(self) -> sqlite3.Connection:
        """This thread's connection. A finished thread's number comes again, and with it its connection."""
        key = os.getpid(), threading.get_ident()
        connection = self._connections.get(key)
        if connection is None:
            connection = _open_readonly(self.path) if self.readonly else _open(self.path, "mode=rw")
            self._connections[key] = connection
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view, however many statements. Raises LedgerError."""
        with explain_errors(self.path), _whole(self.connect(), "BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when it ends and undone if it raises. Raises LedgerError."""
        if self.readonly:
            raise LedgerError(f"{self.path}: opened read-only; only commands that apply may write to it")
        with explain_errors(self.path), _whole(self.connect(), "BEGIN IMMEDIATE") as connection:
            yield connection

    def compact(self) -> bool:
        """Write the file anew without anything that was deleted from it, and empty its write-ahead log.

        False if another process still reads from that log: then the log is emptied when it closes the file.
        """
        with explain_errors(self.path):
            connection = self.connect()
            connection.execute("VACUUM")
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        """Close this process's connections; its threads must have finished their work."""
        for key in [key for key in self._connections if key[0] == os.getpid()]:
            self._connections.pop(key).close()


@contextmanager
def _whole(connection: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    try:
        connection.execute(begin)
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _open(path: Path, query: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{query}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _open_readonly(path: Path) -> sqlite3.Connection:
    """Without a write-ahead log beside it the file is whole, and is read even where none can be made."""
    try:
        return _open(path, "mode=ro")
    except sqlite3.OperationalError as error:
        log = path.with_name(path.name + "-wal")
        unwritable = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not unwritable or (log.exists() and log.stat().st_size):
            raise
    return _open(path, "mode=ro&immutable=1")
