"""Who may host by one LTI credential: as its page was last confirmed, and as it is declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.model.objects import Address, Desired
from reconciler.model.recorded import Record
from reconciler.resources.base import OMITTED, Resource
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_settings import LtiSettings
from reconciler.resources.role_map import RoleMap, spell_out

LISTED, STUDENTS = "instructors", "students_host"


@dataclass(frozen=True, slots=True)
class HostRights:
    """Launches that may host: those whose roles hold one of `texts`, or every one where students may."""

    texts: frozenset[str]
    students: bool

    def admit(self, roles: Set[str]) -> bool:
        """Whether somebody who launches with these texts as roles may host."""
        return self.students or not self.texts.isdisjoint(roles)


class Shift(NamedTuple):
    """The host rights by one credential before, and after what is declared for it is done."""

    before: HostRights
    after: HostRights


def find_shift(
    credential: Address,
    resources: Mapping[Address, Desired[Resource]],
    records: Mapping[Address, Record],
    stays: Callable[[Record], bool],
) -> Shift:
    """What becomes of a credential's host rights; `stays` says which undeclared entries the page keeps.

    What an entry does not name stays as it was confirmed. The tool's own defaults count for nothing.
    """
    named = sorted(a for a in {*resources, *records} if _is_of(a, credential))
    entries = [_Entry(resources.get(a), records.get(a), stays) for a in named]
    maps = [entry for entry, a in zip(entries, named, strict=True) if a.kind == RoleMap.kind]
    pages = [entry for entry, a in zip(entries, named, strict=True) if a.kind == LtiSettings.kind]
    return Shift(
        HostRights(
            frozenset(text for entry in maps for text in entry.confirmed_texts()),
            any(entry.confirmed(STUDENTS) is True for entry in pages),
        ),
        HostRights(
            frozenset(text for entry in maps for text in entry.next_texts()),
            any(entry.next_value(STUDENTS) is True for entry in pages),
        ),
    )


def _is_of(address: Address, credential: Address) -> bool:
    ours = address.target == credential.target and address.kind in (RoleMap.kind, LtiSettings.kind)
    return ours and address.name.startswith(f"{credential.name}.")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a page: as it is declared, as it was confirmed, and what becomes of one not declared."""

    item: Desired[Resource] | None
    record: Record | None
    stays: Callable[[Record], bool]

    def confirmed(self, name: str) -> Any:
        known = self.record.fields.get(name) if self.record else None
        return known.value if known else None

    def confirmed_texts(self) -> tuple[str, ...]:
        listed = self.confirmed(LISTED)
        return tuple(listed) if isinstance(listed, tuple | list) else ()

    def next_value(self, name: str) -> Any:
        if self.item is None:
            return self.confirmed(name) if self.record and self.stays(self.record) else None
        value = getattr(self.item.resource, name)
        return self.confirmed(name) if value is OMITTED else value

    def next_texts(self) -> tuple[str, ...]:
        roles = self.item.resource if self.item else None
        if isinstance(roles, RoleMap) and roles.instructors is not OMITTED:
            return spell_out(roles, LISTED)
        return tuple(self.next_value(LISTED) or ())


def linked_courses(resources: Mapping[Address, Desired[Resource]]) -> Mapping[Address, tuple[Address, ...]]:
    """Per credential the courses into which meetings are imported with it, each once, in order."""
    found: dict[Address, set[Address]] = defaultdict(set)
    for address, item in resources.items():
        link = item.resource
        if address.kind != CourseLink.kind or not isinstance(link, CourseLink):
            continue
        if isinstance(link.credential, str) and isinstance(link.course, str):
            found[Address.parse(link.credential)].add(Address.parse(link.course))
    return {credential: tuple(sorted(courses)) for credential, courses in sorted(found.items())}
