"""Reads waivers.yaml: dated exceptions to the guards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time

from reconciler.errors import Problem, Where, suggest
from reconciler.model import Waiver
from reconciler.model.documents import GUARDS, UNWAIVABLE
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map, Seq, place

FILE = "waivers.yaml"
WAIVABLE = tuple(guard for guard in GUARDS if guard not in UNWAIVABLE)


def read_waivers(
    file: str, root: Map, targets: Collection[str] | None, problems: list[Problem]
) -> tuple[Waiver, ...]:
    """Every waiver of a file without a problem."""
    sheet = Sheet(file, root, problems, Where(file))
    listed = sheet.take("waivers")
    sheet.finish()
    if listed is None:
        return ()
    if not isinstance(listed, Seq) or not all(isinstance(item, Map) or item is UNREADABLE for item in listed):
        sheet.refuse("waivers", "`waivers` is a list of mappings", "begin each waiver with `- guard: ...`")
        return ()
    read = [
        _read_waiver(Sheet(file, item, problems, place(file, mark)), targets)
        for item, mark in zip(listed, listed.marks, strict=True)
        if isinstance(item, Map)
    ]
    return tuple(waiver for waiver in read if waiver)


def _read_waiver(sheet: Sheet, targets: Collection[str] | None) -> Waiver | None:
    guard = sheet.needed("guard", "removals")
    addresses = sheet.needed("addresses", '"zoom-main/group/club-*"')
    until, why = sheet.needed("until", "2026-12-01"), sheet.needed("why", "what this is for")
    limited = "max" in sheet.values
    waiver = Waiver(
        guard=guard,
        addresses=addresses,
        until=_read_day(sheet, until),
        why=why,
        maximum=sheet.number("max", 1, least=1) if limited else None,
        where=sheet.where,
    )
    sheet.finish()
    _check_guard(sheet, guard)
    _check_addresses(sheet, addresses, targets)
    return waiver if guard in WAIVABLE and addresses and until and why else None


def _read_day(sheet: Sheet, text: str) -> datetime:
    """The end of the day, in UTC."""
    try:
        day = date.fromisoformat(text) if text else date.min
    except ValueError:
        sheet.refuse("until", "`until` is a date", "write it as 2026-12-01")
        day = date.min
    return datetime.combine(day, time.max, UTC)


def _check_guard(sheet: Sheet, guard: str) -> None:
    if guard in UNWAIVABLE:
        sheet.refuse("guard", f"the guard `{guard}` cannot be waived", "mend what it found")
    elif guard and guard not in WAIVABLE:
        sheet.refuse("guard", f"there is no guard `{guard}`", suggest(guard, WAIVABLE))


def _check_addresses(sheet: Sheet, text: str, targets: Collection[str] | None) -> None:
    target = text.split("/", 1)[0]
    if text and text.count("/") < 2:
        what = f"`{text}` is neither an address nor a glob over addresses"
        sheet.refuse("addresses", what, "write target/kind/name, such as zoom-main/group/club-*")
    elif text and targets is not None and not set(target) & set("*?[") and target not in targets:
        sheet.refuse("addresses", f"no target is named `{target}`", suggest(target, targets))
