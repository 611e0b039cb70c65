"""The small APIs' consoles: what a person adds, edits or takes away there."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.calls import Json
from reconciler.sandbox.rest.shelf import mint_number, shelf
from reconciler.sandbox.simulation import Simulation


def put_rest(simulation: Simulation, api: str, sort: str, row: Json, id: str = "") -> Json:
    """{api, sort, row, id?}: a row of a small API, or with `id` what changes of one that is there."""
    rows = shelf(simulation.world, api, sort)
    if id:
        if id not in rows:
            raise ValueError(f"{api} has no {sort} {id}")
        rows[id].update(row)
        return {"id": id}
    made = str(row.get("id") or row.get("Id") or mint_number(simulation.world))
    rows[made] = row
    return {"id": made}


def delete_rest(simulation: Simulation, api: str, sort: str, id: str) -> Json:
    """{api, sort, id}: take a row away."""
    if shelf(simulation.world, api, sort).pop(str(id), None) is None:
        raise ValueError(f"{api} has no {sort} {id}")
    return {}


REST_ACTIONS: tuple[Callable[..., Json], ...] = (put_rest, delete_rest)
