"""People of a Canvas account, with the logins by which they come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import (
    CREATE_USER,
    DELETE_USER,
    LIST_LOGINS,
    LIST_USERS,
    PAGE_SIZE,
    UPDATE_LOGIN,
    UPDATE_USER,
)
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_links
from reconciler.errors import Absent, ReconcilerError
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, unchecked
from reconciler.resources.user import User

PERSON: Mapping[str, str] = {"display_name": "name", "email": "email", "timezone": "time_zone"}
LOGIN: Mapping[str, str] = {"login": "unique_id", "sis_id": "sis_user_id"}
ACTIVE, SUSPENDED = "active", "suspended"


def _login(name: str, user: User) -> str:
    return user.login if isinstance(user.login, str) else name


def _email(name: str, user: User) -> str:
    return user.email.casefold() if isinstance(user.email, str) else ""


def _follows(user: User) -> frozenset[str]:
    return frozenset({"active"} if user.active is False else ())


CAPABILITY = Capability(
    kind="user",
    verbs=frozenset({"create", "update", "disable", "delete"}),
    fields=dict.fromkeys((*PERSON, *LOGIN, "active"), Access.FULL),
    required=frozenset({"email", "display_name"}),
    natural_keys=(
        NaturalKey("sis_id", lambda name, user: user.sis_id if isinstance(user.sis_id, str) else ""),
        NaturalKey("login", lambda name, user: _login(name, user).casefold()),
        NaturalKey("email", _email),
    ),
    idempotent=frozenset({"update", "disable", "delete"}),
    follows=_follows,
    loses={
        "disable": "the person can no longer sign in",
        "delete": "the person's enrolments and logins in this account",
    },
)


@dataclass
class UserHandler:
    """Reads and writes people; `me` is whose token this is."""

    client: Client
    account: Mapping[str, str]
    me: str = ""
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[User]) -> Iterable[Live[User]]:
        """Everybody of the account; of those who are wanted also whether they may sign in."""
        listed = read_links(self.client, LIST_USERS, size=PAGE_SIZE, path=self.account)
        with shaped(LIST_USERS.name):
            lives = [_live(wire, self.me) for wire in listed]
        deep = _pick(lives, scope)
        active = dict(zip(map(id, deep), self.client.each(self._may_sign_in, deep), strict=True))
        return [live if id(live) not in active else _with_active(live, active[id(live)]) for live in lives]

    def find(self, intent: Intent) -> Sequence[Live[User]]:
        """Whoever has the login that an intent's body asked for: Canvas keeps logins unique."""
        if intent.operation != CREATE_USER.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(CREATE_USER.name):
            body: Any = intent.body
            login = str(body["pseudonym"]["unique_id"]).casefold()
        return [live for live in self.read(Scope(())) if live.keys["login"] == login]

    def create(self, desired: Wanted[User]) -> str:
        """A registered person with a confirmed address: the campus vouches for both, nobody gets mail."""
        user = desired.resource
        person = {PERSON[name]: getattr(user, name) for name in ("display_name", "timezone")}
        login = {"unique_id": _login(desired.address.name, user), "sis_user_id": user.sis_id}
        body = {
            "user": {**_given(person), "skip_registration": True},
            "pseudonym": {**_given(login), "send_confirmation": False},
            "communication_channel": {"type": "email", "address": user.email, "skip_confirmation": True},
        }
        return str(self.client.call(CREATE_USER, path=self.account, body=body)["id"])

    def update(self, live: Live[User], desired: Wanted[User], fields: Sequence[FieldChange]) -> None:
        """What is the person's, what is their login's, and whether they may sign in."""
        names = [field.field for field in fields]
        values = {name: getattr(desired.resource, name) for name in names}
        if "active" in values and values["active"] is OMITTED:
            values["active"] = True
        if person := {PERSON[name]: values[name] for name in names if name in PERSON}:
            self.client.call(UPDATE_USER, path={"user": live.remote_id}, body={"user": person})
        if login := {LOGIN[name]: values[name] for name in names if name in LOGIN}:
            logins = self._logins(live)
            if not logins:
                raise ReconcilerError(f"{live.label} has no login that could be changed; add one in Canvas")
            self._change(live, logins[:1], login)
        if "active" in values:
            self._allow(live, allowed=bool(values["active"]))

    def remove(self, live: Live[User], how: Removal) -> None:
        """Keep the person from signing in, or take them off the account; gone already is fine."""
        try:
            if how is Removal.DISABLE:
                self._allow(live, allowed=False)
            else:
                self.client.call(DELETE_USER, path={**self.account, "user": live.remote_id})
        except Absent:
            return

    def _allow(self, live: Live[User], *, allowed: bool) -> None:
        self._change(live, self._logins(live), {"workflow_state": ACTIVE if allowed else SUSPENDED})

    def _change(
        self, live: Live[User], logins: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]
    ) -> None:
        for login in logins:
            path = {**self.account, "login": str(login["id"])}
            noted = {"user": live.remote_id}
            self.client.call(UPDATE_LOGIN, path=path, body={"login": fields}, noted=noted)

    def _logins(self, live: Live[User]) -> list[Any]:
        """The logins of a person, first the one that the account's list shows."""
        found = read_links(self.client, LIST_LOGINS, size=PAGE_SIZE, path={"user": live.remote_id})
        with shaped(LIST_LOGINS.name):
            return sorted(found, key=lambda login: str(login["unique_id"]).casefold() != live.keys["login"])

    def _may_sign_in(self, live: Live[User]) -> bool:
        try:
            logins = self._logins(live)
        except Absent:
            return False
        with shaped(LIST_LOGINS.name):
            return any(login["workflow_state"] == ACTIVE for login in logins)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not OMITTED and value is not None}


def _pick(lives: Sequence[Live[User]], scope: Scope[User]) -> list[Live[User]]:
    """Those that may be meant by somebody wanted."""
    ids = {want.remote_id for want in scope.wanted} - {""}
    keys = {
        (key.name, value)
        for key in CAPABILITY.natural_keys
        for want in scope.wanted
        if (value := key.of(want.address.name, want.resource))
    }
    return [live for live in lives if live.remote_id in ids or keys.intersection(live.keys.items())]


def _with_active(live: Live[User], active: bool) -> Live[User]:
    fields = {name: getattr(live.resource, name) for name in (*PERSON, *LOGIN)}
    return Live(
        live.remote_id, unchecked(User, {**fields, "active": active}), live.keys, live.label, owner=live.owner
    )


def _live(wire: Mapping[str, Any], me: str) -> Live[User]:
    login, email = str(wire.get("login_id") or ""), str(wire.get("email") or "")
    fields = {
        "display_name": wire["name"],
        "email": email,
        "timezone": wire.get("time_zone"),
        "login": login,
        "sis_id": wire.get("sis_user_id"),
    }
    return Live(
        remote_id=str(wire["id"]),
        resource=unchecked(User, fields),
        keys={
            "sis_id": str(wire.get("sis_user_id") or ""),
            "login": login.casefold(),
            "email": email.casefold(),
        },
        label=f"{wire['name']} ({login or wire['id']})",
        owner=str(wire["id"]) == me,
    )
