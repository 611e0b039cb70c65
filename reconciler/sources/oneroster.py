"""OneRoster 1.1 and 1.2 CSV sets as sources; only a full set says who is there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.errors import Problem, Where
from reconciler.sources.bundles import Bundle
from reconciler.sources.dates import explain_date, find_order, read_date
from reconciler.sources.rosters import KINDS as KINDS
from reconciler.sources.rosters import Enrollment, Item, Roster, RosterSource, open_table, read_rows
from reconciler.sources.tables import Dialect, Table

DIALECT = Dialect(fold=str.casefold)
MODES = ("absent", "bulk", "delta")
VERSIONS = ("1.1", "1.2")
GONE = frozenset({"tobedeleted", "inactive"})
HANDLES = ("sourcedId", "username", "identifier", "email")
SESSIONS = frozenset({"term", "semester"})
_BOOLEANS = {"true": "true", "false": "false", "": ""}
_FULL = "export a full set of OneRoster 1.1 or 1.2: every file in it `bulk`"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRosterSource(RosterSource):
    """One `- oneroster:` of a section: the folder or zip of a CSV set (1EdTech OneRoster, CSV binding).

    A row whose status is tobedeleted or inactive is not there. People come from `users` (and, in 1.2,
    `roles`), groups from `classes` with `enrollments`, whose dates are not looked at, terms from
    `academicSessions` that are a term or a semester.
    """

    outsiders: ClassVar[frozenset[str]] = frozenset({"guardian", "parent", "relative"})
    handle: str = "sourcedId"

    def take(self, bundle: Bundle, problems: list[Problem]) -> Roster:
        """What the bundle's files say about this source's kind."""
        roster = Roster(problems)
        made = _open_set(self, bundle, problems)
        if made is None:
            return roster
        if self.kind == "user":
            roster.items = list(_read_people(self, made, roster))
        elif self.kind == "group":
            roster.people = list(_read_people(self, made, roster))
            roster.items = list(_read_classes(made, roster))
            roster.enrollments = list(_read_enrollments(made))
        else:
            roster.items = list(_read_terms(made))
        return roster


@dataclass(frozen=True, slots=True)
class _Set:
    """The files of a set by lower-case name, and what the manifest says of each."""

    bundle: Bundle
    problems: list[Problem]
    manifest: str
    files: Mapping[str, str]
    modes: Mapping[str, str]

    def open(self, name: str) -> Table | None:
        """A file that must be there in full; None if it is not, which is told."""
        file, mode = self.files.get(name.casefold()), self.modes.get(name.casefold())
        what = ""
        if mode == "delta":
            what = f"`file.{name}` is `delta`: changes alone do not say who is there"
        elif mode is None and file:
            what = f"the manifest does not say whether {name}.csv is full (`file.{name}`)"
        elif mode in (None, "absent"):
            what = f"`file.{name}` is absent, and this source needs it"
            if file:
                what = f"`file.{name}` is absent, yet there is a file {file}"
        elif not file:
            what = f"there is no {name}.csv, though the manifest says there is"
        if what or not file:
            self.problems.append(Problem(Where(self.manifest), what, _FULL))
            return None
        return open_table(self.bundle, file, DIALECT, self.problems)


def _open_set(source: OneRosterSource, bundle: Bundle, problems: list[Problem]) -> _Set | None:
    manifests = [name for name in bundle.names if _stem(name) == "manifest"]
    if len(manifests) != 1:
        what = f"{source.file} has {len(manifests) or 'no'} manifest.csv; a OneRoster set has one"
        problems.append(Problem(source.where, what, "name the folder of one set"))
        return None
    manifest, folder = manifests[0], posixpath.dirname(manifests[0])
    inside = [name for name in bundle.names if posixpath.dirname(name) == folder]
    files = {_stem(name): name for name in inside}
    if len(files) < len(inside):
        what = "two of its files differ in the case of their names alone"
        problems.append(Problem(Where(folder or manifest), what, "delete one of them"))
        return None
    modes = _read_manifest(bundle, manifest, problems)
    return None if modes is None else _Set(bundle, problems, manifest, files, modes)


def _stem(name: str) -> str:
    return posixpath.basename(name).casefold().removesuffix(".csv")


def _read_manifest(bundle: Bundle, name: str, problems: list[Problem]) -> dict[str, str] | None:
    """The mode of each file the manifest speaks of; None if the set is none that can be read."""
    said = len(problems)
    table = open_table(bundle, name, DIALECT, problems)
    rows = read_rows(table, {"key": "propertyName", "value": "value"})
    found = {row["key"].casefold(): (where, row["value"].casefold()) for where, row in rows}
    if len(problems) == said:
        expected: dict[str, tuple[str, ...]] = {key: MODES for key in found if key.startswith("file.")}
        expected |= {"manifest.version": ("1.0",), "oneroster.version": VERSIONS}
        for key, known in expected.items():
            where, value = found.get(key, (Where(name), ""))
            if value not in known and (value or key != "manifest.version"):
                what = f"the manifest says `{value}` for `{key}`, which can be {' or '.join(known)}"
                problems.append(Problem(where, what, _FULL))
    if len(problems) > said:
        return None
    return {key.removeprefix("file."): value for key, (_, value) in found.items()}


def _read_people(source: OneRosterSource, made: _Set, roster: Roster) -> Iterator[Item]:
    """Everybody who is there; only what is asked for is taken out of a row."""
    table = made.open("users")
    needed = {"id": "sourcedId", "handle": source.handle}
    if source.kind == "user":
        columns = {"email": "email", "first_name": "givenName", "last_name": "familyName"}
        columns["active"] = "enabledUser"
        needed |= {name: column for name, column in columns.items() if source.wants(name)}
    said = len(roster.problems)
    roles = _read_roles(made, table) if table and source.kind == "user" else {}
    if len(roster.problems) > said:
        return
    for where, row in read_rows(table, needed, {"status": "status", "role": "role"}, ("id", "handle")):
        if row["status"].casefold() in GONE:
            roster.left.add(row["id"])
            continue
        held = roles.get(row["id"], frozenset()) | {row["role"]} - {""}
        if source.kind == "user":
            _check_person(row, held, where, roster.problems)
        yield Item(row["id"], row["handle"], where, row, held)


def _check_person(row: dict[str, str], roles: frozenset[str], where: Where, problems: list[Problem]) -> None:
    if not roles:
        what = f"`{row['handle']}` has no role, so it cannot be told from a guardian"
        problems.append(Problem(where, what, "export a role for everybody"))
    if "active" in row:
        enabled = row["active"].casefold()
        if enabled not in _BOOLEANS:
            what = f"`enabledUser` is `{row['active']}`, neither true nor false"
            problems.append(Problem(where, what, "export true or false"))
        row["active"] = _BOOLEANS.get(enabled, "")


def _read_roles(made: _Set, users: Table) -> dict[str, frozenset[str]]:
    """Everybody's roles by their id, from the file that 1.2 keeps them in; a `role` in users goes before."""
    if users.has("role"):
        return {}
    found: dict[str, frozenset[str]] = {}
    needed = {"id": "userSourcedId", "role": "role"}
    for _, row in read_rows(made.open("roles"), needed, {"status": "status"}):
        if row["status"].casefold() not in GONE and row["role"]:
            found[row["id"]] = found.get(row["id"], frozenset()) | {row["role"]}
    return found


def _read_classes(made: _Set, roster: Roster) -> Iterator[Item]:
    needed, optional = {"id": "sourcedId", "title": "title"}, {"status": "status", "code": "classCode"}
    for where, row in read_rows(made.open("classes"), needed, optional, ("id",)):
        if row["status"].casefold() in GONE:
            roster.closed.add(row["id"])
        else:
            yield Item(row["id"], row["id"], where, {"title": row["title"]}, code=row["code"])


def _read_enrollments(made: _Set) -> Iterator[Enrollment]:
    needed = {"group": "classSourcedId", "person": "userSourcedId", "role": "role"}
    for _, row in read_rows(made.open("enrollments"), needed, {"status": "status"}):
        if row["status"].casefold() not in GONE:
            yield Enrollment(row["group"], row["person"], row["role"])


def _read_terms(made: _Set) -> Iterator[Item]:
    needed = {"id": "sourcedId", "title": "title", "type": "type", "from": "startDate", "until": "endDate"}
    rows = list(read_rows(made.open("academicSessions"), needed, {"status": "status"}, ("id",)))
    orders = {name: find_order(row[name] for _, row in rows) for name in ("from", "until")}
    for where, row in rows:
        if row["type"].casefold() not in SESSIONS or row["status"].casefold() in GONE:
            continue
        values = {"title": row["title"]}
        for name in orders:
            day = read_date(row[name], orders[name])
            values[name] = f"{day}" if day else ""
            if not day:
                made.problems.append(Problem(where, *explain_date(row[name], orders[name])))
        yield Item(row["id"], row["id"], where, values)
