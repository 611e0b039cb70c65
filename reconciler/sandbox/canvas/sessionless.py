"""A launch of a tool for whoever holds a token: an address good once, and its form (External Tools)."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.sandbox.calls import Answer, Call, Operation, Refusal
from reconciler.sandbox.canvas.errors import BrowserRefusal, absent
from reconciler.sandbox.canvas.launches import launch
from reconciler.sandbox.canvas.people import find_course
from reconciler.sandbox.canvas.store import find
from reconciler.sandbox.forms import PLAIN, render_form

ROLE = "account_admin"
UNTOLD = "A tool id, tool url, module item id, or resource link lookup uuid must be provided"
SPENT = b"Cannot locate launch request, please try again."
_PAGE = "/courses/{course}/external_tools/sessionless_launch"


def begin_launch(call: Call) -> Answer:
    """Sign a launch for the token's person, and tell the address of its page.

    For a tool that is not there Canvas redirects to the course (Canvas source, external_tools_controller).
    """
    site = call.world.canvas
    course = find_course(site, call.path["course"])
    if not call.query.get("id"):
        names = ("id", "url", "module_item_id", "resource_link_lookup_uuid")
        faults = [{"attribute": name, "type": UNTOLD, "message": UNTOLD} for name in names]
        raise Refusal(400, "", UNTOLD, errors=faults)
    parts = urlsplit(call.url)
    home = f"{parts.scheme}://{parts.netloc}{parts.path.partition('/api/v1/')[0]}"
    tool = find(site.tools, call.query["id"])
    if tool is None:
        raise BrowserRefusal(Answer(302, headers={"Location": f"{home}/courses/{course['id']}"}))
    user = find(site.users, call.query["me"])
    if user is None:
        raise absent()
    signed = launch(site, tool, course, user, ROLE, call.now)
    verifier = call.simulation.launches.sessionless.give({**signed, "name": tool["name"]}, call.now)
    page = f"{home}{_PAGE.format(course=course['id'])}?verifier={verifier}"
    return Answer(body={"id": tool["id"], "name": tool["name"], "url": page})


def show_launch(call: Call) -> Answer:
    """The form that posts the launch to its tool; the verifier is spent by this, or after five minutes."""
    signed = call.simulation.launches.sessionless.take(call.query.get("verifier", ""), call.now)
    if signed is None:
        raise BrowserRefusal(Answer(404, SPENT, dict(PLAIN)))
    return render_form(signed["name"], signed["url"], signed["parameters"])


OPERATIONS = (
    Operation(f"GET /api/v1{_PAGE}", "read", begin_launch, scopes=("courses",), query=frozenset({"id"})),
)
PAGES = (Operation(f"GET {_PAGE}", "read", show_launch),)
