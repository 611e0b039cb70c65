"""Groups of a Zoom account and who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.drivers.base import members_follow, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.paging import read_pages
from reconciler.drivers.zoom.api import (
    ADD_MEMBERS,
    CREATE_GROUP,
    DELETE_GROUP,
    DELETE_MEMBER,
    GET_GROUP,
    LIST_GROUPS,
    LIST_MEMBERS,
    UPDATE_GROUP,
    WireGroup,
)
from reconciler.drivers.zoom.explore import bare
from reconciler.errors import Absent
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Exploration, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, Members, unchecked
from reconciler.resources.group import Group

PAGE_SIZE = 300
MEMBERS_PAGE_SIZE = 2000
MEMBERS_A_CALL = 30
"""Zoom API reference, groups: at most 30 members in one POST; more are refused."""
FEW = 20
"""Up to so many groups with known ids are read one by one, more by listing all."""
NO_GROUP = "4130"


def _title(name: str, group: Group) -> str:
    return group.title if isinstance(group.title, str) else name


CAPABILITY = Capability(
    kind="group",
    verbs=frozenset({"create", "update", "delete"}),
    fields={"title": Access.FULL, "members": Access.FULL},
    natural_keys=(NaturalKey("title", lambda name, group: _title(name, group).casefold()),),
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    follows=members_follow,
    loses={"delete": "the group's settings and who is in it; the people stay"},
)


@dataclass
class GroupHandler:
    """Reads and writes groups."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[Group]) -> Iterable[Live[Group]]:
        """Every group; members of those that declare members."""
        if not scope.whole and len(scope.wanted) <= FEW and all(want.remote_id for want in scope.wanted):
            found = self.client.each(self._get, [want.remote_id for want in scope.wanted])
            listed = [group for group in found if group is not None]
        else:
            listed = read_pages(self.client, LIST_GROUPS, "groups", size=PAGE_SIZE, key="id")
        return self._with_members(listed, scope)

    def explore(self, asked: Exploration) -> Iterator[Live[Group]]:
        """Every group; members of those that are not known."""
        listed = read_pages(self.client, LIST_GROUPS, "groups", size=PAGE_SIZE, key="id")
        with shaped(LIST_GROUPS.name):
            unknown = [group for group in listed if group["id"] not in asked.known]
        return (bare(live, asked.shown) for live in self._describe(listed, unknown))

    def find(self, intent: Intent) -> Sequence[Live[Group]]:
        """The group of the name an intent's body asked for: Zoom keeps names unique."""
        if intent.operation != CREATE_GROUP.name or not isinstance(intent.body, Mapping):
            return ()
        name = str(intent.body["name"]).casefold()
        return [live for live in self.read(Scope(())) if live.keys["title"] == name]

    def create(self, desired: Wanted[Group]) -> str:
        """Make an empty group."""
        name = _title(desired.address.name, desired.resource)
        return str(self.client.call(CREATE_GROUP, body={"name": name})["id"])

    def update(self, live: Live[Group], desired: Wanted[Group], fields: Sequence[FieldChange]) -> None:
        """Rename; add members in batches, take them out one by one."""
        path = {"groupId": live.remote_id}
        for field in fields:
            if field.field == "title":
                name = _title(desired.address.name, desired.resource)
                self.client.call(UPDATE_GROUP, path=path, body={"name": name})
            elif field.field == "members":
                self._add(live.remote_id, field.added)
                self._take_out(live.remote_id, field.removed)

    def remove(self, live: Live[Group], how: Removal) -> None:
        """Delete the group."""
        try:
            self.client.call(DELETE_GROUP, path={"groupId": live.remote_id})
        except Absent:
            return

    def _add(self, group: str, members: Sequence[str]) -> None:
        for start in range(0, len(members), MEMBERS_A_CALL):
            batch = members[start : start + MEMBERS_A_CALL]
            body = {"members": [{"email" if "@" in member else "id": member} for member in batch]}
            self.client.call(ADD_MEMBERS, path={"groupId": group}, body=body, elements=batch)

    def _take_out(self, group: str, members: Sequence[str]) -> None:
        for member in members:
            path = {"groupId": group, "memberId": member}
            try:
                self.client.call(DELETE_MEMBER, path=path)
            except Absent as error:
                if error.code == NO_GROUP:
                    raise

    def _get(self, remote_id: str) -> WireGroup | None:
        try:
            answer: WireGroup = self.client.call(GET_GROUP, path={"groupId": remote_id})
        except Absent:
            return None
        return answer

    def _with_members(self, listed: Sequence[WireGroup], scope: Scope[Group]) -> Iterator[Live[Group]]:
        ids = {want.remote_id for want in scope.wanted if want.resource.members is not OMITTED} - {""}
        titles = {
            _title(want.address.name, want.resource).casefold()
            for want in scope.wanted
            if want.resource.members is not OMITTED
        }
        with shaped(LIST_GROUPS.name):
            deep = [group for group in listed if group["id"] in ids or group["name"].casefold() in titles]
        return self._describe(listed, deep)

    def _describe(self, listed: Sequence[WireGroup], deep: Sequence[WireGroup]) -> Iterator[Live[Group]]:
        members = dict(zip(map(id, deep), self.client.each(self._members, deep), strict=True))
        with shaped(LIST_MEMBERS.name):
            for group in listed:
                yield Live(
                    remote_id=group["id"],
                    resource=unchecked(
                        Group, {"title": group["name"], "members": members.get(id(group), OMITTED)}
                    ),
                    keys={"title": group["name"].casefold()},
                    label=group["name"],
                )

    def _members(self, group: WireGroup) -> Members:
        path = {"groupId": group["id"]}
        found = read_pages(self.client, LIST_MEMBERS, "members", size=MEMBERS_PAGE_SIZE, path=path, key="id")
        with shaped(LIST_MEMBERS.name):
            return Members(tuple(member.get("id") or member["email"].casefold() for member in found))
