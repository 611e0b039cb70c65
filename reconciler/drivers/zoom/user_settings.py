"""A person's own settings: only those declared are read, compared and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import GET_USER_SETTINGS, UPDATE_USER_SETTINGS


class Place(NamedTuple):
    """Where Zoom keeps a setting: the `option` that shows it ("" for the ordinary page), section and key."""

    option: str
    section: str
    key: str


PLACES: Mapping[str, Place] = {
    "host_video": Place("", "schedule_meeting", "host_video"),
    "participants_video": Place("", "schedule_meeting", "participants_video"),
    "join_before_host": Place("", "schedule_meeting", "join_before_host"),
    "waiting_room": Place("", "in_meeting", "waiting_room"),
    "local_recording": Place("", "recording", "local_recording"),
    "cloud_recording": Place("", "recording", "cloud_recording"),
    "auto_recording": Place("", "recording", "auto_recording"),
    "meeting_authentication": Place("meeting_authentication", "", "meeting_authentication"),
    "recording_authentication": Place("recording_authentication", "", "recording_authentication"),
}
"""Our names and Zoom's (Zoom API reference, users: settings)."""


def read_settings(client: Client, user_id: str, names: Iterable[str]) -> dict[str, bool | str]:
    """These settings of one person; one that Zoom does not show is left out."""
    pages: dict[str, Any] = {}
    found: dict[str, bool | str] = {}
    for name in names:
        place = PLACES[name]
        if place.option not in pages:
            pages[place.option] = client.call(
                GET_USER_SETTINGS, path={"userId": user_id}, query=_query(place.option)
            )
        with shaped(GET_USER_SETTINGS.name):
            page = pages[place.option]
            section = page.get(place.section, {}) if place.section else page
            if place.key in section:
                found[name] = section[place.key]
    return found


def write_settings(client: Client, path: Mapping[str, str], wanted: Mapping[str, bool | str]) -> None:
    """Change these settings and no other; one request per page of them."""
    bodies: dict[str, dict[str, Any]] = {}
    for name, value in wanted.items():
        place = PLACES[name]
        body = bodies.setdefault(place.option, {})
        (body.setdefault(place.section, {}) if place.section else body)[place.key] = value
    for option, body in sorted(bodies.items()):
        client.call(UPDATE_USER_SETTINGS, path=path, query=_query(option), body=body)


def _query(option: str) -> Mapping[str, str]:
    return {"option": option} if option else {}
