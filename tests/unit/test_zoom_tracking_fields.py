"""Tracking fields of a Zoom account, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconciler.drivers.zoom.tracking_field import CAPABILITY, TrackingFieldHandler
from reconciler.errors import IncompleteReading, Refused, Uncertain
from reconciler.model import Address, Live, Removal, Scope, Wanted
from reconciler.resources.tracking_field import TrackingField
from tests.unit.driver_rig import Campus, change, run_campus, sent_intent

ADDRESS = Address("main", "tracking_field", "department")


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def fields(campus: Campus) -> TrackingFieldHandler:
    handler = campus.open("zoom").handlers()["tracking_field"]
    assert isinstance(handler, TrackingFieldHandler)
    return handler


def want(remote_id: str = "", **values: Any) -> Wanted[TrackingField]:
    return Wanted(ADDRESS, remote_id, TrackingField(**values))


def read(fields: TrackingFieldHandler) -> Live[TrackingField]:
    (live,) = fields.read(Scope(()))
    return live


def test_what_is_created_reads_back_the_same(fields: TrackingFieldHandler) -> None:
    wanted = want(label="Department", recommended_values=("Law", "Arts"), required=True, visible=False)
    remote_id = fields.create(wanted)
    live = read(fields)
    assert (live.remote_id, live.label, live.keys) == (remote_id, "Department", {"label": "department"})
    assert live.resource == wanted.resource


def test_the_handle_is_the_label_where_none_is_declared(fields: TrackingFieldHandler) -> None:
    fields.create(want())
    assert read(fields).label == "department"
    assert [key.of("department", TrackingField()) for key in CAPABILITY.natural_keys] == ["department"]


def test_only_what_differs_is_sent(campus: Campus, fields: TrackingFieldHandler) -> None:
    fields.create(want(label="Department", recommended_values=("Law",)))
    fields.update(read(fields), want(label="School", recommended_values=None), [change("label")])
    assert campus.journal.sent[-1][2] == {"field": "School"}
    assert read(fields).resource.recommended_values == ("Law",)
    fields.update(read(fields), want(recommended_values=None), [change("recommended_values")])
    assert read(fields).resource.recommended_values == ()


def test_a_label_that_another_has_is_refused(campus: Campus, fields: TrackingFieldHandler) -> None:
    campus.console("add_tracking_field", field="School")
    fields.create(want(label="Department"))
    live = next(live for live in fields.read(Scope(())) if live.label == "Department")
    with pytest.raises(Refused, match="of that label exists already") as caught:
        fields.update(live, want(label="School"), [change("label")])
    assert caught.value.code == "200"


def test_what_a_lost_create_made_is_found_by_its_label(campus: Campus, fields: TrackingFieldHandler) -> None:
    lost = {"operation": "POST /tracking_fields", "ending": "drop_reply", "act": True}
    campus.control("faults", {"status": [lost]})
    with pytest.raises(Uncertain):
        fields.create(want(label="Department"))
    intent = sent_intent(campus, ADDRESS)
    assert [live.label for live in fields.find(intent)] == ["Department"]
    assert fields.find(replace(intent, operation="POST /groups")) == ()


def test_a_removal_of_what_is_gone_is_fine(campus: Campus, fields: TrackingFieldHandler) -> None:
    fields.create(want())
    live = read(fields)
    fields.remove(live, Removal.DELETE)
    assert campus.state()["tracking_fields"] == []
    fields.remove(live, Removal.DELETE)


def test_a_list_that_contradicts_its_total_is_no_reading(
    campus: Campus, fields: TrackingFieldHandler
) -> None:
    fields.create(want())
    campus.control("faults", {"short_total": {"GET /tracking_fields": 1}})
    with pytest.raises(IncompleteReading, match="says that there are 2 fields and lists 1"):
        list(fields.read(Scope(())))
