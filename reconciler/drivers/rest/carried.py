"""What a request carries, put where its mapping says: into the query, a form, or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.drivers.operations import Operation, Revealed
from reconciler.drivers.rest.mapping import Request
from reconciler.drivers.rest.values import flatten, nest


def place(
    request: Request, operation: Operation, carried: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any] | None]:
    """What a request carries, as its query and its body: as text, or as JSON by dotted paths."""
    if request.encode == "query" or (operation.method == "GET" and not operation.writes):
        return {name: _plain(value) for name, value in carried.items()}, None
    if request.encode == "form":
        return {}, {name: _plain(value) for name, value in carried.items()}
    body: dict[str, Any] = {}
    for name, value in carried.items():
        nest(body, name, value)
    return {}, None if not body and operation.method in ("DELETE", "GET") else body


def _plain(value: Any) -> str:
    return value if isinstance(value, Revealed) else flatten(value)
