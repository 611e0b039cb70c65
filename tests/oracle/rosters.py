"""The files that other systems export, as a person reads them: names, and what is said of each."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Tree = dict[str, Any]
Rows = dict[str, Tree]
CLEARED = "null"
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LISTS = ("members", "alternative_hosts")
LETTERS = dict(zip("MTWRFSU", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), strict=True))
GONE = ("tobedeleted", "inactive", "deleted", "completed")
BYSTANDERS = {"guardian", "parent", "relative", "observer"}


def read_source(source: Tree, folder: Path, section: str) -> Rows:
    """The rows of one element of `from:` by folded name; the last word on a name counts."""
    (format,) = READERS.keys() & source.keys()
    return {name.casefold(): fields for name, fields in READERS[format](source, folder, section)}


def preferred(source: Tree, fields: Tree) -> Tree:
    """What of a row goes before all other sources."""
    wanted = source.get("prefer", ())
    return {key: value for key, value in fields.items() if wanted == "all" or key in wanted}


def _table(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=delimiter):
            yield {column: (cell or "").strip() for column, cell in row.items()}


def _read_csv(source: Tree, folder: Path, section: str) -> Iterator[tuple[str, Tree]]:
    joined: Rows = {}
    cleared = source.get("clear_empty", ())
    for row in _table(folder / source["csv"], DELIMITERS[source.get("delimiter", "comma")]):
        made: Tree = {}
        for key, column in source["columns"].items():
            cell: Any = row[column] or (CLEARED if key in cleared else "")
            if key in LISTS and cell not in ("", CLEARED):
                cell = [part.strip() for part in cell.split(";")]
            *parents, last = key.split(".")
            inner = made
            for parent in parents:
                inner = inner.setdefault(parent, {})
            if cell:
                inner[last] = cell
        name = made.pop("name")
        known = joined.setdefault(name.casefold(), {})
        for key, value in made.items():
            known[key] = [*known.get(key, ()), *value] if key in LISTS and value != CLEARED else value
    yield from joined.items()


def _read_oneroster(source: Tree, folder: Path, section: str) -> Iterator[tuple[str, Tree]]:
    files = {path.stem.casefold(): path for path in (folder / source["oneroster"]).glob("*.csv")}

    def there(name: str) -> list[dict[str, str]]:
        return [row for row in _table(files[name.casefold()]) if row.get("status", "").casefold() not in GONE]

    if section == "terms":
        for row in there("academicSessions"):
            if row["type"].casefold() in ("term", "semester"):
                yield row["sourcedId"], _kept(row, title="title", **{"from": "startDate", "until": "endDate"})
        return
    handle = source.get("handle", "sourcedId")
    users = {row["sourcedId"]: row for row in there("users")}
    if section == "groups":
        people = {own: row[handle] for own, row in users.items()}
        yield from _classes(
            {row["sourcedId"]: row["title"] for row in there("classes")},
            [(row["classSourcedId"], row["userSourcedId"], row["role"]) for row in there("enrollments")],
            people,
            source,
        )
        return
    roles = {own: {row["role"]} for own, row in users.items() if row.get("role")}
    for row in there("roles") if not roles else ():
        roles.setdefault(row["userSourcedId"], set()).add(row["role"])
    names = {"email": "email", "first_name": "givenName", "last_name": "familyName", "active": "enabledUser"}
    for own, row in users.items():
        if _wanted(source, roles[own]):
            found = _kept(row, **names)
            yield (
                row[handle],
                {**found, **({"active": found["active"].casefold()} if "active" in found else {})},
            )


def _read_canvas(source: Tree, folder: Path, section: str) -> Iterator[tuple[str, Tree]]:
    home = folder / source["canvas_sis"]

    def there(name: str) -> list[dict[str, str]]:
        return [row for row in _table(home / f"{name}.csv") if row["status"].casefold() not in GONE]

    if section == "terms":
        for row in there("terms"):
            if row["start_date"]:
                bounds = {"from": row["start_date"][:10], "until": row["end_date"][:10]}
                yield row["term_id"], {"title": row["name"], **bounds}
        return
    handle = source.get("handle", "user_id")
    users = {row["user_id"]: row for row in there("users")}
    enrolled = [(row["section_id"], row["user_id"], row["role"]) for row in there("enrollments")]
    if section == "groups":
        titles = {row["section_id"]: row["name"] for row in there("sections")}
        yield from _classes(titles, enrolled, {own: row[handle] for own, row in users.items()}, source)
        return
    for own, row in users.items():
        if _wanted(source, {role for _, person, role in enrolled if person == own}):
            active = "false" if row["status"] == "suspended" else "true"
            yield (
                row[handle],
                {
                    **_kept(row, email="email", first_name="first_name", last_name="last_name"),
                    "active": active,
                },
            )


def _kept(row: Mapping[str, str], **columns: str) -> Tree:
    return {key: row[column] for key, column in columns.items() if row[column]}


def _wanted(source: Tree, roles: set[str]) -> bool:
    folded = {role.casefold() for role in roles if role}
    if "roles" in source:
        return bool(folded & {role.casefold() for role in source["roles"]})
    return not folded or not folded <= BYSTANDERS


def _classes(
    titles: Mapping[str, str], enrolled: list[tuple[str, str, str]], people: Mapping[str, str], source: Tree
) -> Iterator[tuple[str, Tree]]:
    """Classes with anybody in them, by their own ids."""
    for own, title in titles.items():
        found = [
            people[person]
            for group, person, role in enrolled
            if group == own and person in people and _wanted(source, {role})
        ]
        if found:
            yield own, {"title": title, "members": found}


def _read_timetable(source: Tree, folder: Path, section: str) -> Iterator[tuple[str, Tree]]:
    made: Rows = {}
    for row in _table(folder / source["timetable"], DELIMITERS[source.get("delimiter", "comma")]):
        cells = {purpose: row[column] for purpose, column in source["columns"].items()}
        if cells.get("status") in source.get("cancelled", ()) or not (cells["days"] and cells["start"]):
            continue
        name = "-".join(filter(None, (cells["name"], cells.get("part", ""))))
        hosts = [host.strip() for host in cells["host"].split(";")]
        start = _minutes(cells["start"])
        length = _minutes(cells["end"]) - start if cells.get("end") else int(cells["minutes"])
        schedule = {
            "term": cells.get("term") or source.get("term", ""),
            "days": [LETTERS[letter] for letter in cells["days"]],
            "start": f"{start // 60:02}:{start % 60:02}",
            "minutes": f"{length}",
            **{key: cells[key] for key in ("from", "until") if cells.get(key)},
        }
        if name in made:
            others = made[name].setdefault("alternative_hosts", [])
            others += [host for host in hosts if host not in (made[name]["host"], *others)]
            continue
        made[name] = {
            "topic": cells.get("topic") or " ".join(filter(None, (cells.get("course", ""), name))),
            "host": hosts[0],
            "schedule": schedule,
            **({"alternative_hosts": hosts[1:]} if hosts[1:] else {}),
            **({"course": cells["course"]} if cells.get("course") else {}),
            **({"agenda": f"Room {cells['room']}"} if cells.get("room") else {}),
        }
    yield from made.items()


def _minutes(text: str) -> int:
    """Minutes from midnight of 1350, 13:50 or 1:50 PM."""
    digits, _, half = text.replace(":", "").partition(" ")
    hour = int(digits[:-2])
    hour += {"": 0, "AM": -12 if hour == 12 else 0, "PM": 0 if hour == 12 else 12}[half]
    return hour * 60 + int(digits[-2:])


Reader = Callable[[Tree, Path, str], Iterator[tuple[str, Tree]]]
READERS: Mapping[str, Reader] = {
    "csv": _read_csv,
    "oneroster": _read_oneroster,
    "canvas_sis": _read_canvas,
    "timetable": _read_timetable,
}
