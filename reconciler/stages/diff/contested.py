"""Contested fields: put back three times within a day, and different again; a guard refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from reconciler.model import Desired, FieldChange, Finding, Live, Reason, Record
from reconciler.model.documents import entry_place
from reconciler.resources.base import Plain, Resource, field_rules
from reconciler.stages.diff.world import World

LONGEST = 60
"""Characters of a value that are quoted."""


def contest(
    world: World, item: Desired[Resource], record: Record, live: Live[Resource], fields: Sequence[FieldChange]
) -> None:
    """Find the fields of one address that somebody else keeps changing; until that is acknowledged we stop.

    One finding for the address, so that a waiver counts how often it was written again.
    """
    names, said = [], []
    for change in fields:
        times = world.recorded.contested.get((record.address, change.field))
        if times and change.reason is Reason.DRIFTED and not live.blocked:
            names.append(change.field)
            when = ", ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in times)
            secret = field_rules(type(item.resource))[change.field].secret
            how = "not what we set" if secret else "; ".join(_differs(change))
            said.append(
                f"{change.field} was put back {len(times)} times within 24 hours ({when} UTC)"
                f" and is {how} again"
            )
    if not said:
        return
    remedy = (
        f"find out who changes it; to leave it to them write at {entry_place(item.address, item.where)} "
        f"lifecycle: {{ignore: [{', '.join(names)}]}}"
    )
    world.findings.append(
        Finding("warning", str(item.address), ", and ".join(said), remedy, "contested", (item.address,))
    )


def _differs(change: FieldChange) -> Iterator[str]:
    if change.added:
        yield f"without {', '.join(change.added)}"
    if change.removed:
        yield f"with {', '.join(change.removed)}"
    if not (change.added or change.removed):
        yield f"{_quote(change.before)}, declared {_quote(change.after)}"


def _quote(value: Plain) -> str:
    text = "not set" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
