"""One mistake that thousands of rows make is told a few times, with how many more there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.errors import Problem
from reconciler.model.documents import SUFFIXES

SHOWN = 3


def is_source(file: str) -> bool:
    """Whether a place in this file is a source's row: people write YAML, machines all else."""
    return not file.endswith(SUFFIXES)


def gather(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Each problem once; of those that say the same of many rows of one source the first few."""
    alike: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in dict.fromkeys(problems):
        if is_source(problem.where.file):
            alike[problem.where.file, problem.what, problem.remedy].append(problem)
        else:
            yield problem
    for found in alike.values():
        *first, last = sorted(found, key=lambda problem: problem.where)[:SHOWN]
        yield from first
        more = len(found) - SHOWN
        yield replace(last, what=f"{last.what} (and so do {more:,} more rows)") if more > 0 else last
