"""Moodle: one example per kind."""

from __future__ import annotations

import json

from tests.contract.examples.shape import Example

TARGET = (
    'moodle-main: {driver: moodle, base_url: "%(origin)s/moodle", token: "${env:MOODLE_TOKEN}", '
    "policy: auto, prune: [lti_tool, user, group]}"
)
CARTRIDGE = "https://tool.example.edu/zoom.xml"
PUBLISHED = {
    "do": "moodle_publish",
    "url": CARTRIDGE,
    "title": "Zoom LTI Pro",
    "launch_url": "https://applications.zoom.us/lti/rich",
}
CREATE_USER, UPDATE_USER = "core_user_create_users", "core_user_update_users"
UPDATE_TOOL = "mod_lti_update_tool_type"
MADE = {
    "email": "email",
    "login": "username",
    "sis_id": "idnumber",
    "first_name": "firstname",
    "last_name": "lastname",
    "department": "department",
    "company": "institution",
    "location": "city",
    "language": "lang",
    "timezone": "timezone",
}
"""Our fields of a person, and what Moodle calls them."""
PEOPLE = {
    "moodle-main/people.yaml": json.dumps(
        {
            "users": {
                name: {"email": f"{name}@example.edu", "first_name": name.title(), "last_name": "Person"}
                for name in ("host", "deputy", "third")
            }
        }
    )
}

EXAMPLES: tuple[Example, ...] = (
    Example(
        driver="moodle",
        kind="user",
        address="moodle-main/user/ada",
        section="users",
        fields={
            "email": "ada@example.edu",
            "login": "ada.l",
            "sis_id": "E100",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "department": "Mathematics",
            "company": "Example University",
            "location": "London",
            "language": "de",
            "timezone": "Europe/Vienna",
            "active": True,
        },
        edits={
            "email": "ada.king@example.edu",
            "login": "ada.k",
            "sis_id": "E101",
            "first_name": "Augusta",
            "last_name": "King",
            "department": "Computing",
            "company": "Another University",
            "location": "Paris",
            "language": "fr",
            "timezone": "Europe/London",
            "active": False,
        },
        drops={
            **{
                name: {CREATE_USER: f"users.{wire}", UPDATE_USER: f"users.{wire}"}
                for name, wire in MADE.items()
            },
            "active": {UPDATE_USER: "users.suspended"},
        },
        reads=("core_user_get_users_by_field",),
        usual=frozenset({"active"}),
        alike=frozenset(
            {"first_name", "last_name", "department", "company", "location", "language", "timezone"}
        ),
        undo="moodle_delete_user user",
        store="moodle.users",
        target=TARGET,
        other={"login": "other", "sis_id": "E900"},
    ),
    Example(
        driver="moodle",
        kind="group",
        address="moodle-main/group/faculty",
        section="groups",
        fields={"title": "The Faculty", "members": {"exactly": ["host", "deputy"]}},
        edits={"title": "Academic Staff", "members": {"exactly": ["host", "third"]}},
        drops={
            "title": {
                "core_cohort_create_cohorts": "cohorts.name",
                "core_cohort_update_cohorts": "cohorts.name",
            },
            "members": {"core_cohort_add_cohort_members": "members"},
        },
        reads=("core_cohort_get_cohorts", "core_cohort_get_cohort_members"),
        undo="moodle_delete_cohort cohort",
        store="moodle.cohorts",
        needs=PEOPLE,
        target=TARGET,
    ),
    Example(
        driver="moodle",
        kind="lti_tool",
        address="moodle-main/lti_tool/zoom",
        section="lti_tools",
        fields={
            "title": "Zoom",
            "description": "Meetings",
            "key": "KLAIJC9OTI2Hm",
            "secret": "${env:SPARE_SECRET}",
            "url": "https://applications.zoom.us/lti/rich",
            "cartridge": CARTRIDGE,
            "enabled": True,
        },
        edits={"title": "Zoom LTI Pro", "description": "Online meetings", "enabled": False},
        drops={
            "title": {UPDATE_TOOL: "name"},
            "description": {UPDATE_TOOL: "description"},
            "enabled": {UPDATE_TOOL: "state"},
        },
        reads=("mod_lti_get_tool_types",),
        usual=frozenset({"enabled"}),
        indirect=frozenset({"credential"}),
        undo="moodle_delete_tool tool",
        store="moodle.tool_types",
        target=TARGET,
        setup=(PUBLISHED,),
    ),
)
