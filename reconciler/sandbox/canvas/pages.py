"""Canvas's paging: Link headers with opaque addresses, 10 items unless asked for more, never over 100."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from reconciler.sandbox.calls import Answer, Call, Json, Refusal

MOST, USUAL = 100, 10
PAGING = frozenset({"page", "per_page"})

T = TypeVar("T")


def cut(call: Call, rows: Sequence[T], show: Callable[[T], Json], usual: int = USUAL) -> Answer:
    """One page of the rows, with the addresses of the next and the first one."""
    faults, name = call.simulation.faults, call.operation.name
    size = min(_size(call, usual), MOST, faults.page_cap.get(name, MOST))
    start = _read(call.query.get("page", ""))
    number = start // size + 1
    shown = rows[start : start + size]
    if faults.empty_page.get(name) == number:
        shown = rows[:0]
    links = [f'<{_address(call, start, size)}>; rel="current"', f'<{_address(call, 0, size)}>; rel="first"']
    if start + size < len(rows) and faults.cut_pages.get(name) != number:
        links.insert(1, f'<{_address(call, start + size, size)}>; rel="next"')
    return Answer(body=[show(row) for row in shown], headers={"Link": ",".join(links)})


def _size(call: Call, usual: int) -> int:
    text = call.query.get("per_page", "")
    return int(text) if text.isdecimal() and int(text) else usual


def _address(call: Call, start: int, size: int) -> str:
    """Where a page is: the number in it is not one that clients may count up."""
    mark = base64.urlsafe_b64encode(f"row:{start}".encode()).decode().rstrip("=")
    return f"{call.url}{'&' if '?' in call.url else '?'}page=bookmark:{mark}&per_page={size}"


def _read(page: str) -> int:
    if page in ("", "1", "first"):
        return 0
    mark = page.removeprefix("bookmark:")
    try:
        what, _, number = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode().partition(":")
    except ValueError:
        what, number = "", ""
    if not page.startswith("bookmark:") or what != "row" or not number.isdecimal():
        raise Refusal(400, "page", "invalid page")
    return int(number)
