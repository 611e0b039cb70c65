"""An external tool of Canvas in our words and back: its privacy, its parameters, its placements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.resources.base import OMITTED, unchecked
from reconciler.resources.lti_tool import LtiTool

PRIVACY: Mapping[str, str] = {
    "anonymous": "anonymous",
    "name": "name_only",
    "email": "email_only",
    "public": "public",
}
"""Our word for what a tool is told of a person, and Canvas's (Canvas API documentation, External Tools)."""
OURS = {wire: word for word, wire in PRIVACY.items()}

TEXTS: Mapping[str, str] = {
    "title": "name",
    "description": "description",
    "key": "consumer_key",
    "url": "url",
    "domain": "domain",
}
DERIVED = frozenset({"label"})
"""Of a placement: what Canvas computes of other fields."""
NO_PLACEMENTS = frozenset({"custom_fields", "estimated_duration"})


def read_text(value: Any) -> Any:
    """A setting as it is written down: text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return {str(name): read_text(inner) for name, inner in value.items() if inner is not None}
    return str(value) if isinstance(value, int | float) else value


def read_placements(wire: Mapping[str, Any]) -> dict[str, Any]:
    """The places a tool is at, each with its settings; those where it is not are null in Canvas."""
    return {
        name: read_text({key: value for key, value in settings.items() if key not in DERIVED})
        for name, settings in wire.items()
        if isinstance(settings, Mapping) and name not in NO_PLACEMENTS
    }


def read_tool(wire: Mapping[str, Any]) -> LtiTool:
    """A tool as it is live. Its secret is never told."""
    fields = {name: wire.get(key) for name, key in TEXTS.items()}
    privacy = wire.get("privacy_level") or wire.get("workflow_state")
    return unchecked(
        LtiTool,
        {
            **fields,
            "privacy": OURS.get(str(privacy), privacy),
            "custom_parameters": read_text(wire.get("custom_fields") or {}),
            "placements": read_placements(wire),
        },
    )


def merge_parameters(live: Any, declared: Mapping[str, str | None]) -> dict[str, str]:
    """Every custom parameter the tool shall have: Canvas replaces them whole, so live ones are sent along."""
    found = {**(live if isinstance(live, Mapping) else {}), **declared}
    return {name: value for name, value in found.items() if value is not None}


def merge_placement(live: Any, declared: Mapping[str, Any] | None) -> dict[str, Any] | str:
    """A placement as it shall be, with the live settings nobody declared; "" takes it off."""
    if declared is None:
        return ""
    found = dict(live or {})
    for name, value in declared.items():
        known = found.get(name)
        found[name] = (
            {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value
        )
    return {name: _bare(value) for name, value in found.items() if value is not None}


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if inner is not None}
    return value


def write_tool(live: LtiTool | None, wanted: LtiTool, names: Iterable[str]) -> dict[str, Any]:
    """The named fields as a body; what Canvas replaces whole carries the live rest."""
    body: dict[str, Any] = {}
    for name in names:
        value = getattr(wanted, name)
        if value is OMITTED:
            continue
        held = getattr(live, name) if live is not None else OMITTED
        if name in TEXTS:
            body[TEXTS[name]] = "" if value is None else value
        elif name == "privacy":
            body["privacy_level"] = PRIVACY[value]
        elif name == "custom_parameters":
            body["custom_fields"] = merge_parameters(held, value)
        elif name == "placements":
            places = held if isinstance(held, Mapping) else {}
            body |= {place: merge_placement(places.get(place), new) for place, new in value.items()}
    return body
