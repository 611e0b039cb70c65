"""Kaltura's lists: pages of at most 500, filters by suffix, order by creation or id."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.sandbox.calls import Call, Json

PAGE, MOST = 30, 500
WITHOUT_PAGER = 1500
"""How many categories come where no pager is sent."""

Show = Callable[[Json], Json]


def filter_of(call: Call) -> Json:
    """The filter, empty where none is sent."""
    found = call.body.get("filter")
    return found if isinstance(found, dict) else {}


def among(found: Json, name: str) -> frozenset[str] | None:
    """What a property has to be by `nameEqual` and `nameIn`; None where neither is there."""
    equal, listed = found.get(f"{name}Equal"), found.get(f"{name}In")
    if equal is not None:
        return frozenset({str(equal)})
    return frozenset(str(listed).split(",")) if listed is not None else None


def cut(call: Call, kind: str, items: Sequence[Json], show: Show, *, pagerless: int = PAGE) -> Json:
    """One page of a list, as large as asked for but never beyond 500, with the number of all."""
    faults, name = call.simulation.faults, call.operation.name
    pager = call.body.get("pager")
    asked = pager if isinstance(pager, dict) else {}
    size = _number(asked.get("pageSize"), PAGE) if isinstance(pager, dict) else pagerless
    size = min(max(size, 0), MOST if isinstance(pager, dict) else pagerless, faults.page_cap.get(name, MOST))
    page = max(_number(asked.get("pageIndex"), 1), 1)
    shown = _sort(items, str(filter_of(call).get("orderBy") or ""))[(page - 1) * size : page * size]
    if faults.empty_page.get(name) == page:
        shown = []
    return {
        "objectType": f"{kind}ListResponse",
        "objects": [show(item) for item in shown],
        "totalCount": len(items) + faults.short_total.get(name, 0),
    }


def _sort(items: Sequence[Json], order: str) -> list[Json]:
    keys: dict[str, Callable[[Json], tuple[object, ...]]] = {
        "createdAt": lambda item: (item["created"], str(item["id"])),
        "updatedAt": lambda item: (item["updated"], str(item["id"])),
        "id": lambda item: (item["id"],),
    }
    key = keys.get(order[1:], keys["createdAt"])
    return sorted(items, key=key, reverse=order.startswith("-"))


def _number(value: object, default: int) -> int:
    text = str(value)
    return int(text) if text.lstrip("-").isdecimal() else default
