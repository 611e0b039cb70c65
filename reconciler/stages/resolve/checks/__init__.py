"""Everything that is wrong between resources each of which is valid by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Capability, Desired
from reconciler.model.lti_pages import lti_pages
from reconciler.resources.base import Resource
from reconciler.settings import Settings
from reconciler.stages.resolve.checks.cross import check_together
from reconciler.stages.resolve.checks.fits import check_fitting
from reconciler.stages.resolve.checks.integrations import check_integrations
from reconciler.stages.resolve.checks.invariants import (
    check_availability,
    check_parameters,
    check_platforms,
    check_targets_named,
    check_tools,
)
from reconciler.stages.resolve.checks.lti import check_lti
from reconciler.stages.resolve.checks.rotations import check_rotations
from reconciler.stages.resolve.checks.trees import check_trees


def check(
    resources: Mapping[Address, Desired[Resource]],
    settings: Settings,
    capabilities: Mapping[str, Mapping[str, Capability]],
) -> Iterator[Problem]:
    """Each problem at the place to mend it, whatever the live systems hold."""
    yield from check_together(resources.values())
    yield from check_fitting(resources)
    yield from check_lti(lti_pages(resources, settings, capabilities), resources)
    yield from check_trees(resources)
    yield from check_tools(resources, capabilities)
    yield from check_platforms(resources, settings, capabilities)
    yield from check_targets_named(resources, settings)
    yield from check_integrations(resources)
    yield from check_rotations(resources)
    yield from check_availability(resources)
    yield from check_parameters(resources, capabilities)
