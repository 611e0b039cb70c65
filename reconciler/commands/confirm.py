"""`reconciler confirm`: a person's word that a hand-off is done; with --sandbox the person is played."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Place, framed, placed

if TYPE_CHECKING:
    from reconciler.model import HandOffItem


@framed("confirm")
@click.argument("hand_offs", metavar="ID... [DESIRED]", nargs=-1, required=True)
@placed(desired=False)
@click.option("--by", metavar="NAME", help="Who did it (default: who is logged in).")
def command(hand_offs: tuple[str, ...], place: Place, by: str | None) -> int:
    """Record that each hand-off ID was done as the plan asks for it now.

    ID is target/page/credential, as plan and status show it. If one of several cannot be confirmed, none is.
    With --sandbox they are first done at the simulated console.
    """
    import structlog

    *others, last = hand_offs
    if others and Path(last).is_dir():
        place, hand_offs = replace(place, desired=Path(last)), tuple(others)
    log = structlog.get_logger()
    done = _confirm(place, hand_offs, by or getpass.getuser())
    for item in done:
        log.info(f"done: {item.action} {item.address}")
    if not done:
        log.info(f"nothing is open on {', '.join(hand_offs)}")
    return 0


def _confirm(place: Place, hand_offs: tuple[str, ...], by: str) -> tuple[HandOffItem, ...]:
    from reconciler import engine
    from reconciler.run.workspace import Workspace

    workspace = Workspace(place.desired, place.environment, place.state)
    if place.sandbox:
        from reconciler.commands.console import play
        from reconciler.commands.embedded import open_embedded

        with open_embedded(workspace) as embedded:
            return play(embedded, hand_offs, by)
    with workspace.ledger(create=True) as ledger:
        return engine.confirm(workspace, ledger, hand_offs, by)
