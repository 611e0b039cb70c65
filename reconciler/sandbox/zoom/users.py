"""Zoom users, read: list, get, summary, and what else tells about people (Zoom API reference, Users)."""

from __future__ import annotations

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.paging import QUERY, cut_page
from reconciler.sandbox.world import User, World

STATUSES = ("active", "inactive", "pending")
ROLE_NAMES = {"0": "Owner", "1": "Admin", "2": "Member"}
LIST_CAP = 2000


def find_person(world: World, key: str) -> User:
    """The person with this id or address.

    Refuses 1001 for nobody of this account, and 1120 for somebody whose invitation has expired.
    """
    user = world.find_user(key)
    if user is None:
        raise Refusal(404, 1001, f"User does not exist: {key}.")
    if user.invitation == "expired":
        raise Refusal(400, 1120, "The invitation link has expired or does not exist.")
    return user


def find_settled(world: World, key: str, refusal: tuple[int, int, str]) -> User:
    """The person, who must have accepted their invitation; `refusal` is said of pending people."""
    user = find_person(world, key)
    if user.status == "pending":
        raise Refusal(*refusal)
    return user


def name_of(user: User) -> str:
    """The display name: the one set, or the one Zoom derives."""
    return user.display_name or f"{user.first_name} {user.last_name}".strip() or user.email


def is_managed(world: World, email: str) -> bool:
    """Whether an address lies in a managed (associated) domain of the account."""
    return email.rpartition("@")[2].casefold() in map(str.casefold, world.account.managed_domains)


def licensed_in_use(world: World) -> int:
    """Licensed seats taken, those of pending people included."""
    return sum(user.type == 2 and user.status != "inactive" for user in world.users.values())


def basic_in_use(world: World) -> int:
    """Basic seats taken."""
    return sum(user.type == 1 and user.status != "inactive" for user in world.users.values())


def show_in_list(user: User) -> Json:
    """What a list tells about a person; a pending person has no id."""
    shown: Json = {} if user.status == "pending" else {"id": user.id}
    shown |= {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": name_of(user),
        "email": user.email,
        "type": user.type,
        "pmi": user.pmi,
        "timezone": user.timezone,
        "verified": int(user.status != "pending"),
        "dept": user.dept,
        "created_at": user.created_at,
        "user_created_at": user.created_at,
        "role_id": user.role_id,
        "status": user.status,
        "group_ids": user.group_ids,
        "im_group_ids": [],
        "division_ids": user.division_ids,
    }
    if user.employee_unique_id:
        shown["employee_unique_id"] = user.employee_unique_id
    if user.plan_united_type:
        shown["plan_united_type"] = user.plan_united_type
    return shown


def show_whole(user: User, world: World, call: Call) -> Json:
    """What one GET tells about a person."""
    shown = show_in_list(user) | {
        "account_id": world.account.id,
        "account_number": 5_000_000_001,
        "role_name": ROLE_NAMES.get(user.role_id, "Member"),
        "company": user.company,
        "job_title": user.job_title,
        "location": user.location,
        "cost_center": user.cost_center,
        "manager": user.manager,
        "language": user.language,
        "login_types": user.login_types,
        "phone_numbers": [{"verified": False, **number} for number in user.phone_numbers],
        "personal_meeting_url": f"https://sandbox.zoom.example/j/{user.pmi}",
        "vanity_url": f"https://sandbox.zoom.example/my/{user.vanity_name}" if user.vanity_name else "",
        "use_pmi": user.use_pmi,
        "pic_url": "",
        "jid": f"{user.id.lower()}@xmpp.zoom.example",
        "cluster": "us01",
        "pronouns": user.pronouns,
        "pronouns_option": user.pronouns_option,
        "zoom_one_type": user.zoom_one_type,
        "cms_user_id": user.cms_user_id,
        "custom_attributes": user.custom_attributes,
        "license_info_list": user.license_info_list,
    }
    if user.status == "pending":
        shown["created_at"] = shown["user_created_at"] = zulu(call.now)
        del shown["jid"]
    return shown


def list_users(call: Call) -> Answer:
    """People of one status (default active), oldest first. An expired invitation is in no list."""
    status = call.query.get("status", "active")
    if status not in STATUSES:
        raise Refusal(400, 300, "Invalid field: status.")
    role = call.query.get("role_id")
    people = [
        user
        for user in call.world.users.values()
        if user.status == status and user.invitation != "expired" and role in (None, user.role_id)
    ]
    extras = call.query.get("include_fields", "").split(",")

    def show(user: User) -> Json:
        shown = show_in_list(user)
        if "custom_attributes" in extras:
            shown["custom_attributes"] = user.custom_attributes
        if "host_key" in extras:
            shown["host_key"] = user.host_key
        return shown

    return Answer(body=cut_page(call, "users", people, show, LIST_CAP))


def get_user(call: Call) -> Answer:
    """One person by id or address."""
    return Answer(body=show_whole(find_person(call.world, call.path["userId"]), call.world, call))


def check_email(call: Call) -> Answer:
    """Whether a work-email login with this address exists; SSO people report false."""
    user = call.world.find_user(call.query.get("email", ""))
    return Answer(body={"existed_email": user is not None and 100 in user.login_types})


def summarise(call: Call) -> Answer:
    """Counts of people by licence."""
    people = call.world.users.values()
    return Answer(
        body={
            "licensed_users_count": sum(user.type == 2 and user.status == "active" for user in people),
            "basic_users_count": sum(user.type == 1 and user.status == "active" for user in people),
            "on_prem_users_count": 0,
            "room_users_count": 0,
            "pending_users_count": sum(
                user.status == "pending" and user.invitation != "expired" for user in people
            ),
            "join_only_users_count": sum(user.type == 4 for user in people),
            "total_users_count": len(people),
        }
    )


def get_permissions(call: Call) -> Answer:
    """The permissions of a person's role."""
    user = find_person(call.world, call.path["userId"])
    granted = ["User:Read", "User:Edit", "Group:Read", "Group:Edit"] if user.role_id in "01" else []
    return Answer(body={"permissions": granted})


def list_assistants(call: Call) -> Answer:
    """Who may schedule for a person: nobody here."""
    find_person(call.world, call.path["userId"])
    return Answer(body={"assistants": []})


def list_schedulers(call: Call) -> Answer:
    """For whom a person may schedule: nobody here."""
    find_person(call.world, call.path["userId"])
    return Answer(body={"schedulers": []})


LIST_SCOPES = ("user:read:list_users:admin", "user:read:admin", "user:write:admin")
READ_SCOPES = ("user:read:user:admin", "user:read:admin", "user:write:admin")

OPERATIONS = (
    Operation(
        "GET /users", "read", list_users, "MEDIUM", LIST_SCOPES,
        QUERY | {"status", "role_id", "include_fields", "license"},
    ),
    Operation(
        "GET /users/{userId}", "read", get_user, "LIGHT", READ_SCOPES,
        frozenset({"login_type", "encrypted_email", "search_by_unique_id"}),
    ),
    Operation(
        "GET /users/email", "read", check_email, "LIGHT",
        ("user:read:email:admin", "user:read:admin", "user:write:admin"), frozenset({"email"}),
    ),
    Operation(
        "GET /users/summary", "read", summarise, "MEDIUM",
        ("user:read:summary:admin", "user:read:admin", "user:write:admin"),
    ),
    Operation(
        "GET /users/{userId}/permissions", "read", get_permissions, "MEDIUM",
        ("user:read:list_permissions:admin", "user:read:admin"),
    ),
    Operation(
        "GET /users/{userId}/assistants", "read", list_assistants, "MEDIUM",
        ("user:read:list_assistants:admin", "user:read:admin"),
    ),
    Operation(
        "GET /users/{userId}/schedulers", "read", list_schedulers, "MEDIUM",
        ("user:read:list_schedulers:admin", "user:read:admin"),
    ),
)  # fmt: skip
