"""Says of a change to a series which dates are taken out of it again, one request each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from reconciler.model import Adopt, Change, Live, Replace, Update
from reconciler.resources.base import Resource, declared
from reconciler.resources.schedules import Series, only_fewer
from reconciler.stages.diff.world import World


def note_dates(world: World) -> None:
    """Add to the notes: whatever is changed of a series, the vendor brings back the dates it had lost."""
    for index, change in enumerate(world.changes):
        dates = [day for series in _sent(world, change) for day in series.taken_out(world.as_of)]
        if dates:
            count = "1 date is" if len(dates) == 1 else f"{len(dates)} dates are"
            text = f"{count} taken out again after it: {', '.join(day[:10] for day in dates)}"
            world.changes[index] = replace(change, note="; ".join(filter(None, (change.note, text))))


def _sent(world: World, change: Change) -> Iterator[Series]:
    """The series that a change sends whole."""
    item = world.desired.resources.get(change.address)
    if item is None or not isinstance(change, Update | Replace | Adopt) or not change.fields:
        return
    names = {field.field for field in change.fields}
    live = world.live(change.address) if isinstance(change, Update | Adopt) else None
    for name, value in declared(item.resource):
        if isinstance(value, Series) and not (
            names == {name} and live and _only_loses(value, live, name, world.as_of)
        ):
            yield value


def _only_loses(series: Series, live: Live[Resource], name: str, as_of: datetime) -> bool:
    """True if dates are all there is to take out: then nothing else is sent."""
    found = getattr(live.resource, name)
    return isinstance(found, Series) and only_fewer(found, series, as_of) is not None
