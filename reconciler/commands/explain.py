"""`reconciler explain`: all that is known of one address, of a family each of its members."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.commands.options import Looks, Place, dated, framed, looking, placed


@framed("explain")
@click.argument("address")
@placed()
@looking()
@dated
def command(address: str, place: Place, looks: Looks, as_of: datetime | None) -> int:
    """Show all that is known of ADDRESS (target/kind/name), and why.

    A name that stands for several objects (course_meeting/bio101-lab for bio101-lab/1 and /2) shows each;
    with --format json as one line each.
    """
    from reconciler.commands.addresses import find_addresses
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.report import render_explain

    with open_place(place) as workspace:
        proposal = read_plan(workspace, as_of=as_of)
    desired, recorded = proposal.campus.desired, proposal.recorded
    style, latest = style_of(looks), recorded.latest(desired.previously)
    known = {*desired.resources, *desired.previously, *(record.address for record in recorded.records)}
    shown = [
        render_explain(
            found,
            proposal.plan,
            desired.resources.get(found),
            latest.get(found),
            recorded.attestations.get(found),
            style,
        ).rstrip("\n")
        for found in find_addresses(known, desired.previously, address)
    ]
    write(("\n" if looks.format == "json" else "\n\n").join(shown), looks)
    return 0
