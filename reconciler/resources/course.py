"""A course on a learning platform: a declaration others refer to, without a live counterpart of ours."""

from __future__ import annotations

from typing import ClassVar

from reconciler.resources.base import OMITTED, Maybe, Resource, Text, kind_dataclass


@kind_dataclass
class Course(Resource):
    """A course: the LTI context id its platform sends, the platform's domain, Canvas's own course id.

    `domain` is an approved domain with scheme and without a trailing slash; Zoom's bulk import article
    asks for `canvas_course_id` only where Canvas Calendar or Conversations are used. `platform` names the
    target that holds the course: it is looked for there before anything is linked to it; null in an overlay
    takes that away again.
    """

    kind: ClassVar[str] = "course"
    plural: ClassVar[str] = "courses"
    live: ClassVar[bool] = False

    context_id: Maybe[Text] = OMITTED
    domain: Maybe[Text] = OMITTED
    canvas_course_id: Maybe[Text] = OMITTED
    title: Maybe[Text] = OMITTED
    platform: Maybe[Text | None] = OMITTED
