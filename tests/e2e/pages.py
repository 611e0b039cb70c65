"""The fenced blocks of a Markdown page, in order, and which of them are to be typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
)
"""Every page for readers, below the root."""

_FENCE = re.compile(r"`{3,}(?P<language>\w*)(?: title=(?P<title>\S+))?")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: `language`, and the file it is to be written to ("" for none)."""

    page: str
    line: int
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a console block, with the output the page shows for it."""

    command: str
    shown: tuple[str, ...]
    place: str


def read_blocks(page: str) -> list[Block]:
    """Every fenced block; ValueError for a fence that says something nobody reads."""
    blocks: list[Block] = []
    lines: list[str] = []
    start, opened = 0, ""
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        if not opened and line.startswith("```"):
            start, opened, lines = number, line, []
        elif opened and line == "`" * (len(opened) - len(opened.lstrip("`"))):
            blocks.append(_close(page, start, opened, lines))
            opened = ""
        elif opened:
            lines.append(line)
    return blocks


def _close(page: str, start: int, opened: str, lines: list[str]) -> Block:
    head = _FENCE.fullmatch(opened)
    if head is None:
        raise ValueError(f"{page}:{start}: write ```language or ```language title=path")
    return Block(page, start, head["language"], head["title"] or "", "".join(f"{line}\n" for line in lines))


def read_steps(block: Block) -> list[Step]:
    """The commands behind `$ ` and what follows each of them."""
    steps: list[Step] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            steps.append(Step(line[2:], (), f"{block.page}:{number}"))
        elif not steps:
            raise ValueError(f"{block.place}: a console block begins with a command")
        else:
            last = steps.pop()
            steps.append(Step(last.command, (*last.shown, line), last.place))
    return steps


def patch(text: str, difference: str) -> str:
    """The text with each hunk of a difference made; hunks begin with @@ and must fit in one place."""
    for hunk in re.split(r"(?m)^@@.*\n", difference):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        if hunk and text.count(old) != 1:
            raise ValueError(f"this fits in {text.count(old)} places:\n{old}")
        text = text.replace(old, new) if hunk else text
    return text
