"""Zoom's API as this driver uses it: operations by Zoom's own names, rate classes, scopes, wire shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from reconciler.drivers.operations import Operation

LIGHT, MEDIUM = "light", "medium"
RATES: Mapping[str, Mapping[str, float]] = {
    "free": {LIGHT: 4, MEDIUM: 2},
    "pro": {LIGHT: 30, MEDIUM: 20},
    "business": {LIGHT: 80, MEDIUM: 60},
    "education": {LIGHT: 80, MEDIUM: 60},
    "enterprise": {LIGHT: 80, MEDIUM: 60},
}
"""Requests per second of a whole account, by plan (Zoom developer documentation, rate limits)."""

MEETING_WRITES = "meeting writes"
MEETING_WRITES_A_DAY = 100
"""Creates and updates per host and UTC day, all apps and people together (the same page)."""

REGIONS = ("au", "ca", "eu", "in", "sa", "sg", "uk", "us")
ORIGINS = frozenset(
    {"https://api.zoom.us", "https://zoom.us", *(f"https://api-{region}.zoom.us" for region in REGIONS)}
)
"""Zoom's own hosts."""


def _scopes(classic: str, granular: str) -> tuple[str, ...]:
    """Any of these will do: the granular scope, the classic one, or their master forms."""
    masters = (scope.removesuffix(":admin") + ":master" for scope in (granular, classic))
    return (granular, classic, *(scope for scope in masters if not scope.endswith(":master:master")))


def _read(path: str, rate: str, classic: str, granular: str) -> Operation:
    return Operation(f"GET {path}", "GET", path, False, rate, scopes=_scopes(classic, granular))


def _write(
    method: str,
    path: str,
    classic: str,
    granular: str,
    *,
    rate: str = LIGHT,
    quota: str = "",
    yields: str = "",
) -> Operation:
    scopes = _scopes(classic, granular)
    return Operation(f"{method} {path}", method, path, True, rate, quota, scopes, yields)


TOKEN = Operation("POST /oauth/token", "POST", "", False, yields="access_token", form=True)

LIST_USERS = _read("/users", MEDIUM, "user:read:admin", "user:read:list_users:admin")
GET_USER = _read("/users/{userId}", LIGHT, "user:read:admin", "user:read:user:admin")
LIST_DOMAINS = _read(
    "/accounts/{accountId}/managed_domains",
    LIGHT,
    "account:read:admin",
    "account:read:managed_domains:master",
)
CREATE_USER = _write("POST", "/users", "user:write:admin", "user:write:user:admin", yields="id")
UPDATE_USER = _write("PATCH", "/users/{userId}", "user:write:admin", "user:update:user:admin")
DELETE_USER = _write("DELETE", "/users/{userId}", "user:write:admin", "user:delete:user:admin")
SET_STATUS = _write("PUT", "/users/{userId}/status", "user:write:admin", "user:update:status:admin")
SET_EMAIL = _write("PUT", "/users/{userId}/email", "user:write:admin", "user:update:email:admin")

LIST_GROUPS = _read("/groups", MEDIUM, "group:read:admin", "group:read:list_groups:admin")
GET_GROUP = _read("/groups/{groupId}", MEDIUM, "group:read:admin", "group:read:group:admin")
LIST_MEMBERS = _read("/groups/{groupId}/members", MEDIUM, "group:read:admin", "group:read:list_members:admin")
CREATE_GROUP = _write("POST", "/groups", "group:write:admin", "group:write:group:admin", yields="id")
UPDATE_GROUP = _write("PATCH", "/groups/{groupId}", "group:write:admin", "group:update:group:admin")
DELETE_GROUP = _write("DELETE", "/groups/{groupId}", "group:write:admin", "group:delete:group:admin")
ADD_MEMBERS = _write(
    "POST", "/groups/{groupId}/members", "group:write:admin", "group:write:member:admin", rate=MEDIUM
)
DELETE_MEMBER = _write(
    "DELETE", "/groups/{groupId}/members/{memberId}", "group:write:admin", "group:delete:member:admin"
)

LIST_MEETINGS = _read(
    "/users/{userId}/meetings", MEDIUM, "meeting:read:admin", "meeting:read:list_meetings:admin"
)
GET_MEETING = _read("/meetings/{meetingId}", LIGHT, "meeting:read:admin", "meeting:read:meeting:admin")
CREATE_MEETING = _write(
    "POST",
    "/users/{userId}/meetings",
    "meeting:write:admin",
    "meeting:write:meeting:admin",
    quota=MEETING_WRITES,
    yields="id",
)
UPDATE_MEETING = _write(
    "PATCH",
    "/meetings/{meetingId}",
    "meeting:write:admin",
    "meeting:update:meeting:admin",
    quota=MEETING_WRITES,
)
DELETE_MEETING = _write(
    "DELETE", "/meetings/{meetingId}", "meeting:write:admin", "meeting:delete:meeting:admin"
)

OPERATIONS = (
    LIST_USERS,
    GET_USER,
    LIST_DOMAINS,
    CREATE_USER,
    UPDATE_USER,
    DELETE_USER,
    SET_STATUS,
    SET_EMAIL,
    LIST_GROUPS,
    GET_GROUP,
    LIST_MEMBERS,
    CREATE_GROUP,
    UPDATE_GROUP,
    DELETE_GROUP,
    ADD_MEMBERS,
    DELETE_MEMBER,
    LIST_MEETINGS,
    GET_MEETING,
    CREATE_MEETING,
    UPDATE_MEETING,
    DELETE_MEETING,
)
"""Everything a zoom target may be asked; the token endpoint is apart."""


class WireUser(TypedDict, total=False):
    """A user as listed or read; `id` is missing for pending people."""

    id: str
    email: str
    type: int
    status: str
    role_id: str
    first_name: str
    last_name: str
    display_name: str
    dept: str
    job_title: str
    company: str
    location: str
    cost_center: str
    language: str
    timezone: str
    account_id: str
    user_created_at: str


class WireGroup(TypedDict, total=False):
    """A group as listed."""

    id: str
    name: str
    total_members: int


class WireOccurrence(TypedDict, total=False):
    """One date of a recurring meeting; `status` is available or deleted."""

    occurrence_id: str
    start_time: str
    duration: int
    status: str


class WireMeeting(TypedDict, total=False):
    """A meeting; listings carry only the first line of these."""

    id: int
    host_id: str
    topic: str
    type: int
    start_time: str
    duration: int
    timezone: str
    agenda: str
    created_at: str
    recurrence: Mapping[str, object]
    occurrences: list[WireOccurrence]
    settings: Mapping[str, object]
    tracking_fields: list[Mapping[str, str]]
