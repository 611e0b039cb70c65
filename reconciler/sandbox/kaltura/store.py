"""What the simulated Kaltura account holds: people, groups, categories, Zoom accounts, app tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.sandbox.calls import Json

PARTNER_ID = 4830402
ADMIN_ID = "kaltura-admin"
ADMIN_SECRET = "sandbox-kaltura-admin-secret"
APP_TOKEN_ID = "1_sandbox0"
APP_TOKEN = "sandbox-kaltura-app-token"
FIRST_ID = 336_930_000
"""Ids of categories and integrations count up from here."""


def _admin() -> list[Json]:
    """The account's owner, whom nobody can block or delete."""
    return [
        {
            "id": ADMIN_ID,
            "email": "owner@example.edu",
            "status": "active",
            "fields": {"screenName": "Owner", "firstName": "Olive", "lastName": "Owner", "isAdmin": True},
            "owner": True,
            "created": 0,
            "updated": 0,
        }
    ]


def _tokens() -> list[Json]:
    """One app token, for an administrator's sessions without entitlement."""
    return [
        {
            "id": APP_TOKEN_ID,
            "token": APP_TOKEN,
            "status": 2,
            "hashType": "SHA1",
            "sessionType": 2,
            "sessionUserId": ADMIN_ID,
            "sessionDuration": 86400,
            "sessionPrivileges": "",
            "expiry": 0,
        }
    ]


@dataclass(slots=True)
class Kaltura:
    """One Kaltura account.

    `users`, `groups`, `categories` and `integrations` have what every one has beside `fields`, which are the
    vendor's own names for the rest. `codes` are integration codes nobody used yet.
    """

    partner_id: int = PARTNER_ID
    serial: int = FIRST_ID
    tokens: list[Json] = field(default_factory=_tokens)
    users: list[Json] = field(default_factory=_admin)
    groups: list[Json] = field(default_factory=list)
    categories: list[Json] = field(default_factory=list)
    integrations: list[Json] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def mint(self) -> int:
        """A new number, never used twice."""
        self.serial += 1
        return self.serial

    def person(self, key: str) -> Json | None:
        """The person with this id."""
        return next((user for user in self.users if user["id"] == key), None)

    def group(self, key: str) -> Json | None:
        """The group with this id."""
        return next((group for group in self.groups if group["id"] == key), None)

    def category(self, key: int) -> Json | None:
        """The category with this id."""
        return next((category for category in self.categories if category["id"] == key), None)

    def integration(self, key: int) -> Json | None:
        """The integration with this id, unless it is deleted."""
        return next((one for one in self.integrations if one["id"] == key and one["status"] != 3), None)

    def children(self, key: int) -> list[Json]:
        """The categories directly below one, or at the top for 0."""
        return [category for category in self.categories if category["parent"] == key]

    def full_name(self, category: Json) -> str:
        """The titles from the top, joined by `>`."""
        above = self.category(category["parent"])
        name = str(category["name"])
        return f"{self.full_name(above)}>{name}" if above else name

    def named(self, full_name: str) -> Json | None:
        """The category with this whole name."""
        found = (category for category in self.categories if self.full_name(category) == full_name)
        return next(found, None)
