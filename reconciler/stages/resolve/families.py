"""One resource per live meeting, numbered, and with `course:` its place in the course as another resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Problem
from reconciler.model import NO_TARGET, Address, Capability, Desired
from reconciler.model.names import fold_name
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import OMITTED, Resource, evolve
from reconciler.resources.course import Course
from reconciler.resources.course_link import CourseLink
from reconciler.resources.course_meeting import CourseMeeting, CourseRef, read_course_ref
from reconciler.secrets import normalise_origin
from reconciler.settings import Settings
from reconciler.stages.resolve.checks.hosts import not_approved
from reconciler.stages.resolve.drafts import Draft
from reconciler.stages.resolve.names import Dead, Names
from reconciler.stages.resolve.targets import place_setting
from reconciler.stages.resolve.terms import Terms


@dataclass(frozen=True, slots=True)
class Wish:
    """A family of meetings that wants to be linked to a course; no members if these have mistakes."""

    draft: Draft
    course: CourseRef
    members: tuple[Desired[Resource], ...]


def expand(draft: Draft, meeting: CourseMeeting, terms: Terms) -> tuple[Desired[Resource], ...]:
    """The meetings of a family, each with its number in the name, without `course`; none with mistakes."""
    address, shared = draft.address, evolve(meeting, course=OMITTED)
    return tuple(
        desire(
            draft,
            evolve(shared, schedule=series),
            Address(address.target, address.kind, f"{address.name}/{number}"),
            address.name,
        )
        for number, series in terms.expand(draft, meeting.schedule).items()
    )


def find_course(draft: Draft) -> CourseRef | None:
    """The course a meeting is to be linked to, also of a meeting that has mistakes elsewhere."""
    try:
        written = read_course_ref(draft.values.get("course")) if draft.kind is CourseMeeting else None
        return CourseRef(**written) if isinstance(written, Mapping) else None
    except ValidationError:
        return None


def desire(draft: Draft, resource: Resource, address: Address, family: str = "") -> Desired[Resource]:
    """A draft's resource as it is desired."""
    where, places = draft.where, draft.places
    return Desired(address, resource, draft.lifecycle, where, places, draft.source, family, draft.also)


@dataclass(slots=True)
class Links:
    """Makes course links; what is missing for them is a problem that says which line to add."""

    settings: Settings
    capabilities: Mapping[str, Mapping[str, Capability]]
    companions: Mapping[str, str]
    names: Names
    drafts: Mapping[Address, Draft]
    resources: Mapping[Address, Desired[Resource]]
    problems: list[Problem]
    refused: set[tuple[str, str]] = field(default_factory=set)  # domain and credential
    _domains: list[Draft] = field(init=False)

    def __post_init__(self) -> None:
        self._domains = [draft for draft in self.drafts.values() if draft.kind is ApprovedDomain]

    def make(self, wish: Wish) -> Iterator[Desired[Resource]]:
        """One link per meeting of the family; none if anything is wrong."""
        draft = wish.draft
        via = self._choose(draft, wish.course)
        course = self._find_course(draft, wish.course)
        credential = self._find_credential(via) if via else ""
        if not (via and course and credential) or not isinstance(course.resource, Course):
            return
        domain = self._find_domain(course, via, credential)
        if not domain:
            return
        shared: dict[str, Any] = {
            "course": str(course.address),
            "credential": credential,
            "approved_domain": domain,
            "context_id": course.resource.context_id,
            "domain": course.resource.domain,
            "canvas_course_id": course.resource.canvas_course_id,
        }
        shared = {name: value for name, value in shared.items() if value is not OMITTED}
        places = {
            "course": draft.place("course"),
            "host": draft.place("host"),
            **{name: course.place(name) for name in ("context_id", "domain", "canvas_course_id")},
        }
        for member in wish.members:
            host = getattr(member.resource, "host", OMITTED)
            made = CourseLink(meeting=str(member.address), host=host, **shared)
            address = Address(via, CourseLink.kind, member.address.name)
            where = draft.place("course")
            yield Desired(address, made, draft.lifecycle, where, places, draft.source, draft.address.name)

    def _choose(self, draft: Draft, course: CourseRef) -> str:
        """The target that makes the link: `via`, else the only one that shares this target's account."""
        here, via = draft.address.target, fold_name(course.via or "")
        able = [
            name
            for name, target in self.settings.targets.items()
            if CourseLink.kind in self.capabilities.get(name, {})
            and target.values.get(self.companions.get(name, "")) == here
        ]
        if via:
            if via in able:
                return via
            what, remedy = f"`{via}` links no meetings of {here}", f"write one of {', '.join(able)}"
            self._refuse(draft, "course.via", what, remedy if able else _ADD_TARGET.format(here))
        elif len(able) > 1:
            what = f"several targets link meetings of {here}: {', '.join(able)}"
            remedy = f"write `course: {{name: {course.name}, via: {able[0]}}}`"
            self._refuse(draft, "course", what, remedy)
        elif not able and here in self.capabilities:
            self._refuse(draft, "course", f"no target links meetings of {here}", _ADD_TARGET.format(here))
        return able[0] if len(able) == 1 and not via else ""

    def _refuse(self, draft: Draft, path: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(draft.place(path), what, remedy))

    def _find_course(self, draft: Draft, course: CourseRef) -> Desired[Resource] | None:
        """The course, with everything a link needs; None if it is not there or was refused already."""
        address = self.names.find(course.name, NO_TARGET, Course.kind)
        if isinstance(address, Dead):
            self._refuse(draft, "course.name", f"`course`: {address.what}", address.remedy)
            return None
        found = self.resources.get(Address.parse(address))
        if found is None:
            return None
        missing = [name for name in ("context_id", "domain") if getattr(found.resource, name) is OMITTED]
        for name in missing:
            what = f"`{name}` is missing; meetings are linked to this course (at {draft.place('course')})"
            self.problems.append(Problem(found.where, what, f"add `{name}:`"))
        return None if missing else found

    def _find_credential(self, via: str) -> str:
        """The address of the credential of the target that makes the links."""
        target = self.settings.targets[via]
        named = target.values.get("credential")
        if not isinstance(named, str):
            what = f"the target {via} makes course links and has no `credential`"
            self.problems.append(Problem(target.where, what, "add `credential:` with the name of one"))
            return ""
        found = self.names.find(named, via, "lti_credential")
        if isinstance(found, Dead):
            self.problems.append(
                Problem(place_setting(target, "credential"), f"`credential`: {found.what}", found.remedy)
            )
            return ""
        return found

    def _find_domain(self, course: Desired[Resource], via: str, credential: str) -> str:
        """The approved domain of the credential that the course's platform is on."""
        wanted = str(getattr(course.resource, "domain", ""))
        slashed = ""
        for draft in self._domains:
            domain, named = draft.values.get("domain"), draft.values.get("credential")
            if draft.address.target != via or not isinstance(domain, str) or not isinstance(named, str):
                continue
            if self.names.find(named, via, "lti_credential") != credential:
                continue
            if domain.casefold() == wanted.casefold():
                return str(draft.address)
            slashed = slashed or (domain if domain.casefold() == wanted.casefold().rstrip("/") else "")
        what, remedy = not_approved(wanted, Address.parse(credential), course.address.name)
        self.refused.add((normalise_origin(wanted) or wanted, credential))
        self.problems.append(Problem(course.place("domain"), what, f"write {slashed}" if slashed else remedy))
        return ""


_ADD_TARGET = "add a target whose driver links meetings and that names {0}, such as `zoom: {0}`"
