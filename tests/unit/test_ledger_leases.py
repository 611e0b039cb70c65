"""One run per target: leases, fencing tokens, and intents that are on disk before their request."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import LedgerError, LedgerLocked
from reconciler.ledger import SqliteLedger
from reconciler.ledger.leases import describe_self, is_gone
from reconciler.model import Commit, Journal, Lease
from tests.unit.ledger_samples import ANN, BOB, START, TurnedClock, make_create, make_ledger, make_record

RACER = """
import sys
from pathlib import Path
from reconciler.errors import LedgerLocked
from reconciler.ledger import open_ledger

sys.stdin.readline()
with open_ledger(Path(sys.argv[1]), environment="default", create=True) as ledger:
    try:
        answer = f"token {ledger.lease('zoom-main', sys.argv[2]).token}"
    except LedgerLocked:
        answer = "locked"
    sys.stdout.write(answer + "\\n")
    sys.stdout.flush()
    sys.stdin.readline()
"""


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: TurnedClock) -> Iterator[SqliteLedger]:
    with make_ledger(tmp_path, clock) as opened:
        yield opened


def send(journal: Journal) -> int:
    return journal.sending("users.create", {"of": "x"}, {"email": "ann@example.edu", "ids": (1, 2)}, ("e1",))


def test_a_held_target_names_holder_and_expiry(ledger: SqliteLedger) -> None:
    held: Lease = ledger.lease("zoom-main", "r1")
    with pytest.raises(LedgerLocked) as refused:
        ledger.lease("zoom-main", "r2")
    for part in ("r1", f"process {os.getpid()}", "2026-09-07T10:02:00"):
        assert part in str(refused.value)
    assert ledger.lease("zoom-lti", "r2").token == 1
    held.release()
    held.release()
    assert ledger.lease("zoom-main", "r2").token == held.token + 1


def test_releasing_a_lost_lease_harms_nobody(ledger: SqliteLedger, clock: TurnedClock) -> None:
    lost = ledger.lease("zoom-main", "r1")
    clock.turn(seconds=121)
    ledger.lease("zoom-main", "r2")
    lost.release()
    with pytest.raises(LedgerLocked, match="r2"):
        ledger.lease("zoom-main", "r3")


def test_every_write_renews(ledger: SqliteLedger, clock: TurnedClock) -> None:
    lease = ledger.lease("zoom-main", "r1")
    journal = ledger.journal(lease, "r1", [make_create()], 1)
    clock.turn(seconds=119)
    intent = send(journal)
    clock.turn(seconds=119)
    journal.answered(intent, "answered")
    clock.turn(seconds=119)
    ledger.commit("r1", Commit("zoom-main", records=(make_record(),), intents=(intent,)), lease)
    clock.turn(seconds=119)
    lease.renew()
    clock.turn(seconds=119)
    with pytest.raises(LedgerLocked):
        ledger.lease("zoom-main", "r2")


@pytest.mark.parametrize("end", ["expired", "stolen", "released", "stolen and released"])
def test_a_lost_lease_refuses_sending_and_commit(ledger: SqliteLedger, clock: TurnedClock, end: str) -> None:
    lease = ledger.lease("zoom-main", "r1")
    journal = ledger.journal(lease, "r1", [make_create()], 1)
    intent = send(journal)
    if end == "released":
        lease.release()
    else:
        clock.turn(seconds=120)
    if end.startswith("stolen"):
        thief = ledger.lease("zoom-main", "r2")
        if end.endswith("released"):
            thief.release()
    before = ledger.read()
    with pytest.raises(LedgerLocked, match="no longer holds"):
        send(journal)
    with pytest.raises(LedgerLocked, match="no longer holds"):
        ledger.commit("r1", Commit("zoom-main", records=(make_record(),)), lease)
    with pytest.raises(LedgerLocked, match="no longer holds"):
        lease.renew()
    assert ledger.read() == before
    journal.answered(intent, "answered")
    assert [intent.state for intent in ledger.open_intents("zoom-main")] == ["answered"]


def test_a_lease_is_of_one_target(ledger: SqliteLedger) -> None:
    lease = ledger.lease("zoom-lti", "r1")
    ledger.lease("zoom-main", "r2")
    with pytest.raises(ValueError, match="not a lease of zoom-main"):
        ledger.journal(lease, "r1", [make_create()], 1)
    with pytest.raises(ValueError, match="not a lease of zoom-main"):
        ledger.commit("r1", Commit("zoom-main"), lease)


def test_an_intent_keeps_all_there_is_to_settle_it(ledger: SqliteLedger, clock: TurnedClock) -> None:
    lease = ledger.lease("zoom-main", "r1")
    journal = ledger.journal(lease, "r1", [make_create(), make_create(BOB)], 2)
    first = send(journal)
    clock.turn(seconds=1)
    second = send(journal)
    one, two = ledger.open_intents("zoom-main")
    assert (one.id, two.id) == (first, second)
    assert (one.step, two.step) == (1, 2)
    assert (one.run, one.target, one.verb, one.attempt, one.token) == ("r1", "zoom-main", "create", 2, 1)
    assert (one.addresses, one.elements, one.operation) == ((ANN, BOB), ("e1",), "users.create")
    assert one.parameters == {"of": "x"}
    assert one.body == {"email": "ann@example.edu", "ids": (1, 2)}
    assert (one.at, two.at) == (START, START + timedelta(seconds=1))
    assert ledger.read().intents == (one, two)
    assert ledger.open_intents("zoom-lti") == ()


def test_only_intents_without_a_known_end_are_open(ledger: SqliteLedger) -> None:
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create()], 1)
    ends = ("", "uncertain", "answered", "refused", "unsent", "settled")
    ids = {end: send(journal) for end in ends}
    for end in ends[1:5]:
        journal.answered(ids[end], end)
    ledger.commit("r1", Commit("zoom-main", intents=(ids["settled"],)))
    journal.answered(ids["settled"], "answered")
    open_intents = {intent.id: intent.state for intent in ledger.open_intents("zoom-main")}
    assert open_intents == {
        ids[""]: "sending",
        ids["uncertain"]: "uncertain",
        ids["answered"]: "answered",
    }
    with pytest.raises(LedgerError, match="'settled'"):
        journal.answered(ids[""], "settled")


def test_intents_make_earlier_plans_stale(ledger: SqliteLedger) -> None:
    journal = ledger.journal(ledger.lease("zoom-main", "r1"), "r1", [make_create()], 1)
    intent = send(journal)
    sent = ledger.read().stamp
    journal.answered(intent, "uncertain")
    answered = ledger.read().stamp
    assert sent is not None
    assert answered is not None
    assert (sent.generations, answered.generations) == ({"zoom-main": 1}, {"zoom-main": 2})


def test_a_process_that_is_gone_is_told_from_one_that_runs() -> None:
    here = describe_self()
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdin=subprocess.DEVNULL)
    child.wait()
    assert not is_gone(here)
    assert is_gone(here._replace(pid=child.pid))
    assert not is_gone(here._replace(host="elsewhere", pid=child.pid))
    assert not is_gone(here._replace(space="another container", pid=child.pid))
    if here.started:
        assert is_gone(here._replace(started="1"))


def start_racer(path: Path, run: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RACER, str(path), run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(racer: subprocess.Popen[str]) -> None:
    assert racer.stdin is not None
    racer.stdin.write("go\n")
    racer.stdin.flush()


def hear(racer: subprocess.Popen[str]) -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()


def end(racer: subprocess.Popen[str]) -> None:
    racer.kill()
    racer.communicate()


def test_of_racing_processes_one_wins_and_a_dead_one_is_followed_at_once(tmp_path: Path) -> None:
    """They race for the making of the file, too."""
    path = tmp_path / "default.db"
    racers = [start_racer(path, f"r{number}") for number in range(3)]
    try:
        for racer in racers:
            say(racer)
        answers = [hear(racer) for racer in racers]
        assert sorted(answers) == ["locked", "locked", "token 1"]
        with make_ledger(tmp_path) as ledger:
            with pytest.raises(LedgerLocked):
                ledger.lease("zoom-main", "mine")
            end(racers[answers.index("token 1")])
            assert ledger.lease("zoom-main", "mine").token == 2
    finally:
        for racer in racers:
            end(racer)


def test_threads_share_a_ledger(ledger: SqliteLedger) -> None:
    lease = ledger.lease("zoom-main", "r1")
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                journal = ledger.journal(lease, "r1", [make_create()], 1)
                journal.answered(send(journal), "answered")
                ledger.read()
                ledger.budget().spend("zoom-main", "users.create", "")
        except LedgerError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(ledger.open_intents("zoom-main")) == 40
    assert ledger.budget().spent("zoom-main", "users.create", "") == 40


def test_a_child_opens_its_own_connection(ledger: SqliteLedger) -> None:
    """Forked in a process without threads: pytest's own may have some."""
    script = """
import os, sys
from pathlib import Path
from reconciler.ledger import open_ledger
from reconciler.model import Binding

ledger = open_ledger(Path(sys.argv[1]), environment="default")
before = ledger.store.connect()
child = os.fork()
if child == 0:
    ledger.bind(Binding("t", "d", "o", "a"))
    os._exit(0 if ledger.store.connect() is not before else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or ledger.store.connect() is not before)
"""
    subprocess.run([sys.executable, "-c", script, str(ledger.store.path)], check=True)
    assert set(ledger.read().bindings) == {"t"}
