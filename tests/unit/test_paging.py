"""A listing is read to its end or not believed at all."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.drivers.paging import read_pages
from reconciler.errors import IncompleteReading, Uncertain
from tests.unit.driver_rig import READ, answer_json, answer_with


def page(*ids: str, token: str = "", total: int | None = None) -> httpx.Response:
    body: dict[str, Any] = {"things": [{"id": item} for item in ids], "next_page_token": token}
    return answer_json(200, body if total is None else {**body, "total_records": total})


def test_pages_are_joined_and_asked_for_alike() -> None:
    desk = answer_with(page("a", "b", token="t1", total=3), page("c", total=3))
    found = read_pages(desk.client, READ, "things", size=2, query={"status": "active"}, key="id")
    assert [item["id"] for item in found] == ["a", "b", "c"]
    assert [request.url.query for request in desk.requests] == [
        b"status=active&page_size=2",
        b"status=active&page_size=2&next_page_token=t1",
    ]


def test_an_empty_listing_is_whole() -> None:
    assert read_pages(answer_with(page(total=0)).client, READ, "things", size=2) == []


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ((page("a", token="t"), page("b", token="t")), "a page leads nowhere"),
        ((page(token="t"),), "a page leads nowhere"),
        ((page("a", total=2),), "the pages contradict the total"),
        ((page("a", "b", total=1),), "the pages contradict the total"),
        ((page("a", token="t"), page("a")), "listed 'a' twice"),
        ((answer_json(200, {"next_page_token": ""}),), "another shape"),
        ((answer_json(200, [1]),), "another shape"),
        ((httpx.Response(204),), "another shape"),
    ],
)
def test_what_contradicts_itself_is_incomplete(pages: tuple[httpx.Response, ...], why: str) -> None:
    with pytest.raises(IncompleteReading, match=why):
        read_pages(answer_with(*pages).client, READ, "things", size=2, key="id")


def test_an_error_on_a_later_page_is_raised() -> None:
    with pytest.raises(Uncertain):
        read_pages(answer_with(page("a", token="t"), httpx.Response(500)).client, READ, "things", size=2)
