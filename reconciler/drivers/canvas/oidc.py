"""What an LTI 1.3 tool shows of itself: the keys it publishes, and where it sends a login of Canvas's."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from reconciler.drivers.base import origin_of
from reconciler.drivers.launch import UNSETTLED, Finding
from reconciler.drivers.operations import Answer, quote_vendor
from reconciler.errors import OriginRefused
from reconciler.model.objects import Health

ISSUER = "https://canvas.instructure.com"
"""What every Canvas that Instructure hosts calls itself (Canvas developer documentation, Launch Overview)."""
AUTHORIZE = "/api/lti/authorize_redirect"
HOSTED: Mapping[str, str] = {
    ISSUER: "https://sso.canvaslms.com",
    "https://canvas.beta.instructure.com": "https://sso.beta.canvaslms.com",
    "https://canvas.test.instructure.com": "https://sso.test.canvaslms.com",
}
"""Where tools of a hosted Canvas send logins, by its issuer (the same page; the former address is that of
canvas.instructure.com). Each account has a host below instructure.com; whether it takes logins is not said,
and no tool is called broken for going there."""
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JSON Web Key that nobody but its owner may have (RFC 7518, section 6)."""
FIXED: Mapping[str, str] = {"response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
"""What a login asks for in LTI 1.3 (1EdTech Security Framework 1.0, section 5.1.1.2)."""


def judge_keys(answer: Answer) -> Finding:
    """Whether there is a public key to check signatures by, and no private one."""
    if answer.status >= 500 or answer.status in UNSETTLED or 300 <= answer.status < 400:
        return Health.UNPROBED, f"its jwks_url answered {answer.status}, which tells nothing of its keys"
    if answer.status != 200:
        return Health.BROKEN, f"its jwks_url answered {answer.status}"
    try:
        keys = orjson.loads(answer.text)["keys"]
        usable = [key for key in keys if _can_verify(key)]
        exposed = any(PRIVATE.intersection(key) for key in keys)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Health.BROKEN, "its jwks_url answered no JSON Web Key Set"
    if exposed:
        return Health.BROKEN, "its jwks_url shows a private key to everybody; the tool needs another one"
    if not usable:
        return Health.BROKEN, "its jwks_url has no public key for signatures"
    return Health.WORKING, "its keys are published"


def _can_verify(key: Mapping[str, Any]) -> bool:
    """Whether it is a whole key that LTI can sign with; others may stand beside it (RFC 7517, section 5)."""
    from joserfc.errors import JoseError  # loads for longer than most plans take to read a file
    from joserfc.jwk import JWKRegistry

    if key.get("kty") not in ("RSA", "EC", "OKP") or key.get("use", "sig") != "sig":
        return False
    if "verify" not in key.get("key_ops", ["verify"]):
        return False
    try:
        JWKRegistry.import_key(dict(key))
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return True


def begin_login(issuer: str, client_id: str, target: str, deployment: str) -> dict[str, str]:
    """What Canvas sends to a tool's login address; its hints stand for no person and no launch there is."""
    told = {
        "iss": issuer,
        "login_hint": secrets.token_hex(20),
        "client_id": client_id,
        "target_link_uri": target,
        "lti_message_hint": secrets.token_hex(20),
    }
    return {**told, "lti_deployment_id": deployment} if deployment else told


def judge_login(
    answer: Answer, told: Mapping[str, str], base_url: str, redirect_urls: Collection[str]
) -> Finding:
    """Whether the tool sends a login on to the Canvas at `base_url`, and asks there for what LTI 1.3 demands.

    A tool may as well show a page that posts the same: what a browser makes of one is not known here.
    """
    if 400 <= answer.status < 500 and answer.status not in UNSETTLED | {405}:
        why = (
            f"its login_url answered {answer.status} to a login of {told['iss']}, client {told['client_id']}"
        )
        return Health.BROKEN, f"{why}; the tool has to know both (`issuer` is a setting of the target)"
    if answer.status not in (302, 303):
        return Health.UNPROBED, f"its login_url answered {answer.status}, which tells nothing of a login"
    location = str(answer.headers.get("location", ""))
    try:
        origin, parts = origin_of(location), urlsplit(location)
    except (OriginRefused, ValueError):
        return Health.BROKEN, "its login_url leads to no whole web address by https"
    if not _takes_logins(origin, parts.path, told["iss"], base_url):
        where = quote_vendor(f"{origin}{parts.path}")
        return Health.BROKEN, f"its login_url leads to {where}, where this Canvas takes no logins"
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if wrong := _find_wrong(asked, told, redirect_urls):
        return Health.BROKEN, f"the login that its login_url begins is wrong in {', '.join(wrong)}"
    return Health.WORKING, "the tool begins a login as Canvas takes it"


def _takes_logins(origin: str, path: str, issuer: str, base_url: str) -> bool:
    """Whether it is the authorization endpoint of this Canvas, by its own address or as it is hosted."""
    if issuer in HOSTED and path == AUTHORIZE and origin.endswith(".instructure.com"):
        return True
    homes = {base_url, issuer, HOSTED.get(issuer, issuer)}
    return f"{origin}{path}" in {f"{home.rstrip('/')}{AUTHORIZE}" for home in homes}


def _find_wrong(
    asked: Mapping[str, str], told: Mapping[str, str], redirect_urls: Collection[str]
) -> list[str]:
    """The parameters of a login that Canvas would turn away."""
    right = {
        **{name: asked.get(name) == value for name, value in FIXED.items()},
        "scope": "openid" in asked.get("scope", "").split(),
        **{name: asked.get(name) == told[name] for name in ("client_id", "login_hint", "lti_message_hint")},
        "redirect_uri": asked.get("redirect_uri") in redirect_urls,
        "state": bool(asked.get("state")),
        "nonce": bool(asked.get("nonce")),
    }
    return sorted(name for name, good in right.items() if not good)
