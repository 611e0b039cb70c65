"""What a Zoom account tells of itself: the domains whose people are its own, and its licence seats."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import LIST_DOMAINS, OWN_ACCOUNT, PLAN_USAGE
from reconciler.errors import Refused
from reconciler.model.objects import Seats


class Domains:
    """The account's managed (associated) domains, read once and when first asked for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked = False
        self._found: frozenset[str] | None = None

    def read(self) -> frozenset[str] | None:
        """The domains, casefolded; None where the app may not read them."""
        if not self._asked:
            self._found = self._fetch()
            self._asked = True
        return self._found

    def manages(self, email: str) -> bool | None:
        """Whether this e-mail is in one of them; None if that is not told."""
        found = self.read()
        return None if found is None else email.rpartition("@")[2].casefold() in found

    def _fetch(self) -> frozenset[str] | None:
        try:
            answer = self._client.call(LIST_DOMAINS, path=OWN_ACCOUNT)
        except Refused:
            return None
        with shaped(LIST_DOMAINS.name):
            return frozenset(str(item["domain"]).casefold() for item in answer["domains"])


def read_seats(client: Client, listed: int | None) -> Seats | None:
    """Licences in use and bought; without the right to see the plan, those `listed` in use.

    Zoom API reference, billing: of `plan_base`, `hosts` are bought, `usage` are given, and `pending` are held
    for people who have not accepted yet.
    """
    try:
        answer = client.call(PLAN_USAGE, path=OWN_ACCOUNT)
    except Refused:
        answer = None
    base = answer.get("plan_base") if isinstance(answer, Mapping) else None
    if isinstance(base, Mapping):
        numbers = [base.get(name, 0) for name in ("usage", "pending", "hosts")]
        if all(type(number) is int for number in numbers) and numbers[2]:
            return Seats(numbers[0] + numbers[1], numbers[2])
    return None if listed is None else Seats(listed)
