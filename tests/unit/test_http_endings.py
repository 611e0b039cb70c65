"""Every request ends as done, not sent, refused, uncertain or deferred, and its intent says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from reconciler.drivers import limits
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Operation, Unsigned
from reconciler.errors import Absent, NotSent, Refused, RequestError, Unauthorized, Uncertain
from tests.unit.driver_rig import (
    OPERATIONS,
    PLAIN_WRITE,
    READ,
    READ_ONE,
    WRITE,
    Clock,
    Notebook,
    Plainly,
    Tokened,
    answer_json,
    answer_with,
    open_with,
)


def test_a_done_write_is_journalled_before_and_after() -> None:
    desk = answer_with(answer_json(201, {"id": "7"}))
    assert desk.client.call(WRITE, body={"name": "a", "password": "p"}, elements=("x",)) == {"id": "7"}
    assert desk.journal.sent == [("POST /things", {}, {"name": "a", "password": "[redacted]"}, ("x",))]
    assert desk.journal.states == ["answered"]
    assert desk.client.requests() == {"POST /things": 1}


def test_parameters_are_quoted_in_the_path_and_noted_in_the_journal() -> None:
    desk = answer_with(httpx.Response(204))
    desk.client.call(PLAIN_WRITE, path={"id": "a@b/c d"}, query={"q": "x=y&z"}, noted={"host": "h"})
    assert desk.requests[0].url.raw_path == b"/v1/things/a%40b%2Fc%20d?q=x%3Dy%26z"
    assert desk.journal.sent[0][1] == {"id": "a@b/c d", "q": "x=y&z", "host": "h"}


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("no"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("")]
)
def test_what_never_arrived_is_sent_again_a_bounded_number_of_times(error: Exception) -> None:
    desk = answer_with(error)
    with pytest.raises(NotSent, match="was not sent: no connection to https://api.example.edu"):
        desk.client.call(WRITE, body={})
    assert desk.journal.states == ["unsent"] * 4
    assert len(desk.clock.slept) == 3
    desk = answer_with(error, answer_json(201, {"id": "1"}))
    assert desk.client.call(WRITE, body={}) == {"id": "1"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(201, text='{"id": '),
        httpx.Response(201, json={"name": "no id"}),
        httpx.Response(201),
    ],
)
def test_a_write_without_a_whole_answer_is_uncertain_and_not_sent_again(
    answer: httpx.Response | Exception,
) -> None:
    desk = answer_with(answer)
    with pytest.raises(Uncertain, match="POST /things may or may not have been done"):
        desk.client.call(WRITE, body={})
    assert desk.journal.states == ["uncertain"]


@pytest.mark.parametrize(
    "answer", [httpx.ReadError("reset"), httpx.Response(503), httpx.Response(200, text="{")]
)
def test_a_read_without_a_whole_answer_is_tried_three_times(answer: httpx.Response | Exception) -> None:
    desk = answer_with(answer)
    with pytest.raises(Uncertain, match="GET /things gave no usable answer"):
        desk.client.call(READ)
    assert desk.client.requests() == {"GET /things": 3}
    desk = answer_with(answer, httpx.Response(200, json=[1]))
    assert desk.client.call(READ) == [1]


def test_refusals_say_what_and_keep_status_and_code() -> None:
    desk = answer_with(answer_json(409, {"code": 1005, "message": "taken"}))
    with pytest.raises(Refused) as caught:
        desk.client.call(WRITE, body={})
    assert str(caught.value) == 'POST /things was refused (409, code 1005): no. The vendor says: "taken"'
    assert (caught.value.status, caught.value.code) == (409, "1005")
    assert (caught.value.target, caught.value.operation) == ("main", "POST /things")
    assert desk.journal.states == ["refused"]


def test_a_refusal_in_html_is_a_refusal_and_404_is_absent() -> None:
    with pytest.raises(Refused, match="403"):
        answer_with(httpx.Response(403, text="<html>go away")).client.call(READ)
    with pytest.raises(Absent):
        answer_with(httpx.Response(404)).client.call(READ_ONE, path={"id": "9"})


def test_a_batch_refused_without_rows_is_uncertain() -> None:
    desk = answer_with(httpx.Response(400))
    with pytest.raises(Uncertain, match="nothing tells of its 3 rows"):
        desk.client.call(WRITE, body=[], rows=3)
    assert desk.journal.states == ["uncertain"]
    with pytest.raises(Refused):
        desk.client.call(WRITE, body=[], rows=1)


def test_an_expired_token_is_renewed_once() -> None:
    desk = answer_with(httpx.Response(401), answer_json(201, {"id": "1"}), signer=Tokened())
    assert desk.client.call(WRITE, body={}) == {"id": "1"}
    assert [request.headers["authorization"] for request in desk.requests] == [
        "Bearer secret-1",
        "Bearer secret-2",
    ]
    assert desk.journal.states == ["refused", "answered"]
    desk = answer_with(httpx.Response(401), signer=Tokened())
    with pytest.raises(Unauthorized):
        desk.client.call(WRITE, body={})
    assert len(desk.requests) == 2


def test_every_error_of_a_request_is_one_of_ours() -> None:
    for answer in (httpx.DecodingError("gzip"), httpx.UnsupportedProtocol("ftp"), httpx.CloseError("x")):
        with pytest.raises(RequestError):
            answer_with(answer).client.call(READ)


@contextmanager
def serve(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A loopback server that sends these bytes to whoever asks, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def run() -> None:
            while not stop.is_set():
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer, suppress(OSError):
                    peer.recv(65536)
                    for part in parts:
                        peer.sendall(part)
                        stop.wait(pause)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def open_client(origin: str) -> tuple[Client, Notebook]:
    client = Client(open_with(Clock()), origin, OPERATIONS, Plainly(), Unsigned())
    client.journal = Notebook()
    return client, client.journal


def test_a_body_cut_on_the_wire_is_uncertain() -> None:
    with serve(b"HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n", b'{"id": "1"}') as origin:
        client, journal = open_client(origin)
        with pytest.raises(Uncertain):
            client.call(WRITE, body={})
        assert journal.states == ["uncertain"]
        client.close()


def test_a_closed_port_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        origin = f"http://127.0.0.1:{server.getsockname()[1]}"
    client, journal = open_client(origin)
    with pytest.raises(NotSent):
        client.call(WRITE, body={})
    assert set(journal.states) == {"unsent"}
    client.close()


def test_a_peer_that_dribbles_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.drivers.http.DEADLINE", 0.2)
    with serve(b"HTTP/1.1 201 Created\r\n", *[b"X-Slow: 1\r\n"] * 20, pause=0.1) as origin:
        client, journal = open_client(origin)
        with pytest.raises(Uncertain, match="no whole answer within"):
            client.call(WRITE, body={})
        assert journal.states == ["uncertain"]
        client.close()
        page = Operation("GET a page", "GET", "", False, page=True)
        client = Client(open_with(Clock()), origin, (page,), Plainly(), Unsigned())
        with pytest.raises(Uncertain, match="no whole answer within"):
            client.visit(page, f"{origin}/login", {}, Unsigned())
        client.close()


def test_run_within_hands_on_results_and_errors() -> None:
    assert limits.run_within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        limits.run_within(5, lambda: 1 // 0)
