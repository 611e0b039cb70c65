"""A tool registered in a learning platform by LTI 1.1: the platform's end of a credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Union

from pydantic import BeforeValidator, StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    Reference,
    Resource,
    Secret,
    Text,
    kind_dataclass,
)
from reconciler.resources.parameters import Parameters

Privacy = Literal["anonymous", "name", "email", "public"]
Placement = dict[Text, Union[str, None, dict[str, str | None]]]  # noqa: UP007 - a union that pydantic can name
FILLED: Mapping[str, frozenset[str]] = {"credential": frozenset({"key", "secret"})}
"""By the reference that gives them: fields that are taken from what it names, where they are not written."""


def check_placements(value: object) -> object:
    """Refuse what platforms read as "take it off" without saying so: no settings, or `enabled`."""
    for name, settings in value.items() if isinstance(value, Mapping) else ():
        if isinstance(settings, Mapping) and not settings:
            raise ValueError(f"`{name}` has no settings; write some, or `{name}: null` to take it off")
        if isinstance(settings, Mapping) and "enabled" in settings:
            raise ValueError(f"`{name}` is there or not: take `enabled` out, or write `{name}: null`")
    return value


Placements = Annotated[dict[Text, Placement | None], BeforeValidator(check_placements)]


@kind_dataclass
class LtiTool(Resource):
    """A tool; key and secret are those of `credential`, which may be another target's.

    `key` and `secret` are filled from the credential where they are not written. `placements` maps a place of
    the platform to its settings, in the platform's own words; null takes a place, a setting or a custom
    parameter off. `url` is where a launch goes; `cartridge` is where a platform reads an XML description of
    the tool.
    """

    kind: ClassVar[str] = "lti_tool"
    plural: ClassVar[str] = "lti_tools"
    after: ClassVar[frozenset[str]] = frozenset(
        {"allowed_email_domain", "approved_domain", "lti_settings", "role_map"}
    )

    paired: ClassVar[Mapping[str, str]] = {"key": "secret"}

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    description: Maybe[Text | None] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
    key: Maybe[Text] = OMITTED
    secret: Maybe[Secret] = OMITTED
    url: Maybe[Text] = OMITTED
    cartridge: Maybe[Text] = OMITTED
    domain: Maybe[Text | None] = OMITTED
    privacy: Maybe[Privacy] = OMITTED
    custom_parameters: Maybe[Parameters] = OMITTED
    placements: Maybe[Placements] = OMITTED
    organization: Maybe[Annotated[Text, Reference("organization")]] = OMITTED
    available_to: Maybe[Annotated[Collection, Reference("organization")]] = OMITTED
    enabled: Maybe[Bool] = OMITTED
