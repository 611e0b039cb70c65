"""Trial launches of LTI 1.1: signed as OAuth has it, judged by two answers; forms that platforms sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote

import httpx
import pytest

from reconciler.drivers.http import PAGE_LIMIT, Client
from reconciler.drivers.launch import (
    ALIKE,
    SIGNATURE,
    Form,
    Launch,
    compare,
    judge,
    sign,
    try_launch,
)
from reconciler.drivers.operations import Answer, Operation, Unsigned
from reconciler.errors import IncompleteReading, OriginRefused, Refused, Uncertain, WriteRefused
from reconciler.model import Health
from tests.unit.driver_rig import NOW, Clock, Plainly, Tokened, answer_page, open_with

TOOL = "https://tool.example.edu/lti"
POST = Operation("POST launch", "POST", "", False, form=True, page=True)
PAGE = Operation("GET page", "GET", "", False, page=True)
WORKING, BROKEN, UNPROBED = Health.WORKING, Health.BROKEN, Health.UNPROBED
RFC = [
    ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131200"),
    ("oauth_nonce", "wIjqoS"),
    ("oauth_callback", "http://printer.example.com/ready"),
]


def compute(where: str, pairs: Mapping[str, str] | list[tuple[str, str]], secret: str) -> str:
    """The same by RFC 5849, section 3.4, and nothing else; `where` has neither query nor standard port."""

    def escaped(text: str) -> str:
        return quote(text, safe="-._~")

    fields = pairs.items() if isinstance(pairs, Mapping) else pairs
    told = sorted((escaped(name), escaped(value)) for name, value in fields if name != SIGNATURE)
    base = f"POST&{escaped(where)}&{escaped('&'.join(f'{name}={value}' for name, value in told))}"
    return base64.b64encode(hmac.digest(f"{escaped(secret)}&".encode(), base.encode(), hashlib.sha1)).decode()


def test_the_signature_is_that_of_oauth() -> None:
    """The first example of RFC 5849, section 1.2."""
    secret, expected = "kd94hf93k423kf44", "74KNZJeDHnMBp0EMJ9ZHt/XKycU="
    assert sign("https://photos.example.net/initiate", RFC, secret) == expected
    signed = [*RFC, (SIGNATURE, "x")]
    assert sign("HTTPS://Photos.example.net:443/initiate", signed, secret) == expected
    callback = "oauth_callback=http%3A%2F%2Fprinter.example.com%2Fready"
    assert sign(f"https://photos.example.net/initiate?{callback}", RFC[:4], secret) == expected
    assert compute("https://photos.example.net/initiate", RFC, secret) == expected
    with pytest.raises(ValueError, match="missing"):
        sign("nowhere", RFC, secret)


def launch(url: str = TOOL, secret: str = "s&c ret%") -> Launch:
    parameters = {"roles": "Learner", "context_title": "R&D 100% ü~*", "custom_a": "", "z": "a b+c"}
    return Launch(url, parameters, "k%20y", secret, Clock())


def test_a_launch_is_signed_over_everything_it_carries_and_anew_each_time() -> None:
    made = launch(f"{TOOL}?b=1&a=%20x&a=")
    first, second = made.sign({}).body, made.sign({}).body
    query = [("b", "1"), ("a", " x"), ("a", "")]
    assert first[SIGNATURE] == compute(TOOL, [*first.items(), *query], "s&c ret%")
    assert (first["oauth_consumer_key"], first["oauth_timestamp"]) == ("k%20y", str(int(NOW.timestamp())))
    assert (first["lti_message_type"], first["lti_version"]) == ("basic-lti-launch-request", "LTI-1p0")
    assert first["oauth_nonce"] != second["oauth_nonce"]
    forged = made.forge().sign({}).body
    assert forged.keys() == first.keys()
    assert forged[SIGNATURE] != compute(TOOL, [*forged.items(), *query], "s&c ret%")
    assert "s&c ret%" not in repr(made)
    assert list(made.conceal()) == ["s&c ret%"]


FAILED = "https://lms.example.edu/back?x=1&lti_errormsg=no"


@pytest.mark.parametrize(
    ("right", "wrong", "health", "words"),
    [
        (answer_page(200), answer_page(401), WORKING, "wrongly signed one was not"),
        (answer_page(302, "/home"), answer_page(500), WORKING, ""),
        (answer_page(200), answer_page(302, "/sorry"), WORKING, ""),
        (answer_page(302, "/home"), answer_page(302, FAILED), WORKING, ""),
        (answer_page(200), answer_page(404), WORKING, ""),
        (answer_page(200), answer_page(200), UNPROBED, ALIKE),
        (answer_page(302, "/home?a=1"), answer_page(302, "/home?a=2"), UNPROBED, ALIKE),
        (answer_page(302, "https://[bad"), answer_page(302, "https://[bad"), UNPROBED, ALIKE),
        (answer_page(200, text="invalid signature"), answer_page(200, text="welcome"), UNPROBED, ALIKE),
        (answer_page(401), answer_page(401), BROKEN, "answered 401"),
        (answer_page(403), answer_page(200), BROKEN, "answered 403"),
        (answer_page(400), answer_page(401), BROKEN, "answered 400"),
        (answer_page(302, FAILED), answer_page(200), BROKEN, "lti_errormsg"),
        (
            answer_page(302, "https://lms.example.edu/?lti_errorlog="),
            answer_page(200),
            BROKEN,
            "lti_errorlog",
        ),
        (answer_page(404), answer_page(404), UNPROBED, "404"),
        (answer_page(405), answer_page(401), UNPROBED, "405"),
        (answer_page(429), answer_page(401), UNPROBED, "429"),
        (answer_page(500), answer_page(401), UNPROBED, "500"),
        (answer_page(503), answer_page(503), UNPROBED, "503"),
        (answer_page(200), answer_page(503), UNPROBED, "wrongly signed launch with 503"),
        (answer_page(200), answer_page(408), UNPROBED, "wrongly signed launch with 408"),
    ],
)
def test_two_answers_are_held_against_each_other(
    right: Answer, wrong: Answer, health: Health, words: str
) -> None:
    found = judge(right, wrong)
    assert (found[0], words in found[1]) == (health, True)


def visit(
    *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response], planning: bool = True
) -> tuple[Client, list[httpx.Request]]:
    """A client that is planning, with a token of its own, and the requests it made."""
    made = list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        made.append(request)
        told = answers[min(len(made), len(answers)) - 1]
        if isinstance(told, Exception):
            raise told
        return told if isinstance(told, httpx.Response) else told(request)

    write = Operation("POST write", "POST", "", True, page=True)
    opening = open_with(Clock(), planning=planning)
    transport = httpx.MockTransport(handle)
    client = Client(opening, TOOL, (POST, PAGE, write), Plainly(), Tokened(), transport=transport)
    return client, made


def verify(request: httpx.Request) -> httpx.Response:
    """A tool that takes launches signed with one secret."""
    form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    good = compute(TOOL, form, "right") == form[SIGNATURE]
    return httpx.Response(
        302, headers={"location": "https://elsewhere.example/"} if good else {"location": FAILED}
    )


def test_a_tool_is_asked_twice_and_nothing_is_followed() -> None:
    client, made = visit(verify)
    assert try_launch(client, POST, launch(secret="right"))[0] is WORKING
    assert [str(request.url) for request in made] == [TOOL, TOOL]
    assert all(request.method == "POST" for request in made)
    assert made[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert not any("authorization" in request.headers for request in made), "no token of ours is shown"
    assert try_launch(visit(verify)[0], POST, launch(secret="other"))[0] is BROKEN


def test_what_is_sent_again_is_signed_again() -> None:
    client, made = visit(
        httpx.Response(429), httpx.ReadTimeout("slow"), httpx.Response(200), httpx.Response(401)
    )
    assert try_launch(client, POST, launch())[0] is WORKING
    nonces = {dict(parse_qsl(request.content.decode()))["oauth_nonce"] for request in made}
    assert (len(made), len(nonces)) == (4, 4)


def test_a_page_is_visited_where_it_belongs_read_whole_and_never_written_to() -> None:
    client, made = visit(
        httpx.Response(200, text="{no json"), httpx.Response(200, content=b"x" * (PAGE_LIMIT + 1))
    )
    for url in (
        "https://tool.example.edu.evil.example/",
        "http://tool.example.edu/",
        "https://x@evil.example/",
        "",
    ):
        with pytest.raises(OriginRefused):
            client.visit(PAGE, url, {}, Unsigned())
    with pytest.raises(WriteRefused):
        client.visit(Operation("GET other", "GET", "", False, page=True), TOOL, {}, Unsigned())
    assert made == []
    found = client.visit(PAGE, f"{TOOL}?a=1", {"b": "2"}, Unsigned())
    assert (found.status, found.text, found.body) == (200, "{no json", None)
    assert str(made[0].url) == f"{TOOL}?a=1&b=2"
    with pytest.raises(Uncertain, match="did not end"):
        client.visit(PAGE, TOOL, {}, Unsigned())
    client, made = visit(httpx.Response(429, headers={"retry-after": "1"}), planning=False)
    with pytest.raises(Refused):
        client.visit(PAGE, TOOL, {}, Unsigned())
    with pytest.raises(WriteRefused):
        client.visit(Operation("POST write", "POST", "", True, page=True), TOOL, {}, Unsigned())


def signed_form(url: str = TOOL, *more: tuple[str, str], secret: str = "right", key: str = "k") -> Form:
    pairs = [
        ("oauth_consumer_key", key),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("roles", "Learner"),
        *more,
    ]
    query = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    made = compute(url.partition("?")[0], [*pairs, *query], secret)
    return Form(url, (*pairs, (SIGNATURE, made)))


@pytest.mark.parametrize(
    ("form", "url", "health", "words"),
    [
        (signed_form(), TOOL, WORKING, ""),
        (signed_form(), None, WORKING, ""),
        (signed_form(f"{TOOL}?a=1"), f"{TOOL}?a=1", WORKING, ""),
        (signed_form(TOOL, ("a", "1")), f"{TOOL}?a=1", WORKING, ""),
        (signed_form(TOOL, ("a", "1"))._replace(action=f"{TOOL}?a=1"), f"{TOOL}?a=1", WORKING, ""),
        (signed_form(TOOL, ("a", "2")), f"{TOOL}?a=1", BROKEN, "another address"),
        (signed_form(), f"{TOOL}/", BROKEN, "another address"),
        (signed_form(key="other"), TOOL, BROKEN, "another key"),
        (signed_form(secret="other"), TOOL, BROKEN, "another secret"),
        (Form(TOOL, signed_form().pairs[:-1]), TOOL, BROKEN, "another secret"),
        (Form(TOOL, (("oauth_signature_method", "PLAINTEXT"),)), TOOL, UNPROBED, "not verified"),
        (Form(TOOL, ()), TOOL, UNPROBED, "not verified"),
    ],
)
def test_a_platforms_form_is_compared_with_what_is_declared(
    form: Form, url: str | None, health: Health, words: str
) -> None:
    found = compare(form, "k", "right", url)
    assert (found[0], words in found[1]) == (health, True)


@pytest.mark.parametrize(("action", "url"), [("/relative", None), ("https://[x", None), (TOOL, "https://[x")])
def test_what_goes_to_no_address_proves_nothing(action: str, url: str | None) -> None:
    with pytest.raises(IncompleteReading, match="no web address"):
        compare(Form(action, signed_form().pairs), "k", "right", url)
