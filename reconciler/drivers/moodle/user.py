"""People of a Moodle site: looked up by what tells them apart, made one by one, suspended or deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.drivers.base import shaped
from reconciler.drivers.moodle.admission import Admission
from reconciler.drivers.moodle.api import (
    CREATE_USERS,
    DELETE_USERS,
    LOOK_UP_USERS,
    SEARCH_USERS,
    UPDATE_USERS,
    Site,
    chunks,
)
from reconciler.drivers.moodle.user_wire import (
    GUEST,
    WIRE,
    WireUser,
    faults,
    is_deleted,
    login_of,
    sis_id_of,
    to_live,
    to_wire,
)
from reconciler.drivers.operations import Operation, quote_vendor
from reconciler.errors import Absent, IncompleteReading, Refused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Exploration, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import declared
from reconciler.resources.user import User

VEILED = (
    "the token's user may not see logins or e-mails, so nobody can be told from anybody; give its role "
    "moodle/user:update and moodle/user:viewhiddendetails"
)
LOOK_UPS: tuple[tuple[str, Callable[[Wanted[User]], str]], ...] = (
    ("id", lambda want: want.remote_id),
    ("idnumber", lambda want: want.resource.sis_id if isinstance(want.resource.sis_id, str) else ""),
    ("username", lambda want: login_of(want.address.name, want.resource)),
)
"""By what people are looked up exactly, in this order; the e-mail comes after, whatever its case."""
FEW = 20
"""Up to so many people are searched for by e-mail one by one, more by listing everybody once."""
INTERNAL = "manual"
TAKEN = "invalidparameter"


def _email(_: str, user: User) -> str:
    return user.email.casefold() if isinstance(user.email, str) else ""


CAPABILITY = Capability(
    kind="user",
    verbs=frozenset({"create", "update", "disable", "delete"}),
    fields=dict.fromkeys((*WIRE, "active"), Access.FULL),
    required=frozenset({"email", "first_name", "last_name"}),
    natural_keys=(
        NaturalKey("sis_id", lambda _, user: sis_id_of(user)),
        NaturalKey("login", login_of),
        NaturalKey("email", _email),
    ),
    idempotent=frozenset({"update", "disable", "delete"}),
    follows=lambda user: frozenset({"active"} if user.active is False else ()),
    loses={
        "disable": "nothing but the sign-in, until the person is active again",
        "delete": "the person's grades, enrolments and memberships; Moodle keeps a tombstone only",
    },
)


@dataclass
class UserHandler(Admission):
    """Reads and changes accounts; `auth` is how new people sign in."""

    site: Site
    auth: str
    capability: Capability = CAPABILITY

    WRITES: ClassVar[Mapping[str, tuple[Operation, ...]]] = {
        "create": (CREATE_USERS,),
        "update": (UPDATE_USERS,),
        "disable": (UPDATE_USERS,),
        "delete": (DELETE_USERS,),
    }

    def read(self, scope: Scope[User]) -> Iterable[Live[User]]:
        """Everybody asked for, by id, SIS id, login and e-mail in turn; who is not found is not there."""
        found: dict[int, WireUser] = {}
        left = list(scope.wanted)
        for field, value_of in LOOK_UPS:
            left = self._take(field, value_of, left, found)
        self._by_email(left, found)
        own = self.site.info["userid"]
        with shaped(LOOK_UP_USERS.name):
            return [to_live(wire, own) for wire in found.values()]

    def explore(self, asked: Exploration) -> Iterator[Live[User]]:
        """Everybody who is not deleted."""
        own = self.site.info["userid"]
        with shaped(SEARCH_USERS.name):
            yield from (to_live(wire, own, bare=True) for wire in self._search("%"))

    def find(self, intent: Intent) -> Sequence[Live[User]]:
        """The account with the login an intent's body asked for: Moodle keeps logins unique."""
        if intent.operation != CREATE_USERS.name or not isinstance(intent.body, Mapping):
            return ()
        login = str(intent.body["users[0][username]"])
        users = [wire for wire in self._look_up("username", [login]) if not is_deleted(wire)]
        with shaped(LOOK_UP_USERS.name):
            return [to_live(wire, self.site.info["userid"]) for wire in users]

    def create(self, desired: Wanted[User]) -> str:
        """Make one account; a refusal is told with what is wrong, since Moodle does not tell."""
        user = desired.resource
        wire = {
            "username": login_of(desired.address.name, user),
            **to_wire(dict(declared(user))),
            "auth": self.auth,
        }
        if self.auth == INTERNAL:
            wire["createpassword"] = True
        try:
            (made,) = self.site.ask(CREATE_USERS, {"users": [wire]})
        except Refused as error:
            if error.code != TAKEN:
                raise
            raise self._diagnosed(error, wire) from error
        return str(made["id"])

    def update(self, live: Live[User], desired: Wanted[User], fields: Sequence[FieldChange]) -> None:
        """Send what differs, in one call; nothing if nothing does."""
        names = [field.field for field in fields]
        wire = to_wire({name: getattr(desired.resource, name) for name in names if name != "active"})
        if "active" in names:
            wire["suspended"] = desired.resource.active is False
        if not wire:
            return
        try:
            self.site.ask(UPDATE_USERS, {"users": [{"id": live.remote_id, **wire}]})
        except Refused as error:
            if error.code != TAKEN:
                raise
            raise self._diagnosed(error, wire, live.remote_id) from error

    def remove(self, live: Live[User], how: Removal) -> None:
        """Suspend or delete; who is gone is gone."""
        try:
            if how is Removal.DELETE:
                self.site.ask(DELETE_USERS, {"userids": [live.remote_id]})
            else:
                self.site.ask(UPDATE_USERS, {"users": [{"id": live.remote_id, "suspended": True}]})
        except Absent:
            return

    def _take(
        self,
        field: str,
        value_of: Callable[[Wanted[User]], str],
        wanted: Sequence[Wanted[User]],
        found: dict[int, WireUser],
    ) -> list[Wanted[User]]:
        """Put those who are found by an exact value to the others; returns whom that leaves."""
        values = sorted({value for want in wanted if (value := value_of(want))})
        wires = [wire for some in chunks(values) for wire in self._look_up(field, some)]
        with shaped(LOOK_UP_USERS.name):
            there = {str(wire[field]): wire for wire in wires if not is_deleted(wire)}
        found.update({wire["id"]: wire for wire in there.values()})
        return [want for want in wanted if value_of(want) not in there]

    def _look_up(self, field: str, values: Sequence[str]) -> list[WireUser]:
        """Accounts by an exact value."""
        answer = self.site.ask(LOOK_UP_USERS, {"field": field, "values": list(values)})
        with shaped(LOOK_UP_USERS.name):
            return list(_shown(answer))

    def _search(self, email: str) -> list[WireUser]:
        """Accounts whose e-mail is like this, without regard to case; `%` stands for anything."""
        answer = self.site.ask(SEARCH_USERS, {"criteria": [{"key": "email", "value": email}]})
        with shaped(SEARCH_USERS.name):
            return [wire for wire in _shown(answer["users"]) if wire["username"] != GUEST]

    def _by_email(self, wanted: Sequence[Wanted[User]], found: dict[int, WireUser]) -> None:
        """The look-up by field minds the case of an e-mail, and the rule that it is unique does not."""
        emails = {email for want in wanted if (email := _email("", want.resource))}
        if len(emails) <= FEW:
            wires = [wire for some in self.site.client.each(self._search, sorted(emails)) for wire in some]
        else:
            wires = self._search("%")
        with shaped(SEARCH_USERS.name):
            found.update({wire["id"]: wire for wire in wires if wire["email"].casefold() in emails})

    def _diagnosed(self, error: Refused, wire: Mapping[str, Any], own: str = "") -> Refused:
        """The refusal with its likely reasons: Moodle says `invalidparameter` to all of them."""
        reasons = list(faults(wire))
        for field in ("email", "username"):
            sent = str(wire.get(field, ""))
            found = (
                [] if not sent else self._search(sent) if field == "email" else self._look_up(field, [sent])
            )
            reasons += [
                f"the {field} belongs to {rival['username']} (id {rival['id']})"
                for rival in found
                if rival[field].casefold() == sent.casefold() and str(rival["id"]) != own
            ]
        text = "; ".join(reasons) or "perhaps language, time zone or sign-in method is unknown to the site"
        return Refused(
            f"{error} Found: {quote_vendor(text)}", status=200, code=error.code, operation=error.operation
        )


def _shown(users: Sequence[WireUser]) -> Sequence[WireUser]:
    """The accounts as they are. Raises IncompleteReading if the token's user may not see logins."""
    for wire in users:
        if "username" not in wire or "email" not in wire:
            raise IncompleteReading(VEILED)
    return users
