"""Intents: every write request is on disk before it is sent, and how it ended is noted after."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from reconciler.errors import LedgerError
from reconciler.ledger.codec import read_intent, write_addresses, write_json, write_moment
from reconciler.ledger.commits import note_run, raise_generation
from reconciler.ledger.leases import Term, extend, hold
from reconciler.ledger.store import Store
from reconciler.model import Address, BaseChange, Intent
from reconciler.resources.base import Plain


class SqliteJournal:
    """The journal of one change, or of the changes of one batch; all are of one target and verb."""

    def __init__(
        self,
        store: Store,
        term: Term,
        token: int,
        run: str,
        changes: Sequence[BaseChange],
        attempt: int,
        verb: str,
    ) -> None:
        self._store = store
        self._term = term
        self._token = token
        self._run = run
        self._addresses = tuple(change.address for change in changes)
        self._verb = verb or changes[0].verb
        self._attempt = attempt
        self._step = 0

    @property
    def target(self) -> str:
        """Where the requests go."""
        return self._addresses[0].target

    def sending(
        self, operation: str, parameters: Mapping[str, Plain], body: Plain, elements: Sequence[str]
    ) -> int:
        """Renew the lease and commit the intent in one transaction; `body` comes without secrets.

        From then on the lease lasts longer than any request may. Raises LedgerLocked if it is lost.
        """
        with self._store.write() as connection:
            hold(connection, self.target, self._token, self._term)
            note_run(connection, self._run, self._term.clock())
            cursor = connection.execute(
                "INSERT INTO intents (run, target, addresses, verb, step, attempt, operation, parameters,"
                " body, elements, at, token, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending')",
                (
                    self._run,
                    self.target,
                    write_addresses(self._addresses),
                    self._verb,
                    self._step + 1,
                    self._attempt,
                    operation,
                    write_json(parameters),
                    write_json(body),
                    write_json(tuple(elements)),
                    write_moment(self._term.clock()),
                    self._token,
                ),
            )
            raise_generation(connection, self.target)
        self._step += 1
        return cursor.lastrowid or 0

    def answered(self, intent: int, state: str) -> None:
        """Note the end: answered, refused, uncertain or unsent; one settled meanwhile stays settled.

        True of the past whoever holds the target now, so it needs no lease; one still held is renewed.
        """
        if state not in ("answered", "refused", "uncertain", "unsent"):
            raise LedgerError(f"{self.target}: intent {intent} cannot end as {state!r}")
        with self._store.write() as connection:
            extend(connection, self.target, self._token, self._term)
            connection.execute(
                "UPDATE intents SET state = ? WHERE id = ? AND state <> 'settled'", (state, intent)
            )
            raise_generation(connection, self.target)


def read_open(
    connection: sqlite3.Connection, target: str | None = None, among: Iterable[Address] | None = None
) -> tuple[Intent, ...]:
    """Intents without a known, recorded end, oldest first; of all targets if none is named.

    With `among` only those about no other address: chosen by the database, for there may be thousands.
    """
    rows = connection.execute(
        "SELECT * FROM intents WHERE state IN ('sending', 'uncertain', 'answered')"
        " AND (?1 IS NULL OR target = ?1) AND (?2 IS NULL OR addresses = ?2"
        "  OR json_array_length(?2) > 1 AND NOT EXISTS (SELECT 1 FROM json_each(addresses)"
        "   WHERE value NOT IN (SELECT value FROM json_each(?2)))) ORDER BY id",
        (target, None if among is None else write_addresses(among)),
    )
    return tuple(map(read_intent, rows))


def readdress(connection: sqlite3.Connection, target: str, moves: Mapping[Address, Address]) -> None:
    """Let open intents follow renamed addresses, so that they are settled under the new ones."""
    for intent in read_open(connection, target):
        if not moves.keys().isdisjoint(intent.addresses):
            connection.execute(
                "UPDATE intents SET addresses = ? WHERE id = ?",
                (write_addresses(moves.get(address, address) for address in intent.addresses), intent.id),
            )
