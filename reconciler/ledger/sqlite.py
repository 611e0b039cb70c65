"""The embedded ledger: opening it, and every transaction the engine and the commands make on it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from reconciler.errors import BindingMismatch, LedgerError
from reconciler.ledger import history, leases, schema
from reconciler.ledger.budget import MemoryBudget, SqliteBudget, open_budget
from reconciler.ledger.codec import Clock, read_attestation, read_binding, read_records
from reconciler.ledger.commits import write_commit
from reconciler.ledger.forgetting import Forgotten, forget
from reconciler.ledger.history import Past, Run
from reconciler.ledger.journal import SqliteJournal, read_open, readdress
from reconciler.ledger.leases import SqliteLease, Term
from reconciler.ledger.place import Mounts, read_mounts, refuse_network_share
from reconciler.ledger.store import Store, explain_errors
from reconciler.model import (
    Address,
    BaseChange,
    Binding,
    Commit,
    Intent,
    Lease,
    LedgerStamp,
    Record,
    Recorded,
)

STRICT_TABLES = (3, 37)
"""The first SQLite that knows STRICT tables."""


def read_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def new_run_id(clock: Clock = read_clock) -> str:
    """`20260907T140000.000000Z-9f86d081`: sorts by time, and no two are equal."""
    return f"{clock().astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"


def open_ledger(
    path: Path,
    *,
    environment: str,
    clock: Clock = read_clock,
    create: bool = False,
    readonly: bool = False,
    lease_seconds: float = 120,
    request_deadline: float = 60,
    mounts: Mounts = read_mounts,
) -> SqliteLedger:
    """Open one environment's ledger; `create` makes a missing one, `readonly` never writes.

    A lease lasts `lease_seconds` from each write on, and must outlast the longest request, which may take
    `request_deadline` seconds. Raises LedgerError.
    """
    if lease_seconds <= request_deadline:
        raise ValueError("a lease must last longer than a request may take")
    if sqlite3.sqlite_version_info < STRICT_TABLES:
        raise LedgerError(f"Python here uses SQLite {sqlite3.sqlite_version}; a ledger needs 3.37 or newer")
    refuse_network_share(path, mounts)
    if create and not readonly:
        _create_file(path)
    elif not path.is_file():
        raise LedgerError(f"{path}: there is no ledger for {environment} yet; `reconciler apply` creates it")
    store = Store(path, readonly=readonly)
    try:
        with explain_errors(path):
            stamp_id = _check_ledger(store, environment, clock(), create=create)
    except BaseException:
        store.close()
        raise
    return SqliteLedger(store, stamp_id, Term(lease_seconds, clock))


def _create_file(path: Path) -> None:
    """Make an empty file for its owner alone, unless there is one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(f"{path}: the ledger cannot be created or opened ({error.strerror})") from error


def _check_ledger(store: Store, environment: str, now: datetime, *, create: bool) -> str:
    connection = store.connect()
    version = schema.check_version(connection, store.path)
    if version == 0 and not (create and not store.readonly):
        raise LedgerError(f"{store.path}: this ledger is empty; `reconciler apply` makes it whole")
    if not store.readonly:
        schema.prepare(connection, store.path, environment, now)
    elif version < len(schema.MIGRATIONS):
        raise LedgerError(
            f"{store.path}: an older ledger (version {version}); the next `reconciler apply` lifts it to "
            f"version {len(schema.MIGRATIONS)} and keeps a backup"
        )
    id_, owner = schema.read_identity(connection)
    if owner != environment:
        raise LedgerError(
            f"{store.path}: belongs to the environment {owner}, not to {environment}; "
            f"run with `--environment {owner}`, or name another file"
        )
    return id_


class SqliteLedger:
    """ports.Ledger over one SQLite file; every method is one transaction. Raises LedgerError."""

    def __init__(self, store: Store, id_: str, term: Term) -> None:
        self.id = id_
        self.store = store
        self._term = term

    def __enter__(self) -> SqliteLedger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; leases are not given back by this."""
        self.store.close()

    def read(self) -> Recorded:
        """Everything a plan needs, as of one moment."""
        with self.store.read() as connection:
            generations = connection.execute("SELECT target, generation FROM generations").fetchall()
            attestations = map(read_attestation, connection.execute("SELECT * FROM attestations"))
            bindings = map(read_binding, connection.execute("SELECT * FROM bindings"))
            return Recorded(
                stamp=LedgerStamp(self.id, dict(generations)),
                records=_read_incarnations(connection),
                attestations={attestation.address: attestation for attestation in attestations},
                intents=read_open(connection),
                bindings={binding.target: binding for binding in bindings},
                removals=history.read_removals(connection, self._term.clock()),
                contested=history.read_contested(connection),
                waiver_uses=dict(connection.execute("SELECT id, used FROM waiver_uses").fetchall()),
            )

    def records(self) -> tuple[Record, ...]:
        """Every incarnation, sorted by address and number."""
        with self.store.read() as connection:
            return _read_incarnations(connection)

    def open_intents(self, target: str, among: Iterable[Address] | None = None) -> tuple[Intent, ...]:
        """Intents in state sending, uncertain or answered, oldest first; `among`: about no other address."""
        with self.store.read() as connection:
            return read_open(connection, target, among)

    def held(self) -> tuple[str, ...]:
        """The leases in force now, each in words."""
        with self.store.read() as connection:
            return leases.read_held(connection, self._term.clock())

    def lease(self, target: str, run: str) -> SqliteLease:
        """Take the target, at once from a process of this host that is gone. Raises LedgerLocked."""
        return leases.take(self.store, target, run, self._term)

    def journal(
        self, lease: Lease, run: str, changes: Sequence[BaseChange], attempt: int, verb: str = ""
    ) -> SqliteJournal:
        """A journal bound to these changes of one target and verb, numbering its steps from 1."""
        _refuse_other_lease(lease, changes[0].address.target)
        return SqliteJournal(self.store, self._term, lease.token, run, changes, attempt, verb)

    def commit(self, run: str, commit: Commit, lease: Lease | None = None) -> None:
        """Write it whole, with a lease only while that is held (LedgerLocked otherwise), and renew that."""
        if lease is not None:
            _refuse_other_lease(lease, commit.target)
        with self.store.write() as connection:
            if lease is not None:
                leases.hold(connection, commit.target, lease.token, self._term)
            write_commit(connection, run, commit, self._term.clock())
            if commit.renamed:
                readdress(connection, commit.target, dict(commit.renamed))

    def bind(self, binding: Binding) -> None:
        """Bind on first contact; raises BindingMismatch if the target was another account before."""
        with self.store.read() as connection:
            bound = _read_binding(connection, binding.target)
        if bound is None:
            with self.store.write() as connection:
                connection.execute("INSERT OR IGNORE INTO bindings VALUES (?, ?, ?, ?)", _row_of(binding))
                bound = _read_binding(connection, binding.target)
        if bound != binding:
            raise BindingMismatch(
                f"{binding.target}: this ledger knows it as {bound or binding}, "
                f"now it is {binding}; correct the settings, or if "
                f"this is meant run `reconciler state rebind {binding.target}`"
            )

    def rebind(self, binding: Binding) -> None:
        """Bind the target anew, whatever it was before."""
        with self.store.write() as connection:
            connection.execute("INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?)", _row_of(binding))

    def budget(self) -> SqliteBudget | MemoryBudget:
        """The quotas kept here; read-only, a copy in memory."""
        return open_budget(self.store, self._term.clock)

    def start_run(self, run: str, command: str, plan_digest: str) -> None:
        """Note that a run began."""
        with self.store.write() as connection:
            history.write_start(connection, run, command, plan_digest, self._term.clock())

    def end_run(self, run: str, exit_status: int, counts: Mapping[str, int]) -> None:
        """Note how a run ended, and how many changes ended in which way."""
        with self.store.write() as connection:
            history.write_end(connection, run, exit_status, counts, self._term.clock())

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        with self.store.read() as connection:
            return history.read_runs(connection, limit)

    def history(self, address: Address | None = None, limit: int = 100) -> tuple[Past, ...]:
        """The latest changes, of one address or of all, newest first."""
        with self.store.read() as connection:
            return history.read_history(connection, address, limit)

    def changes(self, run: str) -> tuple[Past, ...]:
        """Every change of one run, newest first."""
        with self.store.read() as connection:
            return history.read_changes(connection, run)

    def prune_history(self, keep_days: int = 400) -> int:
        """Drop what is older; returns how many changes. Guards need the last day, so at least 2 are kept."""
        if keep_days < 2:
            raise ValueError("history is kept for at least 2 days")
        with self.store.write() as connection:
            return history.prune(connection, self._term.clock() - timedelta(days=keep_days))

    def forget(self, address: Address) -> Forgotten:
        """Erase a person, keeping counts, and write the file anew so that no deleted byte stays in it.

        Raises LedgerError while something of theirs is still ours or under way, or if nothing is known.
        """
        with self.store.write() as connection:
            found = forget(connection, address)
        return replace(found, whole=self.store.compact())


def _refuse_other_lease(lease: Lease, target: str) -> None:
    """Tokens count per target, so another target's could pass for this one's."""
    if not isinstance(lease, SqliteLease) or lease.target != target:
        raise ValueError(f"not a lease of {target}")


def _read_incarnations(connection: sqlite3.Connection) -> tuple[Record, ...]:
    return read_records(
        connection.execute(
            "SELECT target, kind, name, number, remote_id, state, provenance, content, label, source, updated"
            " FROM incarnations ORDER BY target, kind, name, number"
        )
    )


def _read_binding(connection: sqlite3.Connection, target: str) -> Binding | None:
    row = connection.execute("SELECT * FROM bindings WHERE target = ?", (target,)).fetchone()
    return read_binding(row) if row else None


def _row_of(binding: Binding) -> tuple[str, str, str, str]:
    return binding.target, binding.driver, binding.origin, binding.account
