"""A request before it is signed, and what of one is computed: its path, its body, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from reconciler.drivers.base import origin_of
from reconciler.drivers.operations import QUOTED, Answer, Operation, Signer
from reconciler.errors import OriginRefused

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a handler asked for it, before it is signed; `url` says where, else `path` does.

    `whole` asks for the answer with its headers; `signer` signs in place of the client's own credential.
    """

    operation: Operation
    path: str
    query: Mapping[str, str]
    body: Any
    content: bytes | None
    owner: str
    rows: int
    url: str = ""
    whole: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    signer: Signer | None = None


def fill(operation: Operation, path: Mapping[str, str] | None) -> str:
    """An operation's path with its parameters, quoted."""
    quoted = {name: quote(value, safe="") for name, value in (path or {}).items()}
    return operation.path.format_map(quoted) if path else operation.path


def is_below(origin: str, url: str) -> bool:
    """Whether an address lies at this very origin."""
    try:
        return origin_of(url) == origin
    except (OriginRefused, ValueError):
        return False


def encode(operation: Operation, body: Any) -> bytes | None:
    """A body as the operation takes it; None for none."""
    if body is None:
        return None
    return urlencode(body).encode() if operation.form else orjson.dumps(body)


def read_answer(operation: Operation, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """A complete answer, decoded. Raises ValueError for a success that is not JSON, unless it is a page."""
    if operation.page:
        return Answer(status, headers, None, empty=not content, text=content.decode(errors="replace"))
    try:
        body = orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        if status < 300:
            raise
        body = None
    text = "" if body is not None else content[:QUOTED].decode(errors="replace")
    return Answer(status, headers, body, empty=not content, text=text)


def yielded(body: Any, field: str) -> bool:
    """Whether a success, or the first row of one that is a list, carries a field."""
    row = body[0] if isinstance(body, list) and body else body
    return isinstance(row, Mapping) and bool(row.get(field))
