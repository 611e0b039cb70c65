"""What a ledger keeps: commits, generations, bindings, quotas, history, and what is forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import BindingMismatch, LedgerError
from reconciler.ledger import MemoryBudget, SqliteLedger, new_run_id, open_ledger
from reconciler.model import Address, Binding, Commit, Ledger, Recorded, State
from tests.unit.ledger_samples import (
    ANN,
    BOB,
    CID,
    START,
    TurnedClock,
    make_attestation,
    make_create,
    make_entry,
    make_ledger,
    make_record,
)

BINDING = Binding("zoom-main", "zoom", "https://api.zoom.us", "acc1")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: TurnedClock) -> Iterator[SqliteLedger]:
    with make_ledger(tmp_path, clock) as opened:
        yield opened


def generation(ledger: SqliteLedger, target: str = "zoom-main") -> int:
    stamp = ledger.read().stamp
    assert stamp is not None
    return stamp.generations.get(target, 0)


def test_a_new_ledger_is_empty_and_has_an_id_of_its_own(ledger: SqliteLedger) -> None:
    port: Ledger = ledger
    recorded = port.read()
    assert recorded.stamp is not None
    assert recorded == Recorded(stamp=recorded.stamp)
    assert recorded.stamp.id == ledger.id
    assert not recorded.stamp.generations


def test_what_is_committed_is_read(ledger: SqliteLedger) -> None:
    attestation = make_attestation()
    ledger.commit(
        "r1",
        Commit(
            "zoom-main",
            records=(make_record(BOB), make_record()),
            attestations=(attestation,),
            history=(make_entry(),),
            waiver_uses={"w": 2},
        ),
    )
    ledger.commit("r1", Commit("zoom-main", waiver_uses={"w": 3}))
    recorded = ledger.read()
    assert recorded.records == (make_record(), make_record(BOB)) == ledger.records()
    assert recorded.attestations == {ANN: attestation}
    assert recorded.waiver_uses == {"w": 5}


def test_a_record_is_replaced_by_address_and_number(ledger: SqliteLedger) -> None:
    ledger.commit("r1", Commit("zoom-main", records=(make_record(),)))
    changed = replace(make_record(), remote_id="new", state=State.DISABLED)
    ledger.commit("r1", Commit("zoom-main", records=(changed,)))
    assert ledger.records() == (changed,)
    ledger.commit("r1", Commit("zoom-main", forgotten=((ANN, 1),)))
    assert ledger.records() == ()


def test_a_successor_takes_over_in_one_commit_whatever_the_order(ledger: SqliteLedger) -> None:
    ledger.commit("r1", Commit("zoom-main", records=(make_record(),)))
    old, new = make_record(state=State.SUPERSEDED), make_record(number=2)
    ledger.commit("r1", Commit("zoom-main", records=(new, old)))
    assert ledger.records() == (old, new)


def test_two_current_records_of_one_address_refuse_the_whole_commit(ledger: SqliteLedger) -> None:
    ledger.commit("r1", Commit("zoom-main", records=(make_record(),)))
    before = ledger.read()
    with pytest.raises(LedgerError, match="nothing of it was written"):
        ledger.commit("r1", Commit("zoom-main", records=(make_record(BOB), make_record(number=2))))
    assert ledger.read() == before


def test_a_commit_holds_one_target(ledger: SqliteLedger) -> None:
    stray = Address("zoom-lti", "course_link", "bio101/1")
    with pytest.raises(ValueError, match="zoom-lti/course_link/bio101/1"):
        ledger.commit("r1", Commit("zoom-main", records=(make_record(stray),)))


def test_generation_rises_by_one_with_what_plans_depend_on(ledger: SqliteLedger) -> None:
    commits = [
        Commit("zoom-main", records=(make_record(), make_record(BOB))),
        Commit("zoom-main", attestations=(make_attestation(),)),
        Commit("zoom-main", unattested=(ANN,)),
        Commit("zoom-main", renamed=((BOB, CID),)),
        Commit("zoom-main", forgotten=((CID, 1),)),
        Commit("zoom-main", intents=(1,)),
    ]
    for expected, commit in enumerate(commits, start=1):
        ledger.commit("r1", commit)
        assert generation(ledger) == expected
    ledger.commit("r1", Commit("zoom-main", history=(make_entry(),), waiver_uses={"w": 1}))
    ledger.commit("r1", Commit("zoom-lti", attestations=()))
    assert generation(ledger) == len(commits)
    assert generation(ledger, "zoom-lti") == 0


def test_a_rename_moves_records_attestation_history_and_open_intents(ledger: SqliteLedger) -> None:
    ledger.commit(
        "r1",
        Commit(
            "zoom-main",
            records=(make_record(),),
            attestations=(make_attestation(),),
            history=(make_entry(),),
        ),
    )
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create(), make_create(CID)], 1)
    journal.sending("users.create", {}, None, ())
    ledger.commit("r2", Commit("zoom-main", renamed=((ANN, BOB),)))
    recorded = ledger.read()
    assert recorded.records == (replace(make_record(), address=BOB),)
    assert recorded.attestations == {BOB: replace(make_attestation(), address=BOB)}
    assert [past.run for past in ledger.history(BOB)] == ["r1"]
    assert ledger.history(ANN) == ()
    assert [intent.addresses for intent in recorded.intents] == [(BOB, CID)]


def test_names_can_be_swapped_and_passed_along(ledger: SqliteLedger) -> None:
    ledger.commit("r1", Commit("zoom-main", records=(make_record(ANN), make_record(BOB))))
    ledger.commit("r1", Commit("zoom-main", renamed=((ANN, BOB), (BOB, ANN))))
    assert {r.address: r.label for r in ledger.records()} == {ANN: "Bob", BOB: "Ann"}
    ledger.commit("r1", Commit("zoom-main", renamed=((ANN, BOB), (BOB, CID))))
    assert {r.address: r.label for r in ledger.records()} == {BOB: "Bob", CID: "Ann"}


def test_a_record_moved_to_a_used_name_counts_on(ledger: SqliteLedger) -> None:
    gone = make_record(BOB, state=State.GONE)
    moved = (make_record(ANN, state=State.SUPERSEDED), make_record(ANN, number=2))
    ledger.commit("r1", Commit("zoom-main", records=(gone, *moved)))
    ledger.commit("r1", Commit("zoom-main", renamed=((ANN, BOB),)))
    assert [(r.number, r.state) for r in ledger.records()] == [
        (1, State.GONE),
        (2, State.SUPERSEDED),
        (3, State.CURRENT),
    ]


def test_binding_is_made_once_and_changed_only_on_purpose(ledger: SqliteLedger) -> None:
    ledger.bind(BINDING)
    ledger.bind(BINDING)
    other = replace(BINDING, account="acc2")
    with pytest.raises(BindingMismatch) as refused:
        ledger.bind(other)
    for part in ("acc1", "acc2", "reconciler state rebind zoom-main"):
        assert part in str(refused.value)
    ledger.rebind(other)
    ledger.bind(other)
    assert ledger.read().bindings == {"zoom-main": other}


def test_removals_are_summed_over_the_last_24_hours(ledger: SqliteLedger, clock: TurnedClock) -> None:
    group = Address("zoom-main", "group", "g")
    ledger.commit("r1", Commit("zoom-main", history=(make_entry(removals=2), make_entry(group, 7))))
    clock.turn(hours=23)
    ledger.commit("r2", Commit("zoom-main", history=(make_entry(BOB, 3), make_entry(CID))))
    assert ledger.read().removals == {("zoom-main", "user"): 5, ("zoom-main", "group"): 7}
    clock.turn(hours=1)
    assert ledger.read().removals == {("zoom-main", "user"): 3}
    clock.turn(hours=23)
    assert ledger.read().removals == {}


def revert(ledger: SqliteLedger, run: str, *fields: str, address: Address = ANN) -> None:
    entry = replace(make_entry(address), verb="update", reverted=fields)
    ledger.commit(run, Commit("zoom-main", history=(entry,)))


def test_a_field_reverted_three_times_within_a_day_stays_contested(
    ledger: SqliteLedger, clock: TurnedClock
) -> None:
    times = []
    for number in range(3):
        assert ledger.read().contested == {}
        times.append(clock.now)
        revert(ledger, f"r{number}", "last_name", *(["license"] if number else []))
        revert(ledger, f"r{number}", address=BOB)
        clock.turn(hours=12)
    assert ledger.read().contested == {(ANN, "last_name"): tuple(times)}
    clock.turn(days=100)
    assert ledger.read().contested == {(ANN, "last_name"): tuple(times)}, "until it is acknowledged"
    ledger.commit("r3", Commit("zoom-main", renamed=((ANN, CID),)))
    assert ledger.read().contested == {(CID, "last_name"): tuple(times)}
    revert(ledger, "r4", "last_name", address=CID)
    assert ledger.read().contested == {}, "three times within a day, not since ever"


def test_three_reverts_over_more_than_a_day_are_no_contest(ledger: SqliteLedger, clock: TurnedClock) -> None:
    for number in range(6):
        revert(ledger, f"r{number}", "last_name")
        clock.turn(hours=12, seconds=1)
    assert ledger.read().contested == {}


def test_quota_is_counted_per_owner_and_utc_day(
    ledger: SqliteLedger, tmp_path: Path, clock: TurnedClock
) -> None:
    budget = ledger.budget()
    for owner in ("h1", "h1", "h2"):
        budget.spend("zoom-main", "meetings.create", owner)
    assert [budget.spent("zoom-main", "meetings.create", owner) for owner in ("h1", "h2", "h3")] == [2, 1, 0]
    midnight = (START + timedelta(days=1)).replace(hour=0)
    budget.exhaust("zoom-main", "meetings.create", "h1", midnight)
    budget.exhaust("zoom-main", "users.create", "", midnight + timedelta(hours=1))
    with open_ledger(tmp_path / "default.db", environment="default", clock=clock, readonly=True) as other:
        for kept in (budget, other.budget()):
            assert kept.blocked("zoom-main", "meetings.create", "h1") == midnight
            assert kept.blocked("zoom-main", "meetings.create", "h2") is None
            assert kept.blocked("zoom-main", "users.create", "h2") == midnight + timedelta(hours=1)
            assert kept.spent("zoom-main", "meetings.create", "h1") == 2
        clock.turn(hours=14)
        assert budget.blocked("zoom-main", "meetings.create", "h1") is None
        assert budget.spent("zoom-main", "meetings.create", "h1") == 0
        other.budget().spend("zoom-main", "meetings.create", "h1")
    assert budget.spent("zoom-main", "meetings.create", "h1") == 0


def test_a_budget_in_memory_counts_like_the_ledger(clock: TurnedClock) -> None:
    budget = MemoryBudget(clock)
    budget.spend("zoom-main", "meetings.create", "h1")
    assert budget.spent("zoom-main", "meetings.create", "h1") == 1
    budget.exhaust("zoom-main", "meetings.create", "h1", START + timedelta(hours=2))
    budget.exhaust("zoom-main", "meetings.create", "h1", START + timedelta(hours=1))
    assert budget.blocked("zoom-main", "meetings.create", "h1") == START + timedelta(hours=2)
    clock.turn(hours=2)
    assert budget.blocked("zoom-main", "meetings.create", "h1") is None


def test_runs_and_history_are_told_newest_first(ledger: SqliteLedger, clock: TurnedClock) -> None:
    ledger.start_run("r1", "apply", "sha")
    ledger.commit("r1", Commit("zoom-main", history=(make_entry(), make_entry(BOB))))
    clock.turn(minutes=1)
    ledger.end_run("r1", 4, {"applied": 1, "failed": 1})
    ledger.start_run("r2", "apply", "")
    newest, oldest = ledger.runs()
    assert (newest.run, newest.ended, newest.exit_status) == ("r2", None, None)
    assert (oldest.command, oldest.plan_digest, oldest.exit_status) == ("apply", "sha", 4)
    assert (oldest.started, oldest.ended) == (START, START + timedelta(minutes=1))
    assert oldest.counts == {"applied": 1, "failed": 1}
    assert [past.address for past in ledger.history()] == [BOB, ANN]
    assert [past.address for past in ledger.history(limit=1)] == [BOB]
    (past,) = ledger.history(ANN)
    assert (past.run, past.at, past.verb, past.ending) == ("r1", START, "create", "applied")
    assert (past.text, past.change) == ("done", '{"x":1}')


def test_history_is_kept_for_its_time_and_open_intents_for_ever(
    ledger: SqliteLedger, clock: TurnedClock
) -> None:
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create()], 1)
    open_id, closed = (journal.sending("users.create", {}, None, ()) for _ in range(2))
    journal.answered(closed, "refused")
    ledger.commit("r0", Commit("zoom-main", records=(make_record(),), history=(make_entry(),)))
    clock.turn(days=401)
    ledger.commit("r2", Commit("zoom-main", history=(make_entry(BOB),)))
    assert ledger.prune_history() == 1
    assert [run.run for run in ledger.runs()] == ["r2", "r1"]
    assert [past.address for past in ledger.history()] == [BOB]
    assert [intent.id for intent in ledger.open_intents("zoom-main")] == [open_id]
    assert ledger.records() == (make_record(),)
    with pytest.raises(ValueError, match="2 days"):
        ledger.prune_history(1)


def test_run_ids_sort_by_time_and_differ(clock: TurnedClock) -> None:
    first = new_run_id(clock)
    clock.turn(microseconds=1)
    later = [new_run_id(clock) for _ in range(50)]
    assert all(first < run for run in later)
    assert len(set(later)) == 50
