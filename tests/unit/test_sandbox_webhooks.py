"""Zoom's webhooks: signature, challenge, retries, duplicates and wrong order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reconciler.sandbox.webhooks import answer_challenge, sign_event
from tests.unit.sandbox_rig import Rig

SECRET = "sandbox-webhook-secret"


class Receiver(ThreadingHTTPServer):
    """Takes events; answers with `status`, and a wrong challenge where `honest` is False."""

    daemon_threads = True

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.signed: list[bool] = []
        self.status = 204
        self.honest = True
        super().__init__(("127.0.0.1", 0), _Door)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Door(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = json.loads(body)
        timestamp = self.headers["x-zm-request-timestamp"]
        good = sign_event(SECRET, timestamp, body) == self.headers["x-zm-signature"]
        self.server.signed.append(good)
        answer = b""
        if event["event"] == "endpoint.url_validation":
            plain = event["payload"]["plainToken"]
            secret = SECRET if self.server.honest else "other"
            answer = json.dumps(
                {"plainToken": plain, "encryptedToken": answer_challenge(secret, plain)}
            ).encode()
        else:
            self.server.events.append(event)
        self.send_response(200 if answer else self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def subscribe(rig: Rig, receiver: Receiver, **more: Any) -> None:
    rig.control("webhooks", {"url": receiver.url, "secret": SECRET} | more)


def flush(rig: Rig) -> Any:
    return rig.control("webhooks/flush")


def test_the_known_vectors() -> None:
    expected = "e4ed1127c0a372b37082b86f1608c69a68973da1c4877082ead4026194662d26"
    assert answer_challenge(SECRET, "qgg8vlvZRS6UYooatFL8Aw") == expected
    body = b'{"event":"user.updated","event_ts":1626230691572,"payload":{"account_id":"AAAAAABBBB"}}'
    signature = "v0=4ab785d91b1bf5338585e9fd5392522c0485ed308f10abae30884497cd383f6d"
    assert sign_event(SECRET, "1626230691", body) == signature


def test_events_are_signed_and_tell_what_changed(rig: Rig, receiver: Receiver) -> None:
    ada = rig.add_user("ada@example.edu", dept="Law")
    subscribe(rig, receiver)
    rig.zoom(f"PATCH /users/{ada}", {"dept": "Music"})
    assert receiver.events == []
    assert flush(rig) == {"delivered": 1, "failed": 0, "given_up": 0, "pending": 0}
    assert all(receiver.signed)
    event = receiver.events[0]
    assert event["event"] == "user.updated"
    assert event["payload"]["account_id"] == "sandbox-account"
    assert event["payload"]["operator"] == "owner@example.edu"
    assert event["payload"]["object"] == {"id": ada, "dept": "Music"}
    assert event["payload"]["old_object"] == {"id": ada, "dept": "Law"}


def test_every_kind_of_write_tells(rig: Rig, receiver: Receiver) -> None:
    subscribe(rig, receiver)
    host = rig.add_user("host@example.edu", type=2)
    group = rig.zoom("POST /groups", {"name": "Law"}).json()["id"]
    rig.zoom(f"PATCH /groups/{group}", {"name": "Lore"})
    rig.zoom(f"POST /groups/{group}/members", {"members": [{"id": host}]})
    rig.zoom(f"DELETE /groups/{group}/members/{host}")
    rig.zoom(f"DELETE /groups/{group}")
    number = rig.add_meeting(host)["id"]
    rig.zoom(f"PATCH /meetings/{number}", {"topic": "New"})
    rig.zoom(f"DELETE /meetings/{number}", schedule_for_reminder="false")
    rig.zoom(f"PUT /users/{host}/status", {"action": "deactivate"})
    rig.zoom(f"PUT /users/{host}/status", {"action": "activate"})
    rig.zoom(f"DELETE /users/{host}", action="delete")
    rig.zoom("POST /users", {"action": "create", "user_info": {"email": "a@other.org", "type": 1}})
    rig.console("accept_invitation", user="a@other.org")
    rig.zoom("DELETE /users/a@other.org")
    flush(rig)
    assert [event["event"] for event in receiver.events] == [
        "user.created", "group.created", "group.updated", "group.member_added", "group.member_deleted",
        "group.deleted", "meeting.created", "meeting.updated", "meeting.deleted", "user.deactivated",
        "user.activated", "user.deleted", "user.created", "user.invitation_accepted", "user.disassociated",
    ]  # fmt: skip
    by_name = {event["event"]: event["payload"] for event in receiver.events}
    assert "operator" not in by_name["user.invitation_accepted"]
    assert by_name["user.created"]["creation_type"] == "create"


def test_a_receiver_that_fails_is_tried_three_times_more(rig: Rig, receiver: Receiver) -> None:
    subscribe(rig, receiver)
    receiver.status = 500
    rig.add_user("ada@example.edu")
    assert flush(rig)["failed"] == 1
    for minutes, outcome in ((5, "failed"), (20, "failed"), (60, "given_up")):
        rig.control("clock", {"advance_s": minutes * 60 - 1})
        assert flush(rig) == {"delivered": 0, "failed": 0, "given_up": 0, "pending": 1}
        rig.control("clock", {"advance_s": 1})
        assert flush(rig)[outcome] == 1
    assert len(receiver.events) == 4


def test_a_late_success_ends_the_retries(rig: Rig, receiver: Receiver) -> None:
    subscribe(rig, receiver)
    receiver.status = 500
    rig.add_user("ada@example.edu")
    flush(rig)
    receiver.status = 200
    rig.control("clock", {"advance_s": 300})
    assert flush(rig) == {"delivered": 1, "failed": 0, "given_up": 0, "pending": 0}


def test_duplicates_and_wrong_order_on_request(rig: Rig, receiver: Receiver) -> None:
    subscribe(rig, receiver, duplicates=True, out_of_order=True)
    rig.add_user("ada@example.edu")
    rig.console("add_group", name="Law")
    assert flush(rig)["delivered"] == 4
    assert [event["event"] for event in receiver.events] == ["group.created"] * 2 + ["user.created"] * 2


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/hook", "https://127.0.0.1/hook", "ftp://127.0.0.1", "hook"]
)
def test_only_loopback_is_called(rig: Rig, url: str) -> None:
    answer = rig.client.post(f"{rig.sandbox.origin}/_control/webhooks", json={"url": url, "secret": SECRET})
    assert answer.status_code == 400


def test_a_receiver_must_pass_the_challenge(rig: Rig, receiver: Receiver) -> None:
    receiver.honest = False
    order = {"url": receiver.url, "secret": SECRET}
    assert rig.client.post(f"{rig.sandbox.origin}/_control/webhooks", json=order).status_code == 400
    rig.add_user("ada@example.edu")
    assert flush(rig)["delivered"] == 0
