"""Field by field, for every kind of every driver: kept, not taken, let alone, or said to be unverified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from reconciler import engine
from reconciler.model import Access, Create, Evidence, Report, Sync
from tests.contract.examples import EXAMPLES, FOUND, Example
from tests.contract.stand import Stand


def _trials(example: Example, fields: Iterable[str]) -> list[Any]:
    return [
        pytest.param(example, names, id=f"{example.id}-{names[0] if len(names) == 1 else 'alike'}")
        for names in example.trials(fields)
    ]


MADE_DROPPED = [
    trial
    for item in EXAMPLES
    if "create" in FOUND[item.driver, item.kind].capabilities[item.kind].verbs
    for trial in _trials(item, item.drops)
]
EDITED = [trial for item in EXAMPLES for trial in _trials(item, item.edits)]
READABLE = (Access.FULL, Access.CREATE_ONLY)
SWALLOWED = pytest.mark.parametrize(  # elsewhere the vendor gives an id
    "example",
    [
        item
        for item in EXAMPLES
        if item.driver == "zoom_lti_pro"
        and "create" in FOUND[item.driver, item.kind].capabilities[item.kind].verbs
    ],
    ids=lambda item: item.id,
)


def not_taken(stand: Stand, report: Report) -> str:
    """What the example's own change says was not taken."""
    (outcome,) = [o for o in report.outcomes if o.change.address == stand.address]
    assert outcome.ending == "not taken", f"{outcome.ending}: {outcome.text}"
    assert engine.exit_status(report) == 4
    return outcome.text


def _drop_from_an_update(stand: Stand, names: tuple[str, ...]) -> None:
    """At rest, the vendor leaves these fields out of an update: not taken, and still wanted."""
    stand.drop(names)
    stand.declare(stand.example.fields | stand.example.edit(*names))
    text = not_taken(stand, stand.apply())
    assert [name for name in names if f"{name}:" not in text] == []
    again = stand.plan()
    record = next(r for r in again.recorded.records if r.address == stand.address)
    for name in names:
        assert record.fields[name].evidence is Evidence.READ, "what is recorded is what was read"
    (change,) = [c for c in again.plan.changes if c.address == stand.address]
    assert {item.field for item in change.fields} >= set(names), "the next plan still wants it"
    stand.mend()
    stand.apply()
    assert stand.plan().plan.changes == ()


@pytest.mark.parametrize(("example", "names"), MADE_DROPPED)
def test_a_field_silently_dropped_from_a_create_is_not_taken(stand: Stand, names: tuple[str, ...]) -> None:
    stand.declare()
    stand.drop(names)
    report = stand.apply()
    change = next(o.change for o in report.outcomes if o.change.address == stand.address)
    assert isinstance(change, Create)
    if stand.example.usual.issuperset(names):
        assert engine.exit_status(report) == 0
        return
    text = not_taken(stand, report)
    if names == ("email",) and stand.example.driver == "zoom":
        assert "no reading shows the object" in text
        return  # whose account that is now, nobody can say
    assert [name for name in names if f"{name}:" not in text] == []
    stand.mend()
    stand.apply()
    assert stand.plan().plan.changes == ()
    assert len(stand.store()) == 1


@SWALLOWED
def test_a_create_that_the_vendor_swallows_is_not_taken(stand: Stand) -> None:
    stand.rig.control(
        "faults",
        {
            "status": [
                {
                    "operation": "POST /meeting/bulkImport",
                    "status": 200,
                    "body": {"status": True, "result": {}},
                }
            ]
        },
    )
    stand.declare()
    assert "no reading shows the object" in not_taken(stand, stand.apply())


@pytest.mark.parametrize(("example", "names"), EDITED)
def test_undeclared_fields_survive(stand: Stand, names: tuple[str, ...]) -> None:
    stand.at_least()
    before, raw = stand.live().resource, stand.store()
    stand.declare(stand.least | {name: stand.example.edits[name] for name in names})
    report = stand.apply()
    assert [(o.ending.value, o.text) for o in report.outcomes] == [("applied", "")]
    stand.declare(stand.least)
    live, changed = stand.live(), _changed(raw, stand.store())
    moved, after = stand.example.edit(*names), live.resource
    for other in stand.readable():
        if other not in moved and other not in live.unknown:
            assert getattr(after, other) == getattr(before, other), f"{names} changed {other}"
    assert changed, f"{names} changed nothing"


def _changed(before: list[Any], after: list[Any]) -> set[str]:
    (old,), (new,) = before, after
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.id)
def test_what_cannot_be_read_back_shows_as_unverified(stand: Stand) -> None:
    """Each declared field is confirmed by a reading, or the status names it."""
    stand.at_rest()
    known = stand.plan()
    status = next(s for s in known.plan.statuses if s.address == stand.address)
    hidden = [
        name
        for name, access in stand.capability.fields.items()
        if access in (Access.HIDDEN, Access.HIDDEN_CREATE)
    ]
    record = next(r for r in known.recorded.records if r.address == stand.address)
    for name, field in record.fields.items():
        access = stand.capability.fields[name]
        expected = Evidence.READ if access in READABLE else Evidence.SENT
        assert field.evidence is (expected if stand.capability.verbs else Evidence.ATTESTED), name
    if not stand.capability.verbs:
        assert status.sync is Sync.ATTESTED
    elif hidden:
        assert status.sync is Sync.UNVERIFIED
        assert all(name in status.text for name in hidden)
    else:
        assert status.sync is Sync.IN_SYNC


@pytest.mark.parametrize(("example", "names"), EDITED)
def test_what_an_update_loses_is_not_taken_and_drift_is_healed(stand: Stand, names: tuple[str, ...]) -> None:
    """The edit is made by another ledger, so that to ours it is somebody else's."""
    stand.at_rest()
    if stand.example.drops.keys() >= set(names):
        _drop_from_an_update(stand, names)
        stand.declare()
        stand.apply()
        stand.rig.clock.advance(25 * 3600)
    path = stand.rig.workspace.ledger_path
    ours = path.read_bytes()
    stand.declare(stand.example.fields | stand.example.edit(*names))
    assert {o.ending.value for o in stand.apply().outcomes} == {"applied"}
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    path.write_bytes(ours)
    stand.declare()
    plan = stand.plan().plan
    assert {drift.field for drift in plan.drift if drift.address == stand.address} >= set(names)
    (change,) = [c for c in plan.changes if c.address == stand.address]
    assert {item.field for item in change.fields} >= set(names)
    assert change.reason == "drifted"
    assert {o.ending.value for o in stand.apply().outcomes} == {"applied"}
    assert stand.plan().plan.changes == ()
