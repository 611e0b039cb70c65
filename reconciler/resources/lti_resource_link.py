"""A resource link: one piece of a tool's content that a platform offers to courses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, StringConstraints

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

NAME = re.compile(r"[A-Za-z0-9_.$-]+")


def check_parameters(value: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Custom parameters as written, one line each, null for one to take off; ValueError for any other."""
    for name, text in value.items():
        if not NAME.fullmatch(name):
            raise ValueError(f"`{name}` is no name of a custom parameter; write custom_value_1, say")
        if text is not None and ("\n" in text or "\r" in text):
            raise ValueError(f"the value of `{name}` has a line break; a custom parameter is one line")
    return value


Parameters = Annotated[Mapping[str, str | None], AfterValidator(check_parameters)]


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
