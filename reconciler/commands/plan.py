"""`reconciler plan`: what would be done, in order and with reasons; nothing is written anywhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Looks, Place, framed, looking, placed, selecting

if TYPE_CHECKING:
    from reconciler.model import Plan
    from reconciler.run.proposal import Proposal


@framed("plan")
@placed()
@selecting
@looking(redact=True, junit=True)
@click.option("--private", type=Path, metavar="FILE", help="With --redact: the whole plan, for you only.")
@click.option("--snapshot", type=Path, metavar="FILE", help="Plan from this file; contact nothing.")
@click.option("--files", type=Path, metavar="DIR", help="Write the files of hand-offs into this folder.")
@click.option("--explain-time", is_flag=True, help="Say on stderr where the time went.")
@click.option("--exit-code", is_flag=True, help="Let the exit status tell what the plan holds.")
def command(
    place: Place,
    looks: Looks,
    targets: tuple[str, ...],
    only: str,
    as_of: datetime | None,
    private: Path | None,
    files: Path | None,
    exit_code: bool,
    explain_time: bool,
    snapshot: Path | None,
) -> int:
    """Show what would be done; writes nothing.

    Without a ledger the plan is a preview. `--out plan.json` is a plan file that `reconciler apply plan.json`
    carries out as it was reviewed. With --snapshot it is made from what `reconciler state snapshot` wrote,
    without vendors' credentials, and never applied.

    Exit status: 0 when a plan could be made. With --exit-code: 0 nothing to do, 2 changes (open hand-offs
    among them), 3 something is refused by a guard, 1 an error, or nothing to do as far as could be read
    while something could not be read.
    """
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.report import redact, render_plan, timing
    from reconciler.run.proposal import Selection

    if private and not looks.redacted:
        raise click.UsageError("--private goes with --redact people; without it --out is the whole plan")
    with open_place(place) as workspace:
        began = workspace.meter.clock()
        proposal = read_plan(workspace, Selection(targets, only), as_of, snapshot)
        seconds = workspace.meter.clock() - began
    shown = redact(proposal.plan, _pseudonym_key(proposal)) if looks.redacted else proposal.plan
    write(render_plan(shown, style_of(looks, now=workspace.clock())), looks)
    if explain_time:
        click.echo(timing.explain_time(proposal.plan, workspace.meter.paces(), seconds), err=True, nl=False)
    if private:
        _write_private(
            render_plan(proposal.plan, style_of(Looks("json", private, full=True, redacted=False))), private
        )
    if files:
        _write_files(proposal.plan, files)
    return _status(proposal) if exit_code else 0


def _pseudonym_key(proposal: Proposal) -> bytes:
    """Not the fingerprint key itself, but something only its holder can make."""
    settings, secrets = proposal.campus.settings, proposal.campus.secrets
    if proposal.plan.snapshot and settings.snapshot_key:
        return secrets.derive(settings.snapshot_key, "pseudonyms")
    key = settings.fingerprint_key
    return (secrets.fingerprint(key) or "").encode() if key else b""


def _write_private(text: str, path: Path) -> None:
    from reconciler.errors import ReconcilerError

    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(
            f"{path} cannot be written: {error.strerror}; name another --private"
        ) from error


def _write_files(plan: Plan, folder: Path) -> None:
    """What people upload, one folder per hand-off; stderr says which."""
    import structlog

    from reconciler.errors import ReconcilerError

    for page in plan.hand_offs:
        for name, content in page.files.items():
            path = folder / page.id / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            except OSError as error:
                raise ReconcilerError(
                    f"{path} cannot be written: {error.strerror}; name another --files"
                ) from error
            structlog.get_logger().info(f"wrote {path}")


def _status(proposal: Proposal) -> int:
    """With --exit-code; never 0 while something could not be read."""
    if proposal.plan.violations:
        return 3
    if proposal.plan.changes:
        return 2
    unread = any(facts.live is None for facts in proposal.plan.facts) or proposal.campus.desired.unread
    return int(bool(unread or proposal.seen.misbound))
