"""The tree of categories: made below their parents, moved by an action of its own, deleted if childless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura.api import (
    ADD_CATEGORY,
    DELETE_CATEGORY,
    GET_CATEGORY,
    LIST_CATEGORIES,
    MOVE_CATEGORY,
    UPDATE_CATEGORY,
)
from reconciler.drivers.kaltura.codes import DUPLICATE
from reconciler.drivers.kaltura.wire import read_flag, read_list, read_moment, read_text, write
from reconciler.errors import Absent, Refused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live, Loss
from reconciler.model.ports import Access, Capability, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, declared, unchecked
from reconciler.resources.category import Category

TEXTS: Mapping[str, str] = {"description": "description", "reference_id": "referenceId", "owner": "owner"}
LISTS: Mapping[str, str] = {"tags": "tags", "privacy_contexts": "privacyContext"}
"""Kept as one text, separated by commas."""
WORDS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "privacy": ("privacy", {"all": 1, "signed_in": 2, "members": 3}),
    "contribution": ("contributionPolicy", {"all": 1, "members": 2}),
    "default_level": (
        "defaultPermissionLevel",
        {"manager": 0, "moderator": 1, "contributor": 2, "member": 3, "none": 4},
    ),
    "listed": ("appearInList", {"all": 1, "members": 3}),
}
"""Per field its property, and what each word is there (Kaltura API, category)."""
TOP = "0"
FEW = 20
CLOCKS_APART = timedelta(minutes=5)


def _path(name: str, category: Category) -> str:
    """Parent and title; nothing while the parent is not known."""
    title = category.title if isinstance(category.title, str) else name
    parent = category.parent if isinstance(category.parent, str) else TOP
    return f"{parent}>{title.casefold()}" if parent else ""


def _reference(name: str, category: Category) -> str:
    return category.reference_id if isinstance(category.reference_id, str) else ""


CAPABILITY = Capability(
    kind="category",
    verbs=frozenset({"create", "update", "delete"}),
    fields=dict.fromkeys(("title", "parent", *TEXTS, *LISTS, *WORDS, "moderated"), Access.FULL),
    natural_keys=(NaturalKey("reference_id", _reference), NaturalKey("path", _path)),
    visible_after=2.0,
    idempotent=frozenset({"update", "delete"}),
    loses={"delete": "the category; what is filed there moves to the one above it"},
)


@dataclass
class CategoryHandler:
    """Reads and writes categories; `listed` is what the last whole reading held, by id."""

    client: Client
    capability: Capability = CAPABILITY
    listed: dict[str, Any] = field(default_factory=dict)

    def read(self, scope: Scope[Category]) -> Iterable[Live[Category]]:
        """Every category that the session may see; or the few that are asked for, by their ids."""
        ids = [want.remote_id for want in scope.wanted]
        if not scope.whole and len(ids) <= FEW and all(ids):
            return self._describe([found for found in self.client.each(self._get, ids) if found])
        asked = {"objectType": "KalturaCategoryFilter", "orderBy": "+createdAt"}
        found = read_list(self.client, LIST_CATEGORIES, asked)
        self.listed = {str(category["id"]): category for category in found}
        return self._describe(found)

    def find(self, intent: Intent) -> Sequence[Live[Category]]:
        """The category of the title and place an intent's body asked for, unless it is older."""
        if intent.operation != ADD_CATEGORY.name or not isinstance(intent.body, Mapping):
            return ()
        with shaped(ADD_CATEGORY.name):
            sent: Any = intent.body["category"]
            path = f"{sent['parentId']}>{str(sent['name']).casefold()}"
        return [
            live
            for live in self.read(Scope(()))
            if live.keys["path"] == path and live.created and live.created >= intent.at - CLOCKS_APART
        ]

    def weigh(self, going: Sequence[Live[Category]]) -> Sequence[Loss]:
        """What is filed there moves up; a category with others below it that stay is not deleted."""
        leaving = {live.remote_id for live in going}
        return [self._weigh(live, leaving) for live in going]

    def create(self, desired: Wanted[Category]) -> str:
        """One category with everything that is declared."""
        category = desired.resource
        title = category.title if isinstance(category.title, str) else desired.address.name
        values = {
            n: value for n, value in _values(category, self.capability.fields).items() if value is not None
        }
        parent = category.parent if isinstance(category.parent, str) else TOP
        body = {"category": write("KalturaCategory", {"name": title, "parentId": int(parent), **values})}
        return str(self.client.call(ADD_CATEGORY, body=body)["id"])

    def update(self, live: Live[Category], desired: Wanted[Category], fields: Sequence[FieldChange]) -> None:
        """Move, then change the fields that differ; the other way round where the old title is taken."""
        category, names = desired.resource, [change.field for change in fields]
        values = _values(category, names)
        if "title" in names:
            values["name"] = category.title
        changed = {"id": int(live.remote_id), "category": write("KalturaCategory", values)}
        if "parent" in names:
            parent = category.parent if isinstance(category.parent, str) else TOP
            moved = {"categoryIds": live.remote_id, "targetCategoryParentId": int(parent)}
            try:
                self.client.call(MOVE_CATEGORY, body=moved)
            except Refused as error:
                if error.code != DUPLICATE or "title" not in names:
                    raise
                self.client.call(UPDATE_CATEGORY, body=changed)
                self.client.call(MOVE_CATEGORY, body=moved)
                return
        if values:
            self.client.call(UPDATE_CATEGORY, body=changed)

    def remove(self, live: Live[Category], how: Removal) -> None:
        """Delete it, if nothing is below it: the vendor would delete that as well. Raises Refused."""
        found = self._get(live.remote_id)
        if found is None:
            return
        with shaped(GET_CATEGORY.name):
            below = int(found["directSubCategoriesCount"])
        if below:
            text = (
                f"{DELETE_CATEGORY.name} was not sent: {below} categories are below it, and would go with it"
            )
            raise Refused(f"{text}; move or delete them first", status=0, operation=DELETE_CATEGORY.name)
        try:
            body = {"id": int(live.remote_id), "moveEntriesToParentCategory": 1}
            self.client.call(DELETE_CATEGORY, body=body)
        except Absent:
            return

    def _weigh(self, live: Live[Category], leaving: set[str]) -> Loss:
        mine = self.listed.get(live.remote_id, {})
        below = [
            str(category.get("name", ""))
            for key, category in self.listed.items()
            if str(category.get("parentId")) == live.remote_id and key not in leaving
        ]
        number = mine.get("directEntriesCount", 0)
        text = f"the category; the {number} entries filed there move to the one above it, if there is one"
        if not below:
            return Loss(text)
        held = f"{len(below)} categories are below it and would go with it: {', '.join(sorted(below)[:5])}"
        return Loss(text, held, "move or delete them first, or declare the category again")

    def _get(self, key: str) -> Any:
        try:
            return self.client.call(GET_CATEGORY, body={"id": int(key)})
        except Absent:
            return None

    def _describe(self, categories: Iterable[Any]) -> Iterator[Live[Category]]:
        with shaped(LIST_CATEGORIES.name):
            for category in categories:
                title, parent = str(category["name"]), str(category["parentId"])
                fields = {"title": title, "parent": None if parent == TOP else parent, **_fields(category)}
                keys = {"path": f"{parent}>{title.casefold()}"}
                if fields["reference_id"]:
                    keys["reference_id"] = fields["reference_id"]
                yield Live(
                    remote_id=str(category["id"]),
                    resource=unchecked(Category, fields),
                    keys=keys,
                    label=str(category["fullName"]),
                    created=read_moment(category["createdAt"]),
                )


def _fields(category: Any) -> dict[str, Any]:
    """The fields but title and parent, as they are declared."""
    found: dict[str, Any] = {name: read_text(category.get(wire)) for name, wire in TEXTS.items()}
    for name, wire in LISTS.items():
        parts = (part.strip() for part in str(category.get(wire) or "").split(","))
        found[name] = tuple(sorted(filter(None, parts)))
    for name, (wire, words) in WORDS.items():
        number = category.get(wire)
        known = (word for word, value in words.items() if number is not None and value == int(number))
        found[name] = next(known, None)
    return {**found, "moderated": read_flag(category.get("moderation", False))}


def _values(category: Category, names: Iterable[str]) -> dict[str, Any]:
    """Properties of the named fields but title and parent; None where a field is to be cleared."""
    wanted, made = set(names), dict[str, Any]()
    for name, value in declared(category):
        if name not in wanted or value is OMITTED:
            continue
        if name in TEXTS:
            made[TEXTS[name]] = value
        elif name in LISTS:
            made[LISTS[name]] = ",".join(value) if value else None
        elif name in WORDS:
            wire, words = WORDS[name]
            made[wire] = words[value]
        elif name == "moderated":
            made["moderation"] = value
    return made
