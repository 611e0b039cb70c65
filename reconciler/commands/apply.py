"""`reconciler apply`: plan and carry it out, or carry out a plan file as it was reviewed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Looks, Place, framed, looking, placed, selecting

if TYPE_CHECKING:
    from reconciler.ledger import SqliteLedger
    from reconciler.model import Report
    from reconciler.run.proposal import Selection
    from reconciler.run.workspace import Workspace


@framed("apply")
@placed(desired=False)
@selecting
@looking(junit=True)
@click.argument("desired_or_plan", metavar="[DESIRED|PLAN.json]", type=Path, default=Path("desired"))
@click.option(
    "--desired",
    "folder",
    type=Path,
    metavar="DIR",
    default=Path("desired"),
    help="The folder PLAN.json was made from.",
)
def command(
    place: Place,
    looks: Looks,
    targets: tuple[str, ...],
    only: str,
    as_of: datetime | None,
    desired_or_plan: Path,
    folder: Path,
) -> int:
    """Plan and do it, or do exactly what a reviewed plan file says.

    Outcomes go to stderr as they come, the report to stdout. What guards refuse is not done; what differs
    from a plan file by now ends as a conflict. Ctrl-C stops after the change under way.

    Exit status: 0 when all is applied, waiting, deferred or handed off; 1 an error, 3 something was refused
    by a guard, 4 something was not taken, failed, uncertain, skipped or in conflict.
    """
    from dataclasses import replace

    from reconciler.commands.opening import few_collections, open_place, stoppable
    from reconciler.commands.output import style_of, write
    from reconciler.engine import exit_status
    from reconciler.report import render_report
    from reconciler.run.proposal import Selection

    saved = desired_or_plan if desired_or_plan.is_file() else None
    selection = Selection(targets, only)
    if saved and (selection or as_of):
        raise click.UsageError("a plan file is applied whole: leave --target, --only and --as-of away")
    place = replace(place, desired=folder if saved else desired_or_plan)
    with (
        open_place(place) as opened,
        stoppable(opened) as workspace,
        few_collections(),
        workspace.ledger(create=saved is None) as ledger,
    ):
        if saved:
            report, unsettled = _apply_file(workspace, ledger, saved), False
        else:
            report, unsettled = _apply_fresh(workspace, ledger, selection, as_of)
    write(render_report(report, style_of(looks, now=workspace.clock())), looks)
    return 4 if unsettled else exit_status(report)


def _apply_fresh(
    workspace: Workspace, ledger: SqliteLedger, selection: Selection, as_of: datetime | None
) -> tuple[Report, bool]:
    import structlog

    from reconciler import engine
    from reconciler.commands.opening import check_selection
    from reconciler.commands.progress import announce, shown, tell

    check_selection(workspace, selection)
    log = structlog.get_logger()
    log.info(f"reading {', '.join(selection.targets) or 'every target'}")
    with shown(workspace.meter):
        report, unsettled = engine.reconcile(workspace, ledger, announce, tell, selection, as_of)
    for note in unsettled:
        log.warning("an earlier write has no known end yet", what=note)
    return report, bool(unsettled)


def _apply_file(workspace: Workspace, ledger: SqliteLedger, path: Path) -> Report:
    from reconciler import engine
    from reconciler.commands.progress import shown, tell
    from reconciler.errors import ReconcilerError
    from reconciler.model.codec import decode_plan

    try:
        saved = decode_plan(path.read_bytes())
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be read: {error.strerror}") from error
    with shown(workspace.meter):
        return engine.apply_saved(workspace, ledger, saved, tell)
