"""Lists that come in pages: read to the end, or not believed at all."""

from __future__ import annotations

import re
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


_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^,;<>]+)*)")
_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)', re.IGNORECASE)


def find_next(header: str) -> str:
    """The address that a Link header (RFC 8288) names as the next page, "" if it names none."""
    return next((url for url, about in _LINK.findall(header) if _NEXT.search(about)), "")


def read_links(
    client: Client,
    operation: Operation,
    *,
    size: int,
    path: Mapping[str, str] | None = None,
    items: str = "",
    key: str = "id",
) -> list[Any]:
    """Everything a listing holds that names its next page in a Link header; such addresses are opaque.

    `items` names the field that holds a page's items beside a `total`, "" where the answer is the list.
    Raises IncompleteReading on a page named twice, an empty page that names a next one, an item given twice,
    a `total` that is not the number of items, or a next page at another origin.
    """
    found: list[Any] = []
    seen: set[str] = set()
    url, total = "", None
    with shaped(operation.name):
        while True:
            answer = client.turn_page(operation, path=path, query={"per_page": str(size)}, url=url)
            page = answer.body[items] if items else answer.body
            if not isinstance(page, list):
                raise TypeError(f"a list was expected, not {type(page).__name__}")
            found.extend(page)
            total = answer.body["total"] if items else None
            url = find_next(answer.headers.get("link", ""))
            if not url:
                break
            if url in seen or not page:
                raise IncompleteReading(_cut(operation, "a page leads nowhere", len(found), total))
            seen.add(url)
        if total is not None and total != len(found):
            raise IncompleteReading(_cut(operation, "the pages contradict the total", len(found), total))
        refuse_twins((str(item[key]) for item in found), operation.name)
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
