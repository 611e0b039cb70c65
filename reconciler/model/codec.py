"""Plans, changes and reports as JSON, strictly and exactly, read off the type hints; and a plan's digest.

Every field is written, whatever its value. An address is its text, a place is `[file, line, column]`, a time
is ISO 8601 with its offset, a change names its class by `verb`. Bytes carry `format`, `Plan.FORMAT` here.
"""

from __future__ import annotations

import dataclasses
import re
from hashlib import blake2b
from typing import Any

import orjson

from reconciler.errors import PlanRefused
from reconciler.model.changes import (
    BaseChange,
    Change,
    FieldChange,
    Forget,
    Release,
    Remove,
    Rename,
    Waiting,
)
from reconciler.model.hints import Unfit, reader
from reconciler.model.objects import Address
from reconciler.model.plan import Plan, Report
from reconciler.resources.base import Resource, declared, field_rules, plain

AGAIN = "make the plan again with `reconciler plan --out plan.json`"


def encode_plan(plan: Plan) -> bytes:
    """The plan file: JSON, `format` first, exactly what `decode_plan` reads back."""
    return _dump({"format": Plan.FORMAT, **_members(plan)}) + b"\n"


def decode_plan(data: bytes) -> Plan:
    """Read a plan file. Raises PlanRefused for another format, an unknown or missing key, a wrong type."""
    plan: Plan = decode_values(data, Plan, "this plan file", AGAIN)
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
    change: Change = decode_values(
        text.encode("utf-8", "surrogatepass"), Change, "this recorded change", remedy
    )
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
    elif isinstance(change, Release):
        made["whole"] = change.whole
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
    if isinstance(value, Resource):
        return {"kind": value.kind, "fields": _fields(value)}
    if dataclasses.is_dataclass(value):
        return _members(value)
    raise TypeError(f"a plan holds no {type(value).__name__}")


def _fields(resource: Resource) -> dict[str, Any]:
    """What was read or declared, without secrets, whatever stands for them."""
    rules = field_rules(type(resource))
    return {name: plain(value) for name, value in declared(resource) if not rules[name].secret}


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


def decode_values(data: bytes, hint: Any, what: str, remedy: str) -> Any:
    """Read what `encode_values` wrote as the class `hint`; PlanRefused says what is not as it should be."""
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
        return reader(hint)(read)
    except Unfit as error:
        place = ".".join(error.path) or "the top"
        raise PlanRefused(f"{what} cannot be read: at {place}, {error}; {remedy}") from None
    except RecursionError:
        raise PlanRefused(f"{what} is nested too deeply to be one of ours; {remedy}") from None
