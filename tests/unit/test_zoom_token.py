"""Tokens, scopes and whose account it is; both error shapes; codes, never messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.operations import Answer
from reconciler.drivers.zoom.api import GET_USER, OPERATIONS
from reconciler.drivers.zoom.codes import ABSENT, PLAIN, Rest, Tokens
from reconciler.drivers.zoom.token import choose_base
from reconciler.errors import Absent, OriginRefused, ReconcilerError, Refused, Unauthorized, Uncertain
from reconciler.model import Scope
from reconciler.resources.base import SecretRef
from tests.unit.driver_rig import Campus, Safe, run_campus

ZOOM = "https://api.zoom.us/v2"


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=3)


def test_whoami_is_the_owners_account(campus: Campus) -> None:
    account = campus.open("zoom").whoami()
    owner = next(user for user in campus.state()["users"] if user["role_id"] == "0")
    assert (account.driver, account.origin) == ("zoom", campus.sandbox.origin)
    assert account.account == campus.sandbox.settings()["zoom"]["account_id"]
    assert account.user_id == owner["id"]


def test_one_token_serves_many_and_an_expired_one_is_renewed(campus: Campus) -> None:
    driver = campus.open("zoom")
    for _ in range(3):
        list(driver.handlers()["user"].read(Scope(())))
    assert driver.requests()["POST /oauth/token"] == 1
    campus.control("faults", {"expire_tokens": True})
    assert len(list(driver.handlers()["user"].read(Scope(())))) == 4
    assert driver.requests()["POST /oauth/token"] == 2


def test_a_token_near_its_end_is_not_used(campus: Campus) -> None:
    driver = campus.open("zoom")
    driver.whoami()
    campus.sleep(3550)
    driver.whoami()
    assert driver.requests()["POST /oauth/token"] == 2


def test_a_missing_scope_is_named_before_the_call(campus: Campus) -> None:
    campus.control("faults", {"scopes": ["user:read:list_users:admin", "group:read:admin"]})
    driver = campus.open("zoom")
    with pytest.raises(Unauthorized, match="user:read:user:admin") as caught:
        driver.whoami()
    assert caught.value.code == "4711"
    assert "GET /users/{userId}" not in driver.requests()
    assert list(driver.handlers()["group"].read(Scope(()))) == []


def test_a_wrong_secret_is_unauthorized_and_stays_unsaid(campus: Campus) -> None:
    driver = campus.open(
        "zoom", client_secret=SecretRef("${env:WRONG}"), secrets=Safe({"${env:WRONG}": "hush"})
    )
    with pytest.raises(Unauthorized, match="client id or client secret is wrong") as caught:
        driver.whoami()
    assert caught.value.code == "invalid_client"
    assert "hush" not in str(caught.value)


def test_an_unreachable_token_endpoint_is_no_end_of_a_write(campus: Campus) -> None:
    campus.control("faults", {"status": [{"operation": "*", "status": 500, "times": 9}]})
    with pytest.raises(Uncertain, match="POST /oauth/token"):
        campus.open("zoom").whoami()
    assert campus.journal.states == []


def test_secrets_go_to_allowed_origins_only(campus: Campus) -> None:
    with pytest.raises(OriginRefused):
        campus.open("zoom", secrets=Safe(origins=frozenset({"https://zoom.us"})))
    with pytest.raises(OriginRefused, match="https"):
        campus.open("zoom", base_url="http://zoom.example.edu/v2")
    secrets = Safe()
    campus.open("zoom", secrets=secrets)
    assert {origin for _, origin in secrets.revealed} == {campus.sandbox.origin}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"transfer_to": "s100001"}, "transfer_to is not an e-mail"),
        ({"reserve": "many"}, "whole number"),
        ({"account_id": ""}, "account_id is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(campus: Campus, settings: Any, why: str) -> None:
    with pytest.raises(ReconcilerError, match=why):
        campus.open("zoom", **settings)


@pytest.mark.parametrize(
    ("base_url", "api_url", "used"),
    [
        (ZOOM, "https://api-eu.zoom.us", "https://api-eu.zoom.us/v2"),
        (ZOOM, "https://api.zoom.us", ZOOM),
        (ZOOM, "https://evil.example/", ZOOM),
        (ZOOM, "http://api-eu.zoom.us", ZOOM),
        (ZOOM, "", ZOOM),
        ("http://127.0.0.1:1/zoom/v2", "https://api-eu.zoom.us", "http://127.0.0.1:1/zoom/v2"),
    ],
)
def test_the_tokens_api_url_is_used_only_among_zooms_own_hosts(
    base_url: str, api_url: str, used: str
) -> None:
    assert choose_base(base_url, api_url) == used


def test_every_code_has_words_and_decides_without_the_message() -> None:
    for code in PLAIN:
        for message in ("", "User does not exist", "Utilisateur inconnu"):
            refusal = Rest().refusal(GET_USER, Answer(400, {}, {"code": code, "message": message}))
            assert refusal is not None
            assert refusal.text == PLAIN[code]
            assert refusal.expired is (code == "124")
            kind = Unauthorized if code in ("124", "4700", "4711") else Absent if code in ABSENT else Refused
            assert refusal.error is kind
    unknown = Rest().refusal(
        GET_USER, Answer(400, {}, {"code": 99999, "errors": [{"field": "f", "message": "m"}]})
    )
    assert unknown is not None
    assert (unknown.code, unknown.said) == ("99999", "f: m")
    assert Rest().refusal(GET_USER, Answer(204, {}, None)) is None
    empty = Tokens().refusal(GET_USER, Answer(400, {}, None))
    assert empty is not None
    assert empty.error is Unauthorized


def test_operations_are_named_once_and_reads_do_not_write() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert all(operation.writes is (operation.method != "GET") for operation in OPERATIONS)
    assert all(operation.scopes for operation in OPERATIONS)
