"""A meeting of a course, declared as a family and expanded into what one live meeting can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    OnGone,
    Plain,
    Reference,
    Resource,
    Secret,
    Text,
    kind_dataclass,
)
from reconciler.resources.emails import Email
from reconciler.resources.schedules import Schedule


@kind_dataclass
class CourseRef:
    """`course: name` or `course: {name, via}`; `via` is the LTI Pro target that makes the link."""

    name: Text
    via: Text | None = None


def read_course_ref(value: Any) -> Any:
    """A bare name is `{name: ...}`."""
    return {"name": value} if isinstance(value, str) else value


def tidy(value: Any) -> Any:
    """A text without the space around it and with line ends of one sort: vendors keep neither as written."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def read_number(value: Any) -> Any:
    """One of the numbers there are, from its digits; anything else is left to be refused."""
    return {"0": 0, "5": 5, "10": 10, "15": 15}.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, order=True)
class Guest:
    """Somebody who may join without signing in, known by their e-mail."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    email: Email
    name: Text

    def plain(self) -> Plain:
        """`{email, name}`."""
        return {"email": self.email, "name": self.name}


def arrange(guests: tuple[Guest, ...]) -> tuple[Guest, ...]:
    """A set of people by their e-mails, whose case and order say nothing."""
    found = {guest.email.casefold(): Guest(guest.email.casefold(), guest.name) for guest in guests}
    if len(found) < len(guests):
        raise ValueError("an e-mail stands twice; write each person once")
    return tuple(sorted(found.values()))


Tidy = BeforeValidator(tidy)
Licensed = Reference("user", "license", ("licensed", "on_prem"))
"""Zoom API reference, meetings: an alternative host has to hold a licence."""
Hosting = Reference("user", "license", ("basic", "licensed", "on_prem"))


@kind_dataclass
class CourseMeeting(Resource):
    """A declared family of meetings and, after `expand`, one live meeting of it (`name/1` to `name/n`).

    `authentication_option` names one of the account's ways to sign in and counts while `authentication` is
    on; `authentication_exceptions` are all people who need not. `join_minutes_before` 0 is at any time.
    `registration_type`: register once for all dates, for each date, or once for chosen dates.
    """

    kind: ClassVar[str] = "course_meeting"
    plural: ClassVar[str] = "course_meetings"
    on_gone: ClassVar[OnGone] = "report"
    after: ClassVar[frozenset[str]] = frozenset(
        {"group", "tracking_field", "account_setting", "authentication_option"}
    )

    protects: ClassVar[Mapping[str, tuple[Plain, ...]]] = {
        "waiting_room": (True,),
        "join_before_host": (False,),
        "authentication": (True,),
        "authentication_option": (),
        "authentication_exceptions": (),
        "passcode": (),
        "registration": ("manual",),
        "encryption": ("end_to_end",),
        "private_meeting": (True,),
        "internal_meeting": (True,),
        "close_registration": (True,),
    }
    cosmetic: ClassVar[frozenset[str]] = frozenset({"topic", "agenda", "tracking_fields", "watermark"})

    topic: Maybe[Annotated[str, Tidy, StringConstraints(min_length=1, max_length=200)]] = OMITTED
    host: Maybe[Annotated[Text, Hosting]] = OMITTED
    schedule: Maybe[Schedule] = OMITTED
    agenda: Maybe[Annotated[str, Tidy, StringConstraints(max_length=2000)] | None] = OMITTED
    alternative_hosts: Maybe[Annotated[Collection, Licensed]] = OMITTED
    tracking_fields: Maybe[dict[str, str | None]] = OMITTED
    passcode: Maybe[Secret] = OMITTED
    waiting_room: Maybe[Bool] = OMITTED
    join_before_host: Maybe[Bool] = OMITTED
    join_minutes_before: Maybe[Annotated[Literal[0, 5, 10, 15], BeforeValidator(read_number)]] = OMITTED
    authentication: Maybe[Bool] = OMITTED
    authentication_option: Maybe[Text] = OMITTED
    authentication_exceptions: Maybe[Annotated[tuple[Guest, ...], AfterValidator(arrange)]] = OMITTED
    registration: Maybe[Literal["none", "automatic", "manual"]] = OMITTED
    registration_type: Maybe[Literal["once", "each", "chosen"]] = OMITTED
    close_registration: Maybe[Bool] = OMITTED
    host_video: Maybe[Bool] = OMITTED
    participant_video: Maybe[Bool] = OMITTED
    mute_upon_entry: Maybe[Bool] = OMITTED
    audio: Maybe[Literal["both", "telephony", "computer", "third_party"]] = OMITTED
    auto_recording: Maybe[Literal["local", "cloud", "none"]] = OMITTED
    encryption: Maybe[Literal["enhanced", "end_to_end"]] = OMITTED
    watermark: Maybe[Bool] = OMITTED
    private_meeting: Maybe[Bool] = OMITTED
    internal_meeting: Maybe[Bool] = OMITTED
    course: Maybe[
        Annotated[CourseRef, BeforeValidator(read_course_ref, json_schema_input_type=str | CourseRef)]
    ] = OMITTED
