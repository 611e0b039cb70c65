"""YAML 1.2 texts with their places, read from libyaml's events: every problem of a file, not just the first.

Scalars stay the text that was written (`0123`, `no`, `10:00`); only a plain `null` or `~` is None.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave libyaml's parser out
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reconciler.errors import Problem, Where

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 20

Mark: TypeAlias = int | Where
"""Where a key or an element stands: an int within the file itself, else the place in another file."""

_SHIFT = 25  # a mark is line << 25 | column, both from 0: an int costs less than libyaml's own mark
_COLUMNS = (1 << _SHIFT) - 1
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TABBED = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)


class Map(dict[str, Any]):
    """A mapping as read: texts, None, Map, Seq, UNREADABLE; `marks` holds its keys' marks in key order."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: int = 0) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Add a key that is not there yet, with its mark."""
        self[key] = value
        self.marks.append(mark)

    def mark_of(self, key: str) -> Mark:
        """The mark of a key that is there."""
        return self.marks[list(self).index(key)]


class Seq(list[Any]):
    """A list as read, with the mark of every element."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: int = 0) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


class Unreadable(Enum):
    """What stands in place of a value that was refused already: nothing more is to be said about it."""

    UNREADABLE = "unreadable"


UNREADABLE = Unreadable.UNREADABLE


class Marks(Mapping[str, Where]):
    """The places of a read value's fields by dotted path (`schedule.days.0`), found when asked for.

    A key that holds a dot itself is found as the end of a path.
    """

    __slots__ = ("file", "value")

    def __init__(self, file: str, value: object) -> None:
        self.file = file
        self.value = value

    def __getitem__(self, path: str) -> Where:
        value: object = self.value
        mark: Mark | None = None
        rest = path
        while rest:
            whole = isinstance(value, Map) and rest in value
            part, _, rest = (rest, "", "") if whole else rest.partition(".")
            if isinstance(value, Map) and part in value:
                mark, value = value.mark_of(part), value[part]
            elif isinstance(value, Seq) and part.isdecimal() and int(part) < len(value):
                mark, value = value.marks[int(part)], value[int(part)]
            else:
                break
        if mark is None:
            raise KeyError(path)
        return place(self.file, mark)

    def __iter__(self) -> Iterator[str]:
        return iter(self.value if isinstance(self.value, Map) else ())

    def __len__(self) -> int:
        return len(self.value) if isinstance(self.value, Map) else 0


def place(file: str, mark: Mark) -> Where:
    """A mark of a file as a place for people."""
    if isinstance(mark, Where):
        return mark
    return Where(file, (mark >> _SHIFT) + 1, (mark & _COLUMNS) + 1)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file as read; `whole` is False where something of it could not be read at all."""

    value: Map
    problems: tuple[Problem, ...] = ()
    whole: bool = True


def parse(data: bytes, file: str) -> Parsed:
    """Read one document, a mapping at its top. Problems name `file`; nothing is raised.

    Refused: what is not UTF-8, tabs as indentation, a second document, duplicate keys, aliases, merge keys,
    tags, keys with nothing after them, more than 32 MiB, and more than 20 levels.
    """
    if len(data) > MAX_BYTES:
        what = f"the file has {len(data)} bytes; at most {MAX_BYTES} are read"
        return Parsed(Map(), (Problem(Where(file), what, "split it into several files"),), whole=False)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Parsed(Map(), (_not_utf8(data, file, error.start),), whole=False)
    builder = _Builder(file, text)
    with _uncollected():
        value = builder.build()
    return Parsed(value, tuple(builder.problems), builder.whole)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: everything made is kept, so looking for garbage only costs."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _not_utf8(data: bytes, file: str, at: int) -> Problem:
    start = data.rfind(b"\n", 0, at) + 1
    where = Where(file, data.count(b"\n", 0, at) + 1, len(data[start:at].decode("utf-8", "replace")) + 1)
    return Problem(
        where, f"the byte 0x{data[at]:02X} is not UTF-8", "save the file as UTF-8 (with or without BOM)"
    )


class _Stop(Exception):
    """What follows in this file cannot be read."""


@dataclass(slots=True)
class _Builder:
    file: str
    text: str
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True
    next: Callable[[], Any] = field(init=False)
    aliases: list[Any] = field(default_factory=list)

    def build(self) -> Map:
        top = Map()
        try:
            self.next = CParser(self.text.encode()).get_event
            self.next()
            event = self.next()
            if type(event) is not StreamEndEvent:
                top = self._document()
        except _Stop:
            self.whole = False
        except yaml.reader.ReaderError:
            self._stop_at_control_character()
        except yaml.MarkedYAMLError as error:
            self.whole = False
            self.problems.extend(_explain(self.file, self.text, error))
        if self.aliases:
            more = f" ({len(self.aliases)} in this file)" if len(self.aliases) > 1 else ""
            what = f"aliases such as `*{self.aliases[0].anchor}` are not read{more}"
            self._add(self.aliases[0].start_mark, what, "write the value out, or use `defaults:`")
        return top

    def _document(self) -> Map:
        event = self.next()
        top = Map(_mark(event.start_mark))
        if type(event) is MappingStartEvent:
            self._fill_map(top, 1)
        elif type(event) is not ScalarEvent or event.value:
            self._add(event.start_mark, "a file holds sections (`users:`), not this", "start with a section")
            raise _Stop
        self.next()
        event = self.next()
        if type(event) is DocumentStartEvent:
            self._add(event.start_mark, "a second document starts here", "make it a file of its own")
            self.whole = False
        return top

    def _stop_at_control_character(self) -> None:
        self.whole = False
        found = _FORBIDDEN.search(self.text)
        at = found.start() if found else 0
        line, column = self.text.count("\n", 0, at), at - self.text.rfind("\n", 0, at) - 1
        what = f"the character U+{ord(self.text[at]):04X} may not stand in YAML"
        self.problems.append(Problem(Where(self.file, line + 1, column + 1), what, "delete it"))

    def _add(self, mark: Any, what: str, remedy: str) -> None:
        self.problems.append(Problem(Where(self.file, mark.line + 1, mark.column + 1), what, remedy))

    def _fill_map(self, made: Map, depth: int) -> None:
        following, marks = self.next, made.marks
        while True:
            event = following()
            if type(event) is MappingEndEvent:
                return
            if type(event) is not ScalarEvent or not event.value:
                self._skip_odd_key(event, depth)
                continue
            key = event.value
            mark: Any = event.start_mark
            value = self._value(following(), depth, key)
            if key == "<<" and not event.style:
                self._add(mark, "merge keys (`<<`) are not read", "write the fields out, or use `defaults:`")
            elif key in made:
                first = place(self.file, made.mark_of(key))
                what = f"`{key}` stands twice; the first is at line {first.line}"
                self._add(mark, what, "keep one of them")
            else:
                made[key] = value
                marks.append(mark.line << _SHIFT | mark.column)

    def _value(self, event: Any, depth: int, key: str) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            if event.tag is not None:
                self._refuse_tag(event)
            value = event.value
            if event.style or value not in _NOTHING:
                return value
            if value:
                return None
            self._refuse_nothing(event, depth, key)
            return UNREADABLE
        if kind is AliasEvent:
            self.aliases += () if key == "<<" else (event,)
            return UNREADABLE
        if event.tag is not None:
            self._refuse_tag(event)
        if depth >= MAX_DEPTH:
            what = f"nested more than {MAX_DEPTH} levels deep; the rest of the file is not read"
            self._add(event.start_mark, what, "no kind needs this; check the brackets")
            raise _Stop
        if kind is MappingStartEvent:
            made = Map(_mark(event.start_mark))
            self._fill_map(made, depth + 1)
            return made
        listed = Seq(_mark(event.start_mark))
        self._fill_seq(listed, depth + 1)
        return listed

    def _fill_seq(self, made: Seq, depth: int) -> None:
        following, marks = self.next, made.marks
        while True:
            event = following()
            if type(event) is SequenceEndEvent:
                return
            made.append(self._value(event, depth, "-"))
            marks.append(_mark(event.start_mark))

    def _skip_odd_key(self, event: Any, depth: int) -> None:
        self._add(event.start_mark, "a key is a text", "write `name: value`")
        said = len(self.problems)
        if type(event) is not ScalarEvent:
            self._value(event, depth, "")
        self._value(self.next(), depth, "")
        del self.problems[said:]

    def _refuse_tag(self, event: Any) -> None:
        self._add(
            event.start_mark,
            f"the tag `{event.tag}` is not read",
            'a text that starts with ! is quoted: "!..."',
        )

    def _refuse_nothing(self, event: Any, depth: int, key: str) -> None:
        if key == "-":
            self._add(event.start_mark, "a list element is empty", "write it, or take the line out")
        elif depth == 1:
            self._add(
                event.start_mark, f"the section `{key}` is empty", "write its entries, or take the line out"
            )
        else:
            remedy = "write ~ to clear the field, or take the line out to leave it unmanaged"
            self._add(event.start_mark, f"nothing stands after `{key}:`", remedy)


_NOTHING = frozenset({"", "~", "null"})


def _mark(mark: Any) -> int:
    made: int = mark.line << _SHIFT | mark.column
    return made


def _explain(file: str, text: str, error: yaml.MarkedYAMLError) -> Iterator[Problem]:
    """What libyaml stumbled over, told by the characters that stand there."""
    mark: Any = error.problem_mark or error.context_mark
    if mark is None:
        yield Problem(Where(file), f"not readable as YAML: {error.problem}", "check brackets and quotes")
        return
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    where, here = Where(file, mark.line + 1, mark.column + 1), line[mark.column : mark.column + 1]
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation:
        for found in _TABBED.finditer(text):
            number = text.count("\n", 0, found.start())
            column = found.group().index("\t") + 1
            yield Problem(Where(file, number + 1, column), "a tab stands in the indentation", "use spaces")
    elif line[mark.column - 1 : mark.column + 1] == "${":
        what = "`${...}` inside { } or [ ] is not read unless it is quoted: YAML takes its brace for its own"
        yield Problem(where._replace(column=mark.column), what, 'quote it: "${env:NAME}"')
    elif here and here in "@`%":
        yield Problem(where, f"a text cannot start with {here}", "quote it")
    elif here == ":" and line[mark.column + 1 : mark.column + 2] in (",", "}"):
        yield Problem(where, "nothing stands after this key", "write ~ to clear it, or take the key out")
    elif here == ":":
        what = "no key can stand here"
        yield Problem(where, what, "quote a text that holds `: `, or mend the indentation")
    elif error.context_mark and error.context_mark.line != mark.line:
        opened = place(file, _mark(error.context_mark))
        what = f"not readable as YAML: {error.problem}"
        yield Problem(
            where, what, f"what is wrong may have begun at line {opened.line}, column {opened.column}"
        )
    else:
        yield Problem(
            where, f"not readable as YAML: {error.problem}", "check brackets, quotes and indentation"
        )
