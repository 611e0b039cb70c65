"""The simulated Canvas: what it takes, what it derives, what it lets fall, and how it says no."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from reconciler.sandbox import Sandbox

NOW = "2026-09-01T12:00:00Z"
TOOLS, USERS = "/accounts/self/external_tools", "/accounts/self/users"
REGISTRATIONS = "/accounts/self/lti_registrations"
TOOL: dict[str, Any] = {
    "name": "Zoom",
    "privacy_level": "public",
    "consumer_key": "key",
    "shared_secret": "hush",
    "url": "https://zoom.example.com/launch",
}
CONFIGURATION: dict[str, Any] = {
    "title": "Quiz",
    "target_link_uri": "https://quiz.example.com/launch",
    "oidc_initiation_url": "https://quiz.example.com/login",
    "redirect_uris": ["https://quiz.example.com/launch"],
    "scopes": [],
    "placements": [],
}


class Rig:
    """Talks to one sandbox as a Canvas client would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.settings = sandbox.settings()["canvas"]
        self.origin = sandbox.origin
        self.client = httpx.Client(timeout=10)

    def call(self, name: str, body: Any = None, accept: str = "", token: str = "") -> httpx.Response:
        method, path = name.split(" ", 1)
        headers = {"Authorization": f"Bearer {token or self.settings['token']}"}
        headers |= {"Accept": accept} if accept else {}
        url = path if path.startswith("http") else f"{self.settings['base_url']}/api/v1{path}"
        return self.client.request(method, url, json=body, headers=headers)

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.client.post(f"{self.origin}/_control/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def console(self, do: str, **told: Any) -> Any:
        return self.control("console", {"do": do, **told})

    def show(self, path: str) -> Any:
        return self.client.get(f"{self.origin}/_control/{path}").json()

    def add_tool(self, **more: Any) -> Any:
        answer = self.call(f"POST {TOOLS}", TOOL | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tool(self, number: int) -> Any:
        return self.call(f"GET {TOOLS}/{number}").json()


@pytest.fixture(scope="module")
def running() -> Iterator[Rig]:
    with Sandbox() as sandbox:
        rig = Rig(sandbox)
        yield rig
        rig.client.close()


@pytest.fixture
def rig(running: Rig) -> Rig:
    running.control("reset", {"now": NOW})
    return running


def signed(url: str, pairs: list[tuple[str, str]], secret: str) -> str:
    """OAuth 1.0's HMAC-SHA1 over a POST (RFC 5849), by the text of the standard."""
    escaped = sorted((quote(name, safe="~"), quote(text, safe="~")) for name, text in pairs)
    base = ["POST", url, "&".join(map("=".join, escaped))]
    text = "&".join(quote(part, safe="~") for part in base)
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), "sha1").digest()).decode()


def faults(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, sorted(answer.json()["errors"])


def test_tokens_rights_and_paths_nobody_knows(rig: Rig) -> None:
    answer = rig.call(f"GET {TOOLS}", token="wrong")
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)
    rig.console("edit_canvas", rights=["users"])
    answer = rig.call(f"GET {TOOLS}")
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, False)
    assert answer.json()["status"] == "unauthorized"
    assert rig.call("GET /accounts/77/users").status_code == 404
    assert rig.call("GET /nothing").status_code == 404
    rig.console("edit_canvas", token="fresh")
    assert rig.call("GET /users/self").status_code == 401


def test_lists_are_paged_by_opaque_links(rig: Rig) -> None:
    for number in range(12):
        rig.add_tool(name=f"tool {number}")
    answer = rig.call(f"GET {TOOLS}")
    assert len(answer.json()) == 10
    assert set(answer.links) == {"current", "next", "first"}
    rest = rig.call(f"GET {answer.links['next']['url']}")
    assert len(rest.json()) == 2
    assert "next" not in rest.links
    assert len(rig.call(f"GET {TOOLS}?per_page=500").json()) == 12
    assert rig.call(f"GET {TOOLS}?page=2").status_code == 400
    for unplayed in (f"{TOOLS}?nonsense=1", f"{TOOLS}?search_term=tool", f"{USERS}?search_term=olive"):
        assert rig.call(f"GET {unplayed}").status_code == 400, "no filter is without effect"
    rig.control("faults", {"cut_pages": {"GET /api/v1/accounts/{account}/external_tools": 1}})
    assert "next" not in rig.call(f"GET {TOOLS}").links


def test_a_full_bucket_throttles_until_it_has_leaked(rig: Rig) -> None:
    answer = rig.call("GET /users/self")
    assert float(answer.headers["X-Rate-Limit-Remaining"]) > 590
    rig.console("edit_canvas", level=560)
    answer = rig.call("GET /users/self")
    assert (answer.status_code, answer.text) == (403, "403 Forbidden (Rate Limit Exceeded)\n")
    assert answer.headers["X-Rate-Limit-Remaining"] == "0.0"
    assert "X-Request-Cost" not in answer.headers
    rig.control("clock", {"advance_s": 2})
    assert rig.call("GET /users/self").status_code == 200


def test_a_tool_shows_its_privacy_as_its_state_and_never_its_secret(rig: Rig) -> None:
    made = rig.add_tool(
        custom_fields={"a": "1"}, course_navigation={"text": "Meet", "visibility": "everyone"}
    )
    assert "shared_secret" not in made
    assert (made["workflow_state"], made["version"]) == ("public", "1.1")
    assert made["course_navigation"] == {"text": "Meet", "label": "Meet", "enabled": True}
    assert made["editor_button"] is None
    assert type(made["id"]) is int
    shown = rig.call(f"GET {TOOLS}", accept="application/json+canvas-string-ids").json()
    assert [tool["id"] for tool in shown] == [str(made["id"])]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"consumer_key": ""}, "consumer_key"),
        ({"shared_secret": ""}, "shared_secret"),
        ({"url": ""}, "url"),
        ({"custom_fields": {"a": 1}}, "custom_fields"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_a_new_tool_lacks_is_refused(rig: Rig, change: dict[str, Any], field: str) -> None:
    assert faults(rig.call(f"POST {TOOLS}", TOOL | change)) == (400, [field])
    assert rig.show("state")["canvas"]["tools"] == []


def test_placements_without_effect_fall_silently(rig: Rig) -> None:
    bare = {**TOOL, "domain": "zoom.example.com", "url": ""}
    placed = {
        "course_navigation": {"text": "x"},
        "editor_button": {"url": "https://z/e"},
        "link_selection": {},
    }
    made = rig.call(f"POST {TOOLS}", bare | placed).json()
    assert [made[name] for name in placed] == [None, None, None]
    made = rig.add_tool(editor_button={"icon_url": "https://z/i.png"}, user_navigation={"enabled": "false"})
    assert made["editor_button"]["selection_width"] == 800
    assert made["user_navigation"] is None


def test_an_update_changes_what_is_named_and_replaces_units_whole(rig: Rig) -> None:
    number = rig.add_tool(
        custom_fields={"a": "1", "b": "2"}, course_navigation={"text": "x"}, user_navigation={"text": "y"}
    )["id"]
    body = {"custom_fields": {"b": "3"}, "user_navigation": "", "shared_secret": "", "privacy_level": "odd"}
    shown = rig.call(f"PUT {TOOLS}/{number}", body).json()
    assert shown["custom_fields"] == {"b": "3"}
    assert (shown["user_navigation"], shown["course_navigation"]["text"]) == (None, "x")
    assert shown["privacy_level"] == "public"
    (stored,) = rig.show("state")["canvas"]["tools"]
    assert stored["shared_secret"] == "hush"


def test_two_tools_may_be_alike_and_a_deleted_one_is_out_of_sight(rig: Rig) -> None:
    first, second = rig.add_tool(), rig.add_tool()
    assert first["id"] != second["id"]
    assert rig.call(f"DELETE {TOOLS}/{first['id']}").json()["workflow_state"] == "deleted"
    assert rig.call(f"GET {TOOLS}/{first['id']}").status_code == 404
    assert rig.call(f"DELETE {TOOLS}/{first['id']}").status_code == 404
    assert [tool["id"] for tool in rig.call(f"GET {TOOLS}").json()] == [second["id"]]


def test_people_have_logins_that_are_unique(rig: Rig) -> None:
    body = {
        "user": {"name": "Ada", "skip_registration": True},
        "pseudonym": {"unique_id": "ada", "sis_user_id": "S1"},
        "communication_channel": {"type": "email", "address": "ada@example.edu", "skip_confirmation": True},
    }
    ada = rig.call(f"POST {USERS}", body).json()
    answer = rig.call(f"POST {USERS}", body | {"pseudonym": {"unique_id": "ADA"}})
    assert faults(answer) == (400, ["observee", "pseudonym", "user"])
    assert answer.json()["errors"]["pseudonym"]["unique_id"][0]["type"] == "taken"
    assert rig.show("counters")["mails"] == 0
    rows = rig.call(f"GET {USERS}?include[]=email&include[]=time_zone").json()
    assert [row.get("email") for row in rows] == ["owner@example.edu", "ada@example.edu"]
    assert "email" not in rig.call(f"GET {USERS}").json()[0]
    (login,) = rig.call(f"GET /users/{ada['id']}/logins").json()
    changed = rig.call(f"PUT /accounts/self/logins/{login['id']}", {"login": {"workflow_state": "suspended"}})
    assert changed.json()["workflow_state"] == "suspended"
    removed = rig.call(f"DELETE {USERS}/{ada['id']}")
    assert (removed.status_code, removed.json()["id"]) == (200, ada["id"])
    assert rig.call(f"GET /users/{ada['id']}/logins").status_code == 404


def test_courses_are_found_by_what_their_launches_carry(rig: Rig) -> None:
    made = rig.console("add_canvas_course", name="BIO 101", course_id=1042)
    found = rig.call(f"GET /courses/lti_context_id:{made['lti_context_id']}").json()
    assert found == {"id": 1042, "name": "BIO 101", "course_code": "BIO 101", "workflow_state": "available"}
    assert rig.call("GET /courses/1042").status_code == 200
    assert rig.call("GET /courses/lti_context_id:nope").status_code == 404


def test_registrations_are_behind_a_flag_and_deployments_behind_another(rig: Rig) -> None:
    assert rig.call(f"GET {REGISTRATIONS}").status_code == 404
    rig.console("edit_canvas", features=["lti_registrations_page"])
    body = {"configuration": CONFIGURATION, "workflow_state": "on"}
    made = rig.call(f"POST {REGISTRATIONS}", body).json()
    assert (made["name"], made["account_binding"]["workflow_state"]) == ("Quiz", "on")
    listing = rig.call(f"GET {REGISTRATIONS}").json()
    assert (listing["total"], "configuration" in listing["data"][0]) == (1, False)
    path = f"{REGISTRATIONS}/{made['id']}"
    assert rig.call(f"POST {path}/deployments").status_code == 404
    rig.console("edit_canvas", features=["lti_registrations_page", "lti_registrations_next"])
    deployed = rig.call(f"POST {path}/deployments").json()
    assert deployed["deployment_id"].startswith(f"{deployed['id']}:")
    assert len(rig.call(f"GET {path}/deployments").json()) == 1
    assert faults(rig.call(f"POST {REGISTRATIONS}", {"name": "x"})) == (400, ["configuration"])
    lacking = {"configuration": CONFIGURATION | {"target_link_uri": None}}
    assert faults(rig.call(f"PUT {path}", lacking)) == (400, ["target_link_uri"])
    assert faults(rig.call(f"PUT {path}", {"description": "x" * 2049})) == (400, ["description"])
    for name, value in {"vendor": "Quiz Ltd", "overlay": {}}.items():
        assert faults(rig.call(f"PUT {path}", {name: value})) == (400, [name])
    rig.call(f"DELETE {path}")
    assert rig.show("state")["canvas"]["deployments"] == []


def test_a_launch_is_signed_with_the_secret_and_tells_what_privacy_lets_out(rig: Rig) -> None:
    number = rig.add_tool(url="https://zoom.example.com/launch?a=b%20c", custom_fields={"Term-Name": "fall"})[
        "id"
    ]
    rig.console("add_canvas_course", name="BIO 101", course_id=1042)
    told = {"tool": number, "course": 1042, "user": 2, "role": "ta"}
    made = rig.console("launch_canvas_tool", **told)
    parameters = made["parameters"]
    assert parameters["roles"] == "urn:lti:role:ims/lis/TeachingAssistant"
    assert (parameters["custom_canvas_course_id"], parameters["custom_term_name"]) == ("1042", "fall")

    pairs = [("a", "b c"), *((name, text) for name, text in parameters.items() if name != "oauth_signature")]
    assert parameters["oauth_signature"] == signed("https://zoom.example.com/launch", pairs, "hush")
    assert parameters["oauth_signature"] != signed("https://zoom.example.com/launch", pairs, "wrong")
    rig.console("edit_canvas_tool", tool=number, privacy_level="anonymous")
    assert "custom_canvas_course_id" not in rig.console("launch_canvas_tool", **told)["parameters"]


def test_reads_and_writes_are_counted_by_the_sandbox_s_own_list(rig: Rig) -> None:
    rig.control("counters/reset")
    rig.add_tool()
    rig.call(f"GET {TOOLS}")
    rig.call("POST /nothing", {})
    counted = rig.show("counters")
    assert counted["writes"] == {"POST /api/v1/accounts/{account}/external_tools": 1, "unknown": 1}
    assert counted["reads"] == {"GET /api/v1/accounts/{account}/external_tools": 1}


def test_a_campus_is_put_back_as_it_was(rig: Rig) -> None:
    rig.add_tool(course_navigation={"text": "x"})
    state = rig.show("state")
    rig.control("reset", {"now": NOW})
    assert rig.show("state")["canvas"]["tools"] == []
    state.pop("now")
    rig.control("reset", {"now": NOW, "world": state})
    assert rig.show("state")["canvas"] == state["canvas"]
