"""Zoom's paging: page_size, next_page_token bound to its query and valid for 15 minutes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from reconciler.sandbox.calls import Call, Json, Refusal

TOKEN_LIFE = timedelta(minutes=15)
DEFAULT_SIZE = 30
QUERY = frozenset({"page_size", "next_page_token", "page_number"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Place:
    listing: str
    offset: int
    page: int
    expires: datetime


class Pages:
    """The page tokens this server has given out."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def number_of(self, query: dict[str, str]) -> int:
        """Which page a query asks for, from 1, for fault plans that name a page."""
        place = self._places.get(query.get("next_page_token", ""))
        if place:
            return place.page
        asked = query.get("pageNum") or query.get("page_number") or "1"
        return int(asked) if asked.isdecimal() else 1

    def issue(self, listing: str, offset: int, page: int, now: datetime) -> str:
        """A token for the page that starts at `offset`."""
        self._places = {token: place for token, place in self._places.items() if place.expires > now}
        token = secrets.token_urlsafe(24)
        self._places[token] = _Place(listing, offset, page, now + TOKEN_LIFE)
        return token

    def redeem(self, token: str, listing: str, now: datetime) -> tuple[int, int]:
        """Offset and page number of a token of this very query. Refuses any other token (300)."""
        place = self._places.get(token)
        if place is None or place.listing != listing or place.expires <= now:
            raise Refusal(400, 300, "The next page token is invalid or expired.")
        return place.offset, place.page


def cut_page(call: Call, key: str, items: Sequence[T], project: Callable[[T], Json], most: int) -> Json:
    """One page of `items` under `key`, with the counts and token Zoom puts beside it.

    A size over `most` is capped. The fault plan may shorten pages, hide a token, empty a page or
    make the total disagree.
    """
    faults, name = call.simulation.faults, call.operation.name
    size = min(_number(call, "page_size", DEFAULT_SIZE), most, faults.page_cap.get(name, most))
    rest = sorted(pair for pair in call.query.items() if pair[0] != "next_page_token")
    listing = f"{name} {sorted(call.path.items())} {rest}"
    page = _number(call, "page_number", 1)
    offset = (page - 1) * size
    if token := call.query.get("next_page_token", ""):
        offset, page = call.simulation.pages.redeem(token, listing, call.now)
    shown = items[offset : offset + size]
    if faults.empty_page.get(name) == page:
        shown = items[:0]
    end = offset + len(shown)
    following = ""
    if end < len(items) and faults.cut_pages.get(name) != page:
        following = call.simulation.pages.issue(listing, end, page + 1, call.now)
    return {
        "page_count": -(-len(items) // size),
        "page_number": page,
        "page_size": size,
        "total_records": len(items) + faults.short_total.get(name, 0),
        "next_page_token": following,
        key: [project(item) for item in shown],
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise Refusal(400, 300, f"Invalid field: {name}.")
    return int(text)
