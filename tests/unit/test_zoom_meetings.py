"""Meetings, against the sandbox: made once, found by what they are, changed whole and quietly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from reconciler.drivers.limits import next_midnight
from reconciler.drivers.zoom.course_meeting import CAPABILITY, CourseMeetingHandler
from reconciler.errors import Deferred, NotSent, Refused, Uncertain
from reconciler.model import Address, Intent, Live, Removal, Scope, Wanted
from reconciler.resources.base import Members, evolve, unchecked
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Dates, Series, Weekly
from tests.unit.driver_rig import NOW, Campus, change, run_campus

ADDRESS = Address("main", "course_meeting", "bio101/1")
NEW_YORK = "America/New_York"


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=20, tracking_fields=["Department", "Room"])


@pytest.fixture
def meetings(campus: Campus) -> CourseMeetingHandler:
    handler = campus.open("zoom").handlers()["course_meeting"]
    assert isinstance(handler, CourseMeetingHandler)
    return handler


def hosts(campus: Campus) -> list[Any]:
    return [user for user in campus.state()["users"] if user["type"] == 2 and user["status"] == "active"]


def weekly(until: date = date(2026, 10, 21), skip: tuple[date, ...] = (), start: str = "10:00") -> Series:
    told: Any = {
        "days": ("mon", "wed"),
        "start": start,
        "minutes": 50,
        "from": date(2026, 9, 7),
        "until": until,
    }
    (series,) = Weekly(**told, timezone=NEW_YORK, skip=skip).series().values()
    return series.begun(NOW, None)


def single(start: str = "2026-09-07T10:00") -> Series:
    (series,) = Dates(dates=(start,), minutes=50, timezone=NEW_YORK).series().values()
    return series.begun(NOW, None)


def want(campus: Campus, remote_id: str = "", **fields: Any) -> Wanted[CourseMeeting]:
    told = {"topic": "BIO 101", "host": hosts(campus)[0]["id"], "schedule": single(), **fields}
    return Wanted(ADDRESS, remote_id, CourseMeeting(**told))


def read(meetings: CourseMeetingHandler, wanted: Wanted[CourseMeeting]) -> Live[CourseMeeting]:
    (live,) = meetings.read(Scope((wanted,), whole=False))
    return live


def make(
    campus: Campus, meetings: CourseMeetingHandler, **fields: Any
) -> tuple[Wanted[CourseMeeting], Live[CourseMeeting]]:
    wanted = want(campus, **fields)
    wanted = Wanted(ADDRESS, meetings.create(wanted), wanted.resource)
    return wanted, read(meetings, wanted)


def dates(live: Live[CourseMeeting]) -> tuple[str, ...]:
    assert isinstance(live.resource.schedule, Series)
    return live.resource.schedule.future(NOW)


def intent(campus: Campus) -> Intent:
    operation, parameters, body, elements = campus.journal.sent[-1]
    at = campus.clock()
    return Intent(
        1, "r", "main", (ADDRESS,), "create", 1, 1, operation, parameters, body, elements, at, 1, "uncertain"
    )


FULL: dict[str, Any] = {
    "agenda": "Cells",
    "tracking_fields": {"Department": "Biology"},
    "waiting_room": True,
    "mute_upon_entry": True,
    "auto_recording": "cloud",
}


def test_what_is_created_reads_back(campus: Campus, meetings: CourseMeetingHandler) -> None:
    other = hosts(campus)[1]
    for schedule in (single(), weekly()):
        wanted, live = make(
            campus, meetings, **FULL, schedule=schedule, alternative_hosts=Members((other["id"],))
        )
        for name in (
            "topic",
            "host",
            "agenda",
            "tracking_fields",
            "waiting_room",
            "mute_upon_entry",
            "auto_recording",
        ):
            assert getattr(live.resource, name) == getattr(wanted.resource, name), name
        assert dates(live) == schedule.occurrences
        assert live.resource.alternative_hosts == Members((other["email"],))
        (key,) = CAPABILITY.natural_keys
        assert live.keys["meeting"] == key.of("", wanted.resource)
        assert live.created is not None
    assert campus.control("counters")["mails"] == 0


def test_past_dates_are_never_sent_as_a_start(campus: Campus, meetings: CourseMeetingHandler) -> None:
    with pytest.raises(NotSent, match="lies in the past"):
        meetings.create(want(campus, schedule=single("2026-08-03T10:00")))
    campus.sleep(timedelta(days=9).total_seconds())
    _, live = make(campus, meetings, schedule=weekly())
    assert dates(live) == tuple(item for item in weekly().occurrences if item > "2026-09-10")


def test_skipped_dates_are_taken_out_after_create_and_after_every_change(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    holiday = (date(2026, 9, 14),)
    wanted, live = make(campus, meetings, schedule=weekly(skip=holiday))
    assert CAPABILITY.follows(wanted.resource) == {"schedule"}
    meetings.update(live, wanted, [change("schedule")])
    assert dates(read(meetings, wanted)) == weekly(skip=holiday).occurrences
    assert [name for name, *_ in campus.journal.sent] == [
        "POST /users/{userId}/meetings",
        "DELETE /meetings/{meetingId}",
    ]
    later = Wanted(
        ADDRESS, wanted.remote_id, evolve(wanted.resource, schedule=weekly(skip=holiday, start="11:00"))
    )
    meetings.update(read(meetings, wanted), later, [change("schedule")])
    assert dates(read(meetings, later)) == weekly(skip=holiday, start="11:00").occurrences
    assert campus.control("counters")["mails"] == 0


def test_a_holiday_added_in_mid_term_takes_only_that_date(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    wanted, _ = make(campus, meetings, schedule=weekly())
    campus.sleep(timedelta(days=20).total_seconds())
    changed = Wanted(
        ADDRESS, wanted.remote_id, evolve(wanted.resource, schedule=weekly(skip=(date(2026, 10, 12),)))
    )
    meetings.update(read(meetings, wanted), changed, [change("schedule")])
    assert [name for name, *_ in campus.journal.sent[1:]] == ["DELETE /meetings/{meetingId}"]
    left = read(meetings, changed).resource.schedule
    assert isinstance(left, Series)
    assert left.future(campus.clock()) == weekly(skip=(date(2026, 10, 12),)).future(campus.clock())


def test_one_patch_carries_what_changed_and_nothing_else(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    wanted, live = make(campus, meetings, **FULL)
    changed = Wanted(
        ADDRESS, wanted.remote_id, evolve(wanted.resource, topic="BIO 102", agenda=None, waiting_room=False)
    )
    meetings.update(live, changed, [change("topic"), change("agenda"), change("waiting_room")])
    assert campus.journal.sent[-1][2] == {
        "topic": "BIO 102",
        "agenda": "",
        "settings": {"waiting_room": False, "alternative_hosts_email_notification": False},
    }
    now = read(meetings, changed).resource
    assert (now.topic, now.waiting_room, now.auto_recording) == ("BIO 102", False, "cloud")


def test_undeclared_tracking_fields_survive(campus: Campus, meetings: CourseMeetingHandler) -> None:
    wanted, live = make(campus, meetings, tracking_fields={"Department": "Biology", "Room": "B1"})
    changed = Wanted(
        ADDRESS, wanted.remote_id, evolve(wanted.resource, tracking_fields={"Department": "Law"})
    )
    meetings.update(live, changed, [change("tracking_fields")])
    assert read(meetings, changed).resource.tracking_fields == {"Department": "Law"}
    (stored,) = campus.state()["meetings"]
    assert {item["field"]: item["value"] for item in stored["tracking_fields"]} == {
        "Department": "Law",
        "Room": "B1",
    }


def test_alternative_hosts_are_a_set_of_people_by_id_or_mail(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    _, one, two = hosts(campus)[:3]
    wanted, live = make(campus, meetings, alternative_hosts=Members((one["id"],)))
    meetings.update(live, wanted, [change("alternative_hosts", added=[two["id"]])])
    found = read(meetings, wanted)
    assert isinstance(found.resource.alternative_hosts, Members)
    assert set(found.resource.alternative_hosts.elements) == {one["email"], two["email"]}
    meetings.update(found, wanted, [change("alternative_hosts", removed=[one["id"]])])
    assert read(meetings, wanted).resource.alternative_hosts == Members((two["email"],))
    meetings.update(found, wanted, [change("alternative_hosts", removed=[two["email"]])])
    assert read(meetings, wanted).resource.alternative_hosts == Members(())
    assert campus.control("counters")["mails"] == 0


def test_a_meeting_without_a_recorded_id_is_found_by_host_and_topic(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    wanted, live = make(campus, meetings, schedule=weekly())
    make(campus, meetings, topic="Other")
    unknown = Wanted(ADDRESS, "", wanted.resource)
    assert read(meetings, unknown).remote_id == wanted.remote_id
    hostless = unchecked(CourseMeeting, {"topic": "BIO 101", "host": "", "schedule": weekly()})
    assert list(meetings.read(Scope((Wanted(ADDRESS, "", hostless),), whole=False))) == []
    assert list(meetings.read(Scope((want(campus, host="nobody"),), whole=False))) == []
    campus.sleep(timedelta(days=20).total_seconds())
    (key,) = CAPABILITY.natural_keys
    assert read(meetings, unknown).keys["meeting"] == key.of("", unknown.resource) == live.keys["meeting"]


def test_a_host_is_listed_once_and_a_recorded_meeting_read_once(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    first, _ = make(campus, meetings, topic="A")
    second, _ = make(campus, meetings, topic="B")
    before = dict(meetings.client.requests())
    wanted = (first, Wanted(ADDRESS, "", second.resource), want(campus, topic="C"))
    assert len(list(meetings.read(Scope(wanted, whole=False)))) == 2
    after = meetings.client.requests()
    assert after["GET /users/{userId}/meetings"] - before.get("GET /users/{userId}/meetings", 0) == 1
    assert after["GET /meetings/{meetingId}"] - before["GET /meetings/{meetingId}"] == 2


def test_a_lost_reply_is_found_by_its_body(campus: Campus, meetings: CourseMeetingHandler) -> None:
    make(campus, meetings, schedule=weekly(start="09:00"))
    campus.sleep(3600)
    fault = {"operation": "POST /users/{userId}/meetings", "ending": "drop_reply", "act": True}
    campus.control("faults", {"status": [fault]})
    with pytest.raises(Uncertain):
        meetings.create(want(campus, schedule=weekly()))
    made = intent(campus)
    (found,) = meetings.find(made)
    assert dates(found) == weekly().occurrences
    campus.sleep(timedelta(days=9).total_seconds())
    assert [live.remote_id for live in meetings.find(made)] == [found.remote_id]
    campus.console("delete_meeting", meeting=found.remote_id)
    assert meetings.find(made) == []


def test_an_older_twin_is_not_what_the_intent_made(campus: Campus, meetings: CourseMeetingHandler) -> None:
    make(campus, meetings)
    campus.sleep(3600)
    assert meetings.find(intent(campus)) == []


def test_deleting_is_quiet_and_gone_is_gone(campus: Campus, meetings: CourseMeetingHandler) -> None:
    wanted, live = make(campus, meetings)
    for _ in range(2):
        meetings.remove(live, Removal.DELETE)
    assert list(meetings.read(Scope((wanted,), whole=False))) == []
    assert campus.control("counters")["mails"] == 0


def test_a_hosts_day_ends_with_our_share_and_with_the_vendors(campus: Campus) -> None:
    meetings: Any = campus.open("zoom", reserve="97").handlers()["course_meeting"]
    wanted, live = make(campus, meetings)
    for topic in ("B", "C"):
        meetings.update(live, want(campus, live.remote_id, topic=topic), [change("topic")])
    with pytest.raises(Deferred, match="meeting writes"):
        meetings.update(live, want(campus, live.remote_id, topic="D"), [change("topic")])
    meetings.remove(live, Removal.DELETE)
    other = hosts(campus)[1]["id"]
    campus.console("edit_quota", meeting_writes={other: 100})
    with pytest.raises(Deferred) as caught:
        meetings.create(want(campus, host=other))
    assert caught.value.until == next_midnight(campus.clock())
    assert campus.journal.states[-1] == "refused"


def test_an_alternative_host_without_licence_is_refused(
    campus: Campus, meetings: CourseMeetingHandler
) -> None:
    basic = next(user for user in campus.state()["users"] if user["type"] == 1)
    with pytest.raises(Refused):
        meetings.create(want(campus, alternative_hosts=Members((basic["id"],))))
