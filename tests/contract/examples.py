"""One example per driver and kind: what the laws are tried on. A new kind has to bring its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.drivers.base import drivers
from reconciler.model import Driver

THROWAWAY = str(Path(__file__).parents[1] / "throwaway")

Drops = Mapping[str, Mapping[str, str]]
"""Per field: by operation, what of its body holds the field."""


@dataclass(frozen=True)
class Example:
    """One entry with every field its driver offers, and what the vendor calls its parts.

    `needs` are desired files the entry refers to; `edits` gives another value per field that may change;
    `drops` what a vendor could silently leave out; `reads` the operations a reading of the kind rests on;
    `moves` are fields the vendor changes along with another; `undo` is what a person does in the console to
    take the object away; `indirect` fields follow from others; of `usual` ones the example holds what is so
    anyway.
    """

    driver: str
    kind: str
    address: str
    section: str
    fields: dict[str, Any]
    edits: dict[str, Any] = field(default_factory=dict)
    drops: Drops = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    undo: str = ""
    store: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()
    indirect: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """As tests name it."""
        return f"{self.driver}-{self.kind}"

    def edit(self, name: str) -> dict[str, Any]:
        """Another value for a field, and for the one that the vendor moves with it."""
        return {each: self.edits[each] for each in (name, self.moves.get(name, name))}

    @property
    def name(self) -> str:
        """The entry's name as written."""
        return self.address.split("/")[2].split(".")[-1]


PEOPLE = {
    "zoom-main/others.yaml": """
        users:
          host: {email: host@example.edu, license: licensed}
          deputy: {email: deputy@example.edu, license: licensed}
          guest: {email: third@example.edu, license: licensed}
    """
}
COURSES = {
    **PEOPLE,
    "courses.yaml": """
        courses:
          bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", canvas_course_id: "1042"}
    """,
}
CREATE_USER, UPDATE_USER = "POST /users", "PATCH /users/{userId}"
CREATE_MEETING, UPDATE_MEETING = "POST /users/{userId}/meetings", "PATCH /meetings/{meetingId}"
WEEKLY = {
    "days": ["mon", "wed"],
    "start": "10:00",
    "minutes": 50,
    "from": "2026-09-07",
    "until": "2026-09-30",
    "timezone": "America/New_York",
}


def _both(create: str, update: str, **fields: str) -> dict[str, dict[str, str]]:
    return {name: {create: wire, update: wire} for name, wire in fields.items()}


def _only(operation: str, **fields: str) -> dict[str, dict[str, str]]:
    return {name: {operation: wire} for name, wire in fields.items()}


EXAMPLES = (
    Example(
        driver="zoom",
        kind="user",
        address="zoom-main/user/ada",
        section="users",
        fields={
            "email": "ada@example.edu",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "display_name": "Countess",
            "license": "licensed",
            "department": "Mathematics",
            "job_title": "Lecturer",
            "company": "Example University",
            "location": "Building 7",
            "cost_center": "4711",
            "language": "de-DE",
            "timezone": "Europe/Vienna",
            "active": True,
        },
        edits={
            "email": "ada.king@example.edu",
            "first_name": "Augusta",
            "last_name": "King",
            "display_name": "A. A. King",
            "license": "basic",
            "department": "Computing",
            "job_title": "Professor",
            "company": "Another University",
            "location": "Building 8",
            "cost_center": "4712",
            "language": "fr-FR",
            "timezone": "Europe/London",
            "active": False,
        },
        drops={
            **_both(CREATE_USER, UPDATE_USER, first_name="first_name", last_name="last_name"),
            **_both(CREATE_USER, UPDATE_USER, display_name="display_name", license="type"),
            **_only(UPDATE_USER, department="dept", job_title="job_title", company="company"),
            **_only(UPDATE_USER, location="location", cost_center="cost_center", language="language"),
            **_only(UPDATE_USER, timezone="timezone"),
            "email": {CREATE_USER: "email", "PUT /users/{userId}/email": "email"},
            "active": {"PUT /users/{userId}/status": "action"},
        },
        reads=("GET /users",),
        moves={"active": "license"},
        usual=frozenset({"active"}),
        undo="delete_user user",
        store="users",
    ),
    Example(
        driver="zoom",
        kind="group",
        address="zoom-main/group/faculty",
        section="groups",
        fields={"title": "The Faculty", "members": {"exactly": ["host", "deputy"]}},
        edits={"title": "Academic Staff", "members": {"exactly": ["host", "guest"]}},
        drops={
            **_both("POST /groups", "PATCH /groups/{groupId}", title="name"),
            "members": {"POST /groups/{groupId}/members": "members"},
        },
        reads=("GET /groups", "GET /groups/{groupId}/members"),
        undo="delete_group group",
        store="groups",
        needs=PEOPLE,
    ),
    Example(
        driver="zoom",
        kind="course_meeting",
        address="zoom-main/course_meeting/bio101/1",
        section="course_meetings",
        fields={
            "topic": "BIO 101",
            "host": "host",
            "schedule": WEEKLY,
            "agenda": "Cells",
            "alternative_hosts": {"exactly": ["deputy"]},
            "tracking_fields": {"Department": "Biology"},
            "waiting_room": False,
            "join_before_host": True,
            "mute_upon_entry": True,
            "auto_recording": "cloud",
        },
        edits={
            "topic": "Biology 101",
            "schedule": WEEKLY | {"minutes": 80},
            "agenda": "Cells and tissues",
            "alternative_hosts": {"exactly": ["guest"]},
            "tracking_fields": {"Department": "Life Sciences"},
            "waiting_room": True,
            "join_before_host": False,
            "mute_upon_entry": False,
            "auto_recording": "local",
        },
        drops=_both(
            CREATE_MEETING,
            UPDATE_MEETING,
            topic="topic",
            schedule="duration",
            agenda="agenda",
            alternative_hosts="settings.alternative_hosts",
            tracking_fields="tracking_fields",
            waiting_room="settings.waiting_room",
            join_before_host="settings.join_before_host",
            mute_upon_entry="settings.mute_upon_entry",
            auto_recording="settings.auto_recording",
        ),
        reads=("GET /users/{userId}/meetings", "GET /meetings/{meetingId}"),
        moves={"waiting_room": "join_before_host"},
        usual=frozenset({"waiting_room"}),
        undo="delete_meeting meeting",
        store="meetings",
        needs=PEOPLE,
        indirect=frozenset({"course", "host"}),
    ),
    Example(
        driver="zoom_lti_pro",
        kind="course_link",
        address="zoom-lti/course_link/bio101/1",
        section="course_meetings",
        fields={"topic": "BIO 101", "host": "host", "schedule": WEEKLY, "course": "bio101"},
        reads=("GET /open/meeting/list",),
        undo="remove_association meeting",
        store="lti.associations",
        needs=COURSES,
        indirect=frozenset(
            {
                "meeting",
                "context_id",
                "domain",
                "canvas_course_id",
                "host",
                "course",
                "credential",
                "approved_domain",
            }
        ),
    ),
    Example(
        driver="zoom_lti_pro",
        kind="approved_domain",
        address="zoom-lti/approved_domain/lti-2026.moodle",
        section="approved_domains",
        fields={"domain": "https://moodle.example.edu", "credential": "lti-2026"},
    ),
    Example(
        driver="zoom_lti_pro",
        kind="lti_credential",
        address="zoom-lti/lti_credential/spare",
        section="lti_credentials",
        fields={"minted_by": "tool", "version": "1.1", "key": "SpareKey1", "secret": "${env:SPARE_SECRET}"},
    ),
    Example(
        driver="notebook",
        kind="group",
        address="paper/group/faculty",
        section="groups",
        fields={"title": "The Faculty"},
        edits={"title": "Academic Staff"},
        drops={"title": {"open": "title", "rename": "title"}},
        reads=("pages",),
        undo="burn",
        store="pages",
    ),
)


def discover() -> dict[tuple[str, str], type[Driver]]:
    """Every kind of every driver there is, the throw-away one among them."""
    sys.path.insert(0, THROWAWAY)
    try:
        return {(name, kind): driver for name, driver in drivers().items() for kind in driver.capabilities}
    finally:
        sys.path.remove(THROWAWAY)


FOUND = discover()


def example_of(driver: str, kind: str) -> Example | None:
    """The example of a driver's kind, if somebody wrote it."""
    return next((item for item in EXAMPLES if (item.driver, item.kind) == (driver, kind)), None)
