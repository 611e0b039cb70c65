"""A reading that failed or was cut is never an empty one, whatever the driver and whatever the failure."""

from __future__ import annotations

import pytest

from reconciler.model import Create, Reading, Remove, Unread
from tests.contract.examples import EXAMPLES, FOUND
from tests.contract.stand import Stand

READ = [
    pytest.param(item, operation, id=f"{item.id}-{operation}")
    for item in EXAMPLES
    for operation in item.reads
]
HOW = ("error", "cut", "shape")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.id)
def test_the_example_names_what_its_reading_rests_on(stand: Stand) -> None:
    if not stand.capability.verbs:
        assert stand.example.reads == ()
        return
    stand.declare()
    requests = stand.plan().requests[stand.address.target]
    stand.at_rest()
    both = requests.keys() | stand.plan().requests[stand.address.target].keys()
    assert set(stand.example.reads) <= both


@pytest.mark.parametrize(("example", "operation"), READ)
def test_a_failed_reading_concludes_nothing(stand: Stand, operation: str) -> None:
    """New, at rest and withdrawn: a broken answer makes the kind unread and changes nothing of it."""
    key = stand.address.target, stand.address.kind
    stand.declare()
    for how in HOW:
        stand.break_reading(operation, how)
        found = stand.plan().seen.readings[key]
        if isinstance(found, Reading):
            continue  # nothing of the kind is there yet, so this operation was not needed
        assert isinstance(found, Unread), how
        assert found.reason
    stand.mend()
    stand.at_rest()
    store = stand.store()
    for withdrawn in (False, True):
        if withdrawn:
            stand.withdraw()
        for how in HOW:
            stand.break_reading(operation, how)
            proposal = stand.plan()
            if operation not in proposal.requests.get(stand.address.target, {operation: 0}):
                return  # what is known by its id needs no listing
            assert isinstance(proposal.seen.readings[key], Unread), how
            mine = [c for c in proposal.plan.changes if (c.address.target, c.address.kind) == key]
            assert not [change for change in mine if isinstance(change, Create | Remove)], how
            assert any(f.subject == "/".join(key) for f in proposal.plan.findings), how
        stand.apply()
        stand.mend()
        assert stand.store() == store


def test_no_kind_by_api_is_without_a_reading() -> None:
    silent = [
        item.id
        for item in EXAMPLES
        if FOUND[item.driver, item.kind].capabilities[item.kind].verbs and not item.reads
    ]
    assert silent == []
