"""`reconciler adopt`: write down what a target has and nobody declared, and record it as ours."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Place, framed, placed

if TYPE_CHECKING:
    from reconciler.run.adopting import Adoption

DIFFERING = "changed there meanwhile"
EXAMPLES = 3
"""So many of what is left alone for one reason are named unless all are asked for."""


@framed("adopt")
@click.argument("target")
@placed()
@click.option(
    "--names",
    type=click.Choice(["email", "local-part", "employee-id"]),
    default="email",
    help="By what people are named (email).",
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind, such as group; may repeat."
)
@click.option(
    "--hosts",
    type=click.Choice(["all", "licensed"]),
    default="all",
    help="Whose meetings are looked for, a request each (all).",
)
@click.option("--dry-run", is_flag=True, help="Show as a diff what would be written; write nothing.")
@click.option("--full", is_flag=True, help="Name everything that is left alone.")
def command(place: Place, target: str, dry_run: bool, full: bool, **asked: Any) -> int:
    """Write down what TARGET has and nobody declared, and record it as ours.

    Everything is read first; if anything cannot be read, nothing is written. What is declared stays as it
    is written, and files that are there are not touched. The vendor is never written to. The next plan
    has nothing to do. Exit status 4 if something changed at the vendor meanwhile.
    """
    from reconciler import engine
    from reconciler.commands.opening import few_collections, open_existing, open_place
    from reconciler.commands.progress import shown
    from reconciler.run.adopting import Wish

    wish = Wish(target, asked["names"], asked["hosts"], frozenset(asked["kinds"]))
    with open_place(place) as workspace, few_collections(), shown(workspace.meter):
        if dry_run:
            with open_existing(workspace) as ledger:
                adoption = engine.preview_adopt(workspace, ledger, wish)
        else:
            with workspace.ledger(create=True) as ledger:
                adoption = engine.adopt(workspace, ledger, wish)
    for page in adoption.pages if dry_run else ():
        name = (place.desired / page.path).as_posix()
        lines = page.text.splitlines(keepends=True)
        click.echo("".join(difflib.unified_diff([], lines, "/dev/null", name)), nl=False)
    told = "\n".join(_tell(adoption, place, dry_run=dry_run, examples=None if full else EXAMPLES))
    click.echo(told, err=dry_run)
    return 4 if adoption.differing else 0


def _tell(adoption: Adoption, place: Place, *, dry_run: bool, examples: int | None) -> Iterator[str]:
    from reconciler.report.values import count
    from reconciler.resources.base import kinds

    made, target = adoption.sorted, adoption.wish.target
    new = sum(map(len, made.entries.values()))
    if dry_run:
        said = f"{count(new, 'object')} would be written down"
    else:
        said = f"{count(new, 'object')} written down, {adoption.recorded} recorded as adopted"
    yield f"{target}: {said}; nothing was changed there."
    for kind, entries in made.entries.items():
        counts = f"{len(entries)} new, {made.declared[kind]} declared, {len(made.left[kind])} left alone"
        yield f"  {kinds()[kind].plural}: {counts}"
    for page in adoption.pages:
        yield f"  {'would write' if dry_run else 'wrote'} {place.desired / page.path}"
    if not adoption.pages:
        yield "  no file was touched"
    yield from _tell_rest(adoption, examples)
    made_now = sum(adoption.requests.values())
    yield f"{count(made_now, 'request')} to look for what is there, none of them a write."
    if adoption.pages and not dry_run and not adoption.differing:
        yield "Look at the files and commit them; `reconciler plan` " + (
            f"shows {count(adoption.others, 'change')}, of what was declared before."
            if adoption.others
            else "has nothing to do."
        )


def _tell_rest(adoption: Adoption, examples: int | None) -> Iterator[str]:
    """What is left alone by reason, what is left out of entries, what changed meanwhile."""
    from reconciler.report.document import visible
    from reconciler.resources.base import kinds

    for kind, left in adoption.sorted.left.items():
        reasons: dict[str, list[str]] = defaultdict(list)
        for item in left:
            reasons[item.why].append(item.label)
        for why, labels in sorted(reasons.items()):
            yield f"  left alone, {kinds()[kind].plural}: {len(labels)}, {visible(why)}"
            yield from _name_some(sorted(map(visible, labels)), examples)
    for kind, gaps in adoption.sorted.gaps.items():
        for what, number in sorted(gaps.items()):
            yield f"  left out of {kinds()[kind].plural}: {number}, {visible(what)}"
    if adoption.differing:
        yield f"not as it was written, see `reconciler plan`: {len(adoption.differing)}, {DIFFERING}"
        yield from _name_some(sorted(map(str, adoption.differing)), examples)


def _name_some(labels: Sequence[str], most: int | None) -> Iterator[str]:
    for label in labels[:most]:
        yield f"    {label}"
    if most is not None and len(labels) > most:
        yield f"    and {len(labels) - most} more (--full names them)"
