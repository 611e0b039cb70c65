"""How people come into a Zoom account: four ways to create, what each needs, what stands in the way."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconciler.drivers.http import Client
from reconciler.drivers.zoom.account import Domains
from reconciler.drivers.zoom.api import (
    CREATE_USER,
    CREATIONS_A_DAY,
    GET_USER,
    MOST_CREATIONS_A_DAY,
)
from reconciler.drivers.zoom.user_wire import NUMBERS, email_of
from reconciler.errors import Absent, Refused
from reconciler.model.objects import Absence, Address
from reconciler.model.ports import Opening, Wanted
from reconciler.resources.user import User

INVITE, AUTO, CUSTOM, SSO = "create", "autoCreate", "custCreate", "ssoCreate"
ACTIONS = (INVITE, AUTO, CUSTOM, SSO)
"""Zoom API reference, users: `action` of POST /users."""

EXPIRED, ELSEWHERE = "1120", "1009"
NOBODY = frozenset({"2002", "2016", "2032"})
NOT_ALLOWED = "200"
"""Codes that refuse everybody, not this person: the account lacks what the way of creating needs."""

ACCOUNTS_ELSEWHERE = "accounts elsewhere"
ASKED_AGAIN = timedelta(days=1)
"""Under which name, and for how long, the budget remembers whose e-mail has another account."""

SIGNS = "!#%+-=?@_"
LENGTH = 24

LAPSED = Absence("the invitation expired without being accepted; a new one is sent", lapsed=True)
STUCK = Absence(
    "Zoom says that this e-mail has an account of its own outside this one; nothing is sent",
    "ask the person to change that account's e-mail or to end that account; it is tried again once a day",
    held=True,
)
OUTSIDE = Absence(
    "create_users: autoCreate works within the account's managed domains only, and this e-mail is in none",
    "associate its domain with the account in Zoom's admin portal, correct the e-mail, or declare the person "
    "in a target with create_users: create",
    held=True,
)
UNKNOWN_PASSWORD = Absence(
    "by autoCreate, with a random password that nobody knows or keeps and without a mail; whoever is made so "
    "signs in through Forgot password first, and Zoom does not tell whether they have"
)


@dataclass
class Creation:
    """Creates people by one action, and knows beforehand who would be refused. One per run of a target."""

    client: Client
    domains: Domains
    opening: Opening
    action: str
    plan: str
    _refusal: Refused | None = None

    @property
    def a_day(self) -> int | None:
        """How many `create` may make in a day; the other actions have no such limit."""
        return creations_a_day(self.plan) if self.action == INVITE else None

    def create(self, user: User) -> str:
        """Invite or provision one person; the id. After a refusal that is everybody's nothing is sent."""
        if self._refusal is not None:
            raise Refused(
                f"not sent, because the same was refused before: {self._refusal}",
                status=self._refusal.status,
                code=self._refusal.code,
                target=self.opening.target,
                operation=CREATE_USER.name,
            )
        wire: dict[str, Any] = {"email": user.email, "type": NUMBERS["basic"]}
        if isinstance(user.license, str) and user.license != "on_prem":
            wire["type"] = NUMBERS[user.license]
        for name in ("first_name", "last_name", "display_name"):
            value = getattr(user, name)
            if isinstance(value, str) and value:
                wire[name] = value
        if self.action == AUTO:
            wire["password"] = make_password()
        owner = "this account" if self.action == INVITE else ""
        try:
            answer = self.client.call(
                CREATE_USER, body={"action": self.action, "user_info": wire}, owner=owner
            )
        except Refused as error:
            self._remember(error, email_of(user))
            raise
        return str(answer["id"])

    def explain(self, absent: Sequence[Wanted[User]]) -> Mapping[Address, Absence]:
        """Who would be refused, whose invitation expired, and what is special about who is created."""
        ours = [want for want in absent if want.remote_id]
        expired = dict(zip((w.address for w in ours), self.client.each(self._expired, ours), strict=True))
        found: dict[Address, Absence] = {}
        for want in absent:
            email = email_of(want.resource)
            if self.action == AUTO and self.domains.manages(email) is False:
                found[want.address] = OUTSIDE
            elif self.opening.budget.blocked(self.opening.target, ACCOUNTS_ELSEWHERE, _mark(email)):
                found[want.address] = STUCK
            elif expired.get(want.address):
                found[want.address] = LAPSED
            elif self.action == AUTO:
                found[want.address] = UNKNOWN_PASSWORD
        return found

    def _remember(self, error: Refused, email: str) -> None:
        if error.code == ELSEWHERE:
            until = self.opening.clock() + ASKED_AGAIN
            self.opening.budget.exhaust(self.opening.target, ACCOUNTS_ELSEWHERE, _mark(email), until)
        elif error.code in NOBODY or (error.code == NOT_ALLOWED and self.action in (AUTO, CUSTOM)):
            self._refusal = error

    def _expired(self, want: Wanted[User]) -> bool:
        """Whether Zoom still knows of an invitation that nobody accepted in time."""
        try:
            self.client.call(GET_USER, path={"userId": email_of(want.resource)})
        except Absent as error:
            return error.code == EXPIRED
        return False


def creations_a_day(plan: str) -> int:
    """How many people `create` may make in an account of this plan in a day."""
    return CREATIONS_A_DAY.get(plan, MOST_CREATIONS_A_DAY)


def make_password() -> str:
    """Random, of Zoom's 8 to 32 characters, some of each sort; in a refusal it opens nothing."""
    sorts = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SIGNS)
    made = [secrets.choice(sort) for sort in sorts]
    made += [secrets.choice("".join(sorts)) for _ in range(LENGTH - len(made))]
    secrets.SystemRandom().shuffle(made)
    return "".join(made)


def _mark(email: str) -> str:
    """A digest, so that the budget holds no e-mail."""
    return hashlib.blake2b(email.encode(), digest_size=12).hexdigest()
