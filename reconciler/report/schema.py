"""JSON Schemas of the desired files, for editors to complete from; the loader stays the judge.

They say what the kinds and drivers declare. A text may be written as a number or a truth value, because the
loader takes it literally. What needs two places at once, such as references, only the loader checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.model.ports import Setting
from reconciler.resources.base import SECRET_PATTERN, Lifecycle, Members, Resource, SecretRef
from reconciler.resources.schedules import Series
from reconciler.settings import POLICIES

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES: Json = {"type": "array", "items": {"type": ["string", "number"]}, "uniqueItems": True}
_MEMBERS: Json = {
    "description": "At least these; {exactly: [...]} for these and no others.",
    "anyOf": [
        _NAMES,
        {
            "type": "object",
            "properties": {"exactly": _NAMES, "at_least": _NAMES},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
    ],
}
_SECRET: Json = {
    "description": "A reference to a secret, never the secret itself.",
    "type": "string",
    "pattern": f"^{SECRET_PATTERN.pattern}$",
}
_SOURCE: Json = {
    "description": "A bulk source: one of csv, oneroster, canvas_sis, timetable, and its options.",
    "type": "object",
    "properties": {
        "csv": {"type": "string"},
        "oneroster": {"type": "string"},
        "canvas_sis": {"type": "string"},
        "timetable": {"type": "string"},
        "columns": {"type": "object", "additionalProperties": {"type": "string"}},
        "name": {"type": "string", "description": "Of a roster: what people are named by."},
        "roles": _NAMES,
        "fields": _NAMES,
        "term": {"type": "string"},
        "days": {"type": "string"},
        "minutes": {"type": "integer", "minimum": 1},
        "cancelled": _NAMES,
        "delimiter": {"type": "string"},
        "encoding": {"type": "string"},
        "clear_empty": _NAMES,
        "repeat": {"const": "join"},
        "prefer": {"anyOf": [{"const": "all"}, _NAMES]},
        "expect": {
            "type": "object",
            "properties": {"min_rows": {"type": "integer"}, "max_change": {"type": ["string", "number"]}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_ABSENT: Json = {"const": True, "description": "In an overlay: takes the entry out."}
_NO_ENTRY = {"not": {"enum": ["from", "defaults", "entries"]}}


class _Schema(GenerateJsonSchema):
    """Pydantic's, of what may be written: no defaults, no titles, no values that only we make."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        if schema["cls"] is Members:
            return _MEMBERS
        if schema["cls"] is SecretRef:
            return _SECRET
        return super().dataclass_schema(schema)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        written = {tag: one for tag, one in schema["choices"].items() if tag != Series.__name__.lower()}
        return {"anyOf": [self.generate_inner(one) for one in written.values()]}


def desired_schema(kinds: Iterable[type[Resource]]) -> Json:
    """Of every file but reconciler.yaml and waivers.yaml: sections by kind, short and full form."""
    kinds = [kind for kind in kinds if kind.declarable]
    adapters: list[tuple[type, Literal["validation"], TypeAdapter[Any]]] = [
        (kind, "validation", TypeAdapter(kind)) for kind in (*kinds, Lifecycle)
    ]
    found, shared = TypeAdapter.json_schemas(adapters, schema_generator=_Schema)
    definitions: Json = dict(shared.get("$defs", {}))
    definitions["lifecycle"] = found[Lifecycle, "validation"]
    sections: Json = {}
    for kind in kinds:
        entry = _follow(found[kind, "validation"], definitions)
        entry["properties"] |= {"lifecycle": {"$ref": "#/$defs/lifecycle"}, "absent": _ABSENT}
        definitions[kind.kind] = entry
        sections[kind.plural] = _section(kind.kind)
    made = {
        "$schema": DIALECT,
        "title": "What should be there",
        "type": "object",
        "properties": {"target": {"type": "string", "description": "The target of this file."}, **sections},
        "additionalProperties": False,
        "$defs": definitions,
    }
    while unused := {name for name in definitions if f"#/$defs/{name}'" not in str(made)}:
        made["$defs"] = definitions = {k: v for k, v in definitions.items() if k not in unused}
    written: Json = _loosen(made)
    return written


def _follow(schema: Json, definitions: Json) -> Json:
    """The schema a `$ref` leads to."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(definitions.pop(name)) if name else dict(schema)


def _section(kind: str) -> Json:
    entry = {"$ref": f"#/$defs/{kind}"}
    entries = {"type": "object", "additionalProperties": entry, "minProperties": 1}
    return {
        "anyOf": [
            {**entries, "propertyNames": _NO_ENTRY},
            {
                "type": "object",
                "properties": {
                    "from": {"type": "array", "items": _SOURCE, "minItems": 1},
                    "defaults": entry,
                    "entries": entries,
                },
                "minProperties": 1,
                "additionalProperties": False,
            },
        ]
    }


def _loosen(schema: Any) -> Any:
    """Without titles; a text may look like a number or a truth value."""
    if isinstance(schema, list):
        return [_loosen(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _loosen(item) for key, item in schema.items() if not (key == "title" and "type" in schema)}
    if made.get("type") == "string" and not {"enum", "const", "pattern"} & made.keys():
        made["type"] = ["string", "number", "boolean"]
        made.pop("format", None)
    return made


def settings_schema(drivers: Mapping[str, Iterable[Setting]], kinds: Iterable[type[Resource]]) -> Json:
    """Of reconciler.yaml: each target by its driver's own settings."""
    live = sorted(kind.kind for kind in kinds if kind.live)
    shared: Json = {
        "policy": {"enum": list(POLICIES), "description": "What the daemon may do by itself."},
        "prune": {"type": "array", "items": {"enum": live}, "description": "Kinds that may be removed."},
        "defaults": {"type": "object", "propertyNames": {"enum": live}},
        "schedule": {"$ref": "#/$defs/schedule"},
    }
    targets = [_target(name, settings, shared) for name, settings in sorted(drivers.items())]
    percent = {"type": ["number", "string"]}
    count = {"type": "integer", "minimum": 0}
    return {
        "$schema": DIALECT,
        "title": "Where things are, and how careful to be",
        "type": "object",
        "required": ["version", "targets"],
        "properties": {
            "version": {"enum": [1, "1"]},
            "targets": {"type": "object", "additionalProperties": {"anyOf": targets}, "minProperties": 1},
            "guards": _object(
                removals=_object(floor=count, percent=percent, cap=count),
                updates=_object(floor=count, percent=percent),
                seats={"type": "object", "additionalProperties": count},
            ),
            "schedule": {"$ref": "#/$defs/schedule"},
            "fingerprint_key": _SECRET,
            "snapshot_key": _SECRET,
            "secrets": _object(root={"type": "string"}),
            "attestations": _object(expire={"type": "string"}),
        },
        "additionalProperties": False,
        "$defs": {
            "schedule": _object(
                every={"type": "string", "description": "Such as 15m."},
                cron={"type": "string"},
                jitter={"type": "string"},
                windows={"type": "array", "items": {"type": "string"}},
                freeze={"type": "array", "items": {"type": "string"}},
            )
        },
    }


def waivers_schema(guards: Iterable[str]) -> Json:
    """Of waivers.yaml."""
    waiver = _object(
        guard={"enum": sorted(guards)},
        addresses={"type": "string", "description": "An address, or a glob over addresses."},
        max={"type": "integer", "minimum": 1, "description": "Used up over its life."},
        until={"type": "string", "description": "Its last day, as 2026-12-01."},
        why={"type": "string"},
    )
    waiver["required"] = ["guard", "addresses", "until", "why"]
    return {
        "$schema": DIALECT,
        "title": "Dated exceptions to guards",
        **_object(waivers={"type": "array", "items": waiver}),
    }


def _object(**properties: Any) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _target(driver: str, settings: Iterable[Setting], shared: Json) -> Json:
    settings = tuple(settings)
    own = {setting.name: _setting(setting) for setting in settings}
    made = _object(**{"driver": {"const": driver}, **own, **shared})
    made["required"] = ["driver", *(setting.name for setting in settings if setting.required)]
    return made


def _setting(setting: Setting) -> Json:
    if setting.secret:
        return {**_SECRET, "description": setting.help or _SECRET["description"]}
    kind: Json = {"type": ["string", "number", "boolean"]}
    if setting.choices:
        kind = {"anyOf": [{"enum": list(setting.choices)}, _SECRET]}
    return {**kind, "description": setting.help} if setting.help else kind
