"""Guards are monotone: less harm, more room or more excuses never make a plan more refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Change, Plan, Waiver
from reconciler.settings import Guards
from reconciler.stages.guard import guard, refused
from tests.unit.test_guard import HERE, NOW, make, remove, update

CHANGES = st.lists(
    st.one_of(st.builds(remove, st.integers(0, 30)), st.builds(update, st.integers(0, 30).map("u{}".format))),
    max_size=30,
    unique_by=lambda change: change.key,
)
FACTS = st.fixed_dictionaries({"recorded": st.integers(0, 400), "removed_24h": st.integers(0, 10)})
LIMITS = st.builds(
    Guards,
    removals_floor=st.integers(0, 10),
    removals_percent=st.integers(0, 50),
    removals_cap=st.integers(0, 20),
    updates_percent=st.integers(0, 100),
    updates_floor=st.integers(0, 20),
)
WAIVERS = st.lists(
    st.builds(
        Waiver,
        guard=st.sampled_from(["removals", "updates", "emptied"]),
        addresses=st.sampled_from(["z/user/*", "z/user/1*", "z/user/u*"]),
        until=st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days)),
        why=st.just("why"),
        maximum=st.one_of(st.none(), st.integers(1, 20)),
        where=st.just(HERE),
    ),
    max_size=3,
    unique_by=lambda waiver: waiver.id,
)


def violated(plan: Plan, limits: Guards, waivers: list[Waiver], used: dict[str, int]) -> set[str]:
    return {found.guard for found in guard(plan, limits, waivers, used).violations}


@given(CHANGES, FACTS, LIMITS, WAIVERS, st.integers(0, 5))
def test_more_room_and_more_excuses_never_refuse_more(
    changes: list[Change], facts: dict[str, Any], limits: Guards, waivers: list[Waiver], more: int
) -> None:
    plan = make(*changes, **facts)
    before = violated(plan, limits, waivers, {})
    wider = replace(
        limits,
        removals_floor=limits.removals_floor + more,
        removals_cap=limits.removals_cap + more,
        updates_floor=limits.updates_floor + more,
    )
    assert violated(plan, wider, waivers, {}) <= before
    assert before <= violated(plan, limits, [], {})
    used = {waiver.id: more for waiver in waivers}
    assert before <= violated(plan, limits, waivers, used), "a waiver used before excuses less"
    later = make(*changes, **(facts | {"removed_24h": facts["removed_24h"] + more}))
    assert before <= violated(later, limits, waivers, {})


@given(CHANGES, FACTS, LIMITS, st.integers(0, 30))
def test_fewer_removals_are_never_refused_for_more(
    changes: list[Change], facts: dict[str, Any], limits: Guards, kept: int
) -> None:
    removals = [change for change in changes if change.verb == "remove"]
    fewer = [change for change in changes if change not in removals[kept:]]
    before = violated(make(*changes, **facts), limits, [], {})
    assert violated(make(*fewer, **facts), limits, [], {}) <= before


@given(CHANGES, FACTS, LIMITS, WAIVERS)
def test_no_waiver_is_used_beyond_its_max_and_a_refused_plan_says_whom(
    changes: list[Change], facts: dict[str, Any], limits: Guards, waivers: list[Waiver]
) -> None:
    judged = guard(make(*changes, **facts), limits, waivers, {})
    for use in judged.waivers:
        assert use.maximum is None or use.used + use.uses <= use.maximum
    held = refused(judged)
    assert bool(held) <= bool(judged.violations)
    assert held.keys() <= {change.key for change in changes}
    assert all(found.addresses for found in judged.violations)
