"""Checks what one system is declared to take for granted of another; both places are always named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from reconciler.errors import Problem, Where, suggest
from reconciler.model import Address, Capability, Desired, Prefix
from reconciler.resources.base import OMITTED, Members, Resource
from reconciler.resources.course import Course
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_resource_link import LtiResourceLink
from reconciler.resources.lti_tool import LtiTool
from reconciler.settings import Settings

Resources = Mapping[Address, Desired[Resource]]
Capabilities = Mapping[str, Mapping[str, Capability]]
PARAMETERS, AVAILABLE, CUSTOM = "custom_parameters", "available_to", "custom_"
_SNAKE = re.compile(r"custom_[a-z0-9]+(_[a-z0-9]+)*")


def check_targets_named(resources: Resources, settings: Settings) -> Iterator[Problem]:
    """Fields that name a target: it is there, and of the right driver."""
    for item in resources.values():
        for name, driver in type(item.resource).names_targets.items():
            named = getattr(item.resource, name)
            if not isinstance(named, str):
                continue
            fitting = [target.name for target in settings.targets.values() if target.driver == driver]
            if named not in settings.targets:
                what = f"`{name}`: no target of reconciler.yaml is named `{named}`"
                yield Problem(item.place(name), what, _choose(fitting, settings))
            elif named not in fitting:
                target = settings.targets[named]
                what = f"`{name}` names {named} ({target.where}), a target of the driver {target.driver}"
                yield Problem(item.place(name), what, _choose(fitting, settings))


def _choose(fitting: Iterable[str], settings: Settings) -> str:
    """The targets that fit, each with the place that declares it."""
    known = ", ".join(f"{name} ({settings.targets[name].where})" for name in fitting)
    return f"write one of {known}" if known else "add one to reconciler.yaml"


def check_tools(resources: Resources, capabilities: Capabilities) -> Iterator[Problem]:
    """A tool that serves a course linked by its platform's own id needs a privacy that tells that id."""
    served: dict[str, Desired[Resource]] = {}
    for item in resources.values():
        if isinstance(item.resource, CourseLink) and isinstance(item.resource.canvas_course_id, str):
            served.setdefault(str(item.resource.credential), item)
    for address, item in resources.items():
        tool, capability = item.resource, capabilities.get(address.target, {}).get(address.kind)
        if not isinstance(tool, LtiTool) or tool.privacy is OMITTED or capability is None:
            continue
        link, telling = served.get(str(tool.credential)), capability.tells_courses
        if link is not None and telling and tool.privacy not in telling:
            right, place = " or ".join(sorted(telling)), link.place("canvas_course_id")
            what = f"`privacy` is {tool.privacy}, and the course of {link.family} has a canvas_course_id"
            what += f" ({place}), which {address.target} tells {right} tools only"
            yield Problem(item.place("privacy"), what, f"write `privacy: {right}`")


def check_platforms(
    resources: Resources, settings: Settings, capabilities: Capabilities
) -> Iterator[Problem]:
    """`platform` of a course names a target in which tools are registered."""
    able = [name for name in settings.targets if LtiTool.kind in capabilities.get(name, {})]
    for item in resources.values():
        course = item.resource
        if not isinstance(course, Course) or not isinstance(course.platform, str) or course.platform in able:
            continue
        what, remedy = f"`platform`: no target is named `{course.platform}`", suggest(course.platform, able)
        if course.platform in settings.targets:
            what = f"`platform` names {course.platform}, which is no learning platform"
            remedy = f"write one of {', '.join(able)}" if able else "take it out"
        if course.platform not in settings.targets or course.platform in capabilities:
            yield Problem(item.place("platform"), what, remedy)


def check_availability(resources: Resources) -> Iterator[Problem]:
    """A link is offered only where its tool is; of a tool that says nothing of it, nothing is known.

    Whether an organization covers those below it, or the owner counts without being listed, no document of
    the TMS tells: only what is listed counts.
    """
    for item in resources.values():
        link = item.resource
        if not isinstance(link, LtiResourceLink) or not isinstance(link.tool, str):
            continue
        provider = resources.get(Address.parse(link.tool))
        if provider is None or not isinstance(provider.resource, LtiTool):
            continue
        within = provider.resource.available_to
        if isinstance(within, Members) and isinstance(link.available_to, Members):
            for index, element in enumerate(link.available_to.elements):
                if element not in within.elements:
                    yield _outside(item, provider, index, link.available_to)


def _outside(item: Desired[Resource], provider: Desired[Resource], index: int, members: Members) -> Problem:
    listed = f"{AVAILABLE}.exactly" if members.exactly else AVAILABLE
    name = Address.parse(members.elements[index]).name
    what = f"`{name}` is none of the organizations that the tool {provider.address.name} is available to "
    what += f"({provider.place(AVAILABLE)}), so the link cannot be used there"
    remedy = f"add {name} there, or take it out here; owners and organizations above count only where listed"
    return Problem(item.place(f"{listed}.{index}"), what, remedy)


def check_parameters(resources: Resources, capabilities: Capabilities) -> Iterator[Problem]:
    """Names of custom parameters that the system refuses, or that no launch would bring as they stand."""
    for address, item in resources.items():
        given = getattr(item.resource, PARAMETERS, OMITTED)
        capability = capabilities.get(address.target, {}).get(address.kind)
        if not isinstance(given, Mapping) or capability is None:
            continue
        names = [name for name, text in given.items() if text is not None]
        if capability.prefix is Prefix.WRITTEN:
            yield from _check_written(item, names)
        elif capability.prefix is Prefix.ADDED:
            yield from _check_added(item, names)


def _check_written(item: Desired[Resource], names: list[str]) -> Iterator[Problem]:
    for name in names:
        if not _SNAKE.fullmatch(name):
            words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
            snake = "_".join(words[words[:1] == ["custom"] :]).lower()
            target = item.address.target
            what = f"`{name}`: custom parameters of {target} begin with custom_ and are in snake case"
            yield Problem(_place(item, name), what, f"write {CUSTOM}{snake or 'value_1'}")


def _check_added(item: Desired[Resource], names: list[str]) -> Iterator[Problem]:
    """Launches bring `custom_`, then the name in small letters with _ for all but letters and digits."""
    target, arriving = item.address.target, dict[str, str]()
    for name in names:
        arrives = CUSTOM + re.sub(r"[^a-z0-9]", "_", name.lower())
        if arrives.startswith(CUSTOM * 2):
            what = f"`{name}` would arrive as {arrives}: {target} puts {CUSTOM} before each name itself"
            yield Problem(_place(item, name), what, f"write {name[len(CUSTOM) :] or 'value_1'}")
        first = arriving.setdefault(arrives, name)
        if first != name:
            what = f"`{name}` arrives as {arrives}, and so does `{first}` ({_place(item, first)})"
            yield Problem(_place(item, name), what, "take one out, or give it another name")


def _place(item: Desired[Resource], name: str) -> Where:
    return item.place(f"{PARAMETERS}.{name}")
