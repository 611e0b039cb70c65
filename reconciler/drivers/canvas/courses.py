"""Courses that are declared to be on this Canvas: is each there, and is its id the declared one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import GET_COURSE
from reconciler.drivers.http import Client
from reconciler.errors import Absent
from reconciler.model.objects import Address
from reconciler.model.ports import Wanted
from reconciler.resources.course import Course


def check_courses(client: Client, courses: Sequence[Wanted[Course]], target: str) -> Mapping[Address, str]:
    """What is wrong with each course that cannot be linked to as declared; the others are left out.

    A course is found by the opaque context id its launches carry (Canvas API documentation, SIS IDs).
    """

    def look(wanted: Wanted[Course]) -> str:
        context = wanted.resource.context_id
        if not isinstance(context, str):
            return "it has no context_id"
        try:
            wire = client.call(GET_COURSE, path={"course": f"lti_context_id:{context}"})
        except Absent:
            return f"{target} has no course with the context_id {context}"
        with shaped(GET_COURSE.name):
            remote_id = str(wire["id"])
        declared = wanted.resource.canvas_course_id
        if isinstance(declared, str) and declared != remote_id:
            return f"its canvas_course_id is {remote_id} in {target}, not {declared}"
        return ""

    found = client.each(look, courses)
    return {wanted.address: why for wanted, why in zip(courses, found, strict=True) if why}
