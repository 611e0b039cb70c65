"""Tracking fields of a Zoom account: the labels meetings can be filed under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import (
    CREATE_TRACKING_FIELD,
    DELETE_TRACKING_FIELD,
    LIST_TRACKING_FIELDS,
    UPDATE_TRACKING_FIELD,
    WireTrackingField,
)
from reconciler.drivers.zoom.explore import bare
from reconciler.errors import Absent, IncompleteReading
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Exploration, NaturalKey, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import declared, unchecked
from reconciler.resources.tracking_field import TrackingField


def _label(name: str, field: TrackingField) -> str:
    return field.label if isinstance(field.label, str) else name


CAPABILITY = Capability(
    kind="tracking_field",
    verbs=frozenset({"create", "update", "delete"}),
    fields={
        "label": Access.FULL,
        "recommended_values": Access.FULL,
        "required": Access.FULL,
        "visible": Access.FULL,
    },
    unique=Unique.NONE,
    natural_keys=(NaturalKey("label", lambda name, field: _label(name, field).casefold()),),
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    loses={
        "delete": "the field is not offered any more when meetings are scheduled",
        "label": "meetings are filed under the new label: `tracking_fields` of meetings have to name it",
    },
)
"""Zoom API reference, tracking field: it names no error for a second field of the same label."""


@dataclass
class TrackingFieldHandler:
    """Reads and writes tracking fields."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[TrackingField]) -> Iterable[Live[TrackingField]]:
        """Every tracking field; they come in one answer that tells its own total."""
        answer = self.client.call(LIST_TRACKING_FIELDS)
        with shaped(LIST_TRACKING_FIELDS.name):
            listed: list[WireTrackingField] = answer["tracking_fields"]
            if len(listed) != answer["total_records"]:
                raise IncompleteReading(
                    f"{LIST_TRACKING_FIELDS.name} says that there are {answer['total_records']} fields and "
                    f"lists {len(listed)}; run again"
                )
            return [_live(wire) for wire in listed]

    def explore(self, asked: Exploration) -> Iterable[Live[TrackingField]]:
        """Every tracking field."""
        return (bare(live, asked.shown) for live in self.read(Scope(())))

    def find(self, intent: Intent) -> Sequence[Live[TrackingField]]:
        """The fields of the label that an intent's body asked for."""
        if intent.operation != CREATE_TRACKING_FIELD.name or not isinstance(intent.body, Mapping):
            return ()
        label = str(intent.body["field"]).casefold()
        return [live for live in self.read(Scope(())) if live.keys["label"] == label]

    def create(self, desired: Wanted[TrackingField]) -> str:
        """One request with every declared field."""
        body = {"field": desired.address.name, **_wire(dict(declared(desired.resource)))}
        return str(self.client.call(CREATE_TRACKING_FIELD, body=body)["id"])

    def update(
        self, live: Live[TrackingField], desired: Wanted[TrackingField], fields: Sequence[FieldChange]
    ) -> None:
        """Only the fields that differ; the recommended values go as one list."""
        body = _wire({change.field: getattr(desired.resource, change.field) for change in fields})
        self.client.call(UPDATE_TRACKING_FIELD, path={"fieldId": live.remote_id}, body=body)

    def remove(self, live: Live[TrackingField], how: Removal) -> None:
        """Delete the field."""
        try:
            self.client.call(DELETE_TRACKING_FIELD, path={"fieldId": live.remote_id})
        except Absent:
            return


def _wire(values: Mapping[str, Any]) -> dict[str, Any]:
    made = {"field" if name == "label" else name: value for name, value in values.items()}
    if "recommended_values" in made:
        made["recommended_values"] = list(made["recommended_values"] or ())
    return made


def _live(wire: WireTrackingField) -> Live[TrackingField]:
    fields = {
        "label": wire["field"],
        "recommended_values": tuple(wire["recommended_values"] or ()),
        "required": wire["required"],
        "visible": wire["visible"],
    }
    return Live(
        remote_id=wire["id"],
        resource=unchecked(TrackingField, fields),
        keys={"label": wire["field"].casefold()},
        label=wire["field"],
    )
