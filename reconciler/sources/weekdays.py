"""Weekdays as registrars write them; the whole column tells which letters they use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from reconciler.resources.schedules import WEEKDAYS

AUTO = "auto"
_NAMES = (
    "MON TUE TUES WED WEDS THU THUR THURS FRI SAT SUN "
    "MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY"
)


def _style(tokens: str) -> Mapping[str, str]:
    return dict(token.split("=") for token in tokens.split())


DAY_STYLES: Mapping[str, Mapping[str, str]] = {
    "mtwrfsu": _style("M=mon T=tue W=wed R=thu F=fri S=sat U=sun"),
    "th": _style("M=mon T=tue W=wed TH=thu F=fri S=sat SA=sat SU=sun"),
    "h": _style("M=mon T=tue W=wed H=thu F=fri S=sat N=sun"),
    "two_letters": _style("MO=mon TU=tue WE=wed TH=thu FR=fri SA=sat SU=sun"),
    "names": {name: name[:3].lower() for name in _NAMES.split()},
}
"""What `days:` of a timetable may say. `TH` is Thursday in `th` and Tuesday and Thursday in `h`; `SU` is
Saturday and Sunday in `mtwrfsu`, Sunday elsewhere; a lone `S` is Saturday in all of them."""

_PATTERNS = {
    style: re.compile("|".join(sorted(tokens, key=len, reverse=True))) for style, tokens in DAY_STYLES.items()
}
_SEPARATORS = re.compile(r"[\s,;/&+_.]+")
_NO_MEETING = frozenset({"", "TBA", "TBD", "ARR", "ARRANGED", "ONLINE", "NONE", "N/A"})
_YES = frozenset({"Y", "YES", "X", "1", "TRUE"})
_NO = frozenset({"", "N", "NO", "0", "FALSE", ".", "-", "_"})
_LETTERS = {
    day: frozenset({token for tokens in DAY_STYLES.values() for token in tokens if tokens[token] == day})
    for day in WEEKDAYS
}


def is_no_meeting(cell: str) -> bool:
    """Whether a cell says that there is no fixed time or day."""
    return cell.upper() in _NO_MEETING or not _SEPARATORS.sub("", cell)


def read_days(cell: str, style: str) -> tuple[str, ...]:
    """The weekdays of a cell in the order of the week, () if it cannot be read in that style."""
    found = [_read_word(word, style) for word in _SEPARATORS.split(cell) if word]
    days = [day for word in found for day in word]
    if not all(found) or len(set(days)) < len(days):
        return ()
    return tuple(day for day in WEEKDAYS if day in days)


def _read_word(word: str, style: str) -> list[str]:
    """The weekdays of a run of letters; where case is mixed, a capital begins each day."""
    tokens = DAY_STYLES[style]
    if word in (word.upper(), word.lower()):
        parts = _PATTERNS[style].findall(word.upper())
    else:
        parts = re.findall("[A-Z][^A-Z]*|^[^A-Z]+", word)
    known = [tokens.get(part.upper(), "") for part in parts]
    return known if all(known) and len("".join(parts)) == len(word) else []


def find_style(cells: Collection[str]) -> tuple[str, str, str]:
    """The style in which a column can be read and, if styles disagree, about which cell and how.

    A column no style can read whole gets the one that reads most of it.
    """
    values = sorted(set(cells))
    read = {style: [read_days(value, style) for value in values] for style in DAY_STYLES}
    fitting = [style for style in DAY_STYLES if all(read[style])]
    if not fitting:
        return max(DAY_STYLES, key=lambda style: sum(map(bool, read[style]))), "", ""
    first = fitting[0]
    for other in fitting[1:]:
        for value, one, two in zip(values, read[first], read[other], strict=True):
            if one != two:
                said = f"{', '.join(one)} (`days: {first}`) or {', '.join(two)} (`days: {other}`)"
                return first, value, said
    return first, "", ""


def read_flag(cell: str, day: str) -> bool | None:
    """Whether a cell of a weekday's own column says that there is a meeting; None if it says neither."""
    written = cell.upper()
    if written in _NO:
        return False
    return True if written in _YES or written in _LETTERS[day] else None
