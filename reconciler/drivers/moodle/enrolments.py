"""Who takes part in courses of a Moodle site, and as what each of them would launch a tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.enrolments import People, gather, read_each, spell_both
from reconciler.drivers.moodle.api import LIST_ENROLLED, Site
from reconciler.drivers.moodle.courses import FRONT_PAGE, read_number
from reconciler.drivers.paging import refuse_twins
from reconciler.errors import IncompleteReading
from reconciler.model.objects import Enrolled
from reconciler.model.ports import Wanted
from reconciler.resources.course import Course

INSTRUCTOR, LEARNER = spell_both("moodle", "Instructor"), spell_both("moodle", "Learner")
TEACHES: Mapping[str, bool] = {"editingteacher": True, "teacher": True, "manager": True, "student": False}
"""Whether a role, as Moodle ships it, has the capability mod/lti:manage: then it launches as Instructor."""
OPTIONS = ({"name": "onlyactive", "value": "1"}, {"name": "userfields", "value": "id,roles"})


def roles_in(site: Site, courses: Sequence[Wanted[Course]]) -> Sequence[Enrolled]:
    """Everybody enrolled in each course and not suspended there, as far as the token's user may see them.

    Roles are those given in the course: what somebody is by a category or the site does not show.
    """
    return read_each(site.client, courses, partial(_read, site))


def _read(site: Site, context: str) -> People:
    number = read_number(context)
    if not number or number == FRONT_PAGE:
        raise IncompleteReading(f"context_id {context} is not the number of a course")
    listed = site.ask(LIST_ENROLLED, {"courseid": number, "options": OPTIONS})
    with shaped(LIST_ENROLLED.name):
        if not isinstance(listed, list):
            raise TypeError(f"a list was expected, not {type(listed).__name__}")
        refuse_twins((str(row["id"]) for row in listed), LIST_ENROLLED.name)
        return gather(_sort(listed))


def _sort(listed: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each person's texts. Raises IncompleteReading where only a role of the site's own could tell them."""
    for row in listed:
        names = [str(role["shortname"]) for role in row["roles"]]
        own = next((name for name in names if name not in TEACHES), "")
        teaches = any(TEACHES.get(name, False) for name in names)
        if own and not teaches:
            raise IncompleteReading(
                f"somebody has the role {own[:40]!r}, and whether that launches as an instructor "
                "(mod/lti:manage) is not told"
            )
        yield str(row["id"]), INSTRUCTOR if teaches else LEARNER
