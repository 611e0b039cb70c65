"""Canvas's proofs: the page of a launch it signs, and the keys and the login of an LTI 1.3 tool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from reconciler.drivers.canvas.api import TOOL_KEYS, TOOL_LOGIN
from reconciler.drivers.canvas.launch_page import LONGEST, read_form
from reconciler.drivers.canvas.oidc import ISSUER, begin_login, judge_keys, judge_login
from reconciler.drivers.launch import Finding, Form
from reconciler.drivers.operations import Answer
from reconciler.errors import IncompleteReading, Where
from reconciler.model import Address, Declared, Desired, Health, ProbeResult, Recorded, Unread, Wanted
from reconciler.resources.base import OMITTED, Lifecycle, SecretRef, declared, unchecked
from reconciler.resources.lti_deployment import LtiDeployment
from reconciler.resources.lti_registration import LtiRegistration
from reconciler.resources.lti_tool import LtiTool
from reconciler.stages.observe import observe
from tests.unit.driver_rig import Campus, Safe, answer_page, campus, running

__all__ = ["campus", "running"]
TOOL = Address("main", "lti_tool", "zoom")
FIELDS: dict[str, Any] = {
    "key": "k",
    "secret": SecretRef("${env:hush}"),
    "privacy": "public",
    "url": "https://z.example.com/lti",
}
WORKING, BROKEN, UNPROBED = Health.WORKING, Health.BROKEN, Health.UNPROBED


def handler(campus: Campus, kind: str, **more: Any) -> Any:
    return campus.open("canvas", **more).handlers()[kind]


def wanted(remote_id: str = "") -> Wanted[LtiTool]:
    return Wanted(TOOL, remote_id, LtiTool(**FIELDS))


@pytest.fixture
def installed(campus: Campus) -> str:
    """The id of a tool that is there with FIELDS, in a Canvas with a course 1042."""
    campus.console("add_canvas_course", name="BIO", course_id=1042)
    number: str = handler(campus, "lti_tool").create(wanted())
    campus.control("counters/reset", {})
    return number


def test_a_tool_is_proven_by_a_launch_that_canvas_signs(campus: Campus, installed: str) -> None:
    def look(course: str = "1042", **fields: Any) -> tuple[Health, str]:
        tool = LtiTool(**{name: value for name, value in (FIELDS | fields).items() if value is not OMITTED})
        prover = handler(campus, "lti_tool", planning=True, probe_course=course)
        found: ProbeResult = prover.probe(Wanted(TOOL, installed, tool))
        return found.health, found.text

    proven = (Health.WORKING, "a launch was signed with the declared key and secret")
    assert look() == look(url=OMITTED, domain="z.example.com") == proven
    broken: tuple[tuple[dict[str, Any], str], ...] = (
        ({"key": "other"}, "another key"),
        ({"secret": SecretRef("${env:other}")}, "another secret"),
        ({"url": "https://other.example.com/lti"}, "another address"),
    )
    for fields, words in broken:
        health, text = look(**fields)
        assert (health, words in text) == (Health.BROKEN, True)
    untried: tuple[tuple[dict[str, Any], str], ...] = (
        ({"key": OMITTED}, "no key yet"),
        ({"course": ""}, "set probe_course"),
        ({"course": "7"}, "404"),
    )
    for fields, words in untried:
        health, text = look(**fields)
        assert (health, words in text) == (Health.UNPROBED, True)
    assert campus.control("counters")["writes"] == {}


def test_a_tool_that_is_not_there_yet_is_not_launched(campus: Campus) -> None:
    found = handler(campus, "lti_tool", probe_course="1042").probe(wanted())
    assert (found.health, "not in Canvas yet" in found.text) == (Health.UNPROBED, True)


def test_a_launch_page_elsewhere_is_not_visited(campus: Campus, installed: str) -> None:
    body = {"id": 1, "name": "Zoom", "url": "https://evil.example/launch"}
    operation = "GET /api/v1/courses/{course}/external_tools/sessionless_launch"
    campus.control("faults", {"status": [{"operation": operation, "status": 200, "body": body}]})
    found = handler(campus, "lti_tool", probe_course="1042").probe(wanted(installed))
    campus.control("faults", {})
    assert (found.health, "is not at" in found.text) == (Health.UNPROBED, True)


def test_what_was_not_read_is_not_tried(campus: Campus, installed: str) -> None:
    listing = "GET /api/v1/accounts/{account}/external_tools"
    driver = campus.open("canvas", planning=True, probe_course="1042")
    tools = {TOOL: Desired(TOOL, LtiTool(**FIELDS), Lifecycle(), Where("tools.yaml"), {})}

    def look() -> Any:
        return observe(
            Declared(tools, (), {}), Recorded(), {"main": driver}, {}, {}, lambda ref: None, campus.clock()
        )

    (found,) = look().probes
    assert (found.address, found.health) == (TOOL, WORKING)
    campus.control("faults", {"status": [{"operation": listing, "status": 400, "times": 9}]})
    seen = look()
    campus.control("faults", {})
    assert (isinstance(seen.readings["main", "lti_tool"], Unread), seen.probes) == (True, ())


@pytest.fixture
def registered(campus: Campus) -> Wanted[LtiRegistration]:
    """LTI Pro registered in Canvas by LTI 1.3, and told of it."""
    tool, canvas = f"{campus.sandbox.origin}/lti/lti/advantage", f"{campus.sandbox.origin}/canvas"
    fields = {
        "launch_url": f"{tool}/launch",
        "login_url": f"{tool}/login",
        "redirect_urls": (f"{tool}/launch",),
        "jwks_url": f"{tool}/jwks",
        "scopes": (),
    }
    campus.console("edit_canvas", features=["lti_registrations_page", "lti_registrations_next"])
    want = Wanted(Address("main", "lti_registration", "quiz"), "", unchecked(LtiRegistration, fields))
    number = handler(campus, "lti_registration").create(want)
    (row,) = campus.state()["canvas"]["registrations"]
    campus.console(
        "register_lti13_platform",
        issuer="https://canvas.instructure.com",
        client_id=str(row["developer_key_id"]),
        deployment_id="7:abc",
        authorization_url=f"{canvas}/api/lti/authorize_redirect",
        jwks_url=f"{canvas}/api/lti/security/jwks",
    )
    campus.control("counters/reset", {})
    return replace(want, remote_id=number)


def test_a_registration_is_proven_by_a_login_that_is_begun(
    campus: Campus, registered: Wanted[LtiRegistration]
) -> None:
    opened = campus.open("canvas", planning=True, secrets=Safe(origins=frozenset({campus.sandbox.origin})))
    prover: Any = opened.handlers()["lti_registration"]

    def look(prover: Any, **changed: Any) -> tuple[Health, str]:
        resource = unchecked(LtiRegistration, {**dict(declared(registered.resource)), **changed})
        found: ProbeResult = prover.probe(replace(registered, resource=resource))
        return found.health, found.text

    proven = (Health.WORKING, "the tool begins a login as Canvas takes it")
    assert look(prover) == look(prover, jwks_url=OMITTED) == proven
    assert (opened.requests()[TOOL_KEYS.name], opened.requests()[TOOL_LOGIN.name]) == (1, 2)
    assert "wrong in redirect_uri" in look(prover, redirect_urls=("https://q.example.com/other",))[1]
    elsewhere = handler(campus, "lti_registration", planning=True, issuer="https://canvas.example.edu")
    assert (look(elsewhere)[0], "answered 401" in look(elsewhere)[1]) == (Health.BROKEN, True)
    for changed, words in (
        ({"login_url": OMITTED}, "write login_url"),
        ({"jwks_url": "https://evil.example/jwks"}, "allow it by RECONCILER_ORIGINS"),
        ({"login_url": "https://evil.example/"}, "https://evil.example is not an allowed origin"),
        ({"login_url": "file:///etc/passwd"}, "refused"),
    ):
        health, text = look(prover, **changed)
        assert (health, words in text) == (Health.UNPROBED, True)
    assert prover.probe(replace(registered, remote_id="")).health is Health.UNPROBED
    assert campus.control("counters")["writes"] == {}


def test_a_login_names_the_deployment_that_is_declared(
    campus: Campus, registered: Wanted[LtiRegistration]
) -> None:
    deployment = LtiDeployment(registration=str(registered.address), deployment_id="8:other")
    resources = {Address("main", "lti_deployment", "quiz"): deployment}
    found = handler(campus, "lti_registration", planning=True, resources=resources).probe(registered)
    assert (found.health, "answered 401" in found.text) == (Health.BROKEN, True)


FORM = Form(
    "https://z.example.com/lti?a=1&b=2",
    (("oauth_consumer_key", "k"), ("roles", "Learner"), ("empty", ""), ("oauth_signature", "a+b/c=")),
)


def show(pairs: tuple[tuple[str, str], ...], head: str = "", tail: str = "", form: str = "") -> str:
    inputs = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}" />' for n, v in pairs)
    begin = form or f'<form action="{escape(FORM.action)}" method="POST" id="tool_form">'
    return f"<!DOCTYPE html><html><body>{head}{begin}{inputs}<button>Go</button></form>{tail}</body></html>"


def test_the_form_of_a_launch_page_is_read_as_a_browser_would_post_it() -> None:
    made = FORM._replace(pairs=(*FORM.pairs, ("custom_q", '"><script>x</script>&amp;')))
    other = '<form method="post" action="/search"><input type="hidden" name="q"></form>'
    noise = '<!-- <form method="get"> --><input type="hidden" name="outside" value="1">'
    assert read_form(show(made.pairs, head=other + noise, tail='<input type="text" name="t">')) == made


@pytest.mark.parametrize(
    "page",
    [
        "",
        "{}",
        "<html>Sign in</html>",
        show(FORM.pairs[:-1]),
        show(FORM.pairs, head=show(FORM.pairs)),
        show(FORM.pairs, head='<form method="post" action="https://evil.example/">'),
        show(FORM.pairs, form=f'<form action="{FORM.action}">'),
        show(FORM.pairs, form=f'<form method="get" method="post" action="{FORM.action}">'),
        show((*FORM.pairs, ("roles", "Instructor"))),
        show(FORM.pairs).partition("</form>")[0],
        show(FORM.pairs, tail=" " * LONGEST),
        "<form" * 1000,
    ],
)
def test_an_odd_page_is_no_launch(page: str) -> None:
    with pytest.raises(IncompleteReading, match="not as Canvas makes them"):
        read_form(page)


RSA = RSAKey.generate_key(2048, auto_kid=True)
PUBLIC: dict[str, Any] = {**RSA.as_dict(private=False), "use": "sig", "alg": "RS256"}


def published(*keys: object) -> Answer:
    return Answer(200, {}, None, text=json.dumps({"keys": keys}))


@pytest.mark.parametrize(
    ("told", "health", "words"),
    [
        (published(PUBLIC), WORKING, ""),
        (published({"kty": "new"}, {"kty": "EC", "crv": "new", "x": "", "y": ""}, PUBLIC), WORKING, ""),
        (published(ECKey.generate_key("P-256").as_dict(private=False)), WORKING, ""),
        (published(PUBLIC, RSA.as_dict(private=True)), BROKEN, "private key"),
        (published(PUBLIC, OctKey.generate_key(256).as_dict(private=True)), BROKEN, "private key"),
        (published(), BROKEN, "no public key"),
        (published({**PUBLIC, "use": "enc"}), BROKEN, "no public key"),
        (published({**PUBLIC, "key_ops": ["encrypt"]}), BROKEN, "no public key"),
        (published({**PUBLIC, "n": "AQ"}), BROKEN, "no public key"),
        (published("x"), BROKEN, "no JSON Web Key Set"),
        (answer_page(200, text="<html>"), BROKEN, "no JSON Web Key Set"),
        (answer_page(200, text="[]"), BROKEN, "no JSON Web Key Set"),
        (answer_page(404), BROKEN, "404"),
        (answer_page(302, "https://elsewhere.example/"), UNPROBED, "302"),
        (answer_page(503), UNPROBED, "503"),
        (answer_page(429), UNPROBED, "429"),
    ],
)
def test_keys_are_there_whole_and_public(told: Answer, health: Health, words: str) -> None:
    found = judge_keys(told)
    assert (found[0], words in found[1]) == (health, True)


CANVAS = "https://canvas.example.edu"
HOSTED = "https://sso.canvaslms.com/api/lti/authorize_redirect"
TOLD = begin_login(ISSUER, "10000000000042", "https://q.example.com/launch", "7:abc")
BACK = "https://q.example.com/launch"


def began(
    where: str = HOSTED,
    *,
    issuer: str = ISSUER,
    base_url: str = CANVAS,
    changed: Mapping[str, str | None] = MappingProxyType({}),
) -> Finding:
    """What is found of a login that goes there, right but for what is changed."""
    right: dict[str, str | None] = {
        "scope": "openid email",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": TOLD["client_id"],
        "login_hint": TOLD["login_hint"],
        "lti_message_hint": TOLD["lti_message_hint"],
        "redirect_uri": BACK,
        "state": "s",
        "nonce": "n",
    }
    asked = urlencode({name: text for name, text in {**right, **changed}.items() if text is not None})
    return judge_login(answer_page(302, f"{where}?{asked}"), {**TOLD, "iss": issuer}, base_url, (BACK,))


def test_a_login_is_begun_as_canvas_begins_it() -> None:
    again = begin_login(ISSUER, "10000000000042", "https://q.example.com/launch", "")
    assert set(TOLD) - set(again) == {"lti_deployment_id"}
    assert again["login_hint"] != TOLD["login_hint"]


@pytest.mark.parametrize(
    ("where", "issuer", "base_url"),
    [
        (HOSTED, ISSUER, CANVAS),
        ("https://canvas.instructure.com/api/lti/authorize_redirect", ISSUER, CANVAS),
        ("https://campus.instructure.com/api/lti/authorize_redirect", ISSUER, CANVAS),
        (f"{CANVAS}/api/lti/authorize_redirect", ISSUER, f"{CANVAS}/"),
        (f"{CANVAS}/api/lti/authorize_redirect", CANVAS, CANVAS),
        ("http://127.0.0.1:8/canvas/api/lti/authorize_redirect", ISSUER, "http://127.0.0.1:8/canvas"),
        (
            "https://sso.test.canvaslms.com/api/lti/authorize_redirect",
            "https://canvas.test.instructure.com",
            CANVAS,
        ),
    ],
)
def test_a_login_may_go_to_where_this_canvas_takes_them(where: str, issuer: str, base_url: str) -> None:
    assert began(where, issuer=issuer, base_url=base_url)[0] is WORKING


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/api/lti/authorize_redirect",
        "https://evil.example/x.instructure.com/api/lti/authorize_redirect",
        "https://evilinstructure.com/api/lti/authorize_redirect",
        "https://sso.canvaslms.com/login",
        "https://sso.beta.canvaslms.com/api/lti/authorize_redirect",
        f"{CANVAS}/other/api/lti/authorize_redirect",
        "http://sso.canvaslms.com/api/lti/authorize_redirect",
        "/api/lti/authorize_redirect",
        "https://[x",
        "",
    ],
)
def test_a_login_may_go_nowhere_else(where: str) -> None:
    health, text = began(where)
    assert (health, "its login_url leads to" in text) == (BROKEN, True)


def test_a_host_of_the_vendors_is_none_of_a_canvas_of_ones_own() -> None:
    assert began("https://campus.instructure.com/api/lti/authorize_redirect", issuer=CANVAS)[0] is BROKEN


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("response_type", ("code", None)),
        ("response_mode", ("query", None)),
        ("prompt", ("login", None)),
        ("scope", ("email", "openidx", None)),
        ("client_id", ("1", None)),
        ("login_hint", ("1", None)),
        ("lti_message_hint", ("1", None)),
        ("redirect_uri", (f"{BACK}/", "https://evil.example/", None)),
        ("state", ("", None)),
        ("nonce", ("", None)),
    ],
)
def test_what_a_login_misses_is_named(name: str, values: tuple[str | None, ...]) -> None:
    for value in values:
        health, text = began(changed={name: value})
        assert (health, text.endswith(f"wrong in {name}")) == (BROKEN, True)


@pytest.mark.parametrize(
    ("status", "health"),
    [(200, UNPROBED), (301, UNPROBED), (307, UNPROBED), (400, BROKEN), (401, BROKEN), (404, BROKEN)]
    + [(405, UNPROBED), (429, UNPROBED), (500, UNPROBED), (503, UNPROBED)],
)
def test_a_tool_that_sends_nobody_on_is_judged_by_its_status(status: int, health: Health) -> None:
    found = judge_login(answer_page(status, HOSTED), TOLD, CANVAS, (BACK,))
    assert (found[0], str(status) in found[1]) == (health, True)
