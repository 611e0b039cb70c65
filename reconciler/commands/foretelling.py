"""What `doctor --explain-requests` shows: every request a target could make, without a connection."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drivers.base import drivers
from reconciler.errors import ReconcilerError, suggest
from reconciler.model.abilities import Asked, Foretells
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace


def foretell(workspace: Workspace, target: str) -> Iterator[str]:
    """One line per request, reads before writes, and one for each thing it carries.

    Raises ConfigError for files with mistakes, and ReconcilerError for a target nobody configured or whose
    driver is code: what that asks stands in its api.py.
    """
    targets = read_campus(workspace).settings.targets
    if target not in targets:
        raise ReconcilerError(f"no target is named {target!r}; {suggest(target, targets)}")
    settings = targets[target]
    driver: object = drivers()[settings.driver]
    if not isinstance(driver, Foretells):
        raise ReconcilerError(
            f"{target}: the driver {settings.driver} is code, and its requests stand in its api.py; "
            "only targets of a mapping are explained"
        )
    kind = ""
    for asked in driver.foretell(settings.values, workspace.desired):
        if asked.kind != kind:
            kind = asked.kind
            yield f"{target}/{kind}" if kind != "-" else target
        yield from _describe(asked)


def _describe(asked: Asked) -> Iterator[str]:
    does = "writes" if asked.writes else "reads "
    yield f"  {does}  {asked.why}: {asked.request}"
    for name, text in asked.carries.items():
        yield f"            {name} = {text}"
