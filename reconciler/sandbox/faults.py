"""The fault plan: what goes wrong, when, and always the same for the same plan and requests.

Probabilities are drawn per operation and per arrival of that operation, so that operations that
run side by side do not change each other's luck.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields
from typing import Any

from reconciler.sandbox.calls import Json, Operation

ENDINGS = ("drop_before", "drop_reply", "garble", "cut_body")

ENTRY = frozenset({"operation", "status", "ending", "nth", "page", "times", "act", "body", "headers"})


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls one request: `ending` is how its answer fails; `status` answers in its place."""

    ending: str = ""
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    act: bool = False


@dataclass(slots=True)
class Faults:
    """The plan, as posted to the control endpoint. `status` entries are tried in order:

    {"operation": NAME or "*", "status": 500 | "ending": one of ENDINGS, "nth": n | "page": n,
    "times": 1, "act": false, "body": ..., "headers": {...}}; `nth` counts that operation's
    arrivals since the plan was set, from 1; without nth and page the next arrivals are meant.
    """

    seed: int = 1
    drop_reply: float = 0.0
    drop_before: float = 0.0
    garble: float = 0.0
    cut_body: float = 0.0
    status: list[Json] = field(default_factory=list)
    drop_fields: dict[str, list[str]] = field(default_factory=dict)
    short_total: dict[str, int] = field(default_factory=dict)
    cut_pages: dict[str, int] = field(default_factory=dict)
    empty_page: dict[str, int] = field(default_factory=dict)
    page_cap: dict[str, int] = field(default_factory=dict)
    scopes: list[str] | None = None
    latency_ms: float = 0.0
    lag_s: float = 0.0
    qps: bool = False
    token_ttl: int = 3600
    language: str = "en"
    stop_after_writes: int | None = None
    arrivals: dict[str, int] = field(default_factory=dict)
    writes: int = 0

    @classmethod
    def of(cls, plan: Json) -> Faults:
        """A plan from JSON. Raises ValueError for a name it does not know."""
        known = {item.name for item in fields(cls)} - {"arrivals", "writes"}
        unknown = sorted(set(plan) - known)
        if unknown:
            raise ValueError(
                f"unknown in a fault plan: {', '.join(unknown)}; known: {', '.join(sorted(known))}"
            )
        for entry in plan.get("status", ()):
            if not set(entry) <= ENTRY or entry.get("ending", "drop_reply") not in ENDINGS:
                raise ValueError(f"not an entry of status: {entry}; names: {', '.join(sorted(ENTRY))}")
        plan = {**plan, "status": [dict(entry) for entry in plan.get("status", ())]}
        return cls(**plan)

    def stopped(self) -> bool:
        """Whether the vendor has gone silent after so many writes."""
        return self.stop_after_writes is not None and self.writes >= self.stop_after_writes

    def fate(self, operation: Operation, page: int) -> Fate:
        """Decide about one arrival; call once per request."""
        nth = self.arrivals[operation.name] = self.arrivals.get(operation.name, 0) + 1
        for entry in self.status:
            if _meets(entry, operation.name, nth, page):
                entry["times"] = entry.get("times", 1) - 1
                return Fate(
                    entry.get("ending", ""),
                    entry.get("status", 0),
                    entry.get("body"),
                    entry.get("headers", {}),
                    entry.get("act", False),
                )
        return Fate(self._draw(operation, nth))

    def _draw(self, operation: Operation, nth: int) -> str:
        if operation.access == "token":
            return ""
        for ending in ENDINGS:
            chance: float = getattr(self, ending)
            if ending == "drop_reply" and operation.access == "read":
                continue
            if chance and random.Random(f"{self.seed}:{operation.name}:{nth}:{ending}").random() < chance:
                return ending
        return ""


def _meets(entry: Json, name: str, nth: int, page: int) -> bool:
    if entry.get("operation", "*") not in ("*", name) or entry.get("times", 1) < 1:
        return False
    if "page" in entry:
        return bool(entry["page"] == page)
    return bool(nth >= entry["nth"]) if "nth" in entry else True
