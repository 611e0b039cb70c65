"""The only way to a vendor: every request declared, counted, paced, journalled if it writes, and ended.

A request ends as done, NotSent, Refused (also Unauthorized, Absent), Uncertain or Deferred; nothing else.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

import httpx

from reconciler.drivers.base import origin_of
from reconciler.drivers.endings import (
    Expired,
    Throttled,
    deferred,
    not_sent,
    plainly,
    refused,
    throttled,
    uncertain,
)
from reconciler.drivers.limits import Bucket, jitter, next_midnight, read_throttle, run_each, run_within
from reconciler.drivers.operations import (
    Answer,
    Dialect,
    Operation,
    Paced,
    Refusal,
    Signed,
    Signer,
    quote_vendor,
    redact,
    secrets_in,
)
from reconciler.drivers.wire import FORM, Request, encode, fill, is_below, read_answer, yielded
from reconciler.errors import (
    IncompleteReading,
    NotSent,
    OriginRefused,
    Refused,
    RequestError,
    Uncertain,
    WriteRefused,
)
from reconciler.model.meter import Pace
from reconciler.model.ports import Journal, Opening

T = TypeVar("T")
U = TypeVar("U")

DEADLINE = 60.0
"""Seconds in which a write, or a page, has ended, whatever the peer does; leases are kept longer."""
ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes: a longer answer is not read to its end."""
PAGE_LIMIT = 1024 * 1024
"""Bytes of a page: what is looked for on one has a few thousand."""
CONCURRENCY = 8
"""Requests in flight: measured, 8 cost no more processor time each than 4, and 16 half as much again."""
TRIES: Mapping[type[RequestError], int] = {NotSent: 4, Uncertain: 3, Refused: 6}
"""How often one request is sent in all: nothing arrived, a read without an answer, a short-window 429."""

_STATES: Mapping[type[RequestError], str] = {NotSent: "unsent", Uncertain: "uncertain"}
_MUTE = "the vendor gave no reason"
_TIMEOUTS = {"timeout": {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": DEADLINE}}
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


class Client:
    """One vendor API of one target. Shared by threads; `journal` is set by the engine before writes."""

    def __init__(
        self,
        opening: Opening,
        base_url: str,
        operations: Iterable[Operation],
        dialect: Dialect,
        signer: Signer,
        *,
        rates: Mapping[str, float] | None = None,
        shares: Mapping[str, int] | None = None,
        concurrency: int = CONCURRENCY,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`rates`: requests per second by rate class; `shares`: the daily writes per quota that are ours."""
        self.origin = origin_of(base_url)
        self.journal: Journal | None = None
        self._base = base_url.rstrip("/")
        self._opening = opening
        self._declared = {operation.name: operation for operation in operations}
        self._dialect = dialect
        self._paced = dialect if isinstance(dialect, Paced) else None
        self._signer = signer
        self._rates = rates or {}
        self._buckets = {label: Bucket(rate) for label, rate in self._rates.items()}
        self._free = Bucket()
        self._shares = shares or {}
        self._concurrency = concurrency
        self._transport = transport or _open_transport(self.origin, concurrency)
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._closed: dict[str, datetime | None] = {}

    def __repr__(self) -> str:
        return f"Client({self.origin})"

    def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        owner: str = "",
        elements: Sequence[str] = (),
        noted: Mapping[str, Any] | None = None,
        rows: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Make one request and return its decoded answer, None if it is empty.

        `owner` is whose daily quota a write counts to; `elements` (those it adds) and `noted` are journalled,
        not sent; `rows` is how many resources a batch makes.
        Raises WriteRefused before anything is sent, else RequestError.
        """
        self._admit(operation)
        filled = fill(operation, path)
        content, more = encode(operation, body), headers or {}
        request = Request(operation, filled, query or {}, body, content, owner, rows, headers=more)
        if not operation.writes:
            return self._persist(request, self._send)
        parameters = cast("Mapping[str, Any]", redact({**(path or {}), **(query or {}), **(noted or {})}))
        return self._persist(request, partial(self._write, parameters, tuple(elements)))

    def turn_page(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        url: str = "",
    ) -> Answer:
        """One page of a listing with its headers; `url` is where the page before said that it goes on.

        Raises WriteRefused, IncompleteReading before anything is sent to another origin, RequestError.
        """
        self._admit(operation, reading=True)
        if url and not is_below(self.origin, url):
            raise IncompleteReading(
                f"{operation.name}: the next page is not at {self.origin}, and no token is sent elsewhere; "
                "check base_url"
            )
        asked = {} if url else query or {}
        request = Request(operation, fill(operation, path), asked, None, None, "", 1, url, whole=True)
        return cast("Answer", self._persist(request, self._send))

    def visit(self, operation: Operation, url: str, query: Mapping[str, str], signer: Signer) -> Answer:
        """What a page of this very origin answers, redirects and refusals too; nothing is followed.

        `signer` signs in place of the client's own credential, which no page is shown.
        Raises WriteRefused, OriginRefused before anything is sent to another origin, RequestError.
        """
        self._admit(operation, reading=True)
        if not is_below(self.origin, url):
            raise OriginRefused(f"{operation.name}: its address is not at {self.origin}, where it belongs")
        request = Request(operation, "", query, None, None, "", 1, url, signer=signer)
        return cast("Answer", self._persist(request, self._show))

    def each(self, function: Callable[[T], U], items: Sequence[T]) -> list[U]:
        """`function` of every item, several at a time, results in order; the first error ends it."""
        meter, target = self._opening.meter, self._opening.target
        meter.expect(target, len(items))
        return run_each(function, items, self._concurrency, lambda: meter.step(target))

    def requests(self) -> Mapping[str, int]:
        """Requests made so far, by operation; every sending counts."""
        with self._lock:
            return dict(self._requests)

    def conceal(self) -> Iterable[str]:
        """The secret texts of its credential, which no error may quote."""
        return self._signer.conceal()

    def close(self) -> None:
        """Release the connections."""
        self._transport.close()

    def _admit(self, operation: Operation, *, reading: bool = False) -> None:
        if self._declared.get(operation.name) is not operation:
            raise WriteRefused(
                f"{self._opening.target}: {operation.name} is not among the declared operations"
            )
        if operation.writes and (reading or self._opening.planning or self.journal is None):
            raise WriteRefused(
                f"{self._opening.target}: {operation.name} writes, and nothing may be written now"
            )
        self._signer.admit(operation)

    def _persist(self, request: Request, send: Callable[[Request, Signed], Any]) -> Any:
        """Send until it ended, or must not or need not be sent again."""
        tried, renewed, signer = 0, False, request.signer or self._signer
        while True:
            self._take_turn(request)
            signed = signer.sign(request.query)
            tried += 1
            try:
                return send(request, signed)
            except Throttled as error:
                if tried >= TRIES[Refused]:
                    raise plainly(error) from None
            except Expired as error:
                if renewed or not signer.renew(signed):
                    raise plainly(error) from None
                renewed = True
            except (NotSent, Uncertain) as error:
                if tried >= TRIES[type(error)] or (request.operation.writes and type(error) is Uncertain):
                    raise
                self._opening.sleep(jitter(0.5 * 2**tried))

    def _measure(
        self, operation: Operation, *, requests: int = 0, held: float = 0, answering: float = 0
    ) -> None:
        pace = Pace(requests, held, answering, operation.rate, self._rates.get(operation.rate, 0.0))
        self._opening.meter.asked(self._opening.target, operation.name, pace)

    def _take_turn(self, request: Request) -> None:
        """Wait for the rate class; raise Deferred where a day's quota is used up."""
        operation, target, budget = request.operation, self._opening.target, self._opening.budget
        now = self._opening.clock()
        label = operation.rate or operation.name
        if label not in self._closed:
            self._closed[label] = budget.blocked(target, label, "")
        until = self._closed[label]
        if until is not None and until > now:
            raise deferred(target, operation, "the account's daily limit is used up", until)
        if operation.quota and request.owner:
            until = budget.blocked(target, operation.quota, request.owner)
            share = self._shares.get(operation.quota)
            if until is None and share is not None:
                used = budget.spent(target, operation.quota, request.owner)
                until = next_midnight(now) if used >= share else None
            if until is not None:
                why = f"today's {operation.quota} of {request.owner} are used up"
                raise deferred(target, operation, why, until)
        wait = self._buckets.get(operation.rate, self._free).reserve(now.timestamp())
        if wait > 0:
            self._opening.sleep(wait)
            self._measure(operation, held=wait)

    def _write(
        self, parameters: Mapping[str, Any], elements: Sequence[str], request: Request, signed: Signed
    ) -> Any:
        """Journal the intent, send once, close the intent with how it ended."""
        operation, journal = request.operation, self.journal
        if journal is None:
            raise WriteRefused(f"{self._opening.target}: {operation.name} writes, and no journal is bound")
        intent = journal.sending(operation.name, parameters, redact(request.body), elements)
        if operation.quota and request.owner:
            self._opening.budget.spend(self._opening.target, operation.quota, request.owner)
        try:
            answer = self._send(request, signed)
        except RequestError as error:
            journal.answered(intent, _STATES.get(type(error), "refused"))
            raise
        journal.answered(intent, "answered")
        return answer

    def _send(self, request: Request, signed: Signed) -> Any:
        """Send once and judge the answer."""
        operation, target = request.operation, self._opening.target
        answer = self._exchange(request, signed)
        asked = self._paced.hold_off(answer) if self._paced else 0.0
        if asked:
            raise self._pause(operation, answer.status, asked)
        if answer.status == 429:
            raise self._throttle(request, answer)
        refusal = self._dialect.refusal(operation, answer)
        if refusal is None and 300 <= answer.status < 500:
            refusal = Refusal(
                "", "redirects are not followed; check the URL" if answer.status < 400 else _MUTE
            )
        if refusal is not None:
            concealed = (*self._signer.conceal(), *secrets_in((request.body, request.query)))
            error = refused(target, operation, answer.status, refusal, concealed)
            if refusal.uncertain:
                raise uncertain(target, operation, f"{refusal.text} (code {quote_vendor(refusal.code)})")
            if refusal.rowless and request.rows > 1:
                raise uncertain(target, operation, f"nothing tells of its {request.rows} rows. {error}")
            raise error
        if answer.status >= 500:
            raise uncertain(target, operation, f"the answer was {answer.status}")
        if operation.yields and not yielded(answer.body, operation.yields):
            raise uncertain(target, operation, f"a success without {operation.yields!r}")
        if self._paced and (asked := self._paced.ease(answer)):
            self._pause(operation, answer.status, asked)
        return answer if request.whole or operation.whole else answer.body

    def _show(self, request: Request, signed: Signed) -> Answer:
        answer = self._exchange(request, signed)
        if answer.status == 429:
            raise self._throttle(request, answer)
        return answer

    def _exchange(self, request: Request, signed: Signed) -> Answer:
        """One HTTP exchange, read whole; a write, and a page that is anybody's, has its own deadline."""
        operation, target = request.operation, self._opening.target
        url = request.url or (signed.base or self._base) + request.path
        if signed.query:
            url += ("&" if "?" in url else "?") + urlencode(signed.query, quote_via=quote)
        headers = {**signed.headers, **request.headers, "Accept-Encoding": "gzip"}
        content = request.content
        if signed.body:
            content = encode(operation, {**(request.body or {}), **signed.body})
        if content is not None:
            headers["Content-Type"] = FORM if operation.form else operation.media
        with self._lock:
            self._requests[operation.name] += 1
        began = time.monotonic()
        try:
            made = httpx.Request(
                operation.method, url, headers=headers, content=content, extensions=_TIMEOUTS
            )
            if operation.writes or operation.page:
                return run_within(DEADLINE, lambda: self._receive(operation, made))
            return self._receive(operation, made)
        except _NOT_SENT as error:
            raise not_sent(target, operation, self.origin, type(error).__name__) from None
        except TimeoutError:
            raise uncertain(target, operation, f"no whole answer within {DEADLINE:.0f} s") from None
        except httpx.HTTPError as error:
            raise uncertain(target, operation, f"the connection broke ({type(error).__name__})") from None
        finally:
            self._measure(operation, requests=1, answering=time.monotonic() - began)

    def _receive(self, operation: Operation, made: httpx.Request) -> Answer:
        ends = time.monotonic() + DEADLINE
        response = self._transport.handle_request(made)
        try:
            coded = "content-encoding" in response.headers
            parts, size = [], 0
            for part in response.iter_bytes() if coded else cast("Iterable[bytes]", response.stream):
                parts.append(part)
                size += len(part)
                if size > (PAGE_LIMIT if operation.page else ANSWER_LIMIT) or time.monotonic() > ends:
                    raise uncertain(self._opening.target, operation, "the answer did not end")
        finally:
            response.close()
        try:
            return read_answer(operation, response.status_code, response.headers, b"".join(parts))
        except ValueError:
            raise uncertain(self._opening.target, operation, "the answer is not JSON") from None

    def _pause(self, operation: Operation, status: int, seconds: float) -> RequestError:
        """Let nothing of its rate class out for about so long; the error this is where it was a no."""
        now = self._opening.clock().timestamp()
        self._buckets.get(operation.rate, self._free).pause(now, jitter(seconds))
        return throttled(self._opening.target, operation, status)

    def _throttle(self, request: Request, answer: Answer) -> RequestError:
        operation, opening = request.operation, self._opening
        now = opening.clock()
        asked = read_throttle(answer.headers, bool(operation.quota), now)
        if asked.until is None:
            return self._pause(operation, answer.status, asked.seconds)
        own = asked.owner or (operation.capped and bool(request.owner))
        label = operation.quota if own else operation.rate or operation.name
        if not opening.planning:
            opening.budget.exhaust(opening.target, label, request.owner if own else "", asked.until)
        if not own:
            self._closed[label] = asked.until
        why = "the vendor says that the daily limit is used up"
        return deferred(opening.target, operation, why, asked.until)


def _open_transport(origin: str, concurrency: int) -> httpx.HTTPTransport:
    """Connections that follow no redirect, keep no cookie and read nothing from the environment.

    Plain http is loopback only; loading authorities for it would cost more than a plan of small size.
    """
    plain = origin.startswith("http:")
    return httpx.HTTPTransport(
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
        trust_env=False,
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
    )
