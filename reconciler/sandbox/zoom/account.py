"""Zoom's account, read: domains, seats and roles (Zoom API reference, Accounts and Billing)."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.paging import QUERY, cut_page
from reconciler.sandbox.zoom.group_members import show_member
from reconciler.sandbox.zoom.settings import check_account
from reconciler.sandbox.zoom.users import ROLE_NAMES, licensed_in_use

ROLE_MEMBERS_CAP = 300
# What is told where the contract names no number of seats.
MANY_SEATS = 100_000


def list_managed_domains(call: Call) -> Answer:
    """The domains whose people belong to the account; no call changes them."""
    check_account(call)
    domains = [{"domain": name, "status": "verified"} for name in call.world.account.managed_domains]
    return Answer(body={"domains": domains, "total_records": len(domains)})


def list_trusted_domains(call: Call) -> Answer:
    """The domains trusted by the account."""
    check_account(call)
    return Answer(body={"trusted_domains": call.world.account.trusted_domains})


def get_plan_usage(call: Call) -> Answer:
    """Seats bought and used."""
    check_account(call)
    people = call.world.users.values()
    pending = sum(user.status == "pending" and user.type == 2 for user in people)
    base = {
        "type": call.world.account.plan,
        "hosts": call.world.account.seats.get("licensed") or MANY_SEATS,
        "usage": licensed_in_use(call.world) - pending,
        "active_hosts": sum(user.status == "active" and user.type == 2 for user in people),
        "pending": pending,
    }
    return Answer(
        body={"plan_base": base, "plan_large_meeting": [], "plan_webinar": [], "plan_zoom_events": []}
    )


def _show_role(call: Call, role_id: str) -> Json:
    members = sum(user.role_id == role_id for user in call.world.users.values())
    name = ROLE_NAMES[role_id]
    return {"id": role_id, "name": name, "description": "", "type": "common", "total_members": members}


def list_roles(call: Call) -> Answer:
    """All roles; there is no paging."""
    roles = [_show_role(call, role_id) for role_id in ROLE_NAMES]
    return Answer(body={"total_records": len(roles), "roles": roles})


def find_role(call: Call) -> str:
    """The role id in the path. Refuses 1034 for none, which is an HTTP 400."""
    if call.path["roleId"] not in ROLE_NAMES:
        raise Refusal(400, 1034, f"Role does not exist: {call.path['roleId']}.")
    return call.path["roleId"]


def get_role(call: Call) -> Answer:
    """One role with its privileges."""
    role_id = find_role(call)
    privileges = ["User:Read", "User:Edit"] if role_id in "01" else []
    return Answer(body={**_show_role(call, role_id), "privileges": privileges})


def list_role_members(call: Call) -> Answer:
    """The people of a role."""
    role_id = find_role(call)
    people = [user for user in call.world.users.values() if user.role_id == role_id]
    return Answer(body=cut_page(call, "members", people, show_member, ROLE_MEMBERS_CAP))


ACCOUNT = ("account:read:admin", "account:write:admin")

OPERATIONS = (
    Operation(
        "GET /accounts/{accountId}/managed_domains", "read", list_managed_domains, "LIGHT",
        ("account:read:managed_domains:master", *ACCOUNT),
    ),
    Operation(
        "GET /accounts/{accountId}/trusted_domains", "read", list_trusted_domains, "LIGHT",
        ("account:read:trusted_domains:master", *ACCOUNT),
    ),
    Operation(
        "GET /accounts/{accountId}/plans/usage", "read", get_plan_usage, "HEAVY",
        ("billing:read:plan_usage:admin", "billing:read:plan_usage:master", "billing:read:admin"),
    ),
    Operation(
        "GET /roles", "read", list_roles, "MEDIUM", ("role:read:list_roles:admin", "role:read:admin"),
        frozenset({"type"}),
    ),
    Operation(
        "GET /roles/{roleId}", "read", get_role, "LIGHT", ("role:read:role:admin", "role:read:admin")
    ),
    Operation(
        "GET /roles/{roleId}/members", "read", list_role_members, "MEDIUM",
        ("role:read:list_members:admin", "role:read:admin"), QUERY,
    ),
)  # fmt: skip
