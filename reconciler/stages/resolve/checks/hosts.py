"""Checks that a credential's page approves the hosts from which platforms launch with that credential."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import Problem, Where
from reconciler.model import Address, Capability, Desired, Finding
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import OMITTED, Resource
from reconciler.resources.course import Course
from reconciler.secrets import normalise_origin
from reconciler.settings import Settings, TargetSettings
from reconciler.stages.resolve.targets import place_setting

Resources = Mapping[Address, Desired[Resource]]
Capabilities = Mapping[str, Mapping[str, Capability]]
CREDENTIAL = "credential"


def not_approved(domain: str, credential: Address, name: str, usual: bool = True) -> tuple[str, str]:
    """What to say of a domain that is not approved, and the line that approves it under `name`.

    `usual`: the credential is the one its target names, which an entry does not have to.
    """
    entry = domain if usual else f"{domain}, credential: {credential.name}"
    what = f"`{domain}` is not an approved domain of the credential {credential.name} of {credential.target}"
    return what, f"add below `approved_domains:` of {credential.target}: `{name}: {{domain: {entry}}}`"


@dataclass(slots=True)
class Hosts:
    """Which platform launches with which credential, and from where, as it is written.

    `settings` are those of the files: a sandbox's addresses are nobody's domains. `told` are pairs of domain
    and credential that were refused already. Of the targets in `unsure`, approved domains may be missing.
    """

    resources: Resources
    settings: Settings
    capabilities: Capabilities
    told: Collection[tuple[str, str]] = ()
    unsure: Collection[str] = ()
    _items: tuple[Desired[Resource], ...] = field(init=False)

    def __post_init__(self) -> None:
        # A campus has many thousands of people and meetings: they are gone through once.
        self._items = tuple(item for item in self.resources.values() if self._matters(item))

    def _matters(self, item: Desired[Resource]) -> bool:
        if isinstance(item.resource, ApprovedDomain | Course):
            return True
        return hasattr(item.resource, CREDENTIAL) and not self._approves(item.address.target)

    def check(self) -> Iterator[Problem]:
        """Hosts that are not approved and that no approved domain can stand for."""
        for item, credential in self._launches():
            approved = self._approved(credential)
            if not approved or credential.target in self.unsure:
                continue
            named = self._course_hosts(item.address.target)
            for domain, where in named.items():
                if domain not in approved and (domain, str(credential)) not in self.told:
                    yield self._refuse(item, credential, domain, f"courses there are on it ({where})")
            own = self._own_host(item.address.target)
            if not named and own and own[0] not in approved and not self._spare(item, approved):
                yield self._refuse(item, credential, own[0], f"{item.address.target} is there ({own[1]})")

    def note(self) -> Iterator[Finding]:
        """Hosts that are not approved, though an approved domain may be another name of theirs."""
        unmanaged: dict[Address, list[str]] = defaultdict(list)
        for item, credential in self._launches():
            approved, target = self._approved(credential), item.address.target
            own = self._own_host(target)
            if credential.target in self.unsure:
                continue
            if not approved:
                unmanaged[credential].append(target)
            elif own and own[0] not in approved and not self._course_hosts(target):
                yield self._doubt(item, credential, own, self._spare(item, approved))
        for credential, targets in unmanaged.items():
            text = f"no approved domain of {credential.name} is declared, so it is not checked whether "
            text += f"{', '.join(targets)} may launch with it"
            yield Finding("info", f"{credential.target}/{ApprovedDomain.kind}", text)

    def _doubt(
        self,
        item: Desired[Resource],
        credential: Address,
        own: tuple[str, Where],
        spare: Mapping[str, Where],
    ) -> Finding:
        target = item.address.target
        what, remedy = self._say(credential, own[0], target)
        names = ", ".join(f"{domain} ({where})" for domain, where in spare.items())
        text = f"{what}; it is where {target} is ({own[1]}), and launches with it arrive only if people open "
        text += f"{target} at {names}"
        remedy += f", or give a course `platform: {target}`, so that its domain tells where people open it"
        return Finding("warning", str(item.address), text, remedy, addresses=(item.address,))

    def _launches(self) -> Iterator[tuple[Desired[Resource], Address]]:
        """The first entry of each platform for each credential of a page that approves domains."""
        seen = set()
        for item in self._items:
            named = getattr(item.resource, CREDENTIAL, OMITTED)
            if isinstance(named, str) and not self._approves(item.address.target):
                launch = (item.address.target, Address.parse(named))
                if launch not in seen and self._approves(launch[1].target):
                    seen.add(launch)
                    yield item, launch[1]

    def _approves(self, target: str) -> bool:
        return ApprovedDomain.kind in self.capabilities.get(target, {})

    def _approved(self, credential: Address) -> dict[str, Where]:
        """The approved domains of a credential, each with its place."""
        return {
            normalise_origin(item.resource.domain): item.place("domain")
            for item in self._items
            if isinstance(item.resource, ApprovedDomain)
            and item.resource.credential == str(credential)
            and isinstance(item.resource.domain, str)
        }

    def _course_hosts(self, target: str) -> dict[str, Where]:
        """The domains of a platform's courses: what people open, whatever the API's address is."""
        found: dict[str, Where] = {}
        for item in self._items:
            course = item.resource
            if isinstance(course, Course) and course.platform == target and isinstance(course.domain, str):
                domain = normalise_origin(course.domain) or course.domain
                found.setdefault(domain, item.place("domain"))
        return found

    def _own_host(self, target: str) -> tuple[str, Where] | None:
        """Where a target's API is, and the place that says so; None where that is not written."""
        settings = self.settings.targets.get(target)
        return _written_host(settings) if settings else None

    def _spare(self, item: Desired[Resource], approved: Mapping[str, Where]) -> dict[str, Where]:
        """The approved domains that are no other target's own: one may be this platform's other name."""
        others = (
            _written_host(target)
            for name, target in self.settings.targets.items()
            if name != item.address.target
        )
        taken = {found[0] for found in others if found}
        return {domain: where for domain, where in approved.items() if domain not in taken}

    def _refuse(self, item: Desired[Resource], credential: Address, domain: str, why: str) -> Problem:
        what, remedy = self._say(credential, domain, item.address.target)
        return Problem(item.place(CREDENTIAL), f"{what}, with which it is launched: {why}", remedy)

    def _say(self, credential: Address, domain: str, name: str) -> tuple[str, str]:
        usual = self.settings.targets[credential.target].values.get(CREDENTIAL)
        return not_approved(domain, credential, name, usual == credential.name)


def _written_host(target: TargetSettings) -> tuple[str, Where] | None:
    return (target.origin, place_setting(target, "base_url")) if target.origin else None
