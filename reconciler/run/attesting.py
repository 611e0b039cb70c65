"""A person's word: recording that a hand-off was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from reconciler.errors import PlanRefused
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import (
    FOR_GOOD,
    Address,
    Attestation,
    Commit,
    Evidence,
    HandOff,
    HandOffItem,
    HistoryEntry,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.model.attested import values_digest, words_of
from reconciler.model.plan import CHECK, TAKE_OFF
from reconciler.run.applying import hold
from reconciler.run.proposal import Proposal


def attest(
    ledger: SqliteLedger, proposal: Proposal, hand_offs: Iterable[str], by: str, now: datetime
) -> tuple[HandOffItem, ...]:
    """Record a person's word for every open item of these hand-offs.

    PlanRefused, with nothing recorded, if one of them needs none or cannot be confirmed yet. What was taken
    off is forgotten. What was only looked at keeps its record: the word is on the whole page, and for good.
    Raises LedgerLocked.
    """
    found = [_find(proposal, hand_off) for hand_off in dict.fromkeys(hand_offs)]
    pages = [page for page in found if page is not None]
    for page in pages:
        _take(ledger, proposal, page, by, now)
    return tuple(item for page in pages for item in page.open)


def _take(ledger: SqliteLedger, proposal: Proposal, page: HandOff, by: str, now: datetime) -> None:
    """One page's word, in one commit."""
    target = page.id.split("/", 1)[0]
    run = new_run_id(lambda: now)
    with hold(ledger, [target], run) as leases:
        old = {r.address: r for r in ledger.read().records if r.state is State.CURRENT}
        entered = [item for item in page.open if item.action not in (CHECK, TAKE_OFF)]
        taken = [item.address for item in page.open if item.action == TAKE_OFF]
        known = proposal.campus.capabilities[target]
        commit = Commit(
            target=target,
            records=tuple(_attested(proposal, item, old.get(item.address), now) for item in entered),
            attestations=tuple(_words(proposal, page, by, now)),
            forgotten=tuple((address, old[address].number) for address in taken if address in old),
            unattested=(*taken, *(word for address in taken for word in words_of(address, known))),
            history=tuple(
                HistoryEntry(item.address, "confirm", "attested", f"{item.action}, by {by}", "")
                for item in page.open
            ),
        )
        ledger.start_run(run, "confirm", proposal.plan.digest)
        ledger.commit(run, commit, leases[target])
        ledger.end_run(run, 0, {"attested": len(page.open)})


def _find(proposal: Proposal, hand_off: str) -> HandOff | None:
    """The hand-off, if it is somebody's word that it needs, and now; None if it has that for good.

    Raises PlanRefused.
    """
    page = next((page for page in proposal.plan.hand_offs if page.id == hand_off), None)
    if page is None:
        words = proposal.recorded.attestations.values()
        if any(str(word.address) == word.handoff == hand_off for word in words):
            return None
        known = ", ".join(page.id for page in proposal.plan.hand_offs if page.open) or "none"
        raise PlanRefused(f"there is no hand-off {hand_off}; open ones: {known}")
    if page.shows:
        raise PlanRefused(f"{hand_off} needs no confirmation: the next reading shows whether it is done")
    if names := ", ".join(item.address.name for item in page.waiting if item.action == CHECK):
        raise PlanRefused(
            f"{hand_off}: not made yet: {names}; run `reconciler apply` first, look at them, then confirm"
        )
    if page.waiting:
        raise PlanRefused(
            f"{hand_off}: {page.waiting[0].text}; confirm that one, do this one, then confirm it"
        )
    return page


def _words(proposal: Proposal, page: HandOff, by: str, now: datetime) -> Iterator[Attestation]:
    """One for every address that was entered; what was looked at has one together, which does not expire."""
    expires = now + timedelta(days=proposal.campus.settings.attestation_days)
    for item in page.open:
        if item.action not in (CHECK, TAKE_OFF):
            yield Attestation(item.address, page.id, item.digest, by, now, expires)
    if looked := {str(item.address): item.digest for item in page.open if item.action == CHECK}:
        yield Attestation(Address.parse(page.id), page.id, values_digest(looked), by, now, FOR_GOOD)


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
