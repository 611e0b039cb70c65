"""Plans, changes and reports as JSON, strictly and exactly, read off the type hints; and a plan's digest.

Every field is written, whatever its value. An address is its text, a place is `[file, line, column]`, a time
is ISO 8601 with its offset, a change names its class by `verb`. Bytes carry `format`, `Plan.FORMAT` here.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from reconciler.errors import PlanRefused, Where
from reconciler.model.changes import BaseChange, Change, FieldChange, Forget, Remove, Rename, Waiting
from reconciler.model.objects import Address
from reconciler.model.plan import Plan, Report

AGAIN = "make the plan again with `reconciler plan --out plan.json`"

Decode = Callable[[Any], Any]


class _Plain:
    """Stands for `Plain` in type hints: that alias refers to itself, which hints cannot resolve."""


class _Unfit(Exception):
    """A value that is not what its hint says; `path` grows while it climbs out of the containers."""

    def __init__(self, expected: str, value: object) -> None:
        got = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
        super().__init__(f"expected {expected}, got {got.get(type(value), type(value).__name__)}")
        self.path: list[str] = []

    def inside(self, step: object) -> _Unfit:
        self.path.insert(0, ascii(step).strip("'"))
        return self


def encode_plan(plan: Plan) -> bytes:
    """The plan file: JSON, `format` first, exactly what `decode_plan` reads back."""
    return _dump({"format": Plan.FORMAT, **_members(plan)}) + b"\n"


def decode_plan(data: bytes) -> Plan:
    """Read a plan file. Raises PlanRefused for another format, an unknown or missing key, a wrong type."""
    plan: Plan = _decode(data, Plan, "this plan file", AGAIN)
    return plan


def encode_report(report: Report) -> bytes:
    """A run as JSON: `run`, `started`, `finished`, the `plan` as in its file, and each change's outcome."""
    return _dump({"format": Plan.FORMAT, **_members(report)}) + b"\n"


def encode_change(change: BaseChange) -> str:
    """One change as kept for history: JSON text on one line."""
    return _dump({"format": Plan.FORMAT, **_members(change)}).decode()


def decode_change(text: str) -> Change:
    """Read a change kept for history; PlanRefused if another version of reconciler wrote it."""
    remedy = "it was written by another version of reconciler; read it with that one"
    change: Change = _decode(text.encode("utf-8", "surrogatepass"), Change, "this recorded change", remedy)
    return change


def encode_values(**values: Any) -> bytes:
    """Parts of a plan (statuses, drift, history) as JSON by name, `format` first, each as in a plan file."""
    return _dump({"format": Plan.FORMAT, **values}) + b"\n"


def plan_digest(plan: Plan) -> str:
    """40 hex digits over what an approval of this plan approves (blake2b).

    Covered: format, environment, bindings, desired files, the changes in order and the waivers they use. Not
    covered: times, ages, quotas, statuses, notes, labels, reasons and places.
    """
    covered = {
        "format": Plan.FORMAT,
        "environment": plan.environment,
        "bindings": sorted((b.target, b.driver, b.origin, b.account) for b in plan.bindings),
        "files": dict(plan.files),
        "changes": [_approved(change) for change in plan.changes],
        "waivers": sorted((use.id, use.uses) for use in plan.waivers if use.uses),
    }
    return blake2b(orjson.dumps(covered, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()


def _approved(change: Change) -> dict[str, Any]:
    made: dict[str, Any] = {
        "verb": change.verb,
        "address": str(change.address),
        "id": change.remote_id or f"{change.address}#id",
        "fields": [_approved_field(field) for field in change.fields],
        "waiting": _approved_waiting(change.waiting),
        "hand_off": change.hand_off.id if change.hand_off else None,
    }
    if isinstance(change, Remove):
        made |= {"how": change.how, "number": change.number}
    elif isinstance(change, Forget):
        made["number"] = change.number
    elif isinstance(change, Rename):
        made["previous"] = str(change.previous)
    return made


def _approved_field(field: FieldChange) -> list[Any]:
    return [
        field.field,
        field.before,
        field.after,
        field.added,
        field.removed,
        _approved_waiting(field.waiting),
    ]


def _approved_waiting(waiting: tuple[Waiting, ...]) -> list[tuple[str, str]]:
    return [(item.on, item.element) for item in waiting]


_NAMES: dict[type[Any], tuple[str, ...]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return _NAMES[kind]


def _members(value: Any) -> dict[str, Any]:
    made = {name: getattr(value, name) for name in _names(type(value))}
    return {"verb": value.verb, **made} if isinstance(value, BaseChange) else made


def _write(value: Any) -> Any:
    """What orjson does not know by itself, or would write without the verb."""
    if isinstance(value, Address):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if dataclasses.is_dataclass(value):
        return _members(value)
    raise TypeError(f"a plan holds no {type(value).__name__}")


# What JSON may hold raw, but no terminal or editor should: DEL, C1, and characters that hide or reorder.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def _spelled(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _dump(value: Any) -> bytes:
    made = orjson.dumps(value, default=_write, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    return made if made.isascii() and b"\x7f" not in made else _UNSEEN.sub(_spelled, made.decode()).encode()


def _decode(data: bytes, hint: Any, what: str, remedy: str) -> Any:
    try:
        read = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise PlanRefused(f"{what} is not JSON ({error}); {remedy}") from None
    if not isinstance(read, dict):
        raise PlanRefused(f"{what} is not a JSON object; {remedy}")
    found = read.pop("format", None)
    if type(found) is not int or found != Plan.FORMAT:
        raise PlanRefused(
            f"{what} has format {found!a:.40}, this version reads format {Plan.FORMAT}; {remedy}"
        )
    try:
        return _reader(hint)(read)
    except _Unfit as error:
        place = ".".join(error.path) or "the top"
        raise PlanRefused(f"{what} cannot be read: at {place}, {error}; {remedy}") from None
    except RecursionError:
        raise PlanRefused(f"{what} is nested too deeply to be one of ours; {remedy}") from None


@cache
def _reader(hint: Any) -> Decode:
    """The function that reads a JSON value as what the hint says, or raises _Unfit."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is _Plain:
        return _read_plain
    if origin in (Union, types.UnionType):
        return _union_reader(arguments)
    if origin is tuple:
        return _list_reader(_reader(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _map_reader(_reader(arguments[1]))
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum_reader(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _class_reader(hint)
    raise TypeError(f"no rule to read {hint!r}")


def _exactly(kind: type[Any], expected: str) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise _Unfit(expected, value)
        return value

    return read


def _read_time(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Unfit("a time in ISO 8601", value) from None
    if moment.tzinfo is None:
        raise _Unfit("a time with its offset from UTC", value)
    return moment


def _read_address(value: Any) -> Address:
    try:
        return Address.parse(value)
    except (AttributeError, ValueError):
        raise _Unfit("an address target/kind/name", value) from None


def _read_where(value: Any) -> Where:
    if type(value) is not list or [type(item) for item in value] != [str, int, int]:
        raise _Unfit("a place [file, line, column]", value)
    return Where(*value)


def _read_plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if type(value) is list:
        return tuple(_read_plain(item) for item in value)
    if type(value) is dict:
        return {key: _read_plain(item) for key, item in value.items()}
    raise _Unfit("a text, a whole number, true, false, null, a list or an object", value)


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
            raise _Unfit(f"one of {', '.join(members)}", value)
        return members[value]

    return read


def _list_reader(item: Decode) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise _Unfit("a list", value)
        made = []
        try:
            for member in value:
                made.append(item(member))
        except _Unfit as error:
            raise error.inside(len(made)) from None
        return tuple(made)

    return read


def _map_reader(item: Decode) -> Decode:
    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _Unfit("an object", value)
        made = {}
        for key, member in value.items():
            try:
                made[key] = item(member)
            except _Unfit as error:
                raise error.inside(key) from None
        return made

    return read


def _union_reader(options: tuple[Any, ...]) -> Decode:
    verbs = {option.verb: option for option in options if issubclass(option, BaseChange)}
    if verbs:
        return _change_reader(verbs)
    (option,) = (option for option in options if option is not type(None))
    read_option = _reader(option)
    return lambda value: None if value is None else read_option(value)


def _change_reader(verbs: Mapping[str, type[Any]]) -> Decode:
    readers = {verb: _class_reader(kind) for verb, kind in verbs.items()}

    def read(value: Any) -> Any:
        verb = value.get("verb") if type(value) is dict else None
        if type(verb) is not str or verb not in readers:
            raise _Unfit(f"a change whose verb is one of {', '.join(readers)}", value)
        return readers[verb]({key: member for key, member in value.items() if key != "verb"})

    return read


def _class_reader(kind: type[Any]) -> Decode:
    hints = get_type_hints(kind, localns={"Plain": _Plain})
    readers = {name: _reader(hints[name]) for name in _names(kind)}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _Unfit("an object", value)
        if value.keys() != readers.keys():
            unknown = ", ".join(ascii(key)[:60] for key in sorted(value.keys() - readers.keys()))
            missing = ", ".join(sorted(readers.keys() - value.keys()))
            what = f"unknown {unknown}" if unknown else f"missing {missing}"
            raise _Unfit(f"the keys of {kind.__name__} ({what})", value)
        made = {}
        for name, item in readers.items():
            try:
                made[name] = item(value[name])
            except _Unfit as error:
                raise error.inside(name) from None
        return kind(**made)

    return read
