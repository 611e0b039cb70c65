"""Moodle's one web service address: its functions, its door, and its way to say no with HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from reconciler.sandbox.calls import Access, Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.moodle import cohorts, enrolments, launches, site, tools, users
from reconciler.sandbox.moodle.params import check, nest
from reconciler.sandbox.moodle.params import refuse as refuse_input
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.zoom.operations import drop_fields

PREFIX = "/moodle"
PATH = f"{PREFIX}/webservice/rest/server.php"
FORM = "application/x-www-form-urlencoded"
ENVELOPE = frozenset({"wstoken", "wsfunction", "moodlewsrestformat"})
SETTING = "moodlewssetting"
HTML = {"Content-Type": "text/html; charset=utf-8"}
MAINTENANCE = b"<!DOCTYPE html><html><body><h1>This site is undergoing maintenance</h1></body></html>"
CLASSES: Mapping[str, str] = {
    "invalidtoken": "core\\exception\\moodle_exception",
    "accessexception": "webservice_access_exception",
    "invalidparameter": "core\\exception\\invalid_parameter_exception",
    "invalidrecordunknown": "dml_missing_record_exception",
    "nopermissions": "core\\exception\\required_capability_exception",
    "dbconnectionfailed": "dml_connection_exception",
}
Function = tuple[Access, Mapping[str, Any], Callable[[Call], Answer]]
FUNCTIONS: Mapping[str, Function] = {
    "core_webservice_get_site_info": ("read", site.INFO, site.show_info),
    "mod_lti_get_tool_types": ("read", tools.LIST, tools.list_types),
    "mod_lti_get_tool_types_and_proxies": ("read", tools.PAGED, tools.list_types_and_proxies),
    "mod_lti_get_tool_types_and_proxies_count": ("read", tools.LIST, tools.count_types),
    "mod_lti_create_tool_type": ("write", tools.CREATE, tools.create_type),
    "mod_lti_update_tool_type": ("write", tools.UPDATE, tools.update_type),
    "mod_lti_delete_tool_type": ("write", tools.ID, tools.delete_type),
    "mod_lti_is_cartridge": ("read", tools.CARTRIDGE, tools.is_cartridge),
    "mod_lti_get_ltis_by_courses": ("read", launches.ACTIVITIES, launches.list_activities),
    "mod_lti_get_tool_launch_data": ("read", launches.LAUNCH, launches.show_launch),
    "core_user_create_users": ("write", users.CREATE, users.create),
    "core_user_update_users": ("write", users.UPDATE, users.update),
    "core_user_delete_users": ("write", users.DELETE, users.delete),
    "core_user_get_users_by_field": ("read", users.BY_FIELD, users.get_by_field),
    "core_user_get_users": ("read", users.SEARCH, users.search),
    "core_cohort_create_cohorts": ("write", cohorts.CREATE, cohorts.create),
    "core_cohort_update_cohorts": ("write", cohorts.UPDATE, cohorts.update),
    "core_cohort_delete_cohorts": ("write", cohorts.DELETE, cohorts.delete),
    "core_cohort_get_cohorts": ("read", cohorts.LIST, cohorts.list_all),
    "core_cohort_search_cohorts": ("read", cohorts.SEARCH, cohorts.search),
    "core_cohort_get_cohort_members": ("read", cohorts.MEMBERS, cohorts.list_members),
    "core_cohort_add_cohort_members": ("write", cohorts.ADD, cohorts.add_members),
    "core_cohort_delete_cohort_members": ("write", cohorts.TAKE, cohorts.take_members),
    "core_course_get_courses_by_field": ("read", cohorts.COURSES, cohorts.get_courses),
    "core_enrol_get_enrolled_users": ("read", enrolments.LIST, enrolments.list_enrolled),
}
"""Every function played: whether it writes (Moodle's own declarations), its parameters, what it does."""


class Moodle(Vendor):
    """Functions by name, whatever the HTTP method."""

    def __init__(self) -> None:
        self.prefix = PREFIX
        self.admit = admit
        self.refuse = refuse
        self.operations = tuple(Operation(name, access, act) for name, (access, _, act) in FUNCTIONS.items())
        self._by_name = {operation.name: operation for operation in self.operations}

    def match(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """The function that a request names."""
        if request.path != PATH:
            raise Refusal(404, "404", "Not Found")
        form = dict(_pairs(request))
        name = form.get("wsfunction", "")
        if not name:
            raise refuse_input("no wsfunction")
        if name not in self._by_name:
            raise Refusal(200, "invalidrecordunknown", "Can't find data record in database.")
        return self._by_name[name], {}


def _pairs(request: Request) -> list[tuple[str, str]]:
    """Query and form; a body of any other type is not read."""
    sent = request.headers.get("content-type", "").partition(";")[0]
    body = parse_qsl(request.body.decode(), keep_blank_values=True) if sent == FORM else []
    return [*request.pairs, *body]


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Whether the site is up, the token, what its service and its user's role hold; then the parameters.

    The call's `query` holds what is not a parameter: userid, functions, denied, raw.
    """
    here = simulation.world.moodle
    if here.down in ("services", "rest"):
        raise Refusal(403, "403", "", headers=HTML)
    if here.down == "cli":
        raise Refusal(503, "503", "", headers=HTML)
    if here.down == "database":
        raise Refusal(200, "dbconnectionfailed", "<p>Error: Database connection failed</p>")
    pairs = _pairs(request)[: here.most_variables]
    envelope = {name: value for name, value in pairs if name in ENVELOPE or name.startswith(SETTING)}
    token = _token(simulation, envelope.get("wstoken", ""))
    if envelope.get("moodlewsrestformat") != "json":
        raise refuse_input("without moodlewsrestformat=json a site answers XML, and the sandbox not at all")
    functions = token.get("functions") or list(FUNCTIONS)
    if operation.name not in functions:
        raise Refusal(200, "accessexception", "Access control exception")
    told = nest([(name, value) for name, value in pairs if name not in envelope])
    sent = check(FUNCTIONS[operation.name][1], told)
    denied = token.get("denied", [])
    if operation.name in denied:
        raise Refusal(200, "nopermissions", "Sorry, but you do not currently have permissions to do that.")
    query = {
        "userid": str(token["user_id"]),
        "functions": ",".join(functions),
        "denied": ",".join(denied),
        "raw": envelope.get(f"{SETTING}raw", "0"),
    }
    world = simulation.view() if operation.access == "read" else simulation.world
    body = drop_fields(simulation, operation, sent)
    return Call(operation, path, query, body, world, simulation.now(), simulation, sent)


def _token(simulation: Simulation, text: str) -> Json:
    here = simulation.world.moodle
    token = here.tokens.get(text)
    if token is None:
        raise Refusal(200, "invalidtoken", "Invalid token - token not found")
    if 0 < token.get("expires_at", 0) <= simulation.now().timestamp():
        del here.tokens[text]
        raise Refusal(200, "accessexception", "Access control exception")
    if here.down == "maintenance" and token["user_id"] != 2:
        text = "The site is undergoing maintenance and is currently not available"
        raise Refusal(200, "sitemaintenance", text)
    return token


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """An exception in JSON with HTTP 200; a whole page, or nothing, where PHP does not come that far."""
    if refusal.status == 503:
        return Answer(503, MAINTENANCE)
    if refusal.status != 200:
        return Answer(refusal.status, b"")
    told = refusal.result or {}
    code = str(refusal.code)
    body: Json = {"exception": told.get("exception", CLASSES.get(code, CLASSES["invalidtoken"]))}
    body |= {"errorcode": code} if code else {}
    body["message"] = refusal.message
    if simulation.world.moodle.debugging and "debuginfo" in told:
        body["debuginfo"] = told["debuginfo"]
    return Answer(body=body)


VENDOR = Moodle()
