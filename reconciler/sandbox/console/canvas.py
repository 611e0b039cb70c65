"""Canvas's web pages: tools, people, courses, registrations; and what its operators can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciler.sandbox.calls import Json
from reconciler.sandbox.canvas import enrollments, people, platform, registrations, tools
from reconciler.sandbox.canvas.launches import ROLES, launch
from reconciler.sandbox.canvas.store import FEATURES, RIGHTS, find
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.simulation import Simulation

BY = "console"


def _pick(rows: Iterable[Json], key: object, what: str) -> Json:
    """The row with this id, or with this name."""
    rows = list(rows)
    found = find(rows, key) or next((row for row in rows if row.get("name") == key), None)
    if found is None:
        raise ValueError(f"no {what} of Canvas is {key!r}")
    return found


def edit_canvas(
    simulation: Simulation,
    features: list[str] | None = None,
    rights: list[str] | None = None,
    level: float | None = None,
    token: str = "",
) -> Json:
    """{features?, rights?, level?, token?}: the account's features; the token's rights, bucket, text."""
    site = simulation.world.canvas
    for named, known in ((features, FEATURES), (rights, RIGHTS)):
        if unknown := sorted(set(named or ()) - set(known)):
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    site.features = site.features if features is None else features
    site.rights = site.rights if rights is None else rights
    if level is not None:
        site.level, site.leaked_at = level, simulation.now().timestamp()
    if token:
        site.tokens = {token: next(iter(site.tokens.values()))}
    return {"features": site.features, "rights": site.rights}


def add_canvas_tool(simulation: Simulation, **fields: object) -> Json:
    """{name, consumer_key, shared_secret, privacy_level, url?, ...}: a tool, as the API's body has it."""
    site = simulation.world.canvas
    tool: Json = dict.fromkeys(tools.TEXTS) | {"privacy_level": "anonymous", "custom_fields": {}}
    tool |= {"placements": {}, "id": site.mint(), "created_at": simulation.stamp(), "not_selectable": False}
    tools.write(tool, dict(fields))
    site.tools.append(tool)
    return {"id": tool["id"]}


def edit_canvas_tool(simulation: Simulation, tool: int | str, **fields: object) -> Json:
    """{tool, name?, privacy_level?, course_navigation?, ...}: change what is named."""
    tools.write(_pick(simulation.world.canvas.tools, tool, "tool"), dict(fields))
    return {}


def delete_canvas_tool(simulation: Simulation, tool: int | str) -> Json:
    """{tool}: remove a tool."""
    site = simulation.world.canvas
    tools.take_away(site, _pick(site.tools, tool, "tool"))
    return {}


def launch_canvas_tool(
    simulation: Simulation, tool: int | str, course: int | str, user: int | str, role: str = "student"
) -> Json:
    """{tool, course, user, role?}: what a browser would post to the tool, signed with the stored secret."""
    site = simulation.world.canvas
    if role not in ROLES:
        raise ValueError(f"role is one of {', '.join(ROLES)}")
    found = _pick(site.tools, tool, "tool"), _pick(site.courses, course, "course")
    return launch(site, *found, _pick(site.users, user, "user"), role, simulation.now())


def begin_lti13_launch(
    simulation: Simulation,
    registration: int | str,
    course: int | str,
    user: int | str,
    role: str = "student",
) -> Json:
    """{registration, course, user, role?}: a login to take to the tool; by id, name or client id."""
    site = simulation.world.canvas
    keyed = (row for row in site.registrations if str(row["developer_key_id"]) == str(registration))
    row = next(keyed, None) or _pick(site.registrations, registration, "registration")
    found = _pick(site.courses, course, "course"), _pick(site.users, user, "user")
    return platform.begin(simulation, row, *found, role)


def add_canvas_course(
    simulation: Simulation, name: str, course_id: int = 0, lti_context_id: str = "", course_code: str = ""
) -> Json:
    """{name, course_id?, lti_context_id?, course_code?}: a course; ids are minted unless told."""
    site = simulation.world.canvas
    number = course_id or site.mint()
    course: Json = {
        "id": number,
        "name": name,
        "course_code": course_code or name,
        "workflow_state": "available",
        "lti_context_id": lti_context_id or site.opaque("course", number),
        "sis_course_id": None,
    }
    site.courses.append(course)
    return {"id": number, "lti_context_id": course["lti_context_id"]}


def enrol_canvas_user(
    simulation: Simulation,
    course: int | str,
    user: int | str,
    type: str = "StudentEnrollment",
    role: str = "",
    state: str = "active",
) -> Json:
    """{course, user, type?, role?, state?}: one more enrolment; `role` is one with that type as its base."""
    site = simulation.world.canvas
    for text, known in ((type, enrollments.TYPES), (state, enrollments.STATES)):
        if text not in known:
            raise ValueError(f"{text!r} is none of {', '.join(known)}")
    found = _pick(site.courses, course, "course"), _pick(site.users, user, "user")
    told = {"type": type, "role": role or type, "enrollment_state": state}
    return {"id": enrollments.enrol(site, *found, told, simulation.now())["id"]}


def add_canvas_user(
    simulation: Simulation, name: str, login: str, email: str = "", sis_user_id: str = "", time_zone: str = ""
) -> Json:
    """{name, login, email?, sis_user_id?, time_zone?}: a person with one login."""
    site = simulation.world.canvas
    fields = {"unique_id": login, "sis_user_id": sis_user_id or None}
    people.check_taken(site, fields)
    told = {"name": name, "email": email or None, "time_zone": time_zone or None}
    return {"id": people.new_user(site, told, fields)["id"]}


def edit_canvas_user(
    simulation: Simulation, user: int | str, suspended: bool = False, **fields: object
) -> Json:
    """{user, name?, email?, time_zone?, suspended?}: change what is named; suspend every login, or none."""
    found = _pick(simulation.world.canvas.users, user, "user")
    if unknown := sorted(fields.keys() - {"name", "email", "time_zone"}):
        raise ValueError(f"not an attribute of a user: {', '.join(unknown)}")
    found |= fields
    for login in found["logins"]:
        people.edit_login(found, login, {"workflow_state": "suspended" if suspended else "active"})
    return {}


def delete_canvas_user(simulation: Simulation, user: int | str) -> Json:
    """{user}: take a person off the account."""
    world = simulation.world
    found = _pick(world.canvas.users, user, "user")
    world.canvas.users.remove(found)
    at = zulu(simulation.now())
    world.bury("canvas user", str(found["id"]), found["name"], how="delete", by=BY, at=at)
    return {}


def delete_canvas_registration(simulation: Simulation, registration: int | str) -> Json:
    """{registration}: remove a registration with its deployments."""
    site = simulation.world.canvas
    registrations.take_away(site, _pick(site.registrations, registration, "registration"))
    return {}


def delete_canvas_deployment(simulation: Simulation, deployment: int | str) -> Json:
    """{deployment}: remove a deployment."""
    site = simulation.world.canvas
    site.deployments.remove(_pick(site.deployments, deployment, "deployment"))
    return {}


CANVAS_ACTIONS: tuple[Callable[..., Json], ...] = (
    edit_canvas, add_canvas_tool, edit_canvas_tool, delete_canvas_tool, launch_canvas_tool,
    begin_lti13_launch, add_canvas_course, enrol_canvas_user, add_canvas_user, edit_canvas_user,
    delete_canvas_user, delete_canvas_registration, delete_canvas_deployment,
)  # fmt: skip
