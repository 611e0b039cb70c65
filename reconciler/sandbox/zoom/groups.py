"""Zoom groups: list, get, create, rename, delete (Zoom API reference, Groups)."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.paging import cut_page
from reconciler.sandbox.shapes import record, text
from reconciler.sandbox.world import Group, World
from reconciler.sandbox.zoom.limits import GROUPS_A_DAY, count_today

LIST_CAP = 300
MOST_GROUPS = 5000
NAME = record({"name": text(127)}, ("name",))


def find_group(world: World, group_id: str) -> Group:
    """The group with this id. Refuses 4130 for none."""
    if group_id not in world.groups:
        raise Refusal(404, 4130, f"A group with this {group_id} does not exist.")
    return world.groups[group_id]


def show(group: Group, world: World) -> Json:
    """What reads tell about a group; pending people are not counted."""
    settled = sum(world.users[member_id].status != "pending" for member_id in group.member_ids)
    return {"id": group.id, "name": group.name, "total_members": settled}


def check_name(world: World, name: str, own: Group | None = None) -> None:
    """Refuse an empty name, and one that another group has, whatever its case."""
    if not name.strip():
        raise Refusal(400, 300, "Invalid group name.")
    wanted = name.casefold()
    if any(group.name.casefold() == wanted for group in world.groups.values() if group is not own):
        raise Refusal(409, 4132, f"Group name {name} is already in use.")


def new_group(world: World, name: str, at: str) -> Group:
    """Store a group."""
    group = Group(id=world.mint("group"), name=name, created_at=at)
    world.groups[group.id] = group
    return group


def list_groups(call: Call) -> Answer:
    """All groups, oldest first."""
    groups = list(call.world.groups.values())
    return Answer(body=cut_page(call, "groups", groups, lambda group: show(group, call.world), LIST_CAP))


def get_group(call: Call) -> Answer:
    """One group."""
    return Answer(body=show(find_group(call.world, call.path["groupId"]), call.world))


def create_group(call: Call) -> Answer:
    """A new group; at most 100 a day and 5,000 in all, not on the free plan."""
    world, name = call.world, call.sent["name"]
    if world.account.plan == "free":
        raise Refusal(400, 200, "Only available for paid accounts.")
    check_name(world, name)
    if len(world.groups) >= MOST_GROUPS:
        raise Refusal(400, 300, "The account has reached the maximum number of groups.")
    count_today(world, "groups", GROUPS_A_DAY, call.now, call.headers)
    group = new_group(world, call.body.get("name", ""), zulu(call.now))
    call.simulation.emit("group.created", show(group, world))
    return Answer(201, show(group, world))


def rename_group(call: Call) -> Answer:
    """Another name for a group."""
    group = find_group(call.world, call.path["groupId"])
    check_name(call.world, call.sent["name"], group)
    if "name" in call.body:
        old, group.name = group.name, call.body["name"]
        call.simulation.emit(
            "group.updated", {"id": group.id, "name": group.name}, old={"id": group.id, "name": old}
        )
    return Answer(204)


def delete_group(call: Call) -> Answer:
    """Remove a group; its members stay in the account."""
    group = find_group(call.world, call.path["groupId"])
    shown = show(group, call.world)
    call.world.remove_group(group, by="api", at=zulu(call.now))
    call.simulation.emit("group.deleted", shown)
    return Answer(204)


OPERATIONS = (
    Operation(
        "GET /groups", "read", list_groups, "MEDIUM",
        ("group:read:list_groups:admin", "group:read:admin", "group:write:admin"),
        frozenset({"page_size", "next_page_token"}),
    ),
    Operation(
        "POST /groups", "write", create_group, "LIGHT", ("group:write:group:admin", "group:write:admin"),
        body=NAME,
    ),
    Operation(
        "GET /groups/{groupId}", "read", get_group, "LIGHT",
        ("group:read:group:admin", "group:read:admin", "group:write:admin"),
    ),
    Operation(
        "PATCH /groups/{groupId}", "write", rename_group, "LIGHT",
        ("group:update:group:admin", "group:write:admin"), body=NAME,
    ),
    Operation(
        "DELETE /groups/{groupId}", "write", delete_group, "LIGHT",
        ("group:delete:group:admin", "group:write:admin"),
    ),
)  # fmt: skip
