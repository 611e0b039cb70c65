"""OAuth 1.0 signatures of launches, made and compared by the letter of RFC 5849, without any library."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlsplit

METHOD = "HMAC-SHA1"
SIGNATURE = "oauth_signature"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def sign(url: str, pairs: Iterable[tuple[str, str]], secret: str) -> str:
    """The HMAC-SHA1 signature of a form POST to `url`; the parameters in its query are signed with `pairs`.

    A signature among the pairs is left out (RFC 5849, sections 3.4.1 and 3.4.2).
    """
    parts = urlsplit(url)
    told = [*pairs, *parse_qsl(parts.query, keep_blank_values=True)]
    escaped = sorted((_escape(name), _escape(value)) for name, value in told if name != SIGNATURE)
    scheme = parts.scheme.lower()
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    listed = "&".join(f"{name}={value}" for name, value in escaped)
    base = "&".join(_escape(part) for part in ("POST", f"{scheme}://{host}{parts.path or '/'}", listed))
    return base64.b64encode(hmac.digest(f"{_escape(secret)}&".encode(), base.encode(), "sha1")).decode()


def new_nonce() -> str:
    """A nonce that nobody has used: a receiver takes each one once, whatever the clock says."""
    return secrets.token_hex(16)


def _escape(text: str) -> str:
    return quote(text, safe="-._~")
