"""A person's place in a class of a training management system."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from reconciler.resources.base import OMITTED, Maybe, Reference, Resource, Text, kind_dataclass

Standing = Literal["requested", "cancelled", "waitlisted", "approved", "denied", "audit", "enrolled"]


@kind_dataclass
class Enrollment(Resource):
    """Who takes part in which class, and how far the enrolment has come."""

    kind: ClassVar[str] = "enrollment"
    plural: ClassVar[str] = "enrollments"

    in_class: Maybe[Annotated[Text, Reference("class")]] = OMITTED
    user: Maybe[Annotated[Text, Reference("user")]] = OMITTED
    standing: Maybe[Standing] = OMITTED
