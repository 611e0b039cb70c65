"""A person with an account in a target."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints

from reconciler.resources.base import OMITTED, Bool, Maybe, OnAbsent, OnGone, Ranked, Resource, kind_dataclass

_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")


def check_email(value: str) -> str:
    """The address as written, if it is one; no lookup is made."""
    local, _, domain = value.rpartition("@")
    if not (len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local) and _takes_mail(domain)):
        try:
            validate_email(value, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(f"not an e-mail address: {error}") from None
    return value


@lru_cache(maxsize=1024)
def _takes_mail(domain: str) -> bool:
    # A campus has thousands of people and a handful of domains, and the whole check takes a while.
    try:
        validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


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
