"""A class of a training management system: a course that is held at certain times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    OnAbsent,
    OnGone,
    Ranked,
    Reference,
    Resource,
    Text,
    kind_dataclass,
)

SHAPE = "%Y-%m-%dT%H:%M:%SZ"
"""How a moment is written: UTC, to the second."""


def check_moment(value: str) -> str:
    """A moment in UTC as it was written; ValueError for anything else."""
    try:
        datetime.strptime(value, SHAPE)  # noqa: DTZ007 - the Z is part of the shape
    except ValueError:
        raise ValueError(
            f"`{value}` is no moment in UTC; write it as 2026-09-07T14:00:00Z, seconds and Z included"
        ) from None
    return value


Moment = Annotated[str, AfterValidator(check_moment)]


class Session(TypedDict):
    """When the class meets once."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    start: Moment
    end: Moment


def check_sessions(value: tuple[Session, ...]) -> tuple[Session, ...]:
    """The sessions in order; ValueError for one that ends before it starts."""
    for session in value:
        if session["end"] <= session["start"]:
            raise ValueError(f"a session ends at {session['end']}, before it starts; turn the two round")
    return tuple(sorted(value, key=lambda session: session["start"]))


@kind_dataclass
class Class(Resource):
    """A class of the course `course_id` of the system itself; `active: false` is a cancelled one."""

    kind: ClassVar[str] = "class"
    plural: ClassVar[str] = "classes"
    on_absent: ClassVar[OnAbsent] = "disable"
    on_gone: ClassVar[OnGone] = "report"

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    course_id: Maybe[Text] = OMITTED
    sessions: Maybe[
        Annotated[tuple[Session, ...], Field(min_length=1, max_length=400), AfterValidator(check_sessions)]
    ] = OMITTED
    organization: Maybe[Annotated[Text, Reference("organization")]] = OMITTED
    delivery: Maybe[Literal["physical", "virtual", "mixed"]] = OMITTED
    join_url: Maybe[Text | None] = OMITTED
    min_seats: Maybe[Annotated[int, Field(ge=0)]] = OMITTED
    seats: Maybe[Annotated[int, Field(ge=1)]] = OMITTED
    available_to: Maybe[Annotated[Collection, Reference("organization")]] = OMITTED
    active: Maybe[Annotated[Bool, Ranked((False, True))]] = OMITTED
