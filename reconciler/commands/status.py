"""`reconciler status`: counts per system, worst first, and everything that is not in sync."""

from __future__ import annotations

from datetime import datetime

from reconciler.commands.options import Looks, Place, dated, framed, looking, placed


@framed("status")
@placed()
@looking(junit=True)
@dated
def command(place: Place, looks: Looks, as_of: datetime | None) -> int:
    """Show how everything stands, worst first."""
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.report import render_status

    with open_place(place) as workspace:
        proposal = read_plan(workspace, as_of=as_of)
    write(render_status(proposal.plan, style_of(looks)), looks)
    return 0
