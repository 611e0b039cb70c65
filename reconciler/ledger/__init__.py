"""What an environment recorded, in one SQLite file: implements Ledger, Journal, Lease and Budget."""

from reconciler.ledger.budget import MemoryBudget, SqliteBudget
from reconciler.ledger.forgetting import Forgotten
from reconciler.ledger.history import Past, Run
from reconciler.ledger.journal import SqliteJournal
from reconciler.ledger.leases import SqliteLease
from reconciler.ledger.sqlite import SqliteLedger, new_run_id, open_ledger

__all__ = [
    "Forgotten",
    "MemoryBudget",
    "Past",
    "Run",
    "SqliteBudget",
    "SqliteJournal",
    "SqliteLease",
    "SqliteLedger",
    "new_run_id",
    "open_ledger",
]
