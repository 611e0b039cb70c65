"""LTI 1.3 launches of LTI Pro: a login that a platform begins, and the token it posts (1EdTech security)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json
from reconciler.sandbox.canvas.platform import CLAIM, JWKS_PATH
from reconciler.sandbox.canvas.platform import SIGNER as CANVAS
from reconciler.sandbox.forms import render_page
from reconciler.sandbox.keys import read_token
from reconciler.sandbox.lti_pro.refusals import no_launch
from reconciler.sandbox.lti_pro.signature import read_clocks
from reconciler.sandbox.simulation import Simulation

if TYPE_CHECKING:
    from joserfc.jwk import KeySetSerialization

SIGNER = "lti_pro"
LOGIN, LAUNCH = "/lti/lti/advantage/login", "/lti/lti/advantage/launch"
TITLE = "LTI Pro"


def begin_login(call: Call) -> Answer:
    """Send the browser on to the platform, with a state and a nonce of this login."""
    told = dict(call.body)
    for name in ("iss", "login_hint", "target_link_uri", "client_id"):
        if not told.get(name):
            raise no_launch(f"The parameter {name} is missing.")
    known = _find_platforms(call, told["iss"], told["client_id"])
    deployment = told.get("lti_deployment_id")
    platforms = [one for one in known if deployment in (None, one["deployment_id"])]
    if not platforms:
        raise no_launch("The platform, its client or its deployment is unknown.")
    home = call.url.removesuffix(LOGIN)
    if not told["target_link_uri"].startswith(f"{home}/lti/lti/"):
        raise no_launch("The target does not lie here.")
    nonce = secrets.token_urlsafe(24)
    kept = {"issuer": told["iss"], "client": told["client_id"], "nonce": nonce}
    kept |= {"target": told["target_link_uri"], "jwks_url": platforms[0]["jwks_url"]}
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": told["client_id"],
        "redirect_uri": home + LAUNCH,
        "login_hint": told["login_hint"],
        "state": call.simulation.launches.states.give(kept, call.now),
        "nonce": nonce,
    }
    asked |= {name: told[name] for name in ("lti_message_hint",) if told.get(name)}
    address: str = platforms[0]["authorization_url"]
    return Answer(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"})


def show_keys(call: Call) -> Answer:
    """The keys this tool signs with."""
    return Answer(body=call.simulation.keys.publish(SIGNER))


def launch(call: Call) -> Answer:
    """Let a person in whose platform vouches for them; the state is spent by this, whatever comes of it."""
    told = dict(call.body)
    begun = call.simulation.launches.states.take(told.get("state", ""), call.now)
    if begun is None:
        raise no_launch("The state was not given out, is spent or too old.")
    if "error" in told:
        raise no_launch(f"The platform refused: {told['error']} {told.get('error_description', '')}")
    deployments = [one["deployment_id"] for one in _find_platforms(call, begun["issuer"], begun["client"])]
    claims = read_token(told.get("id_token", ""), _fetch_keys(call.simulation, begun["jwks_url"]))
    if claims is None:
        raise no_launch("The token is not signed by the platform.")
    if fault := find_fault(claims, begun, deployments, read_clocks(call.simulation)):
        raise no_launch(fault)
    context = claims.get(f"{CLAIM}context")
    title = context.get("title") if isinstance(context, dict) else ""
    return render_page(TITLE, str(title or ""), f"Person: {claims['sub']}")


def find_fault(claims: Json, begun: Json, deployments: Collection[str], moments: Iterable[datetime]) -> str:
    """What is wrong with a signed token as the answer to this login; "" where nothing is (LTI 1.3, 5.3)."""
    link = claims.get(f"{CLAIM}resource_link")
    right = {
        "iss": claims.get("iss") == begun["issuer"],
        "aud": _is_meant(claims, begun["client"]),
        "exp or iat": any(_is_current(claims, moment) for moment in moments),
        "nonce": claims.get("nonce") == begun["nonce"],
        "sub": isinstance(claims.get("sub"), str) and claims["sub"] != "",
        "message_type": claims.get(f"{CLAIM}message_type") == "LtiResourceLinkRequest",
        "version": claims.get(f"{CLAIM}version") == "1.3.0",
        "deployment_id": claims.get(f"{CLAIM}deployment_id") in deployments,
        "target_link_uri": claims.get(f"{CLAIM}target_link_uri") == begun["target"],
        "resource_link": isinstance(link, dict) and bool(link.get("id")),
        "roles": isinstance(claims.get(f"{CLAIM}roles"), list),
    }
    return next((f"The token's {name} is wrong." for name, good in right.items() if not good), "")


def _is_meant(claims: Json, client: str) -> bool:
    audience: Any = claims.get("aud")
    if isinstance(audience, list) and len(audience) > 1:
        return client in audience and claims.get("azp") == client
    return audience in (client, [client]) and claims.get("azp", client) == client


def _is_current(claims: Json, moment: datetime) -> bool:
    made, over = claims.get("iat"), claims.get("exp")
    if type(made) is not int or type(over) is not int:
        return False
    age = moment.timestamp() - made
    skew, window = unknowns.LTI_CLOCK_SKEW.total_seconds(), unknowns.LTI_LAUNCH_WINDOW.total_seconds()
    return -skew <= age <= window and moment.timestamp() < over


def _fetch_keys(simulation: Simulation, url: str) -> KeySetSerialization:
    """A platform's key set. Only the simulated Canvas is within reach: no request leaves the sandbox."""
    if urlsplit(url).path != JWKS_PATH:
        raise no_launch("The platform's keys cannot be fetched.")
    return simulation.keys.publish(CANVAS)


def _find_platforms(call: Call, issuer: str, client: str) -> list[Json]:
    """Every deployment of this platform's client."""
    return [one for one in call.world.lti.platforms if (one["issuer"], one["client_id"]) == (issuer, client)]
