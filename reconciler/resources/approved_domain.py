"""A domain from which an LTI credential may be used."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from reconciler.resources.base import OMITTED, Maybe, Reference, Resource, Text, kind_dataclass

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?", re.IGNORECASE)


def check_domain(value: str) -> str:
    """A scheme and a host and nothing after them: Zoom's LTI Pro page asks for no trailing slash."""
    if value.endswith("/"):
        raise ValueError(f"an approved domain has no trailing slash; write {value.rstrip('/')}")
    if not _ORIGIN.fullmatch(value):
        raise ValueError("an approved domain is scheme and host, such as https://canvas.example.edu")
    return value


@kind_dataclass
class ApprovedDomain(Resource):
    """A platform's domain, entered on the configuration page of one LTI credential."""

    kind: ClassVar[str] = "approved_domain"
    plural: ClassVar[str] = "approved_domains"
    qualifier: ClassVar[str] = "credential"

    domain: Maybe[Annotated[Text, AfterValidator(check_domain)]] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
