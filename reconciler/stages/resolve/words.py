"""What validation found, in plain words: which field, what is wrong with it, and the remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.errors import suggest
from reconciler.yamlio import UNREADABLE

_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")
_PLAIN: Mapping[str, tuple[str, str]] = {
    "string_type": ("is a text", "write one text"),
    "string_too_short": ("is empty", "write it, or take the line out"),
    "int_type": ("is a whole number", "write digits"),
    "int_parsing": ("is a whole number", "write digits"),
    "date_type": ("is a date", "write it as 2026-09-07"),
    "date_parsing": ("is a date", "write it as 2026-09-07"),
    "date_from_datetime_parsing": ("is a date", "write it as 2026-09-07"),
    "date_from_datetime_inexact": ("is a date", "write it as 2026-09-07"),
    "tuple_type": ("is a list", "write [..., ...]"),
    "list_type": ("is a list", "write [..., ...]"),
    "dict_type": ("is a mapping", "write its fields below it, indented"),
    "dataclass_type": ("is a mapping", "write its fields below it, indented"),
    "too_short": ("is empty", "write at least one element"),
}


def explain(error: ValidationError, kind: type[Any], values: Any) -> Iterator[tuple[str, str, str]]:
    """Per mistake: the dotted path of the field as written, what is wrong, the remedy.

    Values are shown only where a choice was mistyped, never those of a secret: its own check says nothing.
    """
    for detail in error.errors(include_url=False):
        if detail["input"] is UNREADABLE or _is_braces(detail) or _is_short_of_refused(detail):
            continue
        path = ".".join(_find_written(detail["loc"], values, detail["type"] in _MISSING)[1])
        name = next((part for part in reversed(path.split(".")) if not part.isdecimal()), path)
        what, remedy = _say(detail, name, kind)
        yield path, what, remedy or "correct it, or take the line out"


def _is_braces(detail: ErrorDetails) -> bool:
    """True for a reference where a choice stands: that it may not stand there is said already."""
    return detail["type"] == "literal_error" and isinstance(detail["input"], str) and "${" in detail["input"]


def _is_short_of_refused(detail: ErrorDetails) -> bool:
    """True for a list that has elements, all of them refused: each has its own message."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _find_written(
    location: tuple[int | str, ...], values: Any, missing: bool
) -> tuple[bool, tuple[str, ...]]:
    """Whether a location leads to its end, and it without what validation adds, such as a union's tag.

    A tag may be spelled like a field, so the way that leads to the end counts, then the longest.
    """
    if not location:
        return True, ()
    if missing and len(location) == 1 and isinstance(values, Mapping):
        return True, (str(location[0]),)
    skipped = _find_written(location[1:], values, missing) if len(location) > 1 else (False, ())
    below = _step(values, location[0])
    if not below:
        return skipped
    ends, path = _find_written(location[1:], below[0], missing)
    return max((ends, (str(location[0]), *path)), skipped, key=lambda way: (way[0], len(way[1])))


def _step(values: Any, part: Any) -> tuple[Any, ...]:
    """What lies at a key or index, alone in a tuple; () if nothing does."""
    if isinstance(values, Mapping):
        return (values[part],) if part in values else ()
    if isinstance(values, list) and isinstance(part, int) and part < len(values):
        return (values[part],)
    return ()


def _say(detail: ErrorDetails, name: str, kind: type[Any]) -> tuple[str, str]:
    context = detail.get("ctx", {})
    match detail["type"]:
        case absent if absent in _MISSING:
            return f"`{name}` is missing", f"add `{name}:`"
        case "unexpected_keyword_argument":
            return f"`{name}` is not known here", suggest(name, _names_below(kind, detail["loc"]))
        case "literal_error":
            choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"`{name}` cannot be {show_value(detail['input'])}", _suggest_choice(
                detail["input"], choices
            )
        case "value_error":
            what, _, remedy = str(context["error"]).partition("; ")
            return f"`{name}`: {what}", remedy
        case _ if detail["input"] is None:
            return f"`{name}` cannot be cleared", "write a value, or take the line out to leave it unmanaged"
        case "string_too_long":
            return f"`{name}` is longer than {context['max_length']} characters", "shorten it"
        case "greater_than_equal":
            return f"`{name}` is less than {context['ge']}", f"write {context['ge']} or more"
        case "less_than_equal":
            return f"`{name}` is more than {context['le']}", f"write {context['le']} or less"
        case known if known in _PLAIN:
            what, remedy = _PLAIN[known]
            return f"`{name}` {what}", remedy
        case _:
            return f"`{name}`: {detail['msg']}", ""


def _suggest_choice(value: object, choices: list[str]) -> str:
    return suggest(value, choices) if isinstance(value, str) else f"known are {', '.join(choices)}"


def show_value(value: object) -> str:
    """What was written, short; only texts themselves."""
    if isinstance(value, str):
        return f"`{value[:40]}`" if value.isprintable() else repr(value[:40])
    return "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else "empty"


def _names_below(kind: type[Any], location: tuple[int | str, ...]) -> set[str]:
    """The field names of what is declared at a location: of the kind itself, or of a field's own class."""
    if len(location) == 1:
        return {field.name for field in dataclasses.fields(kind)}
    hint = get_type_hints(kind, include_extras=True).get(str(location[0]))
    return set(_class_fields(hint))


def _class_fields(hint: Any) -> Iterator[str]:
    if dataclasses.is_dataclass(hint):
        yield from (field.name.removesuffix("_") for field in dataclasses.fields(hint))
    for inner in get_args(hint):
        yield from _class_fields(inner)
