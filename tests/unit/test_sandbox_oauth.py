"""Zoom's tokens: both error shapes, expiry, scopes, revocation, languages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import Rig, said


def test_a_token_names_its_life_and_scopes(rig: Rig) -> None:
    body = rig.ask_token().json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert "user:read:list_users:admin" in body["scope"].split(" ")


def test_parameters_may_come_in_the_query(rig: Rig) -> None:
    params = {"grant_type": "account_credentials", "account_id": "sandbox-account"}
    assert rig.ask_token(data=None, params=params).status_code == 200


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        (
            {"auth": ("sandbox-client", "wrong")},
            {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
        ),
        (
            {"data": {"grant_type": "password", "account_id": "sandbox-account"}},
            {"reason": "unsupported grant type", "error": "unsupported_grant_type"},
        ),
        (
            {"data": {"grant_type": "account_credentials", "account_id": "another"}},
            {"reason": "Bad Request", "error": "invalid_request"},
        ),
    ],
    ids=["client", "grant", "account"],
)
def test_the_token_endpoint_refuses_in_its_own_shape(
    rig: Rig, changed: dict[str, Any], body: dict[str, str]
) -> None:
    answer = rig.ask_token(**changed)
    assert (answer.status_code, answer.json()) == (400, body)


def test_the_token_endpoint_may_fail_without_a_body(rig: Rig) -> None:
    rig.faults(status=[{"operation": "POST /oauth/token", "status": 400, "body": ""}])
    answer = rig.ask_token()
    assert (answer.status_code, answer.content) == (400, b"")
    assert rig.ask_token().status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_a_call_without_a_good_token_is_refused(rig: Rig, header: str) -> None:
    url = rig.sandbox.settings()["zoom"]["base_url"] + "/users"
    answer = rig.client.get(url, headers={"Authorization": header} if header else {})
    assert said(answer) == (401, 124)


def test_tokens_expire_by_the_sandbox_clock(rig: Rig) -> None:
    rig.faults(token_ttl=100)
    assert rig.zoom("GET /users").status_code == 200
    rig.control("clock", {"advance_s": 100})
    assert said(rig.zoom("GET /users")) == (401, 124)


def test_tokens_can_be_ended_once(rig: Rig) -> None:
    assert rig.zoom("GET /users").status_code == 200
    rig.faults(expire_tokens=True)
    assert said(rig.zoom("GET /users")) == (401, 124)
    rig.log_in()
    assert rig.zoom("GET /users").status_code == 200


def test_a_missing_scope_is_named(rig: Rig) -> None:
    rig.faults(scopes=["user:read:list_users:admin"])
    assert rig.zoom("GET /users").status_code == 200
    answer = rig.zoom("GET /groups")
    assert said(answer) == (400, 4711)
    assert "scopes:[group:read:list_groups:admin]" in answer.json()["message"]


@pytest.mark.parametrize("scope", ["group:read:admin", "group:write:admin"])
def test_classic_scopes_serve_too(rig: Rig, scope: str) -> None:
    rig.faults(scopes=[scope])
    assert rig.zoom("GET /groups").status_code == 200
    assert said(rig.zoom("GET /users")) == (400, 4711)


def test_a_token_never_gains_scopes(rig: Rig) -> None:
    rig.faults(scopes=["user:read:list_users:admin"])
    assert rig.zoom("GET /users").status_code == 200
    rig.faults()
    assert said(rig.zoom("GET /groups")) == (400, 4711)
    rig.log_in()
    assert rig.zoom("GET /groups").status_code == 200


def test_revoking_ends_every_token_of_the_account(rig: Rig) -> None:
    rig.log_in()
    other = rig.ask_token().json()["access_token"]
    url = f"{rig.sandbox.origin}/zoom/oauth/revoke"
    answer = rig.client.post(url, data={"token": other}, auth=("sandbox-client", "sandbox-secret"))
    assert answer.json() == {"status": "success"}
    assert said(rig.zoom("GET /users")) == (401, 124)


def test_codes_stay_when_messages_are_french(rig: Rig) -> None:
    english = rig.zoom("GET /users/nobody@example.edu")
    rig.faults(language="fr")
    french = rig.zoom("GET /users/nobody@example.edu")
    assert said(french) == said(english) == (404, 1001)
    assert french.json()["message"] != english.json()["message"]


def test_tokens_are_counted_apart(rig: Rig) -> None:
    rig.ask_token()
    rig.ask_token(auth=("sandbox-client", "wrong"))
    counters = rig.show("counters")
    assert counters["tokens"] == 2
    assert counters["writes"] == counters["reads"] == {}
    assert counters["refused"] == {"POST /oauth/token": 1}
