"""A plan together with what it was made from, and how the parts become one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from reconciler.model import (
    Address,
    Binding,
    Change,
    Difference,
    Finding,
    Intent,
    Observation,
    Plan,
    Record,
    Recorded,
    State,
    Waiting,
)
from reconciler.run.workspace import (
    Campus,
    Workspace,
    capabilities_of,
    companion_settings,
    driver_names,
    driver_settings,
)
from reconciler.stages.count import count, count_host_days
from reconciler.stages.load import load
from reconciler.stages.order import order
from reconciler.stages.resolve import resolve


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
    documents = load(workspace.desired, workspace.environment)
    settings = workspace.adapt(documents.settings)
    documents = replace(documents, settings=settings)
    capabilities = capabilities_of(settings)
    desired = resolve(
        documents,
        capabilities,
        driver_settings(settings),
        companions=companion_settings(settings),
        drivers=driver_names(),
    )
    secrets = workspace.open_secrets(documents)
    return Campus(settings, desired, capabilities, secrets, documents.expectations)


def trust_sources(campus: Campus, recorded: Recorded) -> Campus:
    """Sources that changed more than they said they would are unread: nothing of theirs is removed."""
    lost = dict(campus.desired.unread)
    for expectation in campus.expectations:
        key = expectation.target, expectation.kind
        known = sum(_from(record, expectation.source, key) for record in recorded.records)
        changed = 100 * abs(known - expectation.rows) / known if known else 0
        if changed > expectation.max_change:
            lost[key] = (
                f"{expectation.source} has {expectation.rows} rows where {known} are recorded,"
                f" a change of {changed:.0f} %; max_change is {expectation.max_change:g} %"
            )
    return replace(campus, desired=replace(campus.desired, unread=lost))


def _from(record: Record, source: str, key: tuple[str, str]) -> bool:
    current = record.state is State.CURRENT and record.source == source
    return current and (record.address.target, record.address.kind) == key


def assemble(
    workspace: Workspace,
    campus: Campus,
    recorded: Recorded,
    seen: Observation,
    difference: Difference,
    selection: Selection,
    as_of: datetime,
) -> Plan:
    """The plan, ordered and counted; guards have not looked at it yet."""
    desired = campus.desired
    changes = order(_select(difference.changes, selection))
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
        findings=(*difference.findings, *_unsettled(recorded.intents)),
        hand_offs=difference.hand_offs,
        violations=(),
        waivers=(),
        facts=count(desired, recorded, seen, changes),
        host_days=count_host_days(desired, changes, campus.capabilities),
        partial=bool(selection),
    )


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
