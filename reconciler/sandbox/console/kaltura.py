"""The Kaltura Management Console, and what a Zoom admin does with Kaltura's app in the Zoom Marketplace."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.calls import Json
from reconciler.sandbox.kaltura import groups, integrations, users
from reconciler.sandbox.kaltura.store import Kaltura
from reconciler.sandbox.simulation import Simulation


def kaltura_get_code(simulation: Simulation, code: str = "") -> Json:
    """{code?}: generate an integration code, good for one installation."""
    store = simulation.world.kaltura
    code = code or f"djJ8{simulation.world.mint('kaltura code', 40)}"
    store.codes.append(code)
    return {"code": code}


def kaltura_install_app(simulation: Simulation, code: str, account: str = "") -> Json:
    """{code, account?}: a Zoom admin adds the app to their account, and enters the integration code."""
    account = account or simulation.world.account.id
    one = integrations.install(simulation.world.kaltura, account, code, _at(simulation))
    return {"id": one["id"]}


def kaltura_edit_integration(simulation: Simulation, account: str = "", **fields: object) -> Json:
    """{account?, status?, ...}: change what is named, by the vendor's own names."""
    wanted = account or simulation.world.account.id
    one = next(one for one in simulation.world.kaltura.integrations if one["account"] == wanted)
    one["status"] = fields.pop("status", one["status"])
    one["fields"] |= fields
    return {"id": one["id"]}


def kaltura_uninstall_app(simulation: Simulation, account: str = "") -> Json:
    """{account?}: the app goes from the Zoom account, and with it the integration."""
    store, wanted = simulation.world.kaltura, account or simulation.world.account.id
    store.integrations = [one for one in store.integrations if one["account"] != wanted]
    return {}


def kaltura_add_user(simulation: Simulation, id: str, email: str = "", **fields: object) -> Json:
    """{id, email?, ...}: a person."""
    users.check_id(simulation.world.kaltura, id)
    at = _at(simulation)
    made: Json = {"id": id, "email": email, "status": "active", "owner": False, "created": at, "updated": at}
    simulation.world.kaltura.users.append({**made, "fields": {"screenName": id, "firstName": id, **fields}})
    return {"id": id}


def kaltura_delete_user(simulation: Simulation, user: str) -> Json:
    """{user}: take a person away."""
    users.remove(simulation.world.kaltura, users.find(simulation.world.kaltura, user))
    return {}


def kaltura_add_group(simulation: Simulation, id: str, members: list[str] | None = None) -> Json:
    """{id, members?}: a group."""
    store = simulation.world.kaltura
    users.check_id(store, id)
    groups.new_group(store, id, _at(simulation), {"screenName": id})["members"] += members or []
    return {"id": id}


def kaltura_delete_group(simulation: Simulation, group: str) -> Json:
    """{group}: take a group away, not its members."""
    store = simulation.world.kaltura
    store.groups.remove(groups.find(store, group))
    return {}


def kaltura_add_category(simulation: Simulation, name: str, parent: int = 0, **fields: object) -> Json:
    """{name, parent?, ...}: a category."""
    store, at = simulation.world.kaltura, _at(simulation)
    made: Json = {"id": store.mint(), "parent": parent, "name": name, "created": at, "updated": at}
    store.categories.append({**made, "fields": dict(fields)})
    return {"id": made["id"]}


def kaltura_edit_category(simulation: Simulation, category: int, **changes: object) -> Json:
    """{category, name?, parent?, entries?, ...}: change what is named."""
    found = _category(simulation.world.kaltura, category)
    found |= {name: changes.pop(name) for name in ("name", "parent", "entries") if name in changes}
    found["fields"] |= changes
    return {}


def kaltura_delete_category(simulation: Simulation, category: int) -> Json:
    """{category}: take a category away."""
    store = simulation.world.kaltura
    store.categories.remove(_category(store, category))
    return {}


def _category(store: Kaltura, key: int) -> Json:
    found = store.category(key)
    if found is None:
        raise ValueError(f"no category has the id {key}")
    return found


def _at(simulation: Simulation) -> int:
    return int(simulation.now().timestamp())


KALTURA_ACTIONS: tuple[Callable[..., Json], ...] = (
    kaltura_get_code, kaltura_install_app, kaltura_edit_integration, kaltura_uninstall_app, kaltura_add_user,
    kaltura_delete_user, kaltura_add_group, kaltura_delete_group, kaltura_add_category,
    kaltura_edit_category, kaltura_delete_category,
)  # fmt: skip
