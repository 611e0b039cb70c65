"""Reads one mapping of settings field by field; each fault becomes a problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.errors import Problem, Where, suggest
from reconciler.resources.base import SECRET_PATTERN, SecretRef
from reconciler.resources.spans import WRITTEN, read_span
from reconciler.yamlio import UNREADABLE, Map, Marks, Seq, place


class Sheet:
    """One mapping; every read takes a field off it, and `finish` refuses what nobody took."""

    def __init__(self, file: str, values: Map, problems: list[Problem], where: Where) -> None:
        self.file = file
        self.values = values
        self.where = where
        self._problems = problems
        self._left = dict.fromkeys(values)
        self._known: list[str] = []
        self._marks = Marks(file, values)

    def place(self, path: str) -> Where:
        """Where a field, or an element of it, stands; the sheet's own place if it does not."""
        return self._marks.get(path, self.where)

    def refuse(self, path: str, what: str, remedy: str = "") -> None:
        """Note a problem at a field."""
        self.refuse_at(self.place(path), what, remedy)

    def refuse_at(self, where: Where, what: str, remedy: str = "") -> None:
        """Note a problem at a place."""
        self._problems.append(Problem(where, what, remedy))

    def sheet(self, values: Map, where: Where) -> Sheet:
        """Another mapping of the same file."""
        return Sheet(self.file, values, self._problems, where)

    def take(self, key: str) -> Any:
        """The value as read, None if it is not there or was refused already."""
        self._left.pop(key, None)
        self._known.append(key)
        value = self.values.get(key)
        if value is None and key in self.values:
            self.refuse(key, f"`{key}` cannot be cleared", "write a value, or take the line out")
        return None if value is UNREADABLE else value

    def left(self) -> tuple[str, ...]:
        """The keys nobody took yet."""
        return tuple(self._left)

    def text(self, key: str, choices: Iterable[str] = (), default: str = "") -> str:
        """A text, one of `choices` if there are any."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value:
            self.refuse(key, f"`{key}` is a text")
            return default
        if choices and value not in choices:
            self.refuse(key, f"`{key}` cannot be `{value}`", suggest(value, choices))
            return default
        return value

    def needed(self, key: str, example: str) -> str:
        """A text that must be there."""
        if key not in self.values:
            self.refuse("", f"`{key}` is missing", f"add `{key}: {example}`")
        return self.text(key)

    def number(self, key: str, default: int, least: int = 0) -> int:
        """A whole number, `least` or more."""
        value = self.take(key)
        if value is None:
            return default
        if not (isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) and int(value) >= least):
            self.refuse(
                key, f"`{key}` is a whole number, {least} or more", f"write `{key}: {default or 300}`"
            )
            return default
        return int(value)

    def percent(self, key: str, default: float) -> float:
        """A percentage, 0 to 100, with or without the sign."""
        value = self.take(key)
        if value is None:
            return default
        if not (isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})? ?%?", value)):
            self.refuse(key, f"`{key}` is a percentage", f"write `{key}: 20%`")
            return default
        made = float(value.rstrip("% "))
        if made > 100:
            self.refuse(key, f"`{key}` is more than 100 %", f"write `{key}: {default:g}%`")
        return made

    def seconds(self, key: str, default: int | None = None) -> int | None:
        """A length of time such as 90s, 15m, 2h, 180d or 1w, more than none."""
        value = self.take(key)
        if value is None:
            return default
        try:
            seconds = int(read_span(str(value)).total_seconds())
        except ValueError:
            seconds = 0
        if not seconds:
            self.refuse(key, f"`{key}` is a length of time", WRITTEN)
            return default
        return seconds

    def texts(self, key: str) -> tuple[tuple[str, str], ...]:
        """A list of texts, each with the path of its place."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, Seq) or not all(isinstance(item, str) and item for item in value):
            self.refuse(key, f"`{key}` is a list of texts", f"write `{key}: [..., ...]`")
            return ()
        return tuple((item, f"{key}.{index}") for index, item in enumerate(value))

    def inner(self, key: str) -> Sheet | None:
        """A mapping inside this one."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, Map):
            self.refuse(key, f"`{key}` is a mapping", f"write the fields of `{key}` below it, indented")
            return None
        return self.sheet(value, place(self.file, self.values.mark_of(key)))

    def reference(self, key: str) -> SecretRef | None:
        """A reference to a secret; what else stands there is not shown, it may be the secret."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, str) and SECRET_PATTERN.fullmatch(value):
            return SecretRef(value)
        self.refuse(key, f"`{key}` is a secret in plain text", "write a reference such as ${env:NAME}")
        return None

    def finish(self, later: Mapping[str, str] = MappingProxyType({})) -> None:
        """Refuse what nobody took; `later` names what is planned, and what it is."""
        for key in self._left:
            if key in later:
                self.refuse(key, f"`{key}` ({later[key]}) is not supported by this version", "take it out")
            else:
                self.refuse(key, f"`{key}` is not known here", suggest(key, self._known))
