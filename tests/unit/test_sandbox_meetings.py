"""Zoom meetings, single: projections, what the vendor changes in silence, what it refuses, who is mailed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_rig import NOW, Rig, said

FUTURE = "2026-09-07T14:00:00Z"


@pytest.fixture
def host(rig: Rig) -> str:
    return rig.add_user("host@example.edu", type=2)


def ids(rig: Rig, host: str, **query: str) -> list[int]:
    return [item["id"] for item in rig.zoom(f"GET /users/{host}/meetings", **query).json()["meetings"]]


def test_a_list_shows_a_fraction(rig: Rig, host: str) -> None:
    rig.console("add_tracking_field", field="Department")
    body = {
        "topic": "BIO 101",
        "agenda": "x" * 300,
        "start_time": FUTURE,
        "settings": {"mute_upon_entry": True},
        "tracking_fields": [{"field": "Department", "value": "Biology"}],
    }
    number = rig.add_meeting(host, **body)["id"]
    item = rig.zoom(f"GET /users/{host}/meetings").json()["meetings"][0]
    assert set(item) == {
        "id", "uuid", "host_id", "topic", "type", "start_time", "duration", "timezone", "agenda",
        "created_at", "join_url",
    }  # fmt: skip
    assert len(item["agenda"]) == 250
    whole = rig.zoom(f"GET /meetings/{number}").json()
    assert len(whole["agenda"]) == 300
    assert whole["tracking_fields"] == [{"field": "Department", "value": "Biology", "visible": True}]
    assert whole["settings"]["mute_upon_entry"] is True
    assert (whole["host_email"], whole["creation_source"]) == ("host@example.edu", "open_api")


def test_numbers_exceed_32_bits(rig: Rig, host: str) -> None:
    number = rig.add_meeting(host)["id"]
    assert isinstance(number, int)
    assert number > 2**32


@pytest.mark.parametrize(
    ("body", "start"),
    [
        ({"start_time": FUTURE}, FUTURE),
        ({"start_time": "2026-09-07T10:00:00", "timezone": "America/New_York"}, FUTURE),
        ({"start_time": "2026-12-07T10:00:00", "timezone": "America/New_York"}, "2026-12-07T15:00:00Z"),
        ({"start_time": "2026-09-07T10:00:00"}, FUTURE),
        ({"start_time": "2026-08-01T10:00:00Z"}, NOW),
        ({}, NOW),
    ],
    ids=["utc", "local", "local-winter", "account-zone", "past", "missing"],
)
def test_starts_are_local_or_utc_and_past_ones_become_now(
    rig: Rig, host: str, body: dict[str, str], start: str
) -> None:
    assert rig.add_meeting(host, **body)["start_time"] == start


@pytest.mark.parametrize("start", [None, "2026-08-01T10:00:00Z", NOW])
def test_a_missing_or_past_start_is_ignored_by_updates(rig: Rig, host: str, start: str | None) -> None:
    number = rig.add_meeting(host, start_time=FUTURE)["id"]
    body = {"topic": "New"} | ({"start_time": start} if start else {})
    answer = rig.zoom(f"PATCH /meetings/{number}", body)
    assert (answer.status_code, answer.content) == (204, b"")
    shown = rig.zoom(f"GET /meetings/{number}").json()
    assert (shown["topic"], shown["start_time"]) == ("New", FUTURE)


def test_reads_are_normalised(rig: Rig, host: str) -> None:
    settings = {
        "join_before_host": True,
        "waiting_room": True,
        "authentication_exception": [{"email": "guest@other.org", "name": "Guest"}],
        "additional_data_center_regions": ["EU"],
    }
    made = rig.add_meeting(host, settings=settings)
    shown = rig.zoom(f"GET /meetings/{made['id']}").json()
    assert len(shown["password"]) == 8
    assert shown["settings"]["join_before_host"] is False
    assert shown["settings"]["auto_recording"] == "none"
    assert "additional_data_center_regions" not in shown["settings"]
    assert "join_url" in shown["settings"]["authentication_exception"][0]
    assert (shown["duration"], shown["timezone"], shown["type"]) == (60, "America/New_York", 2)


def test_texts_come_back_without_space_around_them_and_with_cr_lf(rig: Rig, host: str) -> None:
    number = rig.add_meeting(host, topic="  BIO 101 \n", agenda="one\ntwo\r\n\nthree\n")["id"]
    shown = rig.zoom(f"GET /meetings/{number}").json()
    assert (shown["topic"], shown["agenda"]) == ("BIO 101", "one\r\ntwo\r\n\r\nthree")


def test_how_people_sign_in_shows_while_they_have_to(rig: Rig, host: str) -> None:
    options = [{"id": f"o{n}", "name": f"O{n}", "default_option": n == 1} for n in (1, 2)]
    rig.console("edit_account", authentication_options=options)
    number = rig.add_meeting(host, settings={"authentication_option": "o2"})["id"]

    def option(**settings: Any) -> Any:
        rig.zoom(f"PATCH /meetings/{number}", {"settings": settings})
        return rig.zoom(f"GET /meetings/{number}").json()["settings"].get("authentication_option")

    assert option(meeting_authentication=False) is None
    assert option(meeting_authentication=True) == "o2"
    plain = rig.add_meeting(host, settings={"meeting_authentication": True})
    assert plain["settings"]["authentication_option"] == "o1", "the account's default"
    body = {"settings": {"authentication_option": "unknown"}}
    assert said(rig.zoom(f"PATCH /meetings/{number}", body)) == (400, 300)


def test_a_passcode_imposed_by_the_account_cannot_be_taken_off(rig: Rig, host: str) -> None:
    made = rig.add_meeting(host, default_password=False)
    assert len(made["password"]) == 8
    rig.zoom(f"PATCH /meetings/{made['id']}", {"password": ""})
    assert rig.zoom(f"GET /meetings/{made['id']}").json()["password"] == made["password"]
    rig.console("edit_account", require_password=False)
    assert rig.add_meeting(host, default_password=False)["password"] == ""


def test_settings_are_merged_by_updates(rig: Rig, host: str) -> None:
    number = rig.add_meeting(host, settings={"mute_upon_entry": True})["id"]
    rig.zoom(f"PATCH /meetings/{number}", {"settings": {"watermark": True}})
    settings = rig.zoom(f"GET /meetings/{number}").json()["settings"]
    assert settings["mute_upon_entry"] is settings["watermark"] is True


def test_tracking_fields_are_replaced_by_updates(rig: Rig, host: str) -> None:
    for label in ("Department", "Term"):
        rig.console("add_tracking_field", field=label)
    number = rig.add_meeting(host, tracking_fields=[{"field": "Department", "value": "Law"}])["id"]
    rig.zoom(f"PATCH /meetings/{number}", {"tracking_fields": [{"field": "Term", "value": "fall"}]})
    shown = rig.zoom(f"GET /meetings/{number}").json()["tracking_fields"]
    assert [(item["field"], item["value"]) for item in shown] == [("Term", "fall")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"topic": "x" * 201}, (400, 300)),
        ({"agenda": "x" * 2001}, (400, 300)),
        ({"type": 4}, (400, 300)),
        ({"duration": 0}, (400, 300)),
        ({"duration": "60"}, (400, 300)),
        ({"password": "x" * 11}, (400, 300)),
        ({"start_time": "tomorrow"}, (400, 300)),
        ({"start_time": "2026-09-07T10:00:00+02:00"}, (400, 300)),
        ({"start_time": "2026-02-30T10:00:00Z"}, (400, 300)),
        ({"timezone": "Mars/Olympus"}, (400, 300)),
        ({"title": "x"}, (400, 300)),
        ({"settings": {"no_such_setting": True}}, (400, 300)),
        ({"settings": {"waiting_room": "yes"}}, (400, 300)),
        ({"template_id": "t"}, (400, 300)),
        ({"tracking_fields": [{"field": "Unknown", "value": "x"}]}, (400, 300)),
        ({"schedule_for": "owner@example.edu"}, (400, 3000)),
        ({"type": 8}, (400, 300)),
    ],
)
def test_bodies_the_vendor_refuses(rig: Rig, host: str, body: Any, expected: tuple[int, int]) -> None:
    assert said(rig.zoom(f"POST /users/{host}/meetings", body)) == expected
    number = rig.add_meeting(host)["id"]
    if body != {"type": 8}:
        assert said(rig.zoom(f"PATCH /meetings/{number}", body)) == expected
    assert len(rig.show("state")["meetings"]) == 1


@pytest.mark.parametrize("setting", ["show_join_info", "additional_data_center_regions"])
def test_some_settings_are_for_creation_only(rig: Rig, host: str, setting: str) -> None:
    value: Any = ["EU"] if setting.startswith("additional") else True
    number = rig.add_meeting(host, settings={setting: value}, default_password=True)["id"]
    assert said(rig.zoom(f"PATCH /meetings/{number}", {"settings": {setting: value}})) == (400, 300)
    assert said(rig.zoom(f"PATCH /meetings/{number}", {"default_password": True})) == (400, 300)


def test_required_tracking_fields_are_required(rig: Rig, host: str) -> None:
    rig.console("add_tracking_field", field="Department", required=True)
    assert said(rig.zoom(f"POST /users/{host}/meetings", {})) == (400, 300)
    rig.add_meeting(host, tracking_fields=[{"field": "Department", "value": "free text"}])


@pytest.mark.parametrize(
    "named", ["basic@example.edu", "nobody@example.edu", "host@example.edu", "gone@example.edu"]
)
def test_alternative_hosts_are_licensed_members_or_nothing_is_written(
    rig: Rig, host: str, named: str
) -> None:
    rig.add_user("alt@example.edu", type=2)
    rig.add_user("basic@example.edu", type=1)
    rig.add_user("gone@example.edu", type=2, status="inactive")
    body = {"settings": {"alternative_hosts": f"alt@example.edu;{named}"}}
    assert said(rig.zoom(f"POST /users/{host}/meetings", body)) == (400, 300)
    number = rig.add_meeting(host)["id"]
    assert said(rig.zoom(f"PATCH /meetings/{number}", {"topic": "New"} | body)) == (400, 300)
    assert rig.zoom(f"GET /meetings/{number}").json()["topic"] == "Zoom Meeting"


def test_alternative_hosts_come_back_in_any_order_and_case(rig: Rig, host: str) -> None:
    second = rig.add_user("b@example.edu", type=2)
    rig.add_user("a@example.edu", type=2)
    body = {"alternative_hosts": f"a@example.edu,{second}", "alternative_hosts_email_notification": False}
    number = rig.add_meeting(host, settings=body)["id"]
    seen = {rig.zoom(f"GET /meetings/{number}").json()["settings"]["alternative_hosts"] for _ in range(2)}
    assert len(seen) == 2
    assert {frozenset(text.casefold().split(";")) for text in seen} == {
        frozenset({"a@example.edu", "b@example.edu"})
    }
    assert rig.mails() == []


def test_mails_are_sent_unless_told(rig: Rig, host: str) -> None:
    rig.add_user("alt@example.edu", type=2)
    loud = rig.add_meeting(host, settings={"alternative_hosts": "alt@example.edu"})["id"]
    assert rig.mails() == [("alt@example.edu", "alternative host")]
    rig.zoom(f"PATCH /meetings/{loud}", {"settings": {"alternative_hosts": "alt@example.edu"}})
    assert len(rig.mails()) == 1
    rig.zoom(f"DELETE /meetings/{loud}")
    assert rig.mails()[1:] == [
        ("host@example.edu", "meeting removed"),
        ("alt@example.edu", "meeting removed"),
    ]
    quiet = rig.add_meeting(host)["id"]
    rig.zoom(f"DELETE /meetings/{quiet}", schedule_for_reminder="false")
    assert rig.show("counters")["mails"] == 3


def test_removal_leaves_a_trace_and_is_final(rig: Rig, host: str) -> None:
    number = rig.add_meeting(host)["id"]
    answer = rig.zoom(f"DELETE /meetings/{number}", schedule_for_reminder="false")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "DELETE"):
        assert said(rig.zoom(f"{method} /meetings/{number}")) == (404, 3001)
    assert said(rig.zoom(f"PATCH /meetings/{number}", {})) == (404, 3001)
    assert said(rig.zoom("GET /meetings/abc")) == (400, 300)
    assert rig.show("state")["deleted"][0]["id"] == str(number)


@pytest.mark.parametrize(("type", "status"), [(4, "active"), (99, "active"), (2, "inactive")])
def test_hosting_needs_a_licence(rig: Rig, type: int, status: str) -> None:
    user = rig.add_user("x@example.edu", type=type, status=status)
    assert said(rig.zoom(f"POST /users/{user}/meetings", {})) == (400, 3161)
    if status == "active":
        assert said(rig.zoom(f"GET /users/{user}/meetings")) == (400, 3161)


def test_lists_leave_out_what_is_instant_or_expired(rig: Rig, host: str) -> None:
    rig.add_meeting(host, type=1)
    any_time = rig.add_meeting(host, type=3)
    soon = rig.add_meeting(host, start_time="2026-09-02T10:00:00Z")["id"]
    assert "start_time" not in any_time
    assert ids(rig, host) == [any_time["id"], soon]
    rig.control("clock", {"now": "2026-09-05T00:00:00Z"})
    rig.log_in()
    assert ids(rig, host) == [any_time["id"], soon]
    assert ids(rig, host, type="upcoming") == [any_time["id"]]
    assert ids(rig, host, type="previous_meetings") == [soon]
    rig.control("clock", {"now": "2026-11-05T00:00:00Z"})
    rig.log_in()
    assert ids(rig, host) == [any_time["id"]]
    assert ids(rig, host, type="live") == []
    assert said(rig.zoom(f"GET /users/{host}/meetings", type="other")) == (400, 300)


def test_lists_can_be_narrowed_by_date(rig: Rig, host: str) -> None:
    wanted = rig.add_meeting(host, start_time="2026-09-10T02:00:00Z")["id"]
    rig.add_meeting(host, start_time="2026-10-10T02:00:00Z")
    query = {"from": "2026-09-09", "to": "2026-09-09", "timezone": "America/New_York"}
    assert ids(rig, host, **query) == [wanted]
    assert said(rig.zoom(f"GET /users/{host}/meetings", **{"from": "soon"})) == (400, 300)


def test_lists_have_pages_of_300(rig: Rig) -> None:
    rig.control("reset", {"meetings": 301})
    rig.token = ""
    path = "GET /users/owner@example.edu/meetings"
    page = rig.zoom(path, page_size=999).json()
    assert (page["page_size"], page["total_records"], len(page["meetings"])) == (300, 301, 300)
    rest = rig.zoom(path, page_size=999, next_page_token=page["next_page_token"]).json()
    assert len(rest["meetings"]) == 1
