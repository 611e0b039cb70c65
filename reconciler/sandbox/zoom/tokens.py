"""Zoom's access tokens: who holds one, until when, and which scopes it carries."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.sandbox.calls import Refusal


@dataclass(frozen=True, slots=True)
class _Token:
    expires: datetime
    scopes: frozenset[str]


class Tokens:
    """All tokens given out. Several may be valid together."""

    def __init__(self) -> None:
        self._tokens: dict[str, _Token] = {}

    def issue(self, now: datetime, ttl: int, scopes: frozenset[str]) -> str:
        """A new token, valid for `ttl` seconds."""
        value = secrets.token_urlsafe(32)
        self._tokens[value] = _Token(now + timedelta(seconds=ttl), scopes)
        return value

    def knows(self, value: str) -> bool:
        """Whether this token was given out and is not revoked."""
        return value in self._tokens

    def forget_all(self) -> None:
        """End every token of the account."""
        self._tokens.clear()

    def scopes_of(self, value: str, now: datetime) -> frozenset[str]:
        """The scopes of a live token. Refuses any other with 124 at HTTP 401."""
        token = self._tokens.get(value)
        if token is None:
            raise Refusal(401, 124, "Invalid access token.")
        if token.expires <= now:
            raise Refusal(401, 124, "Access token is expired.")
        return token.scopes
