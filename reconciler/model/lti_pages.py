"""What one LTI credential's configuration page is declared to hold, and which Zoom target it works on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from reconciler.model.objects import Address, Desired
from reconciler.model.ports import Capability
from reconciler.resources.allowed_email_domain import AllowedEmailDomain
from reconciler.resources.base import OMITTED, Resource
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_settings import LtiSettings
from reconciler.resources.role_map import RoleMap, spell_out
from reconciler.settings import Settings

R = TypeVar("R", bound=Resource)

EXCEPTION = "allow-authentication-exception"
"""The account setting without which authentication exceptions do nothing."""


@dataclass(frozen=True, slots=True)
class LtiPage:
    """The entries of one credential. `zoom` is the target with its people and meetings, "" if none is."""

    credential: Address
    zoom: str
    settings: tuple[Desired[LtiSettings], ...]
    role_maps: tuple[Desired[RoleMap], ...]
    domains: tuple[Desired[AllowedEmailDomain], ...]
    links: tuple[Desired[CourseLink], ...]

    def setting(self, name: str) -> Any:
        """A declared setting, else OMITTED."""
        return next((getattr(item.resource, name) for item in self.settings[:1]), OMITTED)

    def texts(self, name: str) -> frozenset[str]:
        """Every text in one of the page's lists of roles, `instructors` or `alternative_hosts`."""
        return frozenset(text for item in self.role_maps for text in spell_out(item.resource, name))

    @property
    def mail_domains(self) -> frozenset[str]:
        """The allowed e-mail domains; without any, all are."""
        return frozenset(
            item.resource.domain for item in self.domains if isinstance(item.resource.domain, str)
        )


def lti_pages(
    resources: Mapping[Address, Desired[Resource]],
    settings: Settings,
    capabilities: Mapping[str, Mapping[str, Capability]],
) -> tuple[LtiPage, ...]:
    """A page per credential that anything is declared for, in order of their addresses."""
    found: dict[str, list[Desired[Resource]]] = defaultdict(list)
    for item in resources.values():
        credential = getattr(item.resource, "credential", OMITTED)
        if isinstance(credential, str):
            found[credential].append(item)
    return tuple(
        LtiPage(
            credential=Address.parse(credential),
            zoom=find_account(Address.parse(credential).target, settings, capabilities),
            settings=_of(items, LtiSettings),
            role_maps=_of(items, RoleMap),
            domains=_of(items, AllowedEmailDomain),
            links=_of(items, CourseLink),
        )
        for credential, items in sorted(found.items())
    )


def _of(items: list[Desired[Resource]], kind: type[R]) -> tuple[Desired[R], ...]:
    found: Any = (item for item in items if isinstance(item.resource, kind))
    return tuple(found)


def find_account(
    target: str, settings: Settings, capabilities: Mapping[str, Mapping[str, Capability]]
) -> str:
    """The target with people that another one's settings name, "" if there is none."""
    known = settings.targets.get(target)
    named = known.values.values() if known else ()
    return next((v for v in named if isinstance(v, str) and "user" in capabilities.get(v, {})), "")


def title_of(item: Desired[Resource]) -> str:
    """What an entry is called on the vendor's pages, its name where it has no title or label; to compare."""
    said = (getattr(item.resource, name, OMITTED) for name in ("title", "label"))
    return next((text for text in said if isinstance(text, str)), item.address.name).casefold()
