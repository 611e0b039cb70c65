"""A Moodle admin at work in the site's own pages, and what cron or the web server do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from reconciler.sandbox.calls import Json
from reconciler.sandbox.moodle import cohorts, enrolments, tools, users
from reconciler.sandbox.moodle.store import Site
from reconciler.sandbox.simulation import Simulation

TABLES = frozenset(
    {"users", "tombstones", "cohorts", "tool_types", "activities", "courses", "enrolments", "serials"}
)


def moodle_edit_site(simulation: Simulation, **attributes: object) -> Json:
    """{down?, most_variables?, guards_fetches?, debugging?, name?, tokens?}: switch what the site does."""
    site = simulation.world.moodle
    unknown = sorted(set(attributes) - ({item.name for item in fields(Site)} - TABLES))
    if unknown:
        raise ValueError(f"not a setting of the site: {', '.join(unknown)}")
    for name, value in attributes.items():
        setattr(site, name, value)
    return {}


def moodle_publish(simulation: Simulation, url: str, **cartridge: str) -> Json:
    """{url, title?, description?, launch_url?, icon?}: what the site finds at an address of the web."""
    simulation.world.moodle.cartridges[url] = dict(cartridge)
    return {}


def moodle_add_user(simulation: Simulation, username: str, email: str, **profile: object) -> Json:
    """{username, email, firstname?, ...}: an account."""
    site = simulation.world.moodle
    user = {"id": site.mint("users"), "firstname": "F", "lastname": "L", "auth": "manual", "suspended": False}
    site.users.append({**user, "username": username, "email": email, **profile})
    return {"id": user["id"]}


def moodle_add_people(simulation: Simulation, number: int) -> Json:
    """{number}: so many accounts, p1, p2 and so on."""
    return {
        "ids": [
            moodle_add_user(simulation, f"p{at}", f"p{at}@example.edu")["id"] for at in range(1, number + 1)
        ]
    }


def moodle_edit_user(simulation: Simulation, user: int, **profile: object) -> Json:
    """{user, ...}: change what is named."""
    _find(simulation.world.moodle.users, user).update(profile)
    return {}


def moodle_delete_user(simulation: Simulation, user: int) -> Json:
    """{user}: to a tombstone."""
    site = simulation.world.moodle
    users.bury(site, _find(site.users, user), int(simulation.now().timestamp()))
    return {}


def moodle_add_cohort(simulation: Simulation, name: str, idnumber: str = "", category: str = "") -> Json:
    """{name, idnumber?, category?}: a cohort of the site or of a course category."""
    site = simulation.world.moodle
    cohort = {"id": site.mint("cohorts"), "name": name, "idnumber": idnumber, "category": category}
    site.cohorts.append({**cohort, "description": "", "visible": True, "members": []})
    return {"id": cohort["id"]}


def moodle_edit_cohort(simulation: Simulation, cohort: int, **attributes: object) -> Json:
    """{cohort, name?, members?, ...}: change what is named."""
    cohorts.find(simulation.world.moodle, cohort).update(attributes)
    return {}


def moodle_delete_cohort(simulation: Simulation, cohort: int) -> Json:
    """{cohort}: remove it, not its members."""
    site = simulation.world.moodle
    site.cohorts.remove(cohorts.find(site, cohort))
    return {}


def moodle_edit_tool(simulation: Simulation, tool: int, **attributes: object) -> Json:
    """{tool, name?, secret?, force_ssl?, categories?, ...}: change what is named."""
    tools.find_type(simulation.world.moodle, tool).update(attributes)
    return {}


def moodle_delete_tool(simulation: Simulation, tool: int) -> Json:
    """{tool}: remove a tool type."""
    site = simulation.world.moodle
    site.tool_types.remove(tools.find_type(site, tool))
    return {}


def moodle_add_course(simulation: Simulation, shortname: str, idnumber: str = "", fullname: str = "") -> Json:
    """{shortname, idnumber?, fullname?}: a course."""
    site = simulation.world.moodle
    course = {"id": site.mint("courses"), "shortname": shortname, "idnumber": idnumber, "categoryid": 1}
    site.courses.append({**course, "categoryname": "Category 1", "fullname": fullname or shortname})
    return {"id": course["id"]}


def moodle_enrol(
    simulation: Simulation, course: int, user: int, role: str = "student", suspended: bool = False
) -> Json:
    """{course, user, role?, suspended?}: enrol somebody, or give them one more role; role "" gives none."""
    site = simulation.world.moodle
    _find(site.courses, course)
    _find(site.users, user)
    enrolments.enrol(site, course, user, role, suspended=suspended)
    return {}


def moodle_add_activity(simulation: Simulation, course: int, tool: int, name: str = "Zoom") -> Json:
    """{course, tool, name?}: a teacher puts a tool into a course, which no web service does."""
    site = simulation.world.moodle
    _find(site.courses, course)
    activity = {"id": site.mint("activities"), "course": course, "typeid": tool, "name": name}
    site.activities.append(activity)
    return {"id": activity["id"]}


def moodle_edit_activity(simulation: Simulation, activity: int, tool: int) -> Json:
    """{activity, tool}: a teacher has an activity launch another tool."""
    site = simulation.world.moodle
    _find(site.activities, activity)["typeid"] = tool
    return {}


def _find(rows: list[Json], number: int) -> Json:
    for row in rows:
        if row["id"] == number:
            return row
    raise ValueError(f"nothing has the id {number}")


MOODLE_ACTIONS: tuple[Callable[..., Json], ...] = (
    moodle_edit_site, moodle_publish, moodle_add_user, moodle_add_people, moodle_edit_user,
    moodle_delete_user, moodle_add_cohort, moodle_edit_cohort, moodle_delete_cohort, moodle_edit_tool,
    moodle_delete_tool, moodle_add_course, moodle_enrol, moodle_add_activity,
    moodle_edit_activity,
)  # fmt: skip
