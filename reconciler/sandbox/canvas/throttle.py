"""The leaky bucket of a token: a request holds 50 units while it runs (Canvas source, request_throttle)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Refusal
from reconciler.sandbox.canvas.store import Canvas
from reconciler.sandbox.simulation import Simulation

MARK, MOST, OUTFLOW, HELD = 600.0, 800.0, 10.0, 50.0
BUSY = "canvas request "
THROTTLED = "403 Forbidden (Rate Limit Exceeded)\n"
"""The whole body of a throttled answer, plain text."""


def pour(simulation: Simulation, site: Canvas) -> tuple[dict[str, str], frozenset[str]]:
    """Let one request in: the headers beside its answer, and the name under which it is running.

    Refuses it where the bucket, with what it would hold itself, is over the mark.
    """
    now = simulation.now().timestamp()
    site.level = max(0.0, site.level - max(0.0, now - site.leaked_at) * OUTFLOW)
    site.leaked_at = now
    running = [name for name in simulation.busy if name.startswith(BUSY)]
    if site.level + HELD * (len(running) + 1) >= MARK:
        raise Refusal(403, THROTTLED, THROTTLED, headers={"X-Rate-Limit-Remaining": "0.0"})
    site.level = min(MOST, site.level + unknowns.CANVAS_COST)
    left = MARK - site.level - HELD * len(running)
    site.requests += 1
    headers = {"X-Request-Cost": str(unknowns.CANVAS_COST), "X-Rate-Limit-Remaining": f"{left:.4f}"}
    return headers, frozenset({f"{BUSY}{site.requests}"})
