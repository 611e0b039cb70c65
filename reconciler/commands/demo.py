"""`reconciler demo`: see it work on a simulated campus, without network, account or risk."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import framed


@framed("demo")
@click.argument("desired", type=Path, default=Path("desired"))
@click.option("--state", type=Path, default=Path("state/demo"), metavar="DIR", help="Its own state folder.")
@click.option("--html", type=Path, default=Path("plan.html"), metavar="FILE", help="Where the page goes.")
def command(desired: Path, state: Path, html: Path) -> int:
    """See the whole of it work in a minute, without network or account.

    Plans and applies the worked example in desired/ against the embedded sandbox, plays the person at the
    console, edits things behind our back and heals them. Exit status 0 only if every step was as expected.
    """
    from reconciler.commands.output import style_of
    from reconciler.demo import walk

    walk(desired, state, html, style_of(), click.echo)
    return 0
