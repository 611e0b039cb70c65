"""Strategies for plans and their parts, read off the model's type hints: a new field is covered by itself."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from reconciler.errors import Where
from reconciler.model import CHANGES, Address, Change, Outcome, Plan, Report
from reconciler.resources.base import Plain, kinds

NASTY = (
    "",
    " ",
    "\x1b[31mred\x1b[0m",
    "line\nbreak\r\ttab\x00\x7f\x9b",
    "\u202eright to left\u2066",
    "zero\u200bwidth\ufeff\u2028",
    "\U000e0041tag",
    "<script>alert(1)</script>",
    "</code></pre></details><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "@everyone see #1 and GH-2 at https://evil.example or www.evil.example, mail a@b.example",
    "```\n# heading\n- item\n> quote",
    "``two`` `one` ```three",
    "a | b \\| c",
    "**bold** _it_ ~~cut~~ $x$ $`y`$ :smile: &amp; <!-- x",
    "1. one",
    "- two",
    "+ three",
    "---",
    "===",
    "    four",
    "0123abc",
    "{{ 7 * 7 }} {% raw %}",
    "zoom-main/user/s123456",
)


def texts() -> st.SearchStrategy[str]:
    """Any text, and texts that somebody wrote with intent."""
    return st.one_of(st.sampled_from(NASTY), st.text(max_size=12))


def names() -> st.SearchStrategy[str]:
    """Targets and kinds: any text without a slash, most often a kind's name."""
    return st.one_of(st.sampled_from(sorted(kinds())), texts().map(lambda text: text.replace("/", "")))


def addresses() -> st.SearchStrategy[Address]:
    """Addresses, people's among them."""
    return st.builds(Address, names(), names(), texts())


def places() -> st.SearchStrategy[Where]:
    """Places in desired files."""
    return st.builds(Where, texts(), st.integers(1, 9999), st.integers(1, 99))


def moments() -> st.SearchStrategy[datetime]:
    """Aware times in any whole-minute offset."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001 - bounds


def plain_values() -> st.SearchStrategy[Plain]:
    """What a field may hold."""
    leaves = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), texts())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(tuple), st.dictionaries(texts(), inner, max_size=3)
        ),
        max_leaves=6,
    )


class _Plain:
    """Stands for the alias that refers to itself."""


def of(hint: Any, most: int = 3) -> st.SearchStrategy[Any]:
    """Values of a type hint; tuples and mappings hold at most `most`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _LEAVES:
        return _LEAVES[hint]
    if origin in (Union, types.UnionType):
        return st.one_of(*(of(option, most) for option in arguments))
    if origin is tuple:
        return st.lists(of(arguments[0], most), max_size=most).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(of(arguments[0], most), of(arguments[1], most), max_size=most)
    if issubclass(hint, StrEnum):
        return st.sampled_from(sorted(hint))
    return instances(hint)


def instances(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Values of one of the model's dataclasses."""
    hints = get_type_hints(kind, localns={"Plain": _Plain})
    return st.builds(kind, **{field.name: of(hints[field.name], 2) for field in dataclasses.fields(kind)})


_LEAVES: Mapping[Any, st.SearchStrategy[Any]] = {
    str: texts(),
    int: st.integers(0, 10_000),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: moments(),
    Address: addresses(),
    Where: places(),
    _Plain: plain_values(),
}


def changes() -> st.SearchStrategy[Change]:
    """Changes of every verb."""
    return st.one_of(*(instances(kind) for kind in CHANGES.values()))


def plans() -> st.SearchStrategy[Plan]:
    """Plans; their parts need not fit together."""
    return instances(Plan)


def reports() -> st.SearchStrategy[Report]:
    """Reports of runs."""
    outcomes = st.lists(instances(Outcome), max_size=3).map(tuple)
    return st.builds(
        Report, plan=plans(), run=texts(), started=moments(), finished=moments(), outcomes=outcomes
    )
