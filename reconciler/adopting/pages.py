"""Entries as files: people in a CSV, meetings by department once they are many, a comment where it helps."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.adopting.entries import Entry
from reconciler.adopting.names import slug
from reconciler.adopting.text import STEP, WIDTH, flow, joined, lay_out, remark
from reconciler.model.documents import FULL_FORM, LIFECYCLE
from reconciler.resources.base import Plain, Resource, field_rules, kinds
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.user import User

STEMS: Mapping[str, str] = {"user": "people", "course_meeting": "meetings"}
"""What the files of a kind are called where that is not its section's name."""
BULK = 50
"""So many people are rows of a CSV, fewer are entries."""
MANY = 100
"""So many meetings are split into a file per department of their hosts."""
NAME = "name"


@dataclass(frozen=True, slots=True)
class Page:
    """A file to be written: its path below the desired folder, with slashes, and its text."""

    path: str
    text: str


def compose(
    target: str,
    entries: Mapping[str, Sequence[Entry]],
    departments: Mapping[str, str],
    exists: Callable[[str], bool],
) -> tuple[Page, ...]:
    """The files for these entries, in an order in which every prefix of them is valid.

    `departments` are those of people by name. No page has a path that `exists`. Pure but for that question.
    """
    desk = _Desk(target, exists, departments)
    return tuple(page for kind, items in entries.items() if items for page in desk.compose(kind, items))


@dataclass(frozen=True, slots=True)
class _Desk:
    target: str
    exists: Callable[[str], bool]
    departments: Mapping[str, str]

    def compose(self, kind: str, items: Sequence[Entry]) -> Iterator[Page]:
        stem = STEMS.get(kind, kinds()[kind].plural)
        if kind == User.kind and len(items) >= BULK:
            yield from self._bulk(stem, items)
        elif kind == CourseMeeting.kind and len(items) >= MANY:
            groups: dict[str, list[Entry]] = defaultdict(list)
            for item in items:
                groups[slug(self.departments.get(str(item.values["host"]), "")) or "other"].append(item)
            for name, group in sorted(groups.items()):
                yield self._page(kind, f"{stem}/{name}", group)
        else:
            yield self._page(kind, stem, items)

    def _page(self, kind: str, stem: str, items: Sequence[Entry]) -> Page:
        path = self._free(stem, ".yaml")
        return Page(path + ".yaml", joined(_section(self.target, kinds()[kind], items)))

    def _bulk(self, stem: str, items: Sequence[Entry]) -> Iterator[Page]:
        """A row for everybody whose values a cell can hold; the file that names the columns comes after."""
        path = self._free(stem, ".yaml", ".csv")
        shared = _shared(User, items)
        rows = [item for item in items if _fits(item.values)]
        columns = [
            n for n in field_rules(User) if any(_own(item, shared).get(n) is not None for item in rows)
        ]
        yield Page(path + ".csv", _sheet(columns, rows, shared))
        source = {"csv": f"{path.rpartition('/')[2]}.csv", "columns": {NAME: NAME, **{c: c for c in columns}}}
        lines = [
            *_preface(self.target, User),
            f"# A row of {source['csv']} is a person; what stands below `entries` is laid over it.",
            f"{User.plural}:",
            f"{STEP}from:",
            f"{STEP * 2}- csv: {source['csv']}",
            *lay_out("columns", source["columns"], STEP * 3),
        ]
        if shared:
            lines += lay_out("defaults", shared, STEP)
        kept = {id(item) for item in rows}
        extra = [item for item in items if item.protect or id(item) not in kept]
        if extra:
            lines.append(f"{STEP}entries:")
        for item in extra:
            values = {} if id(item) in kept else _own(item, shared)
            lines += _entry(item, values, STEP * 2)
        yield Page(path + ".yaml", joined(lines))

    def _free(self, stem: str, *suffixes: str) -> str:
        """A path without suffix that nobody uses yet: what people wrote is never touched."""
        number = 0
        while True:
            more = "" if not number else "-adopted" if number == 1 else f"-adopted-{number}"
            path = f"{self.target}/{stem}{more}"
            if not any(self.exists(path + suffix) for suffix in suffixes):
                return path
            number += 1


def _preface(target: str, kind: type[Resource]) -> list[str]:
    return [
        f"# {kind.plural} of {target} that `reconciler adopt` found and nobody had declared.",
        "# A field that is not written here is not managed; what the vendor sets by default is left out.",
        "# What was adopted is kept when its entry goes, unless its `lifecycle.on_absent` says otherwise.",
    ]


def _section(target: str, kind: type[Resource], items: Sequence[Entry]) -> Iterator[str]:
    shared = _shared(kind, items)
    yield from _preface(target, kind)
    if kind is CourseMeeting:
        yield "# Which course a meeting belongs to cannot be read: add `course:` where it is to be linked."
    yield f"{kind.plural}:"
    indent = STEP
    if shared or any(item.name in FULL_FORM for item in items):
        if shared:
            yield from lay_out("defaults", shared, STEP)
        yield f"{STEP}entries:"
        indent = STEP * 2
    whose = ""
    for item in sorted(items, key=lambda item: (str(item.values.get("host", "")), item.name)):
        host = str(item.values.get("host", ""))
        if host != whose:
            yield remark(f"hosted by {host}", indent)
            whose = host
        yield from _entry(item, _own(item, shared), indent)


def _entry(item: Entry, values: Mapping[str, Any], indent: str) -> Iterator[str]:
    if item.protect:
        yield remark("the account's owner, or whom reconciler itself acts as: never to be taken down", indent)
        values = {**values, LIFECYCLE: {"protect": True}}
    if item.remark:
        yield remark(item.remark, indent)
    line = f"{indent}{flow(item.name)}: {flow(values)}"
    if not values or len(line) <= WIDTH:
        yield line
        return
    yield f"{indent}{flow(item.name)}:"
    for name, value in values.items():
        yield from lay_out(name, value, indent + STEP)


def _shared(kind: type[Resource], items: Sequence[Entry]) -> dict[str, Plain]:
    """Per field that every entry has, the value that more than half of them share: written once for all.

    What only names a thing is no default, which would give a new entry another one's name.
    """
    found: dict[str, Plain] = {}
    for name, rule in field_rules(kind).items():
        values = [item.values.get(name) for item in items]
        plain = all(isinstance(value, str | bool | int) for value in values)
        if not plain or rule.reference or name in kind.cosmetic or len(items) < 3:
            continue
        value, count = Counter(values).most_common(1)[0]
        if count > len(items) / 2:
            found[name] = value
    return found


def _own(item: Entry, shared: Mapping[str, Plain]) -> dict[str, Any]:
    """What an entry says itself; a field all have is written where it is not what most have."""
    return {name: value for name, value in item.values.items() if name not in shared or shared[name] != value}


def _fits(values: Mapping[str, Any]) -> bool:
    """Whether cells hold these values: they lose the blanks around them, and hold one printable line."""
    return all(
        isinstance(value, bool) or isinstance(value, str) and value.isprintable() and value == value.strip()
        for value in values.values()
    )


def _sheet(columns: Sequence[str], rows: Iterable[Entry], shared: Mapping[str, Plain]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([NAME, *columns])
    for item in rows:
        own = _own(item, shared)
        writer.writerow([item.name, *(_cell(own.get(column)) for column in columns)])
    return text.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else "true" if value is True else "false" if value is False else str(value)
