"""Taking a snapshot of what a plan has read, and planning from it where no vendor may be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes

from reconciler.errors import ReconcilerError
from reconciler.ledger import MemoryBudget
from reconciler.model import (
    Documents,
    Enrolled,
    Lists,
    Live,
    Reading,
    Secrets,
    Unread,
)
from reconciler.model.references import localise
from reconciler.model.snapshot import Snapshot, Sought, strip, write_book
from reconciler.resources.base import Resource, SecretRef
from reconciler.run.frozen import FrozenCampus, NoSecrets, natural_keys
from reconciler.run.proposal import Proposal
from reconciler.run.sealing import PURPOSE, unseal
from reconciler.run.workspace import Workspace
from reconciler.settings import Settings
from reconciler.stages.load import load_settings
from reconciler.stages.observe import recorded_resource


def take(proposal: Proposal) -> Snapshot:
    """What this plan has read and what was recorded, without secrets; of strangers only how to know them."""
    seen, plan = proposal.seen, proposal.plan
    known = _Known(proposal)
    readings = [reading for reading in seen.readings.values() if isinstance(reading, Reading)]
    return Snapshot(
        environment=plan.environment,
        taken=plan.created,
        accounts=seen.accounts,
        readings=tuple(known.strip_others(reading) for reading in readings),
        unread=tuple(reading for reading in seen.readings.values() if isinstance(reading, Unread)),
        sought=tuple(_list_sought(proposal)),
        probes=seen.probes,
        enrolled=_hide_people(seen.enrolled),
        book=write_book(proposal.recorded),
    )


def _hide_people(rows: Iterable[Enrolled]) -> tuple[Enrolled, ...]:
    """Digests in place of people's ids, by a key that is made for this and kept by nobody.

    So they can be told apart and counted within one snapshot, and not be traced back, even by who opens it.
    """
    key = token_bytes(32)

    def hide(person: str) -> str:
        return blake2b(person.encode(), key=key, digest_size=12).hexdigest()

    return tuple(
        replace(row, people={text: frozenset(map(hide, ids)) for text, ids in row.people.items()})
        for row in rows
    )


class _Known:
    """Which live objects are somebody's: matched to an address, or of a record in whatever state."""

    def __init__(self, proposal: Proposal) -> None:
        self.matched = {id(match.live) for match in proposal.seen.matches.values() if match.live}
        self.tokens: set[tuple[str, str, str]] = set()
        for record in proposal.recorded.records:
            tokens = filter(None, (record.remote_id, *record.keys.values()))
            self.tokens.update((*record.address[:2], token) for token in tokens)

    def strip_others(self, reading: Reading) -> Reading:
        """The reading with nothing said of everybody else but how to recognise them."""
        items = (item if self._knows(reading, item) else strip(item) for item in reading.items)
        return replace(reading, items=tuple(items))

    def _knows(self, reading: Reading, live: Live[Resource]) -> bool:
        tokens = filter(None, (live.remote_id, *live.keys.values()))
        recorded = any((reading.target, reading.kind, token) in self.tokens for token in tokens)
        return recorded or id(live) in self.matched


def _list_sought(proposal: Proposal) -> Iterator[Sought]:
    """What kinds that are read by keys were asked for, and whose absence something is known of."""
    seen, desired = proposal.seen, proposal.campus.desired
    records = proposal.recorded.latest(desired.previously)
    ids = {address: record.remote_id for address, record in records.items() if record.remote_id}
    ids |= {
        a: match.live.remote_id for a, match in seen.matches.items() if match.live and match.live.remote_id
    }
    for address in sorted(seen.matches):
        capability = proposal.campus.capabilities[address.target][address.kind]
        absence = seen.absences.get(address)
        if capability.lists is Lists.ALL and absence is None:
            continue
        item, record = desired.resources.get(address), records.get(address)
        if item is not None:
            resource = localise(item.resource, lambda other: ids.get(other, ""))
        elif record is not None:
            resource = recorded_resource(record)
        else:
            continue
        keys = natural_keys(capability, address, resource)
        yield Sought(address, record.remote_id if record else "", keys, absence)


def read_key(workspace: Workspace) -> bytes:
    """The key that seals this folder's snapshots. Raises ReconcilerError where there is none that will do."""
    settings, secrets = _open_settings(workspace)
    return secrets.derive(_refer(settings), PURPOSE)


def thaw(workspace: Workspace, file: Path) -> Workspace:
    """The workspace with a snapshot in place of its targets and its ledger; of secrets only its key was read.

    Raises ReconcilerError for a file that is no snapshot of this environment, sealed with this key.
    """
    settings, secrets = _open_settings(workspace)
    key = secrets.derive(_refer(settings), PURPOSE)
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ReconcilerError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ReconcilerError(f"{file} is no snapshot; name what `reconciler state snapshot` wrote") from None
    snapshot = unseal(text, key, workspace.environment, str(file))
    frozen = FrozenCampus(snapshot, MemoryBudget(workspace.clock))
    return replace(workspace, snapshot=frozen, secrets=NoSecrets(secrets))


def _open_settings(workspace: Workspace) -> tuple[Settings, Secrets]:
    settings = load_settings(workspace.desired, workspace.environment)
    documents = workspace.adapt(Documents(settings, (), (), {}, ()))
    return documents.settings, workspace.open_secrets(documents)


def _refer(settings: Settings) -> SecretRef:
    if settings.snapshot_key is None:
        raise ReconcilerError(
            "reconciler.yaml names no key for snapshots; add `snapshot_key: ${env:RECONCILER_SNAPSHOT_KEY}`, "
            "and put the same random secret there wherever snapshots are taken or planned with"
        )
    return settings.snapshot_key
