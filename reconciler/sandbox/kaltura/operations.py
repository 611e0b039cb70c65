"""Kaltura's API v3: its actions, who may call them, several in one request, and its way to say no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.calls import Access, Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.kaltura import categories, groups, integrations, sessions, users
from reconciler.sandbox.kaltura.errors import Silence, refuse
from reconciler.sandbox.kaltura.protocol import Asked, fill, parse, split
from reconciler.sandbox.kaltura.rendering import JSON, error, render
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.zoom.operations import drop_fields

PREFIX = "/kaltura"
MULTIREQUEST = "multirequest"


@dataclass(frozen=True, slots=True)
class Action:
    """What a service can be asked: what it must be told, and whether only administrators may ask."""

    name: str
    access: Access
    act: Callable[[Call], Any]
    needs: tuple[str, ...] = ()
    admin: bool = True


def _forbidden(call: Call) -> None:
    raise refuse("SERVICE_FORBIDDEN", SERVICE="vendor_vendorintegration->updateStatus")


ACTIONS = (
    Action("session.start", "token", sessions.start, ("secret",), admin=False),
    Action("session.startWidgetSession", "token", sessions.start_widget, ("widgetId",), admin=False),
    Action("apptoken.startSession", "token", sessions.start_by_token, ("id", "tokenHash"), admin=False),
    Action("session.get", "read", sessions.get, admin=False),
    Action("session.end", "token", sessions.end, admin=False),
    Action("user.add", "write", users.add, ("user",)),
    Action("user.update", "write", users.update, ("userId", "user")),
    Action("user.delete", "write", users.delete, ("userId",)),
    Action("user.get", "read", users.get),
    Action("user.list", "read", users.list_all),
    Action("group_group.add", "write", groups.add, ("group",)),
    Action("group_group.update", "write", groups.update, ("groupId", "group")),
    Action("group_group.delete", "write", groups.delete, ("groupId",)),
    Action("group_group.get", "read", groups.get, ("groupId",)),
    Action("group_group.list", "read", groups.list_all),
    Action("groupuser.add", "write", groups.add_member, ("groupUser",)),
    Action("groupuser.delete", "write", groups.delete_member, ("userId", "groupId")),
    Action("groupuser.list", "read", groups.list_members),
    Action("category.add", "write", categories.add, ("category",)),
    Action("category.update", "write", categories.update, ("id", "category")),
    Action("category.delete", "write", categories.delete, ("id",)),
    Action("category.move", "write", categories.move, ("categoryIds", "targetCategoryParentId")),
    Action("category.get", "read", categories.get, ("id",)),
    Action("category.list", "read", categories.list_all),
    Action("vendor_zoomvendor.list", "read", integrations.list_all),
    Action("vendor_zoomvendor.get", "read", integrations.get_first, ("partnerId",)),
    Action(
        "vendor_zoomvendor.submitRegistration",
        "write",
        integrations.submit_registration,
        ("accountId", "integrationSetting"),
    ),
    Action("vendor_vendorintegration.get", "read", integrations.get, ("integrationId",)),
    Action("vendor_vendorintegration.update", "write", integrations.update, ("id", "integrationSetting")),
    Action("vendor_vendorintegration.delete", "write", integrations.delete, ("integrationId",)),
    Action("vendor_vendorintegration.updateStatus", "write", _forbidden, ("id", "status")),
)
BY_NAME = {action.name.lower(): action for action in ACTIONS}
SERVICES = frozenset(name.partition(".")[0] for name in BY_NAME)


class KalturaApi(Vendor):
    """Actions by name, wherever in a request the name stands; every answer has HTTP status 200."""

    def __init__(self) -> None:
        self.prefix = PREFIX
        self.admit = admit
        self.refuse = refuse_request
        made = [Operation(action.name, action.access, _answering(action.act)) for action in ACTIONS]
        self._by_name = {operation.name.lower(): operation for operation in made}
        self._several = Operation(MULTIREQUEST, "read", _answering(self._call_each))
        self.operations = (*made, self._several)

    def match(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """The action that a request names, in whatever case."""
        asked = read(request)
        if asked.service == MULTIREQUEST:
            return self._several, {}
        try:
            return self._by_name[find(asked).name.lower()], {}
        except Refusal as refusal:
            raise _formatted(refusal, asked.format) from None

    def _call_each(self, call: Call) -> list[Any]:
        """One result per call, in order; one that fails ends nothing."""
        results: list[Any] = []
        for asked in split(Asked("", "", call.body)):
            asked = Asked(asked.service, asked.action, fill(asked.given, results))
            try:
                operation = self._by_name[find(asked).name.lower()]
                call.simulation.counters.arrived(operation)
                inner = enter(call.simulation, operation, asked)
                if operation.access == "write":
                    call.simulation.remember()
                    call.simulation.faults.writes += 1
                results.append(BY_NAME[operation.name.lower()].act(inner))
            except Refusal as refusal:
                results.append(_describe(refusal))
        return results


def read(request: Request) -> Asked:
    """What a request asks for, below this vendor's prefix."""
    path = request.path.removeprefix(PREFIX)
    return parse(Request(request.method, path, request.pairs, request.headers, request.body))


def find(asked: Asked) -> Action:
    """The action asked for. Refuses a service, or an action, that there is not."""
    if asked.service not in SERVICES:
        raise refuse("SERVICE_DOES_NOT_EXISTS", SRV_NAME=asked.service)
    if asked.name not in BY_NAME:
        raise refuse("ACTION_DOES_NOT_EXISTS", ACTION_NAME=asked.action, SERVICE_NAME=asked.service)
    return BY_NAME[asked.name]


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Let a request in, or refuse it in the format it asks for."""
    asked = read(request)
    try:
        return enter(simulation, operation, asked)
    except Refusal as refusal:
        raise _formatted(refusal, asked.format) from None


def enter(simulation: Simulation, operation: Operation, asked: Asked) -> Call:
    """Arguments first, then the session and what it may do: so a bad request tells that first."""
    action = BY_NAME.get(operation.name.lower())
    given = asked.given
    for name in action.needs if action else ():
        if given.get(name) is None:
            raise refuse("MISSING_MANDATORY_PARAMETER", PARAM_NAME=name)
    lagged = operation.access == "read" and action is not None
    world = simulation.view() if lagged else simulation.world
    query = {"ks": str(given.get("ks") or ""), "format": str(asked.format)}
    query["partnerId"] = str(given.get("partnerId") or "")
    body = drop_fields(simulation, operation, given)
    call = Call(operation, {}, query, body, world, simulation.now(), simulation, given)
    if action and action.admin and sessions.of(call).kind != sessions.ADMIN:
        raise refuse("SERVICE_FORBIDDEN", SERVICE=action.name.replace(".", "->"))
    return call


def _answering(act: Callable[[Call], Any]) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        wanted = int(call.query["format"])
        try:
            return render(act(call), wanted)
        except Silence:
            return Answer(body=b"")
        except Refusal as refusal:
            raise _formatted(refusal, wanted) from None

    return answer


def _formatted(refusal: Refusal, wanted: int) -> Refusal:
    refusal.result = {**(refusal.result or {}), "format": wanted}
    refusal.headers = render(None, wanted).headers
    return refusal


def _describe(refusal: Refusal) -> Json:
    return error(refusal.code, refusal.message, (refusal.result or {}).get("args", {}))


def refuse_request(refusal: Refusal, simulation: Simulation) -> Answer:
    """An error object with HTTP status 200."""
    return render(_describe(refusal), (refusal.result or {}).get("format", JSON))


VENDOR = KalturaApi()
