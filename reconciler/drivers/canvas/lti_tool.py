"""External tools of a Canvas account, by LTI 1.1; 1.3 installs are deployments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import (
    CREATE_TOOL,
    DELETE_TOOL,
    LAUNCH_PAGE,
    LIST_TOOLS,
    PAGE_SIZE,
    SESSIONLESS_LAUNCH,
    UPDATE_TOOL,
)
from reconciler.drivers.canvas.launch_page import read_form
from reconciler.drivers.canvas.tool_wire import read_tool, write_tool
from reconciler.drivers.http import Client
from reconciler.drivers.launch import Finding, compare, prove
from reconciler.drivers.operations import Unsigned
from reconciler.drivers.paging import read_links
from reconciler.errors import Absent, NotReady, SecretUnavailable
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Address, Health, Live, ProbeResult
from reconciler.model.ports import Access, Capability, NaturalKey, Opening, Prefix, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import SecretRef
from reconciler.resources.lti_tool import LtiTool


def _title(name: str, tool: LtiTool) -> str:
    return tool.title if isinstance(tool.title, str) else name


def _by_key(name: str, tool: LtiTool) -> str:
    """Key and title together: Canvas lets several tools have either."""
    return f"{tool.key} {_title(name, tool).casefold()}" if isinstance(tool.key, str) else ""


def _by_title(name: str, tool: LtiTool) -> str:
    return "" if isinstance(tool.key, str) else _title(name, tool).casefold()


CAPABILITY = Capability(
    kind="lti_tool",
    verbs=frozenset({"create", "update", "delete"}),
    fields={
        "title": Access.FULL,
        "description": Access.FULL,
        "credential": Access.RELATION,
        "key": Access.FULL,
        "secret": Access.HIDDEN,
        "url": Access.FULL,
        "domain": Access.FULL,
        "privacy": Access.FULL,
        "custom_parameters": Access.FULL,
        "placements": Access.FULL,
    },
    required=frozenset({"key", "secret", "privacy"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("key", _by_key), NaturalKey("title", _by_title)),
    idempotent=frozenset({"update", "delete"}),
    units=frozenset({"custom_parameters", "placements"}),
    prefix=Prefix.ADDED,
    proves=frozenset({"key", "secret", "url"}),
    tells_courses=frozenset({"public"}),  # custom_canvas_course_id (Canvas source, lti_outbound)
    loses={"delete": "every link to the tool in the account's courses stops working"},
)


@dataclass
class LtiToolHandler:
    """Reads and writes the tools that this very account owns; `probe_course` is where they are launched."""

    client: Client
    account: Mapping[str, str]
    opening: Opening
    probe_course: str = ""
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[LtiTool]) -> Iterable[Live[LtiTool]]:
        """Every tool of LTI 1.1; there are few, and the list shows all of each."""
        listed = read_links(self.client, LIST_TOOLS, size=PAGE_SIZE, path=self.account)
        with shaped(LIST_TOOLS.name):
            return [_live(wire) for wire in listed if wire["version"] == "1.1"]

    def find(self, intent: Intent) -> Sequence[Live[LtiTool]]:
        """Tools with the name, key and address that an intent's body asked for."""
        if intent.operation != CREATE_TOOL.name or not isinstance(intent.body, Mapping):
            return ()
        body = intent.body
        asked = [body.get(name) or None for name in ("name", "consumer_key", "url", "domain")]

        def made(tool: LtiTool) -> bool:
            return [value or None for value in (tool.title, tool.key, tool.url, tool.domain)] == asked

        return [live for live in self.read(Scope(())) if made(live.resource)]

    def create(self, desired: Wanted[LtiTool]) -> str:
        """One request with every declared field. Raises NotReady while key or secret is not known."""
        tool, address = desired.resource, desired.address
        self._show_key(tool, address)
        body = write_tool(None, tool, CAPABILITY.fields)
        body |= {"name": _title(address.name, tool), "shared_secret": self._reveal(tool.secret, address)}
        body = {name: value for name, value in body.items() if value != ""}
        return str(self.client.call(CREATE_TOOL, path=self.account, body=body)["id"])

    def update(self, live: Live[LtiTool], desired: Wanted[LtiTool], fields: Sequence[FieldChange]) -> None:
        """Only the fields that differ, in one request; the secret, if it is declared, goes with its key."""
        names = [field.field for field in fields]
        body = write_tool(live.resource, desired.resource, names)
        if "secret" in names or ("key" in names and isinstance(desired.resource.secret, SecretRef)):
            body["shared_secret"] = self._reveal(desired.resource.secret, desired.address)
        path = {**self.account, "tool": live.remote_id}
        self.client.call(UPDATE_TOOL, path=path, body=body)

    def remove(self, live: Live[LtiTool], how: Removal) -> None:
        """Canvas keeps a deleted tool out of sight; one that is gone already is fine."""
        try:
            self.client.call(DELETE_TOOL, path={**self.account, "tool": live.remote_id})
        except Absent:
            return

    def probe(self, desired: Wanted[LtiTool]) -> ProbeResult:
        """Whether a launch Canvas signs has the declared key, address and secret (External Tools API)."""
        return prove(desired.address, lambda: self._try_launch(desired), self.opening.clock)

    def _try_launch(self, desired: Wanted[LtiTool]) -> Finding:
        """Have Canvas sign a launch for the token's person, and look at its form; the tool is not asked."""
        if not desired.remote_id:
            return Health.UNPROBED, "it is not in Canvas yet"
        if not self.probe_course:
            return Health.UNPROBED, "no course to launch it in is known; set probe_course"
        tool, address = desired.resource, desired.address
        key, secret = self._show_key(tool, address), self._reveal(tool.secret, address)
        path, query = {"course": self.probe_course}, {"id": desired.remote_id}
        answer = self.client.call(SESSIONLESS_LAUNCH, path=path, query=query)
        with shaped(SESSIONLESS_LAUNCH.name):
            url = str(answer["url"])
        page = self.client.visit(LAUNCH_PAGE, url, {}, Unsigned())
        if page.status != 200:
            return Health.UNPROBED, f"Canvas shows no launch of it in {self.probe_course} ({page.status})"
        return compare(read_form(page.text), key, secret, tool.url)

    def _show_key(self, tool: LtiTool, address: Address) -> str:
        """The key. Raises NotReady on whose credential it is while it is not there."""
        if not isinstance(tool.key, str):
            raise NotReady("it has no key yet: copy it from the tool's console", on=self._credential(address))
        return tool.key

    def _reveal(self, secret: Any, address: Address) -> str:
        """The secret, for this Canvas. Raises NotReady on whose credential it is while it is not there."""
        on = self._credential(address)
        if not isinstance(secret, SecretRef):
            raise NotReady("it has no secret yet: copy it from the tool's console", on=on)
        try:
            return self.opening.secrets.reveal(secret, self.client.origin)
        except SecretUnavailable as error:
            raise NotReady(str(error), on=on) from error

    def _credential(self, address: Address) -> str:
        """Whose key and secret a tool has: its credential's, else its own."""
        resource = self.opening.resources.get(address)
        named = resource.credential if isinstance(resource, LtiTool) else None
        return named if isinstance(named, str) else str(address)


def _live(wire: Mapping[str, Any]) -> Live[LtiTool]:
    tool = read_tool(wire)
    title, key = str(wire["name"]), str(wire.get("consumer_key") or "")
    return Live(
        remote_id=str(wire["id"]),
        resource=tool,
        keys={"key": f"{key} {title.casefold()}", "title": title.casefold()},
        label=title,
    )
