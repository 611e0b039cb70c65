"""Whether what a form reads is what a field of a kind holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from reconciler.drivers.rest.mapping import FieldMap
from reconciler.resources.base import Members, field_rules, kinds

READS: Mapping[str, type[Any]] = {
    **dict.fromkeys(("text", "lower", "id", "unix"), str),
    **dict.fromkeys(("bool", "inverse", "yes_no"), bool),
    **dict.fromkeys(("lines", "pairs", "map"), dict),
    **dict.fromkeys(("ids", "comma_ids"), Members),
    "int": int,
}
"""By form, what it reads; any other may be anything."""
WORDS = {str: "text", bool: "true or false", dict: "a mapping", Members: "a collection", int: "a number"}


def explain_misfit(kind: str, name: str, field: FieldMap) -> str:
    """What is wrong with the form of a field that is read, "" for nothing."""
    made = READS.get(field.form)
    rule = field_rules(kinds()[kind])[name]
    held = set(_types(get_type_hints(kinds()[kind], include_extras=True)[rule.attribute]))
    held = {Members} if rule.collection else held & set(WORDS)
    if not field.read or field.values or field.items or made is None or not held or made in held:
        return ""
    fits = [form for form, reads in READS.items() if reads in held]
    holds = " or ".join(sorted(WORDS[each] for each in held))
    said = f"it holds {holds}, and the form {field.form} reads {WORDS[made]}"
    return f"{said}; say `form`: {', '.join(fits)}" + (", or `values`" if bool in held else "")


def _types(annotation: Any) -> Iterator[type[Any]]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from (type(value) for value in get_args(annotation))
    elif is_typeddict(annotation) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        yield dict
    elif isinstance(annotation, type):
        yield annotation
    elif hasattr(annotation, "__metadata__"):
        yield from _types(get_args(annotation)[0])
    elif not (isinstance(origin, type) and issubclass(origin, tuple)):
        for inner in get_args(annotation):
            yield from _types(inner)
