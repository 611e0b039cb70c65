"""Groups of a Kaltura account and who is in them; a group's id is its handle, and people share the ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reconciler.drivers.base import members_follow, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura.api import (
    ADD_GROUP,
    ADD_MEMBER,
    DELETE_GROUP,
    DELETE_MEMBER,
    GET_GROUP,
    LIST_GROUPS,
    LIST_MEMBERS,
    UPDATE_GROUP,
)
from reconciler.drivers.kaltura.codes import ALREADY_MEMBER
from reconciler.drivers.kaltura.wire import bare, read_list, read_moment, read_text, write
from reconciler.errors import Absent, Refused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Absence, Address, Live
from reconciler.model.ports import Access, Capability, Exploration, LeftAlone, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, Members, unchecked
from reconciler.resources.group import Group

FEW = 20
MEMBER = 0
"""The status of a membership that counts."""
CLOCKS_APART = timedelta(minutes=5)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Ids that are names as `adopt` makes them: what is written then has the id it was read with."""


CAPABILITY = Capability(
    kind="group",
    verbs=frozenset({"create", "update", "delete"}),
    fields={"title": Access.FULL, "members": Access.FULL},
    natural_keys=(NaturalKey("id", lambda name, group: name),),
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    follows=members_follow,
    loses={"delete": "who is in it, and what its members may see by it; the people stay"},
)


@dataclass
class GroupHandler:
    """Reads and writes groups; `people` are the ids that declared people have, which no group can take."""

    client: Client
    people: AbstractSet[str]
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[Group]) -> Iterable[Live[Group]]:
        """Every group; members of those that declare members."""
        if not scope.whole and len(scope.wanted) <= FEW:
            keys = {want.remote_id or want.address.name for want in scope.wanted}
            found = [group for group in self.client.each(self._get, sorted(keys)) if group is not None]
        else:
            asked = {"objectType": "KalturaGroupFilter", "orderBy": "+createdAt"}
            found = read_list(self.client, LIST_GROUPS, asked)
        deep = {
            (want.remote_id or want.address.name).casefold()
            for want in scope.wanted
            if want.resource.members is not OMITTED
        }
        return self._describe(found, deep)

    def explore(self, asked: Exploration) -> Iterator[Live[Group] | LeftAlone]:
        """Every group with its members, if its id can be its name."""
        asked_for = {"objectType": "KalturaGroupFilter", "orderBy": "+createdAt"}
        found = read_list(self.client, LIST_GROUPS, asked_for)
        with shaped(LIST_GROUPS.name):
            deep = {key.casefold() for group in found if (key := str(group["id"])) not in asked.known}
        for live in self._describe(found, deep):
            if _NAME.fullmatch(live.remote_id):
                usual = {"title": live.remote_id}
                yield bare(replace(live, label=live.remote_id), usual, asked.shown)
            else:
                yield LeftAlone(live.remote_id, "its id is no name a file may have")

    def find(self, intent: Intent) -> Sequence[Live[Group]]:
        """The group of the id an intent's body asked for, unless it is older than the intent."""
        if intent.operation != ADD_GROUP.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(ADD_GROUP.name):
            sent: Any = intent.body["group"]
            found = self._get(str(sent["id"]))
        lives = self._describe([found] if found else [], frozenset())
        return [live for live in lives if live.created and live.created >= intent.at - CLOCKS_APART]

    def explain(self, absent: Sequence[Wanted[Group]]) -> Mapping[Address, Absence]:
        """Groups that a person of the same id keeps from being made."""
        held = Absence(
            "a person is declared with the same id, and people and groups share their ids",
            "give the group another name, or the person a login of their own",
            held=True,
        )
        return {want.address: held for want in absent if want.address.name in self.people}

    def create(self, desired: Wanted[Group]) -> str:
        """Make an empty group."""
        group, name = desired.resource, desired.address.name
        title = group.title if isinstance(group.title, str) else name
        body = {"group": write("KalturaGroup", {"id": name, "screenName": title})}
        return str(self.client.call(ADD_GROUP, body=body)["id"])

    def update(self, live: Live[Group], desired: Wanted[Group], fields: Sequence[FieldChange]) -> None:
        """Another title; people in and out, one by one: many at once would be a job that ends some time."""
        for field in fields:
            if field.field == "title":
                group = write("KalturaGroup", {"screenName": desired.resource.title})
                self.client.call(UPDATE_GROUP, body={"groupId": live.remote_id, "group": group})
            elif field.field == "members":
                for member in field.added:
                    self._add(live.remote_id, member)
                for member in field.removed:
                    self._take_out(live.remote_id, member)

    def remove(self, live: Live[Group], how: Removal) -> None:
        """Delete the group."""
        try:
            self.client.call(DELETE_GROUP, body={"groupId": live.remote_id})
        except Absent:
            return

    def _add(self, group: str, member: str) -> None:
        body = {"groupUser": write("KalturaGroupUser", {"userId": member, "groupId": group})}
        try:
            self.client.call(ADD_MEMBER, body=body, elements=(member,))
        except Refused as error:
            if error.code != ALREADY_MEMBER:
                raise

    def _take_out(self, group: str, member: str) -> None:
        try:
            self.client.call(DELETE_MEMBER, body={"userId": member, "groupId": group})
        except Absent:
            return

    def _get(self, key: str) -> Any:
        try:
            return self.client.call(GET_GROUP, body={"groupId": key})
        except Absent:
            return None

    def _describe(self, groups: Sequence[Any], deep: AbstractSet[str]) -> Iterator[Live[Group]]:
        with shaped(LIST_GROUPS.name):
            wanted = [str(group["id"]) for group in groups if str(group["id"]).casefold() in deep]
        members = dict(zip(wanted, self.client.each(self._members, wanted), strict=True))
        with shaped(LIST_GROUPS.name):
            for group in groups:
                key = str(group["id"])
                title = read_text(group.get("screenName"))
                yield Live(
                    remote_id=key,
                    resource=unchecked(Group, {"title": title, "members": members.get(key, OMITTED)}),
                    keys={"id": key.casefold()},
                    label=title or key,
                    created=read_moment(group["createdAt"]),
                )

    def _members(self, group: str) -> Members:
        """Who is in one group: a list without a group or a person in its filter is refused."""
        asked = {"objectType": "KalturaGroupUserFilter", "groupIdEqual": group, "orderBy": "+createdAt"}
        found = read_list(self.client, LIST_MEMBERS, asked)
        with shaped(LIST_MEMBERS.name):
            return Members(tuple(str(row["userId"]) for row in found if int(row["status"]) == MEMBER))
