"""The signature of an LTI 1.1 launch, recomputed to prove which secret made it (OAuth 1.0, section 3.4.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlsplit

SIGNATURE = "oauth_signature"


def sign(endpoint: str, parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """HMAC-SHA1 of a form POST to `endpoint`; what its address has after the `?` counts as parameters."""
    parts = urlsplit(endpoint)
    pairs = [*parameters, *parse_qsl(parts.query, keep_blank_values=True)]
    encoded = sorted((_escape(name), _escape(value)) for name, value in pairs if name != SIGNATURE)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    where = f"{parts.scheme.lower()}://{parts.netloc.lower().removesuffix(default)}{parts.path or '/'}"
    base = "&".join(("POST", _escape(where), _escape("&".join(f"{name}={value}" for name, value in encoded))))
    digest = hmac.new(f"{_escape(secret)}&".encode(), base.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _escape(text: str) -> str:
    return quote(text, safe="-._~")
