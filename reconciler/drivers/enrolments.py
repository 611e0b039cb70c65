"""Who takes part in courses: asked course by course, and what is not certain of one stays unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.drivers.http import Client
from reconciler.errors import IncompleteReading, Refused, Unauthorized
from reconciler.model.objects import Enrolled
from reconciler.model.ports import Wanted
from reconciler.resources.course import Course
from reconciler.resources.lti_roles import Platform, expand

People = Mapping[str, frozenset[str]]
"""Ids of people by the text of a role."""


def read_each(
    client: Client, courses: Sequence[Wanted[Course]], read: Callable[[str], People]
) -> list[Enrolled]:
    """Everybody in each course, by what `read` finds for its context id.

    What is refused or cannot be believed of one course leaves that course unknown. Raises Unauthorized and
    every other RequestError: those would be the same for the next one.
    """

    def look(wanted: Wanted[Course]) -> Enrolled:
        course, context = wanted.address, wanted.resource.context_id
        if not isinstance(context, str):
            return Enrolled(course, "", unknown="context_id is not declared")
        try:
            return Enrolled(course, context, read(context))
        except Unauthorized:
            raise
        except (Refused, IncompleteReading) as error:
            return Enrolled(course, context, unknown=str(error))

    return client.each(look, courses)


def spell_both(platform: Platform, first: str, advantage: str = "") -> frozenset[str]:
    """The texts of these roles in a launch of LTI 1.1 and in one of 1.3, which takes the same if not told."""
    spelled = expand(first.split(), (platform,), "1.1")
    return frozenset((*spelled, *expand((advantage or first).split(), (platform,), "1.3")))


def gather(found: Iterable[tuple[str, frozenset[str]]]) -> People:
    """The ids by text, from each person's texts; somebody may come more than once."""
    people: dict[str, set[str]] = defaultdict(set)
    for person, texts in found:
        for text in texts:
            people[text].add(person)
    return {text: frozenset(people[text]) for text in sorted(people)}
