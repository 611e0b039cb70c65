"""A person with an account in a target."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints

from reconciler.resources.base import OMITTED, Bool, Maybe, OnAbsent, OnGone, Ranked, Resource, kind_dataclass


def check_email(value: str) -> str:
    """The address as written, if it is one; no lookup is made."""
    try:
        validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address: {error}") from None
    return value


Email = Annotated[str, StringConstraints(max_length=128), AfterValidator(check_email)]
Name = Annotated[str, StringConstraints(max_length=64)]
Line = Annotated[str, StringConstraints(max_length=128)]
License = Literal["none", "basic", "licensed", "on_prem"]


@kind_dataclass
class User(Resource):
    """A person, named by a stable handle (a SIS id); `email` is a field and may change."""

    kind: ClassVar[str] = "user"
    plural: ClassVar[str] = "users"
    on_absent: ClassVar[OnAbsent] = "disable"
    on_gone: ClassVar[OnGone] = "report"
    people: ClassVar[bool] = True

    email: Maybe[Email] = OMITTED
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
    active: Maybe[Annotated[Bool, Ranked((False, True))]] = OMITTED
