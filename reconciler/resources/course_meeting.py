"""A meeting of a course, declared as a family and expanded into what one live meeting can hold."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    OnGone,
    Reference,
    Resource,
    Text,
    evolve,
    kind_dataclass,
)
from reconciler.resources.schedules import Dates, Schedule, Weekly


@kind_dataclass
class CourseRef:
    """`course: name` or `course: {name, via}`; `via` is the LTI Pro target that makes the link."""

    name: Text
    via: Text | None = None


def read_course_ref(value: Any) -> Any:
    """A bare name is `{name: ...}`."""
    return {"name": value} if isinstance(value, str) else value


@kind_dataclass
class CourseMeeting(Resource):
    """A declared family of meetings and, after `expand`, one live meeting of it (`name/1` to `name/n`)."""

    kind: ClassVar[str] = "course_meeting"
    plural: ClassVar[str] = "course_meetings"
    on_gone: ClassVar[OnGone] = "report"

    topic: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = OMITTED
    host: Maybe[Annotated[Text, Reference("user")]] = OMITTED
    schedule: Maybe[Schedule] = OMITTED
    agenda: Maybe[Annotated[str, StringConstraints(max_length=2000)] | None] = OMITTED
    alternative_hosts: Maybe[Annotated[Collection, Reference("user")]] = OMITTED
    tracking_fields: Maybe[dict[str, str]] = OMITTED
    waiting_room: Maybe[Bool] = OMITTED
    join_before_host: Maybe[Bool] = OMITTED
    mute_upon_entry: Maybe[Bool] = OMITTED
    auto_recording: Maybe[Literal["local", "cloud", "none"]] = OMITTED
    course: Maybe[Annotated[CourseRef, BeforeValidator(read_course_ref)]] = OMITTED

    def expand(self) -> tuple[CourseMeeting, ...]:
        """One resource per live meeting, in time order, each holding its Series."""
        if not isinstance(self.schedule, Dates | Weekly):
            return (self,)
        return tuple(evolve(self, schedule=series) for series in self.schedule.series())
