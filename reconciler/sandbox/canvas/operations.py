"""Canvas's route table and its door: token, throttle, rights, features, body; ids as text where asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Operation, Refusal, Request
from reconciler.sandbox.canvas import browser, enrollments, people, registrations, sessionless, tools
from reconciler.sandbox.canvas.errors import absent, bad_token, faulty, no_right, refuse
from reconciler.sandbox.canvas.pages import PAGING
from reconciler.sandbox.canvas.store import FEATURES
from reconciler.sandbox.canvas.throttle import pour
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.shapes import without
from reconciler.sandbox.simulation import Simulation

PREFIX = "/canvas"
STRING_IDS = "application/json+canvas-string-ids"
OWN = ("self", "default", "1")
LISTS = frozenset({"include[]", "state[]", "type[]"})


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Let a request in, or refuse it the way Canvas does. An operation needs all of its `scopes`.

    Pages are for browsers: without token, throttle and rights.
    """
    if operation in browser.PAGES:
        return browser.admit(simulation, operation, request, path)
    site = simulation.world.canvas
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token not in site.tokens:
        raise bad_token()
    headers, holds = pour(simulation, site)
    try:
        _check_rights(operation, site.rights, site.features, path)
        query, sent = _read_query(operation, request), _read_body(operation, request)
    except Refusal as refusal:
        refusal.headers = refusal.headers or headers
        raise
    body = sent
    for dotted in simulation.faults.drop_fields.get(operation.name, ()):
        body = without(body, dotted)
    query["me"] = str(site.tokens[token])
    query["accept"] = request.headers.get("accept", "")
    world = simulation.view() if operation.access == "read" else simulation.world
    now, url = simulation.now(), _address(request)
    return Call(operation, path, query, body, world, now, simulation, sent, headers, holds, url)


def _check_rights(operation: Operation, rights: list[str], features: list[str], path: dict[str, str]) -> None:
    if path.get("account", "self") not in OWN or any(
        s in FEATURES and s not in features for s in operation.scopes
    ):
        raise absent()
    if any(scope not in FEATURES and scope not in rights for scope in operation.scopes):
        raise no_right()


def _read_query(operation: Operation, request: Request) -> dict[str, str]:
    query = request.query
    if unknown := sorted(query.keys() - operation.query):
        raise faulty(unknown[0], "unknown", unknowns.CANVAS_UNKNOWN)
    for listed in LISTS & query.keys():
        query[listed] = ",".join(value for name, value in request.pairs if name == listed)
    return query


def _read_body(operation: Operation, request: Request) -> Any:
    if operation.access == "read" or not request.body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise faulty("body", "type", "the sandbox takes JSON")
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise faulty("body", "invalid", "is no JSON") from error


def _address(request: Request) -> str:
    """What was asked for, as the client addressed it, without the place in a list."""
    rest = [f"{quote(n)}={quote(v)}" for n, v in request.pairs if n not in PAGING]
    base = f"http://{request.headers.get('host', '')}{request.path}"
    return f"{base}?{'&'.join(rest)}" if rest else base


def _answering(act: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        made = act(call)
        if STRING_IDS in call.query["accept"]:
            made.body = _as_text(made.body)
        return made

    return answer


def _as_text(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _as_text(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(inner) for inner in value]
    is_id = type(value) is int and (name == "id" or name.endswith("_id"))
    return str(value) if is_id else value


_RESTFUL = (
    *people.OPERATIONS, *enrollments.OPERATIONS, *tools.OPERATIONS, *registrations.OPERATIONS,
    *sessionless.OPERATIONS,
)  # fmt: skip
OPERATIONS = (
    *(replace(operation, act=_answering(operation.act)) for operation in _RESTFUL),
    *browser.PAGES,
)
VENDOR = Vendor(PREFIX, OPERATIONS, admit, refuse)
