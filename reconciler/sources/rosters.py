"""What roster formats share: people, the groups they are enrolled in and terms, as entries."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from reconciler.errors import Problem, Where
from reconciler.model import Entry
from reconciler.model.names import fold_name
from reconciler.sources.base import NO_MARKS, Files, Rows, Source
from reconciler.sources.bundles import Bundle, open_bundle
from reconciler.sources.tables import Dialect, Table, read_table

KINDS = frozenset({"user", "group", "term"})
FIELDS: Mapping[str, tuple[str, ...]] = {
    "user": ("email", "first_name", "last_name", "active"),
    "group": ("title", "members"),
    "term": ("title", "from", "until"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One person, class or term of a roster: its own id, the handle it is named by, what is said of it."""

    id: str
    handle: str
    where: Where
    values: Mapping[str, Any]
    roles: frozenset[str] = frozenset()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """That a person belongs to a class, by their own ids."""

    group: str
    person: str
    role: str


@dataclass(slots=True)
class Roster:
    """What the files of one bundle say; `left` and `closed` are people and classes said to be no more."""

    problems: list[Problem]
    items: list[Item] = field(default_factory=list)
    people: list[Item] = field(default_factory=list)
    enrollments: list[Enrollment] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterSource(Source):
    """A folder or a zip of roster files. `handle` is the column that names people.

    `roles` keeps people, or members of groups, who have one of them; if it is empty, everybody is kept but
    those who are only there for somebody else (`outsiders`). `fields` keeps some of the format's fields.
    """

    outsiders: ClassVar[frozenset[str]]
    handle: str
    roles: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @abstractmethod
    def take(self, bundle: Bundle, problems: list[Problem]) -> Roster:
        """What the bundle's files say about this source's kind."""

    def read(self, files: Files) -> Rows:
        """People, groups or terms as entries, each placed at its row; raises nothing."""
        bundle = open_bundle(files, self.file, self.where)
        if isinstance(bundle, Problem):
            return Rows(problems=(bundle,), unread=bundle.what)
        problems: list[Problem] = []
        roster, orphans = self.take(bundle, problems), 0
        items = roster.items
        if self.kind == "user":
            items = [item for item in items if self.keeps(item.roles)]
        elif self.kind == "group":
            items, orphans = self._gather(roster)
        entries = tuple(self._make_entries(items, problems))
        unread = self.distrust(len(entries), problems)
        if not entries and not problems:
            unread = f"{self.file} holds no {self.kind} that is wanted"
        elif orphans and not unread:
            unread = f"{self.file} has {orphans} enrollments of people or classes that it does not have"
        return Rows(entries, tuple(problems), unread)

    def wants(self, name: str) -> bool:
        """Whether a field of the format is asked for."""
        return not self.fields or name in self.fields

    def keeps(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles belongs to what is declared; a role's case says nothing."""
        folded = {role.casefold() for role in roles}
        if self.roles:
            return not folded.isdisjoint(role.casefold() for role in self.roles)
        return not folded or not folded <= self.outsiders

    def _make_entries(self, items: Iterable[Item], problems: list[Problem]) -> Iterator[Entry]:
        seen: dict[str, Where] = {}
        for item in items:
            name = fold_name(item.handle)
            if not name:
                what = f"the column `{self.handle}` is empty: the row has no name"
                problems.append(Problem(item.where, what, "fill it in, or choose another `name:`"))
            elif name in seen:
                what = f"`{item.handle}` stands twice; the first is at {seen[name]}"
                problems.append(Problem(item.where, what, "delete one of the rows, or give each its own"))
            else:
                seen[name] = item.where
                self._check_email(item, problems)
                wanted = (key for key in FIELDS[self.kind] if self.wants(key))
                values = {key: value for key in wanted if (value := item.values.get(key))}
                yield Entry(self.target, self.kind, name, values, item.where, NO_MARKS, self.file, self.base)

    def _check_email(self, item: Item, problems: list[Problem]) -> None:
        if self.kind == "user" and self.wants("email") and not item.values["email"]:
            remedy = "fill it in, or say in `roles` whose accounts are wanted"
            problems.append(Problem(item.where, f"`{item.handle}` has no e-mail", remedy))

    def _gather(self, roster: Roster) -> tuple[list[Item], int]:
        """The classes somebody is enrolled in, with their members, and how many enrollments lead nowhere.

        Titles that several classes share are told apart by the class's code.
        """
        people = {person.id: fold_name(person.handle) for person in roster.people}
        members: dict[str, dict[str, None]] = {item.id: {} for item in roster.items}
        orphans = 0
        for enrolled in roster.enrollments:
            known = enrolled.person in people and enrolled.group in members
            if known and self.keeps({enrolled.role}):
                members[enrolled.group][people[enrolled.person]] = None
            elif not (known or enrolled.person in roster.left or enrolled.group in roster.closed):
                orphans += 1
        kept = [item for item in roster.items if members[item.id]]
        titles = Counter(item.values["title"].casefold() for item in kept)
        made = []
        for item in kept:
            title = item.values["title"]
            if title and titles[title.casefold()] > 1:
                title = f"{title} ({item.code or item.handle})"
            values = {"title": title, "members": [name for name in members[item.id] if name]}
            made.append(Item(item.id, item.handle, item.where, values))
        return made, orphans


def open_table(bundle: Bundle, name: str, dialect: Dialect, problems: list[Problem]) -> Table | None:
    """A file of a bundle as a table; None if it cannot be read, or is empty: either is told."""
    data, said = bundle.read(name), len(problems)
    if isinstance(data, Problem):
        problems.append(data)
        return None
    table = read_table(name, data, dialect, problems)
    if table is None and len(problems) == said:
        problems.append(Problem(Where(name), "the file is empty", "export it again, with its header"))
    return table


def read_rows(
    table: Table | None,
    needed: Mapping[str, str],
    optional: Mapping[str, str] | None = None,
    codes: Collection[str] = (),
) -> Iterator[tuple[Where, dict[str, str]]]:
    """Each row's place and the cells of the columns named, by our names for them; "" where one is optional.

    Nothing else of a row is kept. `codes` are those of our names whose cells are ids.
    """
    places = table.find(needed, {}, Where(table.file, table.line)) if table else {}
    if not table or not places:
        return
    there = {name: column for name, column in (optional or {}).items() if table.has(column)}
    places |= table.find(there, {}, Where(table.file, table.line))
    absent = {name: "" for name in optional or {} if name not in there}
    listed = list(places.items())
    for line, row in table.rows(set(places.values()), {places[name] for name in codes}):
        yield Where(table.file, line), {**absent, **{name: row[at] for name, at in listed}}
