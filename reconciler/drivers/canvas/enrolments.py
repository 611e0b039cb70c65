"""Who takes part in courses of this Canvas, and as what each of them would launch a tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import LIST_ENROLLMENTS, PAGE_SIZE
from reconciler.drivers.enrolments import People, gather, read_each, spell_both
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_links
from reconciler.model.objects import Enrolled
from reconciler.model.ports import Wanted
from reconciler.resources.course import Course

ACTIVE = "active"
TEST_STUDENT = "StudentViewEnrollment"
"""A course's Test Student, by whom its teachers look at it as students do: nobody."""
LAUNCHES: Mapping[str, frozenset[str]] = {
    "StudentEnrollment": spell_both("canvas", "Learner"),
    "TeacherEnrollment": spell_both("canvas", "Instructor"),
    "TaEnrollment": spell_both("canvas", "TeachingAssistant", "Instructor TeachingAssistant"),
    "DesignerEnrollment": spell_both("canvas", "ContentDeveloper"),
    "ObserverEnrollment": spell_both("canvas", "institution/Observer Mentor", "Mentor"),
}
"""By type of enrolment, which a role of the account's own has as its base (Canvas source, lti_role.rb and
substitutions_helper.rb)."""


def roles_in(client: Client, courses: Sequence[Wanted[Course]]) -> Sequence[Enrolled]:
    """Everybody with an active enrolment in each course (Canvas API documentation, Enrollments)."""
    return read_each(client, courses, partial(_read, client))


def _read(client: Client, context: str) -> People:
    path = {"course": f"lti_context_id:{context}"}
    listed = read_links(client, LIST_ENROLLMENTS, size=PAGE_SIZE, path=path)
    with shaped(LIST_ENROLLMENTS.name):
        return gather(
            (str(row["user_id"]), LAUNCHES[row["type"]])
            for row in listed
            if row["enrollment_state"] == ACTIVE and row["type"] != TEST_STUDENT
        )
