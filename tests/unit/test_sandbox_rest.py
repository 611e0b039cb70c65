"""The small APIs as their documents have them: strict, with judgement of their own of what writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.rest.apis import APIS


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """One sandbox for all."""
    with Sandbox() as sandbox:
        yield sandbox


class Caller:
    """Asks one of the APIs with its key."""

    def __init__(self, sandbox: Sandbox, api: str) -> None:
        self.origin = sandbox.origin
        self.base = sandbox.settings()[f"rest:{api}"]["base_url"]
        httpx.post(f"{self.origin}/_control/reset", json={})
        token = APIS[api].SETTINGS.get("token", "sandbox-blackboard-token")
        self.query = {"access_key": token} if api == "community" else {}
        self.headers = {"api_key": token} if api == "skillable" else {"Authorization": f"Bearer {token}"}

    def __call__(self, request: str, body: Any = None, **query: str) -> httpx.Response:
        method, _, path = request.partition(" ")
        return httpx.request(
            method, self.base + path, params={**query, **self.query}, headers=self.headers, json=body
        )

    def counters(self) -> Any:
        """What was counted."""
        return httpx.get(f"{self.origin}/_control/counters").json()


UNIT = {"externalId": "bio", "name": "Biology"}


def test_skillable_writes_by_get_and_counts_it_as_a_write(served: Sandbox) -> None:
    ask = Caller(served, "skillable")
    assert ask("GET /CreateOrganization", **UNIT).json() == {"status": 0, "error": None}
    shown = ask("GET /GetOrganizationByExternalId/bio").json()
    assert shown["Status"] == 0
    assert "IntegrationKey" in shown["Organization"], "its reads show secrets"
    assert ask.counters()["writes"] == {"GET /CreateOrganization": 1}
    assert sum(ask.counters()["reads"].values()) == 1


def test_skillable_says_no_within_a_success(served: Sandbox) -> None:
    ask = Caller(served, "skillable")
    trials: list[tuple[str, dict[str, str], int]] = [
        ("GET /GetUser/77", {}, 20),
        ("GET /CreateUser", {"userName": "x"}, 10),
        ("GET /CreateOrganization", UNIT | {"surprise": "1"}, 10),
    ]
    for request, query, status in trials:
        answer = ask(request, **query)
        assert (answer.status_code, answer.json()["Status"]) == (200, status), request
    ask.headers = {"api_key": "wrong"}
    assert ask("GET /GetUserRoles").json()["Status"] == 30


def test_skillable_shows_classes_and_places_as_lists_of_one(served: Sandbox) -> None:
    ask = Caller(served, "skillable")
    meetings = '[{"Start": 1791381600, "End": 1791387000}]'
    told = {"ExternalId": "bio-1", "Name": "Biology", "CourseId": "101", "ClassMeetings": meetings}
    assert ask("GET /CreateClass", **told).json()["status"] == 0
    (shown,) = ask("GET /GetClassByExternalId", id="bio-1").json()["Results"]
    assert shown["SessionTimes"] == [{"Start": 1791381600, "End": 1791387000}]
    assert "AvailableToOrganizationIds" not in shown
    lacking = ask("GET /UpdateClassEnrollment/1", enrollmentStatusId="60", completionStatusId="0").json()
    assert lacking["Status"] != 0, "class and user are required"


def test_d2l_tells_a_slash_from_none_and_never_shows_a_secret(served: Sandbox) -> None:
    ask = Caller(served, "d2l")
    body = {"LaunchPoint": "https://x.example/lti", "Secret": "s", "Key": "k", "Name": "X"}
    made = ask("POST /le/1.75/lti/tp/6606", body).json()
    assert "Secret" not in made
    assert ask("GET /le/1.75/lti/tp/6606").status_code >= 404
    assert len(ask("GET /le/1.75/lti/tp/6606/").json()) == 1
    ask(f"PUT /le/1.75/lti/tp/{made['LtiToolProviderId']}", body | {"SendUserEmail": True})
    ask(f"PUT /le/1.75/lti/tp/{made['LtiToolProviderId']}", body)
    (row,) = ask("GET /le/1.75/lti/tp/6606/").json()
    assert row["SendUserEmail"] is False, "a PUT replaces what it does not name"


def test_blackboard_pages_by_address_and_refuses_what_is_too_long(served: Sandbox) -> None:
    ask = Caller(served, "blackboard")
    for number in range(3):
        assert ask("POST /v1/lti/domains", {"primaryDomain": f"d{number}.example"}).status_code == 201
    first = ask("GET /v1/lti/domains", limit="2").json()
    assert len(first["results"]) == 2
    assert first["paging"]["nextPage"].endswith("offset=2&limit=2")
    long = {"name": "n" * 51, "handle": "h", "type": "ContentHandler", "url": "https://x.example"}
    assert ask("POST /v1/lti/placements", long).status_code == 400
    assert ask("POST /v1/lti/domains", {"primaryDomain": "D1.example"}).status_code == 409


def test_the_tms_wants_the_version_and_parameters_in_their_form(served: Sandbox) -> None:
    ask = Caller(served, "tms_lti")
    place = ask("POST /organizations", {"code": "a", "name": "A"})
    assert place.content == b""
    key = place.headers["location"].rpartition("/")[2]
    assert ask(f"PATCH /organizations/{key}", {"name": "B", "revision": 7}).status_code == 409
    provider = {"name": "P", "lti_key": "k", "lti_secret": "s", "organization_id": int(key)}
    assert ask("POST /lti-providers", provider | {"custom_parameters": "Term=fall"}).status_code == 422
    assert ask("POST /lti-providers", provider | {"custom_parameters": "custom_term=fall"}).status_code == 201
    assert ask(f"DELETE /organizations/{key}").status_code == 409


def test_the_community_makes_second_accounts_for_whoever_does_not_look(served: Sandbox) -> None:
    ask = Caller(served, "community")
    community = ask("POST /communities", {"name": "Campus"}).json()["community"]["id"]
    other = ask("POST /communities", {"name": "Other"}).json()["community"]["id"]
    for where in (community, other):
        member = {"email": "ada@example.edu", "role": "view_only_student"}
        assert ask(f"POST /communities/{where}/members", member).status_code == 201
    assert len(ask("GET /accounts", email="ada@example.edu").json()["accounts"]) == 2
    assert ask(f"PATCH /communities/{community}", {"auto_provisioning": True}).status_code == 422
