"""What guards count, what they refuse, and whom a refusal holds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.errors import Where
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    FieldChange,
    Finding,
    Forget,
    HandOffRef,
    KindFacts,
    Plan,
    Reason,
    Release,
    Removal,
    Remove,
    Rename,
    Replace,
    Seats,
    Update,
    Waiting,
    Waiver,
)
from reconciler.settings import Guards
from reconciler.stages.guard import guard, refused

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
HERE = Where("people.yaml", 3, 5)


def user(name: object) -> Address:
    return Address("z", "user", str(name))


def remove(name: object, **more: Any) -> Remove:
    return Remove(address=user(name), reason=Reason.UNDECLARED, how=Removal.DISABLE, number=1, **more)


def update(name: object, **more: Any) -> Update:
    return Update(address=user(name), reason=Reason.EDITED, **more)


def waiver(rule: str, addresses: str = "z/user/*", maximum: int | None = None, days: int = 1) -> Waiver:
    return Waiver(rule, addresses, NOW + timedelta(days=days), "why", maximum, HERE)


def make(*changes: Change, findings: tuple[Finding, ...] = (), **facts: Any) -> Plan:
    usual: dict[str, Any] = {"target": "z", "kind": "user", "declared": 0, "recorded": 100, "live": 100}
    known = KindFacts(**{**usual, "reading": "", **facts})
    return Plan(
        environment="default",
        created=NOW,
        as_of=NOW,
        ledger=None,
        bindings=(),
        files={},
        changes=changes,
        statuses=(),
        drift=(),
        findings=findings,
        hand_offs=(),
        violations=(),
        waivers=(),
        facts=(known,),
    )


def rules(
    plan: Plan, limits: Guards | None = None, *waivers: Waiver, used: Mapping[str, int] | None = None
) -> list[str]:
    return [found.guard for found in guard(plan, limits or Guards(), waivers, used or {}).violations]


@pytest.mark.parametrize(
    ("recorded", "allowed"), [(0, 3), (100, 3), (150, 3), (200, 4), (1000, 20), (12500, 250), (50000, 250)]
)
def test_three_or_two_percent_but_never_over_250(recorded: int, allowed: int) -> None:
    assert Guards().removals_allowed(recorded) == allowed
    changes = [remove(number) for number in range(allowed)]
    assert rules(make(*changes, recorded=recorded or 1000)) == [] or recorded == 0
    more = [*changes, remove("one-more")]
    assert "removals" in rules(make(*more, recorded=recorded))


def test_the_last_day_counts() -> None:
    assert rules(make(remove(1), removed_24h=2)) == []
    assert rules(make(remove(1), removed_24h=3)) == ["removals"]
    assert rules(make(removed_24h=50)) == [], "what is past is not refused again"


def test_downgrades_elements_and_replacements_are_removals() -> None:
    falls = FieldChange("license", "licensed", "basic", Reason.EDITED, falls=True)
    taken = FieldChange("members", None, None, Reason.EDITED, removed=("a", "b"))
    changed = update(1, fields=(falls,)), update(2, fields=(taken,))
    assert rules(make(*changed)) == []
    replaced = Replace(address=user(3), reason=Reason.EDITED, allowed=True)
    old = Remove(address=user(3), reason=Reason.SUPERSEDED, how=Removal.DELETE, number=1)
    assert rules(make(*changed, replaced, old)) == ["removals"]


def test_what_waits_or_is_a_persons_to_do_is_not_judged() -> None:
    waiting = [remove(number, waiting=(Waiting("x", "y"),)) for number in range(9)]
    by_hand = [remove(number, hand_off=HandOffRef("z/page/x", "no API")) for number in range(9)]
    assert rules(make(*waiting, *by_hand)) == []


def test_updates_are_a_share_of_what_is_recorded_or_adopted() -> None:
    changed = FieldChange("email", "a", "b", Reason.EDITED)
    few = [update(number, fields=(changed,)) for number in range(10)]
    assert rules(make(*few, recorded=10)) == [], "ten are always few"
    many = [update(number, fields=(changed,)) for number in range(31)]
    assert rules(make(*many)) == ["updates"]
    assert rules(make(*many[:30])) == []
    plain = [Adopt(address=user(n), reason=Reason.FOUND, matched="") for n in range(40)]
    assert rules(make(*plain, recorded=0)) == [], "taking over changes nothing"
    rewritten = [
        Adopt(address=user(n), reason=Reason.FOUND, matched="", fields=(changed,)) for n in range(40)
    ]
    assert rules(make(*rewritten, recorded=0)) == ["updates"]


def test_a_kind_that_empties_and_a_source_that_goes() -> None:
    assert rules(make(remove(1), remove(2), recorded=2)) == ["emptied"]
    assert rules(make(remove(1), recorded=1)) == [], "one of one is no catastrophe"
    vanished = {"roster.csv": (user(1), user(2))}
    assert rules(make(remove(1), remove(2), vanished=vanished)) == ["emptied"]


def test_a_target_of_single_objects_does_not_vanish_whole() -> None:
    plan = make(remove(1), replace(remove(1), address=Address("z", "group", "g")), recorded=1)
    both = replace(plan, facts=(*plan.facts, replace(plan.facts[0], kind="group")))
    assert rules(both) == ["emptied"]
    assert rules(both, None, waiver("emptied", "z/*")) == []
    assert rules(replace(both, changes=both.changes[:1])) == [], "one of two stays"


def test_seats_are_the_smaller_of_budget_and_account() -> None:
    need: dict[str, Any] = {"seats": Seats(9, 12), "seats_needed": 2}
    assert rules(make(**need)) == []
    assert rules(make(**need), Guards(seats={"licensed": 10})) == ["seats"]
    assert rules(make(**(need | {"seats_needed": 4}))) == ["seats"]
    assert rules(make(seats=Seats(20), seats_needed=-1), Guards(seats={"licensed": 10})) == []


LOSES = (FieldChange("license", "licensed", "basic", Reason.EDITED, falls=True),)


@pytest.mark.parametrize(
    "change",
    [
        update("boss", fields=LOSES, owner=True),
        Adopt(address=user("boss"), reason=Reason.FOUND, matched="", fields=LOSES, owner=True),
        remove("boss", owner=True),
    ],
    ids=lambda change: change.verb,
)
def test_the_owner_keeps_rights(change: Change) -> None:
    assert rules(make(change)) == ["owner"]


def test_findings_become_violations_of_their_guard() -> None:
    ambiguous = Finding("error", "z/user/a", "two of them", guard="identity", addresses=(user("a"),))
    bound = Finding("error", "z", "another account", guard="binding")
    plan = guard(make(findings=(ambiguous, bound)), Guards(), [waiver("identity"), waiver("binding")], {})
    assert [(v.guard, v.scope, v.waive) for v in plan.violations] == [
        ("identity", "address", ""),
        ("binding", "target", ""),
    ]


def test_a_waiver_excuses_up_to_its_max_less_what_was_used() -> None:
    five = make(*[remove(number) for number in range(5)])
    assert rules(five, None, waiver("removals", maximum=2)) == [], "two are excused, three are allowed"
    assert rules(five, None, waiver("removals", maximum=1)) == ["removals"]
    two = waiver("removals", maximum=3)
    assert rules(five, None, two, used={two.id: 2}) == ["removals"]
    assert rules(five, None, waiver("removals", days=-1)) == ["removals"], "it expired"
    assert rules(five, None, waiver("updates")) == ["removals"], "it is for another guard"
    assert rules(five, None, waiver("removals", "z/user/[01]")) == []


def test_the_printed_line_covers_what_was_used_under_the_same_line_before() -> None:
    plan = make(*[remove(number) for number in range(5)])
    (line,) = [v.waive for v in guard(plan, Guards(), (), {}).violations]
    assert line == '- {guard: removals, addresses: "z/user/*", max: 5, until: 2026-09-08, why: ...}'
    used = {"removals z/user/* until 2026-09-08": 4}
    (line,) = [v.waive for v in guard(plan, Guards(), (), used).violations]
    assert "max: 9" in line


def test_a_target_wide_refusal_holds_everything_of_the_target_but_moves_of_records() -> None:
    renamed = Rename(address=user("new"), reason=Reason.RENAMED, previous=user("old"))
    forgotten = Forget(address=user("gone"), reason=Reason.GONE, number=1)
    other = Create(address=Address("y", "user", "a"), reason=Reason.NEW)
    plan = guard(make(*[remove(n) for n in range(5)], renamed, forgotten, other), Guards(), (), {})
    assert set(refused(plan)) == {f"remove z/user/{number}" for number in range(5)}
    finding = Finding("error", "z", "another account", guard="binding")
    plan = guard(make(renamed, other, findings=(finding,)), Guards(), (), {})
    assert set(refused(plan)) == {"rename z/user/new"}


def test_an_address_wide_refusal_holds_what_depends_on_it_and_lets_the_rest_go() -> None:
    replaced = Replace(address=user("a"), reason=Reason.EDITED)
    needs = Create(address=user("b"), reason=Reason.NEW, after=(user("a"),))
    needs_too = Create(address=user("c"), reason=Reason.NEW, after=(user("b"),))
    old = Remove(
        address=user("a"), reason=Reason.SUPERSEDED, how=Removal.DELETE, number=1, after=(user("a"),)
    )
    free = Create(address=user("d"), reason=Reason.NEW)
    plan = guard(make(replaced, needs, needs_too, free, old), Guards(), (), {})
    assert refused(plan) == {
        "replace z/user/a": "replace",
        "create z/user/b": "replace of z/user/a",
        "create z/user/c": "replace of z/user/a of z/user/b",
        "remove z/user/a": "replace",
    }


def test_protection_refuses_its_own_address() -> None:
    plan = guard(make(remove("a", protected=True), remove("b")), Guards(), (), {})
    assert set(refused(plan)) == {"remove z/user/a"}


def test_a_contested_field_holds_its_address_and_a_waiver_is_used_once_for_it() -> None:
    finding = Finding(
        "warning", "z/user/1", "last_name was put back", guard="contested", addresses=(user(1),)
    )
    plan = make(update(1), update(2), findings=(finding,))
    judged = guard(plan, Guards(), (), {})
    assert [(v.guard, v.scope, v.addresses) for v in judged.violations] == [
        ("contested", "address", (user(1),))
    ]
    assert refused(judged) == {"update z/user/1": "contested"}
    allowed = guard(plan, Guards(), (waiver("contested", maximum=1),), {})
    assert (allowed.violations, [use.uses for use in allowed.waivers]) == ((), [1])
    assert rules(plan, None, waiver("contested", maximum=1), used={allowed.waivers[0].id: 1}) == ["contested"]


def test_what_concerns_the_record_alone_is_refused_only_with_the_binding() -> None:
    let_go = Release(address=user(1), reason=Reason.RELEASED, whole=False)
    finding = Finding(
        "warning", "z/user/1", "last_name was put back", guard="contested", addresses=(user(1),)
    )
    plan = make(let_go, update(1), findings=(finding,))
    assert refused(guard(plan, Guards(), (), {})) == {"update z/user/1": "contested"}
    bound = Finding("error", "z", "another account", guard="binding")
    assert refused(guard(make(let_go, findings=(bound,)), Guards(), (), {})) == {
        "release z/user/1": "binding"
    }
