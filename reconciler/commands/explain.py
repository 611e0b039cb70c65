"""`reconciler explain`: all that is known of one address, of a family each of its members."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Looks, Place, dated, framed, looking, placed

if TYPE_CHECKING:
    from reconciler.model import Address
    from reconciler.run.proposal import Proposal


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
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.report import render_explain

    with open_place(place) as workspace:
        proposal = read_plan(workspace, as_of=as_of)
    style, latest = style_of(looks), proposal.recorded.latest(proposal.campus.desired.previously)
    shown = [
        render_explain(
            found,
            proposal.plan,
            proposal.campus.desired.resources.get(found),
            latest.get(found),
            proposal.recorded.attestations.get(found),
            style,
        ).rstrip("\n")
        for found in find_addresses(proposal, address)
    ]
    write(("\n" if looks.format == "json" else "\n\n").join(shown), looks)
    return 0


def find_addresses(proposal: Proposal, text: str) -> list[Address]:
    """The address, or the members of the family of that name. Raises ReconcilerError if nobody knows it."""
    from reconciler.errors import ReconcilerError, suggest
    from reconciler.model import Address
    from reconciler.model.names import fold_name

    desired = proposal.campus.desired
    known = {*desired.resources, *desired.previously, *(r.address for r in proposal.recorded.records)}
    if text.count("/") < 2:
        raise ReconcilerError(
            f"{text!r} is no address; write target/kind/name, such as zoom-main/user/s100001"
        )
    written = Address.parse(text)
    wanted = Address(written.target, written.kind, "/".join(map(fold_name, written.name.split("/"))))
    wanted = desired.previously.get(wanted, wanted)
    if wanted in known:
        return [wanted]
    family = [a for a in known if a[:2] == wanted[:2] and a.name.rpartition("/")[0] == wanted.name]
    if not family:
        remedy = suggest(text, map(str, known)) or "see `reconciler state list`"
        raise ReconcilerError(f"{text} is neither declared nor recorded; {remedy}")
    return sorted(family, key=lambda a: (len(a.name), a.name))
