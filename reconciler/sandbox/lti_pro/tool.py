"""LTI Pro as a tool that platforms launch: its addresses for browsers, their door, and how it says no."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Operation, Refusal, Request
from reconciler.sandbox.forms import FORM, read_form, render_page
from reconciler.sandbox.lti_pro import advantage, launches
from reconciler.sandbox.lti_pro.refusals import no_launch
from reconciler.sandbox.messages import say
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Take what a browser brings: the fields of its form, or for GET those of the address, in order.

    `url` is the whole address, as signatures cover it. A launch never reads a lagging view.
    """
    fields = request.pairs if request.method == "GET" else read_form(request)
    if fields is None:
        raise no_launch(f"The content type must be {FORM}.")
    url = f"http://{request.headers.get('host', '')}{request.path}"
    now, world = simulation.now(), simulation.world
    return Call(operation, path, request.query, fields, world, now, simulation, request.pairs, url=url)


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """A page for the person in front of it."""
    message = say(refusal.message, refusal.code, simulation.faults.language)
    return render_page("LTI Pro", message, status=refusal.status)


VENDOR = Vendor(
    "/lti",
    (
        Operation("POST /lti/rich", "read", launches.launch),
        Operation("GET /lti/advantage/login", "read", advantage.begin_login),
        Operation("POST /lti/advantage/login", "read", advantage.begin_login),
        Operation("GET /lti/advantage/jwks", "read", advantage.show_keys),
        Operation("POST /lti/advantage/launch", "read", advantage.launch),
    ),
    admit,
    refuse,
)
