"""Skillable's TMS API 2.0: every request is a GET, writes included, and a failure comes as HTTP 200.

After the published OpenAPI document of the Connect API. LTI has no place in it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import orjson

from reconciler.sandbox.calls import Access, Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.rest.shelf import cut, find, mint_number, number, open_door, shelf
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation

API_KEY = "sandbox-skillable-key"
NAME = "skillable"
USER = {
    "externalId": "ExternalId",
    "userName": "UserName",
    "email": "Email",
    "firstName": "FirstName",
    "lastName": "LastName",
    "organizationId": "OrganizationId",
    "title": "Title",
    "disabled": "Disabled",
    "phone": "Phone",
    "timeZoneId": "TimeZoneId",
}
ORGANIZATION = {
    "externalId": "ExternalId",
    "name": "Name",
    "description": "Description",
    "parentId": "ParentId",
    "timeZoneId": "TimeZoneId",
    "culture": "Culture",
}
CLASS = {
    "ExternalId": "ExternalId",
    "Name": "Name",
    "CourseId": "CourseId",
    "ClassMeetings": "SessionTimes",
    "OrganizationId": "OrganizationId",
    "DeliveryTypeId": "DeliveryTypeId",
    "CustomVirtualClassroomUrl": "CustomVirtualClassroomUrl",
    "MinStudents": "MinStudents",
    "MaxStudents": "MaxStudents",
    "AvailableToOrganizationIds": "AvailableToOrganizationIds",
    "ConfirmationStatusId": "ConfirmationStatusId",
}
ENROLLMENT = {
    "externalId": "ExternalId",
    "classId": "ClassId",
    "userId": "UserId",
    "enrollmentStatusId": "EnrollmentStatusId",
    "completionStatusId": "CompletionStatusId",
}
NUMBERS = frozenset(
    (
        "OrganizationId",
        "ParentId",
        "CourseId",
        "DeliveryTypeId",
        "MinStudents",
        "MaxStudents",
        "ConfirmationStatusId",
        "ClassId",
        "UserId",
        "EnrollmentStatusId",
        "CompletionStatusId",
    )
)
COURSES = (101, 102)
LISTED = ("classes", "enrollments")
"""What stands in a list of results even where one is asked for."""
DELIVERIES, CONFIRMATIONS = (1, 2, 3), range(8)
STANDINGS, COMPLETIONS = (0, 10, 20, 30, 40, 50, 60), (0, 10, 20, 30, 40, 50)


def knows(simulation: Simulation, request: Request) -> bool:
    """Whether the integration key is right."""
    return hmac.compare_digest(request.headers.get("api_key", ""), API_KEY)


def read(name: str, content: Json) -> Answer:
    """A success of a read: its keys are written large."""
    return Answer(body={"Status": 0, "Error": None, **content})


def done(**content: Any) -> Answer:
    """A success of a write: its keys are written small."""
    return Answer(body={"status": 0, "error": None, **content})


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """HTTP 200 with a status: 30 a wrong key, 20 not found, 10 anything else."""
    if refusal.code == 2300:
        return Answer(refusal.status, {"Message": refusal.message})
    status = {401: 30, 404: 20}.get(refusal.status, 10)
    return Answer(body={"Status": status, "Error": refusal.message})


def _rows(call: Call, sort: str) -> dict[str, Json]:
    return shelf(call.world, NAME, sort)


def _typed(name: str, text: str) -> Any:
    if name == "Disabled":
        return text == "true"
    if name == "SessionTimes":
        return _meetings(text)
    if name in NUMBERS:
        if text and not text.isdecimal():
            raise Refusal(400, 400, f"{name} is no number")
        return int(text) if text else None
    return text or None


def _meetings(text: str) -> list[Json]:
    try:
        found = orjson.loads(text)
        if found and all(set(item) == {"Start", "End"} and item["Start"] < item["End"] for item in found):
            return list(found)
    except (orjson.JSONDecodeError, TypeError):
        pass
    raise Refusal(400, 400, "ClassMeetings is not a list of {Start, End}")


def _fill(call: Call, row: Json, names: dict[str, str], needed: tuple[str, ...]) -> None:
    """Take the parameters over. Refuses where a required one is missing or refers to nothing."""
    if missing := [name for name in needed if not call.sent.get(name)]:
        raise Refusal(400, 400, f"{missing[0]} is required")
    fresh = {names[name]: _typed(names[name], text) for name, text in call.query.items() if name in names}
    _check(call, fresh)
    row.update(fresh)


def _check(call: Call, fresh: Json) -> None:
    organizations = _rows(call, "organizations")
    shared = str(fresh.get("AvailableToOrganizationIds") or "").split(",")
    for key in (fresh.get("OrganizationId"), fresh.get("ParentId"), *shared):
        if key and str(key) not in organizations:
            raise Refusal(400, 400, f"no organization {key}")
    for name, sort in (("ClassId", "classes"), ("UserId", "users")):
        if name in fresh and str(fresh[name]) not in _rows(call, sort):
            raise Refusal(400, 400, f"no {name} {fresh[name]}")
    allowed = {
        "CourseId": COURSES, "DeliveryTypeId": DELIVERIES, "ConfirmationStatusId": CONFIRMATIONS,
        "EnrollmentStatusId": STANDINGS, "CompletionStatusId": COMPLETIONS,
    }  # fmt: skip
    for name, values in allowed.items():
        if name in fresh and fresh[name] not in values:
            raise Refusal(400, 400, f"{name} cannot be {fresh[name]}")


def _unique(call: Call, sort: str, names: tuple[str, ...], row: Json) -> None:
    for name in names:
        value = str(row.get(name) or "").casefold()
        for other in _rows(call, sort).values():
            if other is not row and value and str(other.get(name) or "").casefold() == value:
                raise Refusal(400, 400, f"{name} is used already")


def _maker(
    sort: str, names: dict[str, str], needed: tuple[str, ...], unique: tuple[str, ...], blank: Json
) -> Callable[[Call], Answer]:
    def create(call: Call) -> Answer:
        row: Json = {**dict.fromkeys(names.values()), **blank}
        _fill(call, row, names, needed)
        _unique(call, sort, unique, row)
        row["Id"] = mint_number(call.world)
        _rows(call, sort)[str(row["Id"])] = row
        return done()

    return create


def _changer(
    sort: str, names: dict[str, str], needed: tuple[str, ...], unique: tuple[str, ...]
) -> Callable[[Call], Answer]:
    def update(call: Call) -> Answer:
        row = find(_rows(call, sort), call.path.get("id") or call.query.get("id"))
        fresh = dict(row)
        _fill(call, fresh, names, needed)
        before = dict(row)
        row.update(fresh)
        try:
            _unique(call, sort, unique, row)
        except Refusal:
            row.update(before)
            raise
        return done()

    return update


def _remover(sort: str) -> Callable[[Call], Answer]:
    def delete(call: Call) -> Answer:
        key = call.path.get("id") or call.query.get("id")
        find(_rows(call, sort), key)
        del _rows(call, sort)[str(key)]
        return done(RowsAffected=1)

    return delete


def _picture(row: Json) -> Json:
    """What a read shows of a row: to whom a class is offered, it does not."""
    return {name: value for name, value in row.items() if name != "AvailableToOrganizationIds"}


def _reader(sort: str, name: str, by: str, **more: Any) -> Callable[[Call], Answer]:
    def get(call: Call) -> Answer:
        asked = call.path.get("id") or call.path.get("key") or call.query.get("email") or call.query.get("id")
        for row in _rows(call, sort).values():
            if str(row.get(by) or "").casefold() == str(asked).casefold():
                shown = dict(row)
                if sort == "organizations":
                    shown |= {
                        "IntegrationKey": "secret-of-the-organization",
                        "DefaultUserPassword": "Pa55word",
                    }
                if sort in LISTED:
                    return read(name, {"Results": [_picture(shown)]})
                return read(name, {name: shown, **more})
        raise Refusal(404, 404, f"{name} not found")

    return get


def _searcher(sort: str) -> Callable[[Call], Answer]:
    def search(call: Call) -> Answer:
        rows = list(_rows(call, sort).values())
        index, size = number(call, "pageIndex", 0), number(call, "pageSize", 100)
        total = len(rows) + call.simulation.faults.short_total.get(call.operation.name, 0)
        return read(
            sort,
            {
                "TotalCount": total,
                "TotalPages": -(-len(rows) // size),
                "Results": [_picture(row) for row in cut(call, rows, index * size, size)],
            },
        )

    return search


def list_roles(call: Call) -> Answer:
    """The roles there are; the cheapest request to see whether the key is good."""
    return read("Roles", {"Roles": [{"Id": 1, "Name": "Student", "Description": ""}]})


def _row(name: str, access: Access, act: Callable[[Call], Answer], *query: str) -> Operation:
    return Operation(f"GET /{name}", access, act, query=frozenset(query))


_USER = ("userName", "email", "firstName", "lastName", "organizationId")
_SEAT = ("classId", "userId", "enrollmentStatusId", "completionStatusId")
_PEOPLE: Json = {"Roles": [], "ManagedOrganizations": [], "CustomFields": []}
OPERATIONS = (
    _row("GetUserRoles", "read", list_roles),
    _row("GetUser/{id}", "read", _reader("users", "User", "Id", **_PEOPLE)),
    _row("GetUserByExternalId/{key}", "read", _reader("users", "User", "ExternalId", **_PEOPLE)),
    _row("GetUserByEmail", "read", _reader("users", "User", "Email", **_PEOPLE), "email"),
    _row(
        "CreateUser",
        "write",
        _maker("users", USER, (*_USER, "password"), ("ExternalId", "UserName"), {"Disabled": False}),
        *USER,
        "password",
        "forcePasswordChange",
    ),
    _row(
        "UpdateUser",
        "write",
        _changer("users", USER, ("id", *_USER), ("ExternalId", "UserName")),
        "id",
        *USER,
    ),
    _row("DeleteUser/{id}", "write", _remover("users")),
    _row("GetOrganization/{id}", "read", _reader("organizations", "Organization", "Id", Children=[])),
    _row(
        "GetOrganizationByExternalId/{key}",
        "read",
        _reader("organizations", "Organization", "ExternalId", Children=[]),
    ),
    _row(
        "CreateOrganization",
        "write",
        _maker("organizations", ORGANIZATION, ("name",), ("ExternalId",), {}),
        *ORGANIZATION,
    ),
    _row(
        "UpdateOrganization/{id}",
        "write",
        _changer("organizations", ORGANIZATION, ("name",), ("ExternalId",)),
        *ORGANIZATION,
    ),
    _row("DeleteOrganization/{id}", "write", _remover("organizations")),
    _row("GetClass/{id}", "read", _reader("classes", "Class", "Id")),
    _row("GetClassByExternalId", "read", _reader("classes", "Class", "ExternalId"), "id"),
    _row(
        "CreateClass",
        "write",
        _maker("classes", CLASS, ("CourseId", "ClassMeetings"), ("ExternalId",), {"ConfirmationStatusId": 0}),
        *CLASS,
    ),
    _row(
        "UpdateClass/{id}",
        "write",
        _changer("classes", CLASS, ("CourseId", "ClassMeetings"), ("ExternalId",)),
        *CLASS,
    ),
    _row("SearchClassEnrollments", "read", _searcher("enrollments"), "pageIndex", "pageSize", "sort"),
    _row("GetClassEnrollment/{id}", "read", _reader("enrollments", "ClassEnrollment", "Id")),
    _row(
        "CreateClassEnrollment",
        "write",
        _maker(
            "enrollments",
            ENROLLMENT,
            _SEAT,
            ("ExternalId",),
            {},
        ),
        *ENROLLMENT,
    ),
    _row(
        "UpdateClassEnrollment/{id}",
        "write",
        _changer("enrollments", ENROLLMENT, _SEAT, ("ExternalId",)),
        *ENROLLMENT,
    ),
    _row("DeleteClassEnrollment/{id}", "write", _remover("enrollments")),
)
VENDOR = Vendor("/skillable/api/2.0", OPERATIONS, open_door(knows), refuse)
SETTINGS = {"base_url": "/skillable/api/2.0", "token": API_KEY}
