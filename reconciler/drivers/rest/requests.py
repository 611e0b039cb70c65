"""One request of a mapping, filled in and sent: its path, what it carries, and where that goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer
from reconciler.drivers.rest.api import Operations
from reconciler.drivers.rest.carried import place
from reconciler.drivers.rest.mapping import Listing, Request
from reconciler.drivers.rest.pages import read_list
from reconciler.drivers.rest.values import evaluate, flatten
from reconciler.errors import ReconcilerError

HOLE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Requests:
    """Sends a mapping's requests over one client."""

    client: Client
    operations: Operations

    def compute(self, request: Request, context: Mapping[str, Any]) -> dict[str, Any]:
        """What a request says of its own to send; what an expression finds nothing for is left out."""
        with shaped(request.request):
            found = {name: evaluate(text, dict(context)) for name, text in request.send.items()}
        return {name: value for name, value in found.items() if value is not None}

    def path(self, request: Request, context: Mapping[str, Any]) -> dict[str, str]:
        """The values of the holes in a request's path. Raises ReconcilerError where one is not known."""
        found = {}
        for hole in HOLE.findall(request.request):
            value = flatten(context[hole] if hole in context else context["fields"].get(hole))
            if not value:
                raise ReconcilerError(
                    f"{request.request} was not sent: {hole} is not known; declare it, or set it"
                )
            if value in (".", ".."):
                raise ReconcilerError(f"{request.request} was not sent: {hole} is {value!r}, another path")
            found[hole] = value
        return found

    def send(
        self,
        request: Request,
        context: Mapping[str, Any],
        carried: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        elements: tuple[str, ...] = (),
    ) -> Any:
        """Send it with `carried` as query, form or JSON; its decoded answer."""
        operation, path = self.operations[request.request], self.path(request, context)
        query, body = place(request, operation, carried)
        return self.client.call(
            operation, path=path, query=query, body=body, headers=headers, elements=elements
        )

    def ask(self, get: Request, context: Mapping[str, Any]) -> Answer:
        """A reading by GET, with its headers."""
        operation, sent = self.operations[get.request], self.compute(get, context)
        query, _ = place(get, operation, sent)
        return self.client.turn_page(operation, path=self.path(get, context), query=query)

    def listed(self, listing: Listing, context: Mapping[str, Any]) -> list[Any]:
        """Every item of a list."""
        operation = self.operations[listing.request]
        sent = self.compute(listing, context)
        return read_list(self.client, operation, listing, self.path(listing, context), sent)
