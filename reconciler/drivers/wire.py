"""A request before it is signed, and what of one is computed: its path, its body, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from reconciler.drivers.base import origin_of
from reconciler.drivers.operations import Operation
from reconciler.errors import OriginRefused

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a handler asked for it, before it is signed; `url` says where, else `path` does.

    `whole` asks for the answer with its headers.
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


def yielded(body: Any, field: str) -> bool:
    """Whether a success, or the first row of one that is a list, carries a field."""
    row = body[0] if isinstance(body, list) and body else body
    return isinstance(row, Mapping) and bool(row.get(field))
