"""A place in a target's tree of categories, where recordings and other content are filed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Maybe,
    Reference,
    Resource,
    Text,
    check_once,
    kind_dataclass,
)

SEPARATORS = "<>,"
"""Characters that stand between the titles of a path and between paths, so that no title holds them."""
_CONTEXT_LENGTH = 4


def check_title(value: str) -> str:
    """A title without space around it and without what separates titles."""
    found = next((mark for mark in value if mark in SEPARATORS), "")
    if found:
        raise ValueError(f"`{value}` holds `{found}`, which no title of a category may; take it out")
    if value != value.strip():
        raise ValueError("there is space around the title; take it out, it is not kept")
    return value


def check_contexts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Privacy contexts in alphabetical order: four or more letters and digits each."""
    for value in values:
        if not (value.isascii() and value.isalnum() and len(value) >= _CONTEXT_LENGTH):
            raise ValueError(
                f"`{value}` is not a privacy context; it has at least {_CONTEXT_LENGTH} letters or digits"
            )
    return tuple(sorted(check_once(values)))


def check_tags(values: tuple[str, ...]) -> tuple[str, ...]:
    """Tags in alphabetical order: they are kept as one text, separated by commas."""
    for value in values:
        if "," in value or value != value.strip():
            raise ValueError(f"`{value}` is not one tag; write each by itself, without commas")
    return tuple(sorted(check_once(values)))


Title = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(check_title)]


@kind_dataclass
class Category(Resource):
    """A category below its `parent`, or at the top; `title` is the handle where omitted at creation.

    `reference_id` is an id of our own that stays when a category is renamed or moved. Privacy, owner,
    contribution, listing and the level that members get can differ from what is usual only where the category
    or one above it has a privacy context.
    """

    kind: ClassVar[str] = "category"
    plural: ClassVar[str] = "categories"

    title: Maybe[Title] = OMITTED
    parent: Maybe[Annotated[Text, Reference("category")] | None] = OMITTED
    reference_id: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=512)] | None] = OMITTED
    description: Maybe[Text | None] = OMITTED
    tags: Maybe[Annotated[tuple[Text, ...], AfterValidator(check_tags)] | None] = OMITTED
    privacy_contexts: Maybe[Annotated[tuple[Text, ...], AfterValidator(check_contexts)] | None] = OMITTED
    privacy: Maybe[Literal["all", "signed_in", "members"]] = OMITTED
    owner: Maybe[Annotated[Text, Reference("user")]] = OMITTED
    contribution: Maybe[Literal["all", "members"]] = OMITTED
    default_level: Maybe[Literal["manager", "moderator", "contributor", "member", "none"]] = OMITTED
    listed: Maybe[Literal["all", "members"]] = OMITTED
    moderated: Maybe[Bool] = OMITTED
