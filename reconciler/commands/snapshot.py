"""`reconciler state snapshot`: one sealed file that plans can be made from where no credential may be."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import Framed, Looks, Place, placed


@click.command("snapshot", cls=Framed)
@placed()
@click.option("--target", "targets", multiple=True, metavar="NAME", help="Only this target; may repeat.")
@click.option("--out", type=Path, required=True, metavar="FILE", help="Where to write it.")
def command(place: Place, targets: tuple[str, ...], out: Path) -> int:
    """Seal what is live and what is recorded into one file, for `reconciler plan --snapshot FILE`.

    Reads what a plan reads, and who takes part in the linked courses; writes nothing else anywhere. The file
    holds no secret and no id of these people; it is encrypted with a key derived from
    `snapshot_key` of reconciler.yaml, and whoever lacks that can neither read nor change it.

    Exit status: 0, or 1 if something could not be read; the file says so and is written all the same.
    """
    from reconciler.commands.opening import open_place, read_plan
    from reconciler.commands.output import log, write
    from reconciler.report.values import count
    from reconciler.run.proposal import Selection
    from reconciler.run.sealing import seal
    from reconciler.run.snapshots import read_key, take

    with open_place(place) as workspace:
        key = read_key(workspace)
        snapshot = take(read_plan(workspace, Selection(targets), always_count=True))
    objects, records = sum(len(reading.items) for reading in snapshot.readings), len(snapshot.book.records)
    log.info(f"read {count(objects, 'object')} and {count(records, 'record')}")
    if snapshot.book.stamp is None:
        log.warning(f"there is no ledger of {snapshot.environment}: plans from this file are previews")
    lost = [unread for unread in snapshot.unread if not unread.waits_on]
    for unread in lost:
        log.warning(f"{unread.target}/{unread.kind} was not read: {unread.reason}")
    write(seal(snapshot, key), Looks("sealed", out, full=True, redacted=False))
    return int(bool(lost))
