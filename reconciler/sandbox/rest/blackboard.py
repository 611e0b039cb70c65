"""Blackboard Learn's public REST API: LTI domains and placements, behind an OAuth 2.0 token."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.rest.shelf import (
    cut,
    find,
    mint_number,
    number,
    open_door,
    refuse_plainly,
    refuse_twin,
    shelf,
    take,
)
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation

NAME = "blackboard"
CLIENT_ID, CLIENT_SECRET = "sandbox-blackboard-app", "sandbox-blackboard-secret"
TOKEN = "sandbox-blackboard-token"
DOMAIN = (
    "primaryDomain",
    "clientId",
    "status",
    "sendUserDataType",
    "sendRole",
    "sendName",
    "sendEmail",
    "useSplashScreen",
    "allowMembershipService",
    "allowGradesService",
    "customParameters",
)
PLACEMENT = (
    "name",
    "description",
    "iconUrl",
    "handle",
    "type",
    "url",
    "allowStudents",
    "allowGrading",
    "availability",
    "launchInNewWindow",
    "customParameters",
)
STATUSES = ("Approved", "Excluded", "NeedsApproval")
TYPES = (
    "Application",
    "ContentHandler",
    "ContentItemMessage",
    "System",
    "Administrator",
    "UltraUI",
    "BaseNavigation",
    "CourseNavigation",
    "Proctoring",
    "CloudDocument",
    "AssetProcessor",
    "OpenBadgeProvider",
    "Eulalaunch",
)
LENGTHS = {"name": 50, "description": 1000, "iconUrl": 255, "handle": 32, "url": 1024}


def knows(simulation: Simulation, request: Request) -> bool:
    """Whether the token, or for the token itself the application, is right."""
    sent = request.headers.get("authorization", "")
    if request.path.endswith("/oauth2/token"):
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return hmac.compare_digest(sent, f"Basic {pair}")
    return hmac.compare_digest(sent, f"Bearer {TOKEN}")


def _admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    if operation.access == "token":
        if request.body != b"grant_type=client_credentials" or not knows(simulation, request):
            raise Refusal(401, 401, "invalid client")
        return Call(operation, path, {}, {}, simulation.world, simulation.now(), simulation)
    return open_door(knows)(simulation, operation, request, path)


def grant(call: Call) -> Answer:
    """A token."""
    return Answer(body={"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600})


def tell_version(call: Call) -> Answer:
    """The release; there is no name of the site in it."""
    return Answer(body={"learn": {"major": 3900, "minor": 130, "patch": 0, "build": "rel.1"}})


def _lister(sort: str) -> Callable[[Call], Answer]:
    def listed(call: Call) -> Answer:
        rows = list(shelf(call.world, NAME, sort).values())
        start, size = number(call, "offset", 0), min(number(call, "limit", 100), 1000)
        shown = cut(call, rows, start, size)
        body: Json = {"results": shown}
        if start + len(shown) < len(rows) and shown:
            following = f"offset={start + len(shown)}&limit={size}"
            body["paging"] = {"nextPage": f"/learn/api/public/v1/lti/{sort}?{following}"}
        return Answer(body=body)

    return listed


def _getter(sort: str) -> Callable[[Call], Answer]:
    def get(call: Call) -> Answer:
        return Answer(body=find(shelf(call.world, NAME, sort), call.path["id"]))

    return get


def _check(row: Json) -> None:
    for name, most in LENGTHS.items():
        if len(str(row.get(name) or "")) > most:
            raise Refusal(400, 400, f"{name} is longer than {most}")
    if row.get("status", "Approved") not in STATUSES or row.get("type", "Application") not in TYPES:
        raise Refusal(400, 400, "no such status or type")
    if row.get("allowGrading") and row.get("type") != "ContentHandler":
        raise Refusal(400, 400, "allowGrading is for ContentHandler only")
    if row.get("useSplashScreen") and row.get("allowMembershipService"):
        raise Refusal(400, 400, "no splash screen with the membership service")
    parameters = row.get("customParameters") or {}
    if not isinstance(parameters, dict):
        raise Refusal(400, 400, "customParameters is an object")


def _maker(
    sort: str, known: tuple[str, ...], unique: str, needed: tuple[str, ...], blank: Json
) -> Callable[[Call], Answer]:
    def create(call: Call) -> Answer:
        rows = shelf(call.world, NAME, sort)
        body = take(call, known, needed)
        refuse_twin(rows, unique, body.get(unique))
        row: Json = {"id": f"_{mint_number(call.world)}_1", **blank, **body}
        _check(row)
        rows[row["id"]] = row
        return Answer(201, row)

    return create


def _changer(sort: str, known: tuple[str, ...], unique: str) -> Callable[[Call], Answer]:
    def update(call: Call) -> Answer:
        rows = shelf(call.world, NAME, sort)
        row = find(rows, call.path["id"])
        if row.get("allowEdit") is False:
            raise Refusal(403, 403, "the vendor locked it")
        fresh = row | take(call, known)
        refuse_twin(rows, unique, fresh[unique], row)
        _check(fresh)
        row.update(fresh)
        return Answer(200, row)

    return update


def _remover(sort: str) -> Callable[[Call], Answer]:
    def delete(call: Call) -> Answer:
        find(shelf(call.world, NAME, sort), call.path["id"])
        del shelf(call.world, NAME, sort)[call.path["id"]]
        return Answer(204)

    return delete


_PAGED = frozenset({"offset", "limit"})
_DOMAIN: Json = {
    "status": "NeedsApproval",
    "sendUserDataType": "Never",
    "sendRole": False,
    "sendName": False,
    "sendEmail": False,
    "allowEdit": True,
    "customParameters": {},
}
_PLACEMENT: Json = {
    "description": None,
    "allowStudents": True,
    "availability": {"available": "Yes"},
    "customParameters": {},
}
OPERATIONS = (
    Operation("POST /v1/oauth2/token", "token", grant),
    Operation("GET /v1/system/version", "read", tell_version),
    Operation("GET /v1/lti/domains", "read", _lister("domains"), query=_PAGED),
    Operation("GET /v1/lti/domains/{id}", "read", _getter("domains")),
    Operation(
        "POST /v1/lti/domains",
        "write",
        _maker("domains", DOMAIN, "primaryDomain", ("primaryDomain",), _DOMAIN),
    ),
    Operation("PATCH /v1/lti/domains/{id}", "write", _changer("domains", DOMAIN, "primaryDomain")),
    Operation("DELETE /v1/lti/domains/{id}", "write", _remover("domains")),
    Operation("GET /v1/lti/placements", "read", _lister("placements"), query=_PAGED),
    Operation("GET /v1/lti/placements/{id}", "read", _getter("placements")),
    Operation(
        "POST /v1/lti/placements",
        "write",
        _maker("placements", PLACEMENT, "handle", ("name", "handle", "type", "url"), _PLACEMENT),
    ),
    Operation("PATCH /v1/lti/placements/{id}", "write", _changer("placements", PLACEMENT, "handle")),
    Operation("DELETE /v1/lti/placements/{id}", "write", _remover("placements")),
)
VENDOR = Vendor("/learn/api/public", OPERATIONS, _admit, refuse_plainly)
SETTINGS = {
    "base_url": "/learn/api/public",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
}
