"""rotate: which of two credentials each tool should have, as one gives way to the other. Pure.

A person creates the successor and copies the page; once that is confirmed and using it works, tools go over;
once every platform's launch works with it and the overlap is over, the old one and its page are taken off. A
launch that fails takes its tool back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from reconciler.model import (
    Address,
    Capability,
    Declared,
    Desired,
    Finding,
    Health,
    Match,
    Observation,
    ProbeResult,
    Record,
    Recorded,
    State,
)
from reconciler.model.attested import weigh_word
from reconciler.model.rotations import CREDENTIAL, Rotation, find_rotations, page_of
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import Resource, SecretRef
from reconciler.resources.course import Course
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_tool import LtiTool
from reconciler.secrets import normalise_origin
from reconciler.settings import Settings

Fingerprint = Callable[[SecretRef], str | None]
KEY, SECRET = "key", "secret"


def hold(
    desired: Declared, settings: Settings, recorded: Recorded, fingerprint: Fingerprint
) -> tuple[Declared, Settings]:
    """Every tool with the credential it was last given: that is the one to look at and to try.

    A target that signs by an old credential signs by the new one once every tool has it. So what the old
    one's links need is seen, and made, while the old one is still there.
    """
    if not (rotations := find_rotations(desired.resources)):
        return desired, settings
    records = recorded.latest(desired.previously)
    resources, targets = dict(desired.resources), dict(settings.targets)
    for rotation in rotations:
        old, tools = rotation.old.address, rotation.tools(desired.resources)
        held = [tool for tool in tools if _has_new(rotation, records.get(tool.address), fingerprint)]
        resources |= {tool.address: rotation.hand_over(tool) for tool in held}
        target = targets[old.target]
        named = target.values.get(CREDENTIAL)
        if tools and len(held) == len(tools) and isinstance(named, str) and named.casefold() == old.name:
            values = {**target.values, CREDENTIAL: rotation.new.address.name}
            targets[old.target] = replace(target, values=values)
    return replace(desired, resources=resources), replace(settings, targets=targets)


def _has_new(rotation: Rotation, record: Record | None, fingerprint: Fingerprint) -> bool:
    """Whether a tool was last given the new credential; by its key where no secret can be resolved."""
    new = rotation.new.resource
    if record is None or not rotation.complete or not isinstance(new.secret, SecretRef):
        return False
    known = fingerprint(new.secret)
    given = record.fields.get(SECRET)
    if known is not None and given is not None:
        return given.value == known
    key = record.fields.get(KEY)
    return key is not None and key.value == new.key


def rotate(
    desired: Declared,
    recorded: Recorded,
    seen: Observation,
    settings: Settings,
    capabilities: Mapping[str, Mapping[str, Capability]],
    as_of: datetime,
) -> tuple[Declared, Observation]:
    """What is declared with every tool's due credential and without those that are over, and what was seen.

    Of a successor that a launch failed with the confirmation is refuted, so that it is asked for again.
    """
    for rotation in find_rotations(desired.resources):
        if rotation.old.address.target in capabilities:
            view = _View(rotation, desired, recorded, seen, settings, capabilities, as_of)
            desired, seen = _step(view, _look(view))
    return desired, seen


@dataclass(frozen=True)
class _View:
    """What one rotation is seen by."""

    rotation: Rotation
    desired: Declared
    recorded: Recorded
    seen: Observation
    settings: Settings
    capabilities: Mapping[str, Mapping[str, Capability]]
    as_of: datetime

    @cached_property
    def records(self) -> dict[Address, Record]:
        """By address, under its present name."""
        return self.recorded.latest(self.desired.previously)

    @cached_property
    def tools(self) -> tuple[Desired[LtiTool], ...]:
        """Those of the rotation."""
        return self.rotation.tools(self.desired.resources)

    @cached_property
    def probes(self) -> dict[Address, ProbeResult]:
        """By what was tried."""
        return {probe.address: probe for probe in self.seen.probes}

    def shows(self, address: Address, health: Health) -> bool:
        """Whether trying it showed just this."""
        return address in self.probes and self.probes[address].health is health


@dataclass(frozen=True, slots=True)
class _Turn:
    """How far one rotation is."""

    moved: Mapping[Address, datetime]  # tools that have the new credential, since when
    failing: tuple[Address, ...]  # of these, those that do not work with it
    against: tuple[Address, ...]  # these, and tools taken back since the new credential was last confirmed
    doubt: str  # why no further tool is given the new credential; "" if they may be
    unproven: bool  # every tool has the new credential, and something still speaks for the old one
    stays: str  # why the old credential, and tools made with it, stay; "" if they may go
    formers: int  # tools made with the old credential whose place another took, still there
    gone: bool  # the old credential was taken off
    way_back: bool  # the old credential is still to be had

    @property
    def over(self) -> bool:
        """Whether the old credential and its page are to be taken off, or are already."""
        return self.gone or not (self.stays or self.formers)

    def is_due(self, tool: Address) -> bool:
        """Whether a tool is to have the new credential."""
        if self.over:
            return True
        return not (tool in self.failing and self.way_back) if tool in self.moved else not self.doubt


def _look(view: _View) -> _Turn:
    old, new = view.rotation.old.address, view.rotation.new.address
    secret, asked = view.seen.fingerprints.get((new, SECRET)), view.recorded.attestations.get(new)
    moved: dict[Address, datetime] = {}
    returned: list[Address] = []
    for tool in view.tools:
        record = view.records.get(tool.address)
        if record is None or not (known := record.fields.get(SECRET) or record.fields.get(KEY)):
            continue
        given = datetime.fromisoformat(known.at)
        if _has_new(view.rotation, record, lambda _: secret):
            moved[tool.address] = given
        elif asked and SECRET in record.fields and given > asked.at:
            returned.append(tool.address)
    broken = view.shows(new, Health.BROKEN)
    failing = [address for address in moved if broken or view.shows(address, Health.BROKEN)]
    against = (*failing, *returned)
    doubt = f"{against[0]} did not work with it" if against else _doubt(view)
    unproven = _unproven(view, moved)
    of_tools = {tool.address for tool in view.tools}
    formers = [r for r in view.recorded.records if r.state is State.SUPERSEDED and r.address in of_tools]
    return _Turn(
        moved=moved,
        failing=tuple(failing),
        against=against,
        doubt=doubt,
        unproven=bool(unproven) and len(moved) == len(view.tools),
        stays=doubt or unproven or _overlap(view, moved),
        formers=len(formers),
        gone=old not in view.records and bool(moved),
        way_back=old in view.records and not view.shows(old, Health.BROKEN),
    )


def _doubt(view: _View) -> str:
    """Why the new credential may not be given to tools yet: it, or its page, is not confirmed and proven."""
    new, recorded = view.rotation.new, view.recorded
    for item in (new, *page_of(new.address, view.desired.resources)):
        capability = view.capabilities[new.address.target][item.address.kind]
        record = view.records.get(item.address)
        word = weigh_word(item, capability, record, recorded.attestations, view.seen, view.as_of)
        if not word.holds:
            return f"{item.address}: {word.doubt}"
        if item is new and word.health is not Health.WORKING:
            return f"{item.address}: {word.probed or 'nothing has shown that it works'}"
    return "" if view.rotation.complete else f"{new.address} has no key or no secret yet"


def _unproven(view: _View, moved: Mapping[Address, datetime]) -> str:
    """What is not known to do without the old credential; "" if everything is."""
    new, links = view.rotation.new.address.name, _lost_links(view)
    if not view.tools:
        return "no declared tool uses it, so nothing can show where it is used still"
    for tool in view.tools:
        if tool.address not in moved:
            return f"{tool.address} is still to be given {new}"
        if not view.shows(tool.address, Health.WORKING):
            probe = view.probes.get(tool.address)
            said = probe.text if probe else "none was tried"
            return f"no launch of {tool.address} has proved it: {said}"
    for item in page_of(view.rotation.old.address, view.desired.resources):
        if isinstance(item.resource, ApprovedDomain) and not _is_served(view, str(item.resource.domain)):
            known = "by its `base_url` or the `platform` of a course"
            return f"no declared tool is known to launch from {item.resource.domain} ({item.where}), {known}"
    return f"{links[0]} is not seen with {new} yet" if links else ""


def _overlap(view: _View, moved: Mapping[Address, datetime]) -> str:
    until = max(moved.values()) + view.rotation.old.resource.kept
    return f"it is kept until {until:%Y-%m-%d %H:%M} UTC" if view.as_of < until else ""


def _is_served(view: _View, domain: str) -> bool:
    """Whether a platform of one of the tools is at this domain, by its address or by a course's word."""
    platforms = {tool.address.target for tool in view.tools}
    at = {view.settings.targets[name].origin for name in platforms}
    courses = (item.resource for item in view.desired.resources.values())
    at |= {
        normalise_origin(str(c.domain)) for c in courses if isinstance(c, Course) and c.platform in platforms
    }
    return normalise_origin(domain) in at


def _lost_links(view: _View) -> list[Address]:
    """Links made with the old credential that the vendor does not list for who signs now."""
    return [
        address
        for address, item in view.desired.resources.items()
        if _is_link(item, view.rotation.old.address)
        and address in view.records
        and view.records[address].state is State.CURRENT
        and view.seen.matches.get(address, Match(None)).live is None
    ]


def _is_link(item: Desired[Resource], credential: Address) -> bool:
    return isinstance(item.resource, CourseLink) and item.resource.credential == str(credential)


def _step(view: _View, turn: _Turn) -> tuple[Declared, Observation]:
    """The next step of one rotation, in what is declared and in what was seen."""
    rotation, seen, resources = view.rotation, view.seen, dict(view.desired.resources)
    old, new = rotation.old.address, rotation.new.address
    due = {tool.address: turn.is_due(tool.address) for tool in view.tools}
    resources |= {tool.address: rotation.hand_over(tool) for tool in view.tools if due[tool.address]}
    rotated = {address for address, is_due in due.items() if is_due != (address in turn.moved)}
    if len(turn.moved) == len(view.tools):
        rotated.update(_lost_links(view))
    if turn.over:
        links = [item for item in resources.values() if _is_link(item, old)]
        resources |= {link.address: rotation.hand_over(link) for link in links}
        gone = {old, *(item.address for item in page_of(old, view.desired.resources))}
        resources = {address: item for address, item in resources.items() if address not in gone}
        rotated |= gone
    given = {(a, SECRET): seen.fingerprints.get((new if yes else old, SECRET)) for a, yes in due.items()}
    fingerprints = {key: given.get(key, known) for key, known in seen.fingerprints.items()}
    refuted = dict(seen.refuted)
    if turn.against:
        refuted[new] = f"{turn.against[0]} did not work with it; once that is mended, confirm this page again"
    outlived = dict.fromkeys(due, f"{old.name}: {turn.stays}") if turn.stays and not turn.gone else {}
    told = replace(
        view.desired,
        resources=resources,
        outlived={**view.desired.outlived, **outlived},
        rotated=view.desired.rotated | rotated,
        findings=(*view.desired.findings, _say(view, turn)),
    )
    return told, replace(seen, fingerprints=fingerprints, refuted=refuted)


_BY_HAND = "try yourself what cannot be tried here; then take the entry out at {where}, and name {new}"


def _rest(view: _View, turn: _Turn) -> str:
    """What to do where every tool is proven, or where the plan itself gives the new one to more of them."""
    if not turn.stays:
        return "have what launches them launch the new ones; a former tool goes once nothing does"
    return "until then leave both entries as they are" if len(turn.moved) == len(view.tools) else ""


def _say(view: _View, turn: _Turn) -> Finding:
    """Where a rotation stands, and what its reader can do."""
    old, new = view.rotation.old, view.rotation.new.address.name
    remedy = ""
    if turn.gone:
        text = f"{new} has taken its place"
        remedy = f"take its entry out at {old.where}; tools and the target's `credential` then name {new}"
    elif turn.against:
        back = ": it goes back" if turn.failing and turn.way_back else ""
        text = f"gives way to {new}, with which {turn.against[0]} did not work{back}"
        remedy = f"mend it, then confirm the page of {new} again"
    elif turn.over:
        text = f"gave way to {new}; that is proven and the overlap is over, so it is to be taken off"
    elif turn.doubt:
        text = f"gives way to {new}, which no further tool is given yet; {turn.doubt}"
        left = ", ".join(str(tool.address) for tool in view.tools if tool.address not in turn.moved)
        remedy = f"once its page is confirmed and it works, apply gives {new} to {left}" if left else ""
    else:
        why = turn.stays or f"former tools, still there: {turn.formers}"
        text = f"gives way to {new}, which {len(turn.moved)} of {len(view.tools)} tools have; {why}"
        remedy = _BY_HAND.format(where=old.where, new=new) if turn.unproven else _rest(view, turn)
    return Finding("warning" if turn.against and not turn.gone else "info", str(old.address), text, remedy)
