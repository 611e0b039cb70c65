"""A way in which people who join a meeting can be asked to sign in first."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator

from reconciler.errors import suggest
from reconciler.resources.base import OMITTED, Bool, Maybe, Resource, Text, kind_dataclass

WORDS = ("signed_in", "same_account")
"""Anybody who is signed in; people of the same account."""

_DOMAIN = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def check_domains(values: tuple[str, ...]) -> tuple[str, ...]:
    """Domains of e-mail addresses as they are compared: small letters, in alphabetical order, each once."""
    made = tuple(sorted(value.casefold() for value in values))
    for value in made:
        if not _DOMAIN.fullmatch(value):
            raise ValueError(
                f"`{value}` is not a domain; write example.edu or *.example.edu, without scheme or slash"
            )
        if made.count(value) > 1:
            raise ValueError(f"`{value}` stands twice; take one out")
    return made


Domains = Annotated[tuple[Text, ...], AfterValidator(check_domains)]


def read_admits(value: object) -> str | tuple[str, ...]:
    """One of WORDS, or the domains whose people get in."""
    if isinstance(value, str) and value in WORDS:
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        return check_domains(tuple(value))
    remedy = suggest(value, WORDS) if isinstance(value, str) else f"write {' or '.join(WORDS)}"
    raise ValueError(f"says who gets in; {remedy}, or a list of domains")


Admits = Annotated[
    str | tuple[str, ...],
    BeforeValidator(
        read_admits, json_schema_input_type=Literal["signed_in", "same_account"] | tuple[str, ...]
    ),
]


@kind_dataclass
class AuthenticationOption(Resource):
    """`admits` says who gets in: `signed_in`, `same_account`, or people of a list of domains.

    `title` is the vendor's name for it and is the handle where omitted at creation. One option of an account
    is the `default` that new meetings begin with.
    """

    kind: ClassVar[str] = "authentication_option"
    plural: ClassVar[str] = "authentication_options"
    after: ClassVar[frozenset[str]] = frozenset({"account_setting"})

    title: Maybe[Text] = OMITTED
    admits: Maybe[Admits] = OMITTED
    default: Maybe[Bool] = OMITTED
