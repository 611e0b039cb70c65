"""Lengths of time as they are written: `90s`, `15m`, `2h`, `14d`, `1w`."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
WRITTEN = "write a number and s, m, h, d or w, such as 15m"


def read_span(text: str) -> timedelta:
    """The length of time; ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is no length of time; {WRITTEN}")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
