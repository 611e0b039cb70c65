"""What a whole Zoom account holds, as somebody would declare it: what Zoom sets by itself is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.zoom.api import LIST_MEETINGS, WireMeeting, WireUser
from reconciler.drivers.zoom.user_wire import to_live
from reconciler.model.objects import Live
from reconciler.model.ports import Exploration, LeftAlone
from reconciler.resources.base import Members, declared, unchecked
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.user import User

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "user": {"active": True},
    "tracking_field": {"required": False, "visible": True},
    "course_meeting": {
        "waiting_room": False,
        "join_before_host": False,
        "join_minutes_before": 0,
        "authentication": False,
        "registration": "none",
        "registration_type": "once",
        "close_registration": False,
        "host_video": False,
        "participant_video": False,
        "mute_upon_entry": False,
        "audio": "both",
        "auto_recording": "none",
        "encryption": "enhanced",
        "watermark": False,
        "private_meeting": False,
        "internal_meeting": False,
    },
}
"""Per kind, what a field is where nobody said anything (Zoom API reference, meetings and tracking fields)."""

HOSTS = frozenset({"basic", "licensed", "on_prem"})
SINGLE, SERIES = 2, 8
NOT_SCHEDULED: Mapping[int, str] = {
    1: "an instant meeting",
    3: "it recurs without fixed times",
    4: "somebody's personal meeting room",
    10: "a screen share",
}
"""Zoom API reference, meetings: `type`; of these no dates can be declared."""
PERSONAL = "it uses its host's personal meeting number"
OVER = "it is over"


def bare(live: Live[Any], shown: Collection[str] = ()) -> Live[Any]:
    """The object without what is not set, and without what Zoom sets by itself, but with what is `shown`."""
    usual = DEFAULTS.get(live.resource.kind, {})
    kept = {
        name: value
        for name, value in declared(live.resource)
        if name in shown
        or (value not in (None, "", (), Members(), {}) and (name not in usual or value != usual[name]))
    }
    return replace(live, resource=unchecked(type(live.resource), kept))


def describe_person(wire: WireUser, shown: Collection[str] = ()) -> Live[User]:
    """A person by what listings show; a display name that Zoom made of the other two is left out."""
    live = to_live(wire, None, detailed=False)
    derived = f"{wire.get('first_name') or ''} {wire.get('last_name') or ''}".strip()
    fields = dict(declared(live.resource))
    if fields.get("display_name") in (derived, wire["email"]) and "display_name" not in shown:
        del fields["display_name"]
    employee = wire.get("employee_unique_id") or ""
    keys = {**live.keys, "employee_id": employee} if employee else live.keys
    return bare(replace(live, resource=unchecked(User, fields), keys=keys), shown)


def explore_meetings(
    list_of: Callable[[str], list[WireMeeting]],
    read: Callable[[str], Live[CourseMeeting] | None],
    each: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]],
    asked: Exploration,
    now: datetime,
) -> Iterator[Live[CourseMeeting] | LeftAlone]:
    """The meetings of everybody who may host, one listing each; those with dates ahead are read whole."""
    hosts = [person.remote_id for person in asked.found.get(User.kind, ()) if _hosts(person, asked)]
    wanted: dict[str, None] = {}
    passed: dict[str, LeftAlone] = {}
    for meetings in each(list_of, hosts):
        with shaped(LIST_MEETINGS.name):
            for wire in meetings:
                number, why = str(wire["id"]), _why_not(wire, now)
                if why:
                    passed[number] = LeftAlone(wire.get("topic") or number, why)
                elif number not in asked.known:
                    wanted[number] = None
    yield from (item for number, item in passed.items() if number not in asked.known)
    for live in each(read, tuple(wanted)):
        if live is not None:
            yield bare(live, asked.shown)


def _hosts(person: Live[User], asked: Exploration) -> bool:
    """Pending people have no meetings, and somebody without any licence for them cannot host."""
    among = HOSTS if asked.hosts == "all" else HOSTS - {"basic"}
    return bool(person.remote_id) and person.resource.license in among


def _why_not(wire: WireMeeting, now: datetime) -> str:
    if wire["type"] not in (SINGLE, SERIES):
        return NOT_SCHEDULED.get(wire["type"], f"a meeting of type {wire['type']}")
    if wire.get("pmi") and str(wire["pmi"]) == str(wire["id"]):
        return PERSONAL
    start = wire.get("start_time") or ""
    over = wire["type"] == SINGLE and start and datetime.fromisoformat(start) <= now
    return OVER if over else ""
