"""Which roles of a launch make somebody an instructor, for one LTI credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from reconciler.resources.base import (
    OMITTED,
    Maybe,
    Plain,
    Reference,
    Resource,
    Text,
    check_once,
    kind_dataclass,
)
from reconciler.resources.lti_roles import Platform, Version, expand, read_launch, read_role


def check_role(value: str) -> str:
    """The canonical name of a role, whichever way it was spelled."""
    return str(read_role(value))


def read_roles(value: Any) -> Any:
    """One text with commas, as LTI 1.1 sends it, as the list LTI 1.3 sends; else left to be refused."""
    return list(read_launch(value)) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Sample:
    """A launch as a platform sends it, and what it has to make of somebody."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    roles: Annotated[
        tuple[Text, ...],
        BeforeValidator(read_roles, json_schema_input_type=str | tuple[str, ...]),
        Field(min_length=1),
    ]
    expect: Literal["instructor", "student"]

    def plain(self) -> Plain:
        """`{roles, expect}`."""
        return {"roles": self.roles, "expect": self.expect}


Roles = Annotated[tuple[Annotated[Text, AfterValidator(check_role)], ...], AfterValidator(check_once)]


DEFAULT_VERSION: Version = "1.1"


@kind_dataclass
class RoleMap(Resource):
    """Roles that make an instructor beyond the tool's defaults, for the platforms that launch it.

    They hold their canonical names; tools compare the texts that arrive. `alternative_hosts` are those of
    them who are made alternative hosts by themselves. `samples` are tried by validate, against all role maps
    of the credential. `version` is that of LTI, 1.1 where omitted.
    """

    kind: ClassVar[str] = "role_map"
    plural: ClassVar[str] = "role_maps"
    qualifier: ClassVar[str] = "credential"

    platforms: Maybe[Annotated[tuple[Platform, ...], Field(min_length=1), AfterValidator(check_once)]] = (
        OMITTED
    )
    version: Maybe[Version] = OMITTED
    instructors: Maybe[Roles] = OMITTED
    alternative_hosts: Maybe[Roles] = OMITTED
    samples: Maybe[tuple[Sample, ...]] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED


def spell_out(roles: RoleMap, name: str) -> tuple[str, ...]:
    """Every text as which the roles of one of the two lists arrive from the map's platforms."""
    listed, platforms, version = getattr(roles, name), roles.platforms, roles.version
    if not isinstance(listed, tuple) or not isinstance(platforms, tuple):
        return ()
    return expand(listed, platforms, DEFAULT_VERSION if version is OMITTED else version)
