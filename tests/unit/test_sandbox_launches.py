"""Launches of LTI 1.1: the simulated LTI Pro takes those of oauthlib, and those that Canvas hands out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_BODY, Client

from reconciler.sandbox.lti_pro.provisioning import PROVISIONED, read_identity
from reconciler.sandbox.oauth1 import sign
from tests.unit.launch_rig import SITE, Campus, campus, lti, read_page
from tests.unit.sandbox_rig import LTI_KEY, LTI_SECRET, NOW, Rig

__all__ = ["campus", "lti"]
FORM = "application/x-www-form-urlencoded"
LAUNCH = "POST /lti/rich"
RETURN = "launch_presentation_return_url"
EMAIL = "lis_person_contact_email_primary"
FIELDS = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "resource_link_id": "4f2a9c",
    "context_title": "<b>R&D ünïcode</b> + 100 %",
    "roles": "urn:lti:role:ims/lis/Instructor,Instructor",
    EMAIL: "new@example.edu",
    RETURN: f"{SITE}/courses/1042",
}


def signed(rig: Rig, **told: Any) -> tuple[str, str]:
    """Address and body of a launch, as an independent client signs it; `told` changes or takes out fields."""
    url = f"{rig.sandbox.origin}/lti/lti/rich{told.pop('query', '')}"
    moment = datetime.fromisoformat(NOW) + timedelta(seconds=told.pop("late_s", 0))
    client = Client(
        told.pop("key", LTI_KEY),
        client_secret=told.pop("secret", LTI_SECRET),
        callback_uri=told.pop("callback", "about:blank"),
        signature_method=told.pop("method", "HMAC-SHA1"),
        signature_type=SIGNATURE_TYPE_BODY,
        timestamp=told.pop("timestamp", str(int(moment.timestamp()))),
        nonce=told.pop("nonce", None),
    )
    fields = {name: text for name, text in (FIELDS | told).items() if text is not None}
    _, _, body = client.sign(url, "POST", urlencode(fields), {"Content-Type": FORM})
    return url, str(body)


def post(rig: Rig, url: str, body: str, content_type: str = FORM) -> httpx.Response:
    return rig.client.post(url, content=body, headers={"Content-Type": content_type})


def launch(rig: Rig, **told: Any) -> httpx.Response:
    return post(rig, *signed(rig, **told))


def test_a_rightly_signed_launch_is_let_in_and_its_page_is_escaped(lti: Rig) -> None:
    answer = launch(lti)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<b>" not in answer.text
    assert "&lt;b&gt;R&amp;D ünïcode&lt;/b&gt; + 100 %" in answer.text
    assert lti.show("counters")["reads"] == {LAUNCH: 1}
    assert launch(lti, **{RETURN: None}).status_code == 200
    assert launch(lti, query="?a=b%20c&d=&e=%2B").status_code == 200, "the address's query is signed, too"


@pytest.mark.parametrize(
    "told",
    [
        {"secret": "wrong"},
        {"key": "unknown"},
        {"late_s": -301},
        {"late_s": 301},
        {"timestamp": "9" * 17},
        {"timestamp": "now"},
        {RETURN: "https://elsewhere.example.edu/courses/1042"},
        {RETURN: f"{SITE}.evil.example/"},
        {"method": "HMAC-SHA256"},
        {"callback": "https://canvas.example.edu"},
        {"callback": None},
        {"resource_link_id": None},
        {"resource_link_id": ""},
        {"lti_message_type": "ContentItemSelectionRequest"},
        {"lti_version": "LTI-2p0"},
        {"lti_version": None},
        {"query": "?roles=Instructor"},
        {"query": "?a=1&a=2"},
    ],
)
def test_a_launch_that_is_not_right_is_refused(lti: Rig, told: dict[str, Any]) -> None:
    lti.console("edit_lti_settings", key=LTI_KEY, auto_provision="everyone")
    answer = launch(lti, **told)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    counted = lti.show("counters")
    assert (counted["refused"], counted["writes"]) == ({LAUNCH: 1}, {})


@pytest.mark.parametrize("late_s", [300, -300])
def test_a_launch_lives_five_minutes(lti: Rig, late_s: int) -> None:
    assert launch(lti, late_s=late_s).status_code == 200


def test_the_machine_s_clock_is_as_good_as_a_pinned_one(lti: Rig) -> None:
    assert launch(lti, timestamp=str(int(datetime.now(UTC).timestamp()))).status_code == 200


def test_a_nonce_is_good_once_for_each_key_and_not_spent_by_a_refusal(lti: Rig) -> None:
    told = {"nonce": "n-1"}
    assert launch(lti, **told, secret="wrong").status_code == 401
    assert [launch(lti, **told).status_code for _ in range(2)] == [200, 401]
    other = lti.console("create_credential", name="lti-2027")
    lti.console("add_domain", key=other["key"], domain=SITE)
    assert launch(lti, **told, **other).status_code == 200


def test_what_was_changed_on_the_way_is_refused(lti: Rig) -> None:
    url, body = signed(lti)
    for changed in (
        body.replace("Instructor", "Administrator"),
        body + "&ext=1",
        body + "&roles=Learner",
        body.replace("&oauth_version=1.0", ""),
    ):
        assert changed != body
        assert post(lti, url, changed).status_code == 401
    assert post(lti, url + "?ext=1", body).status_code == 401
    assert post(lti, url, body, "application/json").status_code == 401
    assert lti.client.get(url).status_code == 405
    assert lti.client.get(url + "/x").status_code == 404
    assert post(lti, url, body, f"{FORM}; charset=utf-8").status_code == 200


def test_the_words_of_a_refusal_are_in_the_account_s_language(lti: Rig) -> None:
    english = launch(lti, secret="wrong").text
    lti.faults(language="fr")
    assert launch(lti, secret="wrong").text != english


@pytest.mark.parametrize("settings", [{}, {"auto_provision": "nobody"}])
def test_nobody_gets_an_account_unless_the_page_says_so(lti: Rig, settings: dict[str, str]) -> None:
    lti.console("edit_lti_settings", key=LTI_KEY, **settings)
    assert "There is no Zoom account for you." in launch(lti).text
    assert lti.show("counters")["writes"] == {}


def test_a_launch_makes_an_account_once(lti: Rig) -> None:
    lti.console("edit_lti_settings", key=LTI_KEY, auto_provision="everyone", provision_license="licensed")
    for _ in range(2):
        assert launch(lti, lis_person_name_given="Ada", roles="Learner").status_code == 200
    assert lti.show("counters")["writes"] == {PROVISIONED: 1}
    made = lti.user("new@example.edu")
    assert (made["first_name"], made["type"], made["status"]) == ("Ada", 2, "active")
    assert lti.mails() == []


def test_outside_the_associated_domains_an_account_must_be_activated(lti: Rig) -> None:
    lti.console("edit_lti_settings", key=LTI_KEY, auto_provision="everyone")
    launch(lti, **{EMAIL: "ada@other.example"})
    made = lti.user("ada@other.example")
    assert (made["type"], made["status"], made["invitation"]) == (1, "pending", "sent")
    assert lti.mails() == [("ada@other.example", "invitation")]


def refuse_students(rig: Rig) -> None:
    rig.console("edit_lti_settings", key=LTI_KEY, auto_provision="instructors")


def refuse_domain(rig: Rig) -> None:
    rig.console("add_email_domain", key=LTI_KEY, domain="staff.example.edu")


def take_seats(rig: Rig) -> None:
    rig.console("edit_account", seats={"licensed": 0, "basic": 0})


def know_elsewhere(rig: Rig) -> None:
    rig.console("edit_lti_settings", key=LTI_KEY, wrong_account_message="Use the campus's account")
    rig.console("add_foreign_email", email="new@example.edu")


@pytest.mark.parametrize("hinder", [refuse_students, refuse_domain, take_seats, know_elsewhere])
def test_who_may_have_no_account_gets_none(lti: Rig, hinder: Callable[[Rig], None]) -> None:
    lti.console("edit_lti_settings", key=LTI_KEY, auto_provision="everyone")
    hinder(lti)
    page = launch(lti, roles="Learner").text
    assert ("Use the campus&#x27;s account" in page) is (hinder is know_elsewhere)
    assert lti.show("counters")["writes"] == {}


def test_only_roles_on_the_page_make_an_instructor(lti: Rig) -> None:
    refuse_students(lti)
    lti.console("set_roles", key=LTI_KEY, instructors=["Staff"])
    lti.console("add_email_domain", key=LTI_KEY, domain="Example.edu")
    assert "Role: Student" in launch(lti, roles="staff,Instructor").text
    assert "Role: Instructor" in launch(lti, roles="Learner, Staff").text
    assert lti.user("new@example.edu")["type"] == 1


def test_a_person_is_told_by_the_attribute_of_the_page(lti: Rig) -> None:
    told = {"login": "ada", "where": "example.edu"}
    assert [read_identity(told, a) for a in ("login", "login@where", "login@x.edu", "none@x.edu")] == [
        "ada",
        "ada@example.edu",
        "ada@x.edu",
        "",
    ]
    lti.add_user("ada@example.edu", employee_unique_id="e-1")
    lti.console("edit_lti_settings", key=LTI_KEY, auto_provision="everyone", user_attribute="custom_id")
    assert "Zoom account: e-1" in launch(lti, custom_id="e-1").text
    assert "There is no Zoom account for you." in launch(lti, custom_id="e-2").text
    assert "does not tell who you are" in launch(lti).text
    assert lti.show("counters")["writes"] == {}


def test_signatures_follow_the_standard_where_an_address_is_odd() -> None:
    pairs = [("b", "2"), ("a", "x y&z=1"), ("oauth_signature", "old")]
    for url in ("HTTP://Example.com:80", "http://example.com/r%20v/X?id=123&b=", "https://e.com:8443/p?a3"):
        odd = urlsplit(url)
        client = Client(
            "k", client_secret="s & t", signature_type=SIGNATURE_TYPE_BODY, nonce="n", timestamp="1"
        )
        _, _, body = client.sign(odd.geturl(), "POST", urlencode(pairs[:2]), {"Content-Type": FORM})
        made = dict(parse_qsl(body, keep_blank_values=True))
        assert sign(url, made.items(), "s & t") == made["oauth_signature"]


def test_a_sessionless_launch_is_a_form_good_once_that_the_tool_takes(campus: Campus, lti: Rig) -> None:
    tool = campus.add_tool(custom_fields={"quote": '"><script>alert(1)</script>'})
    told = campus.sessionless(tool).json()
    assert (told["id"], told["name"], sorted(told)) == (tool, "Zoom", ["id", "name", "url"])
    assert told["url"].startswith(f"{campus.canvas}/courses/1042/external_tools/sessionless_launch?verifier=")
    page = lti.client.get(told["url"])
    assert "<script>alert" not in page.text
    action, fields = read_page(page)
    assert action == f"{campus.tool}/rich?a=b%20c"
    assert fields["custom_quote"] == '"><script>alert(1)</script>'
    assert (fields["context_title"], fields[EMAIL]) == ('R&D "101"', "owner@example.edu")
    assert fields["roles"] == "urn:lti:instrole:ims/lis/Administrator"
    assert lti.client.post(action, data=fields).status_code == 200
    assert lti.client.post(action, data=fields).status_code == 401, "the nonce is spent"
    again = lti.client.get(told["url"])
    assert (again.status_code, again.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert lti.show("counters")["writes"] == {}


def test_a_tool_of_another_secret_launches_in_vain(campus: Campus, lti: Rig) -> None:
    for secret, status in (("wrong", 401), (LTI_SECRET, 200)):
        url = campus.sessionless(campus.add_tool(secret)).json()["url"]
        action, fields = read_page(lti.client.get(url))
        assert lti.client.post(action, data=fields).status_code == status


def test_a_sessionless_address_is_over_after_five_minutes(campus: Campus, lti: Rig) -> None:
    tool = campus.add_tool()
    prefixed = f"lti_context_id:{campus.course['lti_context_id']}"
    early, late = (campus.sessionless(tool, course).json()["url"] for course in ("1042", prefixed))
    lti.control("clock", {"advance_s": 300})
    assert lti.client.get(early).status_code == 200
    lti.control("clock", {"advance_s": 1})
    assert lti.client.get(late).status_code == 404


def test_a_sessionless_launch_needs_a_token_a_course_and_a_tool(campus: Campus, lti: Rig) -> None:
    path = "/courses/1042/external_tools/sessionless_launch"
    assert lti.client.get(f"{campus.canvas}/api/v1{path}?id=1").status_code == 401
    assert campus.sessionless(1, "7").status_code == 404
    unknown = campus.sessionless(1)
    assert (unknown.status_code, unknown.headers["location"]) == (302, f"{campus.canvas}/courses/1042")
    untold = campus.ask(f"GET {path}")
    assert untold.status_code == 400
    assert {"id", "url"} <= untold.json()["errors"].keys()
