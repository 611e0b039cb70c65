"""What passes through the sandbox: requests, answers, refusals, and the operations of a route table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from reconciler.sandbox.shapes import Check
    from reconciler.sandbox.simulation import Simulation
    from reconciler.sandbox.world import World

Json = dict[str, Any]
Access = Literal["read", "write", "token"]
Label = Literal["LIGHT", "MEDIUM", "HEAVY"]


@dataclass(slots=True)
class Request:
    """One HTTP request; header names are lower case, the path is still percent-encoded."""

    method: str
    path: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, decoded; of a repeated name the last one counts."""
        return dict(self.pairs)


@dataclass(slots=True)
class Answer:
    """One HTTP answer. `body` None sends no body and no Content-Type; bytes go out as they are."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The vendor says no: an HTTP status, the vendor's code, a message, optional field errors."""

    def __init__(
        self,
        status: int,
        code: int | str,
        message: str,
        *,
        errors: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
        result: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.result = result


@dataclass(slots=True)
class Call:
    """One admitted request to an operation.

    `world` is the store, for reads possibly a lagged view; `sent` is the body as it came, `body` the
    same without what the fault plan lets fall silently. `url` is what was asked for, where answers say so.
    """

    operation: Operation
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    world: World
    now: datetime
    simulation: Simulation
    sent: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a route table.

    `name` is the vendor's own ("METHOD /path/{template}"); `access` is the sandbox's own judgement,
    made without looking at any driver; one of `scopes` must be granted; `locks` tells on whose
    behalf a running call keeps other calls away: the person in the path, or the one being created.
    """

    name: str
    access: Access
    act: Callable[[Call], Answer]
    label: Label = "LIGHT"
    scopes: tuple[str, ...] = ()
    query: frozenset[str] = frozenset()
    body: Check | None = None
    locks: Literal["", "person", "new person"] = ""

    @property
    def method(self) -> str:
        """The HTTP verb."""
        return self.name.split(" ", 1)[0]

    @property
    def template(self) -> tuple[str, ...]:
        """The path template's segments."""
        return tuple(self.name.split(" ", 1)[1].strip("/").split("/"))
