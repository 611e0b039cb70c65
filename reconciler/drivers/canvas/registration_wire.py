"""A registration of Canvas in our words and back: what stands in its configuration, and what beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.drivers.canvas.tool_wire import OURS, PRIVACY, merge_parameters, read_text
from reconciler.resources.base import OMITTED, unchecked
from reconciler.resources.lti_registration import LtiRegistration

BESIDE: Mapping[str, str] = {"title": "name", "nickname": "admin_nickname", "description": "description"}
WITHIN: Mapping[str, str] = {
    "launch_url": "target_link_uri",
    "login_url": "oidc_initiation_url",
    "jwks_url": "public_jwk_url",
    "redirect_urls": "redirect_uris",
    "scopes": "scopes",
}
"""Our fields and those of Canvas's tool configuration (Canvas API documentation, LTI Registrations)."""
CONFIGURED = (*WITHIN, "privacy", "custom_parameters", "placements")
ON, OFF = "on", "off"
_TRUTH: Mapping[str, bool] = {"true": True, "false": False}


def write_typed(name: str, value: str | None) -> Any:
    """A setting of a placement as the configuration's schema types it: sizes, truth values, else text."""
    if value is not None and value.isdecimal() and name.endswith(("_width", "_height")):
        return int(value)
    return _TRUTH.get(value, value) if value is not None else None


def read_registration(wire: Mapping[str, Any]) -> LtiRegistration:
    """A registration as it is live; without `configuration` in the answer only what stands beside it."""
    fields: dict[str, Any] = {name: wire.get(key) for name, key in BESIDE.items()}
    if wire.get("developer_key_id") is not None:
        fields["client_id"] = str(wire["developer_key_id"])
    configuration = wire.get("configuration")
    if isinstance(configuration, Mapping):
        fields |= {name: _list(configuration.get(key)) for name, key in WITHIN.items()}
        privacy = configuration.get("privacy_level")
        fields["privacy"] = OURS.get(str(privacy), privacy)
        fields["custom_parameters"] = read_text(configuration.get("custom_fields") or {})
        fields["placements"] = _read_places(configuration.get("placements") or ())
        fields["enabled"] = (wire.get("account_binding") or {}).get("workflow_state") == ON
    return unchecked(LtiRegistration, fields)


def _list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_places(placements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(one["placement"]): {k: read_text(v) for k, v in one.items() if k not in ("placement", "enabled")}
        for one in placements
        if one.get("enabled", True)
    }


def write_registration(wanted: LtiRegistration, names: Iterable[str]) -> dict[str, Any]:
    """The named fields that stand beside the configuration."""
    body: dict[str, Any] = {}
    for name in names:
        value = getattr(wanted, name)
        if value is not OMITTED and name in BESIDE:
            body[BESIDE[name]] = "" if value is None else value
        elif value is not OMITTED and name == "enabled":
            body["workflow_state"] = ON if value else OFF
    return body


def write_configuration(
    live: Mapping[str, Any], wanted: LtiRegistration, names: Iterable[str]
) -> dict[str, Any]:
    """The whole configuration: the live one, as Canvas has it, with the named fields as declared."""
    made = dict(live)
    for name in names:
        value = getattr(wanted, name)
        if value is OMITTED:
            continue
        if name in WITHIN:
            made[WITHIN[name]] = list(value) if isinstance(value, tuple) else value
        elif name == "privacy":
            made["privacy_level"] = PRIVACY[value]
        elif name == "custom_parameters":
            made["custom_fields"] = merge_parameters(live.get("custom_fields"), value)
        elif name == "placements":
            made["placements"] = list(_merge_places(live.get("placements") or (), value))
        elif name == "title":
            made["title"] = value
    return made


def _merge_places(live: Iterable[Mapping[str, Any]], declared: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    held = {str(one["placement"]): one for one in live}
    for place in dict.fromkeys((*held, *declared)):
        if place not in declared:
            yield dict(held[place])
        elif declared[place] is not None:
            written = {name: write_typed(name, value) for name, value in declared[place].items()}
            settings = {**held.get(place, {}), **written}
            found = {name: value for name, value in settings.items() if value is not None}
            yield {**found, "placement": place, "enabled": True}
