"""What the small APIs share: shelves of plain rows, the door with its key, and a body as it came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.shapes import without
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import World

Knows = Callable[[Simulation, Request], bool]


def shelf(world: World, vendor: str, name: str) -> dict[str, Json]:
    """The rows of one sort of thing, by id; made on first use."""
    rows: dict[str, Json] = world.rest.setdefault(vendor, {}).setdefault(name, {})
    return rows


def mint_number(world: World) -> int:
    """A new id that is a number."""
    world.serial += 1
    return 4000 + world.serial


def find(rows: dict[str, Json], key: object) -> Json:
    """A row by id. Refuses with 404."""
    row = rows.get(str(key))
    if row is None:
        raise Refusal(404, 404, "not found")
    return row


def refuse_twin(rows: dict[str, Json], field: str, value: object, but: object = None) -> None:
    """Refuse a second row with the same value of a field, whatever its case."""
    for row in rows.values():
        if str(row.get(field, "")).casefold() == str(value).casefold() and row is not but:
            raise Refusal(409, 409, f"{field} is taken")


def open_door(knows: Knows) -> Callable[[Simulation, Operation, Request, dict[str, str]], Call]:
    """A door that checks the key, the query's names and the body's; what a fault plan drops is dropped."""

    def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
        if not knows(simulation, request):
            raise Refusal(401, 401, "the key is not accepted")
        dropped = simulation.faults.drop_fields.get(operation.name, ())
        if unknown := sorted({name for name, _ in request.pairs} - operation.query):
            raise Refusal(*unknowns.REST_UNKNOWN_PARAMETER, errors=[{"field": name} for name in unknown])
        query = {name: text for name, text in request.query.items() if name not in dropped}
        body: Any = {}
        if request.body:
            try:
                body = orjson.loads(request.body)
            except orjson.JSONDecodeError as error:
                raise Refusal(400, 400, "the body is not JSON") from error
        sent = body
        for dotted in dropped:
            body = without(body, dotted)
        world = simulation.view() if operation.access == "read" else simulation.world
        sent = sent if request.body else request.query
        return Call(operation, path, query, body, world, simulation.now(), simulation, sent)

    return admit


def refuse_plainly(refusal: Refusal, simulation: Simulation) -> Answer:
    """The status, and why."""
    return Answer(refusal.status, {"error": refusal.message})


def take(call: Call, known: Iterable[str], needed: Iterable[str] = ()) -> Json:
    """A body's fields, judged as they were sent. Refuses an unknown one, or a needed one that is missing."""
    if not isinstance(call.sent, dict):
        raise Refusal(400, 400, "the body must be an object")
    if unknown := sorted(set(call.sent) - set(known)):
        raise Refusal(400, 400, f"unknown: {', '.join(unknown)}")
    if missing := sorted(name for name in needed if not call.sent.get(name)):
        raise Refusal(400, 400, f"missing: {', '.join(missing)}")
    body: Json = call.body
    return body


def cut(call: Call, rows: list[Json], start: int, size: int) -> list[Json]:
    """Some rows of a list; a fault plan may shorten pages."""
    size = min(size, call.simulation.faults.page_cap.get(call.operation.name, size))
    return rows[start : start + size]


def number(call: Call, name: str, default: int) -> int:
    """A number of the query. Refuses text that is none."""
    text = call.query.get(name, "")
    if text and not text.isdecimal():
        raise Refusal(400, 400, f"{name} is no number")
    return int(text) if text else default
