"""Whether declared courses are on a Moodle site: a launch's context id there is the course's number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.drivers.base import shaped
from reconciler.drivers.moodle.api import LOOK_UP_COURSES, Site, chunks
from reconciler.model.objects import Address
from reconciler.model.ports import Wanted
from reconciler.resources.course import Course

FRONT_PAGE = "1"
"""The site's front page is a course to Moodle, and nobody's."""


def check_courses(site: Site, courses: Sequence[Wanted[Course]], target: str) -> Mapping[Address, str]:
    """What is wrong with each course that cannot be linked to as declared; the others are left out.

    Moodle shows no course that the token's user may not see, so what is missing may be hidden.
    """
    numbers = sorted({text for course in courses if (text := read_number(course.resource.context_id))})
    found: dict[str, str] = {}
    for some in chunks(numbers):
        answer = site.ask(LOOK_UP_COURSES, {"field": "ids", "value": ",".join(some)})
        with shaped(LOOK_UP_COURSES.name):
            found |= {str(course["id"]): str(course["fullname"]) for course in answer["courses"]}
    return dict(_faults(courses, found, target))


def _faults(
    courses: Sequence[Wanted[Course]], found: Mapping[str, str], target: str
) -> Iterator[tuple[Address, str]]:
    for course in courses:
        context = course.resource.context_id
        number = read_number(context)
        if not isinstance(context, str):
            yield course.address, "it has no context_id"
        elif number == FRONT_PAGE:
            yield course.address, f"context_id 1 is the front page of {target}, no course"
        elif not number:
            yield course.address, f"context_id {context} is not the number that a course of {target} has"
        elif number not in found:
            why = "or the token's user may not see it"
            yield course.address, f"{target} has no course with the context_id {number}, {why}"


def read_number(context: object) -> str:
    """The number of the course that a context id is on a Moodle, "" if it is none."""
    return context if isinstance(context, str) and context.isdecimal() else ""
