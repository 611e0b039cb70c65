"""A tool registered in a learning platform by LTI 1.3: where it is and what it may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Maybe,
    OnGone,
    Resource,
    Text,
    check_once,
    kind_dataclass,
)


def check_address(value: str) -> str:
    """A whole web address by https."""
    if not value.startswith("https://") or any(part in value for part in (" ", "#")):
        raise ValueError("write a whole address that begins with https://")
    return value


def check_bytes(value: str) -> str:
    """At most 2048 bytes, the longest description that is taken (Canvas API, LTI Registrations)."""
    if len(value.encode()) > 2048:
        raise ValueError(f"it has {len(value.encode())} bytes; at most 2048 are taken")
    return value


def check_places(value: object) -> object:
    """Refuse a placement that says `enabled`: it is there, or it is null."""
    for name, settings in value.items() if isinstance(value, Mapping) else ():
        if isinstance(settings, Mapping) and "enabled" in settings:
            raise ValueError(f"`{name}` is there or not: take `enabled` out, or write `{name}: null`")
    return value


WebAddress = Annotated[Text, AfterValidator(check_address)]
Places = Annotated[dict[Text, dict[Text, str | None] | None], BeforeValidator(check_places)]


@kind_dataclass
class LtiRegistration(Resource):
    """A registration; the platform gives its `client_id`, which the tool is told.

    `enabled` turns it on for the account. A registration that somebody removed is reported, not made again:
    the tool would have to be told another client id.
    """

    kind: ClassVar[str] = "lti_registration"
    plural: ClassVar[str] = "lti_registrations"
    on_gone: ClassVar[OnGone] = "report"

    title: Maybe[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = OMITTED
    nickname: Maybe[Text | None] = OMITTED
    description: Maybe[Annotated[Text, AfterValidator(check_bytes)] | None] = OMITTED
    launch_url: Maybe[WebAddress] = OMITTED
    login_url: Maybe[WebAddress] = OMITTED
    jwks_url: Maybe[WebAddress] = OMITTED
    redirect_urls: Maybe[Annotated[tuple[WebAddress, ...], AfterValidator(check_once)]] = OMITTED
    scopes: Maybe[Annotated[tuple[Text, ...], AfterValidator(check_once)]] = OMITTED
    privacy: Maybe[Literal["anonymous", "name", "email", "public"]] = OMITTED
    custom_parameters: Maybe[dict[Text, str | None]] = OMITTED
    placements: Maybe[Places] = OMITTED
    enabled: Maybe[Bool] = OMITTED
    client_id: Maybe[Text] = OMITTED
