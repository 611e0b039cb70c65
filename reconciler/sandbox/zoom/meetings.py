"""Zoom meetings, read: a host's list with few fields, one meeting whole (Zoom API reference, Meetings)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import moment_of
from reconciler.sandbox.paging import QUERY, cut_page
from reconciler.sandbox.world import Meeting, User, World
from reconciler.sandbox.zoom.users import find_settled

INSTANT, SCHEDULED, NO_TIME, SERIES, SCREEN_SHARE = 1, 2, 3, 8, 10
LIST_CAP = 300
LISTS = ("scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings")
HALF_A_YEAR = timedelta(days=183)
AGENDA_IN_LIST = 250
NO_HOSTING = (400, 3161, "Meeting hosting and scheduling capabilities are not allowed for your user account.")
GET = "GET /meetings/{meetingId}"

Item = tuple[Meeting, str]


def find_meeting(world: World, number: str) -> Meeting:
    """The meeting with this number. Refuses 300 for what is no number, 3001 for no meeting."""
    if not number.isdecimal():
        raise Refusal(400, 300, "Invalid meeting id.")
    meeting = world.meetings.get(int(number))
    if meeting is None:
        raise Refusal(404, 3001, f"Meeting does not exist: {number}.")
    return meeting


def find_occurrence(meeting: Meeting, occurrence_id: str) -> Json:
    """An occurrence that is still there. Refuses one that is unknown or removed."""
    for item in meeting.occurrences:
        if item["occurrence_id"] == occurrence_id and item["status"] == "available":
            return item
    raise Refusal(*unknowns.BAD_OCCURRENCE)


def list_ends(meeting: Meeting) -> list[datetime]:
    """When a meeting's available occurrences end; none where it has no fixed time."""
    return [start + timedelta(minutes=minutes) for start, minutes in _times(meeting)]


def _times(meeting: Meeting) -> list[tuple[datetime, int]]:
    if meeting.type == SERIES:
        return [
            (moment_of(item["start_time"]), item["duration"])
            for item in meeting.occurrences
            if item["status"] == "available"
        ]
    return [(moment_of(meeting.start_time), meeting.duration)] if meeting.start_time else []


def show_item(item: Item) -> Json:
    """What a list tells: no settings, no tracking fields, no recurrence, a cut agenda."""
    meeting, start = item
    shown = {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host_id,
        "topic": meeting.topic,
        "type": meeting.type,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda[:AGENDA_IN_LIST],
        "created_at": meeting.created_at,
        "join_url": join_url(meeting),
    }
    return shown | {"start_time": start} if start else shown


def join_url(meeting: Meeting) -> str:
    """Where participants go."""
    return f"https://sandbox.zoom.example/j/{meeting.id}"


def show_whole(meeting: Meeting, call: Call) -> Json:
    """What one GET tells, normalised and with every default the vendor adds."""
    world = call.world
    shown: Json = {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": meeting.host_id,
        "host_email": world.users[meeting.host_id].email,
        "topic": meeting.topic,
        "type": meeting.type,
        "status": meeting.status,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda,
        "created_at": meeting.created_at,
        "start_url": f"https://sandbox.zoom.example/s/{meeting.id}?zak=sandbox",
        "join_url": join_url(meeting),
        "password": meeting.password,
        "h323_password": meeting.password,
        "pstn_password": meeting.password,
        "encrypted_password": f"sandbox-{meeting.id}" if meeting.password else "",
        "creation_source": meeting.creation_source,
        "pre_schedule": meeting.pre_schedule,
        "settings": _show_settings(meeting, call),
        "tracking_fields": [_show_tracking(world, item) for item in meeting.tracking_fields],
    }
    if meeting.start_time:
        shown["start_time"] = meeting.start_time
    if meeting.type == SERIES:
        shown["recurrence"] = {"repeat_interval": 1, **(meeting.recurrence or {})}
        past_too = call.query.get("show_previous_occurrences") == "true"
        shown["occurrences"] = [
            {name: value for name, value in item.items() if name != "own"}
            for item in meeting.occurrences
            if past_too or moment_of(item["start_time"]) + timedelta(minutes=item["duration"]) > call.now
        ]
    return shown


def _show_tracking(world: World, item: Json) -> Json:
    visible = next(
        (known["visible"] for known in world.tracking_fields if known["field"] == item["field"]), True
    )
    return {**item, "visible": visible}


def _show_settings(meeting: Meeting, call: Call) -> Json:
    shown = dict(meeting.settings)
    if not shown["meeting_authentication"]:
        shown.pop("authentication_option", None)
    shown["alternative_hosts"] = _show_alternative_hosts(meeting, call)
    if "authentication_exception" in shown:
        shown["authentication_exception"] = [
            {**person, "join_url": f"{join_url(meeting)}?tk={index}"}
            for index, person in enumerate(shown["authentication_exception"])
        ]
    shown["meeting_invitees"] = [{**person, "internal_user": False} for person in shown["meeting_invitees"]]
    return shown


def _show_alternative_hosts(meeting: Meeting, call: Call) -> str:
    """Addresses whose order and case change from one read to the next, as they do at the vendor."""
    users = call.world.users
    emails = [users[user_id].email for user_id in meeting.alternative_host_ids if user_id in users]
    if call.simulation.counters.reads[GET] % 2:
        emails = [email[0].swapcase() + email[1:] for email in reversed(emails)]
    return ";".join(emails)


def list_meetings(call: Call) -> Answer:
    """A host's meetings; instant and expired ones never appear."""
    host = find_settled(call.world, call.path["userId"], unknowns.MEETINGS_OF_PENDING)
    check_hosting(host, reading=True)
    which = call.query.get("type", "scheduled")
    if which not in LISTS:
        raise Refusal(400, 300, "Invalid field: type.")
    items = [
        item for meeting in call.world.meetings_of(host.id) for item in _select(meeting, which, call.now)
    ]
    items = [item for item in items if _falls_between(item, call.query)]
    return Answer(body=cut_page(call, "meetings", items, show_item, LIST_CAP))


def check_hosting(host: User, *, reading: bool = False) -> None:
    """Refuse a host without hosting rights (3161); an inactive one may still be read."""
    if host.type not in (1, 2) or (host.status == "inactive" and not reading):
        raise Refusal(*NO_HOSTING)


def _select(meeting: Meeting, which: str, now: datetime) -> Iterator[Item]:
    """The rows by which a meeting appears in one of the lists."""
    if meeting.type in (INSTANT, SCREEN_SHARE) or which == "live":
        return
    ends = list_ends(meeting)
    if which == "scheduled":
        if not ends or max(ends) > now - timedelta(days=unknowns.EXPIRES_AFTER_DAYS):
            yield meeting, meeting.start_time
    elif which == "previous_meetings":
        if ends and now - HALF_A_YEAR < max(ends) <= now:
            yield meeting, meeting.start_time
    elif not ends:
        yield meeting, ""
    else:
        for start, minutes in _times(meeting):
            if start + timedelta(minutes=minutes) > now and start < now + HALF_A_YEAR:
                yield meeting, start.strftime("%Y-%m-%dT%H:%M:%SZ")


def _falls_between(item: Item, query: dict[str, str]) -> bool:
    if not item[1] or not ("from" in query or "to" in query):
        return True
    zone = zone_of(query.get("timezone", "UTC"))
    day = moment_of(item[1]).astimezone(zone).date()
    return _day(query.get("from"), date.min) <= day <= _day(query.get("to"), date.max)


def _day(text: str | None, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError as error:
        raise Refusal(400, 300, "Invalid date.") from error


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Refuses a name that is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refusal(400, 300, f"Invalid field: timezone {name}.") from error


def read_time(text: str, zone: ZoneInfo) -> datetime:
    """A moment in UTC from the vendor's text: with Z in UTC, without it local in `zone`."""
    parsed = datetime.fromisoformat(text.removesuffix("Z"))
    local = datetime.combine(parsed.date(), time(parsed.hour, parsed.minute, parsed.second))
    return local.replace(tzinfo=UTC if text.endswith("Z") else zone).astimezone(UTC)


def get_meeting(call: Call) -> Answer:
    """One meeting whole, or one occurrence of it."""
    meeting = find_meeting(call.world, call.path["meetingId"])
    shown = show_whole(meeting, call)
    if occurrence_id := call.query.get("occurrence_id"):
        found = find_occurrence(meeting, occurrence_id)
        own = found.get("own", {})
        shown |= {"start_time": found["start_time"], "duration": found["duration"]}
        shown["agenda"] = own.get("agenda", shown["agenda"])
        shown["settings"] |= own.get("settings", {})
    return Answer(body=shown)


OPERATIONS = (
    Operation(
        "GET /users/{userId}/meetings", "read", list_meetings, "MEDIUM",
        ("meeting:read:list_meetings:admin", "meeting:read:admin", "meeting:write:admin"),
        QUERY | {"type", "from", "to", "timezone"},
    ),
    Operation(
        GET, "read", get_meeting, "LIGHT",
        ("meeting:read:meeting:admin", "meeting:read:admin", "meeting:write:admin"),
        frozenset({"occurrence_id", "show_previous_occurrences"}),
    ),
)  # fmt: skip
