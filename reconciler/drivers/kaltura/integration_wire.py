"""An integration's properties beside our fields: what each is called, and what its values are there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from reconciler.drivers.kaltura.wire import CRLF, read_flag, read_lines, read_text
from reconciler.resources.base import OMITTED, Members

DISABLED, ACTIVE, DELETED = 1, 2, 3
_PLACEHOLDER = re.compile(r"@\w+@")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands. `words` are the numbers its values have; a `flag` is true or false."""

    wire: str
    words: Mapping[str, int] = field(default_factory=dict)
    flag: bool = False
    number: bool = False

    def encode(self, value: Any) -> Any:
        """The value to send."""
        return self.words[value] if self.words else value

    def decode(self, value: Any) -> Any:
        """The value as it would be declared; a number nobody knows as its digits."""
        if self.flag:
            return read_flag(value if value is not None else False)
        if self.words:
            number = int(value or 0)
            return next((word for word, known in self.words.items() if known == number), str(number))
        if self.number:
            return int(value) if value is not None else None
        return read_text(value)


_PEOPLE = {
    "co_publisher": 0,
    "co_viewer": 1,
    "ignore": 2,
    "co_editor": 3,
    "co_editor_publisher": 4,
}
PLAIN: Mapping[str, Place] = {
    "description": Place("zoomAccountDescription"),
    "default_user": Place("defaultUserId"),
    "create_users": Place("createUserIfNotExist", flag=True),
    "match_users": Place(
        "zoomUserMatchingMode", {"keep": 0, "add_postfix": 1, "remove_postfix": 2, "cms_user": 3}
    ),
    "postfix": Place("zoomUserPostfix"),
    "find_users_by": Place("userSearchMethod", {"email": 0, "external_id": 1}),
    "upload_meetings": Place("enableMeetingUpload", flag=True),
    "upload_webinars": Place("enableWebinarUploads", flag=True),
    "upload_chat": Place("enableMeetingChat", flag=True),
    "transcription": Place("enableZoomTranscription", flag=True),
    "delete_from_zoom": Place("deletionPolicy", flag=True),
    "participants": Place("handleParticipantsMode", _PEOPLE),
    "cohosts": Place("handleCohostsMode", _PEOPLE),
    "alternative_hosts": Place("handleAlternativeHostsMode", _PEOPLE),
    "conversion_profile": Place("conversionProfileId", number=True),
}
CATEGORIES: Mapping[str, str] = {
    "meeting_category": "zoomCategory",
    "webinar_category": "zoomWebinarCategory",
}
ON_THE_FOLDER = frozenset({"upload_meetings", "transcription", "delete_from_zoom"})
"""Not told, and strictly taken to be not kept, while the integration is off; filled in when it goes on."""
MODES: Mapping[str, int] = {"all": 0, "opt_in": 1, "opt_out": 2}
GROUPS: Mapping[str, str] = {"opt_in": "optInGroupNames", "opt_out": "optOutGroupNames"}
"""Ids of groups, one a line with CR LF; of the mode that is not set, nothing is kept."""


def read_fields(row: Any, unknown: AbstractSet[str]) -> dict[str, Any]:
    """The fields of an integration but account, switch and categories."""
    fields = {
        name: OMITTED if name in unknown else place.decode(row.get(place.wire))
        for name, place in PLAIN.items()
    }
    number = int(row.get("groupParticipationType") or 0)
    mode = next((word for word, known in MODES.items() if known == number), str(number))
    listed = read_lines(read_text(row.get(GROUPS[mode]))) if mode in GROUPS else ()
    return {**fields, "upload": mode, "groups": Members(listed)}


def find_unmatched(row: Any) -> tuple[str, ...]:
    """Entries of the group lists that hold more than an id: only CR LF divides, and blanks count."""
    told = (str(row.get(wire) or "") for wire in GROUPS.values())
    entries = (entry for text in told for entry in text.split(CRLF))
    return tuple(entry for entry in entries if entry.strip() and read_lines(entry) != (entry,))


def find_placeholders(row: Any) -> Iterator[tuple[str, str]]:
    """Fields that hold what a new registration begins with, such as @defaultUserID@."""
    wires = {**CATEGORIES, "default_user": PLAIN["default_user"].wire}
    for name, wire in wires.items():
        value = str(row.get(wire) or "")
        if _PLACEHOLDER.fullmatch(value):
            yield name, value
