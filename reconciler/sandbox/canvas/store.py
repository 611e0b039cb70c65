"""What one simulated Canvas holds: its root account, tools, people with logins, courses, registrations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.sandbox.calls import Json

TOKEN = "sandbox-canvas-token"
ADMIN: Json = {
    "id": 2,
    "name": "Olive Owner",
    "email": "owner@example.edu",
    "time_zone": "America/Denver",
    "status": "active",
    "logins": [
        {
            "id": 3,
            "unique_id": "olive",
            "sis_user_id": None,
            "integration_id": None,
            "workflow_state": "active",
        }
    ],
}
FEATURES = ("lti_registrations_page", "lti_registrations_next")
RIGHTS = ("lti", "users", "registrations", "courses", "roster")


@dataclass(slots=True)
class Canvas:
    """One Canvas. A person's `status` sums their logins up: active while one of them may sign in."""

    account: Json = field(
        default_factory=lambda: {"id": 1, "name": "Example University", "root_account_id": None}
    )
    tokens: dict[str, int] = field(default_factory=lambda: {TOKEN: 2})
    rights: list[str] = field(default_factory=lambda: list(RIGHTS))
    features: list[str] = field(default_factory=list)
    serial: int = 10
    level: float = 0.0
    leaked_at: float = 0.0
    requests: int = 0
    tools: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=lambda: [{**ADMIN, "logins": [dict(ADMIN["logins"][0])]}])
    courses: list[Json] = field(default_factory=list)
    enrollments: list[Json] = field(default_factory=list)
    registrations: list[Json] = field(default_factory=list)
    deployments: list[Json] = field(default_factory=list)

    def mint(self) -> int:
        """A new id, past what 53 bits hold exactly: JSON numbers of that size lose digits elsewhere."""
        self.serial += 1
        return 10_000_000_000_000_000 + self.serial

    def opaque(self, what: str, number: int) -> str:
        """The 40 hexadecimal digits by which launches name a thing."""
        return hashlib.sha1(f"{what}:{number}".encode(), usedforsecurity=False).hexdigest()


def find(rows: Iterable[Json], number: object) -> Json | None:
    """The row with this id, as text or number."""
    return next((row for row in rows if str(row["id"]) == str(number)), None)
