"""A clock to turn, and records, changes and ledgers as ledger tests need them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.ledger import SqliteLedger, open_ledger
from reconciler.model import (
    Address,
    Attestation,
    Create,
    Evidence,
    HistoryEntry,
    Provenance,
    Reason,
    Record,
    RecordedField,
    State,
)

START = datetime(2026, 9, 7, 10, 0, tzinfo=UTC)
ANN = Address("zoom-main", "user", "ann")
BOB = Address("zoom-main", "user", "bob")
CID = Address("zoom-main", "user", "cid")


class TurnedClock:
    """Tells the time it was turned to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **passed: float) -> None:
        """Let time pass, in timedelta's words."""
        self.now += timedelta(**passed)


def make_ledger(folder: Path, clock: TurnedClock | None = None) -> SqliteLedger:
    """The ledger of the environment `default` in a folder, made if it is missing."""
    return open_ledger(
        folder / "default.db", environment="default", clock=clock or TurnedClock(), create=True
    )


def make_record(address: Address = ANN, number: int = 1, state: State = State.CURRENT) -> Record:
    """A record with a field of every evidence."""
    at = "2026-09-07T10:00:00Z"
    return Record(
        address=address,
        number=number,
        remote_id=f"id-{address.name}-{number}",
        state=state,
        provenance=Provenance.CREATED,
        fields={
            "email": RecordedField(f"{address.name}@example.edu", Evidence.READ, at),
            "pin": RecordedField("hmac:1f", Evidence.SENT, at),
            "schedule": RecordedField({"dates": ("2026-09-07T10:00",), "minutes": 50}, Evidence.READ, at),
        },
        elements={"members": ("1", "2")},
        declared=frozenset({"email", "pin"}),
        conditions=("pending",),
        keys={"email": f"{address.name}@example.edu"},
        label=address.name.title(),
        source="roster.csv",
        updated=at,
    )


def make_create(address: Address = ANN) -> Create:
    """A change to journal."""
    return Create(address=address, reason=Reason.NEW)


def make_attestation(address: Address = ANN) -> Attestation:
    """An attestation of half a year."""
    return Attestation(address, "zoom-lti/domains/lti-2026", "sha", "kim", START, START + timedelta(days=180))


def make_entry(address: Address = ANN, removals: int = 0) -> HistoryEntry:
    """A change that was applied."""
    return HistoryEntry(address, "remove" if removals else "create", "applied", "done", '{"x":1}', removals)
