"""One request through the sandbox: count, fault, admit, act; the raw answer and how it must end."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.calls import Answer, Call, Operation, Refusal, Request
from reconciler.sandbox.control import CONTROL, control
from reconciler.sandbox.counters import UNKNOWN
from reconciler.sandbox.faults import Fate
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.vendors import VENDORS


@dataclass(slots=True)
class Reply:
    """An answer, how sending it ends ("" is well), how long it waits, and whom it keeps busy till then."""

    answer: Answer
    ending: str = ""
    delay_s: float = 0.0
    holds: frozenset[str] = frozenset()


def dispatch(simulation: Simulation, request: Request) -> Reply:
    """Answer one request. Acts at most once, under the lock."""
    if request.path.startswith(CONTROL):
        return Reply(control(simulation, request))
    vendor = next((one for one in VENDORS if request.path.startswith(one.prefix + "/")), None)
    with simulation.lock:
        if simulation.faults.stopped():
            return Reply(Answer(), "drop_before")
        if vendor is None:
            simulation.counters.arrived_unknown(request.method)
            return Reply(Answer(404, {"message": "no such API in the sandbox"}))
        reply = _meet(simulation, vendor, request)
        reply.delay_s = simulation.faults.latency_ms / 1000
        simulation.busy |= reply.holds
        return reply


def release(simulation: Simulation, reply: Reply) -> None:
    """The answer is on its way: whoever it kept busy is free."""
    with simulation.lock:
        simulation.busy -= reply.holds


def _meet(simulation: Simulation, vendor: Vendor, request: Request) -> Reply:
    try:
        operation, path = vendor.match(request)
    except Refusal as refusal:
        simulation.counters.arrived_unknown(request.method)
        simulation.counters.refused[UNKNOWN] += 1
        return Reply(vendor.refuse(refusal, simulation))
    simulation.counters.arrived(operation)
    fate = simulation.faults.fate(operation, simulation.pages.number_of(request.query))
    if fate.ending == "drop_before":
        return Reply(Answer(), fate.ending)
    if fate.status and not fate.act:
        return Reply(_stand_in(fate))
    reply = _perform(simulation, vendor, operation, path, request)
    reply.ending = fate.ending
    if fate.status:
        reply.answer = _stand_in(fate)
    if operation.access == "write":
        simulation.faults.writes += 1
    return reply


def _perform(
    simulation: Simulation, vendor: Vendor, operation: Operation, path: dict[str, str], request: Request
) -> Reply:
    call: Call | None = None
    try:
        call = vendor.admit(simulation, operation, request, path)
        if operation.access == "write":
            simulation.remember()
        answer = operation.act(call)
    except Refusal as refusal:
        simulation.counters.refused[operation.name] += 1
        answer = vendor.refuse(refusal, simulation)
        answer.headers = refusal.headers or (call.headers if call else {})
        return Reply(answer)
    answer.headers = {**call.headers, **answer.headers}
    return Reply(answer, holds=call.holds)


def _stand_in(fate: Fate) -> Answer:
    body = fate.body if fate.body is not None else {"code": fate.status, "message": "Simulated failure."}
    return Answer(fate.status, body.encode() if isinstance(body, str) else body, dict(fate.headers))
