"""D2L Brightspace, Valence LE: tool providers and links of LTI 1.1 (Valence reference, LTI)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.rest.shelf import (
    find,
    mint_number,
    open_door,
    refuse_plainly,
    refuse_twin,
    shelf,
    take,
)
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation

NAME = "d2l"
TOKEN = "sandbox-d2l-token"
ROOT = "6606"
FLAGS = (
    "SendTcInfo",
    "SendContextInfo",
    "SendUserId",
    "SendUserName",
    "SendUserEmail",
    "SendLinkTitle",
    "SendLinkDescription",
    "SendD2LUserName",
    "SendD2LOrgDefinedId",
    "SendD2LOrgRoleId",
    "SendSectionCode",
)
PROVIDER = (
    "LaunchPoint",
    "Secret",
    "UseDefaultTcInfo",
    "Key",
    "Name",
    "Description",
    "ContactEmail",
    "IsVisible",
    *FLAGS,
    "OAuthSignatureMethod",
    "Version",
)
LINK = (
    "Title",
    "Url",
    "Description",
    "Key",
    "PlainSecret",
    "IsVisible",
    "SignMessage",
    "SignWithTc",
    *FLAGS,
    "UseToolProviderSecuritySettings",
    "CustomParameters",
)


HMAC_SHA_1, INHERIT = 1, 0
BLANK: Json = {
    **dict.fromkeys(FLAGS, False),
    "IsVisible": False,
    "OAuthSignatureMethod": HMAC_SHA_1,
    "Version": INHERIT,
}
"""What holds where a body is silent."""


class Slashed(Vendor):
    """Routes that end in a slash, and routes that do not: D2L tells the two apart."""

    def match(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """As `Vendor.match`; a slash at the end counts."""
        slash = request.path.endswith("/")
        bare = Request(request.method, request.path.rstrip("/"), request.pairs, request.headers, request.body)
        operation, path = super().match(bare)
        if operation.name.endswith("/") is not slash:
            raise Refusal(*unknowns.NO_ENDPOINT)
        return operation, path


def knows(simulation: Simulation, request: Request) -> bool:
    """Whether the bearer token is right."""
    return hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {TOKEN}")


def tell_account(call: Call) -> Answer:
    """The organization."""
    return Answer(body={"Identifier": ROOT, "Name": "Campus", "TimeZone": "America/New_York"})


def _rows(call: Call, sort: str) -> dict[str, Json]:
    if call.path.get("scope", ROOT) != ROOT:
        raise Refusal(404, 404, "no such org unit")
    return shelf(call.world, NAME, sort)


def _show(row: Json) -> Json:
    return {name: value for name, value in row.items() if name not in ("Secret", "PlainSecret")}


def _blank(known: tuple[str, ...]) -> Json:
    return {name: BLANK.get(name) for name in known}


def _lister(sort: str) -> Callable[[Call], Answer]:
    def listed(call: Call) -> Answer:
        return Answer(body=[_show(row) for row in _rows(call, sort).values()])

    return listed


def _getter(sort: str) -> Callable[[Call], Answer]:
    def get(call: Call) -> Answer:
        return Answer(body=_show(find(_rows(call, sort), call.path["id"])))

    return get


def _maker(
    sort: str, known: tuple[str, ...], needed: tuple[str, ...], id_name: str, unique: str
) -> Callable[[Call], Answer]:
    def create(call: Call) -> Answer:
        body = take(call, known, needed)
        refuse_twin(_rows(call, sort), unique, body.get(unique))
        key = mint_number(call.world)
        row: Json = {**_blank(known), **body}
        row |= {id_name: key, "OrgUnitId": int(ROOT)}
        _rows(call, sort)[str(key)] = row
        return Answer(200, _show(row))

    return create


def _changer(
    sort: str, known: tuple[str, ...], needed: tuple[str, ...], unique: str
) -> Callable[[Call], Answer]:
    def update(call: Call) -> Answer:
        row = find(_rows(call, sort), call.path["id"])
        body = take(call, known, needed)
        refuse_twin(_rows(call, sort), unique, body.get(unique), row)
        # The whole body is replaced: what it lacks is lost.
        row.update({**_blank(known), **body})
        return Answer(200, _show(row))

    return update


def _remover(sort: str) -> Callable[[Call], Answer]:
    def delete(call: Call) -> Answer:
        find(_rows(call, sort), call.path["id"])
        del _rows(call, sort)[call.path["id"]]
        return Answer(200)

    return delete


_PROVIDER, _LINK = ("LaunchPoint", "Secret", "Key", "Name"), ("Title", "Url")
OPERATIONS = (
    Operation("GET /lp/1.30/organization/info", "read", tell_account),
    Operation("GET /le/1.75/lti/tp/{scope}/", "read", _lister("providers")),
    Operation("GET /le/1.75/lti/tp/{scope}/{id}", "read", _getter("providers")),
    Operation(
        "POST /le/1.75/lti/tp/{scope}",
        "write",
        _maker("providers", PROVIDER, _PROVIDER, "LtiToolProviderId", "LaunchPoint"),
    ),
    Operation("PUT /le/1.75/lti/tp/{id}", "write", _changer("providers", PROVIDER, _PROVIDER, "LaunchPoint")),
    Operation("DELETE /le/1.75/lti/tp/{id}", "write", _remover("providers")),
    Operation("GET /le/1.75/lti/link/{scope}/", "read", _lister("links")),
    Operation("GET /le/1.75/lti/link/{scope}/{id}", "read", _getter("links")),
    Operation("POST /le/1.75/lti/link/{scope}", "write", _maker("links", LINK, _LINK, "LtiLinkId", "Title")),
    Operation("PUT /le/1.75/lti/link/{id}", "write", _changer("links", LINK, _LINK, "Title")),
    Operation("DELETE /le/1.75/lti/link/{id}", "write", _remover("links")),
)
VENDOR = Slashed("/d2l/api", OPERATIONS, open_door(knows), refuse_plainly)
SETTINGS = {"base_url": "/d2l/api", "token": TOKEN, "scope": ROOT}
