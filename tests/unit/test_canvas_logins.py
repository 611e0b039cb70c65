"""A registration with LTI Pro's own addresses, declared as they are, is proved at the simulated tool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from reconciler.drivers.canvas.api import AT_TOOLS, Rest
from reconciler.drivers.canvas.lti_registration import LtiRegistrationHandler
from reconciler.drivers.canvas.oidc import AUTHORIZE, HOSTED, ISSUER
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Unsigned
from reconciler.model import Address, Health, ProbeResult, Wanted
from reconciler.resources.lti_registration import LtiRegistration
from tests.unit.driver_rig import Campus, run_campus

ZOOM = "https://applications.zoom.us"
TOOL = f"{ZOOM}/lti/lti/advantage"
DECLARED = LtiRegistration(
    title="Zoom",
    launch_url=f"{TOOL}/launch",
    login_url=f"{TOOL}/login",
    jwks_url=f"{TOOL}/jwks",
    redirect_urls=(f"{TOOL}/launch",),
    scopes=(),
    enabled=True,
)
KEYS = "GET /lti/advantage/jwks"


class FrontDoor(httpx.BaseTransport):
    """What stands before a tool and speaks https: the tool behind it knows itself by its `inner` origin.

    Says `outer` for that in what the tool answers.
    """

    def __init__(self, inner: str, outer: str = ZOOM) -> None:
        self.inner = inner
        self.outer = outer
        self.beyond = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url).replace(ZOOM, self.inner).replace(quote(ZOOM, ""), quote(self.inner, ""))
        answer = self.beyond.handle_request(httpx.Request(request.method, url))
        answer.read()
        location = answer.headers.get("location", "").replace(quote(self.inner, ""), quote(self.outer, ""))
        headers = {"location": location} if location else {}
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)

    def close(self) -> None:
        self.beyond.close()


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


def open_at(campus: Campus, door: FrontDoor) -> LtiRegistrationHandler:
    """The handler of registrations, which finds LTI Pro behind this door."""
    found: Any = campus.open("canvas").handlers()["lti_registration"]
    client = Client(found.opening, ZOOM, AT_TOOLS, Rest(), Unsigned(), transport=door)
    handler: LtiRegistrationHandler = replace(found, open_tool=lambda url: client)
    return handler


def tell_tool(campus: Campus) -> None:
    """What an admin copies from Canvas into the tool's console."""
    (row,) = campus.state()["canvas"]["registrations"]
    home = HOSTED[ISSUER]
    campus.console(
        "register_lti13_platform",
        issuer=ISSUER,
        client_id=str(row["developer_key_id"]),
        deployment_id="7:abc",
        authorization_url=f"{home}{AUTHORIZE}",
        jwks_url=f"{home}/api/lti/security/jwks",
    )


def test_a_registration_as_it_is_declared_is_proved_at_the_tool(campus: Campus) -> None:
    door = FrontDoor(campus.sandbox.origin)
    handler = open_at(campus, door)
    campus.console("edit_canvas", features=["lti_registrations_page", "lti_registrations_next"])
    want = Wanted(Address("main", "lti_registration", "zoom"), "", DECLARED)
    want = replace(want, remote_id=handler.create(want))

    def look() -> tuple[Health, str]:
        found: ProbeResult = handler.probe(want)
        return found.health, found.text

    unknown = look()
    assert (unknown[0], "answered 401 to a login" in unknown[1]) == (Health.BROKEN, True)
    tell_tool(campus)
    proven = (Health.WORKING, "the tool begins a login as Canvas takes it")
    assert look() == proven
    door.outer = "https://other.zoom.us"
    assert look() == (Health.BROKEN, "the login that its login_url begins is wrong in redirect_uri")
    door.outer = ZOOM
    campus.control("faults", {"status": [{"operation": KEYS, "status": 200, "body": {"keys": []}}]})
    assert look() == (Health.BROKEN, "its jwks_url has no public key for signatures")
    campus.control("faults", {})
    assert look() == proven
    state = campus.state()
    campus.reset(world={**state, "lti": {**state["lti"], "platforms": []}})
    assert look() == unknown, "the tool has forgotten the platform"
    door.close()
