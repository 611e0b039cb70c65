"""`reconciler graph`: what refers to what, from the desired files alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Place, framed, placed

if TYPE_CHECKING:
    from reconciler.report.graph import Shape


@framed("graph")
@placed()
@click.option("--of", "address", metavar="ADDRESS", help="Only this one: what it needs, what needs it.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["terminal", "mermaid", "dot", "json"]),
    default="terminal",
    help="How it is drawn.",
)
@click.option("--out", type=Path, metavar="FILE", help="Write there.")
def command(place: Place, address: str | None, shape: Shape, out: Path | None) -> int:
    """Show what refers to what: by kinds, or of one address; contacts nothing.

    References are the order in which things are made. Mermaid is what GitHub and GitLab draw in a page.
    """
    from reconciler.commands.addresses import find_addresses
    from reconciler.commands.options import Looks
    from reconciler.commands.output import write
    from reconciler.report.graph import graph_address, graph_kinds, render_graph
    from reconciler.run.proposal import read_campus
    from reconciler.run.workspace import Workspace

    desired = read_campus(Workspace(place.desired, place.environment, place.state)).desired
    resources = desired.resources
    if address:
        graph = graph_address(resources, find_addresses(resources, desired.previously, address))
    else:
        graph = graph_kinds(resources)
    write(render_graph(graph, shape), Looks(shape, out, full=True, redacted=False))
    return 0
