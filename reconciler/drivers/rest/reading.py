"""Any kind of any mapping, read: listed whole, below its parents, or object by object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.rest.capability import attribute_of, key_of, keys_of, make_capability
from reconciler.drivers.rest.mapping import Get, KindMap
from reconciler.drivers.rest.objects import Objects
from reconciler.drivers.rest.requests import Requests
from reconciler.drivers.rest.values import evaluate, flatten
from reconciler.errors import Absent, IncompleteReading
from reconciler.model.objects import Address, Live, Survey
from reconciler.model.ports import Scope, Wanted
from reconciler.resources.base import OMITTED, Members, Resource, declared, kinds, unchecked

FEW = 20
"""Up to so many objects with known ids are read one by one, more by listing all."""


class Reads:
    """Reads one kind."""

    def __init__(self, requests: Requests, objects: Objects) -> None:
        self.requests = requests
        self.objects = objects
        self.made: KindMap = objects.made
        self.kind: type[Resource] = kinds()[objects.kind]
        self.capability = make_capability(objects.kind, objects.made)
        self._survey = Survey()

    def read(self, scope: Scope[Any]) -> Iterable[Live[Any]]:
        """Every object of a list; without a list, or where few are asked for, one by one."""
        made, wanted = self.made, scope.wanted
        known = made.get is not None and len(wanted) <= FEW and all(want.remote_id for want in wanted)
        if made.list is None or (not scope.whole and known):
            found = self.requests.client.each(self._look_up, list(wanted))
            lives = list({live.remote_id: live for live in found if live is not None}.values())
            return self._respell(lives, wanted)
        items = [pair for parent in self._parents(wanted) for pair in self._list(parent)]
        self._note([item for item, _ in items])
        with shaped(made.list.request):
            lives = [self.objects.live(item, parent) for item, parent in items]
        return self._respell(self._deepen_asked(lives, wanted), wanted)

    def _respell(self, lives: list[Live[Any]], wanted: Sequence[Wanted[Any]]) -> list[Live[Any]]:
        """As they are declared, values of the form `lower` that are the same but for the case of letters."""
        names = [name for name, field in self.made.fields.items() if field.form == "lower"]
        if not names:
            return lives
        asked = {("", want.remote_id): want.resource for want in wanted if want.remote_id}
        for want in wanted:
            keys = self.capability.natural_keys
            asked |= {(key.name, key.of(want.address.name, want.resource)): want.resource for key in keys}
        return [self._spell_as(live, asked, names) for live in lives]

    def _spell_as(
        self, live: Live[Any], asked: Mapping[tuple[str, str], Any], names: Sequence[str]
    ) -> Live[Any]:
        found = next((asked[key] for key in (("", live.remote_id), *live.keys.items()) if key in asked), None)
        spelt = {}
        for name in (attribute_of(self.objects.kind, name) for name in names):
            value = getattr(found, name, OMITTED)
            if isinstance(value, str) and value.lower() == getattr(live.resource, name):
                spelt[name] = value
        return replace(live, resource=unchecked(self.kind, dict(declared(live.resource)) | spelt))

    def survey(self) -> Survey:
        """What the last whole list gave reason to say."""
        return self._survey

    def _note(self, items: Sequence[Any]) -> None:
        most = self.made.most
        if most is None or self.made.list is None:
            return
        with shaped(self.made.list.request):
            met = sum(bool(evaluate(most.when, item)) for item in items)
        many = 100 * met > most.percent * len(items)
        self._survey = Survey(remarks=(f"{most.text} ({met} of {len(items)})",) if many else ())

    def _parents(self, wanted: Iterable[Wanted[Any]]) -> list[str]:
        """The objects below which this kind is listed; those that are not there yet have nothing below."""
        if not self.made.parent:
            return [""]
        fields = (self.objects.fields_of(want.resource) for want in wanted)
        return sorted({flatten(found.get(self.made.parent)) for found in fields} - {""})

    def _list(self, parent: str) -> list[tuple[Any, str]]:
        listing = self.made.list
        if listing is None:
            return []
        context = self.objects.context(fields={self.made.parent: parent} if parent else {})
        items = self.requests.listed(listing, context)
        with shaped(listing.request):
            return [(item, parent) for item in items if not self.objects.is_gone(item)]

    # ── one by one ────────────────────────────────────────────────────────────────────────────────────

    def _look_up(self, want: Wanted[Any]) -> Live[Any] | None:
        """One object: by its recorded id, else by its keys in their order."""
        item = self._get_item(want)
        if item is None:
            return None
        parent = flatten(self.objects.fields_of(want.resource).get(self.made.parent))
        with shaped(self.made.get.request if self.made.get else self.objects.kind):
            live = self.objects.live(item, parent)
        return self._deepen(live) if self._declares_listed(want) else live

    def _get_item(self, want: Wanted[Any]) -> Any:
        """One object as it was answered, None where nothing is there."""
        fields = self.objects.fields_of(want.resource)
        context = self.objects.context(id=want.remote_id, name=want.address.name, fields=fields)
        if self.made.get is not None and (want.remote_id or self.made.single):
            item = self._get(self.made.get, context)
            if item is not None:
                return item
        for key in keys_of(self.made):
            value = key_of(self.objects.kind, self.made, key)(want.address.name, want.resource)
            if key.get is None or not value:
                continue
            item = self._get(key.get, {**context, "key": value if key.fields else want.address.name})
            if item is not None:
                return item
        return None

    def _get(self, get: Get, context: Mapping[str, Any]) -> Any:
        try:
            answer = self.requests.send(get, context, self.requests.compute(get, context))
        except Absent:
            return None
        with shaped(get.request):
            item = evaluate(get.item, answer)
            if not isinstance(item, Mapping) or not item:
                raise IncompleteReading(
                    f"{get.request}: no object stands at `{get.item}` of the answer; nothing is concluded"
                )
            return None if self.objects.is_gone(item) else item

    def fresh(self, live: Live[Any]) -> Any:
        """An object as it is answered now, whole; None where it is gone."""
        if self.made.get is not None:
            return self._get(self.made.get, self._about(live))
        for parent in self._parents(
            [Wanted(Address("", self.objects.kind, ""), live.remote_id, live.resource)]
        ):
            for item, _ in self._list(parent):
                if self.made.single or flatten(evaluate(self.made.id, item)) == live.remote_id:
                    return item
        return None

    def _about(self, live: Live[Any]) -> dict[str, Any]:
        return self.objects.context(id=live.remote_id, fields=self.objects.fields_of(live.resource))

    # ── collections with lists of their own ─────────────────────────────────────────────────────────────

    def _listed(self) -> list[str]:
        return [name for name, field in self.made.fields.items() if field.edit and field.edit.list]

    def _declares_listed(self, want: Wanted[Any]) -> bool:
        names = (attribute_of(self.objects.kind, name) for name in self._listed())
        return any(getattr(want.resource, name) is not OMITTED for name in names)

    def _deepen_asked(self, lives: list[Live[Any]], wanted: Sequence[Wanted[Any]]) -> list[Live[Any]]:
        """Those that somebody declares such a collection for are read whole."""
        asking = [want for want in wanted if self._declares_listed(want)]
        if not asking:
            return lives
        ids = {want.remote_id for want in asking}
        keys = {
            (key.name, key.of(want.address.name, want.resource))
            for want in asking
            for key in self.capability.natural_keys
        }
        deep = [live for live in lives if live.remote_id in ids or not keys.isdisjoint(live.keys.items())]
        found = {live.remote_id: live for live in self.requests.client.each(self._deepen, deep)}
        return [found.get(live.remote_id, live) for live in lives]

    def _deepen(self, live: Live[Any]) -> Live[Any]:
        context, more = self._about(live), {}
        for name in self._listed():
            edit = self.made.fields[name].edit
            if edit is not None and edit.list is not None:
                items = self.requests.listed(edit.list, context)
                with shaped(edit.list.request):
                    more[name] = Members(tuple(flatten(evaluate(edit.item, item)) for item in items))
        names = (*self.made.fields, self.made.parent) if self.made.parent else tuple(self.made.fields)
        values = {name: getattr(live.resource, attribute_of(self.objects.kind, name)) for name in names}
        resource = unchecked(self.kind, values | more)
        return Live(live.remote_id, resource, live.keys, live.label, live.conditions)
