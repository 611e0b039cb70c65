"""A group of people in a target."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from reconciler.resources.base import OMITTED, Collection, Maybe, Reference, Resource, kind_dataclass


@kind_dataclass
class Group(Resource):
    """A group; `title` is the vendor's name for it and is the handle where omitted at creation."""

    kind: ClassVar[str] = "group"
    plural: ClassVar[str] = "groups"

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=127)]] = OMITTED
    members: Maybe[Annotated[Collection, Reference("user")]] = OMITTED
