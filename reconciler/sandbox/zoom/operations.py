"""Zoom's REST API v2: its route table, its door (token, scope, rate, shape, locks), its error shape."""

from __future__ import annotations

from typing import Any

import orjson

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.messages import say
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.shapes import validate, without
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import World
from reconciler.sandbox.zoom import (
    account,
    account_settings,
    group_members,
    groups,
    meeting_writes,
    meetings,
    settings,
    tracking_fields,
    user_removal,
    user_writes,
    users,
)
from reconciler.sandbox.zoom.limits import admit_rate

OPERATIONS: tuple[Operation, ...] = (
    *users.OPERATIONS,
    *user_writes.OPERATIONS,
    *user_removal.OPERATIONS,
    *settings.OPERATIONS,
    *groups.OPERATIONS,
    *group_members.OPERATIONS,
    *meetings.OPERATIONS,
    *meeting_writes.OPERATIONS,
    *tracking_fields.OPERATIONS,
    *account.OPERATIONS,
    *account_settings.OPERATIONS,
)
GRANULAR_SCOPES = frozenset(operation.scopes[0] for operation in OPERATIONS)
CONCURRENT = "Too many concurrent requests. A request to {} this user has already been made."


def granted_scopes(simulation: Simulation) -> frozenset[str]:
    """The scopes the app holds now: those of the fault plan, or all granular ones."""
    told = simulation.faults.scopes
    return frozenset(told) if told is not None else GRANULAR_SCOPES


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Let a request in, or refuse it the way Zoom does."""
    now = simulation.now()
    _check_token(simulation, operation, request)
    headers = admit_rate(simulation, operation, now)
    try:
        if unknown := sorted(set(request.query) - operation.query):
            status, code, message = unknowns.UNKNOWN_QUERY
            raise Refusal(
                status, code, message, errors=[{"field": name, "message": message} for name in unknown]
            )
        if "me" in (path.get("userId"), path.get("memberId")):
            raise Refusal(400, 300, "Server-to-server apps must name the user; me is not allowed.")
        sent = _read_body(simulation, operation, request)
        holds = _hold(simulation, operation, path, sent)
    except Refusal as refusal:
        refusal.headers = refusal.headers or headers
        raise
    world = simulation.view() if operation.access == "read" else simulation.world
    body = drop_fields(simulation, operation, sent)
    return Call(operation, path, request.query, body, world, now, simulation, sent, headers, holds)


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """Zoom's error shape: `code`, a message in the account's language, field errors if there are any."""
    body: Json = {
        "code": refusal.code,
        "message": say(refusal.message, refusal.code, simulation.faults.language),
    }
    if refusal.errors:
        body["errors"] = refusal.errors
    return Answer(refusal.status, body)


def _check_token(simulation: Simulation, operation: Operation, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal(401, 124, "Invalid access token.")
    carried = simulation.tokens.scopes_of(token, simulation.now()) & granted_scopes(simulation)
    if carried.isdisjoint(operation.scopes):
        missing = operation.scopes[0]
        raise Refusal(400, 4711, f"Invalid access token, does not contain scopes:[{missing}].")


def _read_body(simulation: Simulation, operation: Operation, request: Request) -> Any:
    if operation.body is None:
        if request.body and request.body != b"{}":
            raise Refusal(400, 300, "This request takes no body.")
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(415, 300, "Unsupported media type: application/json is expected.")
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, 300, "Request body should be a valid JSON object.") from error
    validate(operation.body, body)
    return body


def drop_fields(simulation: Simulation, operation: Operation, body: Any) -> Any:
    """The body without what the fault plan lets fall; a wrapper need not be named."""
    for dotted in simulation.faults.drop_fields.get(operation.name, ()):
        for wrapper in ("", "user_info.", "meetingList."):
            body = without(body, wrapper + dotted)
    return body


def _hold(simulation: Simulation, operation: Operation, path: dict[str, str], body: Any) -> frozenset[str]:
    """Whom this call keeps busy. Refuses while another call keeps the same person busy."""
    if operation.locks == "new person":
        return _keys("create", simulation.world, body["user_info"].get("email", ""))
    if operation.template != ("users", "{userId}"):
        return frozenset()
    if _keys("create", simulation.world, path["userId"]) & simulation.busy:
        raise Refusal(429, 429, CONCURRENT.format("create"))
    if operation.locks != "person":
        return frozenset()
    held = _keys("disassociate", simulation.world, path["userId"])
    if held & simulation.busy:
        raise Refusal(429, 429, CONCURRENT.format("disassociate"))
    return held


def _keys(what: str, world: World, key: str) -> frozenset[str]:
    user = world.find_user(key)
    names = {key.casefold()} | ({user.id.casefold(), user.email.casefold()} if user else set())
    return frozenset(f"{what} {name}" for name in names)


VENDOR = Vendor("/zoom/v2", OPERATIONS, admit, refuse)
