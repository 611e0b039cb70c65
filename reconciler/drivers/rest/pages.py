"""Lists by a mapping's paging: read to the end, or not believed at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation
from reconciler.drivers.paging import find_next
from reconciler.drivers.rest.carried import place
from reconciler.drivers.rest.mapping import Listing, Paging
from reconciler.drivers.rest.values import evaluate, flatten
from reconciler.errors import IncompleteReading

MOST_PAGES = 10_000


def read_list(
    client: Client,
    operation: Operation,
    listing: Listing,
    path: Mapping[str, str],
    sent: Mapping[str, Any],
) -> list[Any]:
    """Every item of every page.

    Raises IncompleteReading where an item list is missing, a page leads nowhere or back, or the answer's own
    total is not met.
    """
    if listing.paging is None:
        return _items(operation, listing, _ask(client, operation, listing, path, sent).body)
    return _Pages(client, operation, listing, listing.paging, path, sent).read()


def _ask(
    client: Client,
    operation: Operation,
    listing: Listing,
    path: Mapping[str, str],
    sent: Mapping[str, Any],
) -> Answer:
    query, body = place(listing, operation, sent)
    if operation.method == "GET":
        return client.turn_page(operation, path=path, query=query)
    return Answer(200, {}, client.call(operation, path=path, query=query, body=body))


def _items(operation: Operation, listing: Listing, body: Any) -> list[Any]:
    with shaped(operation.name):
        found = evaluate(listing.items, body)
        if not isinstance(found, list):
            raise IncompleteReading(
                f"{operation.name}: no list stands at `{listing.items}` of the answer; nothing is concluded"
            )
        return found


class _Pages:
    """One list on its way to its end."""

    def __init__(
        self,
        client: Client,
        operation: Operation,
        listing: Listing,
        paging: Paging,
        path: Mapping[str, str],
        sent: Mapping[str, Any],
    ) -> None:
        self.client = client
        self.operation = operation
        self.listing = listing
        self.paging = paging
        self.path = path
        self.sent = dict(sent)
        self.found: list[Any] = []
        self.seen: set[str] = set()
        self.total: int | None = None

    def read(self) -> list[Any]:
        """Every item."""
        if self.paging.size:
            self.sent[self.paging.size] = self.paging.per
        if self.paging.counts:
            self.sent[self.paging.start] = self.paging.first
        page: list[Any] = []
        for _ in range(MOST_PAGES):
            answer = _ask(self.client, self.operation, self.listing, self.path, self.sent)
            before, page = page, _items(self.operation, self.listing, answer.body)
            if page and page == before:
                self._refuse(f"the same page came twice; is `{self.paging.start}` what asks for the next")
            self.found += page
            self._note_total(answer)
            if not self._go_on(answer, page):
                break
        else:
            self._refuse("the pages do not end")
        if self.total is not None and self.total != len(self.found):
            self._refuse(f"the pages contradict the total, {self.total}")
        return self.found

    def _note_total(self, answer: Answer) -> None:
        if self.paging.total:
            with shaped(self.operation.name):
                total = int(evaluate(self.paging.total, answer.body))
            if self.total not in (None, total):
                self._refuse(f"the total was {self.total}, and is {total} now")
            self.total = total

    def _go_on(self, answer: Answer, page: list[Any]) -> bool:
        """Prepare the next request; False at the end."""
        if self.paging.counts:
            over = self.total is not None and len(self.found) >= self.total
            if over or not page or self._is_last(answer):
                return False
            self.sent[self.paging.start] += 1 if self.paging.by == "page" else len(page)
            return True
        with shaped(self.operation.name):
            return self._follow(answer)

    def _is_last(self, answer: Answer) -> bool:
        with shaped(self.operation.name):
            return bool(self.paging.last and evaluate(self.paging.last, answer.body))

    def _follow(self, answer: Answer) -> bool:
        paging = self.paging
        if self._is_last(answer):
            return False
        if paging.by == "link":
            following = find_next(answer.headers.get("link") or "")
        else:
            following = flatten(evaluate(paging.next, answer.body))
        if not following:
            return False
        if following in self.seen:
            self._refuse("a page leads back to one that was read")
        self.seen.add(following)
        if paging.by == "cursor":
            self.sent[paging.start] = following
        else:
            self.sent = dict(parse_qsl(self._query_of(following), keep_blank_values=True))
        return True

    def _query_of(self, address: str) -> str:
        """What a next address asks: only that is taken of it, so that no token travels anywhere else."""
        parts = urlsplit(address)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}".casefold() != self.client.origin:
            self._refuse(f"the next page is said to be on another host, {parts.netloc!r}")
        if not parts.query:
            self._refuse("the next page's address asks for nothing")
        return parts.query

    def _refuse(self, why: str) -> None:
        raise IncompleteReading(
            f"{self.operation.name}: {why} ({len(self.found)} items read); "
            "the list is not believed, run again"
        )
