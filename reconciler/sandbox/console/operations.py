"""The vendor's web console: what a person does there, out of band, without token or quota."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.calls import Json, Refusal
from reconciler.sandbox.console.account import ACCOUNT_ACTIONS
from reconciler.sandbox.console.canvas import CANVAS_ACTIONS
from reconciler.sandbox.console.kaltura import KALTURA_ACTIONS
from reconciler.sandbox.console.lti import LTI_ACTIONS
from reconciler.sandbox.console.lti_page import LTI_PAGE_ACTIONS
from reconciler.sandbox.console.meetings import MEETING_ACTIONS
from reconciler.sandbox.console.moodle import MOODLE_ACTIONS
from reconciler.sandbox.console.rest import REST_ACTIONS
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import Group, User
from reconciler.sandbox.zoom.groups import check_name, new_group
from reconciler.sandbox.zoom.limits import today
from reconciler.sandbox.zoom.user_removal import take_away
from reconciler.sandbox.zoom.user_writes import STORED, deactivate, new_user, set_attributes

BY = "console"
# What edit_user may not write: ids and the store's own bookkeeping.
FIXED = frozenset({"id", "email", "group_ids", "email_changes", "invitation", "was_licensed"})

Action = Callable[..., Json]


def act_in_console(simulation: Simulation, order: Json) -> Json:
    """Carry out {"do": ACTION, ...}; its answer. Raises ValueError for an order that makes no sense."""
    name = order.get("do")
    if name == "help":
        return {"actions": {known: (action.__doc__ or "").strip() for known, action in ACTIONS.items()}}
    if name not in ACTIONS:
        raise ValueError(f"unknown action {name!r}; known: help, {', '.join(ACTIONS)}")
    told = {key: value for key, value in order.items() if key != "do"}
    try:
        return ACTIONS[name](simulation, **told)
    except Refusal as refusal:
        raise ValueError(f"{name}: {refusal.message}") from refusal
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error


def find_user(simulation: Simulation, key: str) -> User:
    """A person by id or address."""
    user = simulation.world.find_user(key)
    if user is None:
        raise ValueError(f"nobody is {key!r}")
    return user


def find_group(simulation: Simulation, key: str) -> Group:
    """A group by id or name."""
    for group in simulation.world.groups.values():
        if key in (group.id, group.name):
            return group
    raise ValueError(f"no group is {key!r}")


def add_user(simulation: Simulation, email: str, **attributes: object) -> Json:
    """{email, status?, type?, role_id?, first_name?, ...}: a person, active unless told otherwise."""
    world = simulation.world
    _check_known(attributes)
    if world.find_user(email) is not None:
        raise ValueError(f"{email} is in the account already")
    user = new_user(world, email, dict(attributes), simulation.stamp())
    if user.status == "pending":
        user.invitation = "sent"
    simulation.emit("user.created", {"id": user.id, "email": email}, by=BY)
    return {"id": user.id}


def edit_user(simulation: Simulation, user: str, email: str = "", **attributes: object) -> Json:
    """{user, email?, first_name?, ...}: change what is named."""
    found = find_user(simulation, user)
    _check_known(attributes)
    if email and email != found.email:
        if simulation.world.find_user(email) not in (None, found):
            raise ValueError(f"{email} is in the account already")
        simulation.world.change_email(found, email)
    set_attributes(simulation, found, dict(attributes), by=BY)
    return {"id": found.id}


def _check_known(attributes: Json) -> None:
    unknown = sorted(set(attributes) - (STORED - FIXED))
    if unknown:
        raise ValueError(f"not an attribute of a user: {', '.join(unknown)}")


def delete_user(simulation: Simulation, user: str, how: str = "delete") -> Json:
    """{user, how?: delete | disassociate}: remove a person with the meetings they host."""
    if how not in ("delete", "disassociate"):
        raise ValueError("how is delete or disassociate")
    take_away(simulation, find_user(simulation, user), how, by=BY)
    return {}


def deactivate_user(simulation: Simulation, user: str) -> Json:
    """{user}: make a person inactive, without licence."""
    found = find_user(simulation, user)
    deactivate(found)
    simulation.emit("user.deactivated", {"id": found.id, "email": found.email}, by=BY)
    return {}


def activate_user(simulation: Simulation, user: str) -> Json:
    """{user}: make a person active again."""
    found = find_user(simulation, user)
    found.status, found.was_licensed = "active", False
    simulation.emit("user.activated", {"id": found.id, "email": found.email}, by=BY)
    return {}


def accept_invitation(simulation: Simulation, user: str) -> Json:
    """{user}: a pending person follows the link in the mail."""
    found = _find_invited(simulation, user)
    found.status, found.invitation = "active", ""
    simulation.emit("user.invitation_accepted", {"id": found.id, "email": found.email}, by=BY)
    return {"id": found.id}


def expire_invitation(simulation: Simulation, user: str) -> Json:
    """{user}: a pending person's link is too old."""
    _find_invited(simulation, user).invitation = "expired"
    return {}


def _find_invited(simulation: Simulation, key: str) -> User:
    user = find_user(simulation, key)
    if user.invitation != "sent":
        raise ValueError(f"{key} has no open invitation")
    return user


def add_foreign_email(simulation: Simulation, email: str) -> Json:
    """{email}: an address that has an account elsewhere."""
    simulation.world.account.emails_elsewhere.append(email.casefold())
    return {}


def edit_account(simulation: Simulation, **attributes: object) -> Json:
    """{managed_domains?, plan?, seats?, features?, require_password?, ...}: change the account."""
    account = simulation.world.account
    unknown = sorted(set(attributes) - (set(account.__slots__) - {"id"}))
    if unknown:
        raise ValueError(f"not an attribute of the account: {', '.join(unknown)}")
    for name, value in attributes.items():
        setattr(account, name, value)
    simulation.emit("account.updated", {"id": account.id, **attributes}, by=BY)
    return {}


def edit_quota(
    simulation: Simulation, counts: dict[str, int] | None = None, meeting_writes: dict[str, int] | None = None
) -> Json:
    """{counts?: {what: n}, meeting_writes?: {host id: n}}: what others have used up of today."""
    quota = today(simulation.world, simulation.now())
    quota.counts |= counts or {}
    quota.meeting_writes |= meeting_writes or {}
    return {}


def add_group(simulation: Simulation, name: str, members: list[str] | None = None) -> Json:
    """{name, members?}: a group."""
    check_name(simulation.world, name)
    people = [find_user(simulation, member) for member in members or ()]
    group = new_group(simulation.world, name, simulation.stamp())
    for user in people:
        simulation.world.join(user, group)
    simulation.emit("group.created", {"id": group.id, "name": name}, by=BY)
    return {"id": group.id}


def edit_group(simulation: Simulation, group: str, name: str) -> Json:
    """{group, name}: another name."""
    found = find_group(simulation, group)
    check_name(simulation.world, name, found)
    old, found.name = found.name, name
    simulation.emit("group.updated", {"id": found.id, "name": name}, old={"id": found.id, "name": old}, by=BY)
    return {}


def delete_group(simulation: Simulation, group: str) -> Json:
    """{group}: remove a group, not its members."""
    found = find_group(simulation, group)
    simulation.world.remove_group(found, by=BY, at=simulation.stamp())
    simulation.emit("group.deleted", {"id": found.id, "name": found.name}, by=BY)
    return {}


def add_member(simulation: Simulation, group: str, user: str) -> Json:
    """{group, user}: one member more."""
    found, person = find_group(simulation, group), find_user(simulation, user)
    simulation.world.join(person, found)
    _tell_members(simulation, "group.member_added", found, person)
    return {}


def remove_member(simulation: Simulation, group: str, user: str) -> Json:
    """{group, user}: one member less."""
    found, person = find_group(simulation, group), find_user(simulation, user)
    if person.id not in found.member_ids:
        raise ValueError(f"{user} is not a member of {group}")
    simulation.world.leave(person, found)
    _tell_members(simulation, "group.member_deleted", found, person)
    return {}


def _tell_members(simulation: Simulation, event: str, group: Group, user: User) -> None:
    members = [{"id": user.id, "email": user.email}]
    simulation.emit(event, {"id": group.id, "members": members}, by=BY)


PEOPLE_ACTIONS: tuple[Action, ...] = (
    add_user, edit_user, delete_user, deactivate_user, activate_user, accept_invitation, expire_invitation,
    add_foreign_email, edit_account, edit_quota, add_group, edit_group, delete_group, add_member,
    remove_member,
)  # fmt: skip
ACTIONS: dict[str, Action] = {
    action.__name__: action
    for action in (
        *PEOPLE_ACTIONS,
        *MEETING_ACTIONS,
        *ACCOUNT_ACTIONS,
        *LTI_ACTIONS,
        *LTI_PAGE_ACTIONS,
        *CANVAS_ACTIONS,
        *MOODLE_ACTIONS,
        *KALTURA_ACTIONS,
        *REST_ACTIONS,
    )
}
