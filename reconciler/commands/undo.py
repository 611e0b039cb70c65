"""`reconciler undo`: the reverse of a run, written to the desired files, and the plan that follows."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Looks, Place, framed, placed

if TYPE_CHECKING:
    from reconciler.run.undoing import Undoing
    from reconciler.run.undoing.draft import Said
    from reconciler.run.undoing.writing import Edit

TOLD, FEW = 20, 3
"""So many of what is turned back are named unless all are asked for; and if it is more of one reason."""


@framed("undo")
@click.argument("run", default="last")
@placed()
@click.option("--only", default="", metavar="GLOB", help="Only addresses like zoom-main/group/*.")
@click.option("--dry-run", is_flag=True, help="Show as a diff what would be written; write nothing.")
@click.option("--full", is_flag=True, help="Name everything that is turned back.")
def command(place: Place, run: str, only: str, dry_run: bool, full: bool) -> int:
    """Write the reverse of RUN to the desired files, and show the plan that follows from it.

    RUN is an id that `reconciler history` names, its beginning, or `last`: the last run that changed
    something. Nothing is written at a vendor before `reconciler apply`. A value that was edited since that
    run is left as it is.

    Exit status 4 if something of that run is not turned back.
    """
    from reconciler.commands.opening import open_existing, open_place, read_plan
    from reconciler.commands.output import style_of, write
    from reconciler.errors import ReconcilerError
    from reconciler.report import render_plan
    from reconciler.run.undoing import undo
    from reconciler.run.undoing.writing import write_edits

    with open_place(place) as workspace:
        with open_existing(workspace) as ledger:
            if ledger is None:
                raise ReconcilerError(f"{workspace.ledger_path}: there is no ledger, so nothing was done yet")
            undoing = undo(workspace, ledger, run, only)
        if not dry_run:
            write_edits(place.desired, undoing.edits)
        for edit in undoing.edits:
            click.echo("".join(_diff(edit, place.desired)), nl=False)
        most = len(undoing.turned) + len(undoing.left) if full else TOLD
        for line in _tell(undoing, most, dry_run=dry_run):
            click.echo(line, err=True)
        if undoing.edits and not dry_run:
            proposal = read_plan(workspace)
            looks = Looks("terminal", None, full, redacted=False)
            write(render_plan(proposal.plan, style_of(looks, now=workspace.clock())), looks)
            click.echo("Look at the edits and the plan; `reconciler apply` carries it out.", err=True)
    return 4 if undoing.left else 0


def _diff(edit: Edit, folder: Path) -> Iterator[str]:
    name = (folder / edit.file).as_posix()
    before, after = (_lines(data) for data in (edit.before, edit.after))
    old, new = (name if data is not None else "/dev/null" for data in (edit.before, edit.after))
    for line in difflib.unified_diff(before, after, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes | None) -> list[str]:
    """Lines as `diff` and `patch` count them, whatever else ends a line elsewhere."""
    lines = (data or b"").decode().split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _tell(undoing: Undoing, most: int, *, dry_run: bool) -> Iterator[str]:
    from reconciler.report.document import visible
    from reconciler.report.values import count, moment

    run, (turned, left) = undoing.run, (undoing.turned, undoing.left)
    yield f"Run {run.run} of {moment(run.started)} ({run.command}):"
    would = "would be turned back" if dry_run else "turned back"
    yield f"  {count(len(turned), 'thing')} {would}, {len(left)} not."
    yield from (f"    {visible(line)}" for line in _name(turned[:most]))
    if len(turned) > most:
        yield f"    and {len(turned) - most} more (--full names them)"
    if left:
        yield "  Not turned back:"
        yield from (f"    {visible(line)}" for line in _fold(left, most))
    yield from (f"  {visible(remark)}" for remark in undoing.remarks)
    if not undoing.edits:
        yield "  No file is to be edited."


def _name(said: Sequence[Said]) -> Iterator[str]:
    return (f"{item.address}: {item.text}" for item in said)


def _fold(said: Sequence[Said], most: int) -> Iterator[str]:
    """Each reason once, with those it holds for; of many the first few."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for item in said:
        reasons[item.text].append(str(item.address))
    for text, addresses in reasons.items():
        shown = addresses if len(said) <= most else addresses[:FEW]
        more = len(addresses) - len(shown)
        yield f"{', '.join(shown)}{f' and {more} more (--full names them)' if more else ''}: {text}"
