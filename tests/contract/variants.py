"""Drivers that come in several shapes, each of which the laws are tried on, and what their vendors keep."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.drivers.base import drivers
from reconciler.model import Capability
from reconciler.model.abilities import Tailored


@dataclass(frozen=True)
class Variant:
    """A driver in one of its shapes: `rest:skillable`."""

    name: str
    capabilities: Mapping[str, Capability]


def find_variants() -> Iterator[Variant]:
    """Every shape of every tailored driver."""
    for name, driver in drivers().items():
        made: object = driver
        for settings in made.variants() if isinstance(made, Tailored) else ():
            able = driver_abilities(made, settings)
            yield Variant(f"{name}:{settings['mapping']}", able)


def driver_abilities(driver: object, settings: Mapping[str, str]) -> Mapping[str, Capability]:
    """What a tailored driver can do with these settings."""
    assert isinstance(driver, Tailored)
    return driver.capabilities_for(settings, Path())


def lessen(patch: pytest.MonkeyPatch, name: str, kind: str, less: Capability) -> None:
    """From now on this driver, or this shape of it, can do less."""
    driver = drivers()[name.partition(":")[0]]
    made: object = driver
    if not isinstance(made, Tailored):
        patch.setattr(driver, "capabilities", {**driver.capabilities, kind: less})
        return
    able = {**driver_abilities(made, {"mapping": name.partition(":")[2]}), kind: less}
    patch.setattr(driver, "capabilities_for", classmethod(lambda cls, settings, folder: able))


def rest_rows(world: Any, store: str, ended: Mapping[str, Any], others: Collection[str]) -> list[Any]:
    """The rows a small API keeps, those that count as ended marked so; `others` are left out."""
    _, api, sort = store.split(".")
    rows = world["rest"].get(api, {}).get(sort, {})
    return [
        row | ({"status": "inactive"} if ended and ended.items() <= row.items() else {})
        for key, row in rows.items()
        if key not in others and not row.get("removed")
    ]


def row_id(row: Mapping[str, Any]) -> str:
    """A row's id, whatever its API calls it."""
    names = ("id", "Id", "LtiToolProviderId", "LtiLinkId")
    return next(str(row[name]) for name in names if name in row)
