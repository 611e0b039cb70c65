"""What one invocation works with: folders, environment, ledger, clock, secrets; how targets are opened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from reconciler.drivers.base import drivers as find_drivers
from reconciler.errors import ConfigError, Problem, ReconcilerError, Where
from reconciler.ledger import MemoryBudget, SqliteLedger, open_ledger
from reconciler.model import (
    Account,
    Address,
    Budget,
    Capability,
    Declared,
    Documents,
    Driver,
    Expectation,
    Opening,
    Recorded,
    Secrets,
    Setting,
)
from reconciler.model.abilities import capabilities_for
from reconciler.model.meter import Meter
from reconciler.resources.base import Resource, kinds
from reconciler.secrets import SecretStore
from reconciler.settings import Settings, TargetSettings


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class Frozen(Protocol):
    """Live systems and ledger as they were at one moment."""

    @property
    def taken(self) -> datetime:
        """That moment."""

    def read(self) -> Recorded:
        """What was recorded."""

    def budget(self) -> Budget:
        """What was used of quotas since, as far as that is known."""

    def open(self, driver: str, opening: Opening) -> Driver:
        """A driver by this name that answers from what was read then."""


@dataclass(frozen=True)
class Workspace:
    """One desired folder with one environment's ledger. `adapt` may replace targets (the sandbox does).

    `secrets` None resolves references for real, from `environ`. An apply asks `stopping` before each change.
    `snapshot` stands for every target and for the ledger: a plan then contacts nothing.
    """

    desired: Path
    environment: str = "default"
    state: Path = Path("state")
    clock: Callable[[], datetime] = now
    sleep: Callable[[float], None] = time.sleep
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    adapt: Callable[[Documents], Documents] = lambda documents: documents
    secrets: Secrets | None = None
    stopping: Callable[[], bool] = lambda: False
    meter: Meter = field(default_factory=Meter)
    snapshot: Frozen | None = None

    @property
    def ledger_path(self) -> Path:
        """Where this environment's ledger is."""
        return self.state / f"{self.environment}.db"

    @contextmanager
    def ledger(self, *, create: bool = False, readonly: bool = False) -> Iterator[SqliteLedger]:
        """The ledger, closed after; LedgerError if it is missing and not to be created."""
        opened = open_ledger(
            self.ledger_path,
            environment=self.environment,
            clock=self.clock,
            create=create,
            readonly=readonly,
        )
        with opened:
            yield opened

    def open_secrets(self, documents: Documents) -> Secrets:
        """The store that resolves this run's references, for the drivers' own origins and the listed ones."""
        if self.secrets is not None:
            return self.secrets
        root = documents.settings.secrets_root
        own = {origin for driver in find_drivers().values() for origin in driver.origins}
        return SecretStore(
            environment=self.environ,
            root=self.desired / root if root else None,
            key=documents.settings.fingerprint_key,
            origins=own,
        )


def capabilities_of(settings: Settings, folder: Path) -> dict[str, Mapping[str, Capability]]:
    """What each target's driver can do, by target and kind; targets of unknown drivers are left out.

    Files that settings name lie below `folder`. Raises ConfigError with every fault of such files.
    """
    known, faults = find_drivers(), list[Problem]()
    found: dict[str, Mapping[str, Capability]] = {}
    for t in settings.targets.values():
        if t.driver not in known:
            continue
        try:
            able = capabilities_for(known[t.driver], t.values, folder)
        except ConfigError as error:
            # What the target's own setting is at fault for stands where the target does.
            own = Where(t.where.file)
            faults += [replace(p, where=t.where) if p.where == own else p for p in error.problems]
        else:
            found[t.name] = {kind: _left(made, t) for kind, made in able.items()}
    if faults:
        raise ConfigError(dict.fromkeys(faults))
    return found


def _left(capability: Capability, target: TargetSettings) -> Capability:
    """The capability without the verbs that the target's settings leave to a person."""
    by_hand = [
        verbs for (name, value), verbs in capability.by_setting.items() if target.values.get(name) == value
    ]
    return replace(capability, verbs=capability.verbs.difference(*by_hand)) if by_hand else capability


def driver_settings(settings: Settings) -> dict[str, tuple[Setting, ...]]:
    """The settings each target's driver takes; targets of unknown drivers are left out."""
    known = find_drivers()
    return {t.name: known[t.driver].settings for t in settings.targets.values() if t.driver in known}


def companion_settings(settings: Settings) -> dict[str, str]:
    """By target, the setting that names the target it shares an account with; "" for none."""
    known = find_drivers()
    return {t.name: known[t.driver].companion for t in settings.targets.values() if t.driver in known}


def driver_names() -> frozenset[str]:
    """The drivers there are."""
    return frozenset(find_drivers())


@dataclass(frozen=True)
class Campus:
    """Files, read and checked: what is declared, how it is configured, what drivers can do with it."""

    settings: Settings
    desired: Declared
    capabilities: Mapping[str, Mapping[str, Capability]]
    secrets: Secrets
    expectations: tuple[Expectation, ...] = ()


@dataclass
class Targets:
    """Opened drivers with the accounts they answered for; `unreachable` says why one is missing."""

    drivers: dict[str, Driver] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)


@contextmanager
def open_targets(
    workspace: Workspace,
    campus: Campus,
    budget: Budget | None,
    covers: Callable[[str], bool],
    *,
    planning: bool,
    accounts: Mapping[str, Account] | None = None,
) -> Iterator[Targets]:
    """Open the targets that `covers` takes, and ask those they share an account with who they are.

    With `accounts` given, nobody is asked again. Closed after.
    """
    found = Targets()
    with ExitStack() as stack:
        for target in _companions_first(campus, covers):
            opening = Opening(
                target=target.name,
                settings=target.values,
                secrets=campus.secrets,
                budget=budget or MemoryBudget(workspace.clock),
                companions=dict(accounts or found.accounts),
                resources=_resources(campus.desired, target.name),
                clock=workspace.clock,
                sleep=workspace.sleep,
                planning=planning,
                meter=workspace.meter,
                folder=workspace.desired,
            )
            try:
                frozen = workspace.snapshot
                driver = (
                    frozen.open(target.driver, opening) if frozen else find_drivers()[target.driver](opening)
                )
                stack.callback(driver.close)
                known = accounts.get(target.name) if accounts else None
                found.accounts[target.name] = known or driver.whoami()
                if covers(target.name):
                    found.drivers[target.name] = driver
            except ReconcilerError as error:
                found.unreachable[target.name] = str(error)
        yield found


def _resources(desired: Declared, target: str) -> dict[Address, Resource]:
    return {a: item.resource for a, item in desired.resources.items() if a.target == target}


def _companions_first(campus: Campus, covers: Callable[[str], bool]) -> list[TargetSettings]:
    """The covered targets after the companions they name, and after those that resources of theirs name."""
    targets, known = campus.settings.targets, companion_settings(campus.settings)
    named = {t.name: {str(t.values.get(known.get(t.name, ""), ""))} - {""} for t in targets.values()}
    for address, item in campus.desired.resources.items():
        for name in type(item.resource).names_targets:
            named[address.target].add(str(getattr(item.resource, name)))
    wanted = {name for name in named if covers(name)}
    wanted |= {other for name in wanted for other in named[name] if other in targets}
    naming = {name for name, kind in kinds().items() if kind.names_targets}
    later = {target for target, offered in campus.capabilities.items() if naming & offered.keys()}
    ordered = sorted(wanted, key=lambda name: (bool(named[name]) or name in later, name))
    return [targets[name] for name in ordered]
