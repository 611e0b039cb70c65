"""What else the page of one LTI credential decides: who hosts, who gets an account, what shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Maybe,
    OnAbsent,
    Plain,
    Reference,
    Resource,
    Text,
    kind_dataclass,
)
from reconciler.resources.schedules import Zone

Whom = Literal["nobody", "instructors", "everyone"]

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DOMAIN = re.compile(r"([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")
CUSTOM = "custom_"
"""What a platform puts before the name of an attribute that its admin made up (LTI 1.1, section 4.2)."""


def check_attribute(value: str) -> str:
    """The name of a launch parameter."""
    if not _ATTRIBUTE.fullmatch(value):
        raise ValueError(
            f"`{value}` is not the name of an LTI attribute; write one such as custom_department"
        )
    return value


def check_user_attribute(value: str) -> str:
    """`attribute`, `attribute@attribute` or `attribute@domain`."""
    name, at, place = value.partition("@")
    check_attribute(name)
    if at and not (_ATTRIBUTE.fullmatch(place) or _DOMAIN.fullmatch(place)):
        raise ValueError(
            f"`{value}` does not tell where an e-mail comes from; write attribute, attribute@attribute or "
            "attribute@example.edu"
        )
    return value


def check_url(value: str) -> str:
    """A whole address of a page."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(mark.isspace() for mark in value):
        raise ValueError(
            f"`{value}` is not the address of a page; write one such as https://example.edu/zoom"
        )
    return value


@dataclass(frozen=True, slots=True, order=True)
class GroupRule:
    """Instructors whose launch has this value of an attribute join a group, by the group's title."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    attribute: Annotated[Text, AfterValidator(check_attribute)]
    value: Text
    group: Text

    @property
    def matched(self) -> tuple[str, str]:
        """What is compared: `group` and `custom_group` both match."""
        return self.attribute.removeprefix(CUSTOM), self.value

    def plain(self) -> Plain:
        """`{attribute, value, group}`."""
        return {"attribute": self.attribute, "value": self.value, "group": self.group}


def arrange(rules: tuple[GroupRule, ...]) -> tuple[GroupRule, ...]:
    """The rules in one order; two of them for one attribute and value contradict each other."""
    found: dict[tuple[str, str], GroupRule] = {}
    for rule in rules:
        other = found.setdefault(rule.matched, rule)
        if other is not rule:
            raise ValueError(
                f"`{other.attribute}` and `{rule.attribute}` match the same launches, and {rule.value} "
                f"leads to `{other.group}` and to `{rule.group}`; take one out"
            )
    return tuple(sorted(rules))


Url = Annotated[Text, AfterValidator(check_url)]
Attribute = Annotated[Text, AfterValidator(check_attribute)]


@kind_dataclass
class LtiSettings(Resource):
    """The settings of one credential; one entry each. What is not named stays as the page has it.

    `auto_provision` makes accounts with `provision_license`, `auto_upgrade` licenses people with Basic
    accounts, each when they use the tool. `auto_alternative_hosts`: on meetings that instructors host, or
    everyone; whom it makes one, a role map says. `user_attribute` tells people by an e-mail or unique id:
    `attribute`, `attribute@attribute` or `attribute@domain`. `timezone` is the one set, or with
    `timezone_from: lms` the one for launches that bring none. `tracking_fields` are labels, each with the
    attribute that fills it in. Training and sign-in texts may be cleared.
    """

    kind: ClassVar[str] = "lti_settings"
    plural: ClassVar[str] = "lti_settings"
    qualifier: ClassVar[str] = "credential"
    on_absent: ClassVar[OnAbsent] = "keep"

    students_host: Maybe[Bool] = OMITTED
    auto_login: Maybe[Bool] = OMITTED
    idp_login: Maybe[Bool] = OMITTED
    auto_provision: Maybe[Whom] = OMITTED
    provision_license: Maybe[Literal["basic", "licensed", "on_prem"]] = OMITTED
    auto_upgrade: Maybe[Whom] = OMITTED
    auto_alternative_hosts: Maybe[Whom] = OMITTED
    attendance_reports: Maybe[Bool] = OMITTED
    cloud_recording_links: Maybe[Literal["off", "all", "published"]] = OMITTED
    user_attribute: Maybe[Annotated[Text, AfterValidator(check_user_attribute)]] = OMITTED
    timezone_from: Maybe[Literal["lti_pro", "lms"]] = OMITTED
    timezone: Maybe[Zone] = OMITTED
    authentication_exception: Maybe[Bool] = OMITTED
    tracking_fields: Maybe[dict[Text, Attribute]] = OMITTED
    groups: Maybe[Annotated[tuple[GroupRule, ...], AfterValidator(arrange)]] = OMITTED
    wrong_account_message: Maybe[Text | None] = OMITTED
    sign_in_url: Maybe[Url | None] = OMITTED
    training_url: Maybe[Url | None] = OMITTED
    training_text: Maybe[Text | None] = OMITTED
    credential: Maybe[Annotated[Text, Reference("lti_credential")]] = OMITTED
