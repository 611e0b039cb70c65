"""How often each operation was called, by the sandbox's own judgement of read and write."""

from __future__ import annotations

from collections import Counter

from reconciler.sandbox.calls import Json, Operation

UNKNOWN = "unknown"


class Counters:
    """Arrivals by operation; `refused` counts answers that said no."""

    def __init__(self, mails: int = 0) -> None:
        self.mails_before = mails
        self.reads: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.tokens = 0

    def arrived(self, operation: Operation) -> None:
        """Count one request before anything else happens to it."""
        if operation.access == "token":
            self.tokens += 1
            return
        (self.writes if operation.access == "write" else self.reads)[operation.name] += 1

    def arrived_unknown(self, method: str) -> None:
        """Count a request for no operation we know; all but GET may have been meant to write."""
        (self.reads if method == "GET" else self.writes)[UNKNOWN] += 1

    def to_json(self, mails: int) -> Json:
        """The documented form; `mails` is how many the store has counted in all."""
        return {
            "reads": dict(self.reads),
            "writes": dict(self.writes),
            "refused": dict(self.refused),
            "tokens": self.tokens,
            "mails": mails - self.mails_before,
        }
