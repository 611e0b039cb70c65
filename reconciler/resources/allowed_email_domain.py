"""A domain of e-mails whose owners an LTI tool may make accounts for."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from reconciler.resources.base import OMITTED, Maybe, Reference, Resource, Text, kind_dataclass

_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?")


def check_domain(value: str) -> str:
    """What stands behind the @ of an e-mail, in small letters; not a site, not a pattern."""
    if "@" in value or "://" in value or "/" in value:
        host = value.rpartition("@")[2].rpartition("://")[2].partition("/")[0]
        raise ValueError(f"an e-mail domain is only what stands behind the @; write {host or 'example.edu'}")
    if not _DOMAIN.fullmatch(value.casefold()):
        raise ValueError(f"`{value}` is not an e-mail domain; write one such as example.edu, without a *")
    return value.casefold()


@kind_dataclass
class AllowedEmailDomain(Resource):
    """A domain on the page of one LTI credential; with any of them, nobody else gets an account made."""

    kind: ClassVar[str] = "allowed_email_domain"
    plural: ClassVar[str] = "allowed_email_domains"
    qualifier: ClassVar[str] = "credential"

    domain: Maybe[Annotated[Text, AfterValidator(check_domain)]] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
