"""Zoom users, removed: disassociate or delete, with what is handed over first (Zoom API reference, Users)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Operation, Refusal
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import User
from reconciler.sandbox.zoom.users import find_person, is_managed

TRANSFERS = frozenset(
    f"transfer_{what}"
    for what in ("meeting", "webinar", "recording", "whiteboard", "clipfiles", "notes", "visitors", "docs")
)


def remove_user(call: Call) -> Answer:
    """Unlink a person from the account (the default), or delete them for good."""
    user = find_person(call.world, call.path["userId"])
    action = call.query.get("action", "disassociate")
    if action not in ("disassociate", "delete"):
        raise Refusal(400, 300, "Invalid field: action.")
    _check_removal(call, user, action)
    target = _find_target(call, user)
    if target is not None and call.query.get("transfer_meeting") == "true":
        for meeting in list(call.world.meetings_of(user.id)):
            call.world.hand_over(meeting, target.id)
    take_away(call.simulation, user, action, by="api")
    return Answer(204)


def _check_removal(call: Call, user: User, action: str) -> None:
    if user.status == "pending":
        if action == "delete":
            raise Refusal(*unknowns.DELETE_OF_PENDING)
        return
    if user.role_id == "0":
        raise Refusal(400, 200, "The account owner can not be removed.")
    if action == "disassociate" and user.role_id == "1":
        raise Refusal(400, 1117, "An admin can not be disassociated.")
    if action == "disassociate" and is_managed(call.world, user.email):
        raise Refusal(400, 1107, "A user of a managed domain can not be disassociated.")


def _find_target(call: Call, user: User) -> User | None:
    """Who receives what is transferred; None where nothing is."""
    flags = {name: call.query[name] for name in TRANSFERS & set(call.query)}
    if not set(flags.values()) <= {"true", "false"}:
        raise Refusal(400, 300, "Transfer parameters are true or false.")
    email = call.query.get("transfer_email", "")
    if not email:
        if "true" in flags.values():
            raise Refusal(400, 300, "transfer_email is required to transfer anything.")
        return None
    target = call.world.find_user(email)
    if target is None or target.status != "active":
        raise Refusal(404, 1001, f"User does not exist: {email}.")
    if target is user:
        raise Refusal(400, 300, "The transfer target must be another user.")
    if "true" in flags.values() and target.type != unknowns.TRANSFER_TARGET_TYPE:
        raise Refusal(400, 300, "The transfer target's license is too low.")
    return target


def take_away(simulation: Simulation, user: User, action: str, *, by: str) -> None:
    """Carry the removal out; whoever is unlinked keeps an account of their own elsewhere."""
    world = simulation.world
    shown = {"id": user.id, "email": user.email, "type": user.type}
    settled = user.status != "pending"
    world.remove_user(user, how=action, by=by, at=simulation.stamp())
    if action == "disassociate" and settled and unknowns.UNLINKED_IS_KNOWN_ELSEWHERE:
        world.account.emails_elsewhere.append(user.email.casefold())
    simulation.emit("user.deleted" if action == "delete" else "user.disassociated", shown, by=by)


OPERATIONS = (
    Operation(
        "DELETE /users/{userId}", "write", remove_user, "LIGHT",
        ("user:delete:user:admin", "user:write:admin"),
        TRANSFERS | {"action", "transfer_email", "encrypted_email"}, locks="person",
    ),
)  # fmt: skip
