"""Zoom's token endpoint for server-to-server apps: Basic auth, account credentials, its own error shape."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.zoom.operations import granted_scopes

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"

BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()

NOBODY = {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}
NO_GRANT = {"reason": "unsupported grant type", "error": "unsupported_grant_type"}
NO_TOKEN = {"reason": "Invalid Token!", "error": "invalid_request"}


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Check the client and gather parameters from query and form."""
    if request.headers.get("authorization") != BASIC:
        raise _refusal(NOBODY)
    form = request.headers.get("content-type", "").partition(";")[0] == "application/x-www-form-urlencoded"
    given = dict(parse_qsl(request.body.decode("utf-8", "replace"))) if form else {}
    return Call(
        operation, path, {**request.query, **given}, None, simulation.world, simulation.now(), simulation
    )


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """The token endpoint's error shape: `reason` and `error`, no code."""
    return Answer(refusal.status, refusal.result or {"reason": refusal.message, "error": "invalid_request"})


def _refusal(body: Json) -> Refusal:
    return Refusal(400, body["error"], body["reason"], result=body)


def issue_token(call: Call) -> Answer:
    """A token that lives `expires_in` seconds and names its scopes."""
    if call.query.get("grant_type") != "account_credentials":
        raise _refusal(NO_GRANT)
    if call.query.get("account_id") != call.world.account.id:
        raise _refusal(unknowns.WRONG_ACCOUNT)
    simulation = call.simulation
    ttl = simulation.faults.token_ttl
    scopes = granted_scopes(simulation)
    return Answer(
        body={
            "access_token": simulation.tokens.issue(call.now, ttl, scopes),
            "token_type": "bearer",
            "expires_in": ttl,
            "scope": " ".join(sorted(scopes)),
        }
    )


def revoke_token(call: Call) -> Answer:
    """End the token, and with it every token of this app in the account."""
    if not call.simulation.tokens.knows(call.query.get("token", "")):
        raise _refusal(NO_TOKEN)
    call.simulation.tokens.forget_all()
    return Answer(body={"status": "success"})


VENDOR = Vendor(
    "/zoom",
    (
        Operation("POST /oauth/token", "token", issue_token),
        Operation("POST /oauth/revoke", "token", revoke_token),
    ),
    admit,
    refuse,
)
