"""A plan without people: pseudonyms for who they are, wherever a plan says it; the rest as it was."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from typing import Any

from reconciler.errors import Where
from reconciler.model.changes import BaseChange, FieldChange, Rename
from reconciler.model.objects import Address
from reconciler.model.plan import Drift, HandOff, Plan
from reconciler.resources.base import Plain, field_rules, kinds

PERSONAL = frozenset({"email", "first_name", "last_name", "display_name"})
"""Fields of a person that say who they are."""

GUESTS = frozenset({"authentication_exceptions"})
"""Fields of other kinds that name people who are declared nowhere."""

_AS_IT_WAS = frozenset(
    {
        "environment",
        "bindings",
        "files",
        "facts",
        "ledger",
        "digest",
        "guard",
        "severity",
        "scope",
        "state",
        "field",
    }
)
"""Keys whose texts are ours or name no person; a hand-off's `files` are treated apart."""

_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w(?:[\w.'’+-]*\w)?")
_NEIGHBOURS = re.compile(r"(person-[0-9a-f]{8}|somebody)(?:[ ,]+(?:\1|somebody))+")


def redact(plan: Plan, key: bytes = b"") -> Plan:
    """The plan with every person as `person-1f3a9c02`, the same one in every plan; marked partial.

    Addresses of kinds of people, references to them, their labels, ids, mails and names are replaced, in
    texts too: any word that is part of somebody's name gives way. Without a `key` whoever
    holds a list of handles can work out who is who. The digest stays the whole plan's, to match the two.
    """
    redaction = _Redaction(plan, key)
    redacted: Plan = redaction.value(plan)
    return dataclasses.replace(redacted, partial=True)


@cache
def _people() -> frozenset[str]:
    return frozenset(name for name, kind in kinds().items() if kind.people)


@cache
def _address_pattern() -> re.Pattern[str]:
    kind = "|".join(map(re.escape, sorted(_people())))
    return re.compile(rf"([\w.-]+)/({kind})/([^\s\"'(),;:#]*[^\s\"'(),;:#.])")


class _Redaction:
    """One plan's people and the words that name them."""

    def __init__(self, plan: Plan, key: bytes) -> None:
        self.key = blake2b(key, digest_size=32).digest() if key else b""
        self.now = {str(c.previous): str(c.address) for c in plan.changes if isinstance(c, Rename)}
        self.whole: dict[str, set[str]] = {}  # handles, labels, ids, mails, names; in lower case
        self.words: dict[str, set[str]] = {}  # what those are made of; as written, "Page" is not "page"
        for address, text in _sayings(plan):
            if not text:
                continue
            person = self.person(address)
            self.whole.setdefault(text.casefold(), set()).add(person)
            for word in _WORD.findall(text.partition("@")[0] if _MAIL.fullmatch(text) else text):
                if len(word) > 1:
                    self.words.setdefault(word, set()).add(person)

    def known(self, text: str) -> set[str]:
        """Whom a whole text or a word may name."""
        return self.whole.get(text.casefold()) or self.words.get(text) or set()

    def person(self, address: Address | str) -> str:
        """A stable pseudonym; a previous address has that of the current one."""
        text = self.now.get(str(address), str(address)).encode("utf-8", "replace")
        return f"person-{blake2b(text, key=self.key, digest_size=4).hexdigest()}"

    def value(self, value: Any, name: str = "") -> Any:
        """Any part of a plan, by its type."""
        if isinstance(value, StrEnum | Where | datetime):
            return value
        if isinstance(value, Address):
            return self.address(value)
        if isinstance(value, str):
            return value if name in _AS_IT_WAS else self.text(value)
        if isinstance(value, tuple):
            return tuple(self.value(item, name) for item in value)
        if isinstance(value, Mapping):
            return {self.value(key, name): self.value(item, name) for key, item in value.items()}
        if isinstance(value, BaseChange):
            return self.change(value)
        if isinstance(value, Drift):
            return self.drift(value)
        return self.members(value) if dataclasses.is_dataclass(value) else value

    def members(self, value: Any) -> Any:
        """A dataclass with its texts redacted, but for those that are ours."""
        texts = {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if field.name not in _AS_IT_WAS or isinstance(value, HandOff)
        }
        return dataclasses.replace(value, **{name: self.value(item, name) for name, item in texts.items()})

    def address(self, address: Address) -> Address:
        """A person's address with the pseudonym as its name."""
        return address._replace(name=self.person(address)) if address.kind in _people() else address

    def change(self, change: BaseChange) -> BaseChange:
        """A change; of a person also without label, id and name."""
        made: BaseChange = self.members(change)
        rules = field_rules(kinds()[change.address.kind]) if change.address.kind in kinds() else {}
        fields = tuple(
            self.reference(before, after)
            if before.field in GUESTS or before.field in rules and rules[before.field].reference in _people()
            else self.personal(change.address, after, before)
            for before, after in zip(change.fields, made.fields, strict=True)
        )
        made = dataclasses.replace(made, fields=fields)
        if change.address.kind not in _people():
            return made
        name = self.person(change.address)
        return dataclasses.replace(
            made, label=name if change.label else "", remote_id=name if change.remote_id else ""
        )

    def personal(self, address: Address, field: FieldChange, original: FieldChange) -> FieldChange:
        """A field of a person that says who they are; that it changed still shows."""
        if address.kind not in _people() or original.field not in PERSONAL:
            return field
        before, after = self.pair(address, original.before, original.after)
        return dataclasses.replace(field, before=before, after=after)

    def pair(self, address: Address, before: Plain, after: Plain) -> tuple[Plain, Plain]:
        """Two values of one field of a person: equal, different or unset as they were."""
        name = self.person(address)
        changed = name if before is None or before == after else f"{name} (changed)"
        return None if before is None else name, None if after is None else changed

    def reference(self, original: FieldChange, field: FieldChange) -> FieldChange:
        """A field that names people: whoever is not known by address gets a pseudonym all the same."""
        return dataclasses.replace(
            field,
            before=self.named(original.before),
            after=self.named(original.after),
            added=tuple(map(self.element, original.added)),
            removed=tuple(map(self.element, original.removed)),
            waiting=tuple(
                dataclasses.replace(item, element=self.element(was.element) if was.element else "")
                for was, item in zip(original.waiting, field.waiting, strict=True)
            ),
        )

    def named(self, value: Plain) -> Plain:
        """Every text in a value as a person."""
        if isinstance(value, str):
            return self.element(value)
        if isinstance(value, tuple):
            return tuple(map(self.named, value))
        if isinstance(value, Mapping):
            return {key: self.named(item) for key, item in value.items()}
        return value

    def element(self, text: str) -> str:
        """An address, a mail or an id as a person."""
        if _address_pattern().fullmatch(text):
            return self.text(text)
        known = self.known(text)
        return next(iter(known)) if len(known) == 1 else self.person(text.casefold())

    def drift(self, drift: Drift) -> Drift:
        """A drifted field."""
        made: Drift = self.members(drift)
        rules = field_rules(kinds()[drift.address.kind]) if drift.address.kind in kinds() else {}
        if drift.field in GUESTS or drift.field in rules and rules[drift.field].reference in _people():
            made = dataclasses.replace(made, recorded=self.named(drift.recorded), live=self.named(drift.live))
        if drift.address.kind not in _people():
            return made
        if drift.field in PERSONAL:
            recorded, live = self.pair(drift.address, drift.recorded, drift.live)
            made = dataclasses.replace(made, recorded=recorded, live=live)
        return dataclasses.replace(made, label=self.person(drift.address) if drift.label else "")

    def text(self, text: str) -> str:
        """Words as they are, but for addresses of people, mails, and whatever names somebody."""
        whole = self.known(text)
        if len(whole) == 1:
            return next(iter(whole))
        made = _address_pattern().sub(self._found_address, text)
        made = _MAIL.sub(lambda found: self.element(found.group()), made)
        return _NEIGHBOURS.sub(r"\1", _WORD.sub(self._found_word, made))

    def _found_address(self, found: re.Match[str]) -> str:
        return str(self.address(Address(*found.groups())))

    def _found_word(self, found: re.Match[str]) -> str:
        known = self.known(found.group())
        return found.group() if not known else next(iter(known)) if len(known) == 1 else "somebody"


def _sayings(plan: Plan) -> Iterator[tuple[Address, str]]:
    """Every text a plan holds that names a person, with their address; empty ones too."""
    for change in plan.changes:
        if change.address.kind in _people():
            yield from (
                (change.address, text) for text in (change.address.name, change.label, change.remote_id)
            )
            for field in change.fields:
                yield from _named_by(change.address, field.field, field.before, field.after)
    for item in plan.drift:
        if item.address.kind in _people():
            yield from ((item.address, text) for text in (item.address.name, item.label))
            yield from _named_by(item.address, item.field, item.recorded, item.live)
    for status in plan.statuses:
        if status.address.kind in _people():
            yield status.address, status.address.name


def _named_by(address: Address, field: str, *values: Plain) -> Iterator[tuple[Address, str]]:
    if field in PERSONAL:
        yield from ((address, value) for value in values if isinstance(value, str))
