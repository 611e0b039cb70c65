"""How Canvas says no, in its three shapes."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Json, Refusal
from reconciler.sandbox.canvas.throttle import THROTTLED
from reconciler.sandbox.simulation import Simulation

REALM = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


class BrowserRefusal(Refusal):
    """No, to a browser: it gets `answer` as it is."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, "", "refused", headers=answer.headers)
        self.answer = answer


def bad_token() -> Refusal:
    """A token nobody gave out, or that is over."""
    return Refusal(401, "", "Invalid access token.", headers=REALM)


def no_right() -> Refusal:
    """The token's person may not: 401 as well, without WWW-Authenticate."""
    text = "user not authorized to perform that action"
    return Refusal(401, "unauthorized", text, result={"status": "unauthorized"})


def absent() -> Refusal:
    """Nothing there, or a feature that is off."""
    return Refusal(404, "", "The specified resource does not exist.")


def faulty(field: str, kind: str, message: str) -> Refusal:
    """A field that is not accepted."""
    fault: Json = {"attribute": field, "type": kind, "message": message}
    return Refusal(400, kind, message, errors=[fault])


def faulty_login(refusal: Refusal) -> Refusal:
    """The same of a person who is made with a login: faults stand below what they are about."""
    refusal.result = {"user": {}, "pseudonym": _gather(refusal), "observee": {}}
    return refusal


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """Canvas's error shapes; a throttled answer is plain text, and a browser gets what was made for it."""
    if isinstance(refusal, BrowserRefusal):
        return refusal.answer
    if refusal.code == THROTTLED:
        return Answer(403, THROTTLED.encode())
    if refusal.errors:
        return Answer(refusal.status, {"errors": refusal.result or _gather(refusal)})
    return Answer(refusal.status, {**(refusal.result or {}), "errors": [{"message": refusal.message}]})


def _gather(refusal: Refusal) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for fault in refusal.errors or ():
        found.setdefault(fault.get("attribute") or fault["field"], []).append(fault)
    return found
