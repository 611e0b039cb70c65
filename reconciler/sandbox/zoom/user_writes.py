"""Zoom users, written: create, update, address, status, licences in bulk (Zoom API reference, Users)."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.clock import moment_of, zulu
from reconciler.sandbox.shapes import either, flag, many, one_of, record, text, whole
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import User, World
from reconciler.sandbox.zoom.limits import CREATIONS_A_DAY, count_today
from reconciler.sandbox.zoom.users import (
    basic_in_use,
    find_person,
    is_managed,
    licensed_in_use,
)

ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+"
TYPES = one_of(1, 2, 3, 4, 99)
ONE_LICENCE_FIELD = ("type", "plan_united_type", "zoom_one_type")
FEATURES = (
    "user_type", "concurrent_meeting", "large_meeting", "webinar", "zoom_events", "zoom_whiteboard",
    "plan_united_type", "zoom_one_type",
)  # fmt: skip

LICENCES = many(
    record({"license_type": text(), "license_option": either(whole(), text()), "subscription_id": text()}), 2
)
USER_INFO = record(
    {
        "email": text(128, pattern=ADDRESS),
        "type": TYPES,
        "first_name": text(64),
        "last_name": text(64),
        "display_name": text(128),
        "password": text(32, 8),
        "division_ids": many(text()),
        "feature": record({"zoom_phone": flag(), "zoom_one_type": whole()}),
        "plan_united_type": text(),
        "license_info_list": LICENCES,
    },
    ("email", "type"),
)
CREATE = record(
    {"action": one_of("create", "autoCreate", "custCreate", "ssoCreate"), "user_info": USER_INFO},
    ("action", "user_info"),
)
PHONE = record(
    {
        "code": text(),
        "country": text(),
        "label": one_of("Mobile", "Office", "Home", "Fax", ""),
        "number": text(),
    }
)
UPDATE = record(
    {
        "first_name": text(64),
        "last_name": text(64),
        "display_name": text(128),
        "type": TYPES,
        "dept": text(128),
        "job_title": text(128),
        "company": text(255),
        "location": text(256),
        "cost_center": text(128),
        "manager": text(128),
        "language": text(16),
        "timezone": text(64),
        "phone_numbers": many(PHONE, 3),
        "pmi": whole(10**9, 10**10 - 1),
        "use_pmi": flag(),
        "vanity_name": text(64),
        "host_key": text(pattern=r"\d{6,10}"),
        "pronouns": text(64),
        "pronouns_option": one_of(1, 2, 3),
        "custom_attributes": many(record({"key": text(), "name": text(), "value": text()}), 5),
        "cms_user_id": text(),
        "group_id": text(),
        "division_ids": many(text()),
        "about_me": text(150),
        "linkedin_url": text(),
        "plan_united_type": text(),
        "zoom_one_type": whole(),
        "feature": record({"zoom_phone": flag()}),
        "license_info_list": LICENCES,
    }
)
STORED = {item.name for item in fields(User)}


def check_type(world: World, wanted: int, refusal: tuple[int, int]) -> None:
    """Refuse a licence the account cannot give: no seat left, no on-prem users."""
    seats = world.account.seats
    if wanted == 3:
        raise Refusal(400, 300, "Your account can't set user type as On-prem.")
    most = seats.get("licensed")
    if wanted == 2 and most is not None and licensed_in_use(world) >= most:
        raise Refusal(*refusal, f"Your account has reached the maximum number of {most} licensed users.")
    most = seats.get("basic")
    if wanted == 1 and most is not None and basic_in_use(world) >= most:
        raise Refusal(400, 2033, f"Your account has reached the maximum number of {most} basic users.")


def create_user(call: Call) -> Answer:
    """Add a person. `create` outside a managed domain leaves them pending and mails an invitation."""
    action, info, world = call.sent["action"], call.body.get("user_info", {}), call.world
    _check_action(world, action, call.sent["user_info"]["email"], call.sent["user_info"])
    email = info.get("email") or f"unnamed-{world.serial}@invalid.example"
    present = world.find_user(email)
    if present is not None and present.invitation != "expired":
        raise Refusal(409, 1005, f"{email} already in the account.")
    if email.casefold() in world.account.emails_elsewhere:
        raise Refusal(400, 1009, "Email is already in use by an active account.")
    check_type(world, info.get("type", 1), unknowns.SEATS_ON_CREATE)
    if action == "create":
        count_today(world, "creations", CREATIONS_A_DAY[world.account.plan], call.now, call.headers)
    if present is not None:
        world.remove_user(present, how="invitation expired", by="api", at=zulu(call.now))
    user = new_user(world, email, info, zulu(call.now))
    if action == "create" and not is_managed(world, email):
        user.status, user.invitation = "pending", "sent"
        world.mail(email, "invitation", user.created_at)
    elif action == "ssoCreate":
        user.login_types = [101]
    call.simulation.emit("user.created", _brief(user), creation_type=action)
    return Answer(201, _brief(user))


def _check_action(world: World, action: str, email: str, info: Json) -> None:
    features = world.account.features
    if ("password" in info) != (action == "autoCreate"):
        raise Refusal(400, 300, "A password is required for autoCreate, and for autoCreate only.")
    if action == "autoCreate":
        if "auto_create" not in features:
            raise Refusal(400, 200, "No permission: autoCreate is not enabled for this account.")
        if not is_managed(world, email):
            raise Refusal(*unknowns.AUTO_CREATE_OUTSIDE_DOMAIN)
        if not all(re.search(sort, info["password"]) for sort in ("[a-z]", "[A-Z]", "[0-9]")):
            raise Refusal(*unknowns.BAD_PASSWORD)
    if action == "custCreate" and "isv" not in features:
        raise Refusal(400, 200, "No permission: custCreate is for ISV partners.")
    if action == "ssoCreate":
        if "sso" not in features:
            raise Refusal(400, 2002, "Single sign-on is not enabled.")
        if "pre_provision_sso" not in features:
            raise Refusal(400, 2032, "Pre-provisioning of SSO users is not enabled.")


def new_user(world: World, email: str, info: Json, at: str) -> User:
    """Store a person with the attributes of `info` that the store has."""
    known = {name: value for name, value in info.items() if name in STORED and name not in ("id", "email")}
    user = User(id=world.mint("user"), email=email, created_at=at, timezone=world.account.timezone)
    for name, value in known.items():
        setattr(user, name, value)
    user.pmi = user.pmi or 3_000_000_000 + world.serial
    user.host_key = user.host_key or f"{world.serial % 1_000_000:06d}"
    return world.add_user(user)


def _brief(user: User) -> Json:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "type": user.type,
    }


def update_user(call: Call) -> Answer:
    """Change attributes. Of a pending person only the group changes; everything else is swallowed."""
    world, body = call.world, dict(call.body)
    user = find_person(world, call.path["userId"])
    if sum(name in body for name in ONE_LICENCE_FIELD) > 1:
        raise Refusal(
            400, 300, "Only one of type, plan_united_type and zoom_one_type may change in one call."
        )
    group_id = body.pop("group_id", None)
    if user.status == "pending":
        if group_id is not None:
            _set_group(world, user, group_id)
        return Answer(204)
    if group_id is not None:
        raise Refusal(400, 300, "group_id can be set for pending users only.")
    _check_update(world, user, body)
    set_attributes(call.simulation, user, body)
    return Answer(204)


def _set_group(world: World, user: User, group_id: str) -> None:
    if group_id not in world.groups:
        raise Refusal(404, 4130, f"Group does not exist: {group_id}.")
    for old in list(user.group_ids):
        world.leave(user, world.groups[old])
    world.join(user, world.groups[group_id])


def _check_update(world: World, user: User, body: Json) -> None:
    if "type" in body and body["type"] != user.type:
        check_type(world, body["type"], unknowns.SEATS_ON_UPDATE)
    if re.search(r"https?://|www\.", body.get("about_me", "")):
        raise Refusal(400, 300, "about_me must not contain links.")
    vanity = body.get("vanity_name", "").casefold()
    if vanity and any(o.vanity_name.casefold() == vanity for o in world.users.values() if o is not user):
        raise Refusal(400, 4100, "This personal link has already been used.")


def set_attributes(simulation: Simulation, user: User, body: Json, *, by: str = "api") -> None:
    """Store attributes and tell the subscribers which ones changed."""
    changed = {name: value for name, value in body.items() if name in STORED and getattr(user, name) != value}
    old = {name: getattr(user, name) for name in changed}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        simulation.emit("user.updated", {"id": user.id, **changed}, old={"id": user.id, **old}, by=by)


def change_email(call: Call) -> Answer:
    """Give a person another address, inside the managed domains, at most three times in 24 hours."""
    world = call.world
    user = find_person(world, call.path["userId"])
    email = call.body.get("email", user.email)
    if user.status == "pending":
        raise Refusal(*unknowns.EMAIL_OF_PENDING)
    if user.role_id in ("0", "1"):
        raise Refusal(400, 1000, "The email address of an admin can not be changed by others.")
    if not (is_managed(world, user.email) and is_managed(world, email)):
        raise Refusal(*unknowns.EMAIL_OUTSIDE_DOMAIN)
    other = world.find_user(email)
    if other not in (None, user) or email.casefold() in world.account.emails_elsewhere:
        raise Refusal(*unknowns.EMAIL_IN_USE)
    since = call.now - timedelta(hours=24)
    recent = [moment for moment in user.email_changes if moment_of(moment) > since]
    if len(recent) >= 3:
        raise Refusal(*unknowns.EMAIL_CHANGED_TOO_OFTEN)
    if email != user.email:
        old = user.email
        user.email_changes = [*recent, zulu(call.now)]
        world.change_email(user, email)
        call.simulation.emit(
            "user.updated", {"id": user.id, "email": email}, old={"id": user.id, "email": old}
        )
    return Answer(204)


def change_status(call: Call) -> Answer:
    """Deactivate, which takes every licence away, or activate, which needs a free seat."""
    user, action = find_person(call.world, call.path["userId"]), call.body.get("action")
    if user.role_id in ("0", "1"):
        raise Refusal(400, 200, "No permission to change the status of an admin.")
    if user.status == "pending":
        return Answer(200, {})
    if action == "deactivate" and user.status == "active":
        deactivate(user)
        call.simulation.emit("user.deactivated", _brief(user))
    elif action == "activate" and user.status == "inactive":
        if user.was_licensed and unknowns.ACTIVATE_NEEDS_LICENSED_SEAT:
            check_type(call.world, 2, unknowns.SEATS_ON_ACTIVATE)
        check_type(call.world, 1, unknowns.SEATS_ON_ACTIVATE)
        user.status, user.was_licensed = "active", False
        call.simulation.emit("user.activated", _brief(user))
    return Answer(200, {})


def deactivate(user: User) -> None:
    """Make a person inactive and strip every licence."""
    user.was_licensed = user.type == 2
    user.status, user.type = "inactive", 1
    user.plan_united_type, user.zoom_one_type, user.license_info_list = "", 0, []


def assign_features(call: Call) -> Answer:
    """Give up to 30 people a licence; who cannot have it is named with the reason."""
    if call.simulation.faults.qps and not call.simulation.rates.fits("features", 1, 10.0):
        raise Refusal(
            429, 429, "You have reached the maximum per-second rate limit for this API. Try again later."
        )
    done: list[str] = []
    failed: dict[str, list[str]] = {}
    for item in call.body["users"]:
        user = call.world.find_user(item.get("id") or item.get("email", ""))
        reason = _give(call, user)
        if reason or user is None:
            failed.setdefault(reason, []).append(item.get("id") or item.get("email", ""))
        else:
            done.append(user.id)
    details = [{"user_ids": ids, "reason": reason} for reason, ids in failed.items()]
    return Answer(201, {"success_user_ids": done, "fail_details": details})


def _give(call: Call, user: User | None) -> str:
    if user is None or user.status == "pending":
        return "Users not found"
    value = str(call.body["feature_value"])
    if call.body["feature_type"] != "user_type" or value not in ("1", "2"):
        return "Not enough seats"
    if user.type == int(value):
        return "No need to update"
    try:
        check_type(call.world, int(value), unknowns.SEATS_ON_UPDATE)
    except Refusal:
        return "Not enough seats"
    set_attributes(call.simulation, user, {"type": int(value)})
    return ""


WRITE_SCOPE = "user:write:admin"

OPERATIONS = (
    Operation(
        "POST /users", "write", create_user, "LIGHT", ("user:write:user:admin", WRITE_SCOPE),
        body=CREATE, locks="new person",
    ),
    Operation(
        "PATCH /users/{userId}", "write", update_user, "LIGHT", ("user:update:user:admin", WRITE_SCOPE),
        frozenset({"login_type", "remove_tsp_credentials"}), UPDATE,
    ),
    Operation(
        "PUT /users/{userId}/email", "write", change_email, "LIGHT",
        ("user:update:email:admin", WRITE_SCOPE),
        body=record({"email": text(128, pattern=ADDRESS)}, ("email",)),
    ),
    Operation(
        "PUT /users/{userId}/status", "write", change_status, "LIGHT",
        ("user:update:status:admin", WRITE_SCOPE),
        body=record({"action": one_of("activate", "deactivate", "clock_in", "clock_out")}, ("action",)),
    ),
    Operation(
        "POST /users/features", "write", assign_features, "MEDIUM",
        ("user:write:feature:admin", WRITE_SCOPE),
        body=record(
            {
                "users": many(record({"id": text(), "email": text()}), 30, 1),
                "feature_type": one_of(*FEATURES),
                "feature_value": text(),
            },
            ("users", "feature_type", "feature_value"),
        ),
    ),
)  # fmt: skip
