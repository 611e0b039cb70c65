"""Who takes part in a course: one row per enrolment (Canvas API documentation, Enrollments)."""

from __future__ import annotations

from datetime import datetime

from reconciler.sandbox.calls import Answer, Call, Json, Operation
from reconciler.sandbox.canvas.pages import PAGING, cut
from reconciler.sandbox.canvas.people import find_course
from reconciler.sandbox.canvas.store import Canvas
from reconciler.sandbox.clock import zulu

TYPES = (
    "StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "DesignerEnrollment", "ObserverEnrollment",
    "StudentViewEnrollment",
)  # fmt: skip
STATES = ("active", "invited", "creation_pending", "deleted", "rejected", "completed", "inactive")
OVER = frozenset({"deleted", "rejected", "completed"})
"""States that an admin is not shown unless they are asked for."""


def list_enrollments(call: Call) -> Answer:
    """The enrolments of a course, in the order of types and names; of people who are gone none."""
    site = call.world.canvas
    course = find_course(site, call.path["course"])
    states, types = (
        frozenset(filter(None, call.query.get(name, "").split(","))) for name in ("state[]", "type[]")
    )
    people = {user["id"]: user for user in site.users}
    rows = [
        row
        for row in site.enrollments
        if row["course_id"] == course["id"]
        and row["user_id"] in people
        and (row["enrollment_state"] in states if states else row["enrollment_state"] not in OVER)
        and (not types or row["type"] in types)
    ]
    rows.sort(key=lambda row: (row["type"], people[row["user_id"]]["name"].casefold(), row["id"]))
    return cut(call, rows, lambda row: _show(row, people[row["user_id"]]))


def _show(row: Json, user: Json) -> Json:
    names = dict.fromkeys(("name", "sortable_name", "short_name"), user["name"])
    return {**row, "user": {"id": user["id"], **names}}


def enrol(site: Canvas, course: Json, user: Json, told: Json, now: datetime) -> Json:
    """Keep an enrolment of this `type`, `role` and `enrollment_state`."""
    row: Json = {
        "id": site.mint(),
        "course_id": course["id"],
        "course_section_id": course["id"],
        "user_id": user["id"],
        "associated_user_id": None,
        "root_account_id": 1,
        "limit_privileges_to_course_section": False,
        "created_at": zulu(now),
        "updated_at": zulu(now),
        **told,
    }
    site.enrollments.append(row)
    return row


OPERATIONS = (
    Operation(
        "GET /api/v1/courses/{course}/enrollments",
        "read",
        list_enrollments,
        scopes=("roster",),
        query=PAGING | {"state[]", "type[]"},
    ),
)
