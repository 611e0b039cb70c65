"""A plan together with what it was made from, and how the parts become one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from reconciler.model import (
    NO_TARGET,
    Address,
    Binding,
    Budget,
    Change,
    Declared,
    Difference,
    Expectation,
    Finding,
    Intent,
    Observation,
    Plan,
    Quota,
    Recorded,
    State,
    Waiting,
)
from reconciler.resources.base import field_rules, kinds
from reconciler.resources.user import LICENSED
from reconciler.run.workspace import (
    Campus,
    Workspace,
    capabilities_of,
    companion_settings,
    driver_names,
    driver_settings,
)
from reconciler.settings import Settings
from reconciler.stages.count import count, count_host_days, frees_seats
from reconciler.stages.load import load
from reconciler.stages.order import order
from reconciler.stages.resolve import resolve
from reconciler.stages.rotate import hold

SNAPSHOT_FRESH = timedelta(hours=24)
"""A plan against an older snapshot says so."""


@dataclass(frozen=True)
class Selection:
    """Narrows a plan: targets by name, addresses by a glob; empty is everything."""

    targets: tuple[str, ...] = ()
    only: str = ""

    def __bool__(self) -> bool:
        return bool(self.targets or self.only)

    def covers(self, target: str) -> bool:
        """Whether anything of a target is selected."""
        return not self.targets or target in self.targets

    def takes(self, address: Address) -> bool:
        """Whether an address is selected."""
        return self.covers(address.target) and (not self.only or fnmatchcase(str(address), self.only))


@dataclass(frozen=True)
class Proposal:
    """A plan with what it was made from; apply needs all of it. `requests` counts them per target."""

    plan: Plan
    campus: Campus
    recorded: Recorded
    seen: Observation
    selection: Selection
    requests: Mapping[str, Mapping[str, int]]


def read_campus(workspace: Workspace) -> Campus:
    """load and resolve: raises ConfigError with every problem in every file; contacts nothing."""
    written = load(workspace.desired, workspace.environment)
    documents = workspace.adapt(written)
    settings = documents.settings
    capabilities = capabilities_of(settings, workspace.desired)
    desired = resolve(
        documents,
        capabilities,
        driver_settings(settings),
        companions=companion_settings(settings),
        drivers=driver_names(),
        written=written.settings,
    )
    secrets = workspace.open_secrets(documents)
    return Campus(settings, desired, capabilities, secrets, documents.expectations)


def trust_sources(campus: Campus, recorded: Recorded) -> Campus:
    """Sources that changed more than they said they would are unread: nothing of theirs is removed.

    Neither is what follows from the entries of an unread source, such as the links of its meetings.
    """
    lost = dict(campus.desired.unread)
    for expectation in campus.expectations:
        known, rows = _compare_rows(expectation, campus.desired, recorded)
        changed = 100 * abs(known - rows) / known if known else 0
        if changed > expectation.max_change:
            lost[expectation.target, expectation.kind] = (
                f"{expectation.source} has {rows} rows where {known} are recorded,"
                f" a change of {changed:.0f} %; max_change is {expectation.max_change:g} %"
            )
    lost |= _follow(campus.settings, lost)
    return replace(campus, desired=replace(campus.desired, unread=lost))


def as_held(campus: Campus, recorded: Recorded) -> Campus:
    """The campus with every tool's credential as it was last given, while one gives way to another."""
    desired, settings = hold(campus.desired, campus.settings, recorded, campus.secrets.fingerprint)
    return replace(campus, desired=desired, settings=settings)


def _compare_rows(expectation: Expectation, desired: Declared, recorded: Recorded) -> tuple[int, int]:
    """How many names are recorded as a source's, and how many it names now.

    Names recorded as another source's do not count, for that one answers for them, nor do ended ones.
    """
    key, source = (expectation.target, expectation.kind), expectation.source
    owners: dict[str, str] = {}
    ended = set()
    for record in recorded.records:
        if record.address[:2] == key and record.state is State.CURRENT:
            owners[_entry_name(record.address)] = record.source
        elif record.address[:2] == key and record.state is State.ENDED:
            ended.add(_entry_name(record.address))
    named = {
        _entry_name(address)
        for address, item in desired.resources.items()
        if address[:2] == key and source in (item.source, *item.also)
        if not item.lifecycle.release or _entry_name(address) in owners
    }
    mine = sum(owners[name] in ("", source) if name in owners else name not in ended for name in named)
    return sum(owner == source for owner in owners.values()), mine


def _entry_name(address: Address) -> str:
    """The name of the entry an address came from: a family's members share it."""
    return address.name.partition("/")[0]


def _follow(settings: Settings, lost: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Kinds whose objects follow from the entries of an unread one, or name one that has no target.

    They follow in the targets that share its account.
    """
    companions = companion_settings(settings)
    followers = {name: made for name, made in kinds().items() if made.follows}
    return {
        (name, follower): why
        for (target, kind), why in lost.items()
        for follower, made in followers.items()
        if kind in (made.follows, *(rule.reference for rule in field_rules(made).values()))
        for name, setting in companions.items()
        if target == NO_TARGET
        or made.follows == kind
        and settings.targets[name].values.get(setting) == target
    }


def assemble(
    workspace: Workspace,
    campus: Campus,
    recorded: Recorded,
    seen: Observation,
    difference: Difference,
    selection: Selection,
    as_of: datetime,
    budget: Budget | None,
) -> Plan:
    """The plan, ordered and counted; guards have not looked at it yet."""
    desired = campus.desired
    selected = _select(difference.changes, selection)
    changes = order(selected, frees_seats(selected, seen, campus.settings.guards.seats.get(LICENSED)))
    accounts = sorted(seen.accounts.items())
    return Plan(
        environment=workspace.environment,
        created=workspace.clock(),
        as_of=as_of,
        ledger=recorded.stamp,
        bindings=tuple(Binding(t, a.driver, a.origin, a.account) for t, a in accounts),
        files=desired.files,
        changes=changes if recorded.stamp else tuple(c for c in changes if c.verb != "remove"),
        statuses=difference.statuses,
        drift=difference.drift,
        findings=(*difference.findings, *_unsettled(recorded.intents), *_aged(workspace)),
        hand_offs=difference.hand_offs,
        violations=(),
        waivers=(),
        facts=count(desired, recorded, seen, changes),
        host_days=count_host_days(
            desired, seen, changes, campus.capabilities, _spender(campus, seen, budget), as_of
        ),
        snapshot=workspace.snapshot.taken if workspace.snapshot else None,
        partial=bool(selection),
    )


def _spender(
    campus: Campus, seen: Observation, budget: Budget | None
) -> Callable[[str, Quota, Address], tuple[int, int]]:
    """Per target, quota and person: how many a day are left to people, and how many today has used."""
    settings = driver_settings(campus.settings)

    def spent(target: str, quota: Quota, owner: Address) -> tuple[int, int]:
        default = next(item.default for item in settings[target] if item.name == quota.reserve)
        reserve = str(campus.settings.targets[target].values.get(quota.reserve, default))
        match = seen.matches.get(owner)
        known = match.live.remote_id if match and match.live else ""
        if budget is None or not known:
            used = 0
        elif budget.blocked(target, quota.name, known):
            used = quota.limit
        else:
            used = budget.spent(target, quota.name, known)
        return int(reserve) if reserve.isdecimal() else 0, used

    return spent


def _select(changes: Iterable[Change], selection: Selection) -> list[Change]:
    """The selected changes; one that needs a change left out waits for it."""
    changes = list(changes)
    if not selection:
        return changes
    left_out = {change.address for change in changes if not selection.takes(change.address)}
    return [_held(change, left_out) for change in changes if change.address not in left_out]


def _held(change: Change, left_out: set[Address]) -> Change:
    missing = [address for address in change.after if address in left_out]
    waits = tuple(Waiting(str(address), "it is not part of this selection") for address in missing)
    return replace(change, waiting=(*change.waiting, *waits)) if waits else change


def _aged(workspace: Workspace) -> list[Finding]:
    """A snapshot is as good as it is new: an old one is warned of, and left to the reader's judgement."""
    taken = workspace.snapshot.taken if workspace.snapshot else workspace.clock()
    if workspace.clock() - taken <= SNAPSHOT_FRESH:
        return []
    text = f"it is from {taken:%Y-%m-%d %H:%M} UTC, over 24 hours old: much may have changed since"
    return [Finding("warning", "snapshot", text, _RENEW)]


_RENEW = "take a new one where the credentials are: reconciler state snapshot --out FILE"


def _unsettled(intents: Iterable[Intent]) -> list[Finding]:
    return [
        Finding(
            "warning",
            str(intent.addresses[0]),
            f"a {intent.verb} of {intent.at:%Y-%m-%d %H:%M} has no known end ({intent.operation})",
            "apply settles it before it writes anything",
        )
        for intent in intents
    ]
