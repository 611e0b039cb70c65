"""What every source is: declared at a place, read from files below the desired folder, never half trusted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.errors import Problem, Where
from reconciler.model import Entry

NO_MARKS: Mapping[str, Where] = {}
"""Rows have one place, their line."""


class Files(Protocol):
    """The files below the desired folder; what was read counts to the digest of what is declared."""

    def read(self, path: str, named_at: Where) -> bytes | Problem:
        """A file's bytes, else why not, placed where the file was named."""

    def list(self, path: str) -> Sequence[str]:
        """The paths of all files below a folder, sorted; empty if it is no folder."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a source held. `unread` says why nothing may be removed for its sake, "" if it can be trusted."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(ABC):
    """One source of a section. `file` is a path below the desired folder, and the source's name.

    `where` is where it was declared. `base` holds the defaults of its section. With fewer than `min_rows`
    rows it is unread; `max_change` is the percentage by which its rows may differ from what is recorded.
    """

    target: str
    kind: str
    file: str
    where: Where
    min_rows: int = 0
    max_change: float | None = None
    base: Entry | None = None

    @abstractmethod
    def read(self, files: Files) -> Rows:
        """Every row as an entry placed at its file and line; raises nothing."""

    def distrust(self, rows: int, problems: Sequence[Problem]) -> str:
        """Why a source that yielded so many rows cannot be trusted to be whole; "" if it can."""
        if problems:
            return f"{self.file} has problems"
        if not rows:
            return f"{self.file} has a header and no rows"
        if rows < self.min_rows:
            return f"{self.file} has {rows} rows, fewer than the {self.min_rows} expected (min_rows)"
        return ""
