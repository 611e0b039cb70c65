"""People of a Zoom account: listed by status, read, changed; created and taken away by their own modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_pages, refuse_twins
from reconciler.drivers.zoom.account import read_seats
from reconciler.drivers.zoom.api import (
    CREATE_USER,
    GET_USER,
    LIST_USERS,
    SET_EMAIL,
    SET_STATUS,
    UPDATE_USER,
    WireUser,
)
from reconciler.drivers.zoom.explore import describe_person
from reconciler.drivers.zoom.times import CLOCKS_APART
from reconciler.drivers.zoom.twins import find_twins
from reconciler.drivers.zoom.user_creation import Creation
from reconciler.drivers.zoom.user_removal import Departure
from reconciler.drivers.zoom.user_settings import read_settings, write_settings
from reconciler.drivers.zoom.user_wire import DETAILED, LISTED, NUMBERS, PATCHED, email_of, to_live
from reconciler.errors import Absent, NeedsPerson, Refused, Unauthorized
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Absence, Address, ByHand, Live, Loss, Page, Survey, Twins
from reconciler.model.ports import Access, Apart, Capability, Exploration, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, declared
from reconciler.resources.user import User

STATUSES = ("active", "inactive", "pending")
"""What must be asked for one by one: a listing without a status shows active people only."""
PAGE_SIZE = 2000
FEW = 20
"""Up to so many people are read one by one, more by listing everybody."""

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
    return email_of(user)


def _follows(user: User) -> frozenset[str]:
    """What POST /users cannot carry; true is where everybody starts, and null where nothing is set."""
    return frozenset(
        name
        for name, value in declared(user)
        if (name in PATCHED and name not in ("first_name", "last_name", "display_name") and value is not None)
        or (name == "active" and value is False)
        or (name == "license" and value == "on_prem")
        or name == "settings"
    )


CAPABILITY = Capability(
    kind="user",
    verbs=frozenset({"create", "update", "disable", "delete"}),
    fields=dict.fromkeys((*LISTED, *DETAILED, "license", "active", "settings"), Access.FULL),
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
    """Reads and changes users; `creation` and `departure` are how they come and go."""

    client: Client
    creation: Creation
    departure: Departure
    capability: Capability = CAPABILITY
    _licensed: int | None = None
    _twins: tuple[Twins, ...] = ()

    def read(self, scope: Scope[User]) -> Iterable[Live[User]]:
        """Everybody, whatever their status; details only of those who declare what listings leave out."""
        if not scope.whole and len(scope.wanted) <= FEW:
            return self._read_few(scope.wanted)
        listed = self._list()
        self._licensed = sum(1 for user in listed if user["type"] == NUMBERS["licensed"])
        self._twins = find_twins(listed)
        return self._detail(listed, scope)

    def explore(self, asked: Exploration) -> Iterator[Live[User]]:
        """Everybody, by what listings show: fields that cost a request each are left to who wants them."""
        with shaped(LIST_USERS.name):
            yield from (describe_person(wire, asked.shown) for wire in self._list())

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

    def survey(self) -> Survey:
        """Licences, the domains within which an API changes e-mails, who looks double, the limit of a day."""
        why = "Zoom changes e-mails by API only within the account's managed domains"
        domains = self.creation.domains.read()
        return Survey(
            seats=read_seats(self.client, self._licensed),
            by_hand=() if domains is None else (ByHand("email", domains, EMAIL_PAGE, why),),
            twins=self._twins,
            creates_a_day=self.creation.a_day,
        )

    def explain(self, absent: Sequence[Wanted[User]]) -> Mapping[Address, Absence]:
        """Who would be refused and why, and whose invitation expired."""
        return self.creation.explain(absent)

    def weigh(self, going: Sequence[Live[User]]) -> Sequence[Loss]:
        """What each person would lose, or leave to whom the target names."""
        return self.departure.weigh(going)

    def create(self, desired: Wanted[User]) -> str:
        """Invite or provision one person."""
        return self.creation.create(desired.resource)

    def update(self, live: Live[User], desired: Wanted[User], fields: Sequence[FieldChange]) -> None:
        """Activate first; then the profile, the licence by itself, settings, the e-mail; deactivate last.

        So a licence or e-mail that is refused costs no other field. Raises NeedsPerson for the e-mail.
        """
        user, names = desired.resource, [field.field for field in fields]
        path = {"userId": live.remote_id or email_of(live.resource)}
        if "active" in names and user.active is True:
            self.client.call(SET_STATUS, path=path, body={"action": "activate"})
        wire = {PATCHED[name]: _text(getattr(user, name)) for name in names if name in PATCHED}
        if wire:
            self.client.call(UPDATE_USER, path=path, body=wire)
        if "license" in names and isinstance(user.license, str):
            self.client.call(UPDATE_USER, path=path, body={"type": NUMBERS[user.license]})
        if "settings" in names:
            write_settings(self.client, path, _differing(user, live.resource))
        if "email" in names and isinstance(user.email, str):
            self._change_email(path, user.email)
        if "active" in names and user.active is False:
            self.client.call(SET_STATUS, path=path, body={"action": "deactivate"})

    def remove(self, live: Live[User], how: Removal) -> None:
        """Deactivate, unlink or delete."""
        self.departure.remove(live, how)

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
        by_key = {email_of(want.resource): want.resource for want in scope.wanted}
        with shaped(LIST_USERS.name):
            pairs = [
                (user, by_id.get(user.get("id") or "") or by_key.get(user["email"].casefold()))
                for user in listed
            ]
            if not scope.whole:
                pairs = [pair for pair in pairs if pair[1] is not None]
            deep = [(user, wanted) for user, wanted in pairs if wanted is not None and _needs_more(wanted)]
        details = dict(zip((id(user) for user, _ in deep), self.client.each(self._deepen, deep), strict=True))
        with shaped(GET_USER.name):
            for user, wanted in pairs:
                found = details[id(user)] if id(user) in details else to_live(user, wanted, detailed=False)
                if found is not None:
                    yield found

    def _deepen(self, pair: tuple[WireUser, User]) -> Live[User] | None:
        """A listed person with what listings leave out; None if they went since."""
        user, wanted = pair
        detailed = any(getattr(wanted, name) is not OMITTED for name in DETAILED)
        if detailed:
            answer = self._get(user.get("id") or user["email"])
            if answer is None:
                return None
            user = {**user, **answer}
        return self._whole(user, wanted, detailed=detailed)

    def _whole(self, user: WireUser, wanted: User, *, detailed: bool) -> Live[User]:
        """A person with the declared settings; pending people have none yet."""
        settings = None
        if isinstance(wanted.settings, Mapping) and user["status"] != "pending":
            settings = read_settings(self.client, user["id"], wanted.settings)
        with shaped(GET_USER.name):
            return to_live(user, wanted, detailed=detailed, settings=settings)

    def _get(self, key: str) -> WireUser | None:
        try:
            answer: WireUser = self.client.call(GET_USER, path={"userId": key})
        except Absent:
            return None
        return answer

    def _read_few(self, wanted: Sequence[Wanted[User]]) -> Iterator[Live[User]]:
        def get(want: Wanted[User]) -> Live[User] | None:
            keys = filter(None, (want.remote_id, email_of(want.resource)))
            user = next((found for key in keys if (found := self._get(key)) is not None), None)
            with shaped(GET_USER.name):
                return None if user is None else self._whole(user, want.resource, detailed=True)

        seen: set[str] = set()
        for live in self.client.each(get, wanted):
            if live is not None and live.keys["email"] not in seen:
                seen.add(live.keys["email"])
                yield live


def _needs_more(user: User) -> bool:
    return any(getattr(user, name) is not OMITTED for name in (*DETAILED, "settings"))


def _differing(wanted: User, live: User) -> dict[str, Any]:
    """The declared settings that are otherwise."""
    there: Mapping[str, Any] = live.settings if isinstance(live.settings, Mapping) else {}
    asked: Mapping[str, Any] = wanted.settings if isinstance(wanted.settings, Mapping) else {}
    return {name: value for name, value in asked.items() if there.get(name) != value}


def _text(value: object) -> object:
    """Zoom clears a text by an empty one."""
    return "" if value is None else value
