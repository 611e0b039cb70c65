"""A meeting between our words and Zoom's: settings by Zoom's names and numbers, people, guests, tracking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reconciler.drivers.zoom.api import WireMeeting
from reconciler.drivers.zoom.meeting_account import MeetingAccount
from reconciler.drivers.zoom.times import describe, open_zone, read_series, to_local
from reconciler.model.objects import Live
from reconciler.resources.base import OMITTED, Members, SecretRef, unchecked
from reconciler.resources.course_meeting import CourseMeeting, Guest, arrange, tidy

PLAIN = ("topic", "schedule", "agenda", "alternative_hosts", "tracking_fields")
SETTINGS: Mapping[str, str] = {
    "waiting_room": "waiting_room",
    "join_before_host": "join_before_host",
    "join_minutes_before": "jbh_time",
    "authentication": "meeting_authentication",
    "registration": "approval_type",
    "registration_type": "registration_type",
    "close_registration": "close_registration",
    "host_video": "host_video",
    "participant_video": "participant_video",
    "mute_upon_entry": "mute_upon_entry",
    "audio": "audio",
    "auto_recording": "auto_recording",
    "encryption": "encryption_type",
    "watermark": "watermark",
    "private_meeting": "private_meeting",
    "internal_meeting": "internal_meeting",
}
"""Our field and the setting it is (Zoom API reference, meetings: settings)."""
WORDS: Mapping[str, Mapping[Any, Any]] = {
    "registration": {"automatic": 0, "manual": 1, "none": 2},
    "registration_type": {"once": 1, "each": 2, "chosen": 3},
    "audio": {"both": "both", "telephony": "telephony", "computer": "voip", "third_party": "thirdParty"},
    "encryption": {"enhanced": "enhanced_encryption", "end_to_end": "e2ee"},
}
"""Our words and Zoom's, of the settings where they differ (the same page)."""
READ_WORDS = {name: {theirs: ours for ours, theirs in words.items()} for name, words in WORDS.items()}
GUARDED = ("passcode", "authentication_option", "authentication_exceptions")
"""Fields that take more than another name to be written or read."""
QUIET = {"alternative_hosts_email_notification": False}


def to_body(meeting: CourseMeeting, names: Iterable[str], account: MeetingAccount) -> dict[str, Any]:
    """What POST and PATCH take of the fields among `names`; never a mail to alternative hosts.

    Times, alternative hosts and tracking fields are apart. Raises NotReady for an option that is not there,
    SecretUnavailable for a passcode that does not resolve.
    """
    names = set(names)
    body: dict[str, Any] = {
        name: getattr(meeting, name) or "" for name in ("topic", "agenda") if name in names
    }
    settings: dict[str, Any] = {}
    for name, wire in SETTINGS.items():
        if name in names:
            value = getattr(meeting, name)
            settings[wire] = WORDS[name][value] if name in WORDS else value
    option = meeting.authentication_option
    wanted = meeting.authentication is not False and names & {"authentication", "authentication_option"}
    if isinstance(option, str) and wanted:
        # Switching authentication on without it lets Zoom choose the account's default option.
        settings["authentication_option"] = account.find_option(option)
    if "authentication_exceptions" in names and isinstance(meeting.authentication_exceptions, tuple):
        settings["authentication_exception"] = [guest.plain() for guest in meeting.authentication_exceptions]
    if "passcode" in names and isinstance(meeting.passcode, SecretRef):
        body["password"] = account.reveal(meeting.passcode)
    return {**body, "settings": {**settings, **QUIET}}


def to_live(
    wire: WireMeeting, wanted: CourseMeeting | None, now: datetime, account: MeetingAccount
) -> Live[CourseMeeting]:
    """A meeting as read; of tracking fields and of what costs a request only what is declared."""
    settings = wire.get("settings") or {}
    host, topic, series = wire["host_id"], tidy(wire.get("topic") or ""), read_series(wire, now)
    fields: dict[str, Any] = {
        "topic": topic,
        "host": host,
        "schedule": series,
        "agenda": tidy(wire.get("agenda")),
        "alternative_hosts": Members(read_alternates(wire)),
        "tracking_fields": _read_declared(wire, wanted),
        "authentication_exceptions": _read_guests(settings),
        "authentication_option": _read_option(settings, wanted, account),
        **{name: _read_setting(settings, name) for name in SETTINGS},
    }
    if wanted is not None and isinstance(wanted.passcode, SecretRef):
        fields["passcode"] = account.compare(wanted.passcode, str(wire.get("password") or ""))
    created = wire.get("created_at")
    return Live(
        remote_id=str(wire["id"]),
        resource=unchecked(CourseMeeting, fields),
        keys={"meeting": describe(host, topic, series)},
        label=topic,
        created=datetime.fromisoformat(created) if created else None,
    )


def _read_setting(settings: Mapping[str, Any], name: str) -> Any:
    value = settings.get(SETTINGS[name])
    return READ_WORDS[name].get(value, value) if name in READ_WORDS else value


def _read_guests(settings: Mapping[str, Any]) -> tuple[Guest, ...]:
    """Without the link Zoom adds for each."""
    people = settings.get("authentication_exception") or ()
    return arrange(tuple(Guest(str(one["email"]), str(one.get("name") or "")) for one in people))


def _read_option(settings: Mapping[str, Any], wanted: CourseMeeting | None, account: MeetingAccount) -> Any:
    """By name. It has no effect while authentication is off, so that nothing of it can differ then."""
    declared = wanted.authentication_option if wanted is not None else OMITTED
    if not settings.get("meeting_authentication"):
        return declared if isinstance(declared, str) else None
    option = str(settings.get("authentication_option") or "")
    named = option and (wanted is None or isinstance(declared, str))
    return account.name_option(option) if named else option or None


def _read_declared(wire: WireMeeting, wanted: CourseMeeting | None) -> dict[str, str]:
    """Tracking values; of a meeting that declares some only these, "" for one that Zoom does not show."""
    values = read_tracking(wire)
    if wanted is None or not isinstance(wanted.tracking_fields, dict):
        return values
    return {label: values.get(label, "") for label in wanted.tracking_fields}


def read_alternates(wire: WireMeeting) -> tuple[str, ...]:
    """Ids and casefolded mails; Zoom separates them by semicolons and has been seen to use commas."""
    text = str((wire.get("settings") or {}).get("alternative_hosts") or "")
    people = (person.strip() for person in re.split("[;,]", text))
    return tuple(dict.fromkeys(person.casefold() if "@" in person else person for person in people if person))


def read_tracking(wire: WireMeeting) -> dict[str, str]:
    """Tracking values by label."""
    return {item["field"]: str(item.get("value") or "") for item in wire.get("tracking_fields") or ()}


def list_tracking(values: Mapping[str, str | None]) -> list[dict[str, str]]:
    """As Zoom takes them; an empty value clears."""
    return [{"field": field, "value": value or ""} for field, value in values.items()]


def made_before(wire: WireMeeting, moment: datetime) -> bool:
    """True if Zoom says that it was made earlier."""
    created = wire.get("created_at")
    return bool(created) and datetime.fromisoformat(str(created)) < moment


def as_sent(wire: WireMeeting) -> dict[str, Any]:
    """A meeting in the shape of a POST body, from its very first date on."""
    place = open_zone(wire.get("timezone") or "UTC")
    dates = [item["start_time"] for item in wire.get("occurrences") or ()] or [wire.get("start_time") or ""]
    first = min(dates)
    return {**wire, "start_time": to_local(first, place) if first else ""}
