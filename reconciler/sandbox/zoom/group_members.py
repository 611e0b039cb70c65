"""Members and admins of Zoom groups: batches, silent skips, primary group (Zoom API reference, Groups)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.paging import QUERY, cut_page
from reconciler.sandbox.shapes import many, one_of, record, text
from reconciler.sandbox.world import Group, User
from reconciler.sandbox.zoom.groups import find_group

MEMBERS_CAP = 2000
ADMINS_CAP = 300
PERSON = record({"id": text(), "email": text()})
READ = ("group:read:list_members:admin", "group:read:admin", "group:write:admin")


def show_member(user: User) -> Json:
    """What a member list tells about a person."""
    return {
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "type": user.type,
    }


def list_members(call: Call) -> Answer:
    """Members in the order of joining; people who have not accepted their invitation are not shown."""
    group = find_group(call.world, call.path["groupId"])
    members = [call.world.users[member_id] for member_id in group.member_ids]
    members = [user for user in members if user.status != "pending"]
    return Answer(body=cut_page(call, "members", members, show_member, MEMBERS_CAP))


def add_members(call: Call) -> Answer:
    """Take up to 30 people in; whoever is unknown or pending is passed over without a word."""
    group = find_group(call.world, call.path["groupId"])
    taken = []
    for user in _find_people(call, call.body.get("members", [])):
        joined = call.world.join(user, group)
        if joined or unknowns.ALREADY_MEMBER_IS_NAMED:
            taken.append(user)
    if taken:
        call.simulation.emit("group.member_added", _event(group, taken))
    return Answer(201, {"added_at": zulu(call.now), "ids": ",".join(user.id for user in taken)})


def _find_people(call: Call, named: list[Json]) -> list[User]:
    """Those of the people named who can be taken; an id wins over an address."""
    found = [call.world.find_user(item.get("id") or item.get("email", "")) for item in named]
    return [user for user in found if user is not None and user.status != "pending"]


def _event(group: Group, people: list[User]) -> Json:
    return {"id": group.id, "members": [{"id": user.id, "email": user.email} for user in people]}


def find_member(call: Call, group: Group) -> User:
    """The member the path names by id or address. Refuses 4131 for anybody else."""
    user = call.world.find_user(call.path["memberId"])
    if user is None or user.id not in group.member_ids:
        raise Refusal(404, 4131, "The member does not exist in this group.")
    return user


def remove_member(call: Call) -> Answer:
    """Take one person out."""
    group = find_group(call.world, call.path["groupId"])
    user = find_member(call, group)
    call.world.leave(user, group)
    call.simulation.emit("group.member_deleted", _event(group, [user]))
    return Answer(204)


def change_member(call: Call) -> Answer:
    """Move a member to another group, or make the path's group their primary one."""
    group = find_group(call.world, call.path["groupId"])
    user = find_member(call, group)
    if call.body.get("action") == "set_primary":
        user.group_ids.remove(group.id)
        user.group_ids.insert(0, group.id)
    elif call.body.get("action") == "move":
        target = find_group(call.world, call.body.get("target_group_id", ""))
        call.world.leave(user, group)
        call.world.join(user, target)
    return Answer(204)


def list_admins(call: Call) -> Answer:
    """A group's admins."""
    group = find_group(call.world, call.path["groupId"])
    admins = [call.world.users[admin_id] for admin_id in group.admin_ids]

    def show(user: User) -> Json:
        return {"email": user.email, "name": f"{user.first_name} {user.last_name}".strip()}

    return Answer(body=cut_page(call, "admins", admins, show, ADMINS_CAP))


def add_admins(call: Call) -> Answer:
    """Up to ten more admins."""
    group = find_group(call.world, call.path["groupId"])
    people = _find_people(call, call.body.get("admins", []))
    new = [user for user in people if user.id not in group.admin_ids]
    group.admin_ids.extend(user.id for user in new)
    return Answer(201, {"added_at": zulu(call.now), "ids": ",".join(user.id for user in new)})


def remove_admin(call: Call) -> Answer:
    """One admin less."""
    group = find_group(call.world, call.path["groupId"])
    user = call.world.find_user(call.path["userId"])
    if user is None or user.id not in group.admin_ids:
        raise Refusal(400, 4138, "The user is not an admin of this group.")
    group.admin_ids.remove(user.id)
    return Answer(204)


OPERATIONS = (
    Operation("GET /groups/{groupId}/members", "read", list_members, "MEDIUM", READ, QUERY),
    Operation(
        "POST /groups/{groupId}/members", "write", add_members, "MEDIUM",
        ("group:write:member:admin", "group:write:admin"),
        body=record({"members": many(PERSON, 30, 1)}, ("members",)),
    ),
    Operation(
        "DELETE /groups/{groupId}/members/{memberId}", "write", remove_member, "LIGHT",
        ("group:delete:member:admin", "group:write:admin"),
    ),
    Operation(
        "PATCH /groups/{groupId}/members/{memberId}", "write", change_member, "MEDIUM",
        ("group:update:member:admin", "group:write:admin"),
        body=record({"action": one_of("move", "set_primary"), "target_group_id": text()}, ("action",)),
    ),
    Operation(
        "GET /groups/{groupId}/admins", "read", list_admins, "MEDIUM",
        ("group:read:list_admins:admin", "group:read:admin", "group:write:admin"), QUERY,
    ),
    Operation(
        "POST /groups/{groupId}/admins", "write", add_admins, "MEDIUM",
        ("group:write:admin:admin", "group:write:admin"),
        body=record({"admins": many(PERSON, 10, 1)}, ("admins",)),
    ),
    Operation(
        "DELETE /groups/{groupId}/admins/{userId}", "write", remove_admin, "LIGHT",
        ("group:delete:admin:admin", "group:write:admin"),
    ),
)  # fmt: skip
