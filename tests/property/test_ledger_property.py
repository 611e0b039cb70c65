"""Records come back as they were written, and a commit is all there or not at all wherever a process dies."""

import string
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.ledger.codec import freeze, read_json, read_records, write_json, write_record
from reconciler.model import Address, Evidence, Provenance, Record, RecordedField, State
from reconciler.resources.base import Plain

names = st.text(string.ascii_lowercase + "._@+-%/", min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=12)
plain: st.SearchStrategy[Plain] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
values = st.builds(RecordedField, plain, st.sampled_from(Evidence), st.sampled_from(["2026-09-07", "", "x"]))
records = st.builds(
    Record,
    address=st.builds(Address, names, names, names),
    number=st.integers(1, 9),
    remote_id=st.text(max_size=8),
    state=st.sampled_from(State),
    provenance=st.sampled_from(Provenance),
    fields=st.dictionaries(names, values, max_size=5),
    elements=st.dictionaries(names, st.lists(names, max_size=3).map(tuple), max_size=2),
    declared=st.frozensets(names, max_size=4),
    conditions=st.lists(names, max_size=2).map(tuple),
    keys=st.dictionaries(names, st.text(max_size=8), max_size=2),
    label=st.text(max_size=12),
    source=names,
    protect=st.booleans(),
    on_absent=st.sampled_from(["", "keep", "delete"]),
    updated=names,
)

FULL = Record(
    address=Address("zoom-main", "group", "clubs"),
    number=2,
    remote_id="g1",
    state=State.DISABLED,
    provenance=Provenance.ADOPTED,
    fields={"name": RecordedField("Clubs", Evidence.ATTESTED, "2026-09-07")},
    elements={"members": ("1", "2")},
    declared=frozenset({"name"}),
    conditions=("pending",),
    keys={"name": "clubs"},
    label="Clubs",
    source="clubs.csv",
    protect=True,
    on_absent="delete",
    updated="2026-09-07",
)

MORTAL = """
import os, shutil, sys
from dataclasses import replace
from pathlib import Path

from reconciler.ledger import open_ledger
from reconciler.model import Commit, State
from tests.unit.ledger_samples import ANN, BOB, CID, TurnedClock, make_attestation, make_entry, make_record
from tests.unit.ledger_samples import make_create, make_ledger

folder = Path(sys.argv[1])
commit = Commit(
    "zoom-main",
    renamed=((BOB, CID),),
    forgotten=((ANN, 2),),
    records=(make_record(state=State.SUPERSEDED), make_record(number=3)),
    attestations=(make_attestation(CID),),
    unattested=(ANN,),
    intents=(1,),
    history=(make_entry(removals=2), make_entry(CID)),
    waiver_uses={"w": 1},
)
with make_ledger(folder) as ledger:
    ledger.commit("r0", Commit("zoom-main", (make_record(), make_record(number=2, state=State.GONE))))
    ledger.commit("r0", Commit("zoom-main", (make_record(BOB),), attestations=(make_attestation(),)))
    journal = ledger.journal(ledger.lease("zoom-main", "r0"), "r0", [make_create()], 1)
    journal.sending("users.create", {}, None, ())


def look(path):
    with open_ledger(path, environment="default", clock=TurnedClock()) as ledger:
        return ledger.read(), ledger.history(), len(ledger.runs())


def live(path, statements):
    with open_ledger(path, environment="default", clock=TurnedClock()) as ledger:
        left = [statements]

        def count(_):
            left[0] -= 1
            if left[0] == 0:
                os._exit(7)

        ledger.store.connect().set_trace_callback(count)
        ledger.commit("r1", commit)
        os._exit(0)


original = folder / "default.db"
before, seen, deaths, code = look(original), [], 0, 7
while code == 7:
    deaths += 1
    path = folder / f"{deaths}.db"
    shutil.copy(original, path)
    child = os.fork()
    if child == 0:
        live(path, deaths)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen.append(look(path))
assert code == 0, code
after = seen.pop()
assert after[0] != before[0] and len(after[1]) == 2 and not after[0].intents
halves = [n for n, state in enumerate(seen, 1) if state != before]
assert not halves, f"half written after death at statement {halves}"
sys.stdout.write(f"{len(seen)} deaths")
"""


@given(st.lists(records, max_size=3))
@example([FULL])
def test_records_come_back_as_they_were(written: list[Record]) -> None:
    read = read_records(map(write_record, written))
    assert read == tuple(written)
    assert all(type(value) is RecordedField for record in read for value in record.fields.values())


def test_the_full_record_has_everything_that_a_record_can_have() -> None:
    bare = Record(Address("zoom-main", "group", ""), 1, "", State.CURRENT, Provenance.CREATED)
    left_out = [each.name for each in fields(Record) if getattr(FULL, each.name) == getattr(bare, each.name)]
    assert not left_out, "give FULL a value for these that a missing column would lose"


@given(plain)
def test_plain_values_come_back_as_they_were(value: Plain) -> None:
    assert read_json(write_json(value)) == value
    assert freeze(value) == value


def test_a_commit_is_whole_wherever_its_process_dies(tmp_path: Path) -> None:
    """Dies at every statement of one commit, forked in a process without threads or connections."""
    done = subprocess.run(
        [sys.executable, "-c", MORTAL, str(tmp_path)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    deaths = int(done.stdout.split()[0])
    assert deaths >= 15, "a commit has that many statements"
