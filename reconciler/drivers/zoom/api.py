"""Zoom's API as this driver uses it: operations by Zoom's own names, rate classes, scopes, wire shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from reconciler.drivers.operations import Operation

LIGHT, MEDIUM, HEAVY = "light", "medium", "heavy"
RATES: Mapping[str, Mapping[str, float]] = {
    "free": {LIGHT: 4, MEDIUM: 2, HEAVY: 1},
    "pro": {LIGHT: 30, MEDIUM: 20, HEAVY: 10},
    "business": {LIGHT: 80, MEDIUM: 60, HEAVY: 40},
    "education": {LIGHT: 80, MEDIUM: 60, HEAVY: 40},
    "enterprise": {LIGHT: 80, MEDIUM: 60, HEAVY: 40},
}
"""Requests per second of a whole account, by plan (Zoom developer documentation, rate limits)."""

MEETING_WRITES = "meeting writes"
MEETING_WRITES_A_DAY = 100
"""Creates and updates per host and UTC day, all apps and people together (the same page)."""

CREATIONS = "user creations"
CREATIONS_A_DAY: Mapping[str, int] = {"free": 50, "pro": 1_500}
MOST_CREATIONS_A_DAY = 10_000
"""By `create` per account and day, on the plans named and on the larger ones (Zoom API reference, users)."""

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
    capped: bool = False,
) -> Operation:
    scopes = _scopes(classic, granular)
    return Operation(f"{method} {path}", method, path, True, rate, quota, scopes, yields, capped=capped)


TOKEN = Operation("POST /oauth/token", "POST", "", False, yields="access_token", form=True)

LIST_USERS = _read("/users", MEDIUM, "user:read:admin", "user:read:list_users:admin")
GET_USER = _read("/users/{userId}", LIGHT, "user:read:admin", "user:read:user:admin")
LIST_DOMAINS = _read(
    "/accounts/{accountId}/managed_domains",
    LIGHT,
    "account:read:admin",
    "account:read:managed_domains:master",
)
PLAN_USAGE = _read(
    "/accounts/{accountId}/plans/usage", HEAVY, "billing:read:admin", "billing:read:plan_usage:admin"
)
GET_USER_SETTINGS = _read("/users/{userId}/settings", MEDIUM, "user:read:admin", "user:read:settings:admin")
UPDATE_USER_SETTINGS = _write(
    "PATCH", "/users/{userId}/settings", "user:write:admin", "user:update:settings:admin", rate=MEDIUM
)
CREATE_USER = _write(
    "POST",
    "/users",
    "user:write:admin",
    "user:write:user:admin",
    quota=CREATIONS,
    yields="id",
    capped=True,
)
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

LIST_TRACKING_FIELDS = _read(
    "/tracking_fields",
    MEDIUM,
    "tracking_fields:read:admin",
    "tracking_field:read:list_tracking_fields:admin",
)
CREATE_TRACKING_FIELD = _write(
    "POST",
    "/tracking_fields",
    "tracking_fields:write:admin",
    "tracking_field:write:tracking_field:admin",
    yields="id",
)
UPDATE_TRACKING_FIELD = _write(
    "PATCH",
    "/tracking_fields/{fieldId}",
    "tracking_fields:write:admin",
    "tracking_field:update:tracking_field:admin",
)
DELETE_TRACKING_FIELD = _write(
    "DELETE",
    "/tracking_fields/{fieldId}",
    "tracking_fields:write:admin",
    "tracking_field:delete:tracking_field:admin",
)

GET_SETTINGS = _read(
    "/accounts/{accountId}/settings", MEDIUM, "account:read:admin", "account:read:settings:admin"
)
UPDATE_SETTINGS = _write(
    "PATCH",
    "/accounts/{accountId}/settings",
    "account:write:admin",
    "account:update:settings:admin",
    rate=MEDIUM,
)
OWN_ACCOUNT: Mapping[str, str] = {"accountId": "me"}
"""Zoom API reference, accounts: `me` is the account of the app itself."""
MEETING_AUTHENTICATION = "meeting_authentication"
"""The `option` of both that shows and takes who may join meetings (the same page)."""

OPERATIONS = (
    LIST_USERS,
    GET_USER,
    LIST_DOMAINS,
    PLAN_USAGE,
    GET_USER_SETTINGS,
    UPDATE_USER_SETTINGS,
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
    LIST_TRACKING_FIELDS,
    CREATE_TRACKING_FIELD,
    UPDATE_TRACKING_FIELD,
    DELETE_TRACKING_FIELD,
    GET_SETTINGS,
    UPDATE_SETTINGS,
)
"""Everything a zoom target may be asked; the token endpoint is apart."""


class WireUser(TypedDict, total=False):
    """A user as listed or read; `id` is missing for pending people."""

    id: str
    email: str
    type: int
    status: str
    role_id: str
    employee_unique_id: str
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


class WireTrackingField(TypedDict):
    """A tracking field as listed."""

    id: str
    field: str
    recommended_values: list[str]
    required: bool
    visible: bool


class WireAuthenticationOption(TypedDict, total=False):
    """A way to sign in; `domains` are one text, separated by commas."""

    id: str
    name: str
    type: str
    domains: str
    default_option: bool
    visible: bool


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
    pmi: int
    created_at: str
    recurrence: Mapping[str, object]
    occurrences: list[WireOccurrence]
    settings: Mapping[str, object]
    tracking_fields: list[Mapping[str, str]]
