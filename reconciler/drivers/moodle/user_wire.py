"""A Moodle account as JSON and as our User, and what is wrong with one that Moodle refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.objects import Live
from reconciler.resources.base import OMITTED, unchecked
from reconciler.resources.user import User

WireUser = dict[str, Any]

WIRE: Mapping[str, str] = {
    "login": "username",
    "sis_id": "idnumber",
    "email": "email",
    "first_name": "firstname",
    "last_name": "lastname",
    "department": "department",
    "company": "institution",
    "location": "city",
    "language": "lang",
    "timezone": "timezone",
}
"""Our fields and what the core_user functions call them."""
SITE_ZONE = "99"
"""How Moodle stores that a person's time zone is the site's."""
LOGIN = re.compile(r"[a-z0-9._@-]+")
GUEST = "guest"


def login_of(name: str, user: User) -> str:
    """What a person signs in with: the login where there is one, else the handle; in lower case."""
    return (user.login if isinstance(user.login, str) else name).casefold()


def sis_id_of(user: User) -> str:
    """The SIS id without regard to case, "" where none is declared."""
    return user.sis_id.casefold() if isinstance(user.sis_id, str) else ""


def is_deleted(wire: WireUser) -> bool:
    """True for a tombstone: a look-up by id still shows it, with a digest in place of the e-mail."""
    return bool(wire["email"]) and "@" not in wire["email"]


def to_wire(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Our fields as the functions take them; what is cleared is empty, a time zone the site's."""
    made = {WIRE[name]: value for name, value in fields.items() if name in WIRE and value is not OMITTED}
    return {
        name: (SITE_ZONE if name == "timezone" else "") if value is None else value
        for name, value in made.items()
    }


def to_live(wire: WireUser, own: int, *, bare: bool = False) -> Live[User]:
    """One account; `own` is the token's user. `bare` leaves out what is not set."""
    fields: dict[str, Any] = {name: wire.get(key) or None for name, key in WIRE.items()}
    if fields["timezone"] == SITE_ZONE:
        fields["timezone"] = None
    fields["active"] = not wire["suspended"]
    if bare:
        fields = {
            name: value for name, value in fields.items() if value is not None and value != (name == "active")
        }
    login, email = str(wire["username"]), str(wire["email"])
    keys = {"login": login.casefold(), "email": email.casefold()}
    if wire.get("idnumber"):
        keys["sis_id"] = str(wire["idnumber"]).casefold()
    return Live(
        remote_id=str(wire["id"]),
        resource=unchecked(User, fields),
        keys=keys,
        label=str(wire["fullname"]),
        owner=wire["id"] == own,
    )


def faults(wire: Mapping[str, Any]) -> Iterator[str]:
    """What of an account that was sent Moodle takes from nobody."""
    if "username" in wire and not LOGIN.fullmatch(str(wire["username"])):
        yield f"the login {wire['username']!r} may hold only lower-case letters, digits and . _ @ -"
    for name in ("firstname", "lastname"):
        if name in wire and not str(wire[name]).strip():
            yield f"{name} is empty"
        elif "<" in str(wire.get(name, "")):
            yield f"{name} holds a `<`"
