"""Zoom meetings, written: create, update, delete, whole or one occurrence (Zoom API reference, Meetings)."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from reconciler.sandbox import recurrence, unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import moment_of, zulu
from reconciler.sandbox.shapes import Check
from reconciler.sandbox.world import Meeting, User, World
from reconciler.sandbox.zoom.limits import count_meeting_write
from reconciler.sandbox.zoom.meeting_shape import (
    CREATE,
    DEFAULTS,
    OCCURRENCE_FIELDS,
    OCCURRENCE_SETTINGS,
    UPDATE,
    WRITE_ONLY_SETTINGS,
)
from reconciler.sandbox.zoom.meetings import (
    NO_TIME,
    SCHEDULED,
    SERIES,
    check_hosting,
    find_meeting,
    find_occurrence,
    read_time,
    show_whole,
    zone_of,
)
from reconciler.sandbox.zoom.users import find_settled

NOT_FOR_OTHERS = "You cannot schedule a meeting for {}."
SIMPLE = ("topic", "agenda", "duration", "pre_schedule", "timezone", "type")


def check_body(world: World, host: User, body: Json, kind: int) -> None:
    """Refuse what the vendor refuses of a create or update body, whatever is stored of it later."""
    wanted = body.get("schedule_for", "")
    if wanted and wanted.casefold() not in (host.id.casefold(), host.email.casefold()):
        raise Refusal(400, 3000, NOT_FOR_OTHERS.format(wanted))
    if body.get("template_id"):
        raise Refusal(400, 300, "Invalid field: template_id.")
    zone = zone_of(body.get("timezone", "UTC"))
    if "start_time" in body:
        try:
            read_time(body["start_time"], zone)
        except ValueError as error:
            raise Refusal(400, 300, "Invalid field: start_time.") from error
    if "recurrence" in body:
        if kind != SERIES:
            raise Refusal(400, 300, "Recurrence is for recurring meetings with a fixed time only.")
        recurrence.check_rule(body["recurrence"])
    find_alternative_hosts(world, host, body)
    _check_tracking(world, body)
    option = body.get("settings", {}).get("authentication_option")
    if option and all(known["id"] != option for known in _options(world)):
        raise Refusal(*unknowns.UNKNOWN_AUTHENTICATION_OPTION)


def _options(world: World) -> list[Json]:
    """The account's ways to sign in (Zoom API reference, accounts: settings)."""
    return world.account.authentication_options


def find_alternative_hosts(world: World, host: User, body: Json) -> list[User]:
    """The people named, in order. Refuses the whole write where one is not a licensed member."""
    text = body.get("settings", {}).get("alternative_hosts", "").replace(",", ";")
    found: list[User] = []
    for name in filter(None, map(str.strip, text.split(";"))):
        user = world.find_user(name)
        if user is None or user is host or user.status != "active" or user.type != 2:
            raise Refusal(*unknowns.ALTERNATIVE_HOST)
        if user not in found:
            found.append(user)
    return found


def _check_tracking(world: World, body: Json) -> None:
    if "tracking_fields" not in body:
        return
    known = {item["field"] for item in world.tracking_fields}
    if any(item["field"] not in known for item in body["tracking_fields"]):
        raise Refusal(*unknowns.UNKNOWN_TRACKING_FIELD)


def _check_required_tracking(world: World, body: Json) -> None:
    given = {item["field"] for item in body.get("tracking_fields", ()) if item.get("value")}
    if any(item["required"] and item["field"] not in given for item in world.tracking_fields):
        raise Refusal(*unknowns.MISSING_TRACKING_FIELD)


def draft_meeting(world: World, host: User, sent: Json, body: Json, now: datetime) -> Meeting:
    """A meeting as it would be created; nothing is stored or counted yet. Refuses like the vendor."""
    check_hosting(host)
    check_body(world, host, sent, sent.get("type", SCHEDULED))
    _check_required_tracking(world, sent)
    if sent.get("type") == SERIES and "recurrence" not in sent:
        raise Refusal(400, 300, "Recurrence is required for a recurring meeting with a fixed time.")
    meeting = Meeting(
        id=world.mint_number(),
        uuid=world.mint_uuid(),
        host_id=host.id,
        topic=body.get("topic", "Zoom Meeting"),
        timezone=world.account.timezone,
        created_at=zulu(now),
        settings=copy.deepcopy(DEFAULTS),
    )
    if "password" in body:
        meeting.password = body["password"]
    if not meeting.password and (world.account.require_password or body.get("default_password", True)):
        meeting.password = world.mint("password", 8)
    _store(world, meeting, host, body)
    if meeting.type != NO_TIME:
        meeting.start_time = zulu(_future_start(body, meeting.timezone, now) or now)
    _expand(meeting)
    return meeting


def _future_start(body: Json, zone: str, now: datetime) -> datetime | None:
    """The start the body asks for; None where it is missing or past, which the vendor says nothing about."""
    if "start_time" not in body:
        return None
    start = read_time(body["start_time"], zone_of(zone))
    return start if start > now else None


def _store(world: World, meeting: Meeting, host: User, body: Json) -> None:
    """Write everything but the start and the occurrences."""
    for name in SIMPLE:
        if name in body:
            setattr(meeting, name, body[name])
    meeting.topic = meeting.topic.strip()
    meeting.agenda = re.sub("\r\n|\r|\n", "\r\n", meeting.agenda.strip())
    if "tracking_fields" in body:
        meeting.tracking_fields = [{"value": "", **item} for item in body["tracking_fields"]]
    if "recurrence" in body:
        meeting.recurrence = body["recurrence"]
    settings: Json = body.get("settings", {})
    if "alternative_hosts" in settings:
        meeting.alternative_host_ids = [user.id for user in find_alternative_hosts(world, host, body)]
    kept = {name: value for name, value in settings.items() if name not in WRITE_ONLY_SETTINGS}
    meeting.settings |= kept | {"alternative_hosts": ""}
    if meeting.settings["waiting_room"]:
        meeting.settings["join_before_host"] = False
    if meeting.settings["meeting_authentication"] and not meeting.settings.get("authentication_option"):
        default = (option["id"] for option in _options(world) if option.get("default_option"))
        meeting.settings["authentication_option"] = next(default, "")


def _expand(meeting: Meeting) -> None:
    """Make the occurrences anew: whatever was removed or edited one by one is as the rule says again."""
    if meeting.type != SERIES:
        meeting.recurrence, meeting.occurrences = None, []
    elif meeting.recurrence is not None:
        start = moment_of(meeting.start_time)
        meeting.occurrences = recurrence.expand(meeting.recurrence, start, meeting.timezone, meeting.duration)


def announce_hosts(call: Call, meeting: Meeting, before: list[str]) -> None:
    """Mail the alternative hosts when they changed, unless the meeting is told not to."""
    if set(meeting.alternative_host_ids) == set(before):
        return
    if meeting.settings["alternative_hosts_email_notification"]:
        for user_id in meeting.alternative_host_ids:
            call.world.mail(call.world.users[user_id].email, "alternative host", zulu(call.now))


def create_meeting(call: Call) -> Answer:
    """A new meeting of the host in the path."""
    host = find_settled(call.world, call.path["userId"], unknowns.MEETINGS_OF_PENDING)
    meeting = add_meeting(call, host, call.sent, call.body)
    return Answer(201, show_whole(meeting, call))


def add_meeting(call: Call, host: User, sent: Json, body: Json) -> Meeting:
    """Draft, count against the host's day, store, mail and tell the subscribers."""
    meeting = draft_meeting(call.world, host, sent, body, call.now)
    count_write(call, host.id, None)
    call.world.add_meeting(meeting)
    announce_hosts(call, meeting, [])
    call.simulation.emit("meeting.created", brief(meeting), operation="all")
    return meeting


def brief(meeting: Meeting) -> Json:
    """What events tell about a meeting."""
    names = ("id", "uuid", "host_id", "topic", "type", "start_time", "duration", "timezone")
    return {name: getattr(meeting, name) for name in names}


def update_meeting(call: Call) -> Answer:
    """Change a meeting, a whole series, or one occurrence."""
    meeting = find_meeting(call.world, call.path["meetingId"])
    host = call.world.users[meeting.host_id]
    check_hosting(host)
    occurrence_id = call.query.get("occurrence_id")
    if occurrence_id:
        _update_occurrence(call, meeting, occurrence_id)
    else:
        _update_whole(call, meeting, host)
    return Answer(204)


def _update_whole(call: Call, meeting: Meeting, host: User) -> None:
    sent = call.sent
    kind = sent.get("type", meeting.type)
    check_body(call.world, host, sent, kind)
    timed = not {"start_time", "duration", "timezone", "type"}.isdisjoint(sent)
    if kind == SERIES and timed and "recurrence" not in sent:
        raise Refusal(*unknowns.SERIES_WITHOUT_RECURRENCE)
    changed = revise(call.world, meeting, call.body, call.now)
    count_write(call, meeting.host_id, meeting)
    old, before = brief(meeting), meeting.alternative_host_ids
    replace_with(meeting, changed)
    announce_hosts(call, meeting, before)
    _tell_update(call, meeting, old, "all")


def revise(world: World, meeting: Meeting, body: Json, now: datetime) -> Meeting:
    """The meeting as an update would leave it: a copy, for a rule may turn out not to expand."""
    changed = copy.deepcopy(meeting)
    _store(world, changed, world.users[meeting.host_id], body)
    if body.get("password"):
        changed.password = body["password"]
    start = _future_start(body, changed.timezone, now)
    if changed.type == NO_TIME:
        changed.start_time = ""
    elif start is not None or not changed.start_time:
        changed.start_time = zulu(start or now)
    _expand(changed)
    return changed


def replace_with(meeting: Meeting, changed: Meeting) -> None:
    """Make a stored meeting what `changed` says; how often it was updated stays its own."""
    for item in fields(Meeting):
        if item.name != "updates":
            setattr(meeting, item.name, getattr(changed, item.name))


def count_write(call: Call, host_id: str, meeting: Meeting | None) -> None:
    """Count a create or update against the host's day, whose headers it then carries."""
    call.headers.pop("X-RateLimit-Type", None)
    call.headers |= count_meeting_write(call.world, host_id, meeting, call.now)


def _tell_update(call: Call, meeting: Meeting, old: Json, scope: str) -> None:
    new = brief(meeting)
    changed = {name: value for name, value in new.items() if old[name] != value}
    former = {name: old[name] for name in changed}
    call.simulation.emit(
        "meeting.updated", {"id": meeting.id, **changed}, old={"id": meeting.id, **former}, scope=scope
    )


def _update_occurrence(call: Call, meeting: Meeting, occurrence_id: str) -> None:
    sent, body = call.sent, call.body
    settings: dict[str, Any] = sent.get("settings", {})
    foreign = sorted(set(sent) - OCCURRENCE_FIELDS) + sorted(set(settings) - OCCURRENCE_SETTINGS)
    if foreign:
        why = "Can not be changed for one occurrence."
        raise Refusal(400, 300, "Validation Failed.", errors=[{"field": n, "message": why} for n in foreign])
    check_body(call.world, call.world.users[meeting.host_id], sent, SERIES)
    found = find_occurrence(meeting, occurrence_id)
    count_write(call, meeting.host_id, meeting)
    start = _future_start(body, meeting.timezone, call.now)
    if start is not None:
        found["start_time"] = zulu(start)
    found["duration"] = body.get("duration", found["duration"])
    own = found.setdefault("own", {"settings": {}})
    own["settings"] |= body.get("settings", {})
    if "agenda" in body:
        own["agenda"] = body["agenda"]
    _tell_update(call, meeting, brief(meeting), "single")


def delete_meeting(call: Call) -> Answer:
    """Remove a meeting or one occurrence; tells its hosts unless told not to."""
    meeting = find_meeting(call.world, call.path["meetingId"])
    told = {call.query.get("schedule_for_reminder", ""), call.query.get("cancel_meeting_reminder", "")}
    if not told <= {"", "true", "false"}:
        raise Refusal(400, 300, "Reminder parameters are true or false.")
    occurrence_id = call.query.get("occurrence_id")
    if occurrence_id:
        find_occurrence(meeting, occurrence_id)["status"] = "deleted"
    reminder = call.query.get("schedule_for_reminder", "true" if unknowns.REMINDS_UNLESS_TOLD else "false")
    if reminder == "true":
        for user_id in (meeting.host_id, *meeting.alternative_host_ids):
            if user_id in call.world.users:
                call.world.mail(call.world.users[user_id].email, "meeting removed", zulu(call.now))
    if not occurrence_id:
        call.world.remove_meeting(meeting, how="delete", by="api", at=zulu(call.now))
    scope = "single" if occurrence_id else "all"
    call.simulation.emit("meeting.deleted", brief(meeting), operation=scope)
    return Answer(204)


def _operation(
    name: str, act: Callable[[Call], Answer], scope: str, query: frozenset[str], body: Check | None
) -> Operation:
    return Operation(name, "write", act, "LIGHT", (scope, "meeting:write:admin"), query, body)


OPERATIONS = (
    _operation(
        "POST /users/{userId}/meetings", create_meeting, "meeting:write:meeting:admin", frozenset(), CREATE
    ),
    _operation(
        "PATCH /meetings/{meetingId}", update_meeting, "meeting:update:meeting:admin",
        frozenset({"occurrence_id"}), UPDATE,
    ),
    _operation(
        "DELETE /meetings/{meetingId}", delete_meeting, "meeting:delete:meeting:admin",
        frozenset({"occurrence_id", "schedule_for_reminder", "cancel_meeting_reminder"}), None,
    ),
)  # fmt: skip
