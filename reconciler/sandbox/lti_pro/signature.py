"""LTI Pro's signature: HMAC-SHA1 over the query, sorted by name, in URL-safe Base64 without padding."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=60)


def sign(secret: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The signature of these query parameters, values raw as they are before URL encoding."""
    base = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    digest = hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_fresh(timestamp: str, moments: Iterable[datetime]) -> bool:
    """Whether a timestamp in epoch milliseconds is within 60 minutes of one of the moments."""
    if not timestamp.isdecimal():
        return False
    sent = int(timestamp) / 1000
    return any(abs(moment.timestamp() - sent) <= WINDOW.total_seconds() for moment in moments)
