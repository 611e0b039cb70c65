"""`reconciler history`: what earlier runs did, newest first, from the ledger alone."""

from __future__ import annotations

import click

from reconciler.commands.options import Looks, Place, framed, looking, placed


@framed("history")
@click.argument("address", required=False)
@placed(desired=False)
@looking()
@click.option("--limit", type=click.IntRange(min=1), default=100, metavar="N", help="At most so many (100).")
def command(address: str | None, place: Place, looks: Looks, limit: int) -> int:
    """Show what earlier runs did, newest first; of one ADDRESS or of all."""
    from reconciler.commands.output import style_of, write
    from reconciler.errors import ReconcilerError
    from reconciler.model import Address
    from reconciler.report import render_history
    from reconciler.run.workspace import Workspace

    if address and address.count("/") < 2:
        raise ReconcilerError(f"{address!r} is no address; write target/kind/name")
    workspace = Workspace(place.desired, place.environment, place.state)
    with workspace.ledger(readonly=True) as ledger:
        rows = ledger.history(Address.parse(address) if address else None, limit)
    write(render_history(rows, style_of(looks)), looks)
    return 0
