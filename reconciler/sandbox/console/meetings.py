"""The console's meeting pages: schedule, edit, remove, hand over, and the account's tracking fields."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.calls import Json
from reconciler.sandbox.shapes import validate
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import Meeting
from reconciler.sandbox.zoom import meeting_writes as zoom_meeting_writes
from reconciler.sandbox.zoom.meeting_shape import CREATE, UPDATE
from reconciler.sandbox.zoom.meetings import find_meeting, find_occurrence
from reconciler.sandbox.zoom.tracking_fields import new_field
from reconciler.sandbox.zoom.users import find_person

BY = "console"
TIMED = frozenset({"start_time", "duration", "timezone", "type", "recurrence"})


def _find(simulation: Simulation, meeting: int | str) -> Meeting:
    return find_meeting(simulation.world, str(meeting))


def add_meeting(simulation: Simulation, host: str, **body: object) -> Json:
    """{host, topic?, start_time?, ...}: a meeting as the API's body describes it."""
    world, now = simulation.world, simulation.now()
    validate(CREATE, body)
    user = find_person(world, host)
    meeting = zoom_meeting_writes.draft_meeting(world, user, body, body, now)
    meeting.creation_source = "web_portal"
    world.add_meeting(meeting)
    simulation.emit("meeting.created", zoom_meeting_writes.brief(meeting), by=BY, operation="all")
    return {"id": meeting.id}


def edit_meeting(simulation: Simulation, meeting: int | str, **body: object) -> Json:
    """{meeting, topic?, start_time?, settings?, ...}: change what is named.

    Removed dates of a series stay removed unless its times change.
    """
    world, now = simulation.world, simulation.now()
    found = _find(simulation, meeting)
    validate(UPDATE, body)
    kind = body.get("type", found.type)
    zoom_meeting_writes.check_body(
        world, world.users[found.host_id], body, kind if isinstance(kind, int) else 2
    )
    changed = zoom_meeting_writes.revise(world, found, body, now)
    if TIMED.isdisjoint(body):
        changed.occurrences = found.occurrences
    zoom_meeting_writes.replace_with(found, changed)
    thing = zoom_meeting_writes.brief(found)
    simulation.emit("meeting.updated", thing, by=BY, scope="all")
    return {}


def delete_meeting(simulation: Simulation, meeting: int | str) -> Json:
    """{meeting}: remove a meeting, or a series whole."""
    found = _find(simulation, meeting)
    simulation.world.remove_meeting(found, how="delete", by=BY, at=simulation.stamp())
    simulation.emit("meeting.deleted", zoom_meeting_writes.brief(found), by=BY, operation="all")
    return {}


def delete_occurrence(simulation: Simulation, meeting: int | str, occurrence_id: str) -> Json:
    """{meeting, occurrence_id}: remove one date of a series."""
    found = _find(simulation, meeting)
    find_occurrence(found, occurrence_id)["status"] = "deleted"
    simulation.emit("meeting.deleted", zoom_meeting_writes.brief(found), by=BY, operation="single")
    return {}


def transfer_meeting(simulation: Simulation, meeting: int | str, host: str) -> Json:
    """{meeting, host}: give a meeting to another host."""
    found, user = _find(simulation, meeting), find_person(simulation.world, host)
    simulation.world.hand_over(found, user.id)
    thing = zoom_meeting_writes.brief(found)
    simulation.emit("meeting.updated", thing, by=BY, scope="all")
    return {}


def add_tracking_field(simulation: Simulation, field: str, **attributes: object) -> Json:
    """{field, recommended_values?, required?, visible?}: a tracking field of the account."""
    return {"id": new_field(simulation.world, {"field": field, **attributes})["id"]}


MEETING_ACTIONS: tuple[Callable[..., Json], ...] = (
    add_meeting, edit_meeting, delete_meeting, delete_occurrence, transfer_meeting, add_tracking_field,
)  # fmt: skip
