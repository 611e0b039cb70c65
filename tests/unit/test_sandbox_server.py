"""The sandbox as a server: its life, its world file, its counters, its strictness on the wire."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import httpx
import pytest

from reconciler.errors import ReconcilerError
from reconciler.sandbox import Sandbox
from tests.unit.sandbox_rig import Rig, said


def test_settings_say_what_a_target_needs(rig: Rig) -> None:
    told = rig.sandbox.settings()
    assert told["zoom"] == {
        "base_url": f"{rig.sandbox.origin}/zoom/v2",
        "token_url": f"{rig.sandbox.origin}/zoom/oauth/token",
        "account_id": "sandbox-account",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }
    assert told["zoom_lti_pro"] == {
        "base_url": f"{rig.sandbox.origin}/lti/api/v1/lti/rich",
        "launch_url": f"{rig.sandbox.origin}/lti/lti/rich",
    }
    assert rig.sandbox.origin.startswith("http://127.0.0.1:")


def test_a_campus_lives_on_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "world.json"
    with Sandbox(users=5, seed=3, world=file) as sandbox:
        with httpx.Client() as client:
            rig = Rig(sandbox)
            rig.client.close()
            rig.client = client
            host = rig.add_user("host@example.edu", type=2)
            rig.add_meeting(host, topic="BIO 101")
            rig.console("create_credential", name="lti-2026")
        before = sandbox.settings()
    text = file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == ["world.json"]
    with Sandbox(users=99, world=file) as sandbox:
        told = sandbox.settings()
        assert told["zoom_lti_pro"]["secret"] == before["zoom_lti_pro"]["secret"]
        assert httpx.get(f"{sandbox.origin}/_control/state").json()["meetings"][0]["topic"] == "BIO 101"
    assert file.read_bytes() == text


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1}', '{"format": 1, "seed": 1, "serial": 1}'])
def test_a_file_that_is_no_campus_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "world.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ReconcilerError, match=r"world\.json"):
        Sandbox(world=file)


def test_starting_and_stopping_twice_is_harmless() -> None:
    sandbox = Sandbox()
    sandbox.start()
    origin = sandbox.origin
    sandbox.start()
    assert sandbox.origin == origin
    with httpx.Client() as client:
        assert client.get(f"{origin}/_control/clock").status_code == 200
        sandbox.stop()
        sandbox.stop()
        with pytest.raises(httpx.TransportError):
            client.get(f"{origin}/_control/clock")


def test_a_foreground_sandbox_ends_with_stop() -> None:
    sandbox = Sandbox()
    thread = threading.Thread(target=sandbox.serve_forever)
    thread.start()
    while not sandbox.origin:
        pass
    assert httpx.get(f"{sandbox.origin}/_control/clock").status_code == 200
    sandbox.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


def exchange(rig: Rig, raw: bytes) -> bytes:
    """Send bytes, read until the server closes."""
    port = int(rig.sandbox.origin.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n",
    ],
)
def test_malformed_requests_are_refused(rig: Rig, raw: bytes) -> None:
    assert exchange(rig, raw).startswith(b"HTTP/1.1 400 ")


def test_connections_are_kept_and_closed_on_request(rig: Rig) -> None:
    kept = b"GET /_control/clock HTTP/1.1\r\nHost: x\r\n\r\n"
    assert exchange(rig, kept * 3).count(b"HTTP/1.1 200 OK") == 3
    closing = b"GET /_control/clock HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert exchange(rig, closing + kept).count(b"HTTP/1.1 200 OK") == 1
    assert exchange(rig, b"POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort") == b""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GET /users/x/nothing", (404, 2300)),
        ("POST /no/such/thing", (404, 2300)),
        ("PUT /users", (405, 2300)),
        ("POST /users/x", (405, 2300)),
    ],
)
def test_what_the_vendor_does_not_have_is_refused_and_counted(
    rig: Rig, name: str, expected: tuple[int, int]
) -> None:
    assert said(rig.zoom(name)) == expected
    counters = rig.show("counters")
    kind = "reads" if name.startswith("GET") else "writes"
    assert counters[kind] == {"unknown": 1}
    assert counters["refused"] == {"unknown": 1}


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": "x"}', "text/plain", 415),
        (b"name=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_bodies_are_json_objects(rig: Rig, content: bytes, type: str, status: int) -> None:
    rig.log_in()
    url = rig.sandbox.settings()["zoom"]["base_url"] + "/groups"
    headers = {"Authorization": f"Bearer {rig.token}", "Content-Type": type}
    assert said(rig.client.post(url, content=content, headers=headers)) == (status, 300)


def test_a_read_takes_no_body(rig: Rig) -> None:
    assert said(rig.zoom("GET /users", {"status": "active"})) == (400, 300)


def test_counters_tell_reads_writes_and_refusals(rig: Rig) -> None:
    rig.zoom("GET /users")
    rig.zoom("POST /groups", {"name": "Law"})
    rig.zoom("POST /groups", {"name": "LAW"})
    assert rig.show("counters") == {
        "reads": {"GET /users": 1},
        "writes": {"POST /groups": 2},
        "refused": {"POST /groups": 1},
        "tokens": 1,
        "mails": 0,
    }
    rig.control("counters/reset")
    assert rig.show("counters")["writes"] == {}


def test_the_clock_can_be_pinned_moved_and_freed(rig: Rig) -> None:
    assert rig.control("clock", {"now": "2027-01-01T00:00:00+01:00"})["now"] == "2026-12-31T23:00:00+00:00"
    assert rig.control("clock", {"advance_s": 90})["now"] == "2026-12-31T23:01:30+00:00"
    assert rig.control("clock", {"real": True})["pinned"] is False
    before = rig.show("clock")["now"]
    assert rig.control("clock", {"advance_s": 3600})["now"] > before


@pytest.mark.parametrize("order", [{}, {"now": "soon"}, {"advance_s": "x"}, {"real": False}])
def test_a_clock_order_that_makes_no_sense_is_refused(rig: Rig, order: dict[str, str]) -> None:
    assert rig.client.post(f"{rig.sandbox.origin}/_control/clock", json=order).status_code == 400


@pytest.mark.parametrize("path", ["_control/nothing", "elsewhere"])
def test_other_paths_are_unknown(rig: Rig, path: str) -> None:
    assert rig.client.get(f"{rig.sandbox.origin}/{path}").status_code == 404


def test_reads_and_writes_are_told_by_the_sandbox_not_by_the_verb() -> None:
    from reconciler.sandbox.vendors import VENDORS

    writes = {row.name for vendor in VENDORS for row in vendor.operations if row.access == "write"}
    assert {"PUT /meeting/bulkDisassociate", "POST /users/features", "DELETE /meetings/{meetingId}"} <= writes
    assert "GET /CreateUser" in writes, "Skillable writes by GET, and nobody else does"
    by_get = {name for name in writes if name.startswith("GET ")}
    assert all(re.match("GET /(Create|Update|Delete)", name) for name in by_get)
