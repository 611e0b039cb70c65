"""`reconciler init`: the first files and an empty ledger; nothing that is there is touched."""

from __future__ import annotations

import click

from reconciler.commands.options import Place, framed, placed


@framed("init")
@placed()
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME=DRIVER",
    default=("zoom-main=zoom",),
    help="A system to write down (zoom-main=zoom); may repeat.",
)
@click.option(
    "--allow",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Add an origin to the operator's file of where secrets may be sent; may repeat.",
)
def command(place: Place, targets: tuple[str, ...], origins: tuple[str, ...]) -> int:
    """Begin: write reconciler.yaml with what each driver needs, schemas for editors, and an empty ledger.

    What exists already is kept as it is, so that it can be run again. Nothing is contacted.
    """
    from reconciler.commands.beginning import begin, choose
    from reconciler.run.workspace import Workspace
    from reconciler.secrets import allow_origin

    chosen = choose(targets)
    for line in begin(Workspace(place.desired, place.environment, place.state), chosen):
        click.echo(line, err=True)
    for origin in origins:
        click.echo(allow_origin(origin), err=True)
    return 0
