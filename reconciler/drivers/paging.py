"""Lists that come in pages: read to the end, or not believed at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Operation
from reconciler.errors import IncompleteReading


def read_pages(
    client: Client,
    operation: Operation,
    items: str,
    *,
    size: int,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    key: str = "",
) -> list[Any]:
    """Everything a listing with `next_page_token` holds; `key` names the field no two items share.

    Raises IncompleteReading on a token given twice, an empty page that promises more, an item given twice,
    or a `total_records` that is not the number of items.
    """
    found: list[Any] = []
    tokens: set[str] = set()
    token, total = "", None
    with shaped(operation.name):
        while True:
            asked = {**(query or {}), "page_size": str(size)}
            answer = client.call(
                operation, path=path, query={**asked, "next_page_token": token} if token else asked
            )
            page = answer[items]
            found.extend(page)
            total = answer.get("total_records")
            token = answer.get("next_page_token") or ""
            if not token:
                break
            if token in tokens or not page:
                raise IncompleteReading(_cut(operation, "a page leads nowhere", len(found), total))
            tokens.add(token)
        if total is not None and total != len(found):
            raise IncompleteReading(_cut(operation, "the pages contradict the total", len(found), total))
        if key:
            refuse_twins((item[key] for item in found if item.get(key)), operation.name)
    return found


def refuse_twins(keys: Iterator[str], listing: str) -> None:
    """Raise IncompleteReading if a listing gave one object twice: it changed while it was read."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise IncompleteReading(
                f"{listing} listed {key!r} twice: it changed while it was read; run again"
            )
        seen.add(key)


def _cut(operation: Operation, why: str, count: int, total: object) -> str:
    return f"{operation.name}: {why} ({count} items read, total {total}); the list is not believed, run again"
