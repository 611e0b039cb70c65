"""A person in a tool's community, whose account a platform's launch may be linked to."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from reconciler.resources.base import OMITTED, Maybe, OnGone, Reference, Resource, Text, kind_dataclass
from reconciler.resources.emails import Email

Role = Literal["community_admin", "pro_author_instructor", "pro_author_student", "view_only_student"]


@kind_dataclass
class CommunityMember(Resource):
    """A member or guest of a community. Link and password are the person's own, and never declared."""

    kind: ClassVar[str] = "community_member"
    plural: ClassVar[str] = "community_members"
    on_gone: ClassVar[OnGone] = "report"

    community: Maybe[Annotated[Text, Reference("lti_community")]] = OMITTED
    email: Maybe[Email] = OMITTED
    role: Maybe[Role] = OMITTED
    membership: Maybe[Literal["member", "guest"]] = OMITTED
