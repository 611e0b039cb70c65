"""Canvas's transport: Link paging on one origin, its own way to throttle, two sorts of 401, ids as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from reconciler.drivers.canvas.api import CREATE_TOOL, GET_ACCOUNT, LIST_TOOLS, OPERATIONS, Rest, Token
from reconciler.drivers.http import Client
from reconciler.drivers.paging import find_next, read_links
from reconciler.errors import Absent, IncompleteReading, Refused, Unauthorized, Uncertain, WriteRefused
from tests.unit.driver_rig import Clock, Notebook, answer_json, open_with

BASE = "https://canvas.example.edu"
OWN = {"account": "self"}
TOO_MANY = httpx.Response(
    403, text="403 Forbidden (Rate Limit Exceeded)\n", headers={"X-Rate-Limit-Remaining": "0.0"}
)


@dataclass
class Desk:
    client: Client
    clock: Clock
    journal: Notebook
    requests: list[httpx.Request]


def canvas(*answers: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> Desk:
    """A client of Canvas that gets these answers in turn, the last one for ever."""
    clock, journal, made = Clock(), Notebook(), list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        made.append(request)
        answer = answers[min(len(made), len(answers)) - 1]
        return answer if isinstance(answer, httpx.Response) else answer(request)

    client = Client(
        open_with(clock), BASE, OPERATIONS, Rest(), Token("secret-1"), transport=httpx.MockTransport(handle)
    )
    client.journal = journal
    return Desk(client, clock, journal, made)


def page(*ids: str, after: str = "") -> httpx.Response:
    links = [f'<{BASE}/api/v1/first>; rel="first"', *([f'<{after}>; rel="next"'] if after else [])]
    return answer_json(200, [{"id": item} for item in ids], Link=",".join(links))


def listed(*answers: httpx.Response) -> list[Any]:
    return read_links(canvas(*answers).client, LIST_TOOLS, size=100, path=OWN)


def test_pages_are_followed_by_their_opaque_addresses() -> None:
    following = f"{BASE}/api/v1/accounts/1/external_tools?page=bookmark:Wy%3D&per_page=100"
    desk = canvas(page("1", "2", after=following), page("3"))
    found = read_links(desk.client, LIST_TOOLS, size=100, path=OWN)
    assert [item["id"] for item in found] == ["1", "2", "3"]
    assert [str(request.url) for request in desk.requests] == [
        f"{BASE}/api/v1/accounts/self/external_tools?per_page=100",
        following,
    ]
    assert desk.client.requests() == {LIST_TOOLS.name: 2}


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", ""),
        ('<https://x/a,b?c=<d>>; rel="last"', ""),
        (
            '<https://x/1>; rel="current",<https://x/2?a=b,c;d>; rel="next",<https://x/3>; rel="last"',
            "https://x/2?a=b,c;d",
        ),
        ("<https://x/2>; rel=next", "https://x/2"),
        ('<https://x/2>; title="a"; rel="last next"', "https://x/2"),
        ('<https://x/2>; rel="nextish"', ""),
        ('<https://x/2>; rev="next"', ""),
    ],
)
def test_the_next_page_is_read_off_a_link_header(header: str, url: str) -> None:
    assert find_next(header) == url


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://canvas.example.org/api/v1/x?page=2",
        "http://canvas.example.edu/api/v1/x?page=2",
        "https://canvas.example.edu:8443/api/v1/x",
        "https://canvas.example.edu@evil.example/x",
        "//evil.example/x",
        "/api/v1/x?page=2",
    ],
)
def test_no_page_is_fetched_from_another_origin(elsewhere: str) -> None:
    desk = canvas(page("1", after=elsewhere), page("2"))
    with pytest.raises(IncompleteReading, match="no token is sent elsewhere"):
        read_links(desk.client, LIST_TOOLS, size=100, path=OWN)
    assert len(desk.requests) == 1


def test_a_redirect_is_never_followed() -> None:
    desk = canvas(httpx.Response(302, headers={"Location": "https://evil.example/"}), page("1"))
    with pytest.raises(Refused, match="redirects are not followed"):
        read_links(desk.client, LIST_TOOLS, size=100, path=OWN)
    assert len(desk.requests) == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((page("1", after=f"{BASE}/a"), page("2", after=f"{BASE}/a")), "a page leads nowhere"),
        ((page(after=f"{BASE}/a"),), "a page leads nowhere"),
        ((page("1", after=f"{BASE}/a"), page("1")), "listed '1' twice"),
        ((answer_json(200, {"tools": []}),), "another shape"),
        ((answer_json(200, None),), "another shape"),
    ],
)
def test_a_listing_that_contradicts_itself_is_incomplete(
    answers: tuple[httpx.Response, ...], why: str
) -> None:
    with pytest.raises(IncompleteReading, match=why):
        listed(*answers)


def test_a_wrapped_listing_is_held_to_its_total() -> None:
    whole = answer_json(200, {"total": 1, "data": [{"id": 1}]})
    assert len(read_links(canvas(whole).client, LIST_TOOLS, size=9, path=OWN, items="data")) == 1
    short = answer_json(200, {"total": 2, "data": [{"id": 1}]})
    with pytest.raises(IncompleteReading, match="contradict the total"):
        read_links(canvas(short).client, LIST_TOOLS, size=9, path=OWN, items="data")


def test_a_write_is_no_listing() -> None:
    with pytest.raises(WriteRefused):
        canvas(page("1")).client.turn_page(CREATE_TOOL, path=OWN)


@pytest.mark.parametrize("throttled", [TOO_MANY, httpx.Response(429)], ids=["403", "429"])
def test_a_throttled_request_is_sent_again_after_a_pause(throttled: httpx.Response) -> None:
    desk = canvas(throttled, answer_json(200, {"id": "7"}))
    assert desk.client.call(CREATE_TOOL, path=OWN, body={"name": "x"}) == {"id": "7"}
    assert desk.journal.states == ["refused", "answered"]
    assert 2.5 <= sum(desk.clock.slept) <= 7.6


def test_a_retry_after_is_obeyed() -> None:
    desk = canvas(httpx.Response(429, headers={"Retry-After": "20"}), answer_json(200, {"id": "7"}))
    desk.client.call(GET_ACCOUNT, path=OWN)
    assert 10 <= sum(desk.clock.slept) <= 31


def test_endless_throttling_ends_as_a_refusal() -> None:
    desk = canvas(TOO_MANY)
    with pytest.raises(Refused, match=r"\(403\): too many requests at once"):
        desk.client.call(GET_ACCOUNT, path=OWN)
    assert len(desk.requests) == 6


def test_another_403_is_a_matter_of_rights() -> None:
    desk = canvas(httpx.Response(403, text="Forbidden"))
    with pytest.raises(Refused, match="may not do that") as caught:
        desk.client.call(GET_ACCOUNT, path=OWN)
    assert not isinstance(caught.value, Unauthorized)
    assert (len(desk.requests), desk.clock.slept) == (1, [])


def test_it_slows_down_before_the_allowance_is_gone() -> None:
    low = answer_json(200, {"id": "1"}, X_Rate_Limit_Remaining="40.5")
    desk = canvas(low, answer_json(200, {"id": "1"}, X_Rate_Limit_Remaining="599.1"))
    for _ in range(3):
        desk.client.call(GET_ACCOUNT, path=OWN)
    assert 2.9 <= sum(desk.clock.slept) <= 9


def test_a_token_and_a_right_are_told_apart() -> None:
    body = {"errors": [{"message": "Invalid access token."}]}
    with pytest.raises(Unauthorized, match="make another in Canvas"):
        canvas(answer_json(401, body, WWW_Authenticate="Bearer")).client.call(GET_ACCOUNT, path=OWN)
    desk = canvas(answer_json(401, {"status": "unauthorized", "errors": [{"message": "no"}]}))
    with pytest.raises(Refused, match=r"lacks the scope url:GET\|/api/v1/accounts/\{account\}") as caught:
        desk.client.call(GET_ACCOUNT, path=OWN)
    assert not isinstance(caught.value, Unauthorized)
    assert caught.value.code == "unauthorized"


def test_field_errors_are_told_and_no_secret_is() -> None:
    fault = {"attribute": "shared_secret", "type": "invalid", "message": "hunter2 by secret-1 is too short"}
    desk = canvas(answer_json(400, {"errors": {"shared_secret": [fault]}}))
    with pytest.raises(Refused, match="shared_secret: ") as caught:
        desk.client.call(CREATE_TOOL, path=OWN, body={"shared_secret": "hunter2"})
    assert caught.value.code == "shared_secret"
    assert "hunter2" not in str(caught.value)
    assert "secret-1" not in str(caught.value)
    assert desk.journal.sent[0][2] == {"shared_secret": "[redacted]"}


def test_what_is_not_there_and_what_is_not_known() -> None:
    with pytest.raises(Absent, match="its feature is off"):
        canvas(answer_json(404, {"errors": [{"message": "gone"}]})).client.call(GET_ACCOUNT, path=OWN)
    with pytest.raises(Uncertain):
        canvas(answer_json(200, {})).client.call(CREATE_TOOL, path=OWN, body={})


def test_ids_are_asked_for_as_text_and_the_token_goes_in_a_header() -> None:
    desk = canvas(answer_json(200, {"id": "10000000000000042"}))
    desk.client.call(GET_ACCOUNT, path={"account": "sis_account_id:math/1"})
    (request,) = desk.requests
    assert request.headers["Accept"] == "application/json+canvas-string-ids"
    assert request.headers["Authorization"] == "Bearer secret-1"
    assert request.url.raw_path == b"/api/v1/accounts/sis_account_id%3Amath%2F1"
    assert json.dumps("secret-1") not in repr(desk.client)
