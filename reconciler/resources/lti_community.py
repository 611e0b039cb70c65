"""A community (site licence) of an LTI tool: its keys, and whether a launch makes accounts by itself."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from reconciler.resources.base import OMITTED, Bool, Maybe, Resource, Secret, Text, kind_dataclass


@kind_dataclass
class LtiCommunity(Resource):
    """A community. `auto_provisioning` decides about later launches only: it takes nobody's account away."""

    kind: ClassVar[str] = "lti_community"
    plural: ClassVar[str] = "lti_communities"

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    closed: Maybe[Bool] = OMITTED
    key: Maybe[Text] = OMITTED
    secret: Maybe[Secret] = OMITTED
    auto_provisioning: Maybe[Bool] = OMITTED
