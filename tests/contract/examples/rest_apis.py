"""The shipped REST mappings: one example per mapping and kind that has requests, and those kept by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.contract.examples.shape import Example
from tests.contract.rest_targets import target


def example(api: str, kind: str, section: str, fields: dict[str, Any], **more: Any) -> Example:
    """An example of one mapping's kind, named thing; its fields are tried together, but for those `apart`."""
    more.setdefault("alike", frozenset(more.get("edits", {})) - more.pop("apart", frozenset()))
    return Example(
        driver=f"rest:{api}",
        kind=kind,
        address=f"{api}/{kind}/thing",
        section=section,
        fields=fields,
        target=target(api),
        **more,
    )


def drops(create: str, update: str, **wires: str) -> dict[str, dict[str, str]]:
    """Per field, what holds it in a create and in an update."""
    return {name: {create: wire, update: wire} for name, wire in wires.items()}


def needs(api: str, **sections: Mapping[str, Any]) -> dict[str, str]:
    """What else is declared."""
    return {f"{api}/needs.yaml": json.dumps(sections)}


UNITS: dict[str, Any] = {"campus": {"title": "Campus"}, "annex": {"title": "Annex"}}
PERSON = {
    "email": "grace@example.edu",
    "first_name": "Grace",
    "last_name": "Hopper",
    "organization": "campus",
}
SESSION = [{"start": "2026-10-07T14:00:00Z", "end": "2026-10-07T15:00:00Z"}]
CLASS = {"course_id": "101", "sessions": SESSION}
PARAMETERS: dict[str, str] = {"custom_term": "fall", "custom_value_1": "some value"}
BY_HAND: dict[str, Any] = {
    "title": "Zoom",
    "organization": "campus",
    "key": "KLAIJC9OTI2Hm",
    "secret": "${env:SPARE_SECRET}",
    "custom_parameters": PARAMETERS,
    "available_to": ["campus"],
}


SKILLABLE = (
    example(
        "skillable",
        "organization",
        "organizations",
        {
            "title": "Biology",
            "description": "Department of Biology",
            "parent": "campus",
            "timezone": "Eastern Standard Time",
            "language": "en-US",
        },
        edits={
            "title": "Biology and Botany",
            "description": "Two departments",
            "parent": "annex",
            "timezone": "UTC",
            "language": "de-DE",
        },
        drops=drops(
            "GET /CreateOrganization",
            "GET /UpdateOrganization/{id}",
            title="name",
            description="description",
            parent="parentId",
            timezone="timeZoneId",
            language="culture",
        ),
        reads=("GET /GetOrganization/{id}",),
        store="rest.skillable.organizations",
        needs=needs("skillable", organizations=UNITS),
    ),
    example(
        "skillable",
        "user",
        "users",
        {
            "email": "ada@example.edu",
            "login": "ada",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "job_title": "Lecturer",
            "timezone": "UTC",
            "organization": "campus",
            "active": True,
        },
        edits={
            "email": "ada.king@example.edu",
            "login": "ada.king",
            "first_name": "Augusta",
            "last_name": "King",
            "job_title": "Dean",
            "timezone": "GMT Standard Time",
            "organization": "annex",
            "active": False,
        },
        drops=drops(
            "GET /CreateUser",
            "GET /UpdateUser",
            email="email",
            login="userName",
            first_name="firstName",
            last_name="lastName",
            job_title="title",
            timezone="timeZoneId",
            organization="organizationId",
            active="disabled",
        ),
        reads=("GET /GetUser/{id}",),
        store="rest.skillable.users",
        needs=needs("skillable", organizations=UNITS),
        usual=frozenset({"active"}),
        apart=frozenset({"active"}),
        other={"login": "other"},
        ended={"Disabled": True},
    ),
    example(
        "skillable",
        "class",
        "classes",
        {
            "title": "Biology 101",
            "course_id": "101",
            "sessions": SESSION,
            "organization": "campus",
            "delivery": "virtual",
            "join_url": "https://zoom.example.com/j/1",
            "min_seats": 2,
            "seats": 24,
            "active": True,
        },
        edits={
            "title": "Biology 102",
            "course_id": "102",
            "sessions": [{"start": "2026-10-08T14:00:00Z", "end": "2026-10-08T15:30:00Z"}],
            "organization": "annex",
            "delivery": "mixed",
            "join_url": "https://zoom.example.com/j/2",
            "min_seats": 3,
            "seats": 30,
            "active": False,
        },
        drops=drops(
            "GET /CreateClass",
            "GET /UpdateClass/{id}",
            title="Name",
            course_id="CourseId",
            sessions="ClassMeetings",
            organization="OrganizationId",
            delivery="DeliveryTypeId",
            join_url="CustomVirtualClassroomUrl",
            min_seats="MinStudents",
            seats="MaxStudents",
            active="ConfirmationStatusId",
        ),
        reads=("GET /GetClass/{id}",),
        store="rest.skillable.classes",
        needs=needs("skillable", organizations=UNITS),
        usual=frozenset({"active"}),
        apart=frozenset({"active"}),
        ended={"ConfirmationStatusId": 2},
    ),
    example(
        "skillable",
        "enrollment",
        "enrollments",
        {"in_class": "bio", "user": "grace", "standing": "enrolled"},
        edits={"standing": "waitlisted"},
        drops=drops(
            "GET /CreateClassEnrollment", "GET /UpdateClassEnrollment/{id}", standing="enrollmentStatusId"
        ),
        reads=("GET /SearchClassEnrollments",),
        store="rest.skillable.enrollments",
        needs=needs(
            "skillable",
            organizations=UNITS,
            users={"grace": PERSON, "alan": PERSON | {"email": "alan@example.edu"}},
            classes={"bio": CLASS},
        ),
        other={"user": "alan"},
    ),
    example(
        "skillable",
        "lti_tool",
        "lti_tools",
        BY_HAND,
        needs=needs("skillable", organizations=UNITS),
        indirect=frozenset({"credential"}),
    ),
    example(
        "skillable",
        "lti_resource_link",
        "lti_resource_links",
        {
            "title": "Lab",
            "organization": "campus",
            "tool": "zoom",
            "url": "https://labs.example.com/1",
            "custom_parameters": PARAMETERS,
            "requires_score": True,
            "available_to": ["campus"],
        },
        needs=needs("skillable", organizations=UNITS, lti_tools={"zoom": BY_HAND}),
    ),
)
COMMUNITY = (
    example(
        "community",
        "lti_community",
        "lti_communities",
        {
            "title": "Campus",
            "closed": True,
            "key": "KLAIJC9OTI2Hm",
            "secret": "${env:SPARE_SECRET}",
            "auto_provisioning": True,
        },
        edits={"title": "The Campus", "closed": False, "key": "AnotherKey1", "auto_provisioning": False},
        drops=drops(
            "POST /communities",
            "PATCH /communities/{id}",
            title="name",
            closed="closed",
            key="lti_key",
            auto_provisioning="auto_provisioning",
        ),
        reads=("GET /communities",),
        store="rest.community.communities",
        usual=frozenset({"closed"}),
        apart=frozenset({"closed"}),
    ),
    example(
        "community",
        "community_member",
        "community_members",
        {
            "community": "campus",
            "email": "ada@example.edu",
            "role": "pro_author_instructor",
            "membership": "guest",
        },
        edits={"role": "view_only_student", "membership": "member"},
        drops=drops(
            "POST /communities/{community}/members",
            "PATCH /communities/{community}/members/{id}",
            role="role",
            membership="membership",
        ),
        reads=("GET /communities/{community}/members",),
        store="rest.community.members",
        needs=needs("community", lti_communities={"campus": {"title": "Campus"}}),
        ended={"removed": True},
    ),
)
