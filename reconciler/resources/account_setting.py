"""One setting of a whole account: it is always there, and can only be set."""

from __future__ import annotations

from typing import ClassVar

from reconciler.resources.base import OMITTED, Maybe, OnAbsent, Resource, kind_dataclass

SettingValue = bool | int | str | tuple[str, ...]
"""Which of these a setting takes is the driver's to say (`Capability.names`); a list is the whole list."""


@kind_dataclass
class AccountSetting(Resource):
    """A setting by the name its driver knows it under; no longer declared, it keeps its value."""

    kind: ClassVar[str] = "account_setting"
    plural: ClassVar[str] = "account_settings"
    on_absent: ClassVar[OnAbsent] = "keep"

    value: Maybe[SettingValue] = OMITTED
