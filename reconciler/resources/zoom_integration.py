"""How a video platform takes over the cloud recordings of one Zoom account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.resources.base import (
    OMITTED,
    Bool,
    Collection,
    Maybe,
    OnAbsent,
    Ranked,
    Reference,
    Resource,
    Text,
    kind_dataclass,
)

Host = Literal["ignore", "co_viewer", "co_publisher", "co_editor", "co_editor_publisher"]
Participant = Literal["ignore", "co_viewer", "co_publisher"]


@kind_dataclass
class ZoomIntegration(Resource):
    """The settings for the Zoom account of the target `zoom`; they exist once somebody installed the app.

    Who owns a recording is found by `match_users`: by the host's Zoom user as it is, with a `postfix` added
    or removed, or by the user id of the campus's sign-in; `find_users_by` says what that is compared with.
    Where nobody is found, `create_users` makes somebody, or `default_user` owns it. `upload` takes over all
    recordings, only those of people in `groups` (opt_in), or all but theirs (opt_out).
    """

    kind: ClassVar[str] = "zoom_integration"
    plural: ClassVar[str] = "zoom_integrations"
    on_absent: ClassVar[OnAbsent] = "disable"
    names_targets: ClassVar[Mapping[str, str]] = {"zoom": "zoom"}

    zoom: Maybe[Text] = OMITTED
    active: Maybe[Annotated[Bool, Ranked((False, True))]] = OMITTED
    description: Maybe[Text | None] = OMITTED
    default_user: Maybe[Annotated[Text, Reference("user")]] = OMITTED
    create_users: Maybe[Bool] = OMITTED
    match_users: Maybe[Literal["keep", "add_postfix", "remove_postfix", "cms_user"]] = OMITTED
    postfix: Maybe[Text] = OMITTED
    find_users_by: Maybe[Literal["email", "external_id"]] = OMITTED
    upload_meetings: Maybe[Bool] = OMITTED
    meeting_category: Maybe[Annotated[Text, Reference("category")]] = OMITTED
    upload_webinars: Maybe[Bool] = OMITTED
    webinar_category: Maybe[Annotated[Text, Reference("category")]] = OMITTED
    upload_chat: Maybe[Bool] = OMITTED
    transcription: Maybe[Bool] = OMITTED
    delete_from_zoom: Maybe[Bool] = OMITTED
    participants: Maybe[Participant] = OMITTED
    cohosts: Maybe[Host] = OMITTED
    alternative_hosts: Maybe[Host] = OMITTED
    upload: Maybe[Literal["all", "opt_in", "opt_out"]] = OMITTED
    groups: Maybe[Annotated[Collection, Reference("group")]] = OMITTED
    conversion_profile: Maybe[Annotated[int, Field(ge=1)]] = OMITTED
