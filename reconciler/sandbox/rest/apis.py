"""The small APIs there are, by the name of the mapping that is about them."""

from __future__ import annotations

from reconciler.sandbox.rest import blackboard, community, d2l, skillable, tms

APIS = {module.NAME: module for module in (blackboard, community, d2l, skillable, tms)}
BY_HAND = {"sakai": "/sakai"}
"""Mappings that make no request, with the address that stands in for theirs."""
VENDORS = tuple(module.VENDOR for module in APIS.values())


def settings_at(origin: str) -> dict[str, dict[str, str]]:
    """Per mapping, as `rest:NAME`, what a target needs to reach its API at `origin`."""
    by_hand = {f"rest:{name}": {"base_url": origin + place} for name, place in BY_HAND.items()}
    return by_hand | {
        f"rest:{name}": {**module.SETTINGS, "base_url": origin + module.SETTINGS["base_url"]}
        for name, module in APIS.items()
    }
