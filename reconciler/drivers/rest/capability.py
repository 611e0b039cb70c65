"""What a mapping's kind can do, as the one declaration that validation, planning and documents read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.drivers.rest.mapping import FieldMap, Key, KindMap, RestMapping
from reconciler.model.objects import Page
from reconciler.model.ports import Access, Capability, Lists, NaturalKey, Prefix, Unique
from reconciler.resources.base import Members, declared, field_rules, kinds

VERBS = ("create", "update", "disable", "delete")
PARAMETERS = "custom_parameters"
ONLY = "the only one"
"""The key of a kind of which there is one."""


def access_of(name: str, field: FieldMap, kind: KindMap) -> Access:
    """What can be done with a field; what an object lies below is fixed once it is made."""
    by_hand = not verbs_of(kind)
    if field.relation:
        return Access.RELATION
    if by_hand:
        return Access.HIDDEN
    if name == kind.parent:
        return Access.CREATE_ONLY
    reads = bool(field.read or (field.edit and field.edit.list))
    if field.create_only:
        return Access.CREATE_ONLY if reads else Access.HIDDEN_CREATE
    if field.send or field.spread or field.edit:
        return Access.FULL if reads else Access.HIDDEN
    return Access.READ


def attribute_of(kind: str, name: str) -> str:
    """The attribute of a kind that holds a field."""
    return field_rules(kinds()[kind])[name].attribute


def verbs_of(made: KindMap) -> frozenset[str]:
    """What requests do; a collection that is edited is an update though nothing else be."""
    edits = {"update"} if any(field.edit for field in made.fields.values()) else set()
    return frozenset({verb for verb in VERBS if getattr(made, verb)} | edits)


def make_capability(kind: str, made: KindMap) -> Capability:
    """The capability of one kind, derived from its part of a mapping."""
    verbs = verbs_of(made)
    again = {verb for verb in ("update", "disable", "delete") if (r := getattr(made, verb)) and r.idempotent}
    page, whole = made.page, bool(made.update and made.update.mode == "full")
    return Capability(
        kind=kind,
        verbs=verbs,
        fields={name: access_of(name, field, made) for name, field in made.fields.items()},
        required=frozenset(name for name, field in made.fields.items() if field.needed),
        unique=Unique.NONE if made.unique == "none" else Unique.SERVER,
        natural_keys=tuple(NaturalKey(key.name, key_of(kind, made, key)) for key in keys_of(made)),
        lists=Lists.ALL if made.list else Lists.KEYED,
        visible_after=made.visible_after,
        idempotent=frozenset(again),
        follows=_follows(made),
        units=frozenset(name for name, field in made.fields.items() if whole and not field.relation),
        page=Page(page.id, page.title, page.steps, page.tells) if page else None,
        loses=made.loses,
        prefix=made.fields[PARAMETERS].prefix if PARAMETERS in made.fields else Prefix.UNKNOWN,
    )


def make_capabilities(mapping: RestMapping) -> Mapping[str, Capability]:
    """Every kind's."""
    return {kind: make_capability(kind, made) for kind, made in mapping.kinds.items()}


def keys_of(made: KindMap) -> tuple[Key, ...]:
    """The natural keys of a kind, in order."""
    return (Key(name="single"),) if made.single else made.keys


def key_of(kind: str, made: KindMap, key: Key) -> Callable[[str, Any], str]:
    """How a key is told of a resource whose references are remote ids; "" where a part is not known."""
    if made.single:
        return lambda name, resource: ONLY
    if not key.fields:
        return lambda name, resource: name.casefold()
    rules = [(attribute_of(kind, name), made.fields[name].or_name) for name in key.fields]

    def tell(name: str, resource: Any) -> str:
        parts = []
        for attribute, or_name in rules:
            value = getattr(resource, attribute)
            text = value if isinstance(value, str) else name if or_name else ""
            if not text:
                return ""
            parts.append(text.casefold())
        return "/".join(parts)

    return tell


def _follows(made: KindMap) -> Callable[[Any], frozenset[str]]:
    """The collections a creation cannot carry: those edited element by element."""
    edited = frozenset(name for name, field in made.fields.items() if field.edit and not field.send)
    update = "update" in verbs_of(made)

    def tell(resource: Any) -> frozenset[str]:
        found = {name: value for name, value in declared(resource) if name in edited}
        return frozenset(
            name for name, value in found.items() if not isinstance(value, Members) or value.elements
        )

    return tell if edited and update else lambda resource: frozenset()
