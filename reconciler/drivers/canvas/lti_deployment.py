"""LTI 1.3 deployments in a Canvas root account: a registration made available in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.canvas.api import CREATE_DEPLOYMENT, DELETE_DEPLOYMENT, LIST_DEPLOYMENTS, PAGE_SIZE
from reconciler.drivers.canvas.lti_registration import HIDDEN_FEATURE, list_registrations
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_links
from reconciler.errors import Absent, IncompleteReading, WriteRefused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Lists, NaturalKey, Scope, Unique, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import unchecked
from reconciler.resources.lti_deployment import LtiDeployment


def _registration(name: str, deployment: LtiDeployment) -> str:
    return deployment.registration if isinstance(deployment.registration, str) else ""


CAPABILITY = Capability(
    kind="lti_deployment",
    verbs=frozenset({"create", "delete"}),
    fields={"registration": Access.CREATE_ONLY, "deployment_id": Access.READ},
    required=frozenset({"registration"}),
    unique=Unique.NONE,
    natural_keys=(NaturalKey("registration", _registration),),
    lists=Lists.KEYED,
    idempotent=frozenset({"delete"}),
    loses={
        "delete": "every link to the tool that was made by it",
        "replace": "its deployment id: the tool has to be told another",
    },
)


@dataclass
class LtiDeploymentHandler:
    """Reads and writes the deployments of registrations that are wanted."""

    client: Client
    account: Mapping[str, str]
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[LtiDeployment]) -> Iterable[Live[LtiDeployment]]:
        """Those of every registration that somebody wanted is of."""
        named = {_registration("", want.resource) for want in scope.wanted}
        return [live for registration in sorted(named - {""}) for live in self._list(registration)]

    def find(self, intent: Intent) -> Sequence[Live[LtiDeployment]]:
        """Those of the registration that an intent was to deploy."""
        if intent.operation != CREATE_DEPLOYMENT.name:
            return ()
        return list(self._list(str(intent.parameters["registration"])))

    def create(self, desired: Wanted[LtiDeployment]) -> str:
        """One request; it takes no fields of its own."""
        path = {**self.account, "registration": _registration("", desired.resource)}
        return str(self.client.call(CREATE_DEPLOYMENT, path=path)["id"])

    def update(
        self, live: Live[LtiDeployment], desired: Wanted[LtiDeployment], fields: Sequence[FieldChange]
    ) -> None:
        """Raises WriteRefused: another registration is another deployment."""
        raise WriteRefused(f"{desired.address} cannot be changed, only replaced")

    def remove(self, live: Live[LtiDeployment], how: Removal) -> None:
        """One that is gone already is fine."""
        path = {**self.account, "registration": str(live.resource.registration), "deployment": live.remote_id}
        try:
            self.client.call(DELETE_DEPLOYMENT, path=path)
        except Absent:
            return

    def _list(self, registration: str) -> Iterator[Live[LtiDeployment]]:
        """Active ones. A registration that is gone has none; raises IncompleteReading where one is not."""
        path = {**self.account, "registration": registration}
        try:
            listed = read_links(self.client, LIST_DEPLOYMENTS, size=PAGE_SIZE, path=path)
        except Absent as error:
            there = list_registrations(self.client, self.account)
            with shaped(LIST_DEPLOYMENTS.name):
                if registration not in {str(wire["id"]) for wire in there}:
                    return
            raise IncompleteReading(HIDDEN_FEATURE.format(operation=LIST_DEPLOYMENTS.name)) from error
        with shaped(LIST_DEPLOYMENTS.name):
            for wire in listed:
                if wire["workflow_state"] == "active":
                    yield _live(wire)


def _live(wire: Mapping[str, Any]) -> Live[LtiDeployment]:
    registration, deployment_id = str(wire["registration_id"]), str(wire["deployment_id"])
    return Live(
        remote_id=str(wire["id"]),
        resource=unchecked(LtiDeployment, {"registration": registration, "deployment_id": deployment_id}),
        keys={"registration": registration},
        label=f"{wire.get('context_name') or 'account'} {deployment_id}",
    )
