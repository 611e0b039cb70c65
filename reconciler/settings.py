"""`reconciler.yaml` as values: targets, guards, schedule; read and checked by the load stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.errors import Where
from reconciler.resources.base import SecretRef
from reconciler.secrets import normalise_origin

POLICIES = ("observe", "auto")
"""What the daemon may do by itself."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the daemon runs: `every` seconds or a five-field `cron`, plus `jitter` seconds at random."""

    every: int | None = None
    cron: str = ""
    jitter: int = 0
    windows: tuple[str, ...] = ()  # "mon-fri 06:00-22:00", local time of the machine; empty: always
    freeze: tuple[str, ...] = ()  # "2026-12-07/2026-12-18", both days inclusive


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One configured live system. `values` are its driver's own settings, secrets as references."""

    name: str
    driver: str
    values: Mapping[str, str | SecretRef]
    where: Where
    policy: str = "observe"
    prune: frozenset[str] = frozenset()
    defaults: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # by kind
    schedule: Schedule | None = None  # None: the general one

    @property
    def origin(self) -> str:
        """Where its `base_url` says that it is, which every driver takes; "" where that is not written."""
        written = self.values.get("base_url")
        return normalise_origin(written) if isinstance(written, str) else ""


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits of the guards: removals per target and kind in 24 hours, updates per plan, seats per licence."""

    removals_floor: int = 3
    removals_percent: float = 2.0
    removals_cap: int = 250
    updates_percent: float = 30.0
    updates_floor: int = 10
    seats: Mapping[str, int] = field(default_factory=dict)

    def removals_allowed(self, recorded: int) -> int:
        """How many of `recorded` objects may be removed within 24 hours."""
        return min(self.removals_cap, max(self.removals_floor, int(recorded * self.removals_percent / 100)))


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `reconciler.yaml`."""

    targets: Mapping[str, TargetSettings]
    guards: Guards = Guards()
    schedule: Schedule = Schedule(every=900)
    fingerprint_key: SecretRef | None = None
    snapshot_key: SecretRef | None = None  # seals what `state snapshot` writes
    secrets_root: str = ""  # the one folder below which ${file:...} may point, relative to the desired folder
    attestation_days: int = 180
