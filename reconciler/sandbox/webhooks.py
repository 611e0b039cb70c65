"""Zoom's webhooks: signed events, delivered when flushed, retried after 5, 20 and 60 minutes."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from reconciler.sandbox.calls import Json

if TYPE_CHECKING:
    from reconciler.sandbox.simulation import Simulation

RETRIES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))
PATIENCE_S = 3.0
MOST_SUBSCRIPTIONS = 10
CHALLENGE = "qgg8vlvZRS6UYooatFL8Aw"


def sign_event(secret: str, timestamp: str, body: bytes) -> str:
    """The `x-zm-signature` of a raw body: `v0=` and HMAC-SHA256 in hex."""
    return "v0=" + _digest(secret, b"v0:" + timestamp.encode() + b":" + body)


def answer_challenge(secret: str, plain: str) -> str:
    """What a receiver must answer to `endpoint.url_validation` as `encryptedToken`."""
    return _digest(secret, plain.encode())


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where events go; duplicates and wrong order are on request."""

    url: str
    secret: str
    duplicates: bool = False
    out_of_order: bool = False


@dataclass(slots=True)
class _Delivery:
    subscription: Subscription
    body: bytes
    due: datetime
    tries: int = 0


class Webhooks:
    """Subscriptions and the events that are on their way."""

    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []
        self.queue: list[_Delivery] = []

    def subscribe(self, subscription: Subscription, now: datetime) -> None:
        """Challenge the receiver, then keep it. Raises ValueError where it does not pass."""
        if len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise ValueError(f"an app has at most {MOST_SUBSCRIPTIONS} subscriptions")
        event = {
            "event": "endpoint.url_validation",
            "event_ts": int(now.timestamp() * 1000),
            "payload": {"plainToken": CHALLENGE},
        }
        status, text = _post(subscription, orjson.dumps(event), now)
        expected = {
            "plainToken": CHALLENGE,
            "encryptedToken": answer_challenge(subscription.secret, CHALLENGE),
        }
        if status != 200 or _parse(text) != expected:
            raise ValueError("the receiver did not answer the url_validation challenge")
        self.subscriptions.append(subscription)

    def emit(
        self,
        simulation: Simulation,
        event: str,
        thing: Json,
        *,
        old: Json | None,
        by: str,
        more: Mapping[str, object],
    ) -> None:
        """Put an event on its way to every subscriber."""
        if not self.subscriptions:
            return
        now, account = simulation.now(), simulation.world.account
        payload: Json = {"account_id": account.id, "object": thing, **more}
        if event != "user.invitation_accepted":
            owner = next(iter(simulation.world.users.values()))
            payload |= {"operator": owner.email if by == "api" else "console", "operator_id": owner.id}
        if old is not None:
            payload |= {"old_object": old, "time_stamp": int(now.timestamp() * 1000)}
        body = orjson.dumps({"event": event, "event_ts": int(now.timestamp() * 1000), "payload": payload})
        for subscription in self.subscriptions:
            copies = 2 if subscription.duplicates else 1
            self.queue.extend(_Delivery(subscription, body, now) for _ in range(copies))

    def flush(self, lock: AbstractContextManager[object], now: datetime) -> Json:
        """Deliver what is due by the sandbox's clock; counts of what became of it.

        The lock is free while receivers are called, for they may call the sandbox in turn.
        """
        with lock:
            due = [delivery for delivery in self.queue if delivery.due <= now]
            self.queue = [delivery for delivery in self.queue if delivery.due > now]
        straight = [delivery for delivery in due if not delivery.subscription.out_of_order]
        turned = [delivery for delivery in due if delivery.subscription.out_of_order]
        counts = {"delivered": 0, "failed": 0, "given_up": 0}
        again: list[_Delivery] = []
        for delivery in [*straight, *reversed(turned)]:
            status, _ = _post(delivery.subscription, delivery.body, now)
            if status in (200, 204):
                counts["delivered"] += 1
            elif delivery.tries < len(RETRIES):
                counts["failed"] += 1
                delivery.due = now + RETRIES[delivery.tries]
                delivery.tries += 1
                again.append(delivery)
            else:
                counts["given_up"] += 1
        with lock:
            self.queue += again
            return {**counts, "pending": len(self.queue)}


def check_url(url: str) -> None:
    """Raise ValueError for a receiver beyond this machine: the sandbox never calls out."""
    parts = urlsplit(url)
    try:
        local = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if parts.scheme != "http" or not local:
        raise ValueError(f"the sandbox delivers webhooks to http on loopback only, not to {url}")


def _post(subscription: Subscription, body: bytes, now: datetime) -> tuple[int, bytes]:
    """Status and body of one delivery; status 0 where the receiver did not answer in time."""
    parts = urlsplit(subscription.url)
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": sign_event(subscription.secret, timestamp, body),
    }
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _parse(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
