"""Lays one file's settings over another's, field by field; every value keeps the place it was written at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.errors import Problem, suggest
from reconciler.model.documents import ABSENT
from reconciler.model.names import fold_name
from reconciler.yamlio import UNREADABLE, Map, Mark, Seq, place

TIMES = {"every": "cron", "cron": "every"}
"""Of a schedule's two forms the overlay's counts."""


def lay_over(base: Map, over: Map, file: str) -> Map:
    """The mapping of `base` with what `over`, the top of `file`, says: mappings merge, all else replaces."""
    made = Map(base.mark)
    rivals = {TIMES[key] for key in over.keys() & TIMES.keys() if TIMES[key] not in over}
    for (key, value), mark in zip(base.items(), base.marks, strict=True):
        if key not in over:
            if key not in rivals:
                made.put(key, value, mark)
        elif isinstance(value, Map) and isinstance(over[key], Map):
            made.put(key, lay_over(value, over[key], file), mark)
        else:
            made.put(key, _placed(over[key], file), place(file, over.mark_of(key)))
    for key, mark in _pairs(over):
        if key not in base:
            made.put(key, _placed(over[key], file), place(file, mark))
    return made


def overlay_settings(base: Map, over: Map, file: str, problems: list[Problem]) -> tuple[Map, frozenset[str]]:
    """reconciler.yaml with its overlay, and the targets that the overlay takes out (`absent: true`)."""
    asked, there = over.get("targets"), base.get("targets")
    if not isinstance(asked, Map) or not isinstance(there, Map):
        return lay_over(base, over, file), frozenset()
    known = {fold_name(name): name for name in there}
    kept, gone = Map(asked.mark), set()
    for written, mark in _pairs(asked):
        body, where = asked[written], place(file, mark)
        name = known.get(fold_name(written), written)
        if name in kept or name in gone:
            what = f"the target `{fold_name(written)}` stands twice in this file"
            problems.append(Problem(where, what, "write its settings below one of them"))
        elif not isinstance(body, Map) or ABSENT not in body:
            kept.put(name, body, mark)
        elif takes_out(body, file, problems):
            gone.add(name)
            if name not in there:
                what = f"there is no target `{written}` to take out"
                problems.append(Problem(where, what, suggest(written, there)))
    left = Map(there.mark)
    for name, mark in _pairs(there):
        if name not in gone:
            left.put(name, there[name], mark)
    merged = lay_over(_with(base, left), _with(over, kept), file)
    return merged, frozenset(map(fold_name, gone))


def takes_out(body: Map, file: str, problems: list[Problem], beside: str = "") -> bool:
    """Whether a mapping that says `absent` says it as it should: true, and nothing but `beside` with it."""
    written = body[ABSENT]
    if written != "true":
        if written is not UNREADABLE:
            where = place(file, body.mark_of(ABSENT))
            problems.append(Problem(where, "`absent` is true or not there", "write true, or take it out"))
        return False
    others = [key for key in body if key not in (ABSENT, beside)]
    if others:
        what = f"`absent: true` takes the whole entry out, and `{others[0]}` stands beside it"
        problems.append(Problem(place(file, body.mark_of(others[0])), what, "take one of them out"))
    return not others


def _with(top: Map, targets: Map) -> Map:
    made = Map(top.mark)
    for key, mark in _pairs(top):
        made.put(key, targets if key == "targets" else top[key], mark)
    return made


def _pairs(values: Map) -> Iterator[tuple[str, Mark]]:
    return zip(values, values.marks, strict=True)


def _placed(value: Any, file: str) -> Any:
    """A value whose marks are places in its own file, to stand among those of another."""
    if isinstance(value, Map):
        made = Map(value.mark)
        for key, mark in _pairs(value):
            made.put(key, _placed(value[key], file), place(file, mark))
        return made
    if isinstance(value, Seq):
        listed = Seq(value.mark)
        listed += [_placed(item, file) for item in value]
        listed.marks += [place(file, mark) for mark in value.marks]
        return listed
    return value
