"""One Kaltura session for all of a target's requests, started by an app token: no account secret is used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura.api import START_BY_TOKEN, START_WIDGET
from reconciler.drivers.operations import Operation, Signed

HASHES = ("SHA1", "MD5", "SHA256", "SHA512")
"""What an app token may be proven by (Kaltura API, app token)."""
LASTS = 3600
"""Seconds a session is asked for."""
EARLY = 60.0
"""Seconds before its end at which a session is no longer used."""
JSON = "1"
"""The format of answers: XML turns the CR LF between groups into LF."""


@dataclass(frozen=True, slots=True, repr=False)
class AppToken:
    """An app token, and what its sessions ask for."""

    partner: str
    id: str
    token: str
    hash: str
    privileges: str

    def prove(self, session: str) -> str:
        """The hash over an anonymous session and the token, in hex."""
        return hashlib.new(
            self.hash.lower(), (session + self.token).encode(), usedforsecurity=False
        ).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class _Session:
    signed: Mapping[str, str]
    ends: float


class SessionStart:
    """Answers in JSON, and no session yet: for the requests that start one."""

    def __init__(self, token: AppToken) -> None:
        self._concealed = (token.token,)

    def admit(self, operation: Operation) -> None:
        """Anybody may."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The format joins the body."""
        return Signed(query, {}, body={"format": JSON})

    def renew(self, used: Signed) -> bool:
        """An app token does not expire by being used."""
        return False

    def conceal(self) -> Iterable[str]:
        """The app token."""
        return self._concealed


class Session:
    """The session (KS) of an app token; safe to share between threads."""

    def __init__(self, client: Client, token: AppToken, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._token = token
        self._clock = clock
        self._lock = threading.Lock()
        self._session: _Session | None = None

    def admit(self, operation: Operation) -> None:
        """What a session may do is not told."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The session joins the body, where no log of addresses shows it."""
        return Signed(query, {}, body=self._current().signed)

    def renew(self, used: Signed) -> bool:
        """Forget the session `used` was signed with, unless another thread already did."""
        with self._lock:
            if self._session is not None and self._session.signed is used.body:
                self._session = None
        return True

    def conceal(self) -> Iterable[str]:
        """The session, which the vendor's refusals quote, and the app token."""
        session = self._session
        return (*self._client.conceal(), *(() if session is None else (session.signed["ks"],)))

    def _current(self) -> _Session:
        session, now = self._session, self._clock().timestamp()
        if session is not None and session.ends > now:
            return session
        with self._lock:
            if self._session is None or self._session.ends <= now:
                self._session = self._start()
            return self._session

    def _start(self) -> _Session:
        """An anonymous session, and with it the app token's. Raises Unauthorized where that is refused."""
        token, asked = self._token, {"expiry": LASTS}
        with shaped(START_BY_TOKEN.name):
            first = self._client.call(START_WIDGET, body={"widgetId": f"_{token.partner}", **asked})["ks"]
            proof = {"ks": first, "id": token.id, "tokenHash": token.prove(first)}
            privileges = {"sessionPrivileges": token.privileges} if token.privileges else {}
            told = self._client.call(START_BY_TOKEN, body={**proof, **asked, **privileges})
            now = self._clock().timestamp()
            lasts = max(min(float(told["expiry"]) - now, LASTS) - EARLY, 1.0)
            return _Session({"ks": str(told["ks"]), "format": JSON, "clientTag": "reconciler"}, now + lasts)
