"""Zoom tracking fields: the account's labels for meetings (Zoom API reference, Tracking Field)."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.shapes import flag, many, record, text
from reconciler.sandbox.world import World

FIELDS = {
    "field": text(64, 1),
    "recommended_values": many(text()),
    "required": flag(),
    "visible": flag(),
}


def find_field(world: World, field_id: str) -> Json:
    """The tracking field with this id. Refuses 5110 for none."""
    for item in world.tracking_fields:
        if item["id"] == field_id:
            return item
    raise Refusal(404, 5110, f"Tracking field {field_id} was not found.")


def _check_plan(call: Call) -> None:
    if call.world.account.plan != "business":
        raise Refusal(400, 200, "Tracking fields need a Business or Education plan.")


def list_fields(call: Call) -> Answer:
    """All fields; there is no paging."""
    items = call.world.tracking_fields
    short = call.simulation.faults.short_total.get(call.operation.name, 0)
    return Answer(body={"total_records": len(items) + short, "tracking_fields": items})


def get_field(call: Call) -> Answer:
    """One field."""
    return Answer(body=find_field(call.world, call.path["fieldId"]))


def new_field(world: World, body: Json) -> Json:
    """Store a field."""
    field: Json = {
        "id": world.mint("tracking"),
        "field": "",
        "recommended_values": [],
        "required": False,
        "visible": True,
        **body,
    }
    world.tracking_fields.append(field)
    return field


def create_field(call: Call) -> Answer:
    """A new field."""
    _check_plan(call)
    return Answer(201, new_field(call.world, call.body))


def update_field(call: Call) -> Answer:
    """Change a field; a new label shows in every meeting that carries a value."""
    field = find_field(call.world, call.path["fieldId"])
    _check_plan(call)
    label = call.sent.get("field", field["field"])
    others = (item for item in call.world.tracking_fields if item is not field)
    if any(item["field"].casefold() == label.casefold() for item in others):
        raise Refusal(400, 200, f"Tracking field {label} already exists.")
    edit_field(call.world, field, call.body)
    return Answer(204)


def edit_field(world: World, field: Json, body: Json) -> None:
    """Change a field, and its label wherever a meeting carries it."""
    old = field["field"]
    field.update(body)
    for meeting in world.meetings.values():
        for item in meeting.tracking_fields:
            if item["field"] == old:
                item["field"] = field["field"]


def delete_field(call: Call) -> Answer:
    """Remove a field; meetings keep what they carry."""
    field = find_field(call.world, call.path["fieldId"])
    call.world.tracking_fields.remove(field)
    return Answer(204)


def _scopes(granular: str, access: str = "write") -> tuple[str, ...]:
    return (f"tracking_field:{granular}:admin", f"tracking_fields:{access}:admin")


ONE = "/tracking_fields/{fieldId}"
OPERATIONS = (
    Operation(
        "GET /tracking_fields", "read", list_fields, "MEDIUM",
        (*_scopes("read:list_tracking_fields", "read"), "tracking_fields:write:admin"),
    ),
    Operation(
        "POST /tracking_fields", "write", create_field, "LIGHT", _scopes("write:tracking_field"),
        body=record(FIELDS, ("field",)),
    ),
    Operation(
        f"GET {ONE}", "read", get_field, "LIGHT",
        (*_scopes("read:tracking_field", "read"), "tracking_fields:write:admin"),
    ),
    Operation(
        f"PATCH {ONE}", "write", update_field, "LIGHT", _scopes("update:tracking_field"), body=record(FIELDS)
    ),
    Operation(f"DELETE {ONE}", "write", delete_field, "LIGHT", _scopes("delete:tracking_field")),
)  # fmt: skip
