"""`reconciler validate`: everything that is wrong with the desired files, without contacting anything."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import framed


@framed("validate")
@click.argument("desired", type=Path, default=Path("desired"))
@click.option("--environment", default="default", metavar="NAME", help="With this environment's overlay.")
@click.option("--format", "shape", type=click.Choice(["terminal", "json", "junit"]), default="terminal")
def command(desired: Path, environment: str, shape: str) -> int:
    """Check the desired files; contacts nothing.

    Every problem of every file is shown, each with file:line:column, cause and remedy. Exit status: 0 if all
    is well, 1 if not.
    """
    from reconciler.commands.options import Looks
    from reconciler.commands.output import style_of
    from reconciler.errors import ConfigError
    from reconciler.report import render_problems
    from reconciler.report.values import count
    from reconciler.run.proposal import read_campus
    from reconciler.run.workspace import Workspace

    style = style_of(Looks(shape, None, full=True, redacted=False))
    try:
        campus = read_campus(Workspace(desired, environment))
    except ConfigError as error:
        if shape == "terminal":
            raise
        click.echo(render_problems(error, style), nl=False)
        return 1
    if shape != "terminal":
        click.echo(render_problems(ConfigError(()), style), nl=False)
    else:
        files = count(len(campus.desired.files), "file")
        resources = count(len(campus.desired.resources), "resource")
        targets = count(len(campus.settings.targets), "target")
        for (target, kind), why in sorted(campus.desired.unread.items()):
            click.echo(f"warning {target}/{kind}: {why}; nothing of it would be removed")
        for finding in campus.desired.findings:
            click.echo(f"{finding.severity} {finding.subject}: {finding.text}")
        remarks = campus.desired.unread or campus.desired.findings
        click.echo(f"{desired}: {files}, {resources}, {targets}; {'no mistakes' if remarks else 'all well'}.")
    return 0
