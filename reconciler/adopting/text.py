"""YAML as a person would write it: every text reads back literally, and no text ends its comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

WIDTH = 120
STEP = "  "
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What this reader or another takes for something else than the text."""


def scalar(value: object) -> str:
    """One value: a text plain where nobody can misread it, else quoted with everything odd escaped.

    Raises TypeError for what is no text, number, truth value, date or nothing.
    """
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | date):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is nothing YAML can say")
    if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return f'"{"".join(map(_escape, value))}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(value: object) -> str:
    """A value on one line: `{days: [mon, wed], minutes: 50}`."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key)}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def lay_out(key: str, value: object, indent: str) -> Iterator[str]:
    """`key: value` on one line if it fits; else a list or mapping below its key, an element a line."""
    line = f"{indent}{scalar(key)}: {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping | list | tuple):
        yield line
        return
    yield f"{indent}{scalar(key)}:"
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from lay_out(str(name), item, indent + STEP)
    else:
        yield from (f"{indent}{STEP}- {flow(item)}" for item in value)


def remark(text: str, indent: str = "") -> str:
    """A comment of one line, whatever the text holds."""
    shown = "".join(character if character.isprintable() else _escape(character) for character in text)
    return f"{indent}# {shown}"


def joined(lines: Iterable[str]) -> str:
    """The text of a file."""
    return "\n".join(lines) + "\n"
