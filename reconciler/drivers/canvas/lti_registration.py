"""LTI 1.3 registrations of a Canvas root account; a beta of Canvas that its feature flags may hide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import (
    CREATE_REGISTRATION,
    DELETE_REGISTRATION,
    GET_REGISTRATION,
    LIST_REGISTRATIONS,
    PAGE_SIZE,
    TOOL_KEYS,
    TOOL_LOGIN,
    UPDATE_REGISTRATION,
)
from reconciler.drivers.canvas.oidc import ISSUER, begin_login, judge_keys, judge_login
from reconciler.drivers.canvas.registration_wire import (
    BESIDE,
    CONFIGURED,
    read_registration,
    write_configuration,
    write_registration,
)
from reconciler.drivers.http import Client
from reconciler.drivers.launch import Finding, prove
from reconciler.drivers.operations import Answer, Operation, Unsigned
from reconciler.drivers.paging import read_links
from reconciler.errors import Absent, IncompleteReading
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Address, Health, Live, ProbeResult
from reconciler.model.ports import Access, Capability, NaturalKey, Opening, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.lti_deployment import LtiDeployment
from reconciler.resources.lti_registration import LtiRegistration

HIDDEN_FEATURE = (
    "{operation} is not there: LTI registrations are a beta of Canvas. Turn its feature on for the root "
    "account and let `account` be that account, or register the tool by hand and take the section out"
)


def _title(name: str, registration: LtiRegistration) -> str:
    return registration.title if isinstance(registration.title, str) else name


CAPABILITY = Capability(
    kind="lti_registration",
    verbs=frozenset({"create", "update", "delete"}),
    fields={
        **dict.fromkeys((*BESIDE, *CONFIGURED, "enabled"), Access.FULL),
        "client_id": Access.READ,
    },
    required=frozenset({"launch_url", "login_url", "redirect_urls"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("title", lambda name, item: _title(name, item).casefold()),),
    idempotent=frozenset({"update", "delete"}),
    units=frozenset(CONFIGURED),
    loses={"delete": "its client id and every deployment: the tool has to be told others"},
)


def list_registrations(client: Client, account: Mapping[str, str]) -> list[Any]:
    """Every registration an account shows. Raises IncompleteReading where Canvas has none."""
    try:
        return read_links(client, LIST_REGISTRATIONS, size=PAGE_SIZE, path=account, items="data")
    except Absent as error:
        text = HIDDEN_FEATURE.format(operation=LIST_REGISTRATIONS.name)
        raise IncompleteReading(text) from error


@dataclass
class LtiRegistrationHandler:
    """Reads and writes the registrations that this very account owns.

    `open_tool` makes the client of the origin of a tool's address, which is shown no credential; it raises
    OriginRefused where the operator did not allow that origin. `issuer` is what this Canvas calls itself.
    """

    client: Client
    account: Mapping[str, str]
    opening: Opening
    base_url: str
    open_tool: Callable[[str], Client]
    issuer: str = ISSUER
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[LtiRegistration]) -> Iterable[Live[LtiRegistration]]:
        """Every registration of LTI 1.3; those that are wanted with their configuration."""
        listed = list_registrations(self.client, self.account)
        with shaped(LIST_REGISTRATIONS.name):
            own = [wire for wire in listed if wire["lti_version"] == "1.3" and not wire["inherited"]]
            ids = {want.remote_id for want in scope.wanted}
            titles = {_title(want.address.name, want.resource).casefold() for want in scope.wanted}
            deep = [w for w in own if str(w["id"]) in ids or str(w["name"]).casefold() in titles]
        whole = dict(zip(map(id, deep), self.client.each(self._get, deep), strict=True))
        with shaped(GET_REGISTRATION.name):
            return [_live(whole.get(id(wire), wire)) for wire in own]

    def find(self, intent: Intent) -> Sequence[Live[LtiRegistration]]:
        """Registrations with the title and launch address that an intent's body asked for."""
        if intent.operation != CREATE_REGISTRATION.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(CREATE_REGISTRATION.name):
            body: Any = intent.body
            asked = body["configuration"]["title"], body["configuration"]["target_link_uri"]
            listed = list_registrations(self.client, self.account)
            called = [wire for wire in listed if wire["name"] == asked[0] and not wire["inherited"]]
        found = [_live(wire) for wire in self.client.each(self._get, called)]
        return [live for live in found if live.resource.launch_url == asked[1]]

    def create(self, desired: Wanted[LtiRegistration]) -> str:
        """One request: Canvas makes registration, configuration, key and binding at once."""
        wanted = desired.resource
        title = {"title": _title(desired.address.name, wanted), "launch_settings": {}, "placements": []}
        body = write_registration(wanted, ("nickname", "description", "enabled"))
        body["configuration"] = write_configuration(title, wanted, CONFIGURED)
        return str(self.client.call(CREATE_REGISTRATION, path=self.account, body=body)["id"])

    def update(
        self, live: Live[LtiRegistration], desired: Wanted[LtiRegistration], fields: Sequence[FieldChange]
    ) -> None:
        """Only what differs; a configuration is replaced whole, so that it is read afresh to be sent back."""
        names = [field.field for field in fields]
        body = write_registration(desired.resource, names)
        if {"title", *CONFIGURED}.intersection(names):
            wire = self._get({"id": live.remote_id})
            with shaped(GET_REGISTRATION.name):
                body["configuration"] = write_configuration(wire["configuration"], desired.resource, names)
        self.client.call(UPDATE_REGISTRATION, path=self._path(live.remote_id), body=body)

    def remove(self, live: Live[LtiRegistration], how: Removal) -> None:
        """One that is gone already is fine."""
        try:
            self.client.call(DELETE_REGISTRATION, path=self._path(live.remote_id))
        except Absent:
            return

    def probe(self, desired: Wanted[LtiRegistration]) -> ProbeResult:
        """Whether the tool shows keys and begins a login as Canvas takes it; nobody is signed in by that."""
        return prove(desired.address, lambda: self._try_login(desired), self.opening.clock)

    def _try_login(self, desired: Wanted[LtiRegistration]) -> Finding:
        wanted = desired.resource
        login, target, redirects = wanted.login_url, wanted.launch_url, wanted.redirect_urls
        if not isinstance(login, str) or not isinstance(target, str) or not isinstance(redirects, tuple):
            return Health.UNPROBED, "write login_url, launch_url and redirect_urls to have it tried"
        if not desired.remote_id:
            return Health.UNPROBED, "it is not in Canvas yet"
        wire = self._get({"id": desired.remote_id})
        with shaped(GET_REGISTRATION.name):
            client_id = str(wire["developer_key_id"])
        if isinstance(wanted.jwks_url, str):
            health, text = judge_keys(self._ask_tool(TOOL_KEYS, wanted.jwks_url, {}))
            if health is not Health.WORKING:
                return health, text
        told = begin_login(self.issuer, client_id, target, self._find_deployment(desired.address))
        return judge_login(self._ask_tool(TOOL_LOGIN, login, told), told, self.base_url, redirects)

    def _ask_tool(self, operation: Operation, url: str, query: Mapping[str, str]) -> Answer:
        return self.open_tool(url).visit(operation, url, query, Unsigned())

    def _find_deployment(self, registration: Address) -> str:
        """The deployment id of a registration where it is declared, else ""."""
        for item in self.opening.resources.values():
            if isinstance(item, LtiDeployment) and item.registration == str(registration):
                return item.deployment_id if isinstance(item.deployment_id, str) else ""
        return ""

    def _path(self, remote_id: str) -> dict[str, str]:
        return {**self.account, "registration": remote_id}

    def _get(self, wire: Mapping[str, Any]) -> Any:
        return self.client.call(GET_REGISTRATION, path=self._path(str(wire["id"])))


def _live(wire: Mapping[str, Any]) -> Live[LtiRegistration]:
    title = str(wire["name"])
    return Live(
        remote_id=str(wire["id"]),
        resource=read_registration(wire),
        keys={"title": title.casefold()},
        label=title,
    )
