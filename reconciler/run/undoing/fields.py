"""Fields turned back: each value to the one before, if today's is still what that run made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from reconciler.model import Address, Change, Desired, FieldChange, Reason, Replace
from reconciler.model.compare import HIDDEN
from reconciler.report.values import show
from reconciler.resources.base import (
    OMITTED,
    FieldRule,
    Members,
    Plain,
    Resource,
    comparable,
    evolve,
    field_rules,
    kinds,
)
from reconciler.run.undoing.draft import Draft, entry_of, equal
from reconciler.run.undoing.patches import Elements, Put
from reconciler.yamlio import Seq

ANEW = "; the object will be a third one, for what this field is cannot be changed in one that is there"
HEALED = "; what was changed behind our back becomes desired"


def turn_fields(draft: Draft, entry: Address, changes: Sequence[Change]) -> None:
    """Every field that these changes of one entry set, let go of or wrote over a drift."""
    found: dict[str, list[FieldChange]] = defaultdict(list)
    for change in changes:
        for item in change.fields:
            if item.added or item.removed or not item.waiting:
                found[item.field].append(item)
    items = draft.items.get(entry)
    if not items:
        if found:
            draft.leave(
                entry, f"it is no longer declared, so {', '.join(sorted(found))} cannot be turned back"
            )
        return
    replaced = any(isinstance(change, Replace) for change in changes)
    for name, parts in found.items():
        first = parts[0]
        if not all(_alike(first, other) for other in parts):
            draft.leave(
                entry, f"{name}: its {len(parts)} objects had different values before; set it by hand"
            )
        elif first.reason is Reason.DRIFTED and len(parts) < len(items):
            text = (
                f"{name}: only {len(parts)} of its {len(items)} objects had drifted, and they share one entry"
            )
            draft.leave(entry, text)
        else:
            _Turning(draft, items[0], first, ANEW if replaced else "").turn()


def _alike(one: FieldChange, other: FieldChange) -> bool:
    values = equal(one.before, other.before) and equal(one.after, other.after)
    return values and (one.added, one.removed) == (other.added, other.removed)


class _Turning:
    """One field of one entry on its way back."""

    def __init__(self, draft: Draft, item: Desired[Resource], change: FieldChange, more: str) -> None:
        self.draft, self.item, self.change = draft, item, change
        self.kind = kinds()[item.address.kind]
        self.entry = entry_of(item.address)
        self.name, _, self.key = change.field.partition(".")
        self.rule = field_rules(self.kind).get(self.name) or FieldRule(self.name, self.name)
        self.today: Any = getattr(item.resource, self.rule.attribute, OMITTED)
        self.more = more + (HEALED if change.reason is Reason.DRIFTED else "")

    def turn(self) -> None:
        """Turn it back, or say why not."""
        before, after = self.change.before, self.change.after
        if self.rule.secret:
            self._leave("only a fingerprint of it is recorded; write the earlier reference back by hand")
        elif self.rule.revives:
            self._leave(f"a schedule cannot be told from its dates; before there were {show(before)}")
        elif self.rule.collection:
            self._turn_elements(*self._elements())
        elif self.key:
            self._turn_value((self.name, self.key), self._part(self.key), before, after)
        elif isinstance(after, Mapping):
            was = before if isinstance(before, Mapping) else {}
            for key, made in after.items():
                if not equal(was.get(key), made):
                    self._turn_value((self.name, key), self._part(key), was.get(key), made)
        else:
            self._turn_value((self.name,), self._plain(self.today), before, after)

    def _part(self, key: str) -> Any:
        return self._plain(self.today[key]) if isinstance(self.today, dict) and key in self.today else OMITTED

    def _plain(self, value: Any) -> Any:
        return value if value is OMITTED else comparable(value, self.draft.now)

    def _turn_value(self, keys: tuple[str, ...], today: Any, before: Plain, after: Plain) -> None:
        released = self.change.reason is Reason.RELEASED
        if self.rule.reference:
            before, after = self._referred(before), self._referred(after)
        if today is not OMITTED and equal(today, before):
            return
        if today is OMITTED and not released and self.change.reason is not Reason.RETURNED:
            self._leave(f"no longer declared at {self._place()}, that run made it {show(after)}", keys)
        elif before is None and self._is_hidden():
            self._leave("what it was before cannot be read; set it by hand", keys)
        elif today is not OMITTED and (released or not equal(today, after)):
            made = "let go of it" if released else f"made it {show(after)}"
            self._leave(f"{show(today)} at {self._place(keys)}, and that run {made}", keys)
        else:
            self._write(keys, before, after)

    def _is_hidden(self) -> bool:
        address = self.item.address
        return self.draft.campus.capabilities[address.target][address.kind].fields.get(self.name) in HIDDEN

    def _write(self, keys: tuple[str, ...], before: Plain, after: Plain) -> None:
        new = [None, ()] if before is None else [before]
        fitting = [value for value in new if not self._fault(keys, value)]
        spot = self.draft.spot(self.item, *keys)
        if not fitting and before is None:
            self._leave("it had no value before and cannot be cleared; set it by hand", keys)
        elif not fitting:
            self._leave(f"{show(before)} from before cannot be declared: {self._fault(keys, before)}", keys)
        elif spot is None:
            self._leave(self.draft.homeless(self.item), keys)
        else:
            named = self.draft.known(str(before), self.rule.reference) if self.rule.reference else None
            self.draft.put(spot, Put(self._name(named) if named else fitting[0]))
            self._drop(after)
            self._say(f"{'.'.join(keys)}: {show(before)} again")

    def _referred(self, value: Plain) -> Plain:
        """An address by the name it has today, also one whose id was not known yet."""
        found = self.draft.current(value.removesuffix("#id")) if isinstance(value, str) else None
        return str(found) if found else value

    def _drop(self, after: Plain) -> None:
        if self.rule.reference and (gone := self.draft.current(str(after))):
            self.draft.dropped.add((self.entry, self.name, gone))

    def _fault(self, keys: tuple[str, ...], value: Plain) -> str:
        """Why a value may not stand in this field, "" if it may."""
        if "${" in str(value):
            return "${ stands for secrets in these files"
        if self.rule.reference and value is not None:
            return (
                "" if self.draft.known(str(value), self.rule.reference) else "nobody of that name is declared"
            )
        if len(keys) > 1:
            value = {**(self.today if isinstance(self.today, dict) else {}), keys[1]: value}
        try:
            evolve(self.item.resource, **{self.rule.attribute: value})
        except ValidationError as error:
            return str(error.errors(include_url=False, include_input=False)[0]["msg"])
        return ""

    def _elements(self) -> tuple[Sequence[str], Sequence[str]]:
        """Whom to take out, whom to put back; of a field let go of all whom it had named."""
        kept = self.change.before if self.change.reason is Reason.RELEASED else None
        if kept is None:
            return self.change.added, self.change.removed
        return (), tuple(map(str, kept)) if isinstance(kept, list | tuple) else (str(kept),)

    def _turn_elements(self, added: Sequence[str], removed: Sequence[str]) -> None:
        released = self.change.reason is Reason.RELEASED
        if not isinstance(self.today, Members) and not released:
            self._leave("no longer declared, so no element of it can be put back or taken out")
            return
        if isinstance(self.today, Members) and released:
            self._leave(f"declared at {self._place()}, and that run let go of it")
            return
        today = self.today if isinstance(self.today, Members) else Members()
        have = [self.draft.current(element) for element in today.elements]
        take = [found for element in added if (found := self.draft.current(element)) in have and found]
        back: list[Address] = []
        for element in removed:
            if found := self.draft.known(element, self.rule.reference):
                back += () if found in have else (found,)
            else:
                self._leave(f"{element} cannot be put back: nobody of that name is declared")
        if take or back:
            self._write_elements(today, have, take, back)

    def _write_elements(
        self, today: Members, have: Sequence[Address | None], take: Sequence[Address], back: Sequence[Address]
    ) -> None:
        spot = self.draft.spot(self.item, self.name)
        if spot is None:
            self._leave(self.draft.homeless(self.item))
            return
        names = tuple(map(self._name, back))
        form = next(iter(self.draft.pages.value(spot)), "")
        listed = self.draft.pages.raw(spot.below(form) if form else spot)
        if isinstance(listed, Seq) and len(listed) == len(have):
            gone = frozenset(at for at, address in enumerate(have) if address in take)
            self.draft.put(spot.below(form) if form else spot, Elements(gone, names))
        else:
            rest = tuple(self._name(address) for address in have if address and address not in take)
            elements = (*rest, *names)
            self.draft.put(spot, Put({"exactly": elements} if today.exactly else elements))
        self.draft.dropped.update((self.entry, self.name, address) for address in take)
        said = [f"{show(tuple(map(self._name, take)))} taken out"] if take else []
        said += [f"{show(names)} put back"] if back else []
        self._say(f"{self.name}: {', '.join(said)}")

    def _name(self, address: Address) -> str:
        """A reference as somebody would write it here."""
        return address.name if address.target in (self.item.address.target, "-") else str(address)

    def _place(self, keys: tuple[str, ...] = ()) -> str:
        where = self.item.place(".".join(keys or (self.name,)))
        return f"{where.file}:{where.line}"

    def _say(self, text: str) -> None:
        self.draft.turn(self.item.address if not self.item.family else self.entry, text + self.more)

    def _leave(self, text: str, keys: tuple[str, ...] = ()) -> None:
        self.draft.leave(self.entry, f"{'.'.join(keys or (self.change.field,))}: {text}")
