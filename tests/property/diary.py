"""A system in memory: people, groups and meetings, with a driver; a vendor without quirks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from reconciler.errors import Absent, NotSent
from reconciler.model import (
    Access,
    Account,
    Capability,
    FieldChange,
    Handler,
    Intent,
    Journal,
    Live,
    NaturalKey,
    Opening,
    Removal,
    Scope,
    Setting,
    Unique,
    Wanted,
)
from reconciler.resources.base import Members, Resource, declared, plain, unchecked
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.schedules import Series
from reconciler.resources.user import User

BEGINNING: Mapping[str, dict[str, Any]] = {
    "user": {"first_name": None, "department": None, "license": "basic", "active": True},
    "group": {"title": "", "members": Members(())},
    "course_meeting": {"agenda": None, "alternative_hosts": Members(())},
}
"""What an object has that nobody said anything about."""


@dataclass
class Book:
    """The system itself: fields of every object by kind and id; listings come in the order of `luck`."""

    pages: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {kind: {} for kind in BEGINNING}
    )
    writes: int = 0
    serial: int = 0
    luck: int = 0

    def add(self, kind: str, **fields: Any) -> str:
        """One object more; returns its id."""
        self.serial += 1
        self.pages[kind][f"{kind}-{self.serial}"] = {**BEGINNING[kind], **fields}
        return f"{kind}-{self.serial}"

    def listed(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Everything of a kind, in no order to rely on."""
        items = list(self.pages[kind].items())
        random.Random(self.luck).shuffle(items)
        return items

    def remove(self, kind: str, remote_id: str) -> None:
        """Gone, also from where it was a member."""
        del self.pages[kind][remote_id]
        for name, holders in (("members", "group"), ("alternative_hosts", "course_meeting")):
            for page in self.pages[holders].values():
                page[name] = Members(tuple(item for item in page[name].elements if item != remote_id))


BOOKS: dict[str, Book] = {}
"""Books by the name a target's setting `book` gives."""

KINDS: Mapping[str, type[Resource]] = {"user": User, "group": Group, "course_meeting": CourseMeeting}


def _mail(name: str, user: User) -> str:
    return user.email.casefold() if isinstance(user.email, str) else ""


def _title(name: str, group: Group) -> str:
    return (group.title if isinstance(group.title, str) else name).casefold()


def _meeting(name: str, meeting: CourseMeeting) -> str:
    series = meeting.schedule
    first = series.occurrences[0][:16] if isinstance(series, Series) and series.occurrences else ""
    return f"{meeting.host}|{meeting.topic}|{first}"


def _later(kind: str) -> Any:
    """What a create does not carry: everything but what it cannot do without."""
    first = {
        "user": {"email", "license"},
        "group": {"title"},
        "course_meeting": {"topic", "host", "schedule"},
    }
    return lambda resource: frozenset(
        name
        for name, value in declared(resource)
        if name not in first[kind] and plain(value) != plain(BEGINNING[kind].get(name))
    )


FULL = Access.FULL
CAPABILITIES: Mapping[str, Capability] = {
    "user": Capability(
        kind="user",
        verbs=frozenset({"create", "update", "disable", "delete"}),
        fields=dict.fromkeys(("email", "first_name", "department", "license", "active"), FULL),
        required=frozenset({"email"}),
        natural_keys=(NaturalKey("email", _mail),),
        idempotent=frozenset({"update", "disable", "delete"}),
        follows=_later("user"),
    ),
    "group": Capability(
        kind="group",
        verbs=frozenset({"create", "update", "delete"}),
        fields={"title": FULL, "members": FULL},
        natural_keys=(NaturalKey("title", _title),),
        idempotent=frozenset({"update", "delete"}),
        follows=_later("group"),
    ),
    "course_meeting": Capability(
        kind="course_meeting",
        verbs=frozenset({"create", "update", "delete"}),
        fields={
            **dict.fromkeys(("topic", "schedule", "agenda", "alternative_hosts"), FULL),
            "host": Access.CREATE_ONLY,
            "course": Access.RELATION,
        },
        required=frozenset({"topic", "host", "schedule"}),
        unique=Unique.NONE,
        natural_keys=(NaturalKey("meeting", _meeting),),
        idempotent=frozenset({"update", "delete"}),
        follows=_later("course_meeting"),
    ),
}


@dataclass
class Pages:
    """The handler of any of the kinds."""

    book: Book
    capability: Capability
    diary: Diary

    def read(self, scope: Scope[Resource]) -> Iterable[Live[Resource]]:
        """Everything, or what is asked for by id or key."""
        wanted = {want.remote_id for want in scope.wanted}
        keys = {self._key(want.address.name, want.resource) for want in scope.wanted}
        for remote_id, page in self.book.listed(self.capability.kind):
            live = self._live(remote_id, page)
            if scope.whole or remote_id in wanted or keys & set(live.keys.values()):
                yield live

    def find(self, intent: Intent) -> Sequence[Live[Resource]]:
        """No answer is ever lost here."""
        return ()

    def create(self, desired: Wanted[Resource]) -> str:
        """What a create carries."""
        kind = self.capability.kind
        later = self.capability.follows(desired.resource)
        fields = {name: value for name, value in declared(desired.resource) if name not in later}
        if kind == "group":
            fields.setdefault("title", desired.address.name)
        with self._written("create", fields):
            return self.book.add(kind, **fields)

    def update(self, live: Live[Resource], desired: Wanted[Resource], fields: Sequence[FieldChange]) -> None:
        """Set what changes; elements are added and taken out."""
        page = self._page(live.remote_id)
        with self._written("update", {"id": live.remote_id}, [e for item in fields for e in item.added]):
            for item in fields:
                value = getattr(desired.resource, item.field)
                if isinstance(value, Members):
                    kept = [one for one in page[item.field].elements if one not in item.removed]
                    value = Members(tuple(dict.fromkeys((*kept, *item.added))))
                page[item.field] = value

    def remove(self, live: Live[Resource], how: Removal) -> None:
        """Disable or delete."""
        if live.remote_id not in self.book.pages[self.capability.kind]:
            return
        with self._written(how.value, {"id": live.remote_id}):
            if how is Removal.DISABLE:
                self._page(live.remote_id)["active"] = False
            else:
                self.book.remove(self.capability.kind, live.remote_id)

    def _page(self, remote_id: str) -> dict[str, Any]:
        try:
            return self.book.pages[self.capability.kind][remote_id]
        except KeyError:
            raise Absent(f"no page {remote_id}", status=404) from None

    def _key(self, name: str, resource: Resource) -> str:
        return self.capability.natural_keys[0].of(name, resource)

    def _live(self, remote_id: str, page: Mapping[str, Any]) -> Live[Resource]:
        resource = unchecked(KINDS[self.capability.kind], page)
        key = self._key("", resource)
        return Live(remote_id, resource, {self.capability.natural_keys[0].name: key}, key)

    @contextmanager
    def _written(
        self, operation: str, body: Mapping[str, Any], elements: Sequence[str] = ()
    ) -> Iterator[None]:
        journal = self.diary.journal
        if journal is None:
            raise NotSent(f"{operation} while planning")
        intent = journal.sending(operation, {}, plain({k: str(v) for k, v in body.items()}), elements)
        yield
        self.book.writes += 1
        journal.answered(intent, "answered")


class Diary:
    """Drives one book."""

    name: ClassVar[str] = "diary"
    settings: ClassVar[tuple[Setting, ...]] = (Setting("book", required=True),)
    origins: ClassVar[frozenset[str]] = frozenset()
    capabilities: ClassVar[Mapping[str, Capability]] = CAPABILITIES
    companion: ClassVar[str] = ""

    def __init__(self, opening: Opening) -> None:
        self.book = BOOKS[str(opening.settings["book"])]
        self.journal: Journal | None = None

    def whoami(self) -> Account:
        """Always the same."""
        return Account(self.name, "memory", "one")

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """One per kind."""
        return {kind: Pages(self.book, capability, self) for kind, capability in CAPABILITIES.items()}

    def bind(self, journal: Journal | None) -> None:
        """Writes go here."""
        self.journal = journal

    def requests(self) -> Mapping[str, int]:
        """None."""
        return {}

    def close(self) -> None:
        """Nothing to release."""
