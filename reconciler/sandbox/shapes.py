"""Typed bodies: what a vendor's specification allows in a request body, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.sandbox.calls import Json, Refusal

Fault = tuple[str, str]
Check = Callable[[Any, str], Iterator[Fault]]


def text(most: int | None = None, least: int = 0, pattern: str = "") -> Check:
    """A string of `least` to `most` characters that matches `pattern` whole."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield at, "Must be a string."
        elif most is not None and len(value) > most:
            yield at, f"Must not be longer than {most} characters."
        elif len(value) < least:
            yield at, f"Must have at least {least} characters."
        elif compiled and not compiled.fullmatch(value):
            yield at, "Invalid format."

    return check


def whole(least: int | None = None, most: int | None = None) -> Check:
    """A whole number; true and false are not numbers."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if type(value) is not int:
            yield at, "Must be an integer."
        elif (least is not None and value < least) or (most is not None and value > most):
            yield at, f"Must be between {least} and {most}."

    return check


def flag() -> Check:
    """true or false."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, bool):
            yield at, "Must be a boolean."

    return check


def one_of(*allowed: str | int) -> Check:
    """One of the listed values, of the same type."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not any(type(value) is type(option) and value == option for option in allowed):
            yield at, f"Must be one of {', '.join(map(str, allowed))}."

    return check


def many(item: Check, most: int | None = None, least: int = 0) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield at, "Must be an array."
            return
        if (most is not None and len(value) > most) or len(value) < least:
            yield at, f"Must have {least} to {most} items."
            return
        for index, element in enumerate(value):
            yield from item(element, f"{at}[{index}]")

    return check


def record(fields: Mapping[str, Check], required: tuple[str, ...] = ()) -> Check:
    """An object with these fields only."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield at, "Must be an object."
            return
        prefix = f"{at}." if at else ""
        for name in required:
            if name not in value:
                yield prefix + name, "Required."
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, prefix + name)
            else:
                yield prefix + name, "Unknown field."

    return check


def either(*checks: Check) -> Check:
    """A value that passes one of the checks; the last one's faults are told."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        faults: list[Fault] = []
        for option in checks:
            faults = list(option(value, at))
            if not faults:
                return
        yield from faults

    return check


def anything() -> Check:
    """Any JSON: where the specification gives no type."""

    def check(value: Any, at: str) -> Iterator[Fault]:
        yield from ()

    return check


def validate(check: Check, body: Any) -> None:
    """Refuse a body that breaks its shape, with every fault named (HTTP 400, code 300)."""
    faults = list(check(body, ""))
    if faults:
        errors: list[Json] = [{"field": at, "message": why} for at, why in faults]
        raise Refusal(400, 300, "Validation Failed.", errors=errors)


def without(body: Any, dotted: str) -> Any:
    """A copy of `body` that lacks the field `dotted`; in lists, each element lacks it."""
    if isinstance(body, list):
        return [without(element, dotted) for element in body]
    if not isinstance(body, dict):
        return body
    head, _, rest = dotted.partition(".")
    if not rest:
        return {name: value for name, value in body.items() if name != head}
    return {name: without(value, rest) if name == head else value for name, value in body.items()}
