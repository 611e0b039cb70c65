"""`reconciler drift`: what differs from what we last wrote and read back."""

from __future__ import annotations

from reconciler.commands.options import Looks, Place, framed, looking, placed


@framed("drift")
@placed()
@looking(junit=True)
def command(place: Place, looks: Looks) -> int:
    """Show what was changed behind our back."""
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.report import render_drift

    with open_place(place) as workspace:
        proposal = read_plan(workspace)
    write(render_drift(proposal.plan, style_of(looks)), looks)
    return 0
