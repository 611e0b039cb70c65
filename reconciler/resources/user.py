"""A person with an account in a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, StringConstraints
from typing_extensions import TypedDict

from reconciler.errors import suggest
from reconciler.resources.base import (
    OMITTED,
    Bool,
    Maybe,
    OnAbsent,
    OnGone,
    Ranked,
    Reference,
    Resource,
    kind_dataclass,
)
from reconciler.resources.emails import Email

Name = Annotated[str, StringConstraints(max_length=64)]
Line = Annotated[str, StringConstraints(max_length=128)]
License = Literal["none", "basic", "licensed", "on_prem"]
LICENSED: License = "licensed"
"""The licence that takes a seat."""


class UserSettings(TypedDict, total=False):
    """What a person's own meetings start with; what is not named is left to the person."""

    host_video: Bool
    participants_video: Bool
    join_before_host: Bool
    waiting_room: Bool
    local_recording: Bool
    cloud_recording: Bool
    auto_recording: Literal["none", "local", "cloud"]
    meeting_authentication: Bool
    recording_authentication: Bool


def check_names(value: object) -> object:
    """A mapping of known settings; anything that is no mapping is left to be refused."""
    for name in value if isinstance(value, Mapping) else ():
        if name not in UserSettings.__annotations__:
            raise ValueError(
                f"`{name}` is no setting of a person; {suggest(str(name), UserSettings.__annotations__)}"
            )
    return value


@kind_dataclass
class User(Resource):
    """A person, named by a stable handle (a SIS id); `email` is a field and may change.

    `login` is what they sign in with where that is a name of its own (the handle where it is omitted), and
    `sis_id` what the student information system calls them.
    """

    kind: ClassVar[str] = "user"
    plural: ClassVar[str] = "users"
    on_absent: ClassVar[OnAbsent] = "disable"
    on_gone: ClassVar[OnGone] = "report"
    people: ClassVar[bool] = True

    email: Maybe[Email] = OMITTED
    login: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = OMITTED
    sis_id: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    first_name: Maybe[Name | None] = OMITTED
    last_name: Maybe[Name | None] = OMITTED
    display_name: Maybe[Line | None] = OMITTED
    license: Maybe[Annotated[License, Ranked(("none", "basic", "on_prem", "licensed"))]] = OMITTED
    department: Maybe[Line | None] = OMITTED
    job_title: Maybe[Line | None] = OMITTED
    company: Maybe[Line | None] = OMITTED
    location: Maybe[Line | None] = OMITTED
    cost_center: Maybe[Line | None] = OMITTED
    language: Maybe[Line] = OMITTED
    timezone: Maybe[Line] = OMITTED
    organization: Maybe[Annotated[str, Reference("organization")]] = OMITTED
    active: Maybe[Annotated[Bool, Ranked((False, True))]] = OMITTED
    settings: Maybe[Annotated[UserSettings, BeforeValidator(check_names)]] = OMITTED
