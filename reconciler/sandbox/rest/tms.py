"""A TMS with LTI endpoints of its own: what a campus may put before the pages that Skillable has no API for.

The terms and limits are those of the TMS's articles on LTI activities; the requests are made up.
"""

from __future__ import annotations

import hmac
import re
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

NAME = "tms_lti"
TOKEN = "sandbox-tms-token"
PARAMETER = re.compile(r"custom_[a-z0-9]+(_[a-z0-9]+)*=[^\r\n]*")
ORGANIZATION = ("code", "name", "parent_id", "time_zone")
PROVIDER = ("name", "organization_id", "lti_key", "lti_secret", "custom_parameters")
LINK = (
    "name",
    "organization_id",
    "provider_id",
    "resource_link_url",
    "custom_parameters",
    "score_required",
)
PAGED = frozenset({"offset", "limit"})
MOST = 50


def knows(simulation: Simulation, request: Request) -> bool:
    """Whether the bearer token is right."""
    return hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {TOKEN}")


def _show(row: Json) -> Json:
    return {name: value for name, value in row.items() if name not in ("lti_secret", "available_to")}


def tell_account(call: Call) -> Answer:
    """Whose TMS this is."""
    return Answer(body={"tenant": "campus-tms"})


def _lister(sort: str) -> Callable[[Call], Answer]:
    def listed(call: Call) -> Answer:
        rows = list(shelf(call.world, NAME, sort).values())
        start, size = number(call, "offset", 0), min(number(call, "limit", 20), MOST)
        short = call.simulation.faults.short_total.get(call.operation.name, 0)
        shown = [_show(row) for row in cut(call, rows, start, size)]
        return Answer(body={"items": shown, "total": len(rows) + short})

    return listed


def _getter(sort: str) -> Callable[[Call], Answer]:
    def get(call: Call) -> Answer:
        return Answer(body=_show(find(shelf(call.world, NAME, sort), call.path["id"])))

    return get


def _check(call: Call, body: Json) -> None:
    for name, sort in (
        ("organization_id", "organizations"),
        ("parent_id", "organizations"),
        ("provider_id", "providers"),
    ):
        if body.get(name) is not None and str(body[name]) not in shelf(call.world, NAME, sort):
            raise Refusal(422, 422, f"no such {name}")
    for line in str(body.get("custom_parameters") or "").split("\n"):
        if line and not PARAMETER.fullmatch(line):
            raise Refusal(422, 422, "custom parameters are custom_snake_case=value, one to a line")
    if "resource_link_url" in body and not str(body["resource_link_url"]).startswith(("https://", "http://")):
        raise Refusal(422, 422, "resource_link_url is no address")


def _twin_in(call: Call, sort: str, row: Json) -> None:
    rows = shelf(call.world, NAME, sort)
    unit = [one for one in rows.values() if one.get("organization_id") == row.get("organization_id")]
    refuse_twin({str(one["id"]): one for one in unit}, "name", row["name"], row)


def _maker(sort: str, known: tuple[str, ...], needed: tuple[str, ...]) -> Callable[[Call], Answer]:
    def create(call: Call) -> Answer:
        body = take(call, known, needed)
        _check(call, body)
        row: Json = {**dict.fromkeys(known), **body, "revision": 1, "available_to": [], "state": "pending"}
        if sort == "organizations":
            refuse_twin(shelf(call.world, NAME, sort), "code", row["code"])
        else:
            _twin_in(call, sort, row)
        row["id"] = mint_number(call.world)
        row["state"] = "ready"
        shelf(call.world, NAME, sort)[str(row["id"])] = row
        # The answer is empty: only the header tells the new id.
        place = {"providers": "lti-providers", "links": "lti-resource-links"}.get(sort, sort)
        return Answer(201, None, {"Location": f"/tms/api/{place}/{row['id']}"})

    return create


def _changer(sort: str, known: tuple[str, ...]) -> Callable[[Call], Answer]:
    def update(call: Call) -> Answer:
        row = find(shelf(call.world, NAME, sort), call.path["id"])
        body = take(call, (*known, "revision"))
        if body.get("revision") != row["revision"]:
            raise Refusal(409, 409, "somebody else changed it meanwhile: read it again")
        _check(call, body)
        fresh = row | body
        if sort != "organizations":
            rows = shelf(call.world, NAME, sort)
            same = {k: r for k, r in rows.items() if r.get("organization_id") == fresh.get("organization_id")}
            refuse_twin(same, "name", fresh["name"], row)
        row.update(fresh, revision=row["revision"] + 1)
        return Answer(200, _show(row))

    return update


def _remover(sort: str, holding: tuple[tuple[str, str], ...] = ()) -> Callable[[Call], Answer]:
    def delete(call: Call) -> Answer:
        rows = shelf(call.world, NAME, sort)
        row = find(rows, call.path["id"])
        for other, field in holding:
            if any(one.get(field) == row["id"] for one in shelf(call.world, NAME, other).values()):
                raise Refusal(409, 409, f"it is used by {other}")
        del rows[call.path["id"]]
        return Answer(204)

    return delete


def _sharing(sort: str) -> tuple[Callable[[Call], Answer], ...]:
    def drops(call: Call) -> bool:
        """Whether this very call is to be answered well and forgotten."""
        return "element" in call.simulation.faults.drop_fields.get(call.operation.name, ())

    def listed(call: Call) -> Answer:
        row = find(shelf(call.world, NAME, sort), call.path["id"])
        return Answer(body={"organizations": [{"id": one} for one in row["available_to"]]})

    def add(call: Call) -> Answer:
        row = find(shelf(call.world, NAME, sort), call.path["id"])
        unit = find(shelf(call.world, NAME, "organizations"), call.path["element"])
        if sort == "links":
            provider = shelf(call.world, NAME, "providers").get(str(row["provider_id"]))
            if provider is not None and unit["id"] not in provider["available_to"]:
                raise Refusal(422, 422, "the link's provider is not available to that organization")
        if unit["id"] not in row["available_to"] and not drops(call):
            row["available_to"].append(unit["id"])
        return Answer(204)

    def remove(call: Call) -> Answer:
        row = find(shelf(call.world, NAME, sort), call.path["id"])
        if not drops(call):
            row["available_to"] = [one for one in row["available_to"] if str(one) != call.path["element"]]
        return Answer(204)

    return listed, add, remove


def _table(
    path: str, sort: str, known: tuple[str, ...], needed: tuple[str, ...], *holding: tuple[str, str]
) -> tuple[Operation, ...]:
    return (
        Operation(f"GET /{path}", "read", _lister(sort), query=PAGED),
        Operation(f"GET /{path}/{{id}}", "read", _getter(sort)),
        Operation(f"POST /{path}", "write", _maker(sort, known, needed)),
        Operation(f"PATCH /{path}/{{id}}", "write", _changer(sort, known)),
        Operation(f"DELETE /{path}/{{id}}", "write", _remover(sort, holding)),
    )


def _shared(path: str, sort: str) -> tuple[Operation, ...]:
    listed, add, remove = _sharing(sort)
    return (
        Operation(f"GET /{path}/{{id}}/availability", "read", listed),
        Operation(f"PUT /{path}/{{id}}/availability/{{element}}", "write", add),
        Operation(f"DELETE /{path}/{{id}}/availability/{{element}}", "write", remove),
    )


OPERATIONS = (
    Operation("GET /tenant", "read", tell_account),
    *_table(
        "organizations",
        "organizations",
        ORGANIZATION,
        ("code", "name"),
        ("organizations", "parent_id"),
        ("providers", "organization_id"),
        ("links", "organization_id"),
    ),
    *_table(
        "lti-providers", "providers", PROVIDER, ("name", "lti_key", "lti_secret"), ("links", "provider_id")
    ),
    *_shared("lti-providers", "providers"),
    *_table("lti-resource-links", "links", LINK, ("name", "provider_id", "resource_link_url")),
    *_shared("lti-resource-links", "links"),
)
VENDOR = Vendor("/tms/api", OPERATIONS, open_door(knows), refuse_plainly)
SETTINGS = {"base_url": "/tms/api", "token": TOKEN}
