"""LTI 1.3 end to end: Canvas begins, LTI Pro asks, Canvas vouches; and what each of them refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from reconciler.sandbox.keys import read_token
from reconciler.sandbox.lti_pro.advantage import find_fault
from tests.unit.launch_rig import CLAIM, Campus, campus, lti, read_page

__all__ = ["campus", "lti"]


@pytest.fixture
def oidc(campus: Campus) -> Campus:
    campus.register()
    return campus


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_goes_all_the_way(oidc: Campus, method: str) -> None:
    told = oidc.begin()
    answer = oidc.log_in(told, method)
    assert (answer.status_code, answer.content) == (302, b"")
    address, _, query = answer.headers["location"].partition("?")
    asked = dict(parse_qsl(query, strict_parsing=True))
    assert address == f"{oidc.canvas}/api/lti/authorize_redirect"
    fixed = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    assert fixed.items() <= asked.items()
    assert (asked["login_hint"], asked["lti_message_hint"]) == (told["login_hint"], told["lti_message_hint"])
    by = {"params": asked} if method == "GET" else {"data": asked}
    action, fields = read_page(oidc.rig.client.request(method, address, **by))  # type: ignore[arg-type]
    assert (action, sorted(fields)) == (asked["redirect_uri"], ["id_token", "state"])
    keys = oidc.rig.client.get(f"{oidc.canvas}/api/lti/security/jwks").json()
    assert not any("d" in key for key in keys["keys"]), "private parts stay at home"
    claims = jwt.decode(fields["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"]) == ("https://canvas.instructure.com", oidc.client_id)
    assert (claims["nonce"], claims["email"]) == (asked["nonce"], "owner@example.edu")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims[f"{CLAIM}context"]["id"] == oidc.course["lti_context_id"]
    assert claims[f"{CLAIM}roles"][1].endswith("/membership/Instructor#TeachingAssistant")
    page = oidc.post(fields)
    assert (page.status_code, "R&amp;D &quot;101&quot;" in page.text) == (200, True)
    assert oidc.post(fields).status_code == 401, "the state is spent"
    assert "POST /lti/advantage/launch" not in oidc.rig.show("counters")["writes"]


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example.edu"},
        {"client_id": "unknown"},
        {"lti_deployment_id": "1:unknown"},
        {"target_link_uri": "https://elsewhere.example.edu/launch"},
        {"iss": ""},
        {"client_id": ""},
        {"login_hint": ""},
        {"target_link_uri": ""},
    ],
)
def test_a_login_that_is_not_right_is_refused(oidc: Campus, changed: dict[str, str]) -> None:
    assert oidc.log_in(oidc.begin() | changed).status_code == 401
    bare = oidc.begin()
    del bare["lti_deployment_id"]
    assert oidc.log_in(bare).status_code == 302


@pytest.mark.parametrize("changed", [{"redirect_uri": "https://evil.example/"}, {"client_id": "1"}])
def test_canvas_posts_to_registered_addresses_only(oidc: Campus, changed: dict[str, str]) -> None:
    answer = oidc.authorize(**changed)
    assert (answer.status_code, answer.json()["status"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "code"}, "invalid_request_object"),
        ({"response_mode": "query"}, "invalid_request_object"),
        ({"scope": "profile"}, "invalid_request_object"),
        ({"prompt": "login"}, "invalid_request_object"),
        ({"nonce": None}, "invalid_request_object"),
        ({"login_hint": "somebody-else"}, "login_required"),
        ({"lti_message_hint": "made-up"}, "launch_no_longer_valid"),
    ],
)
def test_canvas_tells_the_tool_what_is_wrong(oidc: Campus, changed: dict[str, Any], error: str) -> None:
    action, fields = read_page(oidc.authorize(**changed))
    assert (action, fields["error"]) == (f"{oidc.tool}/advantage/launch", error)
    assert "id_token" not in fields
    assert oidc.post(fields).status_code == 401


def test_a_registration_that_is_off_vouches_for_nobody(oidc: Campus) -> None:
    path = f"/accounts/self/lti_registrations/{oidc.registration['id']}"
    oidc.ask(f"PUT {path}", {"workflow_state": "off"})
    assert read_page(oidc.authorize())[1]["error"] == "unauthorized_client"


def test_what_canvas_began_is_asked_for_once_and_in_time(oidc: Campus) -> None:
    asked = dict(parse_qsl(urlsplit(oidc.log_in(oidc.begin()).headers["location"]).query))
    address = f"{oidc.canvas}/api/lti/authorize_redirect"
    answers = [read_page(oidc.rig.client.get(address, params=asked))[1] for _ in range(2)]
    assert ["error" in fields for fields in answers] == [False, True]
    told = oidc.begin()
    oidc.rig.control("clock", {"advance_s": 301})
    asked = dict(parse_qsl(urlsplit(oidc.log_in(told).headers["location"]).query))
    assert "error" in read_page(oidc.rig.client.get(address, params=asked))[1]


def test_a_token_answers_one_login_unchanged_and_soon(oidc: Campus) -> None:
    first, second, third, fourth = (read_page(oidc.authorize())[1] for _ in range(4))
    assert oidc.post(first | {"state": second["state"]}).status_code == 401, "another login's nonce"
    head, body, signature = third["id_token"].split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert oidc.post(third | {"id_token": f"{head}.{body}.{flipped}"}).status_code == 401
    assert oidc.post(first | {"state": "made-up"}).status_code == 401
    oidc.rig.control("clock", {"advance_s": 301})
    assert oidc.post(fourth).status_code == 401, "too old"


def test_keys_out_of_reach_and_no_form_let_nobody_in(oidc: Campus) -> None:
    told = {"issuer": "https://lms.example", "client_id": "c", "deployment_id": "1"}
    urls = {"authorization_url": "https://lms.example/auth?a=b", "jwks_url": "https://lms.example/jwks"}
    oidc.rig.console("register_lti13_platform", **told, **urls)
    oidc.rig.console("register_lti13_platform", **told, **urls)
    assert len(oidc.rig.show("state")["lti"]["platforms"]) == 2
    asked = {"iss": "https://lms.example", "client_id": "c", "login_hint": "h"}
    answer = oidc.log_in(asked | {"target_link_uri": f"{oidc.tool}/advantage/launch"})
    assert answer.headers["location"].startswith("https://lms.example/auth?a=b&scope=openid&")
    state = dict(parse_qsl(answer.headers["location"]))["state"]
    assert oidc.post({"state": state, "id_token": "x"}).status_code == 401
    assert oidc.rig.client.post(f"{oidc.tool}/advantage/launch", json={}).status_code == 401
    assert oidc.rig.client.post(f"{oidc.canvas}/api/lti/authorize_redirect", json={}).status_code == 415
    keys = oidc.rig.client.get(f"{oidc.tool}/advantage/jwks").json()["keys"]
    assert [(key["alg"], "d" in key) for key in keys] == [("RS256", False)]


@pytest.mark.parametrize(
    "order",
    [
        {"do": "register_lti13_platform", "authorization_url": "lms.example"},
        {"do": "register_lti13_platform", "client_id": ""},
        {"do": "begin_lti13_launch", "role": "dean"},
        {"do": "begin_lti13_launch", "registration": "unknown"},
    ],
)
def test_orders_that_make_no_sense_are_refused(oidc: Campus, order: dict[str, str]) -> None:
    url = "https://lms.example/x"
    told: dict[str, Any] = {"registration": oidc.client_id, "course": 1042, "user": 2}
    if order["do"] == "register_lti13_platform":
        told = {
            "issuer": url,
            "client_id": "c",
            "deployment_id": "1",
            "authorization_url": url,
            "jwks_url": url,
        }
    answer = oidc.rig.client.post(f"{oidc.rig.sandbox.origin}/_control/console", json=told | order)
    assert answer.status_code == 400


BEGUN = {"issuer": "https://lms", "client": "c-1", "nonce": "n", "target": "https://tool/launch"}
MOMENT = datetime(2026, 9, 1, 12, tzinfo=UTC)
CLAIMS: dict[str, Any] = {
    "iss": "https://lms",
    "aud": "c-1",
    "sub": "person",
    "nonce": "n",
    "iat": int(MOMENT.timestamp()),
    "exp": int(MOMENT.timestamp()) + 60,
    f"{CLAIM}message_type": "LtiResourceLinkRequest",
    f"{CLAIM}version": "1.3.0",
    f"{CLAIM}deployment_id": "1:a",
    f"{CLAIM}target_link_uri": "https://tool/launch",
    f"{CLAIM}resource_link": {"id": "1"},
    f"{CLAIM}roles": [],
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, ""),
        ({"aud": ["c-1", "c-2"], "azp": "c-1"}, ""),
        ({"aud": ["c-1"]}, ""),
        ({"iss": "https://other"}, "iss"),
        ({"aud": "c-2"}, "aud"),
        ({"aud": ["c-1", "c-2"]}, "aud"),
        ({"azp": "c-2"}, "aud"),
        ({"exp": CLAIMS["iat"]}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": CLAIMS["iat"] - 301}, "iat"),
        ({"iat": CLAIMS["iat"] + 61}, "iat"),
        ({"iat": True}, "iat"),
        ({"nonce": "m"}, "nonce"),
        ({"sub": ""}, "sub"),
        ({f"{CLAIM}message_type": "LtiDeepLinkingRequest"}, "message_type"),
        ({f"{CLAIM}version": "1.3"}, "version"),
        ({f"{CLAIM}deployment_id": "2:b"}, "deployment_id"),
        ({f"{CLAIM}target_link_uri": "https://tool/other"}, "target_link_uri"),
        ({f"{CLAIM}resource_link": {}}, "resource_link"),
        ({f"{CLAIM}roles": "Instructor"}, "roles"),
    ],
)
def test_each_claim_is_looked_at(changed: dict[str, Any], named: str) -> None:
    fault = find_fault(CLAIMS | changed, BEGUN, ["1:a"], [MOMENT])
    assert named in fault
    assert bool(named) is bool(fault)


def test_a_token_by_another_algorithm_or_key_proves_nothing() -> None:
    key, other = (RSAKey.generate_key(2048, {"kid": name}) for name in ("a", "b"))
    published: Any = {"keys": [key.as_dict(private=False)]}
    header = {"alg": "RS256", "kid": "a"}
    assert read_token(jwt.encode(header, {"a": 1}, key), published) == {"a": 1}
    assert read_token(jwt.encode(header, {"a": 1}, other), published) is None
    longer = jwt.encode({"alg": "RS512", "kid": "a"}, {"a": 1}, key, algorithms=["RS512"])
    assert read_token(longer, published) is None
    assert read_token("eyJhbGciOiJub25lIn0.e30.", published) is None
    assert read_token("no token", published) is None
