"""Groups of the simulated Kaltura account and who is in them (Kaltura API, group and groupUser)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Call, Json
from reconciler.sandbox.kaltura import listing
from reconciler.sandbox.kaltura.errors import refuse
from reconciler.sandbox.kaltura.properties import READ_NUMBER, TEXT, Property, choice, take
from reconciler.sandbox.kaltura.store import Kaltura
from reconciler.sandbox.kaltura.users import BASE, check_id

MOST_GROUPS = 1024
GROUP: dict[str, Property] = {
    **BASE,
    "membersCount": READ_NUMBER,
    "processStatus": choice(0, 1),
    "groupType": choice(1, 2),
}
MEMBER: dict[str, Property] = {
    "id": READ_NUMBER,
    "userId": Property("text", "insert"),
    "groupId": Property("text", "insert"),
    "status": choice(0, 1, fixed="read"),
    "creationMode": choice(1, 2, fixed="insert"),
    "userRole": choice(1, 2),
    "groupType": READ_NUMBER,
    "partnerData": TEXT,
}


def find(store: Kaltura, key: object) -> Json:
    """The group with this id. Refuses INVALID_GROUP_ID, which does not say which."""
    group = store.group(str(key))
    if group is None:
        raise refuse("INVALID_GROUP_ID")
    return group


def add(call: Call) -> Json:
    """group.add: people and groups share their ids."""
    store = call.world.kaltura
    given = take("KalturaGroup", call.body["group"], GROUP)
    key = given.pop("id", "")
    check_id(store, key)
    group = new_group(store, key, int(call.now.timestamp()), {"screenName": key, **given})
    return show(group, store)


def new_group(store: Kaltura, key: str, at: int, fields: Json) -> Json:
    """A group that nobody is in yet."""
    group: Json = {"id": key, "fields": fields, "members": [], "created": at, "updated": at}
    store.groups.append(group)
    return group


def update(call: Call) -> Json:
    """group.update"""
    store = call.world.kaltura
    group = find(store, call.body["groupId"])
    given = take("KalturaGroup", call.body["group"], GROUP, show(group, store))
    key = given.pop("id", None)
    if key and key != group["id"]:
        check_id(store, key)
        group["id"] = key
    group["fields"] |= given
    group["updated"] = int(call.now.timestamp())
    return show(group, store)


def delete(call: Call) -> Json:
    """group.delete"""
    store = call.world.kaltura
    group = find(store, call.body["groupId"])
    store.groups.remove(group)
    at = call.now.isoformat()
    call.world.bury("kaltura group", group["id"], group["id"], how="delete", by="api", at=at)
    return {**show(group, store), "status": 2}


def get(call: Call) -> Json:
    """group.get"""
    return show(find(call.world.kaltura, call.body["groupId"]), call.world.kaltura)


def list_all(call: Call) -> Json:
    """group.list"""
    store, ids = call.world.kaltura, listing.among(listing.filter_of(call), "id")
    wanted = [group for group in store.groups if ids is None or group["id"] in ids]
    return listing.cut(call, "KalturaGroup", wanted, lambda group: show(group, store))


def show(group: Json, store: Kaltura) -> Json:
    """KalturaGroup."""
    return {
        "objectType": "KalturaGroup",
        "id": group["id"],
        "partnerId": store.partner_id,
        "status": 1,
        "groupType": 1,
        "membersCount": len(group["members"]),
        "createdAt": group["created"],
        "updatedAt": group["updated"],
        **group["fields"],
    }


def add_member(call: Call) -> Json:
    """groupUser.add"""
    store = call.world.kaltura
    given = take("KalturaGroupUser", call.sent["groupUser"], MEMBER)
    person, group = store.person(given.get("userId", "")), store.group(given.get("groupId", ""))
    if person is None:
        raise refuse("USER_NOT_FOUND")
    if group is None:
        raise refuse("GROUP_NOT_FOUND")
    if person["id"] in group["members"]:
        raise refuse("GROUP_USER_ALREADY_EXISTS")
    if sum(person["id"] in other["members"] for other in store.groups) >= MOST_GROUPS:
        raise refuse("USER_EXCEEDED_MAX_GROUPS")
    if "groupUser" in call.body:
        group["members"].append(person["id"])
    return _shown(_membership(group, person["id"], store))


def delete_member(call: Call) -> None:
    """groupUser.delete"""
    store, user, key = call.world.kaltura, str(call.body["userId"]), str(call.body["groupId"])
    group = store.group(key)
    if group is None or user not in group["members"]:
        raise refuse("GROUP_USER_DOES_NOT_EXISTS", USER=user, GROUP=key)
    group["members"].remove(user)


def list_members(call: Call) -> Json:
    """groupUser.list: only for people or groups that are named, and whom nobody knows is no error."""
    store, asked = call.world.kaltura, listing.filter_of(call)
    users, groups = listing.among(asked, "userId"), listing.among(asked, "groupId")
    if users is None and groups is None:
        raise refuse(unknowns.KALTURA_UNFILTERED_MEMBERS)
    wanted = [
        _membership(group, member, store)
        for group in store.groups
        for member in group["members"]
        if (groups is None or group["id"] in groups) and (users is None or member in users)
    ]
    return listing.cut(call, "KalturaGroupUser", wanted, _shown)


def _membership(group: Json, user: str, store: Kaltura) -> Json:
    return {
        "objectType": "KalturaGroupUser",
        "id": f"{user}|{group['id']}",
        "userId": user,
        "groupId": group["id"],
        "status": 0,
        "partnerId": store.partner_id,
        "creationMode": 1,
        "userRole": 1,
        "created": group["created"],
        "updated": group["updated"],
    }


def _shown(member: Json) -> Json:
    return {name: value for name, value in member.items() if name not in ("created", "updated")}
