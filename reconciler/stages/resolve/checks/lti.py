"""Checks what one LTI credential's page is declared to hold: roles, samples, settings that fight others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.lti_pages import EXCEPTION, LtiPage, title_of
from reconciler.resources.account_setting import AccountSetting
from reconciler.resources.base import OMITTED, Members, Resource
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.lti_roles import read_role, spell
from reconciler.resources.role_map import DEFAULT_VERSION, RoleMap, Sample, spell_out

LISTED = "instructors"
Resources = Mapping[Address, Desired[Resource]]


def check_lti(pages: Iterable[LtiPage], resources: Resources) -> Iterator[Problem]:
    """Everything about a page that cannot be so, whatever the live systems hold."""
    for page in pages:
        yield from _check_entries(page)
        for item in page.role_maps:
            yield from _check_version(item, resources.get(page.credential))
            yield from _check_arrival(item)
            yield from _check_alternatives(page, item)
            yield from _check_samples(page, item)
        yield from _check_provisioning(page)
        yield from _check_groups(page, resources)
        yield from _check_exception(page, resources)
        yield from _check_hosts(page, resources)


def _check_entries(page: LtiPage) -> Iterator[Problem]:
    for again in page.settings[1:]:
        first = page.settings[0]
        what = f"the settings of {page.credential.name} are declared already, at {first.where}"
        yield Problem(again.where, what, "a credential has one page: put both into one entry")
    seen: dict[str, str] = {}
    for item in page.domains:
        domain = item.resource.domain
        if isinstance(domain, str):
            where = str(item.place("domain"))
            if seen.setdefault(domain, where) != where:
                what = f"`{domain}` is allowed already, at {seen[domain]}"
                yield Problem(item.place("domain"), what, "take one out")


def _check_version(item: Desired[RoleMap], credential: Desired[Resource] | None) -> Iterator[Problem]:
    known = credential.resource if credential else None
    if not isinstance(known, LtiCredential) or known.version is OMITTED:
        return
    version = DEFAULT_VERSION if item.resource.version is OMITTED else item.resource.version
    if version != known.version:
        what = f"launches of this credential are LTI {known.version}, the roles are spelled for {version}"
        yield Problem(item.place("version"), what, f'write `version: "{known.version}"`')


def _check_arrival(item: Desired[RoleMap]) -> Iterator[Problem]:
    """Roles that none of the map's platforms ever sends."""
    roles = item.resource
    version = DEFAULT_VERSION if roles.version is OMITTED else roles.version
    platforms = roles.platforms if isinstance(roles.platforms, tuple) else ()
    for field in ("instructors", "alternative_hosts"):
        listed = getattr(roles, field)
        for index, name in enumerate(listed if isinstance(listed, tuple) else ()):
            if not any(spell(read_role(name), platform, version) for platform in platforms):
                what = f"`{name}` can never arrive from {' or '.join(platforms)} with LTI {version}"
                remedy = "take it out, or name the platform that sends it in `platforms`"
                yield Problem(item.place(f"{field}.{index}"), what, remedy)


def _check_alternatives(page: LtiPage, item: Desired[RoleMap]) -> Iterator[Problem]:
    """Only instructors become alternative hosts, and only while the page makes any."""
    listed = item.resource.alternative_hosts
    if not isinstance(listed, tuple) or not listed:
        return
    if page.setting("auto_alternative_hosts") == "nobody":
        where = page.settings[0].place("auto_alternative_hosts")
        what = f"`alternative_hosts` says whom LTI Pro makes one, and nobody becomes one by {where}"
        yield Problem(item.place("alternative_hosts"), what, "take the roles out, or change the setting")
    teaching = {role for other in page.role_maps for role in _listed(other)}
    for index, name in enumerate(listed):
        if name not in teaching:
            what = f"only instructors become alternative hosts, and `{name}` is not in `instructors`"
            yield Problem(
                item.place(f"alternative_hosts.{index}"), what, f"add {name} to `instructors`, or take it out"
            )


def _listed(item: Desired[RoleMap]) -> tuple[str, ...]:
    roles = item.resource.instructors
    return roles if isinstance(roles, tuple) else ()


def _check_samples(page: LtiPage, item: Desired[RoleMap]) -> Iterator[Problem]:
    """Each sample launch, tried on all the role maps of the page: the tool does not ask who launches."""
    samples = item.resource.samples if isinstance(item.resource.samples, tuple) else ()
    for index, sample in enumerate(samples):
        matching = [text for text in sample.roles if text in page.texts(LISTED)]
        if bool(matching) != (sample.expect == "instructor"):
            yield Problem(item.place(f"samples.{index}"), *_explain(page, sample, matching))


def _explain(page: LtiPage, sample: Sample, matching: list[str]) -> tuple[str, str]:
    if matching:
        sources = [other for other in page.role_maps if matching[0] in spell_out(other.resource, LISTED)]
        what = f"this launch makes an instructor, a student is expected: `{matching[0]}` is listed"
        return what, f"take its role out of `instructors` at {sources[0].place('instructors')}"
    what = "this launch makes a student, an instructor is expected: none of its roles is listed"
    known = []
    for text in sample.roles:
        try:
            known.append(str(read_role(text)))
        except ValueError:
            known.append(f"custom:{text}")
    return what, f"add {' or '.join(dict.fromkeys(known))} to `instructors`"


def _check_provisioning(page: LtiPage) -> Iterator[Problem]:
    if page.setting("auto_provision") != "nobody":
        return
    where = page.settings[0].place("auto_provision")
    for item in page.domains:
        what = f"an allowed e-mail domain says who gets an account made, and nobody does by {where}"
        yield Problem(item.where, what, "take it out, or let `auto_provision` be instructors or everyone")


def _check_groups(page: LtiPage, resources: Resources) -> Iterator[Problem]:
    """A group LTI Pro fills may not be declared to hold exactly somebody."""
    rules = page.setting("groups")
    exact = {
        title_of(item): item
        for address, item in resources.items()
        if address[:2] == (page.zoom, Group.kind)
        and isinstance(item.resource, Group)
        and isinstance(item.resource.members, Members)
        and item.resource.members.exactly
    }
    rules = rules if isinstance(rules, tuple) else ()
    # The rules are put in order, so that of several their number does not tell where one was written.
    path = "groups.0" if len(rules) == 1 else "groups"
    for rule in rules:
        group = exact.get(rule.group.casefold())
        if group is not None:
            what = f"LTI Pro puts people into `{rule.group}`, and its members are exactly those at "
            what += f"{group.place('members')}: they would be taken out again"
            remedy = "write those as `members: [...]`, or take the group out here"
            yield Problem(page.settings[0].place(path), what, remedy)


def _check_exception(page: LtiPage, resources: Resources) -> Iterator[Problem]:
    item = resources.get(Address(page.zoom, AccountSetting.kind, EXCEPTION))
    if page.setting("authentication_exception") is not True or item is None:
        return
    if isinstance(item.resource, AccountSetting) and item.resource.value is False:
        what = f"the account allows no authentication exceptions, at {item.place('value')}"
        place = page.settings[0].place("authentication_exception")
        yield Problem(place, what, f"set {EXCEPTION} to true, or this to false")


def _check_hosts(page: LtiPage, resources: Resources) -> Iterator[Problem]:
    """Meetings whose alternative hosts are declared exactly, while LTI Pro adds the course's instructors."""
    if page.setting("auto_alternative_hosts") not in ("instructors", "everyone"):
        return
    where, said = page.settings[0].place("auto_alternative_hosts"), set()
    for link in page.links:
        meeting = resources.get(Address.parse(str(link.resource.meeting)))
        if meeting is None or not isinstance(meeting.resource, CourseMeeting) or meeting.family in said:
            continue
        hosts = meeting.resource.alternative_hosts
        if isinstance(hosts, Members) and hosts.exactly:
            said.add(meeting.family)
            what = f"LTI Pro adds instructors as alternative hosts, by {where}: they would be taken off again"
            remedy = "write `alternative_hosts: [...]`, or let `auto_alternative_hosts` be nobody"
            yield Problem(meeting.place("alternative_hosts"), what, remedy)
