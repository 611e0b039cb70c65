"""Functions that read JSON values as what a type hint says, strictly: no key too many, none missing."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from reconciler.errors import Where
from reconciler.model.changes import BaseChange
from reconciler.model.objects import Address
from reconciler.resources.base import Resource, field_rules, kinds, read_members, revive, unchecked

Decode = Callable[[Any], Any]


class _Plain:
    """Stands for `Plain` in type hints: that alias refers to itself, which hints cannot resolve."""


class Unfit(Exception):
    """A value that is not what its hint says; `path` grows while it climbs out of the containers."""

    def __init__(self, expected: str, value: object) -> None:
        got = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
        super().__init__(f"expected {expected}, got {got.get(type(value), type(value).__name__)}")
        self.path: list[str] = []

    def inside(self, step: object) -> Unfit:
        self.path.insert(0, ascii(step).strip("'"))
        return self


@cache
def reader(hint: Any) -> Decode:
    """The function that reads a JSON value as what the hint says, or raises Unfit."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is _Plain:
        return _read_plain
    if origin in (Union, types.UnionType):
        return _union_reader(arguments)
    if origin is tuple:
        return _list_reader(reader(arguments[0]))
    if origin is frozenset:
        read_list = _list_reader(reader(arguments[0]))
        return lambda value: frozenset(read_list(value))
    if origin is not None and issubclass(origin, Mapping):
        return _map_reader(reader(arguments[1]))
    if hint in _SCALARS:
        return _SCALARS[hint]
    return _type_reader(hint.__bound__ if isinstance(hint, TypeVar) else origin or hint)


def _type_reader(kind: Any) -> Decode:
    if kind is Resource:
        return _read_resource
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enum_reader(kind)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return _row_reader(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _class_reader(kind)
    raise TypeError(f"no rule to read {kind!r}")


def _exactly(kind: type[Any], expected: str) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise Unfit(expected, value)
        return value

    return read


def _read_time(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unfit("a time in ISO 8601", value) from None
    if moment.tzinfo is None:
        raise Unfit("a time with its offset from UTC", value)
    return moment


def _read_address(value: Any) -> Address:
    try:
        return Address.parse(value)
    except (AttributeError, ValueError):
        raise Unfit("an address target/kind/name", value) from None


def _read_where(value: Any) -> Where:
    if type(value) is not list or [type(item) for item in value] != [str, int, int]:
        raise Unfit("a place [file, line, column]", value)
    return Where(*value)


def _read_plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if type(value) is list:
        return tuple(_read_plain(item) for item in value)
    if type(value) is dict:
        return {key: _read_plain(item) for key, item in value.items()}
    raise Unfit("a text, a whole number, true, false, null, a list or an object", value)


def _read_resource(value: Any) -> Resource:
    """`{kind, fields}` as it was: collections and values of time as their own types, nothing validated."""
    kind = kinds().get(value.get("kind", "")) if type(value) is dict else None
    fields = value.get("fields") if kind is not None else None
    if kind is None or type(fields) is not dict or not fields.keys() <= field_rules(kind).keys():
        raise Unfit("a kind with fields of it", value)
    return unchecked(kind, {name: _read_field(kind, name, item) for name, item in fields.items()})


def _read_field(kind: type[Resource], name: str, value: Any) -> Any:
    rule = field_rules(kind)[name]
    try:
        if rule.collection and value is not None:
            return read_members(value)
        return revive(kind, name, value) if rule.revives else _read_plain(value)
    except (TypeError, ValueError):
        raise Unfit("a value of this field", value).inside(name) from None


_SCALARS: Mapping[Any, Decode] = {
    str: _exactly(str, "a text"),
    int: _exactly(int, "a whole number"),
    bool: _exactly(bool, "true or false"),
    type(None): _exactly(type(None), "null"),
    datetime: _read_time,
    Address: _read_address,
    Where: _read_where,
}


def _enum_reader(kind: type[StrEnum]) -> Decode:
    members = {member.value: member for member in kind}

    def read(value: Any) -> Any:
        if type(value) is not str or value not in members:
            raise Unfit(f"one of {', '.join(members)}", value)
        return members[value]

    return read


def _list_reader(item: Decode) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Unfit("a list", value)
        made = []
        try:
            for member in value:
                made.append(item(member))
        except Unfit as error:
            raise error.inside(len(made)) from None
        return tuple(made)

    return read


def _row_reader(kind: type[Any]) -> Decode:
    """A named tuple, as the list it is written as."""
    hints = get_type_hints(kind, localns={"Plain": _Plain})
    readers = [reader(hints[name]) for name in kind._fields]

    def read(value: Any) -> Any:
        if type(value) is not list or len(value) != len(readers):
            raise Unfit(f"a list of {', '.join(kind._fields)}", value)
        return kind(*(item(member) for item, member in zip(readers, value, strict=True)))

    return read


def _map_reader(item: Decode) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Unfit("an object", value)
        made = {}
        for key, member in value.items():
            try:
                made[key] = item(member)
            except Unfit as error:
                raise error.inside(key) from None
        return made

    return read


def _union_reader(options: tuple[Any, ...]) -> Decode:
    verbs = {option.verb: option for option in options if issubclass(option, BaseChange)}
    if verbs:
        return _change_reader(verbs)
    (option,) = (option for option in options if option is not type(None))
    read_option = reader(option)
    return lambda value: None if value is None else read_option(value)


def _change_reader(verbs: Mapping[str, type[Any]]) -> Decode:
    readers = {verb: _class_reader(kind) for verb, kind in verbs.items()}

    def read(value: Any) -> Any:
        verb = value.get("verb") if type(value) is dict else None
        if type(verb) is not str or verb not in readers:
            raise Unfit(f"a change whose verb is one of {', '.join(readers)}", value)
        return readers[verb]({key: member for key, member in value.items() if key != "verb"})

    return read


def _class_reader(kind: type[Any]) -> Decode:
    hints = get_type_hints(kind, localns={"Plain": _Plain})
    readers = {field.name: reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Unfit("an object", value)
        if value.keys() != readers.keys():
            unknown = ", ".join(ascii(key)[:60] for key in sorted(value.keys() - readers.keys()))
            missing = ", ".join(sorted(readers.keys() - value.keys()))
            what = f"unknown {unknown}" if unknown else f"missing {missing}"
            raise Unfit(f"the keys of {kind.__name__} ({what})", value)
        made = {}
        for name, item in readers.items():
            try:
                made[name] = item(value[name])
            except Unfit as error:
                raise error.inside(name) from None
        return kind(**made)

    return read
