"""Where the vendor's store keeps what is written down: one table per kind, and how each value is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracle.rosters import Tree

BOOLEANS = {"true": True, "false": False}
LICENCES = {"basic": 1, "licensed": 2, "on_prem": 3, "none": 4}
STORED = {"department": "dept"}
PLAIN = (
    "first_name",
    "last_name",
    "display_name",
    "department",
    "job_title",
    "company",
    "location",
    "cost_center",
    "language",
    "timezone",
)
OWN_SETTINGS: Mapping[str, tuple[tuple[str, ...], Any]] = {
    "host_video": (("schedule_meeting", "host_video"), False),
    "participants_video": (("schedule_meeting", "participants_video"), False),
    "join_before_host": (("schedule_meeting", "join_before_host"), False),
    "waiting_room": (("in_meeting", "waiting_room"), False),
    "local_recording": (("recording", "local_recording"), True),
    "cloud_recording": (("recording", "cloud_recording"), True),
    "auto_recording": (("recording", "auto_recording"), "none"),
    "meeting_authentication": (("meeting_authentication",), False),
    "recording_authentication": (("recording_authentication",), False),
}
"""A person's settings: where each is kept, and what it is while nobody set it."""
ACCOUNT_SETTINGS: Mapping[str, tuple[tuple[str, ...], Any]] = {
    "allow-authentication-exception": (("allow_authentication_exception",), False),
    "meeting-authentication": (("meeting_authentication",), False),
    "block-user-domain": (("meeting_security", "block_user_domain"), False),
    "block-user-domain-list": (("meeting_security", "block_user_domain_list"), []),
    "auto-recording": (("recording", "auto_recording"), "none"),
    "cloud-recording": (("recording", "cloud_recording"), True),
    "local-recording": (("recording", "local_recording"), True),
}
MEETING: Mapping[str, tuple[str, Mapping[Any, Any]]] = {
    **{
        name: (name, BOOLEANS)
        for name in (
            "waiting_room",
            "join_before_host",
            "close_registration",
            "host_video",
            "participant_video",
            "mute_upon_entry",
            "watermark",
            "private_meeting",
            "internal_meeting",
        )
    },
    "authentication": ("meeting_authentication", BOOLEANS),
    "join_minutes_before": ("jbh_time", {"0": 0, "5": 5, "10": 10, "15": 15}),
    "auto_recording": ("auto_recording", {word: word for word in ("local", "cloud", "none")}),
    "audio": (
        "audio",
        {"both": "both", "telephony": "telephony", "computer": "voip", "third_party": "thirdParty"},
    ),
    "registration": ("approval_type", {"automatic": 0, "manual": 1, "none": 2}),
    "registration_type": ("registration_type", {"once": 1, "each": 2, "chosen": 3}),
    "encryption": ("encryption_type", {"enhanced": "enhanced_encryption", "end_to_end": "e2ee"}),
}
"""A meeting's settings: the stored name, and the stored value of each that can be written."""
OPTION_TYPES = {"signed_in": "enforce_login", "same_account": "enforce_login_with_same_account"}

Compared = Iterator[tuple[str, Any, Any]]
"""A name, what is stored, and what should be."""


def compare_settings(
    wanted: Tree, stored: Tree, places: Mapping[str, tuple[tuple[str, ...], Any]]
) -> Compared:
    """Switches in sections; nobody's choice reads as the vendor's own."""
    for name, value in wanted.items():
        path, found = places[name]
        inner: Any = stored
        for part in path:
            inner = inner.get(part) if isinstance(inner, dict) else None
        found = found if inner is None else inner
        yield name, found, sorted(value) if isinstance(value, list) else BOOLEANS.get(value, value)


def compare_meeting(wanted: Mapping[str, Any], meeting: Tree, options: list[Tree]) -> Compared:
    """What is written of a meeting, times and people apart."""
    settings = meeting["settings"]
    if "agenda" in wanted:
        yield "agenda", meeting["agenda"], _text(wanted["agenda"])
    for name, (key, words) in MEETING.items():
        if name in wanted:
            yield name, settings[key], words[wanted[name]]
    tracked = {item["field"]: item["value"] for item in meeting["tracking_fields"]}
    for label, value in wanted.get("tracking_fields", {}).items():
        yield label, tracked.get(label) or "", _text(value)
    if "authentication_option" in wanted and settings["meeting_authentication"]:
        titles = {option["id"]: option["name"] for option in options}
        found = settings.get("authentication_option", "")
        yield "authentication_option", titles.get(found, found), wanted["authentication_option"]
    if "authentication_exceptions" in wanted:
        guests = {(one["email"].casefold(), one["name"]) for one in wanted["authentication_exceptions"]}
        stored = settings.get("authentication_exception") or []
        yield "authentication_exceptions", {(one["email"].casefold(), one["name"]) for one in stored}, guests


def compare_label(wanted: Tree, stored: Tree) -> Compared:
    """A tracking field."""
    for name in ("required", "visible"):
        if name in wanted:
            yield name, stored[name], BOOLEANS[wanted[name]]
    if "recommended_values" in wanted:
        yield "recommended_values", stored["recommended_values"], wanted["recommended_values"] or []


def compare_option(wanted: Tree, stored: Tree) -> Compared:
    """A way to sign in."""
    admits = wanted["admits"]
    if isinstance(admits, str):
        yield "admits", stored["type"], OPTION_TYPES[admits]
    else:
        found = sorted(filter(None, stored["domains"].replace(";", ",").split(",")))
        yield "admits", found, sorted(domain.casefold() for domain in admits)
    if "default" in wanted:
        yield "default", stored["default_option"], BOOLEANS[wanted["default"]]


def _text(written: Any) -> str:
    """Vendors keep no blanks around a text; a cleared one is empty."""
    return "" if written in ("null", "~", None) else str(written).strip()
