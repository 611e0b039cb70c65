"""One kind's values between the wire and us: objects as they were read, and what a request carries."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.operations import Revealed
from reconciler.drivers.rest.capability import ONLY, attribute_of, key_of, keys_of
from reconciler.drivers.rest.mapping import FieldMap, KindMap
from reconciler.drivers.rest.values import FORMS, evaluate, flatten
from reconciler.model.objects import Condition, Live
from reconciler.resources.base import OMITTED, Resource, SecretRef, declared, kinds, unchecked

RANDOM_BYTES = 24
TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Objects:
    """Translates one kind. `reveal` gives a secret's text, for the target's origin only."""

    kind: str
    made: KindMap
    reveal: Callable[[SecretRef], str]
    scope: str = ""

    def live(self, item: Any, parent: str = "", collections: Mapping[str, Any] | None = None) -> Live[Any]:
        """An object as it was read. Raises ValueError where it is of another shape than mapped."""
        remote_id = ONLY if self.made.single else flatten(evaluate(self.made.id, item))
        if not remote_id:
            raise ValueError(f"an object without an id at `{self.made.id}`")
        values = {name: decode(field, item) for name, field in self.made.fields.items() if field.read}
        values |= collections or {}
        if self.made.parent:
            values[self.made.parent] = parent
        resource = unchecked(kinds()[self.kind], values)
        label = flatten(evaluate(self.made.label, item)) if self.made.label else ""
        return Live(
            remote_id,
            resource,
            self.keys(resource, item),
            label or remote_id,
            tuple(
                Condition(code, condition.text, condition.blocks)
                for code, condition in self.made.conditions.items()
                if evaluate(condition.when, item)
            ),
        )

    def keys(self, resource: Any, item: Any) -> dict[str, str]:
        """The values of the natural keys of what was read; those it does not have are left out."""
        found = {}
        for key in keys_of(self.made):
            name = flatten(evaluate(key.read, item)) if key.read else ""
            value = key_of(self.kind, self.made, key)(name, resource)
            if value:
                found[key.name] = value
        return found

    def is_gone(self, item: Any) -> bool:
        """Whether what is listed counts as not there."""
        return bool(self.made.gone and evaluate(self.made.gone, item))

    def encode(self, name: str, resource: Resource, entry: str) -> Any:
        """A field's value as it is written; OMITTED where nothing is declared."""
        field = self.made.fields[name]
        value = getattr(resource, attribute_of(self.kind, name))
        if value is OMITTED:
            return entry if field.or_name and entry else OMITTED
        if isinstance(value, SecretRef):
            return Revealed(self.reveal(value))
        return encode(field, value)

    def declared(self, resource: Resource, entry: str, names: Iterable[str] | None = None) -> dict[str, Any]:
        """By name on the wire, what a request writes of `names` (all, if none are given)."""
        found: dict[str, Any] = {}
        for name in self.made.fields if names is None else names:
            field = self.made.fields[name]
            if field.spread:
                value = getattr(resource, attribute_of(self.kind, name))
                found |= {} if value is OMITTED else _spread(field, value)
            elif field.send and (value := self.encode(name, resource, entry)) is not OMITTED:
                found[field.send] = value
        return found

    def kept(self, item: Any, written: Mapping[str, Any]) -> dict[str, Any]:
        """By name on the wire, what an update that replaces all has to send as it is."""
        found: dict[str, Any] = {}
        for field in self.made.fields.values():
            if not field.read or field.create_only:
                continue
            value = decode(field, item)
            found |= _spread(field, value) if field.spread else {}
            found |= {field.send: encode(field, value)} if field.send else {}
        return {name: value for name, value in found.items() if name not in written}

    def unreadable(self, resource: Resource) -> list[str]:
        """Fields never read and not declared either: an update that replaces all would lose them."""
        return [
            name
            for name, field in self.made.fields.items()
            if field.send
            and not (field.read or field.create_only)
            and getattr(resource, attribute_of(self.kind, name)) is OMITTED
        ]

    def context(self, **parts: Any) -> dict[str, Any]:
        """What the expressions of a request are about."""
        blank: dict[str, Any] = {"name": "", "id": "", "key": "", "element": "", "fields": {}, "live": {}}
        return {**blank, "scope": self.scope, **parts}

    def fields_of(self, resource: Resource, entry: str = "") -> dict[str, Any]:
        """By our name, the declared values as they are written, for expressions and paths; no secrets."""
        names = (name for name, value in declared(resource) if not isinstance(value, SecretRef))
        found = {name: self.encode(name, resource, entry) for name in names if name in self.made.fields}
        return {name: value for name, value in found.items() if value is not OMITTED}


def decode(field: FieldMap, item: Any) -> Any:
    """A field's value as we have it, of an object as it was read."""
    found = evaluate(field.read, item)
    if field.items:
        return tuple(
            {name: decode(inner, element) for name, inner in field.items.items()} for element in found or ()
        )
    if field.values:
        # What an expression found to be true or false is ours already.
        inverse = {theirs: TRUTHS.get(ours, ours) for ours, theirs in field.values.items()}
        return (
            found if found is None or isinstance(found, bool) else inverse.get(flatten(found), flatten(found))
        )
    return FORMS[field.form].decode(found)


def encode(field: FieldMap, value: Any) -> Any:
    """A value of ours as a field is written."""
    if field.items:
        rows = ({name: element[name] for name in field.items} for element in value or ())
        listed = [{field.items[n].send: encode(field.items[n], v) for n, v in row.items()} for row in rows]
        return FORMS[field.form].encode(listed) if field.form == "json" else listed
    if field.values and value is not None:
        value = field.values.get(flatten(value), value)
    return FORMS[field.form].encode(value)


def _spread(field: FieldMap, value: Any) -> dict[str, Any]:
    return {name: evaluate(text, value) for name, text in field.spread.items()}


def make_random() -> Revealed:
    """A text that nobody knows and nobody is told: letters of both cases, digits and a sign among them."""
    return Revealed(f"{secrets.token_urlsafe(RANDOM_BYTES)}-aA1")
