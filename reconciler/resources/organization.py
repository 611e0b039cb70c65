"""An organization of a training management system: what people, classes and links belong to."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from reconciler.resources.base import OMITTED, Maybe, Reference, Resource, Text, kind_dataclass

Line = Annotated[str, StringConstraints(min_length=1, max_length=255)]


@kind_dataclass
class Organization(Resource):
    """An organization; `title` is the handle where omitted at creation, `parent` the one it lies in."""

    kind: ClassVar[str] = "organization"
    plural: ClassVar[str] = "organizations"

    title: Maybe[Line] = OMITTED
    description: Maybe[Text | None] = OMITTED
    parent: Maybe[Annotated[Text | None, Reference("organization")]] = OMITTED
    timezone: Maybe[Line | None] = OMITTED
    language: Maybe[Line | None] = OMITTED
