"""What a launch makes of a person's Zoom account, by the settings of its credential (Configuring LTI Pro)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Call, Json, Refusal
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.world import User, World
from reconciler.sandbox.zoom.user_writes import ADDRESS, check_type, new_user
from reconciler.sandbox.zoom.users import is_managed

EMAIL = "lis_person_contact_email_primary"
PROVISIONED = "POST /lti/rich (account made)"
"""Under this name an account that a launch made is counted among the writes; the launch itself is a read."""
LICENSES = {"basic": 1, "licensed": 2, "on_prem": 3}


def is_instructor(credential: Json, told: Mapping[str, str]) -> bool:
    """Whether one of the roles a launch carries is on the page's list."""
    roles = {role.strip() for role in told.get("roles", "").split(",")}
    return not roles.isdisjoint(credential["roles"]["instructors"])


def settle_account(call: Call, credential: Json, told: Mapping[str, str]) -> tuple[str, ...]:
    """Make the account where there is none and the page has it so; what the person is told about it.

    Whoever has an account keeps it as it is.
    """
    world, settings = call.world, credential["settings"]
    who = read_identity(told, settings.get("user_attribute", EMAIL))
    if not who:
        return ("The launch does not tell who you are.",)
    if _has_account(world, who):
        return (f"Zoom account: {who}",)
    if who.casefold() in world.account.emails_elsewhere:
        return (settings.get("wrong_account_message", ""), settings.get("sign_in_url", ""))
    if not _may_have_one(world, credential, told, who):
        return ("There is no Zoom account for you.",)
    return (f"Zoom account: {who}, {_provision(call, credential, told, who).status}",)


def read_identity(told: Mapping[str, str], attribute: str) -> str:
    """The address or unique id of a launch: by `attribute`, `attribute@attribute` or `attribute@domain`."""
    name, at, domain = attribute.partition("@")
    value = told.get(name, "")
    return f"{value}@{told.get(domain) or domain}" if at and value else value


def _has_account(world: World, who: str) -> bool:
    present = world.find_user(who)
    return present is not None or any(user.employee_unique_id == who for user in world.users.values())


def _may_have_one(world: World, credential: Json, told: Mapping[str, str], email: str) -> bool:
    settings, allowed = credential["settings"], credential["email_domains"]
    whom = settings.get("auto_provision", "nobody")
    if whom == "nobody" or (whom == "instructors" and not is_instructor(credential, told)):
        return False
    domain = email.rpartition("@")[2].casefold()
    if not re.fullmatch(ADDRESS, email) or (allowed and domain not in map(str.casefold, allowed)):
        return False
    try:
        check_type(world, _license(credential), unknowns.SEATS_ON_CREATE)
    except Refusal:
        return False
    return True


def _license(credential: Json) -> int:
    return LICENSES[credential["settings"].get("provision_license", "basic")]


def _provision(call: Call, credential: Json, told: Mapping[str, str], email: str) -> User:
    """In an associated domain without a mail; elsewhere the person has to activate their account first."""
    simulation, at = call.simulation, zulu(call.now)
    simulation.remember()
    names = {"first_name": "lis_person_name_given", "last_name": "lis_person_name_family"}
    info: Json = {field: told.get(name, "") for field, name in names.items()}
    user = new_user(call.world, email, {**info, "type": _license(credential)}, at)
    if not is_managed(call.world, email):
        user.status, user.invitation = "pending", "sent"
        call.world.mail(email, "invitation", at)
    simulation.counters.writes[PROVISIONED] += 1
    simulation.faults.writes += 1
    simulation.emit("user.created", {"id": user.id, "email": email}, by="lti")
    return user
