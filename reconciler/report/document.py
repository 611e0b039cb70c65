"""What every format renders: lines of toned spans in blocks, blocks in sections, and nothing of a format.

Texts here are raw, vendors' texts included. A renderer passes each through `visible` and then escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a span is, for a renderer to colour or mark; the text says the same without it."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    CODE = "code"  # to be read exactly: addresses, values
    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    GOOD = "good"
    WARN = "warn"
    OLD = "old"  # a whole value before an arrow
    NEW = "new"
    CUT = "cut"  # words taken out of a text, marked in every format
    ADDED = "added"
    LABEL = "label"  # a vendor's name for an object: as it is, backticks too


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One sentence or more."""

    line: Line


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines to be copied exactly: a command, a waiver, a file. Never wrapped, never shortened."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: a head, and what is said of it below."""

    head: Line
    details: tuple[Line | Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """Objects under one title; `more` says what is left out, "" if nothing; `calm` ones may be collapsed."""

    entries: tuple[Entry, ...]
    title: Line = ()
    more: str = ""
    calm: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under real headers; columns in `numbers` hold figures."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numbers: frozenset[int] = frozenset()


Block = Paragraph | Listing | Entries | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part; its tone is its weight: REMOVE and WARN stand out."""

    title: str
    blocks: tuple[Block, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Document:
    """A whole page: what it is, the sentences that come first, then the sections."""

    title: str
    lead: tuple[Line, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a document is written out; removals are always whole while `losses` is true.

    `shown`: how many of what may fold is listed, None for all. `folds`: whether changes other than plain
    creates fold too. `fields`: whether objects show their fields.
    """

    shown: int | None = 20
    folds: bool = False
    fields: bool = True
    losses: bool = True

    def over(self, count: int) -> bool:
        """True if so many are folded."""
        return self.shown is not None and count > self.shown

    @property
    def few(self) -> int:
        """How many of a folded list are still named."""
        return min(3, self.shown or 0)


FULL = Detail(shown=None)


def plain(text: str) -> Span:
    """Ordinary words."""
    return Span(text)


def strong(text: str) -> Span:
    """Words that carry the line."""
    return Span(text, Tone.STRONG)


def muted(text: str) -> Span:
    """Words that may be skipped."""
    return Span(text, Tone.MUTED)


def code(text: str) -> Span:
    """An address or a value, to be read exactly."""
    return Span(text, Tone.CODE)


def say(*parts: str | Span) -> Line:
    """A line of plain words and toned spans."""
    return tuple(Span(part) if isinstance(part, str) else part for part in parts if part)


def named(label: str) -> Line:
    """A label in quotes after an address, nothing for an empty one."""
    return (Span(f' "{label}"', Tone.LABEL),) if label else ()


def spread(spans: Iterable[Span], between: str = ", ") -> Line:
    """Spans with plain words between them."""
    made: list[Span] = []
    for span in spans:
        made += [Span(between), span] if made else [span]
    return tuple(made)


def pieces(line: Line) -> Iterator[Span]:
    """The spans, with what plain words put between backticks as code; for formats that have such a thing."""
    for span in line:
        if span.tone is Tone.PLAIN and span.text.count("`") > 1:
            for at, part in enumerate(_BACKTICKED.split(span.text)):
                yield Span(part, Tone.CODE if at % 2 else Tone.PLAIN)
        else:
            yield span


_BACKTICKED = re.compile("`([^`]+)`")


def visible(text: str) -> str:
    r"""The text with everything that cannot be seen written out: `\n`, `\x1b`, `\u202e`.

    Control, format (bidi, zero width), surrogate, private and unassigned characters, line separators, and
    every space but the ordinary one.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_character, text))


_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


def _visible_character(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _UNSEEN:
        return character
    if character in _NAMED:
        return _NAMED[character]
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
