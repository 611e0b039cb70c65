"""Kaltura's objects in a request: which properties a class has, who may set them, and what values become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from reconciler.sandbox.calls import Json
from reconciler.sandbox.kaltura.errors import refuse
from reconciler.sandbox.kaltura.protocol import CLEARED, NULL_SUFFIX

Kind = Literal["text", "number", "flag", "nullable", "choice"]


class Property(NamedTuple):
    """One property: `fixed` is "" for what anybody sets, `read` for the server's own, `insert` for adds."""

    kind: Kind = "text"
    fixed: Literal["", "read", "insert"] = ""
    choices: tuple[int, ...] = ()


TEXT, NUMBER, FLAG = Property(), Property("number"), Property("flag")
NULLABLE = Property("nullable")
READ_TEXT, READ_NUMBER = Property("text", "read"), Property("number", "read")


def choice(*values: int, fixed: Literal["", "read", "insert"] = "") -> Property:
    """One of these numbers."""
    return Property("choice", fixed, values)


def take(name: str, given: Any, properties: Mapping[str, Property], stored: Json | None = None) -> Json:
    """What a request sets, by property; None clears. `stored` is what there is already, None for an add.

    Properties nobody knows are ignored; a fixed one is refused unless it is what is stored.
    """
    made: Json = {}
    for key, value in (given if isinstance(given, dict) else {}).items():
        clears = value is CLEARED
        known = properties.get(key.removesuffix(NULL_SUFFIX) if clears else key)
        if known is None:
            continue
        key = key.removesuffix(NULL_SUFFIX) if clears else key
        found = None if clears else _cast(known, key, value)
        if known.kind == "nullable" and found is None and not clears:
            continue
        if known.fixed and (known.fixed == "read" or stored is not None):
            if stored is None and found is None or stored is not None and stored.get(key) == found:
                continue
            raise refuse("PROPERTY_VALIDATION_NOT_UPDATABLE", PROP_NAME=f"{name}::{key}")
        made[key] = found
    return made


def _cast(known: Property, key: str, value: Any) -> Any:
    """A value as PHP casts it: null is nothing of the kind, never 'not sent'."""
    if known.kind == "text":
        return "" if value is None else str(value)
    if known.kind == "flag":
        return _truth(value)
    if known.kind == "nullable":
        return None if str(value) == "-1" else int(_truth(value))
    number = _number(value)
    if known.choices and number not in known.choices:
        raise refuse("INVALID_ENUM_VALUE", ENUM_VAL=value, PARAM_NAME=key, ENUM_TYPE=key)
    return number


def _truth(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.lstrip("-").isdecimal() else 0
