"""Canvas SIS CSV files as sources of people, groups and terms; a file's header says what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from reconciler.errors import Problem, Where
from reconciler.sources.bundles import Bundle
from reconciler.sources.dates import EITHER, explain_date, read_date
from reconciler.sources.rosters import KINDS as KINDS
from reconciler.sources.rosters import Enrollment, Item, Roster, RosterSource, open_table, read_rows
from reconciler.sources.tables import Dialect, Table

DIALECT = Dialect(fold=str.lower)
HANDLES = ("user_id", "login_id", "integration_id", "email")
NEEDED = {"user": ("users",), "group": ("users", "enrollments"), "term": ("terms",)}
STATUSES = {
    "users": ("active", "suspended", "deleted"),
    "terms": ("active", "deleted"),
    "courses": ("active", "published", "completed", "deleted"),
    "sections": ("active", "deleted"),
    "enrollments": ("active", "completed", "inactive", "deleted", "deleted_last_completed"),
    "observers": ("active", "deleted"),
}
THERE = frozenset({"active", "published", "suspended"})
_HEADERS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("", (("existing_user_id", "existing_integration_id", "existing_canvas_user_id"),)),
    ("users", (("user_id",), ("login_id",))),
    ("observers", (("observer_id",), ("student_id",))),
    ("courses", (("course_id",), ("short_name",))),
    ("sections", (("section_id",), ("name",))),
    ("terms", (("term_id",), ("name",))),
    ("enrollments", (("course_id", "section_id"), ("user_id", "user_integration_id"))),
    ("", (("account_id", "xlist_course_id", "abstract_course_id", "old_id", "old_integration_id"),)),
    ("", (("group_id", "group_category_id", "tag_id", "tag_set_id"),)),
)
"""What tells a file's kind, "" for those without use here: one column of each group is in its header."""


Files = Mapping[str, list[Table]]
"""The tables of a bundle by what they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasSisSource(RosterSource):
    """One `- canvas_sis:` of a section: a folder or zip of files (Canvas API reference, SIS CSV format).

    A row whose status is deleted is not there; suspended people are there and not active. Roles are those of
    active enrollments, of `declared_user_type` and, for observers, of their links to students. Groups are
    the sections somebody is actively enrolled in, or the course where an enrollment names no section.
    """

    outsiders: ClassVar[frozenset[str]] = frozenset({"observer"})
    handle: str = "user_id"

    def take(self, bundle: Bundle, problems: list[Problem]) -> Roster:
        """What the bundle's files say about this source's kind."""
        roster, files = Roster(problems), _sort_files(bundle, problems)
        for kind in NEEDED[self.kind]:
            if not files[kind] and not problems:
                what = f"{self.file} has no file of {kind}, told by its header"
                problems.append(
                    Problem(self.where, what, "export it with its header, as Canvas documents it")
                )
        if problems:
            return roster
        if self.kind == "term":
            roster.items = list(_read_terms(files, problems))
            return roster
        ids: dict[str, str] = {}
        roster.people = list(_read_people(self, files, roster, ids))
        roster.enrollments = list(_read_enrollments(files, ids, problems))
        if self.kind == "user":
            roster.items = list(_add_roles(files, roster))
        else:
            courses = list(_read_groups("courses", files, roster))
            roster.items = [*_read_groups("sections", files, roster), *courses]
        return roster


def _sort_files(bundle: Bundle, problems: list[Problem]) -> Files:
    """The files of a bundle by what they hold."""
    found: dict[str, list[Table]] = {kind: [] for kind in STATUSES}
    for name in bundle.names:
        if table := open_table(bundle, name, DIALECT, problems):
            for kind, groups in _HEADERS:
                if all(any(table.has(column) for column in group) for group in groups):
                    found.setdefault(kind, []).append(table)
                    break
            else:
                what = "its header is that of no Canvas SIS file"
                problems.append(Problem(Where(name, table.line), what, "mend it, or move the file elsewhere"))
    return found


def _read_rows(
    kind: str,
    files: Files,
    problems: list[Problem],
    needed: Mapping[str, str],
    optional: Mapping[str, str],
    codes: tuple[str, ...] = (),
) -> Iterator[tuple[Where, dict[str, str]]]:
    """The rows of every file of a kind; `there` of a row says whether it is, by its status, else it is ""."""
    known = STATUSES[kind]
    for table in files[kind]:
        for where, row in read_rows(table, {**needed, "status": "status"}, optional, codes):
            status = row["status"].lower()
            if status not in known:
                what = f"the status of a row of {kind} cannot be `{row['status']}`"
                problems.append(Problem(where, what, f"known are {', '.join(known)}"))
            else:
                yield where, {**row, "status": status, "there": "yes" if status in THERE else ""}


def _read_people(
    source: CanvasSisSource, files: Files, roster: Roster, ids: dict[str, str]
) -> Iterator[Item]:
    """Everybody who is there; `ids` gets the user_id of each integration_id."""
    needed = {"id": "user_id", "handle": source.handle}
    if source.kind == "user":
        needed |= {name: name for name in ("email", "first_name", "last_name") if source.wants(name)}
    optional = {"integration": "integration_id", "role": "declared_user_type"}
    for where, row in _read_rows("users", files, roster.problems, needed, optional, ("id", "handle")):
        if row["integration"]:
            ids[row["integration"]] = row["id"]
        if row["there"]:
            values = {**row, "active": "false" if row["status"] == "suspended" else "true"}
            yield Item(row["id"], row["handle"], where, values, frozenset({row["role"]} - {""}))
        else:
            roster.left.add(row["id"])


def _read_enrollments(files: Files, ids: Mapping[str, str], problems: list[Problem]) -> Iterator[Enrollment]:
    """Those that are active; one that names its person by an integration_id nobody has leads nowhere."""
    optional = {"section": "section_id", "course": "course_id", "person": "user_id"}
    optional |= {"integration": "user_integration_id", "role": "role", "number": "role_id"}
    for _, row in _read_rows("enrollments", files, problems, {}, optional):
        if row["there"]:
            person = ids.get(row["integration"], "") if row["integration"] else row["person"]
            group = f"sections {row['section']}" if row["section"] else f"courses {row['course']}"
            yield Enrollment(group, person, row["role"] or row["number"])


def _add_roles(files: Files, roster: Roster) -> Iterator[Item]:
    roles: dict[str, set[str]] = {}
    for enrolled in roster.enrollments:
        roles.setdefault(enrolled.person, set()).add(enrolled.role)
    for _, row in _read_rows("observers", files, roster.problems, {"id": "observer_id"}, {}):
        if row["there"]:
            roles.setdefault(row["id"], set()).add("observer")
    for person in roster.people:
        yield replace(person, roles=person.roles | roles.get(person.id, set()) - {""})


def _read_groups(kind: str, files: Files, roster: Roster) -> Iterator[Item]:
    """Sections, or courses, that are there; a section of a course that is over is not."""
    needed = {"id": "section_id", "title": "name"}
    if kind == "courses":
        needed = {"id": "course_id", "title": "long_name"}
    optional = {"course": "course_id", "short": "short_name"}
    items = list(_read_rows(kind, files, roster.problems, needed, optional, ("id",)))
    for where, row in items:
        own = f"{kind} {row['id']}"
        if row["there"] and f"courses {row['course']}" not in roster.closed:
            yield Item(own, row["id"], where, {"title": row["title"] or row["short"]}, code=row["id"])
        else:
            roster.closed.add(own)


def _read_terms(files: Files, problems: list[Problem]) -> Iterator[Item]:
    """Terms with a date; one that has none, as Canvas's default term, says nothing of when."""
    optional = {"from": "start_date", "until": "end_date"}
    needed = {"id": "term_id", "title": "name"}
    for where, row in _read_rows("terms", files, problems, needed, optional, ("id",)):
        values = {"title": row["title"]}
        for name in optional:
            written = row[name].removeprefix("<delete>")
            day = read_date(written, EITHER)
            values[name] = f"{day}" if day else ""
            if written and not day:
                problems.append(Problem(where, *explain_date(written, EITHER)))
        if row["there"] and (values["from"] or values["until"]):
            yield Item(row["id"], row["id"], where, values)
