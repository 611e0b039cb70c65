"""A mapping's requests as operations, how its API says no, and how requests prove themselves."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.drivers.base import origin_of, read_setting, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation, Refusal, Signed
from reconciler.drivers.rest.mapping import Auth, KindMap, Request, RestMapping, Wait
from reconciler.drivers.rest.values import evaluate, flatten
from reconciler.errors import Absent, ReconcilerError, Refused, Unauthorized
from reconciler.model.ports import Opening, Setting

SETTINGS = (
    Setting("mapping", required=True, help="a shipped mapping's name, or a file below the desired folder"),
    Setting("base_url", required=True, help="what the mapping's paths are added to"),
    Setting("token", secret=True, help="an API key or token; as a reference"),
    Setting("client_id", help="who asks, where the mapping says basic or oauth2"),
    Setting("client_secret", secret=True, help="its secret; as a reference"),
    Setting("account", help="what the account is called, where no request tells"),
    Setting("scope", help="what {scope} in the mapping's paths stands for: an org unit, say"),
)
RATE = "every request"
EARLY = 60.0
"""Seconds before its end at which a token is no longer used."""


def writes_of(kind: KindMap) -> Iterator[tuple[str, Request]]:
    """The requests of a kind that write, with what for."""
    for name in ("create", "update", "disable", "delete"):
        if (request := getattr(kind, name)) is not None:
            yield name, request
    for name, field in kind.fields.items():
        if field.edit is not None:
            yield f"add to {name}", field.edit.add
            yield f"take from {name}", field.edit.remove


def reads_of(kind: KindMap) -> Iterator[tuple[str, Request]]:
    """The requests of a kind that only read, with what for."""
    if kind.list is not None:
        yield "list", kind.list
    if kind.get is not None:
        yield "get", kind.get
    for key in kind.keys:
        if key.get is not None:
            yield f"get by {key.name}", key.get
    if kind.hold is not None:
        yield "look before a create", Request(request=kind.hold.request, send=kind.hold.send, encode="query")
    for name, field in kind.fields.items():
        if field.edit is not None and field.edit.list is not None:
            yield f"list {name}", field.edit.list
    for verb, wait in waits_of(kind):
        if wait.request:
            yield f"wait for {verb}", Request(request=wait.request)


def waits_of(kind: KindMap) -> Iterator[tuple[str, Wait]]:
    """What is waited for after the requests of a kind that write."""
    for verb, request in writes_of(kind):
        if (wait := getattr(request, "wait", None)) is not None:
            yield verb, wait


def needs_headers(request: Request) -> bool:
    """Whether an answer is taken with its headers: its Location tells the new id, or what to wait for."""
    wait = getattr(request, "wait", None)
    return bool(getattr(request, "location", False) or (wait and wait.request and not wait.job))


class Operations:
    """Every request of a mapping, each under its own text, as a read or a write by where it stands."""

    def __init__(self, mapping: RestMapping) -> None:
        self.found: dict[str, Operation] = {}
        self._media = mapping.media
        if mapping.whoami is not None:
            self._add(mapping.whoami.request, writes=False)
        for kind in mapping.kinds.values():
            for _, request in reads_of(kind):
                self._add(request.request, writes=False, form=request.encode == "form")
            for _, request in writes_of(kind):
                whole = needs_headers(request)
                self._add(request.request, writes=True, form=request.encode == "form", whole=whole)

    def __getitem__(self, request: str) -> Operation:
        return self.found[request]

    def _add(self, text: str, *, writes: bool, form: bool = False, whole: bool = False) -> None:
        method, _, path = text.partition(" ")
        made = Operation(text, method, path, writes, RATE, form=form, whole=whole, media=self._media)
        known = self.found.setdefault(text, made)
        if known.writes != writes:
            raise ValueError(f"`{text}` stands as a read and as a write; only one can be true")
        if whole and not known.whole:
            self.found[text] = made


class Dialect:
    """No by HTTP status, or by a status within the body where the mapping has an envelope."""

    def __init__(self, mapping: RestMapping) -> None:
        self._envelope = mapping.envelope
        self._absent = frozenset(mapping.absent)

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """What a complete answer refuses."""
        if answer.status in self._absent:
            return Refusal(str(answer.status), "it is not there", error=Absent)
        if answer.status in (401, 403):
            text = "the credential is not accepted, or may not do this; check the target's settings"
            return Refusal(str(answer.status), text, error=Unauthorized, expired=answer.status == 401)
        if 400 <= answer.status < 500:
            return Refusal(str(answer.status), "the API refuses it", said=_said(answer))
        return self._judge_body(answer) if answer.status < 300 else None

    def _judge_body(self, answer: Answer) -> Refusal | None:
        envelope = self._envelope
        if envelope is None:
            return None
        try:
            found = evaluate(envelope.status, answer.body)
            said = evaluate(envelope.said, answer.body) if envelope.said else ""
        except ValueError:
            found, said = None, ""
        status = flatten(found)
        if found is None:
            return Refusal("", "the answer has no status in its body", uncertain=True)
        if status in envelope.ok:
            return None
        if status in envelope.absent:
            return Refusal(status, "it is not there", error=Absent)
        if status in envelope.unauthorized:
            text = "the credential is not accepted; check the target's settings"
            return Refusal(status, text, said=flatten(said), error=Unauthorized, expired=True)
        return Refusal(status, "the API refuses it", said=flatten(said))


def _said(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if isinstance(rows := body.get("errors"), list) and rows and isinstance(rows[0], Mapping):
        body = rows[0]  # as RFC 9457's extensions and JSON:API have it
    elif isinstance(inner := body.get("error"), Mapping):
        body = inner
    return next((str(body[name]) for name in ("message", "error", "detail", "title") if body.get(name)), "")


class Fixed:
    """A credential that goes along as it is: a header, a query parameter, or nothing."""

    def __init__(
        self, headers: Mapping[str, str], query: Mapping[str, str], concealed: tuple[str, ...]
    ) -> None:
        self._headers = headers
        self._query = query
        self._concealed = concealed

    def admit(self, operation: Operation) -> None:
        """There are no scopes."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The query with the credential's part, and its headers."""
        return Signed({**query, **self._query}, self._headers)

    def renew(self, used: Signed) -> bool:
        """Nothing expires that could be renewed."""
        return False

    def conceal(self) -> Iterable[str]:
        """The credential's texts."""
        return self._concealed

    def close(self) -> None:
        """There is nothing to release."""


class Granted:
    """An OAuth 2.0 token for client id and secret (RFC 6749, 4.4), fetched once and when it ends."""

    def __init__(
        self, client: Client, operation: Operation, opening: Opening, headers: Mapping[str, str]
    ) -> None:
        self._client = client
        self._operation = operation
        self._always = headers
        self._clock = opening.clock
        self._lock = threading.Lock()
        self._headers: Mapping[str, str] = {}
        self._text = ""
        self._ends = 0.0

    def admit(self, operation: Operation) -> None:
        """What a token may do is not told."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The query, and the token as a header."""
        with self._lock:
            if self._ends <= self._clock().timestamp():
                self._fetch()
            return Signed(query, self._headers)

    def renew(self, used: Signed) -> bool:
        """Forget the token, unless another thread already did."""
        with self._lock:
            if used.headers is self._headers:
                self._ends = 0.0
        return True

    def close(self) -> None:
        """Release the token endpoint's connections."""
        self._client.close()

    def conceal(self) -> Iterable[str]:
        """The token, and what it is asked for with."""
        return (*self._client.conceal(), self._text)

    def _fetch(self) -> None:
        answer = self._client.call(self._operation, body={"grant_type": "client_credentials"})
        with shaped(self._operation.name):
            self._text = str(answer["access_token"])
            lasts = max(float(answer.get("expires_in") or 0) - EARLY, 1.0)
        self._ends = self._clock().timestamp() + lasts
        self._headers = {**self._always, "Authorization": f"Bearer {self._text}"}


class _Statuses:
    """The token endpoint says no by status."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """Any 4xx: the credential is not accepted."""
        if not 400 <= answer.status < 500:
            return None
        text = "client id or secret is not accepted; check the target's settings"
        return Refusal(str(answer.status), text, error=Unauthorized)


def open_signer(auth: Auth, opening: Opening, base_url: str, media: str) -> Fixed | Granted:
    """What signs a target's requests. Secrets are revealed for the origin of `base_url` only.

    Raises OriginRefused, SecretUnavailable; ReconcilerError for a setting that is missing.
    """
    origin = origin_of(base_url)
    accept = {"Accept": media}
    if auth.by == "none":
        return Fixed(accept, {}, ())
    if auth.by in ("basic", "oauth2"):
        user = _need(opening, "client_id", origin)
        secret = _need(opening, "client_secret", origin)
        pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
        proof = {"Authorization": f"Basic {pair}"}
        if auth.by == "basic":
            return Fixed(accept | proof, {}, (secret, pair))
        basic = Fixed(proof, {}, (secret, pair))
        token = Operation(f"POST {auth.path}", "POST", auth.path, writes=False, form=True)
        return Granted(Client(opening, base_url, (token,), _Statuses(), basic), token, opening, accept)
    text = _need(opening, "token", origin)
    if auth.by == "query":
        return Fixed(accept, {auth.name: text}, (text,))
    headers = {auth.name: text} if auth.by == "header" else {"Authorization": f"Bearer {text}"}
    return Fixed(accept | headers, {}, (text,))


def _need(opening: Opening, name: str, origin: str) -> str:
    value = read_setting(opening, SETTINGS, name, origin)
    if not value:
        raise ReconcilerError(
            f"{opening.target}: the setting {name} is missing; the mapping's requests need it"
        )
    return value


def tell_account(client: Client, operations: Operations, mapping: RestMapping, opening: Opening) -> str:
    """The account's id by the mapping's request, else the setting `account`, else the base URL's own path."""
    written = str(opening.settings.get("account", ""))
    if mapping.whoami is None:
        return written or "the only one"
    operation = operations[mapping.whoami.request]
    scope = read_setting(opening, SETTINGS, "scope")
    answer: Any = client.call(operation, path={"scope": scope} if "{scope}" in operation.path else None)
    if not mapping.whoami.account:
        return written or "the only one"
    with shaped(operation.name):
        found = evaluate(mapping.whoami.account, answer)
    if found in (None, ""):
        raise Refused(
            f"{operation.name} does not tell whose account it is", status=200, target=opening.target
        )
    return flatten(found)
