"""What the desired files say, read for the oracle alone: people, groups, lectures, links, the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle.calendar import blocks
from tests.oracle.layers import read_sections, read_settings
from tests.oracle.rosters import Rows, Tree

CLEARED = ("null", "~")
NOT_SENT = ("schedule", "course", "lifecycle")
NOBODY_SAID: Tree = {}


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
    """Everything declared. People are by handle, a cleared field is None; `key` signs every link.

    `leaving` says how each person is to leave, "" where nothing is written of it.
    """

    people: dict[str, Tree] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    lectures: list[Lecture] = field(default_factory=list)
    courses: Rows = field(default_factory=dict)
    key: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    leaving: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Tree] = field(default_factory=dict)
    options: dict[str, Tree] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def person(self, reference: str) -> Tree:
        """Whom a reference means, by today's name or a former one; KeyError for nobody."""
        handle = _last(reference)
        return self.people[self.aliases.get(handle, handle)]


def read_declared(folder: Path, environment: str = "") -> Declared:
    """Every YAML file below the folder, the files they name, and the overlay of an environment."""
    sections = read_sections(folder, environment)
    found = Declared(key=_find_key(sections, read_settings(folder, environment)))
    for handle, fields in sections.get("users", NOBODY_SAID).items():
        lifecycle = fields.get("lifecycle", {})
        found.people[handle] = {k: _value(item) for k, item in fields.items() if k not in NOT_SENT}
        found.leaving[handle] = lifecycle.get("on_absent", "")
        found.aliases.update((former.casefold(), handle) for former in lifecycle.get("previously", ()))
    for name, fields in sections.get("groups", NOBODY_SAID).items():
        crowd = read_crowd(fields["members"]) if "members" in fields else None
        found.teams.append(Team(fields.get("title", name), crowd))
    found.courses.update(sections.get("courses", {}))
    for name, fields in sections.get("course_meetings", NOBODY_SAID).items():
        found.lectures.extend(_lectures(name, fields, sections.get("terms", {})))
    found.labels.update(_by("label", sections.get("tracking_fields", {})))
    found.options.update(_by("title", sections.get("authentication_options", {})))
    for name, fields in sections.get("account_settings", NOBODY_SAID).items():
        found.settings[name] = fields["value"]
    return found


def read_crowd(members: Any) -> Crowd:
    """`[a, b]`, or `{exactly: [a, b]}`."""
    if isinstance(members, dict):
        ((how, people),) = members.items()
        return Crowd(tuple(map(_last, people)), how == "exactly")
    return Crowd(tuple(map(_last, members)))


def _find_key(sections: Mapping[str, Rows], settings: Tree) -> str:
    named = [target["credential"] for target in settings["targets"].values() if "credential" in target]
    credentials = sections.get("lti_credentials", {})
    return next((str(credentials[name]["key"]) for name in named if name in credentials), "")


def _by(label: str, rows: Rows) -> Iterator[tuple[str, Tree]]:
    for name, fields in rows.items():
        yield (
            fields.get(label, name),
            {key: _value(item) for key, item in fields.items() if key not in NOT_SENT},
        )


def _value(item: Any) -> Any:
    return None if item in CLEARED else item


def _last(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].casefold()


def _lectures(name: str, fields: Tree, terms: Rows) -> Iterator[Lecture]:
    schedule, course = fields["schedule"], fields.get("course", "")
    for block in blocks(schedule, terms):
        yield Lecture(
            family=name,
            host=_last(fields["host"]),
            topic=fields["topic"],
            zone=block.zone,
            minutes=int(schedule["minutes"]),
            weekly=block.weekly,
            starts=block.starts,
            course=_last(course["name"] if isinstance(course, dict) else course),
            fields={key: value for key, value in fields.items() if key not in NOT_SENT},
        )
