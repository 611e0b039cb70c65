"""What a simulated Moodle site holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.sandbox.calls import Json

TOKEN = "sandbox-moodle-token"
URL = "https://moodle.sandbox.example"
ADMIN_ID, FRONT_PAGE = 2, 1


def _admin() -> Json:
    return {
        "id": ADMIN_ID,
        "username": "admin",
        "firstname": "Admin",
        "lastname": "User",
        "email": "owner@example.edu",
        "auth": "manual",
        "suspended": False,
    }


@dataclass(slots=True)
class Site:
    """One site. Of people who were deleted `tombstones` stay; `cartridges` play the web beyond loopback.

    A token: `user_id`; `functions` of its service, None for all; `denied`, functions its user's role may not
    use; `expires_at`, seconds since the epoch, 0 for never. `down` is "", maintenance, cli, database, rest or
    services: what is off. `most_variables` is PHP's max_input_vars. `guards_fetches` blocks private hosts and
    odd ports for what the site fetches.
    """

    url: str = URL
    name: str = "Example Campus"
    users: list[Json] = field(default_factory=lambda: [_admin()])
    tombstones: list[Json] = field(default_factory=list)
    cohorts: list[Json] = field(default_factory=list)
    tool_types: list[Json] = field(default_factory=list)
    activities: list[Json] = field(default_factory=list)
    courses: list[Json] = field(default_factory=list)
    enrolments: list[Json] = field(default_factory=list)
    tokens: dict[str, Json] = field(default_factory=lambda: {TOKEN: {"user_id": ADMIN_ID}})
    cartridges: dict[str, Json] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=lambda: {"users": ADMIN_ID, "courses": FRONT_PAGE})
    down: str = ""
    most_variables: int = 1000
    guards_fetches: bool = True
    debugging: bool = False

    @property
    def picture(self) -> str:
        """Where the picture of whoever has none of their own lies."""
        return f"{self.url}/theme/image.php/boost/core/1/u/f1"

    def mint(self, table: str) -> int:
        """The next id of a table; ids are never used twice."""
        self.serials[table] = self.serials.get(table, 0) + 1
        return self.serials[table]
