"""People of the simulated Kaltura account: added, changed, blocked, deleted, listed (Kaltura API, user)."""

from __future__ import annotations

import re

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Call, Json
from reconciler.sandbox.kaltura import listing
from reconciler.sandbox.kaltura.errors import refuse
from reconciler.sandbox.kaltura.properties import (
    FLAG,
    NUMBER,
    READ_NUMBER,
    READ_TEXT,
    TEXT,
    Property,
    choice,
    take,
)
from reconciler.sandbox.kaltura.store import Kaltura

ID = re.compile(r"[A-Za-z0-9,!#$%&'*+?^_`{|}~.@-]{1,320}")
NAME_LENGTH = 40
BLOCKED, ACTIVE, DELETED = 0, 1, 2
STATUSES = {BLOCKED: "inactive", ACTIVE: "active"}
BASE: dict[str, Property] = {
    **dict.fromkeys(
        ("id", "screenName", "fullName", "email", "country", "state", "city", "zip", "thumbnailUrl",
         "description", "tags", "adminTags", "partnerData", "language"), TEXT,
    ),
    **dict.fromkeys(
        ("partnerId", "createdAt", "updatedAt", "storageSize", "lastLoginTime", "statusUpdatedAt",
         "deletedAt"), READ_NUMBER,
    ),
    "status": choice(BLOCKED, ACTIVE, DELETED),
}  # fmt: skip
USER: dict[str, Property] = {
    **BASE,
    **dict.fromkeys(("firstName", "lastName", "title", "company", "roleIds", "registrationInfo"), TEXT),
    **dict.fromkeys(("externalId", "password"), Property("text", "insert")),
    **dict.fromkeys(("isGuest", "isAccountOwner", "loginEnabled"), Property("flag", "insert")),
    "isAdmin": FLAG,
    "dateOfBirth": NUMBER,
    "roleNames": READ_TEXT,
    "encryptedSeed": READ_TEXT,
    "type": choice(0, 1, 2),
}


def find(store: Kaltura, key: object) -> Json:
    """The person with this id. Refuses INVALID_USER_ID."""
    person = store.person(str(key))
    if person is None:
        raise refuse("INVALID_USER_ID")
    return person


def check_id(store: Kaltura, key: str) -> None:
    """Refuse an id of other characters, and one that a person or a group has."""
    if not ID.fullmatch(key):
        raise refuse("INVALID_FIELD_VALUE", FIELD_NAME="id")
    if store.person(key) or store.group(key):
        raise refuse("DUPLICATE_USER_BY_ID", UID=key)


def add(call: Call) -> Json:
    """user.add"""
    store = call.world.kaltura
    given = take("KalturaUser", call.body["user"], USER)
    if given.get("externalId") and given.get("id"):
        raise refuse("ID_AND_EXTERNAL_ID_ARE_MUTUALLY_EXCLUSIVE")
    key = given.pop("id", None) or given.get("externalId") or ""
    check_id(store, key)
    at = int(call.now.timestamp())
    status = given.pop("status", ACTIVE)
    person: Json = {"id": key, "email": "", "status": STATUSES[status], "fields": {}, "owner": False}
    person |= {"created": at, "updated": at}
    _set(person, {"screenName": key, "firstName": key, **_split(given)})
    store.users.append(person)
    return show(person, store)


def update(call: Call) -> Json:
    """user.update"""
    store = call.world.kaltura
    person = find(store, call.body["userId"])
    given = take("KalturaUser", call.body["user"], USER, show(person, store))
    status = given.pop("status", None)
    if person["owner"] and status not in (None, ACTIVE):
        raise refuse("CANNOT_DELETE_OR_BLOCK_ROOT_ADMIN_USER")
    key = given.pop("id", None)
    if key and key != person["id"]:
        check_id(store, key)
        _rename(store, person["id"], key)
        person["id"] = key
    if status == DELETED:
        return _bury(call, person)
    if status is not None:
        person["status"] = STATUSES[status]
    _set(person, _split(given))
    person["updated"] = int(call.now.timestamp())
    return show(person, store)


def _split(given: Json) -> Json:
    """A whole name without a first one is split at its first space."""
    if given.get("fullName") and "firstName" not in given:
        first, _, last = given["fullName"].partition(" ")
        given = {**given, "firstName": first, "lastName": last}
    return {name: value for name, value in given.items() if name != "fullName"}


def _set(person: Json, given: Json) -> None:
    """What is too long is cut, and nobody is told."""
    for name, value in given.items():
        if name in ("firstName", "lastName") and value:
            value = value[:NAME_LENGTH]
        if name == "email":
            person["email"] = value or ""
        elif name != "password":
            person["fields"][name] = value


def _rename(store: Kaltura, old: str, new: str) -> None:
    for group in store.groups:
        group["members"] = [new if member == old else member for member in group["members"]]


def delete(call: Call) -> Json:
    """user.delete: the answer is the object as it was, deleted; its id is free again."""
    person = find(call.world.kaltura, call.body["userId"])
    if person["owner"]:
        raise refuse("CANNOT_DELETE_OR_BLOCK_ROOT_ADMIN_USER")
    return _bury(call, person)


def _bury(call: Call, person: Json) -> Json:
    remove(call.world.kaltura, person)
    at = call.now.isoformat()
    call.world.bury("kaltura user", person["id"], person["email"], how="delete", by="api", at=at)
    return {**show(person, call.world.kaltura), "status": DELETED}


def remove(store: Kaltura, person: Json) -> None:
    """Take a person out of the account and of every group."""
    store.users.remove(person)
    for group in store.groups:
        group["members"] = [member for member in group["members"] if member != person["id"]]


def get(call: Call) -> Json:
    """user.get"""
    return show(find(call.world.kaltura, call.body.get("userId")), call.world.kaltura)


def list_all(call: Call) -> Json:
    """user.list: groups are users, too, unless the filter says which type."""
    store, asked = call.world.kaltura, listing.filter_of(call)
    types, ids = listing.among(asked, "type"), listing.among(asked, "id")
    statuses = listing.among(asked, "status")
    found = [(0, person) for person in store.users] + [(1, group) for group in store.groups]
    wanted = [
        item
        for kind, item in found
        if (types is None or str(kind) in types)
        and (ids is None or item["id"] in ids)
        and (statuses is None or str(_status(item)) in statuses)
    ]
    return listing.cut(call, "KalturaUser", wanted, lambda item: show(item, store))


def _status(item: Json) -> int:
    return next(number for number, word in STATUSES.items() if word == item.get("status", "active"))


def show(person: Json, store: Kaltura) -> Json:
    """KalturaUser; of people beside what is stored the name as a whole."""
    fields = person["fields"]
    names = [fields.get("firstName"), fields.get("lastName")]
    return {
        "objectType": "KalturaUser",
        "id": person["id"],
        "partnerId": store.partner_id,
        "type": 1 if "members" in person else 0,
        "email": person.get("email") or None,
        "status": _status(person),
        "fullName": " ".join(filter(None, names)) or None,
        "isAccountOwner": unknowns.KALTURA_FLAG[person.get("owner", False)],
        "createdAt": person["created"],
        "updatedAt": person["updated"],
        **fields,
    }
