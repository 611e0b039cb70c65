"""Meetings of Zoom users: found by what they are where no id is known, changed as quietly as Zoom allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_pages
from reconciler.drivers.zoom.api import (
    CREATE_MEETING,
    DELETE_MEETING,
    GET_MEETING,
    GET_USER,
    LIST_MEETINGS,
    MEETING_WRITES,
    MEETING_WRITES_A_DAY,
    UPDATE_MEETING,
    WireMeeting,
)
from reconciler.drivers.zoom.explore import explore_meetings
from reconciler.drivers.zoom.meeting_account import MeetingAccount
from reconciler.drivers.zoom.meeting_wire import (
    GUARDED,
    PLAIN,
    QUIET,
    SETTINGS,
    as_sent,
    list_tracking,
    made_before,
    read_alternates,
    read_tracking,
    to_body,
    to_live,
)
from reconciler.drivers.zoom.times import (
    AVAILABLE,
    CLOCKS_APART,
    describe,
    describe_sent,
    open_zone,
    read_series,
    to_local,
    to_wire,
    upcoming,
)
from reconciler.errors import Absent, NotSent, Refused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.plan import Quota
from reconciler.model.ports import (
    Access,
    Apart,
    Capability,
    Exploration,
    LeftAlone,
    Lists,
    NaturalKey,
    Scope,
    Unique,
    Wanted,
)
from reconciler.model.recorded import Intent
from reconciler.resources.base import Members, declared, unchecked
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Series, only_fewer

PAGE_SIZE = 300
HOLDS_NONE = frozenset({"1000", "1001", "1120", "3161"})
"""Codes: somebody pending, gone or without the right to host has no meetings."""
QUIET_DELETE = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}


def _key(name: str, meeting: CourseMeeting) -> str:
    if not isinstance(meeting.schedule, Series) or not isinstance(meeting.topic, str):
        return ""
    return describe(meeting.host if isinstance(meeting.host, str) else "", meeting.topic, meeting.schedule)


def _key_ahead(meeting: CourseMeeting, now: datetime) -> str:
    """A declared meeting's key as Zoom shows it today, when its first dates may have passed."""
    ahead = upcoming(meeting.schedule, now) if isinstance(meeting.schedule, Series) else None
    return describe(str(meeting.host), str(meeting.topic), ahead) if ahead else _key("", meeting)


def _follows(meeting: CourseMeeting) -> frozenset[str]:
    skipped = isinstance(meeting.schedule, Series) and meeting.schedule.skipped
    return frozenset({"schedule"} if skipped else ())


def _count_writes(live: Any, desired: Any, fields: frozenset[str], as_of: datetime) -> int:
    """One POST or PATCH; dates that are only taken out are deleted, which does not count.

    Live headers seen by users of the Zoom developer forum: DELETE shows the account's limit, not the host's.
    """
    before, after = getattr(live, "schedule", None), desired.schedule
    if fields == {"schedule"} and isinstance(before, Series) and isinstance(after, Series):
        return 1 if only_fewer(before, after, as_of) is None else 0
    return 1


CAPABILITY = Capability(
    kind="course_meeting",
    verbs=frozenset({"create", "update", "delete"}),
    fields={
        **dict.fromkeys((*PLAIN, *SETTINGS, *GUARDED), Access.FULL),
        "host": Access.CREATE_ONLY,
        "course": Access.RELATION,
    },
    required=frozenset({"topic", "host", "schedule"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("meeting", _key),),
    lists=Lists.KEYED,
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    follows=_follows,
    units=frozenset({"schedule", "tracking_fields", "authentication_exceptions"}),
    loses={
        "delete": "the meeting's number, link and registrations",
        "replace": "the meeting's number and link change, and its course link has to be made again",
    },
    apart=(
        Apart(
            {"waiting_room": True, "join_before_host": True},
            "a waiting room switches join before host off (Zoom API reference, meetings: settings)",
            wins="waiting_room",
        ),
    ),
    quota=Quota("host", MEETING_WRITES, MEETING_WRITES_A_DAY, "reserve", _count_writes),
)


@dataclass
class CourseMeetingHandler:
    """Reads and writes meetings; `clock` says which dates still lie ahead."""

    client: Client
    clock: Callable[[], datetime]
    account: MeetingAccount
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[CourseMeeting]) -> Iterable[Live[CourseMeeting]]:
        """Meetings with a known id by it; for the others every meeting of their host with their topic."""
        known = {want.remote_id: want.resource for want in scope.wanted if want.remote_id}
        unknown = [want.resource for want in scope.wanted if not want.remote_id]
        now, keys = self.clock(), {}
        sought: dict[tuple[str, str], CourseMeeting] = {}
        for meeting in unknown:
            host, topic = meeting.host, meeting.topic
            if isinstance(host, str) and host and isinstance(topic, str):
                sought.setdefault((host, topic.strip()), meeting)
                keys[_key_ahead(meeting, now)] = _key("", meeting)
        for listed, resource in self._candidates(sought):
            known.setdefault(str(listed["id"]), resource)

        def get(pair: tuple[str, CourseMeeting]) -> Live[CourseMeeting] | None:
            wire = self._get(pair[0])
            if wire is None:
                return None
            with shaped(GET_MEETING.name):
                live = to_live(wire, pair[1], now, self.account)
            key = live.keys["meeting"]
            return replace(live, keys={"meeting": keys.get(key, key)}) if keys else live

        return filter(None, self.client.each(get, tuple(known.items())))

    def explore(self, asked: Exploration) -> Iterable[Live[CourseMeeting] | LeftAlone]:
        """What everybody who may host has scheduled, by a listing each; read whole if it lies ahead."""
        now = self.clock()

        def read(remote_id: str) -> Live[CourseMeeting] | None:
            wire = self._get(remote_id)
            with shaped(GET_MEETING.name):
                return None if wire is None else to_live(wire, None, now, self.account)

        return explore_meetings(self._list, read, self.client.each, asked, now)

    def find(self, intent: Intent) -> Sequence[Live[CourseMeeting]]:
        """The host's meetings made since the intent that are what its body asked for."""
        if intent.operation != CREATE_MEETING.name or not isinstance(intent.body, Mapping):
            return ()
        host, topic = str(intent.parameters["userId"]), str(intent.body["topic"]).strip()
        sent = describe_sent(host, intent.body)
        now, found = self.clock(), []
        for listed, _ in self._candidates({(host, topic): unchecked(CourseMeeting, {})}):
            wire = self._get(str(listed["id"]), show_previous_occurrences="true")
            with shaped(GET_MEETING.name):
                if wire is None or made_before(wire, intent.at - CLOCKS_APART):
                    continue
                if describe_sent(host, as_sent(wire)) == sent:
                    found.append(to_live(wire, None, now, self.account))
        return found

    def create(self, desired: Wanted[CourseMeeting]) -> str:
        """Schedule one meeting. Raises NotSent if all of it lies in the past."""
        meeting = desired.resource
        body = to_body(meeting, (name for name, _ in declared(meeting)), self.account)
        body |= to_wire(self._ahead(desired))
        if isinstance(meeting.tracking_fields, dict):
            body["tracking_fields"] = list_tracking(meeting.tracking_fields)
        hosts: tuple[str, ...] = ()
        if isinstance(meeting.alternative_hosts, Members):
            hosts = tuple(filter(None, meeting.alternative_hosts.elements))
            body["settings"]["alternative_hosts"] = ";".join(hosts)
        host = str(meeting.host)
        path = {"userId": host}
        return str(self.client.call(CREATE_MEETING, path=path, body=body, owner=host, elements=hosts)["id"])

    def update(
        self, live: Live[CourseMeeting], desired: Wanted[CourseMeeting], fields: Sequence[FieldChange]
    ) -> None:
        """One PATCH of what changes, then every date to be left out is taken out again, one by one."""
        wire = self._get(live.remote_id)
        if wire is None:
            raise Absent(
                f"{GET_MEETING.name}: meeting {live.remote_id} is gone",
                status=404,
                code="3001",
                operation=GET_MEETING.name,
            )
        names = frozenset(field.field for field in fields)
        with shaped(GET_MEETING.name):
            body = to_body(desired.resource, names, self.account)
            if "tracking_fields" in names and isinstance(desired.resource.tracking_fields, dict):
                body["tracking_fields"] = list_tracking(
                    {**read_tracking(wire), **desired.resource.tracking_fields}
                )
            for field in fields:
                if field.field == "alternative_hosts":
                    body["settings"]["alternative_hosts"] = ";".join(self._alternates(wire, field))
            fewer = self._only_fewer(wire, desired) if "schedule" in names else frozenset()
            if fewer is None:
                body |= to_wire(self._ahead(desired))
        if body.keys() == {"settings"} and body["settings"] == QUIET:
            self._take_out(wire, fewer or frozenset())
            return
        path, host = {"meetingId": live.remote_id}, str(wire["host_id"])
        added = tuple(element for field in fields for element in field.added)
        self.client.call(UPDATE_MEETING, path=path, body=body, owner=host, elements=added)
        declared_series = desired.resource.schedule
        series = declared_series if isinstance(declared_series, Series) else read_series(wire, self.clock())
        self._leave_only(live.remote_id, series)

    def remove(self, live: Live[CourseMeeting], how: Removal) -> None:
        """Delete the meeting without mail to anybody."""
        try:
            self.client.call(DELETE_MEETING, path={"meetingId": live.remote_id}, query=QUIET_DELETE)
        except Absent:
            return

    def _candidates(
        self, sought: Mapping[tuple[str, str], CourseMeeting]
    ) -> list[tuple[WireMeeting, CourseMeeting]]:
        """Each host's meetings with a topic sought, once per id: a series may be listed once per date."""
        hosts = tuple(dict.fromkeys(host for host, _ in sought))
        found: dict[int, tuple[WireMeeting, CourseMeeting]] = {}
        for host, meetings in zip(hosts, self.client.each(self._list, hosts), strict=True):
            with shaped(LIST_MEETINGS.name):
                for wire in meetings:
                    resource = sought.get((host, str(wire.get("topic") or "").strip()))
                    if resource is not None:
                        found.setdefault(wire["id"], (wire, resource))
        return list(found.values())

    def _list(self, host: str) -> list[WireMeeting]:
        path, query = {"userId": host}, {"type": "scheduled"}
        try:
            return read_pages(self.client, LIST_MEETINGS, "meetings", size=PAGE_SIZE, path=path, query=query)
        except Refused as error:
            if error.code not in HOLDS_NONE:
                raise
            return []

    def _get(self, remote_id: str, **query: str) -> WireMeeting | None:
        try:
            wire: WireMeeting = self.client.call(GET_MEETING, path={"meetingId": remote_id}, query=query)
        except Absent:
            return None
        return wire

    def _ahead(self, desired: Wanted[CourseMeeting]) -> Series:
        series = desired.resource.schedule
        ahead = upcoming(series, self.clock()) if isinstance(series, Series) else None
        if ahead is None:
            why = f"{desired.address} was not sent: it lies in the past, and Zoom would move it to now"
            raise NotSent(why, target=desired.address.target)
        return ahead

    def _only_fewer(self, wire: WireMeeting, desired: Wanted[CourseMeeting]) -> frozenset[str] | None:
        now, series = self.clock(), desired.resource.schedule
        return only_fewer(read_series(wire, now), series, now) if isinstance(series, Series) else None

    def _alternates(self, wire: WireMeeting, field: FieldChange) -> list[str]:
        """The whole list after the change; Zoom replaces it, and shows people by mail or by id."""
        current = read_alternates(wire)
        removed = set(field.removed)
        for person in removed.difference(current):
            removed |= self._spellings(person)
        kept = [person for person in current if person not in removed]
        return kept + [person for person in field.added if person not in kept]

    def _spellings(self, person: str) -> set[str]:
        try:
            user = self.client.call(GET_USER, path={"userId": person})
        except Absent:
            return set()
        return {str(user["id"]), str(user["email"]).casefold()}

    def _leave_only(self, remote_id: str, series: Series) -> None:
        """Any change to a series brings back the dates that were taken out of it: take them out again.

        If not all that should be there is there, Zoom did not take the change, and nothing is taken out.
        """
        wire = self._get(remote_id) if series.days else None
        if wire is not None:
            now = self.clock()
            there, wanted = (frozenset(one.future(now)) for one in (read_series(wire, now), series))
            self._take_out(wire, there - wanted if wanted < there else frozenset())

    def _take_out(self, wire: WireMeeting, dates: frozenset[str]) -> None:
        with shaped(GET_MEETING.name):
            place = open_zone(wire.get("timezone") or "UTC")
            numbers = {
                f"{to_local(item['start_time'], place)} {item['duration']}": item["occurrence_id"]
                for item in wire.get("occurrences") or ()
                if item.get("status", AVAILABLE) == AVAILABLE
            }
        for date in sorted(dates & numbers.keys()):
            query = {"occurrence_id": str(numbers[date]), **QUIET_DELETE}
            path = {"meetingId": str(wire["id"])}
            self.client.call(DELETE_MEETING, path=path, query=query)
