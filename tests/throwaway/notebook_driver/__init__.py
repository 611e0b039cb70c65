"""A system that reads by POST and writes by GET: it keeps the drivers' contract honest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import read_setting, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation, Refusal, Unsigned
from reconciler.errors import Absent, Refused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Account, Live
from reconciler.model.ports import (
    Access,
    Capability,
    Driver,
    Handler,
    Journal,
    NaturalKey,
    Opening,
    Scope,
    Setting,
    Wanted,
)
from reconciler.model.recorded import Intent
from reconciler.resources.base import unchecked
from reconciler.resources.group import Group

WHO = Operation("who", "POST", "/ask/who", writes=False)
PAGES = Operation("pages", "POST", "/ask/pages", writes=False)
OPEN = Operation("open", "GET", "/do/open", writes=True, yields="id")
RENAME = Operation("rename", "GET", "/do/rename", writes=True)
BURN = Operation("burn", "GET", "/do/burn", writes=True)


def _title(name: str, group: Group) -> str:
    return group.title if isinstance(group.title, str) else name


CAPABILITY = Capability(
    kind="group",
    verbs=frozenset({"create", "update", "delete"}),
    fields={"title": Access.FULL},
    natural_keys=(NaturalKey("title", lambda name, group: _title(name, group).casefold()),),
    idempotent=frozenset({"update", "delete"}),
    loses={"delete": "what was written on the page"},
)
SETTINGS = (Setting("base_url", required=True),)


class Words:
    """A status says it all; 410 is a page that is gone."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """Whatever is not 200."""
        if answer.status < 400 or answer.status >= 500:
            return None
        return Refusal(
            str(answer.status), "the notebook says no", error=Absent if answer.status == 410 else Refused
        )


@dataclass
class Pages:
    """A group is a page with a title."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[Group]) -> Iterable[Live[Group]]:
        """Every page."""
        answer = self.client.call(PAGES, body={})
        with shaped(PAGES.name):
            return [
                Live(
                    page["id"],
                    unchecked(Group, {"title": page["title"]}),
                    {"title": page["title"].casefold()},
                    page["title"],
                )
                for page in answer["pages"]
            ]

    def find(self, intent: Intent) -> Sequence[Live[Group]]:
        """The page with the title that was asked for."""
        title = str(intent.parameters.get("title", "")).casefold()
        return [live for live in self.read(Scope(())) if live.keys["title"] == title]

    def create(self, desired: Wanted[Group]) -> str:
        """Open a page."""
        query = {"title": _title(desired.address.name, desired.resource)}
        return str(self.client.call(OPEN, query=query)["id"])

    def update(self, live: Live[Group], desired: Wanted[Group], fields: Sequence[FieldChange]) -> None:
        """Write another title."""
        query = {"id": live.remote_id, "title": _title(desired.address.name, desired.resource)}
        self.client.call(RENAME, query=query)

    def remove(self, live: Live[Group], how: Removal) -> None:
        """Burn the page."""
        try:
            self.client.call(BURN, query={"id": live.remote_id})
        except Absent:
            return


class Notebook:
    """One notebook."""

    name: str = "notebook"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = frozenset()
    capabilities: Mapping[str, Capability] = {"group": CAPABILITY}
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        base_url = read_setting(opening, SETTINGS, "base_url")
        operations = (WHO, PAGES, OPEN, RENAME, BURN)
        self._client = Client(opening, base_url, operations, Words(), Unsigned())

    def whoami(self) -> Account:
        """The name on the cover."""
        return Account(self.name, self._client.origin, str(self._client.call(WHO, body={})["account"]))

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """Groups only."""
        return {"group": Pages(self._client)}

    def bind(self, journal: Journal | None) -> None:
        """Writes go here."""
        self._client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation."""
        return self._client.requests()

    def close(self) -> None:
        """Release connections."""
        self._client.close()


DRIVER: type[Driver] = Notebook
