"""`reconciler doctor`: is everything there that a run needs, and what to do where it is not."""

from __future__ import annotations

import click

from reconciler.commands.options import Place, framed, placed


@framed("doctor")
@click.option(
    "--explain-requests",
    "explained",
    metavar="TARGET",
    help="Show what this target could be asked; asks nothing.",
)
@placed()
def command(place: Place, explained: str | None) -> int:
    """Check versions, files, secrets, origins, targets, ledger and clock.

    Writes nothing, and never shows a secret. Exit status 1 if anything fails.
    """
    if explained:
        return _explain(place, explained)
    from reconciler.commands.checkup import Mark, examine
    from reconciler.commands.opening import open_place
    from reconciler.commands.output import style_of
    from reconciler.report.document import visible

    colours = {Mark.OK: "green", Mark.WARN: "yellow", Mark.FAIL: "red"} if style_of().colour else {}
    failed = False
    with open_place(place) as workspace:
        for check in examine(workspace):
            failed = failed or check.mark is Mark.FAIL
            mark = f"{check.mark:<4}"
            mark = click.style(mark, fg=colours[check.mark]) if colours else mark
            click.echo(f"{mark}  {check.subject}: {visible(check.text)}")
            if check.remedy:
                click.echo(f"      {visible(check.remedy)}")
    return int(failed)


def _explain(place: Place, target: str) -> int:
    """The requests that a target's mapping could make, with what stands in them; nothing is contacted."""
    from reconciler.commands.foretelling import foretell
    from reconciler.report.document import visible
    from reconciler.run.workspace import Workspace

    for line in foretell(Workspace(place.desired, place.environment), target):
        click.echo(visible(line))
    return 0
