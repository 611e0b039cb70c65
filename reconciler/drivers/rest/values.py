"""From wire to ours and back: JMESPath expressions, and a closed list of forms. Nothing here runs code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jmespath
import orjson
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from reconciler.resources.base import Members

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> ParsedResult:
    """A JMESPath expression, compiled once. Raises ValueError saying what is wrong with it."""
    try:
        return jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"`{text}` is no JMESPath expression: {str(error).splitlines()[0]}") from None


def evaluate(text: str, data: Any) -> Any:
    """What an expression finds in `data`, None if nothing. Raises ValueError where it does not fit."""
    return compile_expression(text).search(data)


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written by a vendor: `decode` reads it, `encode` writes it."""

    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _number(value: Any) -> Any:
    return None if value in (None, "") else int(value)


def _truth(value: Any) -> Any:
    if value in (None, ""):
        return None
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if (word := str(value).casefold()) not in known:
        raise ValueError(f"{value!r} is neither true nor false")
    return known[word]


def _invert(value: Any) -> Any:
    found = _truth(value)
    return None if found is None else not found


def _read_id(value: Any) -> Any:
    return None if value in (None, "", 0) else str(value)


def _write_id(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _read_unix(value: Any) -> Any:
    return None if value in (None, "") else datetime.fromtimestamp(int(value), UTC).strftime(MOMENT)


def _write_unix(value: Any) -> Any:
    return None if value is None else int(datetime.strptime(value, MOMENT).replace(tzinfo=UTC).timestamp())


def _read_lines(value: Any) -> Any:
    pairs = (line.partition("=") for line in str(value or "").splitlines() if line.strip())
    return {name.strip(): text for name, _, text in pairs} or None


def _write_lines(value: Any) -> Any:
    return "\n".join(f"{name}={text}" for name, text in _kept(value).items())


def _read_pairs(value: Any) -> Any:
    return {str(pair["Name"]): str(pair["Value"]) for pair in value or ()} or None


def _write_pairs(value: Any) -> Any:
    return [{"Name": name, "Value": text} for name, text in _kept(value).items()] or None


def _read_map(value: Any) -> Any:
    return {str(name): str(text) for name, text in (value or {}).items()} or None


def _kept(value: Any) -> dict[str, Any]:
    """A mapping without what is null: that is taken off."""
    return {name: text for name, text in (value or {}).items() if text is not None}


def _read_ids(value: Any) -> Any:
    return Members(tuple(str(item) for item in value or ()))


def _write_ids(value: Any) -> Any:
    return [_write_id(item) for item in _elements(value)]


def _read_comma(value: Any) -> Any:
    return Members(tuple(part.strip() for part in str(value or "").split(",") if part.strip()))


def _elements(value: Any) -> tuple[str, ...]:
    return tuple(value.elements) if isinstance(value, Members) else tuple(value or ())


FORMS: Mapping[str, Form] = {
    "as_is": Form(_same, _same),
    "text": Form(_text, _same),
    "lower": Form(lambda value: None if value is None else str(value).lower(), _same),
    "int": Form(_number, _number),
    "bool": Form(_truth, _same),
    "inverse": Form(_invert, _invert),
    "yes_no": Form(_truth, lambda value: None if value is None else "Yes" if value else "No"),
    "id": Form(_read_id, _write_id),
    "ids": Form(_read_ids, _write_ids),
    "comma_ids": Form(_read_comma, lambda value: ",".join(_elements(value))),
    "unix": Form(_read_unix, _write_unix),
    "lines": Form(_read_lines, _write_lines),
    "pairs": Form(_read_pairs, _write_pairs),
    "map": Form(_read_map, _kept),
    "json": Form(_same, lambda value: orjson.dumps(value).decode()),
}
"""Every form a field of a mapping may have.

as_is: untouched. text: as text. lower: as text whose letters' case does not count. int, bool: also where
they come as text.
inverse: true where we say false. yes_no: Yes or No. id: an id that is a number there. ids, comma_ids: a
collection as a list, as text with commas. unix: a moment as seconds since 1970. lines, pairs, map: a mapping
as one name=value per line, as [{Name, Value}], as an object. json: written as JSON within a text.
"""


def flatten(value: Any) -> str:
    """A value as a query or form holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(flatten(item) for item in value)
    return "" if value is None else value if isinstance(value, str) else str(value)


def nest(body: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where a dotted path says."""
    *above, last = path.split(".")
    for name in above:
        body = body.setdefault(name, {})
    body[last] = value


def dig(body: Any, path: str) -> Any:
    """What stands where a dotted path says, None if nothing; a flat name with dots counts, too."""
    if isinstance(body, Mapping) and path in body:
        return body[path]
    for name in path.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body
