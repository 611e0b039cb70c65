"""Explains a difference that was found elsewhere: by words in prose, by parts in nested values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from reconciler.report.document import Line, Span, Tone, code, plain
from reconciler.report.values import count, show
from reconciler.resources.base import Plain

PROSE = 4
"""A text of so many words is compared by words."""

CONTEXT = 3
"""Words kept on each side of a change."""

PARTS = 6
"""Parts of a nested value that are listed before the rest is counted."""


def explain_difference(before: Plain, after: Plain, whole: bool = False) -> tuple[tuple[str, Line], ...]:
    """What differs, as (path below the value, line); `whole` leaves nothing out."""
    if _is_prose(before) and _is_prose(after):
        return (("", _compare_words(str(before), str(after), whole)),)
    if isinstance(before, Mapping) and isinstance(after, Mapping) or _are_lists(before, after):
        return tuple(_compare_parts(before, after, whole)) or (("", arrow(before, after, whole)),)
    return (("", arrow(before, after, whole)),)


def arrow(before: Plain, after: Plain, whole: bool = False) -> Line:
    """`old -> new`, both in full or cut at the same length."""
    longest = None if whole else 300
    return (Span(show(before, longest), Tone.OLD), plain(" -> "), Span(show(after, longest), Tone.NEW))


def _is_prose(value: Plain) -> bool:
    return isinstance(value, str) and len(value.split()) >= PROSE


def _are_lists(before: Plain, after: Plain) -> bool:
    return isinstance(before, tuple) and isinstance(after, tuple)


def _compare_words(before: str, after: str, whole: bool) -> Line:
    """The text with cut and added words marked; unchanged stretches shrink to a few words."""
    steps = _steps(re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after))
    made: list[Span] = []
    for number, (old, new) in enumerate(steps):
        if old == new:
            made.append(plain(_shrink(old, number == 0, number == len(steps) - 1, whole)))
            continue
        made += [Span("".join(old), Tone.CUT)] if old else []
        made += [Span("".join(new), Tone.ADDED)] if new else []
    return tuple(made)


def _steps(old: list[str], new: list[str]) -> list[tuple[list[str], list[str]]]:
    """Stretches of words, equal or not; a lone space between two changes belongs to them."""
    made: list[tuple[list[str], list[str]]] = []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (step, i, j, k, m) in enumerate(codes):
        between = 0 < number < len(codes) - 1 and not "".join(old[i:j]).strip()
        if made and made[-1][0] != made[-1][1] and (step != "equal" or between):
            made[-1] = (made[-1][0] + old[i:j], made[-1][1] + new[k:m])
        else:
            made.append((old[i:j], new[k:m]))
    return made


def _shrink(words: Sequence[str], first: bool, last: bool, whole: bool) -> str:
    kept = 2 * CONTEXT
    if whole or len(words) <= 2 * kept + 2:
        return "".join(words)
    head = "" if first else "".join(words[:kept])
    tail = "" if last else "".join(words[-kept:])
    return f"{head}...{tail}"


def _compare_parts(before: Plain, after: Plain, whole: bool) -> Iterator[tuple[str, Line]]:
    """Per changed path one line: `old -> new` where a value changed, `-old +new` where parts came or went."""
    from deepdiff import DeepDiff  # imported where it is needed: it costs more than the rest of a report

    found: dict[str, dict[str, list[Any]]] = {}
    difference = DeepDiff(_comparable(before), _comparable(after), view="tree")
    for sort, levels in difference.items():
        for level in levels:
            path = level.up.path(output_format="list") if _is_part(sort) else level.path(output_format="list")
            parts = found.setdefault(".".join(map(str, path)), {"cut": [], "added": [], "arrows": []})
            if sort.endswith("_added"):
                parts["added"].append(_named(level, level.t2))
            elif sort.endswith("_removed"):
                parts["cut"].append(_named(level, level.t1))
            else:
                parts["arrows"].append((level.t1, level.t2))
    for key, parts in sorted(found.items()):
        for old, new in parts["arrows"]:
            yield key, arrow(_plain(old), _plain(new), whole)
        if parts["cut"] or parts["added"]:
            yield key, (*_list_parts("-", parts["cut"], whole), *_list_parts("+", parts["added"], whole))


def _is_part(sort: str) -> bool:
    return sort.endswith(("_added", "_removed"))


def _named(level: Any, value: Any) -> str:
    """A part as text; a member of a mapping with its key."""
    key = level.path(output_format="list")[-1:] if isinstance(level.up.t1, Mapping) else []
    return "".join(f"{name}: " for name in key) + show(_plain(value))


def _list_parts(sign: str, parts: list[str], whole: bool) -> Iterator[Span]:
    tone = Tone.OLD if sign == "-" else Tone.NEW
    shown = parts if whole or len(parts) <= PARTS + 1 else sorted(parts)[:PARTS]
    for part in sorted(shown):
        yield Span(f"{sign}{part}", tone)
        yield plain("  ")
    if len(shown) < len(parts):
        yield code(f"{sign} and {count(len(parts) - len(shown), 'more', 'more')}")
        yield plain("  ")


def _comparable(value: Plain) -> Any:
    """Sorted lists of texts as sets: their order says nothing more, and sets compare in no time."""
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        texts = [item for item in value if isinstance(item, str)]
        if len(texts) == len(value) and texts == sorted(set(texts)):
            return frozenset(texts)
        return tuple(_comparable(item) for item in value)
    return value


def _plain(value: Any) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return tuple(sorted(value, key=str))
    made: Plain = tuple(_plain(item) for item in value) if isinstance(value, tuple) else value
    return made
