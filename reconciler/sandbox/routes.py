"""Route tables: which operation a method and path mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Operation, Refusal, Request

if TYPE_CHECKING:
    from reconciler.sandbox.simulation import Simulation

Admit = Callable[["Simulation", Operation, Request, dict[str, str]], Call]
Refuse = Callable[[Refusal, "Simulation"], Answer]


class Vendor:
    """One simulated API below `prefix`: its route table, its door, its way to say no."""

    def __init__(self, prefix: str, operations: tuple[Operation, ...], admit: Admit, refuse: Refuse) -> None:
        self.prefix = prefix
        self.operations = operations
        self.admit = admit
        self.refuse = refuse
        self._by_length: dict[int, list[Operation]] = {}
        for operation in operations:
            self._by_length.setdefault(len(operation.template), []).append(operation)
        for rows in self._by_length.values():
            rows.sort(key=lambda row: sum(part.startswith("{") for part in row.template))

    def match(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters, decoded; literal segments win over parameters.

        Refuses a path nobody knows, and a method this path does not have.
        """
        method, path = request.method, request.path
        parts = [unquote(part) for part in path.removeprefix(self.prefix).removeprefix("/").split("/")]
        known = False
        for operation in self._by_length.get(len(parts), ()):
            found = _fit(operation.template, parts)
            if found is None:
                continue
            known = True
            if operation.method == method:
                return operation, found
        status, code, message = unknowns.NO_METHOD if known else unknowns.NO_ENDPOINT
        raise Refusal(status, code, message)


def _fit(template: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for expected, part in zip(template, parts, strict=True):
        if expected.startswith("{"):
            if not part:
                return None
            found[expected[1:-1]] = part
        elif expected != part:
            return None
    return found
