"""Custom parameters of a launch, as the kinds that have some hold them: one line each."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from reconciler.resources.base import Text

_NAME = re.compile(r"[^\s=]([^=\r\n]*[^\s=])?")


def check_name(name: str) -> str:
    """A name as written: systems keep parameters as lines of name=value."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a custom parameter; write it without = and on one line")
    return name


def check_value(text: str) -> str:
    """A value as written, which is one line."""
    if "\n" in text or "\r" in text:
        raise ValueError("a custom parameter is one line, and this has a line break; write it without")
    return text


Name = Annotated[Text, AfterValidator(check_name)]
Value = Annotated[str, StringConstraints(max_length=2000), AfterValidator(check_value)]
Parameters = dict[Name, Value | None]
"""Each by its name; null takes one off."""
