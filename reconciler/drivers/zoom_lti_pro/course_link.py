"""A meeting's association with a course: made and ended in bulk, read only as "in its host's LTI list"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom_lti_pro.api import (
    BULK_DISASSOCIATE,
    BULK_IMPORT,
    LIST_MEETINGS,
    PAGE_SIZE,
    ROWS_A_CALL,
)
from reconciler.drivers.zoom_lti_pro.console import STEPS
from reconciler.errors import IncompleteReading, Refused, RequestError, Unauthorized, WriteRefused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Canary, Live, Page, Sheet
from reconciler.model.ports import Access, Capability, Lists, NaturalKey, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import Plain, unchecked
from reconciler.resources.course_link import CourseLink

ROW: Mapping[str, str] = {"context_id": "contextId", "domain": "domain", "canvas_course_id": "courseId"}
"""Our names of what a row says of a course, and Zoom's."""


class Link(NamedTuple):
    """What a link's derived id holds: the vendor gives none. The host says in whose list to look for it."""

    meeting: str
    context_id: str
    domain: str
    host: str = ""

    def __str__(self) -> str:
        return " ".join(quote(part, safe=":/") for part in self)

    @classmethod
    def parse(cls, text: str) -> Link:
        """Read a derived id; ValueError if it is none."""
        meeting, context_id, domain, host = text.split(" ")
        return cls(*map(unquote, (meeting, context_id, domain, host)))

    @classmethod
    def of(cls, link: CourseLink) -> Link:
        """The link a resource declares, its references resolved to ids; absent parts are empty."""
        parts = (link.meeting, link.context_id, link.domain, link.host)
        return cls(*(part if isinstance(part, str) else "" for part in parts))


BY_CSV = Page(
    id="import-meetings",
    title="Meetings to import into courses of LTI Pro",
    steps=(
        *STEPS,
        "Find the credential that is used for imports and click Edit. The admin who imports becomes an "
        "alternative host of each meeting while Auto Populate Alternative Host is on: turn it off, or keep a "
        "credential for imports alone and change none of its settings.",
        "Click Download a CSV Template and compare its first line with that of the files below.",
        "Under Import Meetings click Import CSV, once per file; a mail tells when it is done.",
    ),
    sheet=Sheet(
        "import-meetings",
        {
            "Meeting ID": "meeting",
            "Context ID": "context_id",
            "Domain": "domain",
            "custom_canvas_course_id": "canvas_course_id",
        },
        1000,
    ),
)
"""Zoom support, "Configuring LTI Pro", names the columns and the limit. How the template's first line spells
them nobody has published: the person compares, and this is the one place to correct."""


FIRST = Canary(
    most=3,
    by="credential",
    apart="course",
    shows=("meeting", "course", "context_id", "domain", "canvas_course_id"),
    page=Page(
        id="first-links",
        title="First meetings in courses of LTI Pro",
        steps=(
            "Sign in to the platform of each course below, at its domain, as an instructor of the course.",
            "Open the course and launch LTI Pro in it.",
            "Look for the meeting under Upcoming: it is there, and it is a meeting of this course.",
            "If one is missing or in a wrong course, do not confirm: correct the desired files and apply. "
            "LTI Pro's page takes no meetings off in bulk, which is why the others wait.",
        ),
    ),
)
"""Zoom support, "Configuring LTI Pro": a few meetings are to be imported and looked at before the rest, which
no page takes off in bulk. How many are a few is ours to say. No API tells which course a meeting is in."""


def _key(name: str, link: CourseLink) -> str:
    made = Link.of(link)
    return f"{made.meeting}|{made.context_id}|{made.domain}" if made.meeting else ""


CAPABILITY = Capability(
    kind="course_link",
    verbs=frozenset({"create", "delete"}),
    fields={
        "meeting": Access.CREATE_ONLY,
        **dict.fromkeys(("context_id", "domain", "canvas_course_id"), Access.HIDDEN_CREATE),
        **dict.fromkeys(("host", "course", "credential", "approved_domain"), Access.RELATION),
    },
    required=frozenset({"meeting", "host", "context_id", "domain"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("link", _key),),
    lists=Lists.KEYED,
    visible_after=5.0,
    idempotent=frozenset({"delete"}),
    derived_id=True,
    batch=ROWS_A_CALL,
    page=BY_CSV,
    by_setting={("imports", "csv"): frozenset({"create"})},
    canary=FIRST,
    loses={
        "delete": "the meeting no longer shows in the course; the meeting itself stays",
        "replace": "the meeting shows in the new course only",
    },
)


@dataclass
class CourseLinkHandler:
    """Makes and ends links. `client` gives the signed API, once the credential is there."""

    client: Callable[[], Client]
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[CourseLink]) -> Iterable[Live[CourseLink]]:
        """The wanted links whose meeting is in its host's LTI list. Raises NotReady without a credential."""
        sought: dict[str, Link] = {}
        for want in scope.wanted:
            link = Link.parse(want.remote_id) if want.remote_id else Link.of(want.resource)
            if link.meeting and link.host:
                sought.setdefault(str(link), link)
        numbers = self._numbers(sought.values())
        return [to_live(link) for link in sought.values() if link.meeting in numbers[link.host]]

    def find(self, intent: Intent) -> Sequence[Live[CourseLink]]:
        """The rows of an import whose meetings are in their hosts' lists now."""
        hosts = intent.parameters.get("hosts")
        if intent.operation != BULK_IMPORT.name or not isinstance(hosts, Mapping):
            return ()
        links = {}
        for row in intent.body if isinstance(intent.body, tuple | list) else ():
            if isinstance(row, Mapping):
                number = str(row["meetingId"])
                link = Link(number, str(row["contextId"]), str(row["domain"]), str(hosts[number]))
                links[link] = {field: row[name] for field, name in ROW.items() if name in row}
        numbers = self._numbers(links)
        return [to_live(link, sent) for link, sent in links.items() if link.meeting in numbers[link.host]]

    def create(self, desired: Wanted[CourseLink]) -> str:
        """Import one row."""
        return self._import((desired,))[0]

    def create_many(self, desired: Sequence[Wanted[CourseLink]]) -> Sequence[str | RequestError]:
        """Import up to 400 rows in one call; success is of all rows, for the answer tells of none."""
        return self._import(desired)

    def update(
        self, live: Live[CourseLink], desired: Wanted[CourseLink], fields: Sequence[FieldChange]
    ) -> None:
        """Raises WriteRefused: every field is fixed when a link is made."""
        raise WriteRefused(f"{desired.address} cannot be changed, only replaced")

    def remove(self, live: Live[CourseLink], how: Removal) -> None:
        """End one association; one that is not there is ended too."""
        link = Link.parse(live.remote_id)
        row = {"meetingId": link.meeting, "contextId": link.context_id, "domain": link.domain}
        try:
            self.client().call(BULK_DISASSOCIATE, body=[row], noted={"hosts": {link.meeting: link.host}})
        except Unauthorized:
            raise
        except Refused:
            # No code of this call is documented, so that only the list tells a meeting that is gone.
            if link.meeting in self._numbers((link,))[link.host]:
                raise

    def _import(self, desired: Sequence[Wanted[CourseLink]]) -> list[str]:
        links = [Link.of(want.resource) for want in desired]
        body = [_to_row(link, want.resource) for link, want in zip(links, desired, strict=True)]
        hosts = {link.meeting: link.host for link in links}
        self.client().call(BULK_IMPORT, body=body, noted={"hosts": hosts}, rows=len(body))
        return [str(link) for link in links]

    def _numbers(self, links: Iterable[Link]) -> Mapping[str, set[str]]:
        """The LTI meeting numbers of each host: upcoming ones, and history where some are missing."""
        sought: dict[str, set[str]] = {}
        for link in links:
            sought.setdefault(link.host, set()).add(link.meeting)

        def numbers(host: str) -> set[str]:
            found = self._list(host, upcoming=True)
            return found if sought[host] <= found else found | self._list(host, upcoming=False)

        hosts = tuple(sought)
        return dict(zip(hosts, self.client().each(numbers, hosts), strict=True)) if hosts else {}

    def _list(self, host: str, *, upcoming: bool) -> set[str]:
        """Every meeting number of one list. Raises IncompleteReading if it is not whole."""
        found: list[str] = []
        page = 0
        with shaped(LIST_MEETINGS.name):
            while True:
                page += 1
                query = {
                    "isUpComing": "true" if upcoming else "false",
                    "pageNum": str(page),
                    "pageSize": str(PAGE_SIZE),
                    "userId": host,
                }
                result = self.client().call(LIST_MEETINGS, query=query)["result"]
                rows, total = result["list"], int(result["total"])
                found += [str(row["meetingNumber"]) for row in rows]
                if len(found) >= total or not rows:
                    break
        if len(found) != total:
            raise IncompleteReading(
                f"{LIST_MEETINGS.name}: {len(found)} meetings read of a total of {total}; run again"
            )
        return set(found)


def _to_row(link: Link, resource: CourseLink) -> dict[str, str]:
    row = {"meetingId": link.meeting, "contextId": link.context_id, "domain": link.domain}
    if isinstance(resource.canvas_course_id, str):
        row[ROW["canvas_course_id"]] = resource.canvas_course_id
    return row


def to_live(link: Link, sent: Mapping[str, Plain] = MappingProxyType({})) -> Live[CourseLink]:
    """A link as read: its meeting is in the list; its course fields nobody can read, only have `sent`."""
    return Live(
        remote_id=str(link),
        resource=unchecked(CourseLink, {**sent, "meeting": link.meeting, "host": link.host}),
        keys={"link": f"{link.meeting}|{link.context_id}|{link.domain}"},
        label=f"meeting {link.meeting} in {link.context_id}",
    )
