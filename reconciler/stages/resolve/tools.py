"""Tools get the key and secret of the credential they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.errors import Problem
from reconciler.model import Address, Capability, Desired
from reconciler.resources.base import OMITTED, Resource, declared, evolve
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.lti_tool import FILLED, LtiTool
from reconciler.stages.resolve.layers import Layer, Layers

Resources = Mapping[Address, Desired[Resource]]
Capabilities = Mapping[str, Mapping[str, Capability]]
CREDENTIAL = "credential"


def fill_tools(
    resources: Resources, capabilities: Capabilities, problems: list[Problem]
) -> dict[Address, Desired[Resource]]:
    """The tools whose credential gives them a key or a secret, with these, each at the place it is written.

    What a credential that we mint has not is a problem; what one has not that a tool mints is waited for.
    """
    found: dict[Address, Desired[Resource]] = {}
    for address, item in resources.items():
        tool = item.resource
        if not isinstance(tool, LtiTool) or not isinstance(tool.credential, str):
            continue
        capability = capabilities.get(address.target, {}).get(address.kind)
        credential = resources.get(Address.parse(tool.credential))
        if capability is None or credential is None or not isinstance(credential.resource, LtiCredential):
            continue
        wanted = [
            name
            for name in sorted(FILLED[CREDENTIAL])
            if getattr(tool, name) is OMITTED and name in capability.fields
        ]
        given = {name: getattr(credential.resource, name) for name in wanted}
        given = {name: value for name, value in given.items() if value is not OMITTED}
        if credential.resource.minted_by == "us":
            problems += _missing(item, credential, set(wanted) - given.keys())
        if given:
            found[address] = _filled(item, tool, credential, given)
    return found


def _missing(item: Desired[Resource], credential: Desired[Resource], names: set[str]) -> Iterator[Problem]:
    for name in sorted(names):
        what = f"`{CREDENTIAL}` names {credential.address.name} ({credential.where}), which has no `{name}`"
        yield Problem(item.place(CREDENTIAL), what, f"write `{name}:` there: we mint it, so nobody else does")


def _filled(
    item: Desired[Resource], tool: LtiTool, credential: Desired[Resource], given: Mapping[str, Any]
) -> Desired[Resource]:
    places = {name: credential.place(name) for name in given}
    layers = (
        Layer(given, places, credential.where),
        Layer(dict(declared(tool)), item.fields_where, item.where),
    )
    return replace(item, resource=evolve(tool, **given), fields_where=Layers(layers))
