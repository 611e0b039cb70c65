"""The simulated Moodle: it answers in the shapes a site of version 5.1 was seen to answer in."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.unit.sandbox_rig import Rig
from tests.unit.sandbox_rig import rig as rig
from tests.unit.sandbox_rig import running_rig as running_rig

TOOL = "https://tool.example.edu/zoom.xml"
INVALID = ("core\\exception\\invalid_parameter_exception", "invalidparameter")
ADA = {
    "username": "ada.l",
    "password": "Str0ng#Pass",
    "firstname": "Ada",
    "lastname": "L",
    "email": "ada@example.edu",
}


def ask(rig: Rig, function: str, *, token: str = "", **told: Any) -> Any:
    """Call a function with flat parameters; a name's `__` is a bracket."""
    return post(rig, function, {flat(name): str(value) for name, value in told.items()}, token=token).json()


def flat(name: str) -> str:
    head, *steps = name.split("__")
    return head + "".join(f"[{step}]" for step in steps)


def post(rig: Rig, function: str, form: dict[str, str], *, token: str = "") -> httpx.Response:
    known = rig.sandbox.settings()["moodle"]
    envelope = {"wstoken": token or known["token"], "moodlewsrestformat": "json", "wsfunction": function}
    return rig.client.post(f"{known['base_url']}/webservice/rest/server.php", data=envelope | form)


def said(answer: Any) -> tuple[str, str]:
    return answer["exception"], answer["errorcode"]


def add_users(rig: Rig, *users: dict[str, str]) -> Any:
    form = {f"users[{at}][{name}]": text for at, user in enumerate(users) for name, text in user.items()}
    return post(rig, "core_user_create_users", form).json()


def cohort(rig: Rig, idnumber: str, name: str = "Zoom hosts", **more: str) -> Any:
    told = {"cohorts__0__name": name, "cohorts__0__idnumber": idnumber, **more}
    place = {"cohorts__0__categorytype__type": "system", "cohorts__0__categorytype__value": ""}
    return ask(rig, "core_cohort_create_cohorts", **told, **place)


@pytest.fixture
def tool(rig: Rig) -> Any:
    """A tool type made from a published cartridge."""
    rig.console(
        "moodle_publish",
        url=TOOL,
        title="Zoom LTI Pro",
        description="Zoom meetings in a course",
        launch_url="https://applications.zoom.example/lti/rich",
    )
    return ask(rig, "mod_lti_create_tool_type", cartridgeurl=TOOL, key="zoom-key-1", secret="zoom-secret-1")


def test_errors_come_with_status_200(rig: Rig) -> None:
    info = "core_webservice_get_site_info"
    wrong = post(rig, info, {}, token="deadbeef")
    assert wrong.status_code == 200
    assert said(wrong.json()) == ("core\\exception\\moodle_exception", "invalidtoken")
    assert said(ask(rig, "core_no_such_function")) == ("dml_missing_record_exception", "invalidrecordunknown")
    for bad in (
        post(rig, "core_user_get_users_by_field", {"field": "email"}),
        post(rig, "mod_lti_delete_tool_type", {"id": "abc"}),
        post(rig, "mod_lti_get_tool_types", {"nosuch": "1"}),
        post(rig, "", {}),
    ):
        assert said(bad.json()) == INVALID
        assert "debuginfo" not in bad.json()
    rig.console("moodle_edit_site", debugging=True)
    assert "nosuch" in ask(rig, "mod_lti_get_tool_types", nosuch=1)["debuginfo"]


def test_a_service_is_a_list_of_functions_and_a_role_may_do_less(rig: Rig) -> None:
    own = {"user_id": 2, "functions": ["core_webservice_get_site_info", "mod_lti_get_tool_types"]}
    rig.console("moodle_edit_site", tokens={"few": {**own, "denied": ["mod_lti_get_tool_types"]}})
    listed = ask(rig, "core_webservice_get_site_info", token="few")
    assert [one["name"] for one in listed["functions"]] == own["functions"]
    assert {"siteurl", "sitename", "userid", "username", "release", "siteid"} <= listed.keys()
    refused = said(ask(rig, "core_cohort_get_cohorts", token="few"))
    assert refused == ("webservice_access_exception", "accessexception")
    assert said(ask(rig, "mod_lti_get_tool_types", token="few"))[1] == "nopermissions"


def test_an_expired_token_is_told_once_and_is_gone(rig: Rig) -> None:
    rig.console("moodle_edit_site", tokens={"old": {"user_id": 2, "expires_at": 1}})
    codes = [said(ask(rig, "mod_lti_get_tool_types", token="old"))[1] for _ in range(2)]
    assert codes == ["accessexception", "invalidtoken"]


@pytest.mark.parametrize(
    ("down", "status", "code"),
    [("services", 403, ""), ("rest", 403, ""), ("cli", 503, ""), ("database", 200, "dbconnectionfailed")],
)
def test_a_site_that_is_down_answers_in_its_own_ways(rig: Rig, down: str, status: int, code: str) -> None:
    rig.console("moodle_edit_site", down=down)
    answer = post(rig, "core_webservice_get_site_info", {})
    assert answer.status_code == status
    assert ("html" in answer.headers["content-type"]) is (status != 200)
    assert (answer.content == b"") is (status == 403)
    assert not code or answer.json()["errorcode"] == code


def test_maintenance_by_the_web_setting_lets_the_admin_in(rig: Rig) -> None:
    user = rig.console("moodle_add_user", username="x", email="x@example.edu")["id"]
    tokens = {"x": {"user_id": user}, "admin": {"user_id": 2}}
    rig.console("moodle_edit_site", down="maintenance", tokens=tokens)
    assert ask(rig, "mod_lti_get_tool_types", token="admin") == []
    assert said(ask(rig, "mod_lti_get_tool_types", token="x"))[1] == "sitemaintenance"


def test_a_tool_type_reads_without_key_secret_and_launch_address(rig: Rig, tool: Any) -> None:
    assert (tool["id"], tool["name"], tool["description"]) == (1, "Zoom LTI Pro", "Zoom meetings in a course")
    assert tool["state"] == {
        "text": "Active",
        "pending": False,
        "configured": True,
        "rejected": False,
        "unknown": False,
    }
    assert (tool["clientid"], tool["courseid"], tool["instanceids"], tool["instancecount"]) == (
        None,
        0,
        [],
        0,
    )
    assert not {"key", "secret", "url"} & tool.keys()
    again = ask(rig, "mod_lti_create_tool_type", cartridgeurl=TOOL, key="zoom-key-1", secret="zoom-secret-1")
    assert again["id"] == 2
    assert [one["id"] for one in ask(rig, "mod_lti_get_tool_types")] == [1, 2]
    assert ask(rig, "mod_lti_get_tool_types_and_proxies_count") == {"count": 2}
    page = ask(rig, "mod_lti_get_tool_types_and_proxies", limit=1, offset=1)
    assert ([one["id"] for one in page["types"]], page["proxies"]) == ([2], [])
    assert [ask(rig, "mod_lti_delete_tool_type", id=2) for _ in range(2)] == [{"id": 2}] * 2


def test_an_update_keeps_what_is_empty_and_lifts_restrictions(rig: Rig, tool: Any) -> None:
    update = "mod_lti_update_tool_type"
    rig.console("moodle_edit_tool", tool=1, force_ssl=True, categories=[1])
    changed = ask(rig, update, id=1, name="Zoom (prod)", description="by us", state=2)
    assert (changed["name"], changed["state"]["text"]) == ("Zoom (prod)", "Pending")
    assert ask(rig, update, id=1, description="")["description"] == "by us"
    assert ask(rig, update, id=1, state=0)["state"]["text"] == "Pending"
    assert ask(rig, update, id=1, state=4)["errorcode"] == "Invalid state: 4 - must be 1, 2, or 3"
    assert said(ask(rig, update, id=1, key="new", secret="new")) == INVALID
    assert said(ask(rig, update, id=99, name="x"))[1] == "unabletofindtooltype"
    assert ask(rig, update, id=1, name="Zoom <b>é</b> & co")["name"] == "Zoom é & co"
    stored = rig.show("state")["moodle"]["tool_types"][0]
    assert (stored["force_ssl"], stored["categories"]) == (False, [])
    assert (stored["key"], stored["secret"]) == ("zoom-key-1", "zoom-secret-1")


def test_a_cartridge_must_be_readable_and_name_a_launch_url(rig: Rig) -> None:
    create = "mod_lti_create_tool_type"
    rig.console("moodle_publish", url=TOOL, title="No launch")
    assert said(ask(rig, create, cartridgeurl=TOOL))[1] == "unabletocreatetooltype"
    assert said(ask(rig, create, key="k"))[1] == "unabletocreatetooltype"
    for url in ("https://elsewhere.example/x.xml", "http://127.0.0.1:9/x.xml"):
        assert said(ask(rig, create, cartridgeurl=url))[1] == "errorreadingfile"
    assert said(ask(rig, create, cartridgeurl=TOOL, name="X")) == INVALID
    assert ask(rig, "mod_lti_is_cartridge", url=f"{TOOL}?x=1") == {"iscartridge": True}


CARTRIDGE = b"""<?xml version="1.0" encoding="UTF-8"?>
<cartridge_basiclti_link xmlns="http://www.imsglobal.org/xsd/imslticc_v1p0"
  xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0">
  <blti:title>Served</blti:title>
  <blti:launch_url>https://tool.example.edu/launch</blti:launch_url>
</cartridge_basiclti_link>"""


class _Serving(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CARTRIDGE if self.path == "/good.xml" else b"no XML")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[str]:
    """A web server on loopback."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Serving) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_loopback_and_odd_ports_are_blocked_until_an_admin_allows_them(rig: Rig, web: str) -> None:
    create = "mod_lti_create_tool_type"
    assert said(ask(rig, create, cartridgeurl=f"{web}/good.xml"))[1] == "errorreadingfile"
    rig.console("moodle_edit_site", guards_fetches=False)
    made = ask(rig, create, cartridgeurl=f"{web}/good.xml")
    assert made["name"] == "Served"
    assert made["description"].startswith("Click here")
    assert said(ask(rig, create, cartridgeurl=f"{web}/bad.xml"))[1] == "errorreadingfile"


def test_accounts_are_made_all_or_none(rig: Rig) -> None:
    bob = ADA | {"username": "bob", "email": "bob@example.edu", "idnumber": "E101"}
    assert add_users(rig, ADA, bob) == [{"id": 3, "username": "ada.l"}, {"id": 4, "username": "bob"}]
    carol = ADA | {"username": "carol", "email": "carol@example.edu"}
    for bad in (
        ADA,
        carol | {"email": "BOB@example.edu"},
        carol | {"username": "Carol"},
        carol | {"firstname": "<b>C</b>"},
        carol | {"suspended": "1"},
        {name: text for name, text in carol.items() if name != "password"},
    ):
        assert said(add_users(rig, carol | {"username": "dan", "email": "d@example.edu"}, bad)) == INVALID
    assert "<div>" in add_users(rig, carol | {"password": "x"})["errorcode"]
    found = post(rig, "core_user_get_users_by_field", {"field": "username", "values[0]": "dan"}).json()
    assert found == []
    (shown,) = ask(rig, "core_user_get_users_by_field", field="idnumber", values__0="E101")
    assert (shown["fullname"], shown["timezone"], shown["suspended"]) == ("Ada L", "99", False)
    assert ask(rig, "core_user_get_users_by_field", field="email", values__0="ADA@example.edu") == []
    assert add_users(rig, carol | {"timezone": "Mars/Phobos"})[0]["username"] == "carol"


def test_updates_warn_and_keep_the_good_ones(rig: Rig) -> None:
    add_users(rig, ADA, ADA | {"username": "bob", "email": "bob@example.edu"})
    update = "core_user_update_users"
    assert ask(rig, update, users__0__id=3, users__0__suspended=1) == {"warnings": []}
    warned = ask(rig, update, users__0__id=987, users__1__id=4, users__1__lastname="Builder")["warnings"]
    assert [(one["itemid"], one["warningcode"]) for one in warned] == [(987, "invaliduserid")]
    duplicate = ask(rig, update, users__0__id=3, users__0__email="bob@example.edu")["warnings"]
    assert duplicate[0]["warningcode"] == "useremailduplicate"
    found = ask(rig, "core_user_get_users", criteria__0__key="email", criteria__0__value="BOB%")
    assert [user["lastname"] for user in found["users"]] == ["Builder"]
    everybody = ask(rig, "core_user_get_users", criteria__0__key="department", criteria__0__value="x")
    assert len(everybody["users"]) == 3
    assert everybody["warnings"][0]["warningcode"] == "invalidfieldparameter"
    assert said(ask(rig, update, users__0__id=3, users__0__suspended="true")) == INVALID


def test_the_deleted_leave_a_tombstone_that_only_an_id_shows(rig: Rig) -> None:
    add_users(rig, ADA)
    delete = "core_user_delete_users"
    assert ask(rig, delete, userids__0=3) is None
    assert said(ask(rig, delete, userids__0=3))[1] == "invalidrecordunknown"
    (left,) = ask(rig, "core_user_get_users_by_field", field="id", values__0=3)
    assert left["username"].startswith("ada@example.edu.")
    assert len(left["email"]) == 32
    assert ask(rig, "core_user_get_users_by_field", field="username", values__0="ada.l") == []
    assert add_users(rig, ADA)[0]["id"] == 4


def test_cohorts_are_told_apart_by_their_id_number(rig: Rig) -> None:
    (made,) = cohort(rig, "hosts", cohorts__0__description="d", cohorts__0__visible="1")
    assert made == {
        "id": 1,
        "name": "Zoom hosts",
        "idnumber": "hosts",
        "description": "d",
        "descriptionformat": 1,
        "visible": True,
        "theme": "",
    }
    assert said(cohort(rig, "hosts")) == INVALID
    assert [said(cohort(rig, "b", cohorts__0__visible=text)) for text in ("true", "false")] == [INVALID] * 2
    assert cohort(rig, "b", cohorts__0__visible="0")[0]["visible"] is False
    assert said(ask(rig, "core_cohort_update_cohorts", cohorts__0__id=1, cohorts__0__idnumber="x")) == INVALID
    context: dict[str, Any] = {"query": "zoom", "context__contextid": 1, "includes": "all", "limitnum": 1}
    assert [one["id"] for one in ask(rig, "core_cohort_search_cohorts", **context)["cohorts"]] == [1]
    assert [ask(rig, "core_cohort_delete_cohorts", cohortids__0=1)] == [None]
    assert said(ask(rig, "core_cohort_delete_cohorts", cohortids__0=1))[1] == "invalidrecordunknown"


def test_names_are_escaped_unless_raw_texts_are_asked_for(rig: Rig) -> None:
    assert cohort(rig, "ent", '  A & B <i>x</i> "q" ')[0]["name"] == '  A &amp; B x "q" '
    raw = ask(rig, "core_cohort_get_cohorts", moodlewssettingraw=1)
    assert raw[0]["name"] == '  A & B <i>x</i> "q" '
    rig.console("moodle_add_course", shortname="RD&1", idnumber="rd", fullname='R&D "q"')
    found = ask(rig, "core_course_get_courses_by_field", field="idnumber", value="rd")
    assert (found["courses"][0]["fullname"], found["warnings"]) == ('R&amp;D "q"', [])
    always = {"summaryformat", "overviewfiles", "contacts", "enrollmentmethods", "showactivitydates"}
    assert always <= found["courses"][0].keys(), "what Moodle declares as required"
    assert ask(rig, "core_course_get_courses_by_field", field="shortname", value="x")["courses"] == []


def member(cohort: int, user: str, at: int = 0) -> dict[str, str]:
    place, who = f"members[{at}][cohorttype]", f"members[{at}][usertype]"
    return {
        f"{place}[type]": "id",
        f"{place}[value]": str(cohort),
        f"{who}[type]": "username",
        f"{who}[value]": user,
    }


def test_members_come_with_warnings_and_go_without(rig: Rig) -> None:
    add_users(rig, ADA)
    cohort(rig, "hosts")
    add = "core_cohort_add_cohort_members"
    assert post(rig, add, member(1, "ada.l")).json() == {"warnings": []}
    assert post(rig, add, member(1, "ada.l")).json()["warnings"][0]["warningcode"] == "3"
    assert post(rig, add, member(1, "nobody")).json()["warnings"][0]["warningcode"] == "2"
    assert ask(rig, "core_cohort_get_cohort_members", cohortids__0=1) == [{"cohortid": 1, "userids": [3]}]
    take: dict[str, Any] = {"members__0__cohortid": 1, "members__0__userid": 3}
    assert [ask(rig, "core_cohort_delete_cohort_members", **take) for _ in range(2)] == [None, None]


def test_what_exceeds_max_input_vars_falls_off_in_silence(rig: Rig) -> None:
    rig.console("moodle_edit_site", most_variables=50)
    form = {"field": "username"} | {f"values[{n}]": f"nobody{n}" for n in range(60)}
    assert post(rig, "core_user_get_users_by_field", form | {"values[60]": "admin"}).json() == []
    assert (
        len(post(rig, "core_user_get_users_by_field", {"field": "username", "values[0]": "admin"}).json())
        == 1
    )
    cohort(rig, "hosts")
    rows = {name: text for at in range(20) for name, text in member(1, "admin", at).items()}
    assert said(post(rig, "core_cohort_add_cohort_members", rows).json()) == INVALID


def test_a_launch_is_signed_and_crashes_once_its_tool_is_gone(rig: Rig, tool: Any) -> None:
    course = rig.console("moodle_add_course", shortname="LAUNCH", idnumber="SIS-LAUNCH")["id"]
    activity = rig.console("moodle_add_activity", course=course, tool=tool["id"])["id"]
    (used,) = ask(rig, "mod_lti_get_tool_types")
    assert (used["instanceids"], used["instancecount"]) == ([0], 1)
    launch = ask(rig, "mod_lti_get_tool_launch_data", toolid=activity)
    sent = {one["name"]: one["value"] for one in launch["parameters"]}
    assert launch["endpoint"] == "https://applications.zoom.example/lti/rich"
    assert (sent["oauth_consumer_key"], sent["context_id"]) == ("zoom-key-1", str(course))
    assert sent["lti_version"] == "LTI-1p0"
    (listed,) = ask(rig, "mod_lti_get_ltis_by_courses", courseids__0=course)["ltis"]
    assert (listed["id"], listed["typeid"]) == (activity, tool["id"])
    ask(rig, "mod_lti_delete_tool_type", id=tool["id"])
    crashed = ask(rig, "mod_lti_get_tool_launch_data", toolid=activity)
    assert crashed["exception"] == "TypeError"
    assert "errorcode" not in crashed


def test_the_sandbox_counts_by_function_what_writes(rig: Rig) -> None:
    cohort(rig, "hosts")
    ask(rig, "core_cohort_get_cohorts")
    counted = rig.show("counters")
    assert counted["writes"] == {"core_cohort_create_cohorts": 1}
    assert counted["reads"] == {"core_cohort_get_cohorts": 1}
