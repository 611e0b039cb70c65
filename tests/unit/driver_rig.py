"""What opens a driver in tests: a clock that sleep moves, a journal that remembers, a sandbox's settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reconciler.drivers.base import drivers
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation, Refusal, Signed, Signer, Unsigned
from reconciler.errors import Absent, OriginRefused, Refused, Unauthorized
from reconciler.ledger import MemoryBudget
from reconciler.model import Account, Address, Driver, Opening
from reconciler.model.changes import FieldChange, Reason
from reconciler.model.recorded import Intent
from reconciler.resources.base import Plain, Resource, SecretRef
from reconciler.sandbox import Sandbox

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)

READ = Operation("GET /things", "GET", "/things", False, "light")
READ_ONE = Operation("GET /things/{id}", "GET", "/things/{id}", False, "light")
WRITE = Operation("POST /things", "POST", "/things", True, "light", "thing writes", yields="id")
PLAIN_WRITE = Operation("PUT /things/{id}", "PUT", "/things/{id}", True, "light")
OPERATIONS = (READ, READ_ONE, WRITE, PLAIN_WRITE)


class Clock:
    """Stands still until somebody sleeps; `slept` are the seconds asked for."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Notebook:
    """A journal in memory: what was about to be sent, and how each ended."""

    sent: list[tuple[str, Mapping[str, Plain], Plain, tuple[str, ...]]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def sending(
        self, operation: str, parameters: Mapping[str, Plain], body: Plain, elements: Sequence[str]
    ) -> int:
        self.sent.append((operation, parameters, body, tuple(elements)))
        self.states.append("sending")
        return len(self.sent) - 1

    def answered(self, intent: int, state: str) -> None:
        self.states[intent] = state


@dataclass
class Safe:
    """Secrets by their whole reference, for some origins."""

    values: Mapping[str, str] = field(default_factory=dict)
    origins: frozenset[str] | None = None
    revealed: list[tuple[str, str]] = field(default_factory=list)

    def allows(self, origin: str) -> bool:
        return self.origins is None or origin in self.origins

    def reveal(self, ref: SecretRef, origin: str) -> str:
        if not self.allows(origin):
            raise OriginRefused(f"{origin} is not allowed")
        self.revealed.append((ref.text, origin))
        return self.values.get(ref.text, ref.path)

    def fingerprint(self, ref: SecretRef) -> str | None:
        return None

    def derive(self, ref: SecretRef, purpose: str) -> bytes:
        return f"{ref.text} {purpose}".encode().ljust(32)[:32]


class Plainly:
    """Refuses by status: 401 is an expired token, 404 is absent."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        if not 400 <= answer.status < 500:
            return None
        body = answer.body if isinstance(answer.body, dict) else {}
        error = {401: Unauthorized, 404: Absent}.get(answer.status, Refused)
        said = str(body.get("message", ""))
        return Refusal(str(body.get("code", "")), "no", said, error, answer.status == 401, rowless=True)


class Tokened:
    """Signs with a token that can be renewed once in a while."""

    def __init__(self) -> None:
        self.number = 1

    def admit(self, operation: Operation) -> None:
        """Everything is allowed."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        return Signed(query, {"Authorization": f"Bearer secret-{self.number}"})

    def renew(self, used: Signed) -> bool:
        self.number += 1
        return True

    def conceal(self) -> tuple[str, ...]:
        return (f"secret-{self.number}",)


def open_with(
    clock: Clock,
    settings: Mapping[str, str | SecretRef] | None = None,
    *,
    planning: bool = False,
    secrets: Safe | None = None,
    companions: Mapping[str, Account] | None = None,
    resources: Mapping[Address, Resource] | None = None,
) -> Opening:
    """An Opening of the target `main`."""
    return Opening(
        target="main",
        settings=settings or {},
        secrets=secrets or Safe(),
        budget=MemoryBudget(clock),
        companions=companions or {},
        resources=resources or {},
        clock=clock,
        sleep=clock.sleep,
        planning=planning,
    )


@dataclass
class Desk:
    """A client over answers a test makes up, its clock, its journal, and the requests it made."""

    client: Client
    clock: Clock
    journal: Notebook
    opening: Opening
    requests: list[httpx.Request]


def answer_with(
    *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response],
    planning: bool = False,
    signer: Signer | None = None,
    **options: Any,
) -> Desk:
    """A client that gets these answers in turn, the last one for ever."""
    clock, journal, made = Clock(), Notebook(), list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        made.append(request)
        answer = answers[min(len(made), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    opening = open_with(clock, planning=planning)
    client = Client(
        opening,
        "https://api.example.edu/v1",
        OPERATIONS,
        Plainly(),
        signer or Unsigned(),
        transport=httpx.MockTransport(handle),
        **options,
    )
    client.journal = journal
    return Desk(client, clock, journal, opening, made)


@dataclass
class Campus:
    """A sandbox, its clock pinned to ours, and the drivers opened on it."""

    sandbox: Sandbox
    clock: Clock
    journal: Notebook = field(default_factory=Notebook)
    opened: list[Driver] = field(default_factory=list)

    def control(self, path: str, body: Any = None) -> Any:
        """Call the sandbox's control endpoint."""
        url = f"{self.sandbox.origin}/_control/{path}"
        answer = httpx.get(url) if body is None else httpx.post(url, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def console(self, action: str, **told: Any) -> Any:
        """Do what a person does in the vendor's console."""
        return self.control("console", {"do": action, **told})

    def state(self) -> Any:
        """The sandbox's whole store."""
        return self.control("state")

    def reset(self, **options: Any) -> None:
        """A fresh campus at our time."""
        self.control("reset", {**options, "now": self.clock.now.isoformat().replace("+00:00", "Z")})

    def sleep(self, seconds: float) -> None:
        """Time passes for both sides."""
        self.clock.sleep(seconds)
        self.control("clock", {"advance_s": seconds})

    def open(self, name: str, *, planning: bool = False, **more: Any) -> Driver:
        """A driver on this sandbox; `more` are further settings or parts of the Opening."""
        parts = {key: more.pop(key) for key in ("companions", "resources", "secrets") if key in more}
        settings: dict[str, str | SecretRef] = {**self.sandbox.settings()[name], **more}
        settings.pop("key", None)
        settings.pop("secret", None)
        if "client_secret" in settings:
            settings["client_secret"] = SecretRef(f"${{env:{settings['client_secret']}}}")
        driver = drivers()[name](open_with(self.clock, settings, planning=planning, **parts))
        driver.bind(None if planning else self.journal)
        self.opened.append(driver)
        return driver


def run_campus(**options: Any) -> Iterator[Campus]:
    """A campus for one test; its drivers are closed after."""
    with Sandbox() as sandbox:
        campus = Campus(sandbox, Clock())
        campus.reset(**options)
        yield campus
        for driver in campus.opened:
            driver.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Campus]:
    """One campus for a whole module, see `campus`."""
    yield from run_campus()


@pytest.fixture
def campus(running: Campus) -> Campus:
    """The module's campus, made anew for each test."""
    running.reset()
    running.journal.sent.clear()
    return running


def sent_intent(campus: Campus, address: Address) -> Intent:
    """The intent of the last request that was about to be sent, as one to make `address`."""
    operation, parameters, body, elements = campus.journal.sent[-1]
    return Intent(
        id=1,
        run="run",
        target=address.target,
        addresses=(address,),
        verb="create",
        step=1,
        attempt=1,
        operation=operation,
        parameters=parameters,
        body=body,
        elements=elements,
        at=campus.clock(),
        token=1,
        state="uncertain",
    )


def change(name: str, added: Sequence[str] = (), removed: Sequence[str] = ()) -> FieldChange:
    """A field's difference as a handler gets it."""
    return FieldChange(name, None, None, Reason.EDITED, added=tuple(added), removed=tuple(removed))


def answer_json(status: int, body: Any, **headers: str) -> httpx.Response:
    """A JSON answer; underscores in header names are hyphens."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.Response(status, content=json.dumps(body), headers=named)


def answer_page(status: int, location: str = "", text: str = "") -> Answer:
    """What a page answered, as a client hands it on."""
    return Answer(status, {"location": location} if location else {}, None, text=text)
