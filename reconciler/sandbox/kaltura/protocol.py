"""Kaltura's way to ask: service and action in path, query or body; JSON, form or multipart; several at once.

Kaltura API v3: a JSON body counts only where its content type is exactly `application/json`; what stands in
the URL wins; keys that end in `__null` clear; results of earlier calls may be put into later ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from reconciler.sandbox.calls import Json, Request

NULL_SUFFIX = "__null"
COMMON = ("ks", "partnerId", "p", "clientTag", "format", "apiVersion", "language", "responseProfile")
_ENTRY = re.compile(r"/api_v3(?:/index\.php)?/?")
_RESULT = re.compile(r"\{(\d+):result(?::([^{}]+))?\}")
_FIELD = re.compile(rb'name="([^"]*)"')


class Cleared:
    """The value of a property that is to be cleared."""

    def __repr__(self) -> str:
        return "CLEARED"


CLEARED = Cleared()


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: service and action in small letters, everything else that was sent."""

    service: str
    action: str
    given: Json

    @property
    def name(self) -> str:
        """`service.action`."""
        return f"{self.service}.{self.action}"

    @property
    def format(self) -> int:
        """1 JSON, 2 XML, which it is where nothing is said."""
        told = str(self.given.get("format", ""))
        return int(told) if told.isdecimal() else 2


def parse(request: Request) -> Asked:
    """What a request asks for."""
    given: Json = {**_read_body(request)}
    words = [unquote(part) for part in _ENTRY.sub("", request.path, count=1).split("/") if part]
    given |= dict(zip(words[::2], words[1::2], strict=False))
    given = _mark(_nest({**given, **request.query}.items()))
    service = str(given.pop("service", "")).lower()
    return Asked(service, str(given.pop("action", "")).lower(), given)


def _read_body(request: Request) -> Json:
    kind = request.headers.get("content-type", "").lower()
    text = request.body
    if kind == "application/json":
        if text.startswith(b"{") and text.endswith(b"}"):
            try:
                found: Json = orjson.loads(text)
            except orjson.JSONDecodeError:
                return {}
            return found
        return {}
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    if kind.startswith("multipart/form-data"):
        return _read_multipart(request)
    return {}


def _read_multipart(request: Request) -> Json:
    """Fields of a multipart body; the field `json` holds the rest."""
    _, _, boundary = request.headers["content-type"].partition("boundary=")
    found: Json = {}
    for part in request.body.split(b"--" + boundary.strip('"').encode()):
        head, _, value = part.partition(b"\r\n\r\n")
        if name := _FIELD.search(head):
            found[name[1].decode()] = value.removesuffix(b"\r\n").decode("utf-8", "replace")
    rest = orjson.loads(found.pop("json", "{}"))
    return {**found, **rest} if isinstance(rest, dict) else found


def _nest(pairs: Any) -> Json:
    """Flat keys joined by colons as nested objects; an object that holds only `-` is an empty list."""
    made: Json = {}
    for key, value in pairs:
        *path, last = str(key).split(":")
        place = made
        for part in path:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else place
        if isinstance(value, dict):
            value = _nest(value.items())
        elif isinstance(value, list):
            value = [_nest(item.items()) if isinstance(item, dict) else item for item in value]
        if last != "-":
            place[last] = value
    return made


def _mark(value: Any) -> Any:
    """With CLEARED for what is to be cleared, at any depth."""
    if isinstance(value, list):
        return [_mark(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: CLEARED if name.endswith(NULL_SUFFIX) else _mark(item) for name, item in value.items()}


def split(asked: Asked) -> list[Asked]:
    """The calls of a multirequest: from the lowest number, 0 or 1, to the first gap."""
    numbers = {int(key): call for key, call in asked.given.items() if key.isdecimal()}
    shared = {name: asked.given[name] for name in COMMON if name in asked.given}
    found: list[Asked] = []
    at = min(1, min(numbers, default=1))
    while isinstance(call := numbers.get(at), dict):
        given = {**shared, **call}
        service = str(given.pop("service", "")).lower()
        found.append(Asked(service, str(given.pop("action", "")).lower(), given))
        at += 1
    return found


def fill(value: Any, results: list[Any]) -> Any:
    """A value with the results of earlier calls in the places that name them; of a failed one, nothing."""
    if isinstance(value, dict):
        return {name: fill(item, results) for name, item in value.items()}
    if isinstance(value, list):
        return [fill(item, results) for item in value]
    named = _RESULT.fullmatch(value) if isinstance(value, str) else None
    if named is None:
        return value
    number = int(named[1])
    found = results[number - 1] if 0 < number <= len(results) else None
    return _walk(found, (named[2] or "").split(":") if named[2] else [])


def _walk(found: Any, path: list[str]) -> Any:
    if isinstance(found, dict) and found.get("objectType") == "KalturaAPIException":
        return ""
    for at, part in enumerate(path):
        if part == "_all" and isinstance(found, list):
            return "".join(f"{_walk(item, path[at + 1 :])}," for item in found)
        if isinstance(found, dict):
            found = found.get(part, "")
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return ""
    return found
