"""Canvas as a platform of LTI 1.3: the login it begins, its answer to the tool, its keys (Canvas source)."""

from __future__ import annotations

from datetime import datetime

from reconciler.sandbox.calls import Answer, Call, Json, Operation
from reconciler.sandbox.canvas.errors import BrowserRefusal
from reconciler.sandbox.canvas.launches import HOST, course_address
from reconciler.sandbox.canvas.store import Canvas
from reconciler.sandbox.forms import render_form
from reconciler.sandbox.simulation import Simulation

ISSUER = "https://canvas.instructure.com"
"""The issuer of every Canvas that Instructure hosts, whatever its own address (LTI launch overview)."""
SIGNER = "canvas"
JWKS_PATH = "/canvas/api/lti/security/jwks"
LIFETIME_S = 3600
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
NEEDED = (
    *("client_id", "login_hint", "lti_message_hint", "nonce", "prompt"),
    *("redirect_uri", "response_mode", "response_type", "scope"),
)
FIXED = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
_LIS = "http://purl.imsglobal.org/vocab/lis/v2"
ROLES = {
    "teacher": (f"{_LIS}/membership#Instructor",),
    "ta": (f"{_LIS}/membership#Instructor", f"{_LIS}/membership/Instructor#TeachingAssistant"),
    "student": (f"{_LIS}/membership#Learner",),
    "designer": (f"{_LIS}/membership#ContentDeveloper",),
    "observer": (f"{_LIS}/membership#Mentor",),
    "account_admin": (f"{_LIS}/institution/person#Administrator",),
    "none": (f"{_LIS}/system/person#None",),
}
"""What Canvas sends as roles, by how somebody is enrolled (Canvas source, lti_role, canvas_roles)."""


def begin(simulation: Simulation, row: Json, course: Json, user: Json, role: str) -> Json:
    """What a browser would take to the tool when somebody opens it: address and parameters of the login.

    The launch is made now, and waits for the tool to ask for it. Raises ValueError for a role nobody has,
    and where the registration is deployed nowhere.
    """
    site, now = simulation.world.canvas, simulation.now()
    if role not in ROLES:
        raise ValueError(f"role is one of {', '.join(ROLES)}")
    deployment = next((one for one in site.deployments if one["registration_id"] == row["id"]), None)
    if deployment is None:
        raise ValueError(f"the registration {row['name']!r} has no deployment")
    claims = _claim(site, row, deployment, course, user, now)
    claims[f"{CLAIM}roles"] = list(ROLES[role])
    kept = {"client": claims["aud"], "person": claims["sub"], "claims": claims}
    return {
        "initiation_url": row["configuration"]["oidc_initiation_url"],
        "parameters": {
            "iss": ISSUER,
            "login_hint": claims["sub"],
            "client_id": claims["aud"],
            "lti_deployment_id": deployment["deployment_id"],
            "target_link_uri": claims[f"{CLAIM}target_link_uri"],
            "lti_message_hint": simulation.launches.begun.give(kept, now),
        },
    }


def _claim(site: Canvas, row: Json, deployment: Json, course: Json, user: Json, now: datetime) -> Json:
    configuration, context = row["configuration"], course["lti_context_id"]
    client = str(row["developer_key_id"])
    return {
        "iss": ISSUER,
        "aud": client,
        "azp": client,
        "sub": site.opaque("user", user["id"]),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + LIFETIME_S,
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": deployment["deployment_id"],
        f"{CLAIM}target_link_uri": configuration["target_link_uri"],
        f"{CLAIM}resource_link": {"id": context, "title": course["name"]},
        f"{CLAIM}context": {
            "id": context,
            "label": course["course_code"],
            "title": course["name"],
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        f"{CLAIM}tool_platform": {
            "guid": f"{site.opaque('account', 1)}.{HOST}",
            "name": site.account["name"],
            "product_family_code": "canvas",
        },
        f"{CLAIM}launch_presentation": {"locale": "en", "return_url": course_address(course)},
        f"{CLAIM}custom": configuration.get("custom_fields") or {},
        **_personal(configuration.get("privacy_level", "anonymous"), user),
    }


def _personal(privacy: str, user: Json) -> dict[str, str]:
    named = {"name": user["name"]} if privacy in ("public", "name_only") else {}
    return named | ({"email": user["email"] or ""} if privacy in ("public", "email_only") else {})


def authorize(call: Call) -> Answer:
    """Post the launch to the tool that asks for it, or what is wrong with its request.

    Nothing is posted to an address that is not registered.
    """
    told, site, launches = call.query, call.world.canvas, call.simulation.launches
    row = next(
        (one for one in site.registrations if str(one["developer_key_id"]) == told.get("client_id")), None
    )
    target = told.get("redirect_uri", "")
    if row is None or target not in row["configuration"]["redirect_uris"]:
        raise BrowserRefusal(Answer(400, {"status": "bad_request", "message": "Invalid redirect_uri"}))
    state = {"state": told["state"]} if "state" in told else {}
    begun = launches.begun.see(told.get("lti_message_hint", ""), call.now)
    fault = _find_fault(told, row, begun)
    if begun is None or fault[0]:
        error = {"error": fault[0], "error_description": fault[1]}
        raise BrowserRefusal(render_form("Canvas", target, error | state))
    launches.begun.take(told["lti_message_hint"], call.now)
    claims = {**begun["claims"], "nonce": told["nonce"]}
    return render_form("Canvas", target, {"id_token": call.simulation.keys.sign(SIGNER, claims)} | state)


def _find_fault(told: dict[str, str], row: Json, begun: Json | None) -> tuple[str, str]:
    """The error a tool is told, with its words; empty for none (Canvas source, authentication_controller)."""
    if missing := [name for name in NEEDED if not told.get(name)]:
        return "invalid_request_object", f"The following parameters are missing: {','.join(missing)}"
    for name, only in FIXED.items():
        if told[name] != only:
            return "invalid_request_object", f"The '{name}' must be '{only}'"
    if row["binding"] != "on":
        return "unauthorized_client", "Client not authorized in requested context"
    if begun is None or begun["client"] != told["client_id"]:
        return "launch_no_longer_valid", "The launch has either expired or already been consumed"
    if begun["person"] != told["login_hint"]:
        return "login_required", "Must have an active user session"
    return "", ""


def show_keys(call: Call) -> Answer:
    """The keys Canvas signs with."""
    keys = call.simulation.keys.publish(SIGNER)
    return Answer(body=keys, headers={"Cache-Control": "max-age=864000"})


PAGES = (
    Operation("GET /api/lti/authorize_redirect", "read", authorize),
    Operation("POST /api/lti/authorize_redirect", "read", authorize),
    Operation("GET /api/lti/security/jwks", "read", show_keys),
)
