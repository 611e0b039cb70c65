"""The console's account pages: settings, ways to sign in, and what becomes of tracking fields."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.calls import Json
from reconciler.sandbox.shapes import record, validate
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.zoom.account_settings import UPDATES, change_settings, find_option, operate
from reconciler.sandbox.zoom.tracking_fields import FIELDS, edit_field, find_field

BY = "console"


def edit_settings(simulation: Simulation, option: str = "", **settings: object) -> Json:
    """{option?, SECTION: {SETTING: value}, ...}: change settings of the account."""
    if option not in UPDATES or "authentication_option" in settings:
        raise ValueError("settings are those of one option, ways to sign in have orders of their own")
    validate(UPDATES[option], settings)
    change_settings(simulation.world, dict(settings))
    _tell(simulation, dict(settings))
    return {}


def add_authentication_option(simulation: Simulation, name: str, type: str, **attributes: object) -> Json:
    """{name, type, domains?, default_option?}: a way to sign in."""
    option: Json = {"action": "add", "name": name, "type": type, **attributes}
    validate(UPDATES["meeting_authentication"], {"authentication_option": option})
    operate(simulation.world, option, option)
    _tell(simulation, {"authentication_option": option})
    return {"id": simulation.world.account.authentication_options[-1]["id"]}


def delete_authentication_option(simulation: Simulation, option: str) -> Json:
    """{option}: take a way to sign in away, by its id."""
    simulation.world.account.authentication_options.remove(find_option(simulation.world, option))
    _tell(simulation, {"authentication_option": {"action": "delete", "id": option}})
    return {}


def edit_tracking_field(simulation: Simulation, id: str, **attributes: object) -> Json:
    """{id, field?, recommended_values?, required?, visible?}: change what is named."""
    validate(record(FIELDS), attributes)
    edit_field(simulation.world, find_field(simulation.world, id), dict(attributes))
    return {}


def delete_tracking_field(simulation: Simulation, id: str) -> Json:
    """{id}: remove a tracking field; meetings keep what they carry."""
    simulation.world.tracking_fields.remove(find_field(simulation.world, id))
    return {}


def _tell(simulation: Simulation, settings: Json) -> None:
    thing = {"id": simulation.world.account.id, "settings": settings}
    simulation.emit("account.settings_updated", thing, by=BY)


ACCOUNT_ACTIONS: tuple[Callable[..., Json], ...] = (
    edit_settings, add_authentication_option, delete_authentication_option, edit_tracking_field,
    delete_tracking_field,
)  # fmt: skip
