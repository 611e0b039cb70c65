"""External tools of a Moodle site, against the sandbox; and the signature of a launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.moodle.lti_tool import CAPABILITY, LtiToolHandler
from reconciler.errors import NeedsPerson, NotReady, Refused, Uncertain
from reconciler.model import Address, Exploration, Health, Live, Removal, Scope, Wanted
from reconciler.resources.base import declared
from reconciler.resources.lti_tool import LtiTool
from tests.unit.driver_rig import Campus, change, run_campus, sent_intent

ADDRESS = Address("main", "lti_tool", "zoom")
TOOL = "https://tool.example.edu/zoom.xml"
LAUNCH = "https://applications.zoom.example/lti/rich"
DECLARED: dict[str, Any] = {"cartridge": TOOL, "key": "K1", "secret": "${env:LTI}"}


@pytest.fixture
def campus() -> Iterator[Campus]:
    for campus in run_campus():
        campus.console(
            "moodle_publish", url=TOOL, title="Zoom LTI Pro", description="Meetings", launch_url=LAUNCH
        )
        yield campus


@pytest.fixture
def tools(campus: Campus) -> LtiToolHandler:
    return open_tools(campus)


def open_tools(campus: Campus, **settings: Any) -> LtiToolHandler:
    handler = campus.open("moodle", **settings).handlers()["lti_tool"]
    assert isinstance(handler, LtiToolHandler)
    return handler


def want(remote_id: str = "", **fields: Any) -> Wanted[LtiTool]:
    return Wanted(ADDRESS, remote_id, LtiTool(**{**DECLARED, **fields}))


def read(tools: LtiToolHandler, remote_id: str) -> Live[LtiTool]:
    return next(live for live in tools.read(Scope(())) if live.remote_id == remote_id)


def activity(campus: Campus, tool: str) -> str:
    course = campus.console("moodle_add_course", shortname="LAUNCH")["id"]
    campus.console("moodle_add_activity", course=course, tool=int(tool))
    return str(course)


def stored(campus: Campus) -> Any:
    return campus.state()["moodle"]["tool_types"]


def test_a_tool_is_made_of_its_cartridge_key_and_secret(campus: Campus, tools: LtiToolHandler) -> None:
    live = read(tools, tools.create(want()))
    assert dict(declared(live.resource)) == {
        "title": "Zoom LTI Pro",
        "description": "Meetings",
        "enabled": True,
    }
    (tool,) = stored(campus)
    assert (tool["key"], tool["secret"]) == ("K1", "LTI")
    (_, noted, body, _) = campus.journal.sent[0]
    assert noted["above"] == 0
    assert "LTI'" not in repr(body)


def test_an_update_sends_what_differs_and_is_never_empty(campus: Campus, tools: LtiToolHandler) -> None:
    remote_id = tools.create(want())
    live = read(tools, remote_id)
    same = want(remote_id, title="Zoom LTI Pro", enabled=True)
    tools.update(live, same, [change("title"), change("enabled")])
    assert len(campus.journal.sent) == 1
    other = want(remote_id, title="Zoom (prod)", description="Ours", enabled=False)
    tools.update(live, other, [change("title"), change("description"), change("enabled")])
    assert len(campus.journal.sent) == 2
    assert dict(declared(read(tools, remote_id).resource)) == {
        "title": "Zoom (prod)",
        "description": "Ours",
        "enabled": False,
    }
    for field in ("title", "description", "enabled"):
        assert "force SSL" in CAPABILITY.loses[field]


def test_a_description_is_cleared_by_a_person(campus: Campus, tools: LtiToolHandler) -> None:
    remote_id = tools.create(want())
    with pytest.raises(NeedsPerson):
        tools.update(read(tools, remote_id), want(remote_id, description=None), [change("description")])
    campus.console("moodle_edit_tool", tool=int(remote_id), description="")
    assert read(tools, remote_id).resource.description is None


def test_what_a_site_cannot_fetch_is_told_with_the_reason(campus: Campus, tools: LtiToolHandler) -> None:
    with pytest.raises(Refused, match="HTTP security"):
        tools.create(want(cartridge="http://127.0.0.1:8000/zoom.xml"))
    campus.console("moodle_publish", url=TOOL, title="No launch")
    with pytest.raises(Refused, match="no launch_url"):
        tools.create(want())


def lose(campus: Campus, tools: LtiToolHandler, **fields: Any) -> Any:
    fault = {"operation": "mod_lti_create_tool_type", "ending": "drop_reply", "act": True}
    campus.control("faults", {"status": [fault]})
    with pytest.raises(Uncertain):
        tools.create(want(**fields))
    return sent_intent(campus, ADDRESS)


def test_a_lost_tool_is_among_the_new_and_unused_ones(campus: Campus, tools: LtiToolHandler) -> None:
    old = tools.create(want())
    intent = lose(campus, tools)
    assert [live.remote_id for live in tools.find(intent)] == ["2"]
    theirs = tools.create(want())
    assert [live.remote_id for live in tools.find(intent)] == ["2", theirs]
    activity(campus, theirs)
    assert [live.remote_id for live in tools.find(intent)] == ["2"]
    assert old == "1"


def test_of_several_new_ones_it_is_the_one_with_the_title(campus: Campus, tools: LtiToolHandler) -> None:
    intent = lose(campus, tools, title="Zoom LTI Pro")
    other = tools.create(want())
    campus.console("moodle_edit_tool", tool=int(other), name="Another tool")
    assert [live.remote_id for live in tools.find(intent)] == ["1"]


def test_a_plan_can_say_what_breaks(campus: Campus, tools: LtiToolHandler) -> None:
    used, unused = tools.create(want()), tools.create(want())
    activity(campus, used)
    losses = tools.weigh([read(tools, used), read(tools, unused)])
    assert losses[0].text.startswith("1 activity in a course launches")
    assert losses[1].text == "no activity launches it"
    campus.console("moodle_edit_site", down="services")
    assert "could not be read" in tools.weigh([Live("9", LtiTool(), {}, "x")])[0].text


def test_a_tool_goes_and_gone_is_gone(campus: Campus, tools: LtiToolHandler) -> None:
    live = read(tools, tools.create(want()))
    for _ in range(2):
        tools.remove(live, Removal.DELETE)
    assert stored(campus) == []


@pytest.mark.parametrize(
    ("fields", "health", "words"),
    [
        ({"url": LAUNCH}, Health.WORKING, "signed with the declared"),
        ({"secret": "${env:OTHER}"}, Health.BROKEN, "another secret"),
        ({"key": "K2"}, Health.BROKEN, "another key"),
        ({"url": "https://elsewhere.example/launch"}, Health.BROKEN, "another address"),
    ],
)
def test_a_launch_proves_key_secret_and_address(
    campus: Campus, tools: LtiToolHandler, fields: dict[str, str], health: Health, words: str
) -> None:
    remote_id = tools.create(want())
    probing = open_tools(campus, probe_course=activity(campus, remote_id))
    found = probing.probe(want(remote_id, **fields))
    assert (found.health, words in found.text) == (health, True)


def test_without_an_activity_nothing_is_proved(campus: Campus, tools: LtiToolHandler) -> None:
    remote_id = tools.create(want())
    assert tools.probe(want(remote_id)).health is Health.UNPROBED
    course = activity(campus, remote_id)
    other = open_tools(campus, probe_course=course)
    assert other.probe(want("77")).health is Health.UNPROBED
    unknown = LtiTool(cartridge=TOOL, credential="zoom-lti/lti_credential/lti-2026")
    assert other.probe(Wanted(ADDRESS, remote_id, unknown)).health is Health.UNPROBED


def test_without_key_and_secret_it_waits_for_its_credential(campus: Campus) -> None:
    tool = LtiTool(cartridge=TOOL, credential="zoom-lti/lti_credential/lti-2026")
    tools = open_tools(campus, resources={ADDRESS: tool})
    with pytest.raises(NotReady) as caught:
        tools.create(Wanted(ADDRESS, "", tool))
    assert caught.value.on == "zoom-lti/lti_credential/lti-2026"
    assert campus.journal.sent == []


def test_tools_are_not_written_down_from_what_can_be_read(campus: Campus, tools: LtiToolHandler) -> None:
    known = tools.create(want())
    tools.create(want())
    (left,) = tools.explore(Exploration({}, frozenset({known})))
    assert (left.label, "declare it" in left.why) == ("Zoom LTI Pro", True)
