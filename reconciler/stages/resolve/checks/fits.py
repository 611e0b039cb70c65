"""Checks one resource against another it names: is the person of the sort it takes, is a label filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired
from reconciler.model.references import references
from reconciler.resources.base import OMITTED, Resource, field_rules
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.tracking_field import TrackingField


def check_fitting(resources: Mapping[Address, Desired[Resource]]) -> Iterator[Problem]:
    """References to what is declared of another sort, and required tracking fields that are cleared."""
    required = _required(resources)
    for item in resources.values():
        rules = field_rules(type(item.resource))
        if any(rule.refers and rule.refers.field for rule in rules.values()):
            yield from _check_references(item, resources)
        if isinstance(item.resource, CourseMeeting):
            yield from _check_labels(item, item.resource, required)


def _check_references(
    item: Desired[Resource], resources: Mapping[Address, Desired[Resource]]
) -> Iterator[Problem]:
    rules = field_rules(type(item.resource))
    for name, address in references(item.resource):
        marker, named = rules[name].refers, resources.get(address)
        if marker is None or not marker.field or named is None:
            continue
        value = getattr(named.resource, marker.field, OMITTED)
        if value is not OMITTED and value not in marker.among:
            choices = " or ".join(map(str, marker.among))
            what = f"`{name}` names {address.name}, whose `{marker.field}` is {value}; it has to be {choices}"
            remedy = f"change it at {named.place(marker.field)}, or name somebody else"
            yield Problem(item.place(name), what, remedy)


def _required(resources: Mapping[Address, Desired[Resource]]) -> frozenset[tuple[str, str]]:
    """Target and label of every tracking field declared as required."""
    return frozenset(
        (address.target, item.resource.label if isinstance(item.resource.label, str) else address.name)
        for address, item in resources.items()
        if isinstance(item.resource, TrackingField) and item.resource.required is True
    )


def _check_labels(
    item: Desired[Resource], meeting: CourseMeeting, required: frozenset[tuple[str, str]]
) -> Iterator[Problem]:
    if not isinstance(meeting.tracking_fields, dict):
        return
    for label, value in meeting.tracking_fields.items():
        if not value and (item.address.target, label) in required:
            what = f"`tracking_fields` clears {label}, which is declared as required"
            yield Problem(item.place("tracking_fields"), what, "write a value for it")
