"""Authentication options of a Zoom account: the ways in which joining a meeting can ask for a sign-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import (
    GET_SETTINGS,
    MEETING_AUTHENTICATION,
    OWN_ACCOUNT,
    UPDATE_SETTINGS,
    WireAuthenticationOption,
)
from reconciler.drivers.zoom.domains import join_domains, read_domains
from reconciler.errors import Uncertain
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, NaturalKey, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.authentication_option import AuthenticationOption
from reconciler.resources.base import declared, unchecked

TYPES: Mapping[str, str] = {
    "signed_in": "enforce_login",
    "same_account": "enforce_login_with_same_account",
}
"""Zoom API reference, accounts: update account settings, `authentication_option.type`."""
DOMAINS = "enforce_login_with_domains"
QUERY: Mapping[str, str] = {"option": MEETING_AUTHENTICATION}


def _title(name: str, option: AuthenticationOption) -> str:
    return option.title if isinstance(option.title, str) else name


CAPABILITY = Capability(
    kind="authentication_option",
    verbs=frozenset({"create", "update", "delete"}),
    fields={"title": Access.FULL, "admits": Access.FULL, "default": Access.FULL},
    required=frozenset({"admits"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("title", lambda name, option: _title(name, option).casefold()),),
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    loses={"delete": "meetings can no longer ask for it; Zoom does not tell what those that do will ask for"},
)


@dataclass
class AuthenticationOptionHandler:
    """Reads and writes authentication options: one operation on one option per request, all on one page."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[AuthenticationOption]) -> Iterable[Live[AuthenticationOption]]:
        """Every option; they come with the account's settings for joining."""
        listed = self._list()
        with shaped(GET_SETTINGS.name):
            return [_live(wire) for wire in listed]

    def find(self, intent: Intent) -> Sequence[Live[AuthenticationOption]]:
        """The options of the name that an intent's body asked for."""
        if intent.operation != UPDATE_SETTINGS.name or not isinstance(intent.body, Mapping):
            return ()
        asked = intent.body.get("authentication_option")
        if not isinstance(asked, Mapping) or asked.get("action") != "add":
            return ()
        title = str(asked["name"]).casefold()
        return [live for live in self.read(Scope(())) if live.keys["title"] == title]

    def create(self, desired: Wanted[AuthenticationOption]) -> str:
        """One write; Zoom's answer is empty, so the id is that of the option which was not there before."""
        before = {wire["id"] for wire in self._list()}
        title = _title(desired.address.name, desired.resource)
        self._write("add", {**_wire(dict(declared(desired.resource))), "name": title})
        new = [wire for wire in self._list() if wire["id"] not in before]
        named = [wire for wire in new if wire.get("name") == title] or new
        if len(named) != 1:
            text = f"{desired.address}: accepted, but {len(named)} new options show; run again"
            raise Uncertain(text, target=desired.address.target, operation=UPDATE_SETTINGS.name)
        return named[0]["id"]

    def update(
        self,
        live: Live[AuthenticationOption],
        desired: Wanted[AuthenticationOption],
        fields: Sequence[FieldChange],
    ) -> None:
        """Only the fields that differ; a type and its domains go together."""
        values = {change.field: getattr(desired.resource, change.field) for change in fields}
        self._write("update", {"id": live.remote_id, **_wire(values)})

    def remove(self, live: Live[AuthenticationOption], how: Removal) -> None:
        """Delete the option, if it is still there: what Zoom says of an unknown one is not published."""
        if any(wire["id"] == live.remote_id for wire in self._list()):
            self._write("delete", {"id": live.remote_id})

    def _list(self) -> list[WireAuthenticationOption]:
        answer = self.client.call(GET_SETTINGS, path=OWN_ACCOUNT, query=QUERY)
        with shaped(GET_SETTINGS.name):
            listed: list[WireAuthenticationOption] = list(answer["authentication_options"])
            return listed

    def _write(self, action: str, option: Mapping[str, Any]) -> None:
        body = {"authentication_option": {"action": action, **option}}
        self.client.call(UPDATE_SETTINGS, path=OWN_ACCOUNT, query=QUERY, body=body)


def _wire(values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "title" in values:
        made["name"] = values["title"]
    if "default" in values:
        made["default_option"] = values["default"]
    admits = values.get("admits")
    if isinstance(admits, tuple):
        made |= {"type": DOMAINS, "domains": join_domains(admits)}
    elif admits is not None:
        made["type"] = TYPES[admits]
    return made


def _live(wire: WireAuthenticationOption) -> Live[AuthenticationOption]:
    words = {theirs: ours for ours, theirs in TYPES.items()}
    told = wire.get("type", "")
    admits = read_domains(wire.get("domains")) if told == DOMAINS else words.get(told, told)
    name = wire.get("name", "")
    fields = {"title": name, "admits": admits, "default": wire.get("default_option", False)}
    return Live(
        remote_id=wire["id"],
        resource=unchecked(AuthenticationOption, fields),
        keys={"title": name.casefold()},
        label=name,
    )
