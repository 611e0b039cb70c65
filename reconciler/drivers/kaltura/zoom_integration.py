"""Zoom accounts whose recordings Kaltura takes over: installed by a person, then kept by API.

Every update carries the switch: without it the vendor switches the integration off. Another mode of the group
list clears both lists, so mode and list travel together (Kaltura API, vendor plugin).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura.api import (
    DELETE_INTEGRATION,
    GET_CATEGORY,
    LIST_CATEGORIES,
    LIST_INTEGRATIONS,
    UPDATE_INTEGRATION,
)
from reconciler.drivers.kaltura.install import PAGE
from reconciler.drivers.kaltura.integration_wire import (
    ACTIVE,
    CATEGORIES,
    GROUPS,
    MODES,
    ON_THE_FOLDER,
    PLAIN,
    find_placeholders,
    find_unmatched,
    read_fields,
)
from reconciler.drivers.kaltura.wire import CRLF, read_list, write
from reconciler.errors import Absent, IncompleteReading, NeedsPerson
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Absence, Account, Address, Condition, Live
from reconciler.model.ports import Access, Capability, NaturalKey, Scope, Wanted
from reconciler.resources.base import OMITTED, Members, unchecked
from reconciler.resources.zoom_integration import ZoomIntegration

MOST_ACCOUNTS = 3
"""Zoom accounts of one Kaltura account (Kaltura, "Zoom Integration - Setup Guide")."""
CLASS = "KalturaZoomIntegrationSetting"

CAPABILITY = Capability(
    kind="zoom_integration",
    verbs=frozenset({"update", "disable", "delete"}),
    fields={
        "zoom": Access.CREATE_ONLY,
        **dict.fromkeys(("active", *PLAIN, *CATEGORIES, "upload", "groups"), Access.FULL),
    },
    required=frozenset({"zoom"}),
    natural_keys=(NaturalKey("zoom", lambda name, made: made.zoom if isinstance(made.zoom, str) else ""),),
    visible_after=2.0,
    idempotent=frozenset({"update", "disable", "delete"}),
    units=frozenset({"groups"}),
    page=PAGE,
    loses={
        "disable": "recordings are no longer taken over until it is switched on again",
        "delete": "the integration; to have it back somebody installs the app anew, with a new code",
        "replace": "the former Zoom account's recordings are no longer taken over",
        "delete_from_zoom": "if true, recordings are deleted from Zoom a day after they were taken over; "
        "that delay is changed in Kaltura's Admin Console alone, in the Zoom drop folder",
    },
)


@dataclass
class ZoomIntegrationHandler:
    """Reads and changes integrations; `accounts` are the Zoom targets of this run, by name.

    `declared` are this target's own addresses: what is only recorded is known by its id.
    """

    client: Client
    accounts: Mapping[str, Account]
    declared: AbstractSet[Address]
    capability: Capability = CAPABILITY
    listed: list[Any] = field(default_factory=list)

    def read(self, scope: Scope[ZoomIntegration]) -> Iterable[Live[ZoomIntegration]]:
        """Every one that is not deleted. Raises IncompleteReading where a Zoom target was not read."""
        named = {str(want.resource.zoom) for want in scope.wanted if want.address in self.declared}
        for zoom in sorted(named - self.accounts.keys()):
            text = f"which Zoom account {zoom} is cannot be told, for that target did not answer"
            raise IncompleteReading(f"{text}; look for its error")
        self.listed = read_list(self.client, LIST_INTEGRATIONS)
        ids = self._find_categories() if any(map(_names_category, scope.wanted)) else {}
        ordered = [*(zoom for zoom in self.accounts if zoom not in named), *sorted(named)]
        names = {self.accounts[zoom].account: zoom for zoom in ordered}
        return self._describe(names, ids)

    def explain(self, absent: Sequence[Wanted[ZoomIntegration]]) -> Mapping[Address, Absence]:
        """Integrations for which the account has no room."""
        if len(self.listed) + len(absent) <= MOST_ACCOUNTS:
            return {}
        text = f"the account has {len(self.listed)} Zoom accounts, and takes at most {MOST_ACCOUNTS}"
        return {
            want.address: Absence(text, "delete an integration in the KMC first", held=True)
            for want in absent
        }

    def create(self, desired: Wanted[ZoomIntegration]) -> str:
        """Raises NeedsPerson: nothing makes one but an installation."""
        raise NeedsPerson("no API installs the app in a Zoom account; a person has to", page=PAGE.id)

    def update(
        self, live: Live[ZoomIntegration], desired: Wanted[ZoomIntegration], fields: Sequence[FieldChange]
    ) -> None:
        """The fields that differ, always with the switch; what lies on the drop folder goes with it."""
        made = desired.resource
        names = {change.field for change in fields}
        active = bool(made.active if "active" in names else live.resource.active)
        if active and "active" in names:
            names |= {name for name in ON_THE_FOLDER if getattr(made, name) is not OMITTED}
        values: dict[str, Any] = {"enableRecordingUpload": active}
        for name in sorted(names & PLAIN.keys()):
            values[PLAIN[name].wire] = PLAIN[name].encode(getattr(made, name))
        for name in sorted(names & CATEGORIES.keys()):
            values[CATEGORIES[name]] = self._name_category(getattr(made, name))
        if names & {"upload", "groups"}:
            change = next((change for change in fields if change.field == "groups"), None)
            values |= _write_groups(live.resource, made, change)
        self._send(live.remote_id, values)

    def remove(self, live: Live[ZoomIntegration], how: Removal) -> None:
        """Switch it off, or delete it."""
        try:
            if how is Removal.DISABLE:
                self._send(live.remote_id, {"enableRecordingUpload": False})
            else:
                self.client.call(DELETE_INTEGRATION, body={"integrationId": int(live.remote_id)})
        except Absent:
            return

    def _send(self, key: str, values: Mapping[str, Any]) -> None:
        body = {"id": int(key), "integrationSetting": write(CLASS, values)}
        self.client.call(UPDATE_INTEGRATION, body=body)

    def _name_category(self, key: str) -> str:
        """The whole name of a category, which is what the vendor keeps here."""
        found = self.client.call(GET_CATEGORY, body={"id": int(key)})
        with shaped(GET_CATEGORY.name):
            return str(found["fullName"])

    def _find_categories(self) -> dict[str, str]:
        """Ids of the categories that integrations name, by whole name."""
        with shaped(LIST_INTEGRATIONS.name):
            told = {str(row.get(wire) or "") for row in self.listed for wire in CATEGORIES.values()}
        names = sorted(name for name in told if name and "," not in name)
        if not names:
            return {}
        asked = {
            "objectType": "KalturaCategoryFilter",
            "fullNameIn": ",".join(names),
            "orderBy": "+createdAt",
        }
        found = read_list(self.client, LIST_CATEGORIES, asked)
        with shaped(LIST_CATEGORIES.name):
            return {str(category["fullName"]): str(category["id"]) for category in found}

    def _describe(self, names: Mapping[str, str], ids: Mapping[str, str]) -> Iterator[Live[ZoomIntegration]]:
        with shaped(LIST_INTEGRATIONS.name):
            for row in self.listed:
                account = str(row["accountId"])
                zoom = names.get(account, account)
                active = int(row["status"]) == ACTIVE
                unknown = frozenset() if active else ON_THE_FOLDER
                fields = {**read_fields(row, unknown), "zoom": zoom, "active": active}
                for name, wire in CATEGORIES.items():
                    told = str(row.get(wire) or "")
                    fields[name] = ids.get(told, told) or None
                yield Live(
                    remote_id=str(row["id"]),
                    resource=unchecked(ZoomIntegration, fields),
                    keys={"zoom": zoom},
                    label=fields["description"] or f"Zoom account {account}",
                    conditions=tuple(_doubt(row)),
                    unknown=unknown,
                )


def _names_category(want: Wanted[ZoomIntegration]) -> bool:
    return any(getattr(want.resource, name) is not OMITTED for name in CATEGORIES)


def _doubt(row: Any) -> Iterator[Condition]:
    """What a new registration leaves for somebody to fill in, and lists that match nobody."""
    for name, value in find_placeholders(row):
        text = f"{name} still holds the placeholder {value}; declare it"
        yield Condition("placeholder", text)
    if find_unmatched(row):
        text = "its groups are not divided as Kaltura divides them, so that nobody is found in them"
        remedy = "save the list again in the KMC, one group a line, without blanks"
        yield Condition("unmatched_groups", f"{text}; {remedy}")


def _write_groups(live: ZoomIntegration, made: ZoomIntegration, change: FieldChange | None) -> dict[str, Any]:
    """Mode and list: in a new mode the declared groups alone, since the former ones meant the opposite."""
    mode = made.upload if isinstance(made.upload, str) else live.upload
    wanted = made.groups.elements if isinstance(made.groups, Members) else ()
    if mode == live.upload:
        there = live.groups.elements if isinstance(live.groups, Members) else ()
        removed = change.removed if change else ()
        added = [group for group in (change.added if change else ()) if group not in there]
        wanted = (*(group for group in there if group not in removed), *added)
    values: dict[str, Any] = {"groupParticipationType": MODES[str(mode)]}
    if str(mode) in GROUPS:
        values[GROUPS[str(mode)]] = CRLF.join(wanted)
    return values
