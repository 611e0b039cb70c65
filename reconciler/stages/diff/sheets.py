"""What a page of a hand-off holds: ids instead of names, lists that several entries share, CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.model import Address, Change, Desired, FieldChange, HandOffItem, Sheet
from reconciler.model.plan import TAKE_OFF
from reconciler.resources.base import OMITTED, Plain, Resource, field_rules, kinds
from reconciler.stages.diff.world import World


def label_of(item: Desired[Resource]) -> str:
    """What a declared object is called, its name where it has no title."""
    for name in ("display_name", "topic", "title", "label", "email"):
        value = getattr(item.resource, name, None)
        if isinstance(value, str):
            return value
    return item.address.name


def identify(world: World, change: Change, field: FieldChange) -> Plain:
    """A field's value as a person types it: what it refers to by the vendor's id, as far as that is known."""
    rule = field_rules(kinds()[change.address.kind]).get(field.field)
    if rule is None or not rule.reference or rule.collection or not isinstance(field.after, str):
        return field.after
    return world.who.ids.get(Address.parse(field.after), field.after)


def spare(items: Sequence[HandOffItem]) -> list[HandOffItem]:
    """Items to take off, without the elements of lists that another entry of the page still needs."""
    kept: dict[str, tuple[Plain, ...]] = {}
    for item in items:
        for name, value in item.values.items() if item.action != TAKE_OFF else ():
            kept[name] = kept.get(name, ()) + (value if isinstance(value, tuple) else ())
    return [_spare(item, kept) if item.action == TAKE_OFF else item for item in items]


def _spare(item: HandOffItem, kept: Mapping[str, tuple[Plain, ...]]) -> HandOffItem:
    values = {
        name: tuple(element for element in value if element not in kept.get(name, ()))
        if isinstance(value, tuple)
        else value
        for name, value in item.values.items()
    }
    return replace(item, values=values)


def write_files(world: World, sheet: Sheet, items: Sequence[HandOffItem]) -> Mapping[str, str]:
    """The rows to enter as CSV, in as many files as the vendor's limit asks for."""
    rows = [_row(world, sheet, item.address) for item in items if item.action == "enter"]
    parts = [rows[start : start + sheet.rows] for start in range(0, len(rows), sheet.rows)]
    return {f"{sheet.name}-{number}.csv": _write(sheet, part) for number, part in enumerate(parts, 1)}


def _row(world: World, sheet: Sheet, address: Address) -> list[str]:
    resource = world.desired.resources[address].resource
    rules, found = field_rules(type(resource)), []
    for name in sheet.columns.values():
        value = getattr(resource, name)
        text = "" if value is OMITTED or value is None else str(value)
        found.append(world.who.ids.get(Address.parse(text), "") if text and rules[name].reference else text)
    return found


def _write(sheet: Sheet, rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows(rows)
    return text.getvalue()
