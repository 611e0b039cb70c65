"""Any kind of any mapping, written: made, changed, disabled and deleted as its part of the mapping says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from reconciler.drivers.base import shaped
from reconciler.drivers.operations import Answer
from reconciler.drivers.rest.capability import attribute_of
from reconciler.drivers.rest.mapping import Create, FieldMap, Remove, Request, Update, Wait
from reconciler.drivers.rest.objects import Objects, decode, make_random
from reconciler.drivers.rest.reading import Reads
from reconciler.drivers.rest.requests import Requests
from reconciler.drivers.rest.values import dig, evaluate, flatten
from reconciler.errors import Absent, IncompleteReading, NeedsPerson, ReconcilerError, Refused, Uncertain
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Absence, Address, Live, Page
from reconciler.model.ports import Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, Members, unchecked

REDACTED = "[redacted]"


def read_location(answer: Answer) -> str:
    """The end of the header Location, "" where there is none."""
    return unquote(urlsplit(answer.headers.get("location") or "").path.rstrip("/").rpartition("/")[2])


class RestHandler(Reads):
    """One kind of one target."""

    def __init__(self, requests: Requests, objects: Objects, sleep: Callable[[float], None]) -> None:
        super().__init__(requests, objects)
        self._sleep = sleep

    def explain(self, absent: Sequence[Wanted[Any]]) -> Mapping[Address, Absence]:
        """Those for which the mapping's look before a create finds something: they are not made.

        Raises RequestError or IncompleteReading where the look tells nothing, a 404 among it.
        """
        hold, found = self.made.hold, {}
        if hold is None:
            return {}
        request = Request(request=hold.request, send=hold.send, encode="query")
        for want in absent:
            fields = self.objects.fields_of(want.resource, want.address.name)
            context = self.objects.context(name=want.address.name, fields=fields)
            answer = self.requests.send(request, context, self.requests.compute(request, context))
            with shaped(hold.request):
                seen = evaluate(hold.found, answer)
            if seen is None:
                raise IncompleteReading(
                    f"{hold.request}: nothing stands at `{hold.found}` of the answer, "
                    "not even an empty list; whether a create would make a second one is not known"
                )
            if seen:
                found[want.address] = Absence(hold.text, hold.remedy, held=True)
        return found

    def find(self, intent: Intent) -> Sequence[Live[Any]]:
        """What an open create intent may have made, by the keys that were in its request."""
        create, address = self.made.create, intent.addresses[0]
        if create is None or intent.operation != create.request:
            return ()
        sent = intent.parameters if create.encode == "query" else intent.body
        values = {}
        with shaped(create.request):
            for name, field in self.made.fields.items():
                held = dig(sent, field.send) if field.send else None
                written = intent.parameters.get(name) if held is None else held
                if written not in (None, REDACTED) and not field.items:
                    values[name] = self._recall(name, field, written)
        return self._search(Wanted(address, "", unchecked(self.kind, values)))

    def _search(self, want: Wanted[Any]) -> list[Live[Any]]:
        """Every object that shares a key with this one."""
        keys = {key.name: key.of(want.address.name, want.resource) for key in self.capability.natural_keys}
        lives = self.read(Scope((want,), whole=self.made.list is not None))
        return [live for live in lives if any(v and live.keys.get(name) == v for name, v in keys.items())]

    def _recall(self, name: str, field: FieldMap, written: Any) -> Any:
        if self.made.parent == name:
            return flatten(written)
        value = list(written) if isinstance(written, tuple) else written
        return decode(field.model_copy(update={"read": "@"}), value)

    def create(self, desired: Wanted[Any]) -> str:
        """One request with all it can carry; the new id by answer, by Location, or by looking it up.

        Raises Uncertain where it was accepted and its id is not told.
        """
        create, name = self.made.create, desired.address.name
        if create is None:
            self._leave_to_person()
        fields = self.objects.fields_of(desired.resource, name)
        context = self.objects.context(name=name, fields=fields)
        body: dict[str, Any] = {wire: make_random() for wire in create.random}
        body |= self.objects.declared(desired.resource, name) | self.requests.compute(create, context)
        answer = self.requests.send(create, context, body)
        if create.wait and create.wait.request:
            answer = self._poll(create, create.wait, context, answer)
        remote_id = self._tell_id(create, answer, desired)
        if create.wait and not create.wait.request:
            self._wait(create, create.wait, Live(remote_id, desired.resource, {}, name))
        return remote_id

    def _tell_id(self, create: Create, answer: Any, desired: Wanted[Any]) -> str:
        found = ""
        if isinstance(answer, Answer):
            found = read_location(answer)
        elif create.readback:
            found = self._read_back(create, desired)
        elif isinstance(answer, Mapping):
            with shaped(create.request):
                found = flatten(evaluate(create.id, answer))
        if not found:
            why = "it was accepted, but neither its answer nor a reading tells the new id"
            raise Uncertain(f"{create.request}: {why}", operation=create.request)
        return found

    def _read_back(self, create: Create, desired: Wanted[Any]) -> str:
        """The id of the one that was made, "" for none or several; what is made later is waited for."""
        wait = create.wait
        for tried in range(wait.tries if wait else 1):
            if wait and tried:
                self._sleep(wait.seconds)
            lives = self._search(Wanted(desired.address, "", desired.resource))
            if lives:
                return lives[0].remote_id if len(lives) == 1 else ""
        return ""

    def update(self, live: Live[Any], desired: Wanted[Any], fields: Sequence[FieldChange]) -> None:
        """Collections element by element; of the rest only `fields`, or all where the API replaces all."""
        edited = [field for field in fields if self.made.fields[field.field].edit]
        for field in edited:
            self._edit(live, desired, field)
        plainly = [field for field in fields if field not in edited]
        if plainly and self.made.update is None:
            self._leave_to_person()
        if plainly and self.made.update is not None:
            self._change(self.made.update, live, desired, plainly)

    def _edit(self, live: Live[Any], desired: Wanted[Any], field: FieldChange) -> None:
        """One request per element that is added or taken out; already so is fine."""
        edit = self.made.fields[field.field].edit
        if edit is None:
            return
        context = {**self._about(live), "name": desired.address.name}
        for request, elements, adds in ((edit.add, field.added, True), (edit.remove, field.removed, False)):
            for element in elements:
                about = {**context, "element": element}
                carried = self.requests.compute(request, about)
                try:
                    self.requests.send(request, about, carried, elements=(element,) if adds else ())
                except Absent:
                    if adds:
                        raise

    def _change(
        self, update: Update, live: Live[Any], desired: Wanted[Any], fields: Sequence[FieldChange]
    ) -> None:
        name, values = desired.address.name, self._merge(live, desired, fields)
        names = [field.field for field in fields]
        pairs = [self.kind.paired.get(name) for name in names]
        names = [name for name in self.made.fields if name in (*names, *pairs) or update.mode == "full"]
        # No name stands in for what is not declared: what is live stays.
        body = self.objects.declared(
            values, "", [each for each in names if not self.made.fields[each].create_only]
        )
        item = self._fresh_for(update, live)
        if update.mode == "full":
            if lost := self.objects.unreadable(values):
                text = f"{update.request} replaces the whole object, and {', '.join(lost)} cannot be read"
                raise ReconcilerError(f"{text}; declare it, so that it is not lost")
            with shaped(update.request):
                body = self.objects.kept(item, body) | body
        self._send_change(update, live, name, self.objects.fields_of(values, name), body, item)

    def _merge(self, live: Live[Any], desired: Wanted[Any], fields: Sequence[FieldChange]) -> Any:
        """The desired values; collections that differ, and mappings, hold what is to be there in the end."""
        values: dict[str, Any] = {}
        by_name = {field.field: field for field in fields}
        for name in self.made.fields:
            value = getattr(desired.resource, attribute_of(self.objects.kind, name))
            change = by_name.get(name)
            if isinstance(value, Members) and change is None:
                value = OMITTED
            elif isinstance(value, Mapping):
                # A mapping is written whole: what is not declared of it goes along as it is.
                before = getattr(live.resource, attribute_of(self.objects.kind, name))
                value = {**(before if isinstance(before, Mapping) else {}), **value}
            elif change is not None and (change.added or change.removed):
                before = getattr(live.resource, attribute_of(self.objects.kind, name))
                kept = before.elements if isinstance(before, Members) else ()
                left = [element for element in kept if element not in change.removed]
                value = Members(tuple(dict.fromkeys([*left, *change.added])))
            values[name] = value
        return unchecked(self.kind, values)

    def remove(self, live: Live[Any], how: Removal) -> None:
        """Delete, or disable; what is gone already is fine."""
        removal: Remove | None = getattr(self.made, how.value)
        if removal is None:
            self._leave_to_person()
        try:
            item = self._fresh_for(removal, live)
            if item is None:
                return
            body: dict[str, Any] = {}
            if removal.mode == "full":
                with shaped(removal.request):
                    body = self.objects.kept(item, {})
            self._send_change(removal, live, "", self.objects.fields_of(live.resource), body, item)
        except Absent:
            return

    def _fresh_for(self, request: Update, live: Live[Any]) -> Any:
        """The object as it is now, where the request needs it; None where it is gone."""
        if request.mode == "changed" and not (request.copy_live or "live" in " ".join(request.send.values())):
            return {}
        item = self.fresh(live)
        if item is None and not isinstance(request, Remove):
            raise ReconcilerError(f"{request.request} was not sent: the object is not there any more")
        return item

    def _send_change(
        self,
        request: Update,
        live: Live[Any],
        name: str,
        fields: Mapping[str, Any],
        body: Mapping[str, Any],
        item: Any,
    ) -> None:
        known = {**self.objects.fields_of(live.resource), **fields}
        context = self.objects.context(id=live.remote_id, name=name, fields=known, live=item)
        with shaped(request.request):
            copied = {wire: evaluate(text, item) for wire, text in request.copy_live.items()}
        carried = {**body, **self.requests.compute(request, context), **copied}
        headers = {"If-Match": self._etag(live)} if request.etag else None
        answer = self.requests.send(request, context, carried, headers)
        if request.wait and request.wait.request:
            self._poll(request, request.wait, context, answer)
        elif request.wait:
            self._wait(request, request.wait, live)

    def _etag(self, live: Live[Any]) -> str:
        """The version of the object, as the header of its reading tells. Raises ReconcilerError for none."""
        get = self.made.get
        answer = self.requests.ask(get, self._about(live)) if get is not None else None
        if answer is None or not (tag := answer.headers.get("etag")):
            raise ReconcilerError(
                f"{get.request if get else self.objects.kind}: the answer has no header ETag, and without it "
                "somebody else's change would be overwritten; take `etag` out of the mapping if there is none"
            )
        return tag

    def _wait(self, request: Request, wait: Wait, live: Live[Any]) -> None:
        """Read until the object is as it has to be, or is gone where that was asked.

        Raises Refused where it came to nothing, Uncertain where it does not end.
        """
        for _ in range(wait.tries):
            item = self.fresh(live)
            if item is None and isinstance(request, Remove):
                return
            if item is not None and self._is_done(request, wait, item):
                return
            self._sleep(wait.seconds)
        raise self._unfinished(request, wait)

    def _poll(self, request: Request, wait: Wait, context: Mapping[str, Any], answer: Any) -> Any:
        """Ask for what the answer to a write names until it is done: what it says then.

        Raises Uncertain where nothing is named or it does not end, Refused where it came to nothing.
        """
        with shaped(request.request):
            named = isinstance(answer, Answer)
            job = read_location(answer) if named else flatten(evaluate(wait.job, answer))
        if not job:
            text = f"{request.request} was accepted, but its answer does not tell what to wait for"
            raise Uncertain(text, operation=request.request)
        poll = Request(request=wait.request)
        for _ in range(wait.tries):
            said = self.requests.send(poll, {**context, "job": job}, {})
            if self._is_done(request, wait, said):
                return said
            self._sleep(wait.seconds)
        raise self._unfinished(request, wait)

    def _is_done(self, request: Request, wait: Wait, said: Any) -> bool:
        with shaped(request.request):
            if wait.failed and evaluate(wait.failed, said):
                text = f"{request.request} was accepted, and came to nothing: `{wait.failed}` holds"
                raise Refused(f"{text}; look it up at the vendor", status=200, operation=request.request)
            return bool(evaluate(wait.until, said))

    def _unfinished(self, request: Request, wait: Wait) -> Uncertain:
        seconds = wait.tries * wait.seconds
        text = f"{request.request} was accepted, but is not done after {seconds:g} s"
        return Uncertain(text, operation=request.request)

    def _leave_to_person(self) -> NoReturn:
        page = self.made.page
        shown = Page(page.id, page.title, page.steps) if page else Page("", "the console", ())
        raise NeedsPerson(
            f"the mapping has no request for this; {shown.title}: {' '.join(shown.steps)}", page=shown.id
        )
