"""The schemas of this installation, of every kind and driver found, and the files they are written to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from reconciler.drivers.base import drivers
from reconciler.errors import ReconcilerError
from reconciler.report.schema import desired_schema, settings_schema, waivers_schema
from reconciler.resources.base import kinds
from reconciler.stages.load.waivers import WAIVABLE

FILES: Mapping[str, str] = {
    "desired": "desired.schema.json",
    "settings": "reconciler.schema.json",
    "waivers": "waivers.schema.json",
}


def make_schemas() -> dict[str, Any]:
    """By what they describe: desired, settings, waivers."""
    return {
        "desired": desired_schema(kinds().values()),
        "settings": settings_schema(
            {name: driver.settings for name, driver in drivers().items()}, kinds().values()
        ),
        "waivers": waivers_schema(WAIVABLE),
    }


def write_schemas(folder: Path) -> None:
    """All of them into a folder, made if need be. Raises ReconcilerError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for what, schema in make_schemas().items():
            (folder / FILES[what]).write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise ReconcilerError(
            f"{folder}: the schemas cannot be written ({error.strerror}); name another folder"
        ) from error
