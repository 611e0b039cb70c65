"""What the desired files say, read for the oracle alone: people, groups, lectures and their course links."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

Tree = dict[str, Any]
MOST_OCCURRENCES = 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOT_KINDS = ("reconciler.yaml", "waivers.yaml")
CLEARED = ("null", "~")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True)
class Crowd:
    """Handles of people; `exactly` these, or at least these."""

    people: tuple[str, ...] = ()
    exactly: bool = False


@dataclass(frozen=True)
class Team:
    """A group by its title; `crowd` None leaves its members alone."""

    title: str
    crowd: Crowd | None


@dataclass(frozen=True)
class Lecture:
    """One live meeting: wall-clock starts in its zone, weekly or single, and the fields written down."""

    family: str
    host: str
    topic: str
    zone: str
    minutes: int
    weekly: bool
    starts: tuple[str, ...]
    course: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Declared:
    """Everything declared. People are by handle, a cleared field is None; `key` signs every link."""

    people: dict[str, dict[str, str | None]] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    lectures: list[Lecture] = field(default_factory=list)
    courses: dict[str, Tree] = field(default_factory=dict)
    key: str = ""
    aliases: dict[str, str] = field(default_factory=dict)

    def person(self, reference: str) -> dict[str, str | None]:
        """Whom a reference means, by today's name or a former one; KeyError for nobody."""
        handle = _last(reference)
        return self.people[self.aliases.get(handle, handle)]


def read_declared(folder: Path) -> Declared:
    """Every YAML file below the folder, and the CSV files they name."""
    found = Declared(key=_read_key(folder))
    sections: dict[str, Tree] = {}
    for file in sorted(folder.rglob("*.yaml")):
        if file.name in NOT_KINDS:
            continue
        for name, section in (_load(file) or {}).items():
            if isinstance(section, dict):
                sections.setdefault(name, {}).update(_entries(section, file.parent))
    for handle, fields in sections.get("users", {}).items():
        found.people[handle.casefold()] = {key: _value(item) for key, item in fields.items()}
        for former in fields.get("lifecycle", {}).get("previously", ()):
            found.aliases[former.casefold()] = handle.casefold()
    for name, fields in sections.get("groups", {}).items():
        crowd = _crowd(fields["members"]) if "members" in fields else None
        found.teams.append(Team(fields.get("title", name), crowd))
    found.courses.update(sections.get("courses", {}))
    for name, fields in sections.get("course_meetings", {}).items():
        found.lectures.extend(_lectures(name, fields))
    return found


def _load(file: Path) -> Tree:
    """Every scalar as the text that stands there."""
    loaded: Tree = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - only texts
    return loaded


def _read_key(folder: Path) -> str:
    targets = _load(folder / "reconciler.yaml")["targets"].values()
    named = [target["credential"] for target in targets if "credential" in target]
    for file in folder.rglob("*.yaml"):
        for name, fields in ((_load(file) or {}).get("lti_credentials") or {}).items():
            if name in named:
                return str(fields["key"])
    return ""


def _entries(section: Tree, folder: Path) -> Tree:
    """A section's entries: plainly listed, or from sources with defaults below and entries above them."""
    if not {"from", "entries"} & section.keys():
        return section
    defaults, found = section.get("defaults", {}), {}
    for source in section.get("from", ()):
        for handle, fields in _rows(source, folder):
            found[handle] = {**defaults, **fields}
    for handle, fields in section.get("entries", {}).items():
        found[handle] = {**defaults, **found.get(handle, {}), **(fields or {})}
    return found


def _rows(source: Tree, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    columns, cleared = source["columns"], source.get("clear_empty", ())
    with (folder / source["csv"]).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=DELIMITERS[source.get("delimiter", "comma")]):
            cells = {name: (row[column] or "").strip() for name, column in columns.items()}
            yield (
                cells.pop("name"),
                {name: text or CLEARED[0] for name, text in cells.items() if text or name in cleared},
            )


def _value(item: Any) -> Any:
    return None if item in CLEARED else item


def _crowd(members: Any) -> Crowd:
    if isinstance(members, dict):
        ((how, people),) = members.items()
        return Crowd(tuple(map(_last, people)), how == "exactly")
    return Crowd(tuple(map(_last, members)))


def _last(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].casefold()


def _lectures(name: str, fields: Tree) -> Iterator[Lecture]:
    schedule, course = fields["schedule"], fields.get("course", "")
    more = {key: value for key, value in fields.items() if key not in ("schedule", "course", "lifecycle")}
    for weekly, starts in _blocks(schedule):
        yield Lecture(
            family=name,
            host=_last(fields["host"]),
            topic=fields["topic"],
            zone=schedule["timezone"],
            minutes=int(schedule["minutes"]),
            weekly=weekly,
            starts=tuple(starts),
            course=course["name"] if isinstance(course, dict) else course,
            fields=more,
        )


def _blocks(schedule: Tree) -> Iterator[tuple[bool, list[str]]]:
    """Single dates one by one; a weekly rule in blocks of whole weeks, counted from the week of `from`."""
    if "dates" in schedule:
        for start in sorted(set(schedule["dates"])):
            yield False, [start]
        return
    first, last = date.fromisoformat(schedule["from"]), date.fromisoformat(schedule["until"])
    days = {DAYS.index(day) for day in schedule["days"]}
    monday, weeks = first - timedelta(first.weekday()), MOST_OCCURRENCES // len(days)
    blocks: dict[int, list[str]] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        if day.weekday() in days and day.isoformat() not in schedule.get("skip", ()):
            block = (day - monday).days // (7 * weeks)
            blocks.setdefault(block, []).append(f"{day}T{schedule['start']}")
    for _, starts in sorted(blocks.items()):
        yield True, starts
