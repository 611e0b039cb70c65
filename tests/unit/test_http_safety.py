"""Planning cannot write, secrets do not leak, and nothing is followed, inherited or read without end."""

from __future__ import annotations

import traceback
from dataclasses import replace

import httpx
import pytest

from reconciler.drivers.base import origin_of
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Unsigned, quote_vendor, redact
from reconciler.errors import LedgerLocked, OriginRefused, Refused, Uncertain, WriteRefused
from tests.unit.driver_rig import (
    OPERATIONS,
    READ,
    WRITE,
    Clock,
    Notebook,
    Plainly,
    Tokened,
    answer_json,
    answer_with,
    open_with,
)


def test_planning_refuses_writes_before_anything_is_sent() -> None:
    desk = answer_with(answer_json(201, {"id": "1"}), planning=True)
    with pytest.raises(WriteRefused, match="POST /things writes"):
        desk.client.call(WRITE, body={})
    assert not desk.requests
    assert not desk.journal.sent
    desk.client.call(READ)


def test_without_a_journal_nothing_is_written() -> None:
    desk = answer_with(answer_json(201, {"id": "1"}))
    desk.client.journal = None
    with pytest.raises(WriteRefused):
        desk.client.call(WRITE, body={})
    assert not desk.requests


def test_an_undeclared_operation_is_refused_even_as_a_read() -> None:
    desk = answer_with(httpx.Response(200))
    for undeclared in (replace(READ, name="GET /other"), replace(WRITE, writes=False)):
        with pytest.raises(WriteRefused, match="not among the declared operations"):
            desk.client.call(undeclared)
    assert not desk.requests


def test_a_lost_lease_stops_the_write() -> None:
    desk = answer_with(answer_json(201, {"id": "1"}))

    class Lost(Notebook):
        def sending(self, *_: object) -> int:
            raise LedgerLocked("another run holds the target")

    desk.client.journal = Lost()
    with pytest.raises(LedgerLocked):
        desk.client.call(WRITE, body={})
    assert not desk.requests


def test_secret_fields_are_redacted_at_any_depth() -> None:
    body = {"settings": [{"Password": "p", "host_key": 1, "topic": "t"}], "start_url": "u", "n": 1.5}
    assert redact(body) == {
        "settings": ({"Password": "[redacted]", "host_key": "[redacted]", "topic": "t"},),
        "start_url": "[redacted]",
        "n": "1.5",
    }


def test_vendor_text_is_cut_and_escaped() -> None:
    assert quote_vendor("a\x1b[31m\n\u202eb") == "a\\x1b[31m\\x0a\\x202eb"
    assert quote_vendor("x" * 300) == "x" * 256 + "..."


def test_no_secret_stands_in_an_error_or_its_traceback() -> None:
    hidden = "-".join(("hunter", "2"))
    said = {"code": 1, "message": "token secret-1 is bad\x1b[0m" + "x" * 400}
    desk = answer_with(answer_json(400, said), signer=Tokened())
    with pytest.raises(Refused) as caught:
        desk.client.call(WRITE, body={"password": hidden})
    text = "".join(traceback.format_exception(caught.value)) + repr(desk.client) + str(desk.journal)
    assert "secret-1" not in text
    assert hidden not in text
    assert "\x1b" not in text
    broken = answer_with(
        httpx.LocalProtocolError("Illegal header value b'Bearer secret-1'"), signer=Tokened()
    )
    with pytest.raises(Exception, match="LocalProtocolError") as raised:
        broken.client.call(READ)
    assert "secret-1" not in "".join(traceback.format_exception(raised.value))


def test_redirects_are_refusals() -> None:
    desk = answer_with(httpx.Response(302, headers={"Location": "https://evil.example/"}))
    with pytest.raises(Refused, match="redirects are not followed"):
        desk.client.call(READ)
    assert len(desk.requests) == 1


def test_an_endless_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.drivers.http.ANSWER_LIMIT", 1000)
    desk = answer_with(httpx.Response(200, json=["x" * 2000]))
    with pytest.raises(Uncertain, match="did not end"):
        desk.client.call(READ)


def test_no_cookie_is_kept_and_compressed_answers_are_read() -> None:
    import gzip

    packed = httpx.Response(
        200, content=gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip", "Set-Cookie": "a=b"}
    )
    desk = answer_with(packed, httpx.Response(200, json=[2]))
    assert desk.client.call(READ) == [1]
    assert desk.client.call(READ) == [2]
    assert "cookie" not in desk.requests[1].headers


def test_the_environment_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = Client(open_with(Clock()), "http://127.0.0.1:1", OPERATIONS, Plainly(), Unsigned())
    with pytest.raises(Exception, match="no connection to http://127.0.0.1:1 "):
        client.call(READ)
    client.close()


@pytest.mark.parametrize("url", ["http://api.example.edu", "ftp://x", "api.example.edu", "https://", ""])
def test_secrets_travel_by_https_or_on_loopback(url: str) -> None:
    with pytest.raises(OriginRefused, match="https"):
        origin_of(url)


def test_origins_leave_path_and_user_out() -> None:
    assert origin_of("https://u:p@API.example.edu:8443/v2?x=1") == "https://api.example.edu:8443"
    assert origin_of("http://127.0.0.1:80/x") == "http://127.0.0.1:80"


def test_each_keeps_order_and_hands_on_the_first_error() -> None:
    desk = answer_with(httpx.Response(200, json=[]))
    assert desk.client.each(lambda n: n * 2, list(range(100))) == [n * 2 for n in range(100)]
    with pytest.raises(ZeroDivisionError):
        desk.client.each(lambda n: 1 // (n - 50), list(range(100)))
