"""A key and secret that a platform and a tool share (LTI 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reconciler.resources.base import OMITTED, Maybe, OnGone, Resource, Secret, Text, kind_dataclass


@kind_dataclass
class LtiCredential(Resource):
    """A credential minted by the tool (its console shows key and secret) or by us; secret by reference."""

    kind: ClassVar[str] = "lti_credential"
    plural: ClassVar[str] = "lti_credentials"
    on_gone: ClassVar[OnGone] = "report"
    later: ClassVar[Mapping[str, str]] = {"successor": "rotation", "overlap": "rotation"}

    minted_by: Maybe[Literal["tool", "us"]] = OMITTED
    version: Maybe[Literal["1.1"]] = OMITTED
    key: Maybe[Text] = OMITTED
    secret: Maybe[Secret] = OMITTED
