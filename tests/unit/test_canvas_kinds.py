"""Canvas's kinds against the sandbox: units sent whole, secrets, flags, logins, courses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.drivers.canvas import Canvas
from reconciler.drivers.canvas.registration_wire import write_typed
from reconciler.drivers.canvas.tool_wire import merge_placement, read_placements, read_text, write_tool
from reconciler.errors import IncompleteReading, NotReady, OriginRefused, ReconcilerError, SecretUnavailable
from reconciler.errors import Uncertain as UncertainError
from reconciler.model import Address, ChecksCourses, Removal, Scope, Wanted
from reconciler.resources.base import SecretRef, unchecked
from reconciler.resources.course import Course
from reconciler.resources.lti_deployment import LtiDeployment
from reconciler.resources.lti_registration import LtiRegistration
from reconciler.resources.lti_tool import LtiTool
from reconciler.resources.user import User
from tests.unit.driver_rig import Campus, Safe, campus, change, running, sent_intent

__all__ = ["campus", "running"]
TOOL = Address("main", "lti_tool", "zoom")
SECRET = SecretRef("${env:hush}")
FIELDS: dict[str, Any] = {
    "key": "k",
    "secret": SECRET,
    "privacy": "public",
    "url": "https://z.example.com/lti",
}
REGISTRATION: dict[str, Any] = {
    "launch_url": "https://q.example.com/launch",
    "login_url": "https://q.example.com/login",
    "redirect_urls": ("https://q.example.com/launch",),
    "scopes": (),
}


def handler(campus: Campus, kind: str, **more: Any) -> Any:
    return campus.open("canvas", **more).handlers()[kind]


def wanted(**fields: Any) -> Wanted[LtiTool]:
    return Wanted(TOOL, "", LtiTool(**FIELDS | fields))


def stored(campus: Campus, what: str = "tools") -> list[Any]:
    found: list[Any] = campus.state()["canvas"][what]
    return found


def test_it_says_whose_account_it_is(campus: Campus) -> None:
    account = campus.open("canvas").whoami()
    assert (account.account, account.label, account.user_id) == ("1", "Example University", "2")
    assert account.origin == campus.sandbox.origin


def test_no_token_is_revealed_for_an_origin_nobody_allowed(campus: Campus) -> None:
    safe = Safe(origins=frozenset({"https://canvas.example.edu"}))
    with pytest.raises(OriginRefused):
        campus.open("canvas", token=SecretRef("${env:T}"), secrets=safe)
    assert (safe.revealed, Canvas.origins) == ([], frozenset())


@pytest.mark.parametrize(
    ("name", "text", "wire"),
    [
        ("root_account_only", "true", True),
        ("default", "disabled", "disabled"),
        ("selection_width", "640", 640),
        ("text", "101", "101"),
    ],
)
def test_settings_are_text_here_and_typed_in_a_configuration(name: str, text: str, wire: object) -> None:
    assert write_typed(name, text) == wire
    assert read_text(wire) == text


def test_a_placement_carries_what_nobody_declared() -> None:
    live = {"text": "old", "icon_url": "https://i", "custom_fields": {"a": "1", "b": "2"}}
    declared = {"text": "new", "icon_url": None, "custom_fields": {"b": None, "c": "3"}}
    assert merge_placement(live, declared) == {"text": "new", "custom_fields": {"a": "1", "c": "3"}}
    assert merge_placement(live, None) == ""
    assert merge_placement(None, {"text": "x"}) == {"text": "x"}


def test_only_placements_that_are_declared_are_sent() -> None:
    live = unchecked(LtiTool, {"placements": {"a": {"text": "1"}, "b": {"text": "2"}}})
    made = write_tool(live, LtiTool(placements={"b": {"text": "3"}, "c": None}), ["placements"])
    assert made == {"b": {"text": "3"}, "c": ""}


def test_what_is_no_placement_of_a_tool_is_not_read_as_one() -> None:
    wire = {"editor_button": None, "custom_fields": {"a": "1"}, "estimated_duration": {"minutes": 5}}
    assert read_placements(wire | {"analytics_hub": {"label": "Zoom"}}) == {"analytics_hub": {}}


def test_a_tool_is_made_with_its_secret_and_changed_by_what_differs(campus: Campus) -> None:
    tools = handler(campus, "lti_tool")
    number = tools.create(
        wanted(custom_parameters={"a": "1", "b": "2"}, placements={"link_selection": {"text": "x"}})
    )
    (tool,) = stored(campus)
    assert (tool["shared_secret"], tool["name"], str(tool["id"])) == ("hush", "zoom", number)
    assert "hush" not in str(campus.journal.sent)
    (live,) = tools.read(Scope(()))
    assert live.resource.placements == {
        "link_selection": {
            "text": "x",
            "selection_width": "800",
            "selection_height": "400",
            "enabled": "true",
        }
    }
    again = wanted(description="d", custom_parameters={"b": None})
    tools.update(live, again, [change("description"), change("custom_parameters")])
    assert campus.journal.sent[-1][2] == {"description": "d", "custom_fields": {"a": "1"}}
    tools.update(live, wanted(key="another"), [change("key")])
    assert set(campus.journal.sent[-1][2]) == {"consumer_key", "shared_secret"}, (
        "half of a pair signs nothing"
    )
    for _ in range(2):
        tools.remove(live, Removal.DELETE)
    assert stored(campus) == []


def test_installs_of_lti_1_3_are_not_taken_for_tools(campus: Campus) -> None:
    handler(campus, "lti_tool").create(wanted())
    plan = {"operation": "GET /api/v1/accounts/{account}/external_tools", "status": 200}
    body = [{"id": "1", "name": "Quiz", "version": "1.3", "consumer_key": "N/A"}]
    campus.control("faults", {"status": [{**plan, "body": body}]})
    assert list(handler(campus, "lti_tool").read(Scope(()))) == []
    campus.control("faults", {})


def test_a_lost_reply_is_found_by_name_key_and_address(campus: Campus) -> None:
    tools = handler(campus, "lti_tool")
    tools.create(wanted(url="https://other.example.com"))
    operation = "POST /api/v1/accounts/{account}/external_tools"
    campus.control("faults", {"status": [{"operation": operation, "ending": "drop_reply"}]})
    with pytest.raises(UncertainError):
        tools.create(wanted())
    campus.control("faults", {})
    found = tools.find(sent_intent(campus, TOOL))
    assert [live.resource.url for live in found] == ["https://z.example.com/lti"]
    assert tools.find(replace(sent_intent(campus, TOOL), operation="PUT")) == ()


def test_a_tool_waits_for_the_key_and_the_secret_of_its_credential(campus: Campus) -> None:
    class Empty(Safe):
        def reveal(self, ref: SecretRef, origin: str) -> str:
            if ref == SECRET:
                raise SecretUnavailable("not there yet")
            return super().reveal(ref, origin)

    credential = "zoom-lti/lti_credential/lti-2026"
    resources = {TOOL: LtiTool(credential=credential, privacy="public")}
    tools = handler(campus, "lti_tool", resources=resources, secrets=Empty())
    for fields in ({}, {"key": "k"}, {"key": "k", "secret": SECRET}):
        with pytest.raises(NotReady) as caught:
            tools.create(Wanted(TOOL, "", LtiTool(privacy="public", **fields)))
        assert caught.value.on == credential
    assert campus.journal.sent == []


def test_people_come_registered_and_go_by_suspension(campus: Campus) -> None:
    people, address = handler(campus, "user"), Address("main", "user", "s1")
    ada = Wanted(address, "", User(email="ada@example.edu", display_name="Ada", sis_id="S1", active=False))
    people.create(ada)
    assert campus.control("counters")["mails"] == 0
    lives = {live.label: live for live in people.read(Scope((ada,)))}
    live = lives["Ada (s1)"]
    assert (live.resource.active, live.resource.sis_id, live.resource.login) == (True, "S1", "s1")
    people.update(live, ada, [change("active"), change("display_name")])
    (_, user) = stored(campus, "users")
    assert (user["status"], user["logins"][0]["workflow_state"]) == ("inactive", "suspended")
    again = Wanted(address, "", User(email="ada@example.edu", display_name="Ada"))
    people.update(live, again, [change("active")])
    assert stored(campus, "users")[1]["status"] == "active"
    people.remove(live, Removal.DELETE)
    for how in Removal:
        people.remove(live, how)
    assert len(stored(campus, "users")) == 1


def test_the_token_s_own_person_is_the_owner(campus: Campus) -> None:
    driver = campus.open("canvas")
    driver.whoami()
    (live,) = driver.handlers()["user"].read(Scope(()))
    assert live.owner


def test_a_person_without_a_login_cannot_get_another_name(campus: Campus) -> None:
    people = handler(campus, "user")
    state = campus.state()
    state.pop("now")
    state["canvas"]["users"].append(
        {"id": 77, "name": "No Login", "email": None, "time_zone": None, "status": "inactive", "logins": []}
    )
    campus.reset(world=state)
    live = next(live for live in people.read(Scope(())) if live.remote_id == "77")
    with pytest.raises(ReconcilerError, match="has no login"):
        people.update(live, Wanted(Address("main", "user", "x"), "77", User(login="x")), [change("login")])


def test_a_configuration_is_sent_back_with_what_nobody_declared(campus: Campus) -> None:
    campus.console("edit_canvas", features=["lti_registrations_page"])
    registrations, address = handler(campus, "lti_registration"), Address("main", "lti_registration", "quiz")
    places: dict[str, dict[str, str | None] | None]
    places = {"course_navigation": {"text": "Quiz"}, "link_selection": {}}
    want = Wanted(address, "", LtiRegistration(**REGISTRATION, placements=places))
    number = registrations.create(want)
    state = campus.state()
    state.pop("now")
    state["canvas"]["registrations"][0]["configuration"]["tool_id"] = "kept"
    campus.reset(world=state)
    (live,) = registrations.read(Scope((replace(want, remote_id=number),)))
    assert live.resource.client_id
    assert live.resource.placements == {"course_navigation": {"text": "Quiz"}, "link_selection": {}}
    changed = LtiRegistration(**REGISTRATION, placements={"link_selection": None})
    registrations.update(live, Wanted(address, number, changed), [change("placements")])
    (row,) = stored(campus, "registrations")
    assert row["configuration"]["tool_id"] == "kept"
    assert row["configuration"]["placements"] == [
        {"placement": "course_navigation", "enabled": True, "text": "Quiz"}
    ]


def test_where_the_feature_is_off_nothing_is_concluded(campus: Campus) -> None:
    for kind, features in (("lti_registration", []), ("lti_deployment", ["lti_registrations_page"])):
        campus.console("edit_canvas", features=["lti_registrations_page"])
        registration = Wanted(
            Address("main", "lti_registration", "quiz"), "", LtiRegistration(**REGISTRATION)
        )
        number = handler(campus, "lti_registration").create(registration)
        campus.console("edit_canvas", features=features)
        want = Wanted(Address("main", kind, "quiz"), "", LtiDeployment(registration=number))
        scope: Scope[Any] = Scope((want,) if kind == "lti_deployment" else ())
        with pytest.raises(IncompleteReading, match="a beta of Canvas"):
            list(handler(campus, kind).read(scope))


def test_a_registration_that_is_gone_has_no_deployments(campus: Campus) -> None:
    campus.console("edit_canvas", features=["lti_registrations_page", "lti_registrations_next"])
    want = Wanted(Address("main", "lti_deployment", "quiz"), "", LtiDeployment(registration="99"))
    assert list(handler(campus, "lti_deployment").read(Scope((want,), whole=False))) == []


def test_courses_are_looked_for_by_their_context_id(campus: Campus) -> None:
    campus.console("add_canvas_course", name="BIO", course_id=1042, lti_context_id="4f2a9c")
    driver: object = campus.open("canvas", planning=True)
    assert isinstance(driver, ChecksCourses)
    courses = {
        "right": Course(context_id="4f2a9c", canvas_course_id="1042"),
        "plain": Course(context_id="4f2a9c"),
        "other": Course(context_id="4f2a9c", canvas_course_id="7"),
        "gone": Course(context_id="zzz"),
        "bare": Course(),
    }
    asked = [Wanted(Address("-", "course", name), "", course) for name, course in courses.items()]
    found = {address.name: why for address, why in driver.check_courses(asked).items()}
    assert found == {
        "other": "its canvas_course_id is 1042 in main, not 7",
        "gone": "main has no course with the context_id zzz",
        "bare": "it has no context_id",
    }
