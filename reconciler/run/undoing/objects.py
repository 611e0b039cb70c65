"""Whole entries turned back: what was made is taken out, what went is put back, names and releases too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Where
from reconciler.ledger import Past
from reconciler.model import (
    Address,
    Change,
    Create,
    Desired,
    FieldChange,
    Record,
    Removal,
    Remove,
    Rename,
)
from reconciler.model.documents import FULL_FORM, LIFECYCLE
from reconciler.model.names import fold_name
from reconciler.model.references import references
from reconciler.model.released import UNMANAGED
from reconciler.report.values import show
from reconciler.resources.base import (
    FieldRule,
    Members,
    Plain,
    Resource,
    Timed,
    comparable,
    declared,
    field_rules,
    kinds,
)
from reconciler.run.undoing.draft import Draft, entry_of, equal, written
from reconciler.run.undoing.patches import GONE, Put

SOURCED = "it comes from {}: change it there"
MIRRORED = "{} lies over it in another environment, so it is left to you"


def turn_release(draft: Draft, entry: Address) -> None:
    """An object that was let go of is managed again."""
    items = draft.items.get(entry)
    if not items:
        draft.leave(entry, "it was let go of and its entry is gone; write it back by hand")
    elif items[0].lifecycle.release:
        spot = draft.spot(items[0], LIFECYCLE, "release")
        if spot is None:
            draft.leave(entry, draft.homeless(items[0]))
            return
        draft.put(spot, GONE if draft.pages.raw(spot) is not None else Put(False))
        draft.turn(entry, "it is managed again; the plan takes it over as it is found")


def turn_names(draft: Draft, entry: Address, changes: Sequence[Rename]) -> None:
    """The previous name is the name again, and the name a previous one."""
    items, spots = draft.items.get(entry), draft.pages.entries(entry)
    before = entry_of(changes[0].previous)
    if not items:
        if before not in draft.items:
            draft.leave(entry, f"it is no longer declared, so it cannot be called {before.name} again")
    elif before in draft.items:
        draft.leave(entry, f"{before.name} is declared at {draft.items[before][0].where}, too")
    elif items[0].source or not spots:
        draft.leave(entry, SOURCED.format(items[0].source))
    elif other := draft.pages.elsewhere(entry):
        draft.leave(entry, MIRRORED.format(other))
    else:
        for spot in spots:
            draft.branch(spot).name = written(before.name)
        known = [name for name in items[0].lifecycle.previously if fold_name(name) != before.name]
        spot = draft.spot(items[0], LIFECYCLE, "previously") or spots[0].below(LIFECYCLE, "previously")
        draft.put(spot, Put((*known, written(entry.name))))
        draft.turn(entry, f"it is called {before.name} again; references may use both names")
        draft.touched.add(before)


def turn_removals(
    draft: Draft,
    entry: Address,
    removed: Sequence[tuple[Address, Remove]],
    find_file: Callable[[Address], str],
) -> None:
    """What was no longer declared is declared again, with what was recorded of it."""
    items = draft.items.get(entry)
    if items:
        known = {item.address for item in items}
        if gone := ", ".join(address.name for address, _ in removed if address not in known):
            draft.leave(entry, f"{gone} went with dates of its schedule; write those back by hand")
        return
    disabled = removed[0][1].how is Removal.DISABLE
    again = "the account is enabled again" if disabled else "it is made anew, as another object"
    if taken := draft.pages.taken_out(entry):
        for spot in taken:
            draft.put(spot, GONE)
        draft.turn(entry, f"the overlay no longer takes it out, and says nothing of it: {again}")
        draft.returning.add(entry)
        return
    for address, change in removed:
        record = draft.records.get((address, change.number))
        if record is None:
            draft.leave(address, "what it was is not recorded by this name; write its entry back by hand")
        else:
            _put_back(draft, record, again, find_file(address))


def _put_back(draft: Draft, record: Record, again: str, file: str) -> None:
    found, entry = _Recorded(draft, record), entry_of(record.address)
    values = found.values()
    if found.fault:
        draft.leave(record.address, f"its entry cannot be put back: {found.fault}")
        return
    home, name = draft.pages.home(entry, file), written(entry.name)
    if len(home.keys) == 1 and name in FULL_FORM:
        home = home.below("entries")
    draft.put(home.below(name), Put(values))
    more = f"; {'; '.join(found.remarks)}" if found.remarks else ""
    draft.turn(entry, f"its entry is put back in {home.file}: {again}{more}")
    draft.returning.add(entry)
    for text in found.lost:
        draft.leave(entry, text)


@dataclass
class _Recorded:
    """A record on its way to an entry: what cannot be written, what is lost, what is to be known."""

    draft: Draft
    record: Record

    def __post_init__(self) -> None:
        self.fault = ""
        self.lost: list[str] = []
        self.remarks: list[str] = []
        self.names = {
            (known.address.target, known.address.kind, known.remote_id): known.address
            for known in self.draft.recorded.records
            if known.remote_id
        }

    def values(self) -> dict[str, Plain]:
        """The fields that were declared, as they stand in YAML."""
        address = self.record.address
        made: dict[str, Plain] = {}
        kind = kinds()[address.kind]
        access = self.draft.campus.capabilities.get(address.target, {})
        for name, rule in field_rules(kind).items():
            was = self.record.fields.get(name)
            if name not in self.record.declared:
                continue
            if rule.secret:
                self.lost.append(f"{name}: its reference is not recorded; write it back by hand")
            elif rule.revives:
                dates = rule.revives.read(was.value).comparable(self.draft.now) if was else None
                self.fault = f"a schedule cannot be told from its dates; there were {show(dates)}"
            elif was is None:
                self.lost.append(f"{name}: its value is not recorded; write it back by hand")
            elif rule.collection:
                made[name] = tuple(self._named(rule, was.value))
                self.remarks.append(f"its {name} are written as at least these")
            elif rule.reference and was.value is not None:
                made[name] = next(self._named(rule, (was.value,)), None)
            else:
                made[name] = was.value
        if lifecycle := self._lifecycle():
            made[LIFECYCLE] = lifecycle
        needed = access[address.kind].required - made.keys() if address.kind in access else ()
        self.fault = self.fault or ", ".join(f"its {name} is not recorded" for name in sorted(needed))
        self.fault = self.fault or _fault(kind, {n: v for n, v in made.items() if n != LIFECYCLE})
        return made

    def _lifecycle(self) -> dict[str, Plain]:
        made: dict[str, Plain] = {"protect": True} if self.record.protect else {}
        return {**made, **({"on_absent": self.record.on_absent} if self.record.on_absent else {})}

    def _named(self, rule: FieldRule, identities: Plain) -> Iterator[str]:
        """Recorded ids as references; who is not declared cannot be named."""
        target = self.record.address.target
        for identity in identities if isinstance(identities, list | tuple) else ():
            found = self.names.get((target, rule.reference, str(identity)))
            known = self.draft.known(str(found), rule.reference) if found else None
            if known:
                yield known.name
            else:
                self.lost.append(f"{rule.name}: {found or identity} is not declared, so it is not put back")


def _fault(kind: type[Resource], values: dict[str, Any]) -> str:
    if "${" in str(values):
        return "${ stands for secrets in these files"
    try:
        kind(**values)
    except ValidationError as error:
        return str(error.errors(include_url=False, include_input=False)[0]["msg"])
    return ""


def turn_creates(draft: Draft, made: dict[Address, list[tuple[Past, Create]]]) -> None:
    """What a run made is no longer declared, by entry; what is still needed stays."""
    fit: dict[Address, list[Desired[Resource]]] = {}
    for entry, rows in made.items():
        items = draft.items.get(entry)
        if not items:
            continue
        if why := _changed_since(draft, entry, items, rows):
            draft.leave(entry, f"it stays declared: {why}")
        else:
            fit[entry] = items
    while held := _needed(draft, fit):
        for entry, why in held.items():
            draft.leave(entry, f"it stays declared, for {why} refers to it")
            del fit[entry]
    for entry, items in fit.items():
        for spot in draft.pages.entries(entry):
            draft.put(spot, GONE)
        draft.turn(entry, f"its entry is taken out; {_pruned(draft, entry, items[0])}")


def _changed_since(
    draft: Draft, entry: Address, items: Sequence[Desired[Resource]], rows: Sequence[tuple[Past, Create]]
) -> str:
    """Why an entry is not what that run made, "" if it is."""
    created = {draft.current(str(past.address)): (past, change) for past, change in rows}
    first = items[0]
    if source := first.source:
        return f"it comes from {source}, and only its row can be taken out there"
    if other := draft.pages.elsewhere(entry):
        return MIRRORED.format(other)
    for item in items:
        if item.address not in created:
            return f"{item.address.name} was there before, and they share one entry"
        if why := _edited(draft, item, *created[item.address]):
            return why
    return ""


def _edited(draft: Draft, item: Desired[Resource], past: Past, change: Create) -> str:
    access = draft.campus.capabilities[item.address.target][item.address.kind].fields
    made = {field.field: field for field in change.fields}
    today = {name: value for name, value in declared(item.resource) if access.get(name) not in UNMANAGED}
    for name, value in today.items():
        where = f"{name} at {item.place(name).file}:{item.place(name).line}"
        if name not in made:
            if not isinstance(value, Members) or value.elements:
                return f"{where} was declared since"
        elif not _as_made(draft, item, name, value, made[name], past):
            now = value.elements if isinstance(value, Members) else comparable(value, past.at)
            was = made[name].added or made[name].after
            return f"{where} is {show(now)}, and that run made it {show(was)}"
    gone = sorted(made.keys() - today.keys())
    return f"{gone[0]} is no longer declared in it" if gone else ""


def _as_made(
    draft: Draft, item: Desired[Resource], name: str, value: Any, made: FieldChange, past: Past
) -> bool:
    rule = field_rules(type(item.resource))[name]
    if rule.secret:
        return True
    if isinstance(value, Members):
        sent = {draft.current(element) for element in made.added}
        sent |= {draft.current(wait.element) for wait in made.waiting if wait.element}
        return {draft.current(element) for element in value.elements} == sent
    if rule.reference and isinstance(made.after, str):
        return draft.current(made.after.removesuffix("#id")) == draft.current(str(value))
    return equal(comparable(value, past.at if isinstance(value, Timed) else draft.now), made.after)


def _needed(draft: Draft, fit: Iterable[Address]) -> dict[Address, str]:
    """By entry that is to go, who still refers to it."""
    going = set(fit)
    found: dict[Address, str] = {}
    for entry, items in draft.items.items():
        if entry in going or not items[0].resource.declarable:
            continue
        for item in items:
            for name, referred in references(item.resource):
                goal = entry_of(referred)
                if goal in going and (entry, name, referred) not in draft.dropped:
                    where = item.place(name)
                    found.setdefault(goal, f"{entry} ({name} at {where.file}:{where.line})")
    return found


def _pruned(draft: Draft, entry: Address, item: Desired[Resource]) -> str:
    """What becomes of the object itself."""
    how = item.lifecycle.on_absent or kinds()[entry.kind].on_absent
    if how == "keep":
        return "the object stays as it is (on_absent: keep)"
    if entry.kind not in draft.campus.settings.targets[entry.target].prune:
        return f"the object stays as it is: `prune` of {entry.target} does not name {entry.kind}"
    return f"`prune` of {entry.target} names {entry.kind}, so the plan is to {how} the object"


def last_place(changes: Iterable[Change]) -> str:
    """The file in which something was last declared, "" if that is not known."""
    places: Iterator[Where] = (change.where for change in changes if change.where)
    return next((where.file for where in places), "")
