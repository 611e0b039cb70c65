"""A label that an account lets its meetings be filed under, such as the department."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from reconciler.resources.base import OMITTED, Bool, Maybe, Resource, Text, check_once, kind_dataclass


@kind_dataclass
class TrackingField(Resource):
    """A field of meetings; `label` is what they are filed under, and is the handle where omitted.

    `recommended_values` are offered in this order; people may write others.
    """

    kind: ClassVar[str] = "tracking_field"
    plural: ClassVar[str] = "tracking_fields"

    label: Maybe[Text] = OMITTED
    recommended_values: Maybe[Annotated[tuple[Text, ...], AfterValidator(check_once)] | None] = OMITTED
    required: Maybe[Bool] = OMITTED
    visible: Maybe[Bool] = OMITTED
