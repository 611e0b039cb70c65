"""One access token for all of a target's requests, fetched once, renewed by whoever meets its end first."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from reconciler.drivers.base import origin_of, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Operation, Signed
from reconciler.drivers.zoom.api import ORIGINS, TOKEN
from reconciler.errors import OriginRefused, Unauthorized

EARLY = 60.0
"""Seconds before its end at which a token is no longer used."""


class ClientSecret:
    """Basic authorization with client id and secret, for the token endpoint only."""

    def __init__(self, client_id: str, secret: str) -> None:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}"}
        self._concealed = (secret, pair)

    def admit(self, operation: Operation) -> None:
        """The endpoint knows no scopes."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The pair as a header."""
        return Signed(query, self._headers)

    def renew(self, used: Signed) -> bool:
        """A client secret does not expire."""
        return False

    def conceal(self) -> Iterable[str]:
        """Secret and header value."""
        return self._concealed


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    text: str
    ends: float
    scopes: frozenset[str] | None  # None: the answer did not say
    signed: Mapping[str, str]
    base: str


class Token:
    """The account's Server-to-Server OAuth token; safe to share between threads."""

    def __init__(
        self, client: Client, account_id: str, base_url: str, clock: Callable[[], datetime], target: str
    ) -> None:
        self._client = client
        self._target = target
        self._account_id = account_id
        self._base_url = base_url
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def admit(self, operation: Operation) -> None:
        """Raise Unauthorized naming the scope the token lacks."""
        granted = self._current().scopes
        if granted is not None and operation.scopes and not granted.intersection(operation.scopes):
            raise Unauthorized(
                f"{operation.name} was not sent: the app lacks the scope {operation.scopes[0]}; "
                "add it to the app in the Zoom Marketplace",
                status=0,
                code="4711",
                target=self._target,
                operation=operation.name,
            )

    def lacking(self, operations: Iterable[Operation]) -> Mapping[str, str]:
        """The scopes these operations need and the token has not, each with the first that needs it."""
        granted, missing = self._current().scopes, dict[str, str]()
        for operation in operations:
            if granted is not None and operation.scopes and not granted.intersection(operation.scopes):
                missing.setdefault(operation.scopes[0], operation.name)
        return missing

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The token as a header."""
        token = self._current()
        return Signed(query, token.signed, token.base)

    def renew(self, used: Signed) -> bool:
        """Forget the token `used` was signed with, unless another thread already did."""
        with self._lock:
            if self._token is not None and self._token.signed is used.headers:
                self._token = None
        return True

    def conceal(self) -> Iterable[str]:
        """The token, and what it was asked for with."""
        token = self._token
        return (*self._client.conceal(), *(() if token is None else (token.text,)))

    def _current(self) -> _Token:
        token = self._token
        if token is not None and token.ends > self._clock().timestamp():
            return token
        with self._lock:
            if self._token is None or self._token.ends <= self._clock().timestamp():
                self._token = self._fetch()
            return self._token

    def _fetch(self) -> _Token:
        """Ask for a token. Raises Unauthorized where the endpoint refuses."""
        asked = {"grant_type": "account_credentials", "account_id": self._account_id}
        answer = self._client.call(TOKEN, body=asked)
        with shaped(TOKEN.name):
            text = str(answer["access_token"])
            scope = answer.get("scope")
            lasts = max(float(answer.get("expires_in") or 0) - EARLY, 1.0)
            return _Token(
                text=text,
                ends=self._clock().timestamp() + lasts,
                scopes=None if scope is None else frozenset(str(scope).split()),
                signed={"Authorization": f"Bearer {text}"},
                base=choose_base(self._base_url, str(answer.get("api_url") or "")),
            )


def choose_base(base_url: str, api_url: str) -> str:
    """The base URL to use: the region's the token names, if both are Zoom's own, else the configured one."""
    try:
        origin = origin_of(api_url) if api_url else ""
    except (OriginRefused, ValueError):
        return base_url
    if origin not in ORIGINS or origin_of(base_url) not in ORIGINS:
        return base_url
    return origin + urlsplit(base_url).path
