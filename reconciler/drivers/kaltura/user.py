"""People of a Kaltura account. Their id is chosen when they are made; Zoom's hosts are matched to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura.api import ADD_USER, DELETE_USER, GET_USER, LIST_USERS, UPDATE_USER
from reconciler.drivers.kaltura.wire import bare, read_flag, read_list, read_moment, read_text, write
from reconciler.errors import Absent
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Exploration, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, declared, unchecked
from reconciler.resources.user import User

WIRE: Mapping[str, str] = {
    "email": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "display_name": "screenName",
    "job_title": "title",
    "company": "company",
}
BLOCKED, ACTIVE, DELETED = 0, 1, 2
PERSON = 0
"""Groups are users of another type (Kaltura API, user)."""
FEW = 20
"""Up to so many people are read one by one, more by listing everybody."""
CLOCKS_APART = timedelta(minutes=5)


def login_of(name: str, user: User) -> str:
    """The vendor's id of a person: the handle, unless a login is declared."""
    return user.login if isinstance(user.login, str) else name


CAPABILITY = Capability(
    kind="user",
    verbs=frozenset({"create", "update", "disable", "delete"}),
    fields={**dict.fromkeys((*WIRE, "active"), Access.FULL), "login": Access.CREATE_ONLY},
    required=frozenset({"email"}),
    natural_keys=(
        NaturalKey("login", lambda name, user: login_of(name, user).casefold()),
        NaturalKey("email", lambda name, user: user.email.casefold() if isinstance(user.email, str) else ""),
    ),
    visible_after=2.0,
    idempotent=frozenset({"update", "disable", "delete"}),
    loses={
        "delete": "the account; recordings it owns stay, and name somebody who is not there any more",
        "replace": "whatever the person owns stays with the former login",
    },
)


@dataclass
class UserHandler:
    """Reads and writes people; their id is their login."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[User]) -> Iterable[Live[User]]:
        """Everybody, blocked people too; or the few that are asked for, by their ids."""
        if not scope.whole and len(scope.wanted) <= FEW:
            keys = {want.remote_id or login_of(want.address.name, want.resource) for want in scope.wanted}
            found = self.client.each(self._get, sorted(keys))
            return self._describe([person for person in found if person is not None])
        asked = {"objectType": "KalturaUserFilter", "typeEqual": PERSON, "orderBy": "+createdAt"}
        return self._describe(read_list(self.client, LIST_USERS, asked))

    def explore(self, asked: Exploration) -> Iterator[Live[User]]:
        """Everybody, with what Kaltura fills in by itself left out."""
        usual = {"active": True}
        for live in self.read(Scope(())):
            filled = {"first_name": live.remote_id, "display_name": live.remote_id}
            yield bare(live, {**usual, **filled}, asked.shown)

    def find(self, intent: Intent) -> Sequence[Live[User]]:
        """The person an intent's body added, unless the account is older than the intent."""
        if intent.operation != ADD_USER.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(ADD_USER.name):
            sent: Any = intent.body["user"]
            found = self._get(str(sent["id"]))
        lives = self._describe([found] if found else [])
        return [live for live in lives if live.created and live.created >= intent.at - CLOCKS_APART]

    def create(self, desired: Wanted[User]) -> str:
        """Add one person, with everything that is declared."""
        user = desired.resource
        values = {name: value for name, value in self._values(user, WIRE).items() if value is not None}
        values["id"] = login_of(desired.address.name, user)
        if user.active is not OMITTED:
            values["status"] = ACTIVE if user.active else BLOCKED
        return str(self.client.call(ADD_USER, body={"user": write("KalturaUser", values)})["id"])

    def update(self, live: Live[User], desired: Wanted[User], fields: Sequence[FieldChange]) -> None:
        """Only the fields that differ; what is absent stays."""
        names = [field.field for field in fields]
        values = self._values(desired.resource, names)
        if "active" in names:
            values["status"] = ACTIVE if desired.resource.active else BLOCKED
        if values:
            self._update(live.remote_id, values)

    def remove(self, live: Live[User], how: Removal) -> None:
        """Block or delete."""
        try:
            if how is Removal.DISABLE:
                self._update(live.remote_id, {"status": BLOCKED})
            else:
                self.client.call(DELETE_USER, body={"userId": live.remote_id})
        except Absent:
            return

    def _update(self, key: str, values: Mapping[str, Any]) -> None:
        self.client.call(UPDATE_USER, body={"userId": key, "user": write("KalturaUser", values)})

    def _values(self, user: User, names: Iterable[str]) -> dict[str, Any]:
        wanted = set(names)
        return {WIRE[name]: value for name, value in declared(user) if name in WIRE and name in wanted}

    def _get(self, key: str) -> Any:
        try:
            answer = self.client.call(GET_USER, body={"userId": key})
        except Absent:
            return None
        with shaped(GET_USER.name):
            return None if int(answer["status"]) == DELETED or int(answer["type"]) != PERSON else answer

    def _describe(self, people: Iterable[Any]) -> Iterator[Live[User]]:
        with shaped(LIST_USERS.name):
            for person in people:
                fields = {name: read_text(person.get(wire)) for name, wire in WIRE.items()}
                login, email = str(person["id"]), str(fields["email"] or "").casefold()
                active = int(person["status"]) == ACTIVE
                yield Live(
                    remote_id=login,
                    resource=unchecked(User, {**fields, "login": login, "active": active}),
                    keys={"login": login.casefold(), **({"email": email} if email else {})},
                    label=fields["display_name"] or login,
                    owner=read_flag(person.get("isAccountOwner", False)),
                    created=read_moment(person["createdAt"]),
                )
