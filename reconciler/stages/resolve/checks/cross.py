"""Checks that no two resources claim the same thing, once every one of them is valid by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.errors import Problem
from reconciler.model import Desired
from reconciler.resources.authentication_option import AuthenticationOption
from reconciler.resources.base import Members, Resource
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Series
from reconciler.resources.tracking_field import TrackingField
from reconciler.resources.user import User


def check_together(resources: Iterable[Desired[Resource]]) -> Iterator[Problem]:
    """One e-mail for two people, what cannot be told apart, a host who is also alternative, two defaults."""
    resources = tuple(resources)
    yield from _check_options(resources)
    mails: dict[tuple[str, str], Desired[Resource]] = {}
    meetings: dict[tuple[object, ...], Desired[Resource]] = {}
    for item in resources:
        resource = item.resource
        if isinstance(resource, User) and isinstance(resource.email, str):
            first = mails.setdefault((item.address.target, resource.email.casefold()), item)
            if first is not item:
                what = f"the e-mail of {first.address.name} ({first.place('email')}) stands here again"
                yield Problem(item.place("email"), what, "give each person their own, or delete one of them")
        elif isinstance(resource, CourseMeeting):
            yield from _check_hosts(item, resource)
            if isinstance(resource.schedule, Series):
                key = (resource.host, resource.topic, *_times(resource.schedule))
                same = meetings.setdefault((item.address.target, *key), item)
                if same.family != item.family:
                    what = f"host, topic and schedule are those of {same.family}, at {same.where}"
                    yield Problem(
                        item.where, what, "change the topic, or delete one: they cannot be told apart"
                    )


def _check_options(resources: Iterable[Desired[Resource]]) -> Iterator[Problem]:
    """Tracking fields and sign-in options: labels that stand twice, two defaults."""
    labels: dict[tuple[str, str, str], Desired[Resource]] = {}
    defaults: dict[str, Desired[Resource]] = {}
    for item in resources:
        resource, target = item.resource, item.address.target
        if isinstance(resource, TrackingField):
            name, label = "label", resource.label
        elif isinstance(resource, AuthenticationOption):
            name, label = "title", resource.title
            first = defaults.setdefault(target, item) if resource.default is True else item
            if first is not item:
                what = f"{first.address.name} is the default already, at {first.place('default')}"
                yield Problem(item.place("default"), what, "keep one `default: true` per account")
        else:
            continue
        written = label if isinstance(label, str) else item.address.name
        first = labels.setdefault((target, item.address.kind, written.casefold()), item)
        if first is not item:
            what = f"`{written}` is what {first.address.name} ({first.where}) is called already"
            yield Problem(item.place(name), what, f"give each a `{name}` of its own, or delete one of them")


def _times(series: Series) -> tuple[str, tuple[str, ...]]:
    return series.timezone, tuple(occurrence[:16] for occurrence in series.occurrences)


def _check_hosts(item: Desired[Resource], meeting: CourseMeeting) -> Iterator[Problem]:
    others = meeting.alternative_hosts
    if isinstance(others, Members) and meeting.host in others.elements:
        what = "`alternative_hosts` names the host"
        yield Problem(item.place("alternative_hosts"), what, "take the host out of the list")
