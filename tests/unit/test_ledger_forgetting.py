"""Forgetting a person: no byte of theirs stays in the file, every count does, and nobody else is touched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger import SqliteLedger
from reconciler.model import (
    Address,
    Commit,
    Create,
    Evidence,
    FieldChange,
    HistoryEntry,
    Reason,
    Record,
    RecordedField,
    State,
    Update,
)
from reconciler.model.codec import decode_change, encode_change
from tests.unit.ledger_samples import (
    ANN,
    TurnedClock,
    make_attestation,
    make_create,
    make_entry,
    make_ledger,
    make_record,
)

ZOE = Address("zoom-main", "user", "zoe")
ZOELLA = Address("zoom-main", "user", "zoe2")
CLUB = Address("zoom-main", "group", "club")
MEETING = Address("zoom-main", "course_meeting", "bio101/1")
MAIL, ID = "zoe@example.edu", "KDcuGIm1QgePTO8WbOqwIQ"
AT = "2026-09-07T10:00:00Z"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with make_ledger(tmp_path, TurnedClock()) as opened:
        yield opened


def zoe(state: State = State.GONE) -> Record:
    return replace(make_record(ZOE, state=state), remote_id=ID, label='Zoë "Z" Zander', keys={"email": MAIL})


def bytes_of(ledger: SqliteLedger) -> bytes:
    folder = ledger.store.path.parent
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{ledger.store.path.name}*")))


def record_club(ledger: SqliteLedger) -> None:
    """Others who name her: a group she was in, its history, an open-ended past."""
    members = FieldChange("members", None, None, Reason.EDITED, added=(str(ZOE), str(ZOELLA)), removed=(ID,))
    change = Update(address=CLUB, reason=Reason.EDITED, label="Club", fields=(members,), after=(ZOE,))
    club = replace(
        make_record(CLUB),
        fields={"members": RecordedField((ID, "other"), Evidence.READ, AT)},
        elements={"members": (ID, "other")},
    )
    told = HistoryEntry(
        CLUB, "update", "not taken", f"members: sent ('{ID}',), {ZOE} or {MAIL}.", encode_change(change)
    )
    uses = {f"removals {ZOE} until 2026-12-01": 2, f"removals {ZOELLA} until 2026-12-01": 1}
    ledger.commit("r1", Commit("zoom-main", records=(club,), history=(told,), waiver_uses=uses))
    ledger.budget().spend("zoom-main", "meetings", ID)


def record_zoe(ledger: SqliteLedger) -> None:
    mail = FieldChange("email", None, "zander@old.example", Reason.NEW)
    made = Create(address=ZOE, reason=Reason.NEW, label='Zoë "Z" Zander', remote_id=ID, fields=(mail,))
    entry = replace(make_entry(ZOE, 1), text="done", change=encode_change(made))
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create(ZOE)], 1)
    intent = journal.sending("POST /users", {"of": ID}, {"user_info": {"email": "first@example.edu"}}, (ID,))
    ledger.commit("r1", Commit("zoom-main", intents=(intent,)))
    records = (zoe(), make_record())
    ledger.commit(
        "r1",
        Commit(
            "zoom-main",
            records=records,
            attestations=(make_attestation(ZOE), replace(make_attestation(), by=MAIL)),
            history=(entry, make_entry(ANN, 1)),
        ),
    )


def test_no_byte_of_a_forgotten_person_stays_and_every_count_does(ledger: SqliteLedger) -> None:
    record_zoe(ledger)
    record_club(ledger)
    journal = ledger.journal(
        ledger.lease("zoom-lti", "r2"), "r2", [make_create(CLUB._replace(target="zoom-lti"))], 1
    )
    journal.answered(journal.sending("POST", {}, {"by": "zander@old.example"}, ()), "refused")
    names = (MAIL, ID, "zander", "zoe@", "first@", 'zoom-main/user/zoe"', "zoom-main/user/zoe ", "Zoë")
    held = bytes_of(ledger)
    assert all(name.encode() in held for name in (MAIL, ID, "zander@old.example", "first@example.edu", "Zoë"))
    before = ledger.read()
    assert before.stamp is not None
    found = ledger.forget(ZOE)
    assert (found.records, found.changes, found.requests, found.whole) == (1, 1, 2, True)
    held = bytes_of(ledger)
    assert [name for name in names if name.encode() in held] == []
    after = ledger.read()
    assert after.removals == before.removals == {("zoom-main", "user"): 2}
    assert sorted(after.waiver_uses.values()) == [1, 2]
    assert f"removals {found.address} until 2026-12-01" in after.waiver_uses
    assert f"removals {ZOELLA} until 2026-12-01" in after.waiver_uses, "another handle that begins the same"
    assert ledger.budget().spent("zoom-main", "meetings", found.address.name) == 1
    assert after.attestations[ANN].by == found.address.name
    assert found.address.name.startswith("forgotten-")
    (past,) = ledger.history(found.address)
    assert (past.verb, past.ending, past.text, past.change, past.removals) == ("remove", "applied", "", "", 1)
    assert after.stamp is not None
    assert after.stamp.generations["zoom-main"] == before.stamp.generations["zoom-main"] + 1


def test_others_lose_only_the_name(ledger: SqliteLedger) -> None:
    record_zoe(ledger)
    record_club(ledger)
    found = ledger.forget(ZOE)
    club = next(record for record in ledger.records() if record.address == CLUB)
    assert club.fields["members"].value == ("other",)
    assert club.elements == {"members": ("other",)}
    assert make_record() in ledger.records()
    (past,) = ledger.history(CLUB)
    name = found.address.name
    assert past.text == f"members: sent ('{name}',), {found.address} or {name}."
    change = decode_change(past.change)
    assert change.fields[0].added == (str(found.address), str(ZOELLA))
    assert (change.fields[0].removed, change.after) == ((name,), (found.address,))


def test_short_ids_are_taken_for_theirs_only_where_they_refer(ledger: SqliteLedger) -> None:
    record = replace(make_record(ZOE, state=State.GONE), remote_id="17", keys={})
    club = replace(
        make_record(CLUB),
        remote_id="17",
        label="17",
        fields={
            "members": RecordedField(("17", "18"), Evidence.READ, AT),
            "title": RecordedField("17", Evidence.READ, AT),
        },
    )
    ledger.commit("r1", Commit("zoom-main", records=(record, club)))
    ledger.forget(ZOE)
    (left,) = ledger.records()
    assert (left.remote_id, left.label, left.fields["title"].value) == ("17", "17", "17")
    assert left.fields["members"].value == ("18",)


@pytest.mark.parametrize("state", [State.CURRENT, State.SUPERSEDED])
def test_whoever_is_ours_is_not_forgotten(ledger: SqliteLedger, state: State) -> None:
    ledger.commit("r1", Commit("zoom-main", records=(make_record(ZOE, state=state),)))
    with pytest.raises(LedgerError, match=r"still ours.*release: true"):
        ledger.forget(ZOE)
    assert len(ledger.records()) == 1


def test_a_host_of_what_is_ours_is_not_forgotten(ledger: SqliteLedger) -> None:
    meeting = replace(make_record(MEETING), fields={"host": RecordedField(ID, Evidence.READ, AT)})
    ledger.commit("r1", Commit("zoom-main", records=(zoe(), meeting)))
    with pytest.raises(LedgerError, match="bio101/1 is recorded with zoom-main/user/zoe as its host"):
        ledger.forget(ZOE)
    ledger.commit("r1", Commit("zoom-main", records=(replace(meeting, state=State.ENDED),)))
    found = ledger.forget(ZOE)
    (left,) = ledger.records()
    assert left.fields["host"].value == found.address.name


def test_nobody_is_forgotten_while_a_write_is_open_or_unknown(ledger: SqliteLedger) -> None:
    with pytest.raises(LedgerError, match="nothing is known of it"):
        ledger.forget(ZOE)
    ledger.commit("r1", Commit("zoom-main", records=(zoe(),)))
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create(CLUB)], 1)
    journal.sending("PATCH /groups", {}, {"members": ({"id": ID},)}, (ID,))
    with pytest.raises(LedgerError, match="a write to zoom-main/group/club has no known end"):
        ledger.forget(ZOE)
