"""A document as plain text for a terminal: wrapped at a width, coloured only if asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from reconciler.report.document import (
    Block,
    Document,
    Entries,
    Entry,
    Line,
    Listing,
    Paragraph,
    Section,
    Span,
    Table,
    Tone,
    visible,
)

_COLOURS = {
    Tone.STRONG: "1",
    Tone.MUTED: "2",
    Tone.CREATE: "32",
    Tone.CHANGE: "33",
    Tone.REMOVE: "1;31",
    Tone.GOOD: "32",
    Tone.WARN: "33",
    Tone.OLD: "31",
    Tone.NEW: "32",
    Tone.CUT: "31",
    Tone.ADDED: "32",
}
_MARKS = {Tone.CUT: ("[-", "-]"), Tone.ADDED: ("{+", "+}")}


def render_terminal(document: Document, width: int = 100, colour: bool = False) -> str:
    """The text, ending in a newline; nothing in it moves the cursor, and colour is the only escape."""
    pen = _Pen(max(40, width), colour)
    lines = [text for line in document.lead for text in pen.wrap(line, 0, 0)]
    for section in document.sections:
        lines += ["", *pen.section(section)]
    return "\n".join(lines) + "\n"


class _Pen:
    """Writes blocks at one width, with or without colour."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour

    def section(self, section: Section) -> Iterator[str]:
        tone = section.tone if section.tone is not Tone.PLAIN else Tone.STRONG
        yield self.paint(section.title, tone)
        yield self.paint("-" * cell_len(section.title), Tone.MUTED)
        for number, block in enumerate(section.blocks):
            if number and isinstance(block, Entries) and block.title:
                yield ""
            yield from self.block(block)

    def block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Paragraph):
            yield from self.wrap(block.line, 0, 2)
        elif isinstance(block, Listing):
            yield from self.listing(block, 4)
        elif isinstance(block, Table):
            yield from self.table(block)
        else:
            yield from self.entries(block)

    def entries(self, block: Entries) -> Iterator[str]:
        indent = 2 if block.title else 0
        if block.title:
            yield from self.wrap(block.title, 0, 2)
        for entry in block.entries:
            yield from self.entry(entry, indent)
        if block.more:
            yield " " * indent + self.paint(block.more, Tone.MUTED)

    def entry(self, entry: Entry, indent: int) -> Iterator[str]:
        yield from self.wrap(entry.head, indent, indent + 4)
        for detail in entry.details:
            if isinstance(detail, Listing):
                yield from self.listing(detail, indent + 6)
            else:
                yield from self.wrap(detail, indent + 4, indent + 8)

    def listing(self, listing: Listing, indent: int) -> Iterator[str]:
        for line in listing.lines:
            yield " " * indent + visible(line)

    def table(self, table: Table) -> Iterator[str]:
        """Aligned columns, two spaces apart; the last one wraps."""
        texts = [list(table.header), *([self.bare(cell) for cell in row] for row in table.rows)]
        widths = [max(cell_len(row[column]) for row in texts) for column in range(len(table.header))]
        if sum(widths[:-1]) + 2 * len(widths) + 20 > self.width:
            yield from self.records(table)
            return
        yield self.paint(self.row(texts[0], widths, table), Tone.MUTED)
        for row, text in zip(table.rows, texts[1:], strict=True):
            cells = [self.fit(cell, widths[at], at in table.numbers) for at, cell in enumerate(row[:-1])]
            start = sum(widths[:-1]) + 2 * (len(widths) - 1)
            last = list(self.wrap(row[-1], start, start)) if text[-1] else [""]
            yield ("  ".join([*cells, last[0][start:]])).rstrip()
            yield from last[1:]

    def records(self, table: Table) -> Iterator[str]:
        """A table that does not fit: one block per row, a line per cell."""
        for row in table.rows:
            yield from self.wrap(row[0], 0, 4)
            for name, cell in zip(table.header[1:], row[1:], strict=True):
                if cell:
                    yield from self.wrap((Span(f"{name}: ", Tone.MUTED), *cell), 4, 8)

    def row(self, texts: list[str], widths: list[int], table: Table) -> str:
        cells = [
            " " * (width - cell_len(text)) + text
            if at in table.numbers
            else text + " " * (width - cell_len(text))
            for at, (text, width) in enumerate(zip(texts, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    def fit(self, cell: Line, width: int, number: bool) -> str:
        gap = " " * (width - cell_len(self.bare(cell)))
        painted = "".join(self.paint(text, tone) for text, tone in map(_mark, cell))
        return gap + painted if number else painted + gap

    def bare(self, line: Line) -> str:
        return "".join(text for text, _ in map(_mark, line))

    def paint(self, text: str, tone: Tone) -> str:
        shown = visible(text)
        return (
            f"\x1b[{_COLOURS[tone]}m{shown}\x1b[0m" if self.colour and shown and tone in _COLOURS else shown
        )

    def wrap(self, line: Line, first: int, rest: int) -> Iterator[str]:
        """Lines no wider than the width where words allow; a word, an address, a command is never broken."""
        made, used, fresh = " " * first, first, True
        for word, gap in _words(line):
            size = sum(cell_len(text) for text, _ in word)
            if not fresh and used + len(gap) + size > self.width:
                yield made
                made, used, gap = " " * rest, rest, ""
            made += gap + "".join(self.paint(text, tone) for text, tone in word)
            used, fresh = used + len(gap) + size, False
        yield made


def _mark(span: Span) -> tuple[str, Tone]:
    before, after = _MARKS.get(span.tone, ("", ""))
    return f"{before}{visible(span.text)}{after}", span.tone


def _words(line: Line) -> Iterator[tuple[list[tuple[str, Tone]], str]]:
    """Unbreakable words, each a run of toned pieces, with the spaces before it."""
    word: list[tuple[str, Tone]] = []
    gap = ""
    for text, tone in map(_mark, line):
        for piece in re.findall(r" +|[^ ]+", text):
            if piece[0] != " ":
                word.append((piece, tone))
                continue
            if word:
                yield word, gap
                word, gap = [], ""
            gap += piece
    if word:
        yield word, gap
