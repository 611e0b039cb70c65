"""What learning platforms tell of the courses that something is to be linked to, or was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model import (
    Address,
    ChecksCourses,
    CountsRoles,
    Declared,
    Driver,
    Enrolled,
    Record,
    Wanted,
)
from reconciler.model.host_rights import find_shift, linked_courses
from reconciler.model.references import references

MOST_COUNTED = 200
"""Courses of a platform whose enrolments one run reads for a credential: at a request or two each, a minute.

Each credential has its own, so that a snapshot, which asks for all, holds what a plan asks for some."""


def find_misplaced(
    desired: Declared,
    records: Mapping[Address, Record],
    drivers: Mapping[str, Driver],
    refused: Mapping[str, str],
) -> dict[Address, str]:
    """Why courses that something new is to be linked to cannot be: asked of the platforms they name."""
    asked: dict[str, dict[Address, Wanted[Any]]] = defaultdict(dict)
    for address, item in desired.resources.items():
        if address in records or address.target not in drivers:
            continue
        for _, named in references(item.resource):
            course = desired.resources.get(named)
            platform = getattr(course.resource, "platform", None) if course else None
            if course and isinstance(platform, str):
                asked[platform][named] = Wanted(named, "", course.resource)
    found: dict[Address, str] = {}
    for platform, courses in asked.items():
        if why := _out_of_reach(platform, drivers, refused):
            found |= dict.fromkeys(courses, f"it was not looked for: {why}")
        else:
            found |= _ask_courses(drivers[platform], tuple(courses.values()))
    return found


def _out_of_reach(platform: str, drivers: Mapping[str, Driver], refused: Mapping[str, str]) -> str:
    """Why a platform cannot be asked in this run, "" if it can."""
    if platform in refused or platform in drivers:
        return refused.get(platform, "")
    return f"its platform {platform} is not part of this run"


def _ask_courses(driver: object, courses: Sequence[Wanted[Any]]) -> Mapping[Address, str]:
    if not isinstance(driver, ChecksCourses):
        return {}
    try:
        return driver.check_courses(courses)
    except ReconcilerError as error:
        return {course.address: f"it was not looked for: {error}" for course in courses}


def find_enrolled(
    desired: Declared,
    records: Mapping[Address, Record],
    drivers: Mapping[str, Driver],
    refused: Mapping[str, str],
    *,
    always: bool = False,
) -> Iterable[Enrolled]:
    """Who takes part in the courses of every credential whose host rights are to change; of all if `always`.

    Else nothing is asked for the others: enrolments are many, and change by themselves.
    """
    linked: dict[str, list[list[Address]]] = defaultdict(list)  # by platform: each credential's courses
    for credential, named in linked_courses(desired.resources).items():
        if credential.target in drivers and (always or _moves(credential, desired, records)):
            for platform, found in _by_platform(desired, named).items():
                linked[platform].append(found)
    for platform, lists in sorted(linked.items()):
        some = {address for found in lists for address in found[:MOST_COUNTED]}
        others = {address for found in lists for address in found} - some
        asked, left = (
            [Wanted(a, "", desired.resources[a].resource) for a in sorted(few)] for few in (some, others)
        )
        why = _out_of_reach(platform, drivers, refused) if platform else "`platform` is not declared"
        yield from _leave_out([*asked, *left], why) if why else _ask_roles(drivers[platform], asked, left)


def _by_platform(desired: Declared, courses: Iterable[Address]) -> Mapping[str, list[Address]]:
    found: dict[str, list[Address]] = defaultdict(list)
    for address in courses:
        platform = getattr(desired.resources[address].resource, "platform", None)
        found[platform if isinstance(platform, str) else ""].append(address)
    return found


def _moves(credential: Address, desired: Declared, records: Mapping[Address, Record]) -> bool:
    def stays(record: Record) -> bool:
        return record.protect or record.on_absent == "keep"

    shift = find_shift(credential, desired.resources, records, stays)
    return shift.before != shift.after


_BEYOND = f"no more than {MOST_COUNTED:,} courses of a platform are asked for in a run"


def _ask_roles(
    driver: object, some: Sequence[Wanted[Any]], others: Sequence[Wanted[Any]]
) -> Iterable[Enrolled]:
    if not isinstance(driver, CountsRoles):
        return _leave_out([*some, *others], "its enrolments cannot be read")
    beyond = _leave_out(others, _BEYOND)
    try:
        return (*driver.roles_in(some), *beyond)
    except ReconcilerError as error:
        failed = (Enrolled(course.address, _context_of(course), unknown=str(error)) for course in some)
        return (*failed, *beyond)


def _leave_out(courses: Sequence[Wanted[Any]], why: str) -> tuple[Enrolled, ...]:
    """Without a context: nobody was asked for it, which a plan from a snapshot has to tell from an answer."""
    return tuple(Enrolled(course.address, "", unknown=why) for course in courses)


def _context_of(course: Wanted[Any]) -> str:
    return course.resource.context_id if isinstance(course.resource.context_id, str) else ""
