"""People of a Zoom account: listed by status, invited, changed, deactivated, unlinked or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_pages, refuse_twins
from reconciler.drivers.zoom.api import (
    CREATE_USER,
    DELETE_USER,
    GET_USER,
    LIST_DOMAINS,
    LIST_USERS,
    SET_EMAIL,
    SET_STATUS,
    UPDATE_USER,
    WireUser,
)
from reconciler.errors import Absent, NeedsPerson, Refused, Unauthorized
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import ByHand, Condition, Live, Page, Seats
from reconciler.model.ports import Access, Apart, Capability, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, declared, unchecked
from reconciler.resources.user import User

STATUSES = ("active", "inactive", "pending")
"""What must be asked for one by one: a listing without a status shows active people only."""
PAGE_SIZE = 2000
CLOCKS_APART = timedelta(minutes=5)
FEW = 20
"""Up to so many people are read one by one, more by listing everybody."""
OWNER_ROLE = "0"
TYPES: Mapping[int, str] = {1: "basic", 2: "licensed", 3: "on_prem", 4: "none", 99: "none"}
"""Zoom API reference, users: `type`; 3 is read from older accounts."""
NUMBERS: Mapping[str, int] = {"basic": 1, "licensed": 2, "on_prem": 3, "none": 4}
NOT_UNLINKED = "1107"
"""Code: a person of a managed domain cannot be disassociated, only deleted."""

LISTED: Mapping[str, str] = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "display_name": "display_name",
    "department": "dept",
    "timezone": "timezone",
}
DETAILED: Mapping[str, str] = {
    "job_title": "job_title",
    "company": "company",
    "location": "location",
    "cost_center": "cost_center",
    "language": "language",
}
"""Our field names and Zoom's: what GET /users carries, and what only GET /users/{userId} does."""
PATCHED: Mapping[str, str] = {key: name for key, name in {**LISTED, **DETAILED}.items() if key != "email"}

PENDING = Condition("pending", "the invitation has not been accepted yet", blocks=True)
EMAIL_PAGE = Page(
    id="user-email",
    title="Change a person's sign-in e-mail in Zoom",
    steps=(
        "Sign in to the Zoom web portal as an admin.",
        "Open User Management, then Users, and find the person.",
        "Choose Edit at the sign-in e-mail and enter the new one; the person may also do it under Profile.",
    ),
)


def _key(name: str, user: User) -> str:
    return user.email.casefold() if isinstance(user.email, str) else ""


def _follows(user: User) -> frozenset[str]:
    """What POST /users cannot carry; true is where everybody starts, and null where nothing is set."""
    return frozenset(
        name
        for name, value in declared(user)
        if (name in PATCHED and name not in ("first_name", "last_name", "display_name") and value is not None)
        or (name == "active" and value is False)
        or (name == "license" and value == "on_prem")
    )


CAPABILITY = Capability(
    kind="user",
    verbs=frozenset({"create", "update", "disable", "delete"}),
    fields=dict.fromkeys((*LISTED, *DETAILED, "license", "active"), Access.FULL),
    required=frozenset({"email"}),
    natural_keys=(NaturalKey("email", _key),),
    visible_after=2.0,
    idempotent=frozenset({"update", "disable", "delete"}),
    follows=_follows,
    page=EMAIL_PAGE,
    apart=(
        Apart(
            {"active": False, "license": "licensed"},
            "deactivating strips all licences (Zoom API reference, users: status)",
        ),
    ),
    loses={
        "disable": "the licence, until the person is activated again and a seat is free",
        "delete": "the person's meetings and cloud recordings, and the links to them; it cannot be undone",
    },
)


@dataclass
class UserHandler:
    """Reads and writes users; `action` is how they are created."""

    client: Client
    action: str
    capability: Capability = CAPABILITY
    _licensed: int | None = None

    def read(self, scope: Scope[User]) -> Iterable[Live[User]]:
        """Everybody, whatever their status; details only of those who declare what listings leave out."""
        if not scope.whole and len(scope.wanted) <= FEW:
            return self._read_few(scope.wanted)
        listed = self._list()
        self._licensed = sum(1 for user in listed if user["type"] == NUMBERS["licensed"])
        return self._detail(listed, scope)

    def find(self, intent: Intent) -> Sequence[Live[User]]:
        """The person an intent's body invited, unless the account is older than the intent."""
        if intent.operation != CREATE_USER.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(CREATE_USER.name):
            info: Any = intent.body["user_info"]
            user = self._get(str(info["email"]).casefold())
            if user is None:
                return ()
            live = to_live(user, None, detailed=True)
        older = live.created is not None and live.created < intent.at - CLOCKS_APART
        return () if older and live.blocked is None else (live,)

    def survey(self) -> tuple[Seats | None, tuple[ByHand, ...]]:
        """Licences in use, and the domains within which Zoom lets an API change e-mails."""
        seats = None if self._licensed is None else Seats(self._licensed)
        try:
            answer = self.client.call(LIST_DOMAINS, path={"accountId": "me"})
        except Refused:
            return seats, ()
        with shaped(LIST_DOMAINS.name):
            domains = frozenset(str(item["domain"]).casefold() for item in answer["domains"])
        why = "Zoom changes e-mails by API only within the account's managed domains"
        return seats, (ByHand("email", domains, EMAIL_PAGE, why),)

    def create(self, desired: Wanted[User]) -> str:
        """Invite or provision one person."""
        user = desired.resource
        wire: dict[str, Any] = {"email": user.email, "type": NUMBERS["basic"]}
        if isinstance(user.license, str) and user.license != "on_prem":
            wire["type"] = NUMBERS[user.license]
        for name in ("first_name", "last_name", "display_name"):
            value = getattr(user, name)
            if isinstance(value, str) and value:
                wire[name] = value
        answer = self.client.call(CREATE_USER, body={"action": self.action, "user_info": wire})
        return str(answer["id"])

    def update(self, live: Live[User], desired: Wanted[User], fields: Sequence[FieldChange]) -> None:
        """Activate first; then the profile, the licence by itself, the e-mail; deactivate last.

        So a licence or e-mail that is refused costs no other field. Raises NeedsPerson for the e-mail.
        """
        user, names = desired.resource, [field.field for field in fields]
        path = {"userId": live.remote_id or _key("", live.resource)}
        if "active" in names and user.active is True:
            self.client.call(SET_STATUS, path=path, body={"action": "activate"})
        wire = {PATCHED[name]: _text(getattr(user, name)) for name in names if name in PATCHED}
        if wire:
            self.client.call(UPDATE_USER, path=path, body=wire)
        if "license" in names and isinstance(user.license, str):
            self.client.call(UPDATE_USER, path=path, body={"type": NUMBERS[user.license]})
        if "email" in names and isinstance(user.email, str):
            self._change_email(path, user.email)
        if "active" in names and user.active is False:
            self.client.call(SET_STATUS, path=path, body={"action": "deactivate"})

    def remove(self, live: Live[User], how: Removal) -> None:
        """Deactivate, or unlink from the account; people of managed domains are deleted, as Zoom demands."""
        path = {"userId": live.remote_id or _key("", live.resource)}
        try:
            if how is Removal.DISABLE and live.blocked is None:
                self.client.call(SET_STATUS, path=path, body={"action": "deactivate"})
                return
            try:
                self.client.call(DELETE_USER, path=path, query={"action": "disassociate"})
            except Refused as error:
                if error.code != NOT_UNLINKED:
                    raise
                self.client.call(DELETE_USER, path=path, query={"action": "delete"})
        except Absent:
            return

    def _change_email(self, path: Mapping[str, str], email: str) -> None:
        try:
            self.client.call(SET_EMAIL, path=path, body={"email": email})
        except (Absent, Unauthorized):
            raise
        except Refused as error:
            raise NeedsPerson(f"{error} A person has to change it.", page=EMAIL_PAGE.id) from error

    def _list(self) -> list[WireUser]:
        found: list[WireUser] = []
        for status in STATUSES:
            query = {"status": status}
            page = read_pages(self.client, LIST_USERS, "users", size=PAGE_SIZE, query=query, key="email")
            for user in page:
                user["status"] = status
            found += page
        with shaped(LIST_USERS.name):
            refuse_twins((user["email"].casefold() for user in found), LIST_USERS.name)
        return found

    def _detail(self, listed: Sequence[WireUser], scope: Scope[User]) -> Iterator[Live[User]]:
        by_id = {want.remote_id: want.resource for want in scope.wanted if want.remote_id}
        by_key = {_key("", want.resource): want.resource for want in scope.wanted}
        with shaped(LIST_USERS.name):
            pairs = [
                (user, by_id.get(user.get("id") or "") or by_key.get(user["email"].casefold()))
                for user in listed
            ]
            if not scope.whole:
                pairs = [pair for pair in pairs if pair[1] is not None]
            deep = [user for user, wanted in pairs if wanted is not None and _needs_detail(wanted)]
        details = dict(zip(map(id, deep), self.client.each(self._get_listed, deep), strict=True))
        with shaped(GET_USER.name):
            for user, wanted in pairs:
                found = details.get(id(user), user)
                if found is not None:
                    yield to_live(found, wanted, detailed=id(user) in details)

    def _get_listed(self, user: WireUser) -> WireUser | None:
        answer = self._get(user.get("id") or user["email"])
        return None if answer is None else {**user, **answer}

    def _get(self, key: str) -> WireUser | None:
        try:
            answer: WireUser = self.client.call(GET_USER, path={"userId": key})
        except Absent:
            return None
        return answer

    def _read_few(self, wanted: Sequence[Wanted[User]]) -> Iterator[Live[User]]:
        def get(want: Wanted[User]) -> WireUser | None:
            keys = filter(None, (want.remote_id, _key("", want.resource)))
            return next((found for key in keys if (found := self._get(key)) is not None), None)

        answers = self.client.each(get, wanted)
        seen: set[str] = set()
        with shaped(GET_USER.name):
            for want, user in zip(wanted, answers, strict=True):
                if user is not None and user["email"].casefold() not in seen:
                    seen.add(user["email"].casefold())
                    yield to_live(user, want.resource, detailed=True)


def _needs_detail(user: User) -> bool:
    return any(getattr(user, name) is not OMITTED for name in DETAILED)


def _text(value: object) -> object:
    """Zoom clears a text by an empty one."""
    return "" if value is None else value


def to_live(wire: WireUser, wanted: User | None, *, detailed: bool) -> Live[User]:
    """A user as read. Spelled as declared where only that differs: case of the e-mail, a derived name."""
    fields: dict[str, Any] = {name: wire.get(key) for name, key in LISTED.items()}
    if detailed:
        fields |= {name: wire.get(key) for name, key in DETAILED.items()}
    email = wire["email"]
    pending = wire["status"] == "pending"
    fields["license"] = TYPES.get(wire["type"], f"type {wire['type']}")
    fields["active"] = wire["status"] != "inactive"
    if wanted is not None:
        if isinstance(wanted.email, str) and wanted.email.casefold() == email.casefold():
            fields["email"] = wanted.email
        derived = f"{wire.get('first_name') or ''} {wire.get('last_name') or ''}".strip()
        if wanted.display_name is None and fields["display_name"] == derived:
            fields["display_name"] = None
    created = wire.get("user_created_at")
    return Live(
        remote_id="" if pending else wire["id"],
        resource=unchecked(User, fields),
        keys={"email": email.casefold()},
        label=email,
        conditions=(PENDING,) if pending else (),
        owner=wire.get("role_id") == OWNER_ROLE,
        created=datetime.fromisoformat(created) if created else None,
    )
