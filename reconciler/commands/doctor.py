"""`reconciler doctor`: is everything there that a run needs, and what to do where it is not."""

from __future__ import annotations

import click

from reconciler.commands.options import Place, framed, placed


@framed("doctor")
@placed()
def command(place: Place) -> int:
    """Check versions, files, secrets, origins, targets, ledger and clock.

    Writes nothing, and never shows a secret. Exit status 1 if anything fails.
    """
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
