"""LTI 1.3: registrations and deployments, each behind a feature flag (Canvas API documentation; a beta)."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.canvas.errors import absent, faulty
from reconciler.sandbox.canvas.pages import PAGING, cut
from reconciler.sandbox.canvas.store import Canvas, find
from reconciler.sandbox.clock import zulu

REGISTRATIONS, DEPLOYMENTS = "lti_registrations_page", "lti_registrations_next"
TEXTS = ("name", "admin_nickname", "vendor", "description")
NAMES = frozenset((*TEXTS, "configuration", "workflow_state"))
FIXED = frozenset({"vendor"})
CONFIGURATION = frozenset(
    {
        *("title", "description", "target_link_uri", "domain", "tool_id", "privacy_level", "custom_fields"),
        *("oidc_initiation_url", "oidc_initiation_urls", "public_jwk", "public_jwk_url", "redirect_uris"),
        *("scopes", "placements", "launch_settings"),
    }
)
NEEDED = ("title", "target_link_uri", "oidc_initiation_url", "redirect_uris", "scopes", "placements")
PER_PAGE = 15
MOST_BYTES = 2048


def list_registrations(call: Call) -> Answer:
    """Own ones and inherited ones, wrapped and counted, unlike other lists."""
    rows = call.world.canvas.registrations
    answer = cut(call, rows, lambda row: _show(row, ("account_binding",)), PER_PAGE)
    total = len(rows) + call.simulation.faults.short_total.get(call.operation.name, 0)
    return Answer(body={"total": total, "data": answer.body}, headers=answer.headers)


def show_registration(call: Call) -> Answer:
    """One, with what is asked to be included."""
    return Answer(body=_show(_find(call), call.query.get("include[]", "").split(",")))


def create_registration(call: Call) -> Answer:
    """Registration, configuration, developer key and binding at once; off unless told otherwise."""
    _check(call.sent, new=True)
    site, body = call.world.canvas, call.body
    row: Json = dict.fromkeys(TEXTS) | {
        "id": site.mint(),
        "developer_key_id": site.mint(),
        "configuration": {},
        "binding": "off",
        "inherited": False,
        "lti_version": "1.3",
        "dynamic_registration": False,
        "created_at": zulu(call.now),
    }
    _write(row, body)
    row["name"] = row["name"] or row["configuration"].get("title") or ""
    site.registrations.append(row)
    return Answer(body=_show(row, ("account_binding", "configuration")))


def update_registration(call: Call) -> Answer:
    """Only what is named; a configuration is replaced whole."""
    row = _find(call)
    _check(call.sent, new=False)
    if row["dynamic_registration"] and "configuration" in call.sent:
        raise Refusal(422, "", "The configuration of a dynamic registration cannot be changed.")
    _write(row, call.body)
    return Answer(body=_show(row, ("account_binding", "configuration")))


def delete_registration(call: Call) -> Answer:
    """Take one away, with its deployments."""
    row = _find(call)
    take_away(call.world.canvas, row)
    call.world.bury(
        "canvas registration", str(row["id"]), row["name"], how="delete", by="api", at=zulu(call.now)
    )
    return Answer(body=_show(row, ()) | {"workflow_state": "deleted"})


def take_away(site: Canvas, row: Json) -> None:
    """Remove a registration and what it deployed."""
    site.registrations.remove(row)
    site.deployments = [one for one in site.deployments if one["registration_id"] != row["id"]]


def list_deployments(call: Call) -> Answer:
    """Active ones of a registration in this account; a plain list without pages."""
    row = _find(call)
    rows = [one for one in call.world.canvas.deployments if one["registration_id"] == row["id"]]
    return Answer(body=rows)


def create_deployment(call: Call) -> Answer:
    """One more deployment: there may be several."""
    row, site = _find(call), call.world.canvas
    number = site.mint()
    made: Json = {
        "id": number,
        "registration_id": row["id"],
        "deployment_id": f"{number}:{site.opaque('account', 1)}",
        "context_id": 1,
        "context_type": "Account",
        "context_name": site.account["name"],
        "workflow_state": "active",
        "context_controls": [],
    }
    site.deployments.append(made)
    return Answer(body=made)


def delete_deployment(call: Call) -> Answer:
    """Take one away."""
    made = find(call.world.canvas.deployments, call.path["deployment"])
    if made is None:
        raise absent()
    call.world.canvas.deployments.remove(made)
    return Answer(body={"message": "LTI deployment deleted"})


def _write(row: Json, body: Json) -> None:
    for name in TEXTS:
        if name in body:
            row[name] = body[name] or None
    if "configuration" in body:
        row["configuration"] = body["configuration"]
    if "workflow_state" in body:
        row["binding"] = body["workflow_state"]


def _check(body: Any, *, new: bool) -> None:
    if not isinstance(body, dict) or (new and "configuration" not in body):
        raise faulty("configuration", "missing", "is required")
    if unknown := sorted(body.keys() - (NAMES if new else NAMES - FIXED)):
        raise faulty(unknown[0], "unknown", unknowns.CANVAS_UNKNOWN)
    if len((body.get("description") or "").encode()) > MOST_BYTES:
        raise faulty("description", "too_long", f"is over {MOST_BYTES} bytes")
    if body.get("workflow_state", "on") not in ("on", "off"):
        raise faulty("workflow_state", "invalid_workflow_state", "must be one of 'on' or 'off'")
    configuration = body.get("configuration")
    if configuration is None:
        return
    if unknown := sorted(configuration.keys() - CONFIGURATION):
        raise faulty(unknown[0], "unknown", unknowns.CANVAS_UNKNOWN)
    for name in NEEDED:
        if configuration.get(name) is None:
            raise faulty(name, "missing", "is required")
    if not all(one.get("placement") for one in configuration["placements"]):
        raise faulty("placements", "invalid", "each names a placement")


def _find(call: Call) -> Json:
    row = find(call.world.canvas.registrations, call.path["registration"])
    if row is None:
        raise absent()
    return row


def _show(row: Json, includes: Any) -> Json:
    shown = {name: value for name, value in row.items() if name not in ("configuration", "binding")}
    shown |= {"account_id": 1, "root_account_id": 1, "workflow_state": "active", "internal_service": False}
    if "account_binding" in includes:
        shown["account_binding"] = {"workflow_state": row["binding"], "account_id": 1}
    if "configuration" in includes:
        usual = {"privacy_level": "anonymous", "custom_fields": {}, "launch_settings": {}}
        shown["configuration"] = usual | row["configuration"]
    return shown


_ALL = "/api/v1/accounts/{account}/lti_registrations"
_ONE = _ALL + "/{registration}"
_MADE = _ONE + "/deployments"
_FIRST, _SECOND = ("registrations", REGISTRATIONS), ("registrations", DEPLOYMENTS)
_INCLUDE = frozenset({"include[]"})
OPERATIONS = (
    Operation(f"GET {_ALL}", "read", list_registrations, scopes=_FIRST, query=PAGING | _INCLUDE),
    Operation(f"GET {_ONE}", "read", show_registration, scopes=_FIRST, query=_INCLUDE),
    Operation(f"POST {_ALL}", "write", create_registration, scopes=_FIRST),
    Operation(f"PUT {_ONE}", "write", update_registration, scopes=_FIRST),
    Operation(f"DELETE {_ONE}", "write", delete_registration, scopes=_FIRST),
    Operation(f"GET {_MADE}", "read", list_deployments, scopes=_SECOND, query=PAGING),
    Operation(f"POST {_MADE}", "write", create_deployment, scopes=_SECOND),
    Operation(f"DELETE {_MADE}/{{deployment}}", "write", delete_deployment, scopes=_SECOND),
)
