"""A sandbox, a client and shortcuts, for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.lti_pro.signature import sign

NOW = "2026-09-01T12:00:00Z"
LTI_KEY = "KLAIJC9OTI2Hm-vxn3UVHK"
LTI_SECRET = "sandbox-lti-secret"


class Rig:
    """Talks to one sandbox the way a vendor's client would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client = httpx.Client(timeout=10)
        self.token = ""

    def ask_token(self, **changed: Any) -> httpx.Response:
        told = self.sandbox.settings()["zoom"]
        form = {"grant_type": "account_credentials", "account_id": told["account_id"]}
        call = {"data": form, "auth": (told["client_id"], told["client_secret"])} | changed
        return self.client.post(told["token_url"], **call)

    def log_in(self) -> None:
        self.token = self.ask_token().json()["access_token"]

    def zoom(self, name: str, body: Any = None, **query: Any) -> httpx.Response:
        """Call `METHOD /path` of the REST API; underscores in query names stay."""
        method, path = name.split(" ", 1)
        if not self.token:
            self.log_in()
        return self.client.request(
            method,
            self.sandbox.settings()["zoom"]["base_url"] + path,
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def lti(
        self, name: str, body: Any = None, *, key: str = LTI_KEY, secret: str = LTI_SECRET, **query: str
    ) -> httpx.Response:
        """Call `METHOD /path` of LTI Pro, signed."""
        method, path = name.split(" ", 1)
        millis = int(datetime.fromisoformat(self.now()).timestamp() * 1000)
        params = {"key": key, "timestamp": str(millis)} | query
        return self.client.request(
            method,
            self.sandbox.settings()["zoom_lti_pro"]["base_url"] + path,
            json=body,
            params=params,
            headers={"X-Lti-Signature": sign(secret, params.items())},
        )

    def control(self, path: str, body: Any = None) -> Any:
        """POST to the control endpoint; its answer must be 200."""
        answer = self.client.post(f"{self.sandbox.origin}/_control/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def console(self, do: str, **told: Any) -> Any:
        return self.control("console", {"do": do, **told})

    def faults(self, **plan: Any) -> None:
        self.control("faults", plan)

    def show(self, path: str) -> Any:
        return self.client.get(f"{self.sandbox.origin}/_control/{path}").json()

    def now(self) -> str:
        return str(self.show("clock")["now"])

    def user(self, key: str) -> Any:
        """One person of the store, by address or id."""
        return next(u for u in self.show("state")["users"] if key in (u["email"], u["id"]))

    def mails(self) -> list[tuple[str, str]]:
        return [(mail["to"], mail["why"]) for mail in self.show("state")["mails"]]

    def add_user(self, email: str, type: int = 1, **more: Any) -> str:
        """A person by the console; their id."""
        return str(self.console("add_user", email=email, type=type, **more)["id"])

    def add_meeting(self, host: str, **body: Any) -> Any:
        """A meeting by the API; its answer."""
        answer = self.zoom(f"POST /users/{host}/meetings", body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def running_rig() -> Iterator[Rig]:
    with Sandbox() as sandbox:
        rig = Rig(sandbox)
        yield rig
        rig.client.close()


@pytest.fixture
def rig(running_rig: Rig) -> Rig:
    """A fresh campus with its owner only, the clock pinned to NOW."""
    running_rig.control("reset", {"now": NOW})
    running_rig.token = ""
    return running_rig


def said(answer: httpx.Response) -> tuple[int, Any]:
    """HTTP status and the vendor's code."""
    return answer.status_code, answer.json().get("code")
