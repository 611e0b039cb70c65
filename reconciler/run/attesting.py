"""A person's word: recording that a hand-off was done."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.errors import PlanRefused
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import (
    Attestation,
    Commit,
    Evidence,
    HandOffItem,
    HistoryEntry,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.run.applying import hold
from reconciler.run.proposal import Proposal


def attest(
    ledger: SqliteLedger, proposal: Proposal, hand_off: str, by: str, now: datetime
) -> tuple[HandOffItem, ...]:
    """Record a person's word for every open item of a hand-off; PlanRefused if there is nothing to say.

    What was taken off is forgotten. Raises LedgerLocked.
    """
    page = next((page for page in proposal.plan.hand_offs if page.id == hand_off), None)
    if page is None:
        known = ", ".join(page.id for page in proposal.plan.hand_offs if page.open) or "none"
        raise PlanRefused(f"there is no hand-off {hand_off}; open ones: {known}")
    if page.shows:
        raise PlanRefused(f"{hand_off} needs no confirmation: the next reading shows whether it is done")
    target = hand_off.split("/", 1)[0]
    run = new_run_id(lambda: now)
    expires = now + timedelta(days=proposal.campus.settings.attestation_days)
    entered = [item for item in page.open if item.action != "take off"]
    taken = [item.address for item in page.open if item.action == "take off"]
    with hold(ledger, [target], run) as leases:
        old = {r.address: r for r in ledger.read().records if r.state is State.CURRENT}
        commit = Commit(
            target=target,
            records=tuple(_attested(proposal, item, old.get(item.address), now) for item in entered),
            attestations=tuple(
                Attestation(item.address, hand_off, item.digest, by, now, expires) for item in entered
            ),
            forgotten=tuple((address, old[address].number) for address in taken if address in old),
            unattested=tuple(taken),
            history=tuple(
                HistoryEntry(item.address, "confirm", "attested", f"{item.action}, by {by}", "")
                for item in page.open
            ),
        )
        ledger.start_run(run, "confirm", proposal.plan.digest)
        ledger.commit(run, commit, leases[target])
        ledger.end_run(run, 0, {"attested": len(page.open)})
    return page.open


def _attested(proposal: Proposal, item: HandOffItem, old: Record | None, now: datetime) -> Record:
    desired = proposal.campus.desired.resources[item.address]
    secrets = {name: f for (a, name), f in proposal.seen.fingerprints.items() if a == item.address}
    values = {name: secrets.get(name, value) for name, value in item.values.items()}
    stamp = now.isoformat()
    return Record(
        address=item.address,
        number=old.number if old else 1,
        remote_id="",
        state=State.CURRENT,
        provenance=Provenance.ATTESTED,
        fields={n: RecordedField(v, Evidence.ATTESTED, stamp) for n, v in values.items() if v is not None},
        declared=frozenset(item.values),
        source=desired.source,
        protect=desired.lifecycle.protect,
        on_absent=desired.lifecycle.on_absent or "",
        updated=stamp,
    )
