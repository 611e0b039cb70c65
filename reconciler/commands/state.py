"""`reconciler state`: what the ledger holds, whose account a target is, and forgetting a person."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Framed, Looks, Place, looking, placed
from reconciler.commands.snapshot import command as snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.ledger import Forgotten
    from reconciler.model import Address, Attestation, Binding, Record
    from reconciler.run.workspace import Workspace


@click.group("state")
def command() -> None:
    """Look into the ledger: list, show, rebind, forget; seal a snapshot of it and of what is live."""


command.add_command(snapshot)


@command.command("list", cls=Framed)
@click.argument("glob", default="*")
@placed(desired=False)
@looking()
def list_records(glob: str, place: Place, looks: Looks) -> int:
    """List what is recorded: address, state, how it became ours, its id there.

    GLOB narrows it, such as "zoom-main/group/*".
    """
    from reconciler.commands.output import write
    from reconciler.model.codec import encode_values

    with _workspace(place).ledger(readonly=True) as ledger:
        records = [record for record in ledger.records() if fnmatchcase(str(record.address), glob)]
    if looks.format == "json":
        write(encode_values(records=records).decode(), looks)
        return 0
    rows = [(str(r.address), r.state.value, r.provenance.value, r.remote_id or "-") for r in records]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    write("\n".join(lines) or "nothing is recorded", looks)
    return 0


@command.command("show", cls=Framed)
@click.argument("address")
@placed(desired=False)
@looking()
def show_records(address: str, place: Place, looks: Looks) -> int:
    """Show all that is recorded of one ADDRESS: every incarnation, field by field.

    The id of a hand-off whose objects were looked at shows who confirmed it.
    """
    from reconciler.commands.output import write
    from reconciler.errors import ReconcilerError
    from reconciler.model.codec import encode_values

    with _workspace(place).ledger(readonly=True) as ledger:
        recorded = ledger.read()
    records = [record for record in recorded.records if str(record.address) == address]
    word = next((word for word in recorded.attestations.values() if str(word.address) == address), None)
    if not (records or word):
        raise ReconcilerError(f"{address} is not recorded; `reconciler state list` shows what is")
    if looks.format == "json":
        write(encode_values(records=records, attestation=word).decode(), looks)
    else:
        write("\n".join(_describe(records, word)), looks)
    return 0


def _describe(records: list[Record], word: Attestation | None) -> Iterator[str]:
    from reconciler.model import FOR_GOOD
    from reconciler.report.document import visible

    for record in records:
        standing = f"{record.state}, {record.provenance}, id {record.remote_id or '-'}"
        yield f"{record.address} #{record.number}: {standing}"
        for name, item in record.fields.items():
            mark = "" if name in record.declared else ", not declared"
            yield f"  {name}: {visible(str(item.value))}  ({item.evidence} {item.at}{mark})"
        for name, added in record.elements.items():
            yield f"  {name} added by us: {', '.join(added) or 'none'}"
        for code in record.conditions:
            yield f"  condition: {code}"
    if word:
        until = "for good" if word.expires == FOR_GOOD else f"good until {word.expires:%Y-%m-%d}"
        yield f"attested by {visible(word.by)} on {word.at:%Y-%m-%d}, {until}"


@command.command("rebind", cls=Framed)
@click.argument("target")
@placed()
@click.option("--yes", is_flag=True, help="Do not ask.")
def rebind(target: str, place: Place, yes: bool) -> int:
    """Let TARGET be the account it answers for now, whatever it was before.

    Everything recorded of it is then taken to be of that account: only do this where the same account moved.
    """
    from reconciler.commands.opening import open_place
    from reconciler.ledger import new_run_id
    from reconciler.run.applying import hold

    with open_place(place) as workspace, workspace.ledger() as ledger:
        new, old = _ask_account(workspace, target), ledger.read().bindings.get(target)
        if new == old:
            click.echo(f"{target} is bound to that account already: {new}", err=True)
            return 0
        click.echo(
            f"{target} was {old or 'not bound'}\n{' ' * len(target)} is  {new}",
            err=True,
        )
        if not yes:
            click.confirm("Bind it anew?", abort=True, err=True)
        with hold(ledger, [target], new_run_id(workspace.clock)):
            ledger.rebind(new)
    return 0


@command.command("forget", cls=Framed)
@click.argument("address")
@placed()
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(address: str, place: Place, yes: bool) -> int:
    """Erase everything personal of the person at ADDRESS from the ledger; what was done stays counted.

    For a person who is no longer declared and no longer ours. Nothing is sent anywhere.
    """
    from reconciler.commands.opening import open_place
    from reconciler.ledger import new_run_id
    from reconciler.ledger.schema import backups
    from reconciler.run.applying import hold

    with open_place(place) as workspace, workspace.ledger() as ledger:
        person = _find_forgettable(workspace, address)
        if not yes:
            click.confirm(f"Erase {person} from {workspace.ledger_path} for good?", abort=True, err=True)
        stamp = ledger.read().stamp
        with hold(ledger, stamp.generations if stamp else (), new_run_id(workspace.clock)):
            found = ledger.forget(person)
        click.echo(
            f"forgot {person}: {found.records} records, {found.changes} changes and {found.requests} "
            f"requests emptied, {found.others} rows that mentioned them rewritten\n"
            f"history counts on as {found.address}"
        )
        for line in _left_behind(found, backups(workspace.ledger_path)):
            click.echo(line, err=True)
    return 0


def _left_behind(found: Forgotten, copies: list[Path]) -> Iterator[str]:
    """Where the person may still be named, and what to do about it."""
    if not found.whole:
        yield (
            "another process is reading the ledger: what was erased leaves its write-ahead log when that "
            "process closes it"
        )
    for copy in copies:
        yield f"{copy} was copied before an upgrade and may still name them; delete it if it is not needed"
    yield "not looked into: desired files and their versions, saved plans, logs, backups of your own"


def _find_forgettable(workspace: Workspace, text: str) -> Address:
    """The address of a person who is not declared. Raises ReconcilerError for anything else."""
    from reconciler.errors import ReconcilerError
    from reconciler.model import Address
    from reconciler.model.names import fold_name
    from reconciler.resources.base import kinds
    from reconciler.run.proposal import read_campus

    people = sorted(name for name, kind in kinds().items() if kind.people)
    written = Address.parse(text) if text.count("/") >= 2 else Address("", "", text)
    if written.kind not in people:
        raise ReconcilerError(
            f"{text!r} is nobody's address; write target/kind/name of a person ({' or '.join(people)}), "
            "such as zoom-main/user/s100001; of anything else `lifecycle: {release: true}` lets go"
        )
    person = written._replace(name=fold_name(written.name))
    desired = read_campus(workspace).desired
    person = desired.previously.get(person, person)
    if person in desired.resources:
        raise ReconcilerError(
            f"{person} is declared at {desired.resources[person].where}: the next plan would take them up "
            "again; take the entry out and apply, then forget"
        )
    if reason := desired.unread.get((person.target, person.kind)):
        raise ReconcilerError(
            f"whether {person} is still declared cannot be told: {reason}; mend the source, then forget"
        )
    return person


def _ask_account(workspace: Workspace, target: str) -> Binding:
    """Whose account a target is now. Raises ReconcilerError where it does not say."""
    from reconciler.errors import ReconcilerError, suggest
    from reconciler.model import Binding
    from reconciler.run.proposal import read_campus
    from reconciler.run.workspace import open_targets

    campus = read_campus(workspace)
    if target not in campus.settings.targets:
        raise ReconcilerError(f"no target is named {target!r}; {suggest(target, campus.settings.targets)}")
    with open_targets(workspace, campus, None, {target}.__contains__, planning=True) as targets:
        if target not in targets.accounts:
            raise ReconcilerError(f"{target} does not say who it is: {targets.unreachable.get(target)}")
        account = targets.accounts[target]
    return Binding(target, account.driver, account.origin, account.account)


def _workspace(place: Place) -> Workspace:
    from reconciler.run.workspace import Workspace

    return Workspace(place.desired, place.environment, place.state)
