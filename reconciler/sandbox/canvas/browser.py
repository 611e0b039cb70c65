"""What Canvas shows a browser: pages of launches, without any token."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Operation, Request
from reconciler.sandbox.canvas import platform, sessionless
from reconciler.sandbox.canvas.errors import BrowserRefusal
from reconciler.sandbox.forms import read_form
from reconciler.sandbox.simulation import Simulation

PAGES = (*platform.PAGES, *sessionless.PAGES)


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Gather what the address tells, and the fields of a posted form beside it."""
    fields = read_form(request) if request.method == "POST" else []
    if fields is None:
        raise BrowserRefusal(Answer(415, b"", {}))
    told = {**request.query, **dict(fields)}
    return Call(operation, path, told, {}, simulation.world, simulation.now(), simulation)
