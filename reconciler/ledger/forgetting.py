"""Forgetting a person: what names them leaves every row, and what was done stays counted."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson

from reconciler.errors import LedgerError
from reconciler.ledger.codec import Row, read_records, write_addresses, write_json, write_record
from reconciler.ledger.commits import UPSERT_RECORD, raise_generation
from reconciler.model import Address, Record, RecordedField, State
from reconciler.resources.base import FieldRule, Plain, field_rules, kinds

NAMING = ("email", "display_name")
"""Fields whose values name a person wherever they stand; others are erased with the person's own rows."""

LONG = 10
"""An id of so many characters is nobody else's word."""

OPEN = ("sending", "uncertain", "answered")
OURS = (State.CURRENT, State.SUPERSEDED)

RECORDS = (
    "SELECT target, kind, name, number, remote_id, state, provenance, content, label, source, updated"
    " FROM incarnations"
)

MENTIONS = (
    (
        "SELECT DISTINCT attested_by FROM attestations",
        "UPDATE attestations SET attested_by = ? WHERE attested_by = ?",
    ),
    ("SELECT id FROM waiver_uses", "UPDATE waiver_uses SET id = ? WHERE id = ?"),
    ("SELECT DISTINCT owner FROM quota", "UPDATE quota SET owner = ? WHERE owner = ?"),
)
"""Single columns that may name anybody."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """By which address history counts on, and how many rows were erased or rewritten.

    `whole` is False while another process's reading keeps old bytes in the write-ahead log.
    """

    address: Address
    records: int
    changes: int
    requests: int
    others: int
    whole: bool = True


@dataclass
class Person:
    """Whom to forget: all addresses they had, ids and keys of theirs, and texts that name them."""

    address: Address
    placeholder: Address
    addresses: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    @cached_property
    def words(self) -> re.Pattern[str]:
        """What is replaced wherever it stands as a word of its own."""
        return _any_of(self._clear)

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        """The same within JSON."""
        return _any_of({write_json(text)[1:-1] for text in self._clear})

    @cached_property
    def _clear(self) -> set[str]:
        clear = {text for text in {*self.tokens, *self.texts} if "@" in text or " " in text}
        return {*self.addresses, *clear, *(token for token in self.tokens if len(token) >= LONG)}

    def named(self, text: str) -> bool:
        """Whether a column, of text or of JSON, may name the person."""
        found = self.words.search(text) or self._quoted.search(text)
        return bool(found) or any(f'"{token}"' in text for token in self.tokens)

    def scrub(self, value: Any) -> Any:
        """Any JSON value with the placeholder for what names the person."""
        if isinstance(value, str):
            return self.words.sub(self._instead, value)
        if isinstance(value, list | tuple):
            return type(value)(self.scrub(item) for item in value)
        if isinstance(value, Mapping):
            return {self.scrub(key): self.scrub(item) for key, item in value.items()}
        return value

    def _instead(self, found: re.Match[str]) -> str:
        whole = found.group().casefold() in {text.casefold() for text in self.addresses}
        return str(self.placeholder) if whole else self.placeholder.name

    def is_token(self, target: str, value: object) -> bool:
        """Whether a reference in a target's object is to the person; a short id counts in its own target."""
        return value in self.tokens and (target == self.address.target or len(str(value)) >= LONG)


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Any of the texts where it stands as a word; the longest first."""
    longest_first = sorted(map(re.escape, texts), key=len, reverse=True)
    return re.compile(rf"(?<![\w.+/-])(?:{'|'.join(longest_first)})(?![\w@+%/-]|\.\w)", re.IGNORECASE)


def forget(connection: sqlite3.Connection, address: Address) -> Forgotten:
    """Within a write: erase a person. Raises LedgerError while something of theirs is ours or under way."""
    person = _learn(connection, address)
    connection.create_function("named", 1, person.named, deterministic=True)
    _refuse_ours(connection, person)
    requests = _scrub_intents(connection, person)
    touched, others = _scrub_records(connection, person)
    dropped = connection.execute(
        "DELETE FROM incarnations WHERE (target, kind, name) = (?, ?, ?)", address
    ).rowcount
    connection.execute("DELETE FROM attestations WHERE (target, kind, name) = (?, ?, ?)", address)
    changes = connection.execute(
        "UPDATE history SET name = ?, text = '', change = '', reverted = '[]'"
        " WHERE (target, kind, name) = (?, ?, ?)",
        (person.placeholder.name, *address),
    ).rowcount
    others += _scrub_history(connection, person) + _scrub_rest(connection, person)
    for target in sorted({address.target, *touched}):
        raise_generation(connection, target)
    return Forgotten(person.placeholder, dropped, changes, requests, others)


def _learn(connection: sqlite3.Connection, address: Address) -> Person:
    """All that names the person in rows of their own. Raises LedgerError if there are none."""
    person = Person(address, address._replace(name=f"forgotten-{secrets.token_hex(4)}"), {str(address)})
    records = read_records(connection.execute(f"{RECORDS} WHERE (target, kind, name) = (?, ?, ?)", address))
    for record in records:
        person.tokens |= {record.remote_id, *record.keys.values()}
        person.texts |= {record.label, *_naming(record.fields)}
    changes = connection.execute(
        "SELECT change FROM history WHERE (target, kind, name) = (?, ?, ?)", address
    ).fetchall()
    for change in (orjson.loads(text) for (text,) in changes if text):
        person.tokens.add(change.get("remote_id", ""))
        person.texts |= {change.get("label", ""), *_naming_changes(change.get("fields", ()))}
        person.addresses |= {change[key] for key in ("previous",) if key in change}
    bodies = connection.execute(
        "SELECT body FROM intents WHERE instr(addresses, ?)", (write_json(str(address)),)
    ).fetchall()
    for (body,) in bodies:
        person.texts |= set(_naming_body(orjson.loads(body)))
    if not (records or changes or bodies):
        raise LedgerError(f"{address}: nothing is known of it, so there is nothing to forget")
    person.tokens -= {""}
    person.texts -= {""}
    return person


def _naming(fields: Mapping[str, RecordedField]) -> Iterator[str]:
    return (str(fields[name].value) for name in NAMING if name in fields and fields[name].value)


def _naming_changes(fields: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for item in fields:
        if item.get("field") in NAMING:
            yield from (item[side] for side in ("before", "after") if isinstance(item.get(side), str))


def _naming_body(body: Any) -> Iterator[str]:
    if isinstance(body, Mapping):
        for key, value in body.items():
            if key in NAMING and isinstance(value, str):
                yield value
            yield from _naming_body(value)
    elif isinstance(body, list):
        for item in body:
            yield from _naming_body(item)


def _refuse_ours(connection: sqlite3.Connection, person: Person) -> None:
    address = person.address
    for record in read_records(connection.execute(f"{RECORDS} ORDER BY target, kind, name, number")):
        if record.state not in OURS:
            continue
        if record.address == address:
            raise LedgerError(
                f"{address} is still ours ({record.state}): forgotten, it would never be removed; let "
                "`reconciler apply` remove it, or declare it with `lifecycle: {release: true}` and apply, "
                "then forget"
            )
        for name, rule in _references(record, person):
            was = record.fields.get(name)
            if was is not None and not rule.collection and person.is_token(record.address.target, was.value):
                raise LedgerError(
                    f"{record.address} is recorded with {address} as its {name}; once it has another, or is "
                    "gone, and `reconciler apply` recorded that, forget"
                )


def _references(record: Record, person: Person) -> Iterator[tuple[str, FieldRule]]:
    """The fields of a record that refer to objects of the person's kind."""
    rules = field_rules(kinds()[record.address.kind]) if record.address.kind in kinds() else {}
    return ((name, rule) for name, rule in rules.items() if rule.reference == person.address.kind)


def _scrub_intents(connection: sqlite3.Connection, person: Person) -> int:
    rows = connection.execute(
        "SELECT id, state, addresses FROM intents"
        " WHERE named(addresses) OR named(parameters) OR named(body) OR named(elements)"
    ).fetchall()
    for id_, state, addresses in rows:
        covered = tuple(map(Address.parse, orjson.loads(addresses)))
        if state in OPEN:
            raise LedgerError(
                f"{person.address}: a write to {covered[0]} has no known end yet; run `reconciler apply`, "
                "which settles it"
            )
        renamed = (person.placeholder if str(each) in person.addresses else each for each in covered)
        connection.execute(
            "UPDATE intents SET addresses = ?, parameters = '{}', body = 'null', elements = '[]'"
            " WHERE id = ?",
            (write_addresses(renamed), id_),
        )
    return len(rows)


def _scrub_records(connection: sqlite3.Connection, person: Person) -> tuple[set[str], int]:
    """Rewrite other objects' records; their targets, and how many."""
    rows: list[Row] = connection.execute(
        f"{RECORDS} WHERE (target, kind, name) <> (?, ?, ?) AND (named(content) OR named(label))",
        person.address,
    ).fetchall()
    made = [_scrub_record(record, person) for record in read_records(rows)]
    connection.executemany(UPSERT_RECORD, map(write_record, made))
    return {record.address.target for record in made}, len(made)


def _scrub_record(record: Record, person: Person) -> Record:
    fields = {name: item._replace(value=person.scrub(item.value)) for name, item in record.fields.items()}
    elements = dict(record.elements)
    for name, _ in _references(record, person):
        if name in fields:
            value = _without(record.fields[name].value, record.address.target, person)
            fields[name] = fields[name]._replace(value=value)
        if name in elements:
            left = (item for item in elements[name] if not person.is_token(record.address.target, item))
            elements[name] = tuple(left)
    keys = {name: person.scrub(value) for name, value in record.keys.items()}
    return replace(record, fields=fields, elements=elements, keys=keys, label=person.scrub(record.label))


def _without(value: Plain, target: str, person: Person) -> Plain:
    """A reference without the person: taken out of a collection, else replaced."""
    if isinstance(value, tuple):
        return tuple(item for item in value if not person.is_token(target, item))
    return person.placeholder.name if person.is_token(target, value) else value


def _scrub_history(connection: sqlite3.Connection, person: Person) -> int:
    rows = connection.execute(
        "SELECT id, target, kind, text, change FROM history WHERE named(text) OR named(change)"
    ).fetchall()
    for id_, target, kind, text, change in rows:
        made = write_json(_scrub_change(orjson.loads(change), target, kind, person)) if change else ""
        connection.execute(
            "UPDATE history SET text = ?, change = ? WHERE id = ?", (person.scrub(text), made, id_)
        )
    return len(rows)


def _scrub_change(change: dict[str, Any], target: str, kind: str, person: Person) -> Any:
    rules = field_rules(kinds()[kind]) if kind in kinds() else {}
    for item in change.get("fields", ()):
        rule = rules.get(item["field"])
        if rule is None or rule.reference != person.address.kind:
            continue
        for side in ("before", "after"):
            if person.is_token(target, item[side]):
                item[side] = person.placeholder.name
        for side in ("added", "removed"):
            item[side] = [
                person.placeholder.name if person.is_token(target, one) else one for one in item[side]
            ]
    return person.scrub(change)


def _scrub_rest(connection: sqlite3.Connection, person: Person) -> int:
    """Who attested, whose quota was spent, and which waiver was used: the counts stay."""
    changed = 0
    for select, update in MENTIONS:
        for (text,) in connection.execute(select).fetchall():
            made = person.placeholder.name if text in person.tokens else person.scrub(text)
            if made != text:
                connection.execute(update, (made, text))
                changed += 1
    return changed
