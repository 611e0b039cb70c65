"""A key and secret that a platform and a tool share (LTI 1.1), and the credential that takes their place."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from reconciler.resources.base import (
    OMITTED,
    Maybe,
    OnGone,
    Reference,
    Resource,
    Secret,
    Text,
    kind_dataclass,
)
from reconciler.resources.spans import read_span

OVERLAP = timedelta(days=14)
"""How long a credential is kept beside a successor that is proven, unless it says."""


def check_span(text: str) -> str:
    """The text, if it is a span of time."""
    read_span(text)
    return text


@kind_dataclass
class LtiCredential(Resource):
    """A credential minted by the tool (its console shows key and secret) or by us; secret by reference.

    `successor` begins a rotation: tools go over to that credential once it is proven, and this one is taken
    off `overlap` after the last of them did.
    """

    kind: ClassVar[str] = "lti_credential"
    plural: ClassVar[str] = "lti_credentials"
    on_gone: ClassVar[OnGone] = "report"

    minted_by: Maybe[Literal["tool", "us"]] = OMITTED
    version: Maybe[Literal["1.1"]] = OMITTED
    key: Maybe[Text] = OMITTED
    secret: Maybe[Secret] = OMITTED
    successor: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
    overlap: Maybe[Annotated[Text, AfterValidator(check_span)]] = OMITTED

    @property
    def kept(self) -> timedelta:
        """How long it is kept beside a proven successor."""
        return read_span(self.overlap) if isinstance(self.overlap, str) else OVERLAP
