"""A resource link: one piece of a tool's content that a platform offers to courses."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    Reference,
    Resource,
    Text,
    kind_dataclass,
)
from reconciler.resources.parameters import Parameters


@kind_dataclass
class LtiResourceLink(Resource):
    """A link of the tool `tool` to `url`; `available_to` are the organizations that may use it."""

    kind: ClassVar[str] = "lti_resource_link"
    plural: ClassVar[str] = "lti_resource_links"

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    description: Maybe[Text | None] = OMITTED
    tool: Maybe[Annotated[Text, Reference("lti_tool")]] = OMITTED
    organization: Maybe[Annotated[Text, Reference("organization")]] = OMITTED
    url: Maybe[Text] = OMITTED
    custom_parameters: Maybe[Parameters] = OMITTED
    requires_score: Maybe[Bool] = OMITTED
    available_to: Maybe[Annotated[Collection, Reference("organization")]] = OMITTED
    visible: Maybe[Bool] = OMITTED
