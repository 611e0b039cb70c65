"""The tree of categories of the simulated Kaltura account (Kaltura API, category)."""

from __future__ import annotations

import re

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Call, Json
from reconciler.sandbox.kaltura import listing, sessions
from reconciler.sandbox.kaltura.errors import refuse
from reconciler.sandbox.kaltura.properties import NUMBER, READ_NUMBER, READ_TEXT, TEXT, Property, choice, take
from reconciler.sandbox.kaltura.store import Kaltura
from reconciler.sandbox.kaltura.users import add as add_user

LONGEST = 200
FORBIDDEN = "<>,"
INHERIT, MANUAL = 1, 2
CONTEXT = re.compile(r"[a-zA-Z0-9]{4,}")
CATEGORY: dict[str, Property] = {
    "id": READ_NUMBER,
    "parentId": NUMBER,
    **dict.fromkeys(
        ("depth", "partnerId", "entriesCount", "directEntriesCount", "createdAt", "updatedAt", "membersCount",
         "pendingMembersCount", "inheritedParentId", "directSubCategoriesCount", "pendingEntriesCount"),
        READ_NUMBER,
    ),
    **dict.fromkeys(("fullName", "fullIds", "privacyContexts"), READ_TEXT),
    **dict.fromkeys(
        ("name", "description", "tags", "owner", "referenceId", "privacyContext", "partnerData",
         "defaultOrderBy", "adminTags"), TEXT,
    ),
    "appearInList": choice(1, 3),
    "privacy": choice(1, 2, 3),
    "inheritanceType": choice(INHERIT, MANUAL),
    "userJoinPolicy": choice(1, 2, 3, fixed="read"),
    "defaultPermissionLevel": choice(0, 1, 2, 3, 4),
    "contributionPolicy": choice(1, 2),
    "moderation": Property("nullable"),
    "status": choice(1, 2, 3, 4, fixed="read"),
    "partnerSortValue": NUMBER,
}  # fmt: skip
DEFAULTS = {
    "appearInList": 1,
    "inheritanceType": MANUAL,
    "privacy": 1,
    "contributionPolicy": 1,
    "defaultPermissionLevel": 3,
}
WITHOUT_CONTEXT = {
    "appearInList": "APPEAR_IN_LIST",
    "inheritanceType": "INHERITANCE_TYPE",
    "privacy": "PRIVACY",
    "owner": "OWNER",
    "contributionPolicy": "CONTIRUBUTION_POLICY",
    "defaultPermissionLevel": "DEFAULT_PERMISSION_LEVEL",
}
"""What a property is called where it is refused for want of a privacy context; so spelled by the vendor."""


def find(call: Call, key: object) -> Json:
    """The category with this id, if the session may see it. Refuses CATEGORY_NOT_FOUND."""
    store = call.world.kaltura
    category = store.category(int(str(key)) if str(key).isdecimal() else 0)
    if category is None or not _visible(call, category):
        raise refuse("CATEGORY_NOT_FOUND", ID=key)
    return category


def _visible(call: Call, category: Json) -> bool:
    """Sessions that are held to entitlement see nothing that has a privacy context."""
    return not (sessions.of(call).entitled and contexts(call.world.kaltura, category))


def contexts(store: Kaltura, category: Json | None) -> str:
    """The privacy context of a category, or of the nearest one above it that has any."""
    while category is not None:
        if own := category["fields"].get("privacyContext"):
            return str(own)
        category = store.category(category["parent"])
    return ""


def add(call: Call) -> Json:
    """category.add"""
    store = call.world.kaltura
    given = take("KalturaCategory", call.body["category"], CATEGORY)
    parent = given.pop("parentId", 0) or 0
    if parent and store.category(parent) is None:
        raise refuse("PARENT_CATEGORY_NOT_FOUND", ID=parent)
    at = int(call.now.timestamp())
    category: Json = {"id": 0, "parent": parent, "name": "", "fields": {}, "created": at, "updated": at}
    _check(call, category, given)
    category["id"] = store.mint()
    _set(category, given)
    store.categories.append(category)
    return show(category, store)


def update(call: Call) -> Json:
    """category.update: a category moves by an action of its own."""
    store = call.world.kaltura
    category = find(call, call.body["id"])
    given = take("KalturaCategory", call.body["category"], CATEGORY, show(category, store))
    if unknowns.KALTURA_UPDATE_MOVES_NOT and given.pop("parentId", category["parent"]) != category["parent"]:
        raise refuse("PROPERTY_VALIDATION_NOT_UPDATABLE", PROP_NAME="KalturaCategory::parentId")
    _check(call, category, given)
    _set(category, given)
    category["updated"] = int(call.now.timestamp())
    return show(category, store)


def _check(call: Call, category: Json, given: Json) -> None:
    """Refuse names the vendor does not take, and what needs a privacy context where there is none."""
    store = call.world.kaltura
    sent = call.sent.get("category", given).get("name")
    name = str(category["name"] if sent is None else sent).strip()
    _check_name(name)
    _check_path(store, category, category["parent"], name)
    given["name"] = str(given.get("name", category["name"])).strip()
    for context in filter(None, str(given.get("privacyContext") or "").split(",")):
        if not CONTEXT.fullmatch(context):
            raise refuse("PRIVACY_CONTEXT_INVALID_STRING", PRIVACY_CONTEXT=context)
    fields = {**category["fields"], **given}
    if not contexts(store, {**category, "fields": fields}):
        for field, spelled in WITHOUT_CONTEXT.items():
            if fields.get(field) not in (None, "", DEFAULTS.get(field)):
                raise refuse(f"CANNOT_SET_{spelled}_FIELD_WITH_NO_PRIVACY_CONTEXT")
    if fields.get("inheritanceType") == INHERIT:
        own = given.get("owner") or "defaultPermissionLevel" in given
        if own or not category["parent"]:
            raise refuse("INVALID_FIELD_VALUE", FIELD_NAME="owner" if own else "inheritanceType")
    _make_owner(call, category, given)


def _check_name(name: str) -> None:
    if not name or len(name) > LONGEST:
        bound = "MIN" if not name else "MAX"
        raise refuse(f"PROPERTY_VALIDATION_{bound}_LENGTH", PROP_NAME="KalturaCategory::name")
    if any(mark in name for mark in FORBIDDEN):
        raise refuse("INVALID_FIELD_VALUE", FIELD_NAME="name")


def _check_path(store: Kaltura, category: Json, parent: int, name: str) -> None:
    for other in store.children(parent):
        if other["name"].casefold() == name.casefold() and other is not category:
            raise refuse("DUPLICATE_CATEGORY", CATEGORY=store.full_name(other))


def _make_owner(call: Call, category: Json, given: Json) -> None:
    """Whoever gives a category a context without an owner owns it; an owner nobody knows is made."""
    own = category["fields"].get("owner")
    if given.get("privacyContext") and not (given.get("owner") or own):
        given["owner"] = sessions.of(call).user
    if (owner := given.get("owner")) and call.world.kaltura.person(owner) is None:
        sent, call.body = call.body, {"user": {"id": owner}}
        add_user(call)
        call.body = sent


def _set(category: Json, given: Json) -> None:
    category["name"] = given.pop("name")
    category["fields"] |= given


def delete(call: Call) -> None:
    """category.delete: everything below goes with it."""
    store = call.world.kaltura
    category = find(call, call.body["id"])
    gone = [category]
    for one in gone:
        gone += store.children(one["id"])
    at = call.now.isoformat()
    for one in gone:
        call.world.bury("kaltura category", str(one["id"]), one["name"], how="delete", by="api", at=at)
    store.categories = [one for one in store.categories if one not in gone]


def move(call: Call) -> bool:
    """category.move: below another one, or to the top for 0."""
    store = call.world.kaltura
    target = int(str(call.sent["targetCategoryParentId"]))
    if target and store.category(target) is None:
        raise refuse("PARENT_CATEGORY_NOT_FOUND", ID=target)
    for key in str(call.body["categoryIds"]).split(","):
        category = find(call, key)
        above = store.category(target)
        while above is not None:
            if above is category:
                raise refuse("CANNOT_MOVE_CATEGORY_TO_ITSELF")
            above = store.category(above["parent"])
        _check_path(store, category, target, category["name"])
        if "targetCategoryParentId" in call.body:
            category["parent"] = target
    return True


def get(call: Call) -> Json:
    """category.get"""
    return show(find(call, call.body["id"]), call.world.kaltura)


def list_all(call: Call) -> Json:
    """category.list"""
    store, asked = call.world.kaltura, listing.filter_of(call)
    ids, names = listing.among(asked, "id"), listing.among(asked, "fullName")
    references, parents = listing.among(asked, "referenceId"), listing.among(asked, "parentId")
    wanted = [
        category
        for category in store.categories
        if _visible(call, category)
        and (ids is None or str(category["id"]) in ids)
        and (names is None or store.full_name(category) in names)
        and (references is None or category["fields"].get("referenceId") in references)
        and (parents is None or str(category["parent"]) in parents)
    ]
    return listing.cut(
        call,
        "KalturaCategory",
        wanted,
        lambda category: show(category, store),
        pagerless=listing.WITHOUT_PAGER,
    )


def show(category: Json, store: Kaltura) -> Json:
    """KalturaCategory."""
    above, ids = store.category(category["parent"]), [str(category["id"])]
    while above is not None:
        ids.insert(0, str(above["id"]))
        above = store.category(above["parent"])
    return {
        "objectType": "KalturaCategory",
        "id": category["id"],
        "parentId": category["parent"],
        "depth": len(ids) - 1,
        "partnerId": store.partner_id,
        "name": category["name"],
        "fullName": store.full_name(category),
        "fullIds": ">".join(ids),
        "entriesCount": category.get("entries", 0),
        "directEntriesCount": category.get("entries", 0),
        "directSubCategoriesCount": len(store.children(category["id"])),
        "privacyContexts": contexts(store, category) or None,
        "status": 2,
        "createdAt": category["created"],
        "updatedAt": category["updated"],
        "userJoinPolicy": 3,
        **DEFAULTS,
        **category["fields"],
    }
