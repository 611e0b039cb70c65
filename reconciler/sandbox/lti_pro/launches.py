"""LTI 1.1 launches of LTI Pro: a known key's signature, fresh, used once, from an approved domain."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json
from reconciler.sandbox.forms import render_page
from reconciler.sandbox.lti_pro.operations import find_credential
from reconciler.sandbox.lti_pro.provisioning import is_instructor, settle_account
from reconciler.sandbox.lti_pro.refusals import no_launch
from reconciler.sandbox.lti_pro.signature import is_fresh, read_clocks
from reconciler.sandbox.oauth1 import METHOD, SIGNATURE, sign

NEEDED: Mapping[str, str] = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "resource_link_id": "",
    "oauth_consumer_key": "",
    "oauth_signature_method": METHOD,
    "oauth_timestamp": "",
    "oauth_nonce": "",
    "oauth_version": "1.0",
    "oauth_callback": "about:blank",
    SIGNATURE: "",
}
"""What every launch carries, with the one value it may have where there is only one (LTI 1.1 guide)."""


def launch(call: Call) -> Answer:
    """Let a person in; what their launch makes of their account stands on the page."""
    told = dict(call.body)
    _check_parameters(call, told)
    credential = _check_signature(call, told)
    _check_domain(credential, told)
    role = "Instructor" if is_instructor(credential, told) else "Student"
    account = settle_account(call, credential, told)
    return render_page("LTI Pro", told.get("context_title", ""), f"Role: {role}", *account)


def _check_parameters(call: Call, told: Mapping[str, str]) -> None:
    if len(told) != len(call.body) or told.keys() & call.query.keys() or len(call.query) != len(call.sent):
        raise no_launch("A parameter was sent twice.")
    for name, only in NEEDED.items():
        if not told.get(name):
            raise no_launch(f"The parameter {name} is missing.")
        if only and told[name] != only:
            raise no_launch(f"The parameter {name} must be {only}.")


def _check_signature(call: Call, told: Mapping[str, str]) -> Json:
    """The credential whose secret made the signature; the nonce is spent by this, and only by this."""
    key, moments = told["oauth_consumer_key"], read_clocks(call.simulation)
    credential = find_credential(call.world, key)
    if credential is None:
        raise no_launch("The consumer key is unknown.")
    if not is_fresh(told["oauth_timestamp"], moments, unknowns.LTI_LAUNCH_WINDOW, unit=1):
        raise no_launch("The timestamp is not of now.")
    address = f"{call.url}?{urlencode(call.sent)}"
    expected = sign(address, call.body, credential["secret"])
    if not hmac.compare_digest(expected.encode(), told[SIGNATURE].encode()):
        raise no_launch("The signature is wrong.")
    nonce = (key, told["oauth_nonce"])
    if nonce in call.simulation.launches.nonces:
        raise no_launch("The nonce was used before.")
    call.simulation.launches.nonces.add(nonce)
    return credential


def _check_domain(credential: Json, told: Mapping[str, str]) -> None:
    address = told.get(unknowns.LTI_RETURN_URL)
    if address is None:
        return
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}".lower() not in map(str.lower, credential["domains"]):
        raise no_launch(f"The domain is not approved: {parts.scheme}://{parts.netloc}.")
