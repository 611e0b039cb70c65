"""HTTP/1.1 on a socket, just enough and strict: read one request, write one answer, or fail at it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qsl

import orjson

from reconciler.sandbox.calls import Answer, Request

LONGEST_LINE = 65_536
MOST_HEADERS = 100
LARGEST_BODY = 16_000_000
GARBAGE = b'\x00\xff<html>{"code": gateway'


class Malformed(Exception):
    """What came is no HTTP request we understand."""


def read_request(stream: BufferedIOBase) -> Request | None:
    """The next request of a connection; None where the client has closed it. Raises Malformed."""
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Malformed(f"no request line: {line[:80]!r}")
    method, target, _ = parts
    headers = _read_headers(stream)
    if "transfer-encoding" in headers:
        raise Malformed("send a Content-Length, not chunks")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Malformed(f"no Content-Length: {length[:20]!r}")
    body = stream.read(int(length))
    if len(body) != int(length):
        return None
    path, _, query = target.partition("?")
    return Request(method, path, parse_qsl(query, keep_blank_values=True), headers, body)


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = stream.readline(LONGEST_LINE)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise Malformed(f"no header: {line[:80]!r}")
        headers[name.strip().lower()] = value.strip()
    raise Malformed("too many headers")


def render(answer: Answer, now: datetime) -> tuple[bytes, bytes]:
    """Head and body of an answer. Without a body there is no Content-Type, as the vendors have it."""
    body = answer.body
    data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [
        f"HTTP/1.1 {answer.status} {_reason(answer.status)}",
        f"Date: {format_datetime(now, usegmt=True)}",
    ]
    if answer.body is not None and "Content-Type" not in answer.headers:
        lines.append("Content-Type: application/json;charset=UTF-8")
    if answer.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(data)}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1"), data


def spoil(answer: Answer, ending: str, now: datetime) -> bytes:
    """What leaves the socket before it closes, for an answer that must not arrive whole."""
    if ending == "garble":
        status = answer.status if answer.status != 204 else 200
        head, _ = render(Answer(status, GARBAGE, {"Connection": "close"}), now)
        return head + GARBAGE
    if ending == "cut_body":
        head, data = render(answer, now)
        return head + data[: len(data) // 2] if data else head[: len(head) // 2]
    return b""


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
