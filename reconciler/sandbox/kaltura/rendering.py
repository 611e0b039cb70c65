"""Kaltura's way to answer: JSON without nulls, or XML in which everything is text."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import orjson

from reconciler.sandbox.calls import Answer, Json

JSON, XML = 1, 2
ERROR = "KalturaAPIException"
TOOK = "0.01"


def error(code: object, message: str, args: Json) -> Json:
    """An error object; without arguments `args` is an empty list, as PHP writes an empty array."""
    return {"code": code, "message": message, "objectType": ERROR, "args": args or []}


def render(result: Any, format: int) -> Answer:
    """One result, or a list of several, in the format that was asked for."""
    if format == JSON:
        return Answer(body=orjson.dumps(_bare(result)), headers={"Content-Type": "application/json"})
    text = f"<result>{_xml(result)}</result><executionTime>{TOOK}</executionTime>"
    whole = f'<?xml version="1.0" encoding="utf-8"?><xml>{text}</xml>'
    return Answer(body=whole.encode(), headers={"Content-Type": "text/xml"})


def _bare(value: Any) -> Any:
    """Without properties that are null."""
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _xml(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dict) and value.get("objectType") == ERROR:
        return f"<error>{_error(value)}</error>"
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(item)}</{name}>" for name, item in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_xml(item)}</item>" for item in value)
    # A reader of XML takes CR LF for LF; the vendor writes both as they are.
    return escape(str(value))


def _error(value: Json) -> str:
    args = value["args"] or {}
    listed = "".join(
        "<item><objectType>KalturaApiExceptionArg</objectType>"
        f"<name>{_xml(name)}</name><value>{_xml(item)}</value></item>"
        for name, item in args.items()
    )
    code, message = _xml(value["code"]), _xml(value["message"])
    named = f"<code>{code}</code><message>{message}</message><objectType>{ERROR}</objectType>"
    return f"{named}<args>{listed}</args>"
