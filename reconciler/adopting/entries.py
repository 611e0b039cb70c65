"""Live objects as entries: who is declared already, who can be, under which name and with which values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from reconciler.adopting.names import Rule, choose, mark_of, person_names, slug
from reconciler.adopting.schedules import write_schedule
from reconciler.model import Address, Capability, LeftAlone, Live
from reconciler.model.compare import READABLE
from reconciler.resources.base import (
    OMITTED,
    FieldRule,
    Members,
    Reference,
    Resource,
    declared,
    field_rules,
    kinds,
    plain,
    unchecked,
)
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Series
from reconciler.resources.user import User

Found = Mapping[str, Sequence[Live[Any] | LeftAlone]]
"""What was explored, by kind, in the order of references."""


TWIN = "another one has the same host, topic or title and times: rename or delete one to tell them apart"


@dataclass(frozen=True, slots=True)
class Before:
    """What stood before adopting. `known` maps (kind, identity) of a live object to its address.

    `keys` are the natural keys of what is known, by kind; `used` the names in use; `own` the id of the
    credential's own user. `taken` are the meetings that are declared, see `hold_of`. `shown` are the fields,
    by kind, for which the target has defaults: each entry says them itself.
    """

    as_of: datetime
    known: Mapping[tuple[str, str], Address] = field(default_factory=dict)
    declared: Mapping[Address, Resource] = field(default_factory=dict)
    keys: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)
    taken: Sequence[tuple[Any, ...]] = ()
    own: str = ""
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One object to be declared: its name, its fields as they stand in YAML, what is remarked of it."""

    live: Live[Any]
    values: Mapping[str, Any]
    name: str = ""
    protect: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Referred:
    """Somebody references may name: under which name, and what is known of them, live and declared."""

    name: str
    resources: tuple[Resource, ...]

    def will_do(self, rule: Reference | None) -> bool:
        """Whether a reference of this rule may name them."""
        if rule is None or not rule.field:
            return True
        values = [getattr(resource, rule.field) for resource in self.resources]
        return all(value is OMITTED or value in rule.among for value in values)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A whole target, by kind: what is to be declared, what is already, what is left alone.

    `gaps` counts, by kind, what is left out of entries that are declared nevertheless.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    declared: Mapping[str, int]
    left: Mapping[str, tuple[LeftAlone, ...]]
    gaps: Mapping[str, Mapping[str, int]]


def hold_of(meeting: CourseMeeting, series: Series) -> tuple[Any, ...]:
    """What no two declared meetings may share: host (by id), topic and every start."""
    return meeting.host, meeting.topic, series.timezone, tuple(item[:16] for item in series.occurrences)


def sort_out(
    found: Found,
    before: Before,
    capabilities: Mapping[str, Capability],
    rule: Rule,
    only: frozenset[str] = frozenset(),
) -> Sorted:
    """Every kind after those it refers to, so that each finds the names it needs. Pure.

    Of kinds that are not `only` asked for, just what is declared already is taken note of.
    """
    names: dict[str, Mapping[str, Referred]] = {}
    entries, counts, left, gaps = {}, {}, {}, {}
    for kind, items in found.items():
        desk = _Desk(kinds()[kind], before, capabilities[kind], names)
        desk.take(items, note_only=bool(only) and kind not in only)
        entries[kind] = desk.name(rule)
        names[kind] = desk.known
        counts[kind] = sum(address.kind == kind for address in before.declared)
        left[kind] = tuple(desk.left)
        gaps[kind] = dict(desk.gaps)
    return Sorted(entries, counts, left, gaps)


@dataclass
class _Desk:
    """One kind on its way from what is live to entries; `known` is who is behind each vendor's word."""

    kind: type[Resource]
    before: Before
    capability: Capability
    names: Mapping[str, Mapping[str, Referred]]
    entries: list[Entry] = field(default_factory=list)
    known: dict[str, Referred] = field(default_factory=dict)
    left: list[LeftAlone] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)

    def take(self, items: Iterable[Live[Any] | LeftAlone], *, note_only: bool) -> None:
        """Sort them: declared already, left alone, or an entry without a name yet."""
        fresh: list[Live[Any]] = []
        for item in items:
            if isinstance(item, LeftAlone):
                self.left += () if note_only else (item,)
            elif (address := self.before.known.get((self.kind.kind, item.identity))) is None:
                fresh.append(item)
            elif address in self.before.declared:
                self._learn(item, address.name, self.before.declared[address])
            elif not note_only:
                why = f"it is recorded as {address} and no longer declared: put its entry back, or prune it"
                self.left.append(LeftAlone(item.label, why))
        for live in () if note_only else self._unlike(fresh):
            self._write(live)
        self._refuse_same_times()

    def name(self, rule: Rule) -> tuple[Entry, ...]:
        """The entries by name."""
        kind = self.kind.kind
        wished = [(wishes := self._wish(entry, rule), mark_of(entry.live)) for entry in self.entries]
        chosen = choose(wished, self.before.used.get(kind, frozenset()))
        named = []
        for entry, (wishes, _), name in zip(self.entries, wished, chosen, strict=True):
            why = "" if name == wishes[0] or not wishes[0] else f"{wishes[0]} would be the name of several"
            named.append(replace(entry, name=name, remark=why))
            self._learn(entry.live, name)
        return tuple(sorted(named, key=lambda entry: entry.name))

    def _wish(self, entry: Entry, rule: Rule) -> tuple[str, ...]:
        live = entry.live
        if self.kind is User:
            return person_names(live, rule)
        first = slug(live.label)
        host = entry.values.get("host") if self.kind is CourseMeeting else None
        return (first, f"{first}-{slug(str(host).partition('@')[0])}") if first and host else (first,)

    def _learn(self, live: Live[Any], name: str, *declared: Resource) -> None:
        """Nobody can refer to somebody who does not count as done, such as a pending person."""
        if not live.blocked:
            keys = (live.keys.get(key.name, "") for key in self.capability.natural_keys)
            who = Referred(name, (live.resource, *declared))
            self.known.update((token, who) for token in (live.remote_id, *keys) if token)

    def _unlike(self, fresh: Sequence[Live[Any]]) -> Iterator[Live[Any]]:
        """Those whose natural keys tell them apart from everything else."""
        names = [key.name for key in self.capability.natural_keys]
        counts = Counter(
            (name, keys.get(name, ""))
            for keys in (*self.before.keys.get(self.kind.kind, ()), *(live.keys for live in fresh))
            for name in names
        )
        for live in fresh:
            if any(live.keys.get(name) and counts[name, live.keys[name]] > 1 for name in names):
                self.left.append(LeftAlone(live.label, TWIN))
            else:
                yield live

    def _refuse_same_times(self) -> None:
        """Meetings that are one to the files, though their rules differ for the vendor."""
        now, holds = self.before.as_of, {}
        for entry in self.entries:
            meeting = entry.live.resource
            if isinstance(meeting, CourseMeeting) and isinstance(meeting.schedule, Series):
                ahead = replace(meeting.schedule, occurrences=meeting.schedule.future(now))
                holds[id(entry)] = hold_of(meeting, ahead)
        counts = Counter((*holds.values(), *self.before.taken))
        same = {key for key, hold in holds.items() if counts[hold] > 1}
        self.left += [LeftAlone(entry.live.label, TWIN) for entry in self.entries if id(entry) in same]
        self.entries = [entry for entry in self.entries if id(entry) not in same]

    def _write(self, live: Live[Any]) -> None:
        values: dict[str, Any] = {}
        for name, value in declared(live.resource):
            rule = field_rules(self.kind)[name]
            if rule.secret or self.capability.fields.get(name) not in READABLE:
                continue
            if isinstance(value, Series):
                value = write_schedule(value, self.before.as_of)
                if isinstance(value, str):
                    self.left.append(LeftAlone(live.label, value))
                    return
            elif isinstance(value, Members):
                value = [who for who in self._name_all(rule, value) if who != values.get("host")]
            elif rule.reference:
                value = self._name(rule, str(value))
            else:
                value = plain(value)
            if value not in (None, "", [], (), {}):
                values[name] = value
            elif name in self.before.shown.get(self.kind.kind, ()):
                values[name] = value or None
        why = self._fault(live, values)
        if why:
            self.left.append(LeftAlone(live.label, why))
        else:
            protect = live.owner or bool(live.remote_id) and live.remote_id == self.before.own
            self.entries.append(Entry(live, values, protect=protect))

    def _name_all(self, rule: FieldRule, members: Members) -> list[str]:
        """The names of the elements that are declared; who is not stays where they are, unmanaged."""
        found = [self._name(rule, token) for token in members.elements]
        if missing := found.count(""):
            self.gaps[f"{rule.name}: elements that are not declared, do not qualify or are pending"] += (
                missing
            )
        return sorted(filter(None, found))

    def _name(self, rule: FieldRule, token: str) -> str:
        known = self.names.get(rule.reference, {})
        who = known.get(token) or known.get(token.casefold())
        return who.name if who and who.will_do(rule.refers) else ""

    def _fault(self, live: Live[Any], values: dict[str, Any]) -> str:
        """Why this cannot be declared, "" if it can; odd fields it can do without are taken out."""
        for name, why in self._odd_fields(values):
            if name not in values:
                continue
            del values[name]
            needed = name in self.capability.required or not self._keeps_keys(live, values)
            if needed:
                return f"its {name} cannot be declared: {why}"
            self.gaps[f"{name}: {why}"] += 1
        if missing := sorted(self.capability.required - values.keys()):
            return f"its {missing[0]} is not declared, does not qualify or is pending"
        for apart in self.capability.apart:
            if all(values.get(name) == value for name, value in apart.values.items()):
                return f"{' and '.join(apart.values)} cannot both be as they are: {apart.why}"
        return ""

    def _keeps_keys(self, live: Live[Any], values: Mapping[str, Any]) -> bool:
        """Whether what is left of an object is still known for it."""
        rest = unchecked(self.kind, {name: getattr(live.resource, name) for name in values})
        return all(key.of("", rest) == live.keys.get(key.name) for key in self.capability.natural_keys)

    def _odd_fields(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Fields whose values no file may hold, and why."""
        for name in [name for name, value in values.items() if "${" in str(value)]:
            yield name, "${ stands for secrets in these files"
        try:
            self.kind(**values)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                yield str(detail["loc"][0]), detail["msg"]
