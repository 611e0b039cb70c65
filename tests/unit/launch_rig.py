"""A campus whose Canvas launches LTI Pro, by LTI 1.1 and 1.3, and what a browser reads of a page."""

from __future__ import annotations

from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.unit.sandbox_rig import LTI_KEY, LTI_SECRET, Rig

SITE = "https://canvas.example.edu"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


@pytest.fixture
def lti(rig: Rig) -> Rig:
    rig.console("create_credential", key=LTI_KEY, secret=LTI_SECRET)
    rig.console("add_domain", key=LTI_KEY, domain=SITE)
    rig.control("counters/reset")
    return rig


def read_page(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """Action and hidden fields of a page's one form."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    head, *inputs = answer.text.split("<input ")
    told = [dict(part.split('="') for part in one.split(" />")[0].rstrip('"').split('" ')) for one in inputs]
    action = head.partition('action="')[2].partition('"')[0]
    return unescape(action), {unescape(one["name"]): unescape(one["value"]) for one in told}


class Campus:
    """A Canvas whose tool is LTI Pro, by 1.1 and by 1.3."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.canvas = f"{rig.sandbox.origin}/canvas"
        self.tool = f"{rig.sandbox.origin}/lti/lti"
        self.course = rig.console("add_canvas_course", name='R&D "101"', course_id=1042)
        self.registration: Any = None

    def ask(self, name: str, body: Any = None) -> httpx.Response:
        method, path = name.split(" ", 1)
        token = self.rig.sandbox.settings()["canvas"]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        return self.rig.client.request(method, f"{self.canvas}/api/v1{path}", json=body, headers=headers)

    def add_tool(self, secret: str = LTI_SECRET, **more: Any) -> Any:
        told = {"name": "Zoom", "consumer_key": LTI_KEY, "shared_secret": secret, "privacy_level": "public"}
        return self.rig.console("add_canvas_tool", url=f"{self.tool}/rich?a=b%20c", **told, **more)["id"]

    def sessionless(self, tool: Any, course: str = "1042") -> httpx.Response:
        return self.ask(f"GET /courses/{course}/external_tools/sessionless_launch?id={tool}")

    def register(self) -> None:
        """Registration, deployment, and the tool's knowledge of the platform."""
        self.rig.console("edit_canvas", features=["lti_registrations_page", "lti_registrations_next"])
        configuration = {
            "title": "Zoom 1.3",
            "target_link_uri": f"{self.tool}/advantage/launch",
            "oidc_initiation_url": f"{self.tool}/advantage/login",
            "redirect_uris": [f"{self.tool}/advantage/launch"],
            "scopes": [],
            "placements": [],
            "privacy_level": "public",
            "custom_fields": {"term": "fall"},
        }
        path = "/accounts/self/lti_registrations"
        body = {"configuration": configuration, "workflow_state": "on"}
        self.registration = self.ask(f"POST {path}", body).json()
        deployed = self.ask(f"POST {path}/{self.registration['id']}/deployments").json()
        self.rig.console(
            "register_lti13_platform",
            issuer="https://canvas.instructure.com",
            client_id=self.client_id,
            deployment_id=deployed["deployment_id"],
            authorization_url=f"{self.canvas}/api/lti/authorize_redirect",
            jwks_url=f"{self.canvas}/api/lti/security/jwks",
        )

    @property
    def client_id(self) -> str:
        return str(self.registration["developer_key_id"])

    def begin(self, **changed: Any) -> dict[str, str]:
        told = {"registration": self.client_id, "course": 1042, "user": 2, "role": "ta"} | changed
        begun = self.rig.console("begin_lti13_launch", **told)
        assert begun["initiation_url"] == f"{self.tool}/advantage/login"
        return {str(name): str(value) for name, value in begun["parameters"].items()}

    def log_in(self, told: dict[str, str], method: str = "GET") -> httpx.Response:
        by = {"params": told} if method == "GET" else {"data": told}
        return self.rig.client.request(method, f"{self.tool}/advantage/login", **by)  # type: ignore[arg-type]

    def authorize(self, **changed: str | None) -> httpx.Response:
        """A login taken as far as the platform's answer, with its request changed."""
        answer = self.log_in(self.begin())
        assert answer.status_code == 302, answer.text
        address, _, query = answer.headers["location"].partition("?")
        told = {name: text for name, text in (dict(parse_qsl(query)) | changed).items() if text is not None}
        return self.rig.client.get(address, params=told)

    def post(self, fields: dict[str, str]) -> httpx.Response:
        return self.rig.client.post(f"{self.tool}/advantage/launch", data=fields)


@pytest.fixture
def campus(lti: Rig) -> Campus:
    return Campus(lti)
