"""From entries to what is declared: merged, validated, expanded, every reference an address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.errors import ConfigError
from reconciler.model import Address, Capability, Declared, Desired, Documents, Setting
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import Resource
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.term import Term
from reconciler.settings import Settings
from reconciler.stages.resolve import renames
from reconciler.stages.resolve.checks import check
from reconciler.stages.resolve.checks.hosts import Hosts
from reconciler.stages.resolve.checks.integrations import note_integrations
from reconciler.stages.resolve.drafts import Draft, merge
from reconciler.stages.resolve.families import Links, Wish, desire, expand, find_course
from reconciler.stages.resolve.fields import Fields
from reconciler.stages.resolve.many import gather
from reconciler.stages.resolve.names import Names
from reconciler.stages.resolve.rotations import carry_pages
from reconciler.stages.resolve.targets import check_targets
from reconciler.stages.resolve.terms import Terms
from reconciler.stages.resolve.tools import fill_tools


def resolve(
    documents: Documents,
    capabilities: Mapping[str, Mapping[str, Capability]],
    driver_settings: Mapping[str, tuple[Setting, ...]],
    *,
    companions: Mapping[str, str],
    drivers: Collection[str],
    written: Settings | None = None,
) -> Declared:
    """Everything declared, one Desired per live object; contacts nothing.

    By target: what its driver offers per kind, the settings it takes, and the setting that names its
    companion target ("" for none). A target whose driver does not exist is in none of them; `drivers` do.
    `written` are the settings as the files have them, where a sandbox stands for the targets.
    Raises ConfigError with every problem, those of load among them.
    """
    problems = list(documents.problems)
    settings = documents.settings
    problems += check_targets(settings, capabilities, driver_settings, companions, drivers)
    names = Names(documents.unread, documents.unreadable)
    drafts = {draft.address: draft for draft in merge(documents, problems)}
    fields = Fields(names, settings, capabilities, problems, _rows(drafts.values()))
    for draft in drafts.values():
        fields.check_lifecycle(draft)
    previous = renames.collect(drafts, problems)
    _learn(names, drafts, previous)
    terms = Terms(names, drafts, problems)
    resources, wishes = _build(fields, drafts, terms)
    resources |= fill_tools(resources, capabilities, problems)
    links = Links(settings, capabilities, companions, names, drafts, resources, problems)
    for wish in wishes:
        resources.update((link.address, link) for link in links.make(wish))
    problems += check(resources, settings, capabilities)
    problems += renames.misnamed(resources.values())
    whole = resources | carry_pages(resources)
    unsure = _unsure(ApprovedDomain, drafts.values(), resources, names)
    hosts = Hosts(whole, written or settings, capabilities, links.refused, unsure)
    problems += hosts.check()
    if problems:
        raise ConfigError(gather(problems))
    return Declared(
        resources=dict(sorted(whole.items())),
        waivers=documents.waivers,
        files=documents.files,
        previously=dict(renames.lead(previous, whole.values())),
        unread=documents.unread,
        findings=(*terms.findings, *note_integrations(resources), *hosts.note()),
    )


def _unsure(
    kind: type[Resource], drafts: Iterable[Draft], resources: Collection[Address], names: Names
) -> frozenset[str]:
    """The targets of which entries of a kind have mistakes, or stand where they could not be read."""
    return frozenset(
        draft.address.target
        for draft in drafts
        if draft.kind is kind
        and (draft.address not in resources or names.may_lack(draft.address.target, kind.kind))
    )


def _rows(drafts: Iterable[Draft]) -> Mapping[tuple[str, str], Collection[str]]:
    """The names that sources have rows for, by target and kind."""
    rows: dict[tuple[str, str], list[str]] = {}
    for draft in drafts:
        if draft.source:
            rows.setdefault(draft.address[:2], []).append(draft.address.name)
    return rows


def _learn(names: Names, drafts: Iterable[Address], previous: Mapping[Address, Draft]) -> None:
    for address in drafts:
        if address.kind == CourseMeeting.kind:
            names.add_family(address)
        else:
            names.add(address)
    for old, draft in previous.items():
        if draft.kind is CourseMeeting:
            names.add_family(draft.address, old.name)
        else:
            names.add(draft.address, old.name)


def _build(
    fields: Fields, drafts: Mapping[Address, Draft], terms: Terms
) -> tuple[dict[Address, Desired[Resource]], list[Wish]]:
    """Every resource, terms first, families expanded, and which of these want to be linked to a course."""
    resources: dict[Address, Desired[Resource]] = {}
    wishes: list[Wish] = []
    for draft in sorted(drafts.values(), key=lambda draft: draft.kind is not Term):
        made = fields.build(draft)
        members: tuple[Desired[Resource], ...] = ()
        if isinstance(made, CourseMeeting):
            members = expand(draft, made, terms)
            resources.update((member.address, member) for member in members)
        elif made:
            resources[draft.address] = desire(draft, made, draft.address)
        if isinstance(made, Term):
            terms.add(draft, made)
        if course := find_course(draft):
            wishes.append(Wish(draft, course, members))
    return resources, wishes
