"""A meeting's place in a course on a learning platform; follows from a course meeting's `course:`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from reconciler.resources.base import OMITTED, Maybe, Reference, Resource, Text, kind_dataclass


@kind_dataclass
class CourseLink(Resource):
    """The association of one meeting with one course; every field is fixed when the link is made."""

    kind: ClassVar[str] = "course_link"
    plural: ClassVar[str] = "course_links"
    declarable: ClassVar[bool] = False
    follows: ClassVar[str] = "course_meeting"

    meeting: Maybe[Annotated[Text, Reference("course_meeting")]] = OMITTED
    host: Maybe[Annotated[Text, Reference("user")]] = OMITTED
    course: Maybe[Annotated[Text, Reference("course")]] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
    approved_domain: Maybe[Annotated[Text, Reference("approved_domain")]] = OMITTED
    context_id: Maybe[Text] = OMITTED
    domain: Maybe[Text] = OMITTED
    canvas_course_id: Maybe[Text] = OMITTED
