"""What holds for every kind of every driver, found by discovery: runs, removals, lost replies, order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest

import pytest

from reconciler import engine
from reconciler.drivers.base import drivers
from reconciler.model import Address, Adopt, Create, Finds, Remove, Replace, Update
from reconciler.resources.base import field_rules, kinds
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import open_targets
from tests.contract.examples import EXAMPLES, FOUND, Example, example_of
from tests.contract.stand import Stand
from tests.contract.variants import lessen
from tests.rig import endings

EVERY = pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.id)
FIXED = pytest.mark.parametrize(
    "example",
    [
        item
        for item in EXAMPLES
        if (verbs := FOUND[item.driver, item.kind].capabilities[item.kind].verbs)
        and "update" not in verbs
        and "courses.yaml" in item.needs
    ],
    ids=lambda item: item.id,
)


def _with_verbs(*wanted: str) -> pytest.MarkDecorator:
    """The examples whose driver has all these verbs; `ends` is how the kind is taken away."""
    found = [
        item
        for item in EXAMPLES
        if {_ends_by(item) if verb == "ends" else verb for verb in wanted}
        <= FOUND[item.driver, item.kind].capabilities[item.kind].verbs
    ]
    return pytest.mark.parametrize("example", found, ids=lambda item: item.id)


def _ends_by(example: Example) -> str:
    return kinds()[example.kind].on_absent


MADE_AND_ENDED = _with_verbs("create", "ends")
ONLY_SET = pytest.mark.parametrize(
    "example",
    [item for item in EXAMPLES if FOUND[item.driver, item.kind].capabilities[item.kind].verbs == {"update"}],
    ids=lambda item: item.id,
)
BY_HAND = pytest.mark.parametrize(
    "example",
    [item for item in EXAMPLES if not FOUND[item.driver, item.kind].capabilities[item.kind].verbs],
    ids=lambda item: item.id,
)


@pytest.mark.parametrize("pair", FOUND, ids="-".join)
def test_every_kind_of_every_driver_brings_an_example_of_all_its_fields(pair: tuple[str, str]) -> None:
    example = example_of(*pair)
    assert example is not None, f"add an example for {pair} to tests/contract/examples/"
    capability = FOUND[pair].capabilities[pair[1]]
    assert capability.fields.keys() == (example.fields.keys() & capability.fields.keys()) | example.indirect
    readable = {name for name, access in capability.fields.items() if access.value == "full"}
    if "update" in capability.verbs:
        assert example.edits.keys() == readable
        assert example.drops.keys() == readable, "name what the vendor could silently leave out"


def test_the_throwaway_driver_is_among_them(throwaway: None) -> None:
    assert set(drivers()) == {driver.partition(":")[0] for driver, _ in FOUND}
    assert "notebook" in drivers()


@MADE_AND_ENDED
def test_what_a_lost_create_made_can_be_looked_for(stand: Stand) -> None:
    stand.at_rest()
    workspace = stand.rig.workspace
    with open_targets(workspace, read_campus(workspace), None, lambda _: True, planning=True) as targets:
        handler: object = targets.drivers[stand.address.target].handlers()[stand.address.kind]
    assert isinstance(handler, Finds)


@EVERY
def test_a_plan_performs_no_write_and_a_second_run_is_empty(stand: Stand) -> None:
    stand.declare()
    assert stand.plan().plan.changes
    assert stand.writes() == {}
    stand.at_rest()
    proposal = stand.plan()
    assert proposal.plan.changes == ()
    assert proposal.plan.drift == ()
    report = stand.apply()
    assert report.outcomes == ()
    assert stand.writes() == {}
    assert engine.exit_status(report) == 0
    stand.declare(stand.example.fields | stand.example.edits)
    stand.plan()
    stand.withdraw()
    stand.plan()
    assert stand.writes() == {}


@MADE_AND_ENDED
def test_what_is_no_longer_declared_is_removed_once(stand: Stand) -> None:
    stand.at_rest()
    assert len(stand.store()) == 1
    stand.withdraw()
    assert stand.address in [c.address for c in stand.plan().plan.changes if isinstance(c, Remove)]
    assert set(endings(stand.apply()).values()) == {"applied"}
    assert stand.plan().plan.changes == ()
    left = [item for item in stand.store() if item.get("status") != "inactive" and not item.get("suspended")]
    assert left == []


@MADE_AND_ENDED
def test_a_removal_of_what_is_already_gone_is_success(stand: Stand) -> None:
    stand.at_rest()
    stand.withdraw()
    with stand.rig.ledger() as ledger:
        proposal = engine.plan(stand.rig.workspace, ledger)
        stand.take_away()
        report = engine.apply(stand.rig.workspace, ledger, proposal, lambda _: None)
    assert set(endings(report).values()) == {"applied"}
    assert stand.plan().plan.changes == ()


def lost(stand: Stand, operation: str) -> None:
    """Apply while one answer to this operation is lost, and once more; no write may stay open."""
    stand.lose_reply(operation)
    stand.apply()
    stand.mend()
    report = stand.apply()
    with stand.rig.ledger() as ledger:
        assert ledger.read().intents == ()
    assert stand.plan().plan.changes == (), (operation, [(o.ending, o.text) for o in report.outcomes])


@MADE_AND_ENDED
def test_after_a_lost_reply_there_is_one_object(stand: Stand) -> None:
    """Every operation that makes, changes or removes the example loses one answer after acting."""
    stand.at_rest()
    stand.withdraw()
    stand.apply()
    making = _operations(stand, lambda: stand.declare(stand.example.fields))
    editing = _operations(stand, lambda: stand.declare(stand.example.fields | stand.example.edits))
    removing = _operations(stand, stand.withdraw)
    assert making
    assert removing
    for made, edited, removed in zip_longest(making, editing, removing):
        stand.declare()
        _tried(stand, made)
        if edited:
            stand.declare(stand.example.fields | stand.example.edits)
            _tried(stand, edited)
        stand.withdraw()
        _tried(stand, removed, left=0)


def _tried(stand: Stand, operation: str | None, left: int = 1) -> None:
    """What was just written is applied, while one answer to this operation is lost, if any is named."""
    if operation is None:
        stand.apply()
    else:
        lost(stand, operation)
        assert left == 0 or len(stand.store()) == left, operation
    stand.rig.clock.advance(25 * 3600)


def _operations(stand: Stand, change: Callable[[], None]) -> list[str]:
    stand.forget_counts()
    change()
    stand.apply()
    stand.rig.clock.advance(25 * 3600)
    return sorted(stand.writes())


@MADE_AND_ENDED
def test_references_come_first_and_removals_last(stand: Stand) -> None:
    """Everything the example needs is new, and something of its kind goes, all in one plan."""
    stand.at_rest()
    old = stand.address
    stand.withdraw()
    other = {**stand.example.fields, **_apart(stand.example)}
    stand.declare(other, name="another")
    changes = stand.plan().plan.changes
    assert {"create", "remove"} <= {change.verb for change in changes}
    placed: set[Address] = set()
    gone = False
    for change in changes:
        if isinstance(change, Remove):
            gone = True
            continue
        assert not gone, "a removal came before something that is made"
        assert set(change.after) <= placed | {change.address}
        placed.add(change.address)
    assert old in [change.address for change in changes if isinstance(change, Remove)]
    assert [outcome.change for outcome in stand.apply().outcomes] == list(changes)


def _apart(example: Example) -> dict[str, object]:
    """Values that make it another object for everybody."""
    apart = {"email": "other@example.edu", "first_name": "Other", "default": False}
    apart |= dict.fromkeys(("title", "topic", "label"), "Other")
    return {name: value for name, value in (apart | dict(example.other)).items() if name in example.fields}


@ONLY_SET
def test_what_can_only_be_set_is_taken_over_set_and_left_as_it_is(stand: Stand) -> None:
    """Declared first, it is adopted with what differs; a lost reply changes nothing; withdrawn, it stays."""
    stand.declare()
    (change,) = stand.plan().plan.changes
    assert isinstance(change, Adopt)
    assert {field.field for field in change.fields} == stand.example.edits.keys()
    stand.apply()
    assert stand.plan().plan.changes == ()
    (operation,) = stand.writes()
    stand.declare(stand.example.fields | stand.example.edits)
    lost(stand, operation)
    before = stand.store()
    stand.withdraw()
    assert stand.plan().plan.changes == ()
    stand.apply()
    assert stand.store() == before


@BY_HAND
def test_what_no_api_does_is_handed_off_and_never_attempted(stand: Stand) -> None:
    stand.declare()
    plan = stand.plan().plan
    (change,) = plan.changes
    assert change.hand_off is not None
    page = next(page for page in plan.hand_offs if page.id == change.hand_off.id)
    assert page.steps
    report = stand.apply()
    assert set(endings(report).values()) == {"handed off"}
    assert engine.exit_status(report) == 0
    assert stand.writes() == {}
    stand.confirm()
    assert stand.plan().plan.changes == ()
    stand.withdraw()
    if _ends_by(stand.example) == "keep":
        plan = stand.plan().plan
        assert plan.changes == ()
        assert any("on_absent is keep" in finding.text for finding in plan.findings)
        return
    (change,) = stand.plan().plan.changes
    assert isinstance(change, Remove)
    assert change.hand_off is not None
    assert set(endings(stand.apply()).values()) == {"handed off"}
    assert stand.writes() == {}
    stand.confirm()
    assert stand.plan().plan.changes == ()
    assert stand.address not in {record.address for record in stand.plan().recorded.records}


VERBS = [
    pytest.param(item, verb, id=f"{item.id}-{verb}")
    for item in EXAMPLES
    for verb in ("create", "update", _ends_by(item))
    if verb in FOUND[item.driver, item.kind].capabilities[item.kind].verbs
]


@pytest.mark.parametrize(("example", "verb"), VERBS)
def test_a_verb_that_is_not_declared_is_never_attempted(
    stand: Stand, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if verb != "create":
        stand.at_rest()
    less = replace(stand.capability, verbs=stand.capability.verbs - {verb})
    lessen(monkeypatch, stand.example.driver, stand.example.kind, less)
    if verb == _ends_by(stand.example):
        stand.withdraw()
    else:
        stand.declare(stand.example.fields | stand.example.edits if verb == "update" else None)
    changes = [c for c in stand.plan().plan.changes if c.address == stand.address]
    assert changes
    assert all(change.hand_off or change.waiting for change in changes)
    stand.forget_counts()
    before = stand.store()
    outcomes = [o for o in stand.apply().outcomes if o.change.address == stand.address]
    assert {outcome.ending.value for outcome in outcomes} <= {"handed off", "waiting"}
    assert [item for item in stand.store() if item in before] == before


@FIXED
def test_a_kind_without_update_is_replaced_and_never_updated(stand: Stand) -> None:
    stand.at_rest()
    rules = field_rules(kinds()[stand.example.kind])
    assert not [n for n, access in stand.capability.fields.items() if n in rules and access.value == "full"]
    stand.rig.write("courses.yaml", stand.example.needs["courses.yaml"].replace("4f2a9c", "77aa00"))
    changes = [c for c in stand.plan().plan.changes if c.address == stand.address]
    assert not [c for c in changes if isinstance(c, Update | Create)]
    assert [c for c in changes if isinstance(c, Replace)]
