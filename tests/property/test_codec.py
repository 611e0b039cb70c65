"""The plan file says exactly what the plan says, and the digest covers what an approval approves."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from reconciler.errors import PlanRefused, Where
from reconciler.model import (
    Address,
    Binding,
    Change,
    FieldChange,
    HandOffRef,
    HostDays,
    LedgerStamp,
    Plan,
    Reason,
    Removal,
    Remove,
    Rename,
    Status,
    Sync,
    Waiting,
)
from reconciler.model.codec import (
    decode_change,
    decode_plan,
    encode_change,
    encode_plan,
    encode_report,
    plan_digest,
)
from reconciler.report.document import visible
from tests.property.plans import changes, plans, reports
from tests.snapshot import samples

LATER = datetime(2031, 5, 5, tzinfo=UTC)


@given(plans())
def test_a_plan_is_read_back_as_it_was_and_holds_nothing_unseen(plan: Plan) -> None:
    data = encode_plan(plan)
    assert decode_plan(data) == plan
    assert encode_plan(decode_plan(data)) == data
    assert plan_digest(decode_plan(data)) == plan_digest(plan)
    shown = data.decode().removesuffix("\n")
    unseen = {character for character in shown if character.isascii() and visible(character) != character}
    assert not unseen
    assert not set(shown) & set("\u202e\u2066\u200b\ufeff\u2028\x9b\U000e0041")


@given(changes())
def test_a_change_is_read_back_as_it_was(change: Change) -> None:
    text = encode_change(change)
    assert "\n" not in text
    assert decode_change(text) == change


@settings(max_examples=30)
@given(reports())
def test_a_report_carries_its_plan(report: Any) -> None:
    read = json.loads(encode_report(report))
    plan = orjson.dumps({"format": read["format"], **read["plan"]})
    assert decode_plan(plan) == report.plan
    assert len(read["outcomes"]) == len(report.outcomes)


def mangle(edit: Callable[[dict[str, Any]], object]) -> bytes:
    read = json.loads(encode_plan(samples.rich()))
    edit(read)
    return json.dumps(read).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not json", "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b"{}", "has format None, this version reads format 1"),
        (b'{"format": true}', "has format True"),
        (b'{"format": 2}', "has format 2"),
        (
            mangle(lambda read: read.update(extra=1)),
            "at the top, expected the keys of Plan (unknown 'extra')",
        ),
        (mangle(lambda read: read.pop("files")), "missing files"),
        (
            mangle(lambda read: read.update(created="2026-09-01T08:00:00")),
            "at created, expected a time with its",
        ),
        (mangle(lambda read: read.update(partial=1)), "at partial, expected true or false, got int"),
        (
            mangle(lambda read: read["changes"][0].update(verb="explode")),
            "at changes.0, expected a change whose",
        ),
        (mangle(lambda read: read["changes"][0].update(how="delete")), "unknown 'how'"),
        (
            mangle(lambda read: read["changes"][0].update(address="x")),
            "at changes.0.address, expected an address",
        ),
        (
            mangle(lambda read: read["changes"][0]["fields"][0].update(after=0.5)),
            "at changes.0.fields.0.after",
        ),
        (
            mangle(lambda read: read["changes"][0].update(where=["f", 1])),
            "expected a place [file, line, column]",
        ),
        (
            mangle(lambda read: read["changes"][0].update(reason="whim")),
            "at changes.0.reason, expected one of",
        ),
    ],
)
def test_a_plan_file_that_is_not_ours_is_refused_with_the_place_and_the_remedy(
    data: bytes, said: str
) -> None:
    with pytest.raises(PlanRefused) as refused:
        decode_plan(data)
    assert said in str(refused.value)
    assert "reconciler plan --out plan.json" in str(refused.value)


def test_a_refusal_shows_no_value_and_nothing_unseen() -> None:
    def spoil(read: dict[str, Any]) -> None:
        read["\x1b[31m\u202e"] = "hunter2"

    with pytest.raises(PlanRefused) as refused:
        decode_plan(mangle(spoil))
    assert visible(str(refused.value)) == str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_file_nested_beyond_reason_is_refused() -> None:
    deep = b"[" * 900 + b"]" * 900
    data = encode_plan(samples.empty()).replace(b'"changes":[]', b'"changes":' + deep)
    with pytest.raises(PlanRefused):
        decode_plan(data)


def first_change(plan: Plan, **edits: Any) -> Plan:
    change, *rest = plan.changes
    return replace(plan, changes=(dataclasses.replace(change, **edits), *rest))


def first_field(plan: Plan, **edits: Any) -> Plan:
    field, *rest = plan.changes[0].fields
    return first_change(plan, fields=(dataclasses.replace(field, **edits), *rest))


def swap(plan: Plan, kind: type[Change], **edits: Any) -> Plan:
    return replace(
        plan,
        changes=tuple(dataclasses.replace(c, **edits) if isinstance(c, kind) else c for c in plan.changes),
    )


NOT_COVERED: dict[str, Callable[[Plan], Plan]] = {
    "times": lambda plan: replace(plan, created=LATER, as_of=LATER),
    "ledger generation": lambda plan: replace(plan, ledger=LedgerStamp("other", {"zoom-main": 99})),
    "statuses": lambda plan: replace(plan, statuses=(Status(Address("a", "b", "c"), Sync.UNKNOWN),)),
    "drift": lambda plan: replace(plan, drift=()),
    "findings": lambda plan: replace(plan, findings=()),
    "facts": lambda plan: replace(plan, facts=(), host_days={"x": HostDays(3, 100, 20, 0, 1)}),
    "hand-off texts": lambda plan: replace(plan, hand_offs=()),
    "own digest": lambda plan: replace(plan, digest="x"),
    "unused waivers": lambda plan: replace(
        plan, waivers=(*plan.waivers, replace(plan.waivers[0], id="idle", uses=0))
    ),
    "what a waiver excused before": lambda plan: replace(plan, waivers=(replace(plan.waivers[0], used=9),)),
    "order of bindings": lambda plan: replace(plan, bindings=plan.bindings[::-1]),
    "order of files": lambda plan: replace(plan, files=dict(sorted(plan.files.items(), reverse=True))),
    "labels": lambda plan: first_change(plan, label="other"),
    "notes": lambda plan: first_change(plan, note="other"),
    "reasons": lambda plan: first_change(plan, reason=Reason.RETURNED),
    "places": lambda plan: first_change(plan, where=Where("moved.yaml", 99, 1)),
    "why it waits": lambda plan: first_field(plan, reason=Reason.DRIFTED, where=None),
}

COVERED: dict[str, Callable[[Plan], Plan]] = {
    "environment": lambda plan: replace(plan, environment="test"),
    "binding": lambda plan: replace(plan, bindings=(replace(plan.bindings[0], account="other"),)),
    "another binding": lambda plan: replace(plan, bindings=(*plan.bindings, Binding("t", "d", "o", "a"))),
    "a file": lambda plan: replace(plan, files={**plan.files, "reconciler.yaml": "other"}),
    "a change less": lambda plan: replace(plan, changes=plan.changes[1:]),
    "order of changes": lambda plan: replace(plan, changes=plan.changes[::-1]),
    "address": lambda plan: first_change(plan, address=Address("zoom-main", "user", "other")),
    "remote id": lambda plan: first_change(plan, remote_id="other"),
    "hand-off": lambda plan: first_change(plan, hand_off=HandOffRef("other", "why")),
    "waiting": lambda plan: first_change(plan, waiting=(Waiting("a/b/c", "why"),)),
    "field": lambda plan: first_field(plan, field="other"),
    "before": lambda plan: first_field(plan, before="other"),
    "after": lambda plan: first_field(plan, after=None),
    "added": lambda plan: first_field(plan, added=("x",)),
    "removed": lambda plan: first_field(plan, removed=("x",)),
    "element waiting": lambda plan: first_field(plan, waiting=(Waiting("a/b/c", "why", "x"),)),
    "how": lambda plan: swap(plan, Remove, how=Removal.DISABLE),
    "incarnation": lambda plan: swap(plan, Remove, number=2),
    "previous name": lambda plan: swap(plan, Rename, previous=Address("zoom-main", "user", "other")),
    "waiver": lambda plan: replace(plan, waivers=()),
    "waiver's uses": lambda plan: replace(plan, waivers=(replace(plan.waivers[0], uses=2),)),
}


@pytest.mark.parametrize("name", NOT_COVERED)
def test_the_digest_does_not_cover(name: str) -> None:
    assert plan_digest(NOT_COVERED[name](samples.rich())) == plan_digest(samples.rich())


@pytest.mark.parametrize("name", COVERED)
def test_the_digest_covers(name: str) -> None:
    assert plan_digest(COVERED[name](samples.rich())) != plan_digest(samples.rich())


def test_the_verb_is_covered() -> None:
    plan = samples.rich()
    fields = (FieldChange("a", None, 1, Reason.NEW),)
    create, update = (
        replace(
            plan,
            changes=(
                dataclasses.replace(
                    c, fields=fields, address=Address("t", "user", "n"), remote_id="", hand_off=None
                ),
            ),
        )
        for c in (plan.changes[0], plan.changes[3])
    )
    assert plan_digest(create) != plan_digest(update)
