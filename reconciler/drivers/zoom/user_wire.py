"""People as Zoom writes them: field names, licence numbers, and a live user read from the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.drivers.zoom.api import WireUser
from reconciler.model.objects import Condition, Live
from reconciler.resources.base import unchecked
from reconciler.resources.user import User

OWNER_ROLE = "0"
TYPES: Mapping[int, str] = {1: "basic", 2: "licensed", 3: "on_prem", 4: "none", 99: "none"}
"""Zoom API reference, users: `type`; 3 is read from older accounts."""
NUMBERS: Mapping[str, int] = {"basic": 1, "licensed": 2, "on_prem": 3, "none": 4}

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


def email_of(user: User) -> str:
    """The e-mail as it is compared, "" if none is declared."""
    return user.email.casefold() if isinstance(user.email, str) else ""


def to_live(
    wire: WireUser,
    wanted: User | None,
    *,
    detailed: bool,
    settings: Mapping[str, bool | str] | None = None,
) -> Live[User]:
    """A user as read. Spelled as declared where only that differs: case of the e-mail, a derived name."""
    fields: dict[str, Any] = {name: wire.get(key) for name, key in LISTED.items()}
    if detailed:
        fields |= {name: wire.get(key) for name, key in DETAILED.items()}
    if settings is not None:
        fields["settings"] = settings
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
