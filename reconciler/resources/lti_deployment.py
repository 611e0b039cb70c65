"""A registered tool made available in one account of a platform (LTI 1.3)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from reconciler.resources.base import OMITTED, Maybe, OnGone, Reference, Resource, Text, kind_dataclass


@kind_dataclass
class LtiDeployment(Resource):
    """A deployment of a registration; the platform gives its `deployment_id`, which the tool is told."""

    kind: ClassVar[str] = "lti_deployment"
    plural: ClassVar[str] = "lti_deployments"
    on_gone: ClassVar[OnGone] = "report"

    registration: Maybe[Annotated[Text, Reference("lti_registration")]] = OMITTED
    deployment_id: Maybe[Text] = OMITTED
