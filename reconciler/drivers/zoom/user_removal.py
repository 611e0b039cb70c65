"""How people leave a Zoom account: deactivated, unlinked or deleted, and what becomes of what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_pages
from reconciler.drivers.zoom.account import Domains
from reconciler.drivers.zoom.api import DELETE_USER, GET_USER, LIST_MEETINGS, SET_STATUS
from reconciler.drivers.zoom.user_wire import NUMBERS, email_of
from reconciler.errors import Absent, ReconcilerError, Refused
from reconciler.model.changes import Removal
from reconciler.model.objects import Live, Loss
from reconciler.resources.user import User

NOT_UNLINKED = "1107"
"""Code: a person of a managed domain cannot be disassociated, only deleted."""
TRANSFERS = ("meeting", "webinar", "recording", "whiteboard", "clipfiles", "notes", "visitors", "docs")
"""What DELETE /users/{userId} hands over, each as `transfer_...` (Zoom API reference, users)."""
COUNTED = 50
"""Of so many people the meetings are counted; each takes two requests."""
MEETINGS_PAGE = 300

_ENDS: Mapping[bool | None, str] = {
    True: "the account, for good",
    False: "the membership; the person keeps an account elsewhere",
    None: "the account, or the membership in this one",
}
CHOOSE = "name a licensed, active member of this account as transfer_to in reconciler.yaml"


class Departure:
    """Takes people away; `heir` is the e-mail of who gets what they hold, "" if that goes with them."""

    def __init__(self, client: Client, domains: Domains, heir: str) -> None:
        self._client = client
        self._domains = domains
        self._heir = heir
        self._unfit: str | None = None

    def remove(self, live: Live[User], how: Removal) -> None:
        """Deactivate, or take out of the account; whoever is gone already is success.

        Deleted for good are people of managed domains, since Zoom does not unlink them; others are unlinked
        and keep an account of their own, pending people lose their invitation.
        """
        path = {"userId": live.remote_id or email_of(live.resource)}
        try:
            if how is Removal.DISABLE and live.blocked is None:
                self._client.call(SET_STATUS, path=path, body={"action": "deactivate"})
            elif live.blocked is not None:
                self._client.call(DELETE_USER, path=path, query={"action": "disassociate"})
            else:
                self._delete(path, email_of(live.resource))
        except Absent as error:
            if how is Removal.DELETE and self._heir and self._is_there(path):
                raise Refused(
                    f"{self._heir} (transfer_to) is not in this account; nothing was removed",
                    status=error.status,
                    code=error.code,
                    target=error.target,
                    operation=error.operation,
                ) from error

    def _delete(self, path: Mapping[str, str], email: str) -> None:
        query = {"action": "delete" if self._domains.manages(email) else "disassociate"}
        if self._heir:
            query |= {"transfer_email": self._heir, **{f"transfer_{what}": "true" for what in TRANSFERS}}
        try:
            self._client.call(DELETE_USER, path=path, query=query)
        except Refused as error:
            if error.code != NOT_UNLINKED or query["action"] == "delete":
                raise
            self._client.call(DELETE_USER, path=path, query=query | {"action": "delete"})

    def _is_there(self, path: Mapping[str, str]) -> bool:
        try:
            self._client.call(GET_USER, path=path)
        except Absent:
            return False
        return True

    def weigh(self, going: Sequence[Live[User]]) -> Sequence[Loss]:
        """What each would lose or leave to the heir, with the number of meetings of the first few."""
        settled = [live for live in going if live.blocked is None]
        counted = settled[:COUNTED]
        told = dict(zip(map(id, counted), self._client.each(self._count, counted), strict=True))
        return [self._weigh(live, told.get(id(live), "the meetings")) for live in going]

    def _weigh(self, live: Live[User], meetings: str) -> Loss:
        if live.blocked is not None:
            return Loss("the open invitation")
        gone = _ENDS[self._domains.manages(email_of(live.resource))]
        rest = "the cloud recordings and webinars, which cannot be counted"
        if not self._heir:
            text = (
                f"{gone}; {meetings}, {rest}, and the links to them go too; transfer_to would hand them over"
            )
            return Loss(text)
        text = f"{gone}; {meetings}, and {rest}, go to {self._heir}"
        if email_of(live.resource) == self._heir:
            return Loss(text, "transfer_to is this very person", CHOOSE)
        return Loss(text, self._find_unfit(), CHOOSE)

    def _count(self, live: Live[User]) -> str:
        path = {"userId": live.remote_id}
        try:
            with shaped(LIST_MEETINGS.name):
                every, coming = (self._list(path, kind) for kind in ("scheduled", "upcoming"))
        except ReconcilerError as error:
            return f"the meetings, which could not be counted ({error})"
        total = len(every | coming)
        return f"{total:,} {'meeting' if total == 1 else 'meetings'}, {len(coming):,} still to come"

    def _list(self, path: Mapping[str, str], kind: str) -> frozenset[str]:
        """A series may stand there once per date (it is not documented), so each id counts once."""
        page = read_pages(
            self._client, LIST_MEETINGS, "meetings", size=MEETINGS_PAGE, path=path, query={"type": kind}
        )
        return frozenset(str(meeting["id"]) for meeting in page)

    def _find_unfit(self) -> str:
        """Why the heir cannot take over; "" if they can. Asked once."""
        if self._unfit is None:
            self._unfit = self._judge_heir()
        return self._unfit

    def _judge_heir(self) -> str:
        try:
            heir = self._client.call(GET_USER, path={"userId": self._heir})
        except Absent:
            return f"{self._heir} (transfer_to) is not in this account"
        except ReconcilerError as error:
            return f"it is not known whether {self._heir} (transfer_to) can take over: {error}"
        if heir.get("status") != "active":
            return f"{self._heir} (transfer_to) is not active"
        if heir.get("type") != NUMBERS["licensed"]:
            return f"{self._heir} (transfer_to) has no licence"
        return ""
