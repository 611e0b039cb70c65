"""What the engine needs from outside: drivers and their handlers, the journal, the budget, secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from reconciler.errors import RequestError
from reconciler.model.changes import BaseChange, Change, FieldChange, Removal, Remove
from reconciler.model.meter import Meter
from reconciler.model.objects import Account, Address, Canary, Live, Page, ProbeResult
from reconciler.model.plan import Outcome, Quota
from reconciler.model.recorded import Binding, Commit, Intent, Recorded
from reconciler.resources.base import Plain, Resource, SecretRef

R = TypeVar("R", bound=Resource)


def _nothing(_: Any) -> frozenset[str]:
    return frozenset()


class Access(StrEnum):
    """What a driver can do with one field."""

    FULL = "full"  # read, and written at creation and later
    CREATE_ONLY = "create-only"  # read, fixed once made: a difference is a replace
    READ = "read"  # read, never written: a declared difference is an error
    HIDDEN = "hidden"  # written, never read back
    HIDDEN_CREATE = "hidden create-only"  # written at creation, never read back: a difference is a replace
    RELATION = "relation"  # orders and checks, never sent and never compared


class Unique(StrEnum):
    """Whether the vendor refuses a second object with the same natural key."""

    SERVER = "server"
    NONE = "none"


class Prefix(StrEnum):
    """Where the `custom_` comes from with which custom parameters arrive at a launch (LTI 1.1)."""

    UNKNOWN = ""
    ADDED = "added"  # the system puts it before each name
    WRITTEN = "written"  # names are sent as they stand, so it is part of each


class Lists(StrEnum):
    """Whether a kind can be listed whole, or only read by keys."""

    ALL = "all"
    KEYED = "keyed"


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """A key people would tell two objects apart by. `of(name, resource)` is normalised; "" means none.

    `resource` holds remote ids in its references; `Live.keys` holds the same key under the same `name`.
    """

    name: str
    of: Callable[[str, Any], str]


@dataclass(frozen=True, slots=True)
class Apart:
    """Values of fields that the vendor never keeps together; `why` says what it makes of them.

    `wins`: the field that keeps its value as long as it has it, so that the others are not taken meanwhile.
    """

    values: Mapping[str, Plain]
    why: str
    wins: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """The one declaration per driver and kind that validate, docs, diff and tests read.

    `verbs` of create, update, disable, delete; a change whose verb is missing becomes a hand-off on `page`.
    `visible_after`: seconds after which a finished write must show in a reading.
    `names`: where the vendor fixes which objects there are, each with the types its fields take.
    `enters(resource)`: what a person types for it on `page`, by field, where that is not what is declared.
    `by_setting`: verbs left to a person by a value of a target's setting, `{(setting, value): verbs}`.
    `canary`: the first ones are made alone and looked at; its `by` is recorded of each object we make.
    `tells_courses`: values of `privacy` with which launches bring the platform's own id of their course,
    empty where that is not known to depend on it.
    """

    kind: str
    verbs: frozenset[str]
    fields: Mapping[str, Access]
    required: frozenset[str] = frozenset()  # must be declared for a create
    unique: Unique = Unique.SERVER
    natural_keys: tuple[NaturalKey, ...] = ()
    lists: Lists = Lists.ALL
    visible_after: float = 0.0
    idempotent: frozenset[str] = frozenset()  # verbs that may be sent again after an uncertain end
    follows: Callable[[Any], frozenset[str]] = (
        _nothing  # declared fields a create cannot carry: an update step
    )
    derived_id: bool = False  # the vendor gives no id; it is composed from the body
    units: frozenset[str] = frozenset()  # fields the vendor replaces whole
    batch: int = 0  # create_many takes at most this many; 0: no create_many
    page: Page | None = None
    loses: Mapping[str, str] = field(default_factory=dict)  # per removal, "replace" or field: what goes
    apart: tuple[Apart, ...] = ()
    names: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quota: Quota | None = None
    enters: Callable[[Any], Mapping[str, Plain]] | None = None
    by_setting: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    proves: frozenset[str] = frozenset()  # fields that a probe shows to be as declared, or not
    canary: Canary | None = None
    prefix: Prefix = Prefix.UNKNOWN  # of the names of `custom_parameters`
    tells_courses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted(Generic[R]):
    """One resource to read: its address, recorded remote id ("" if none), references as remote ids.

    A reference whose object does not exist yet is "" in `resource`.
    """

    address: Address
    remote_id: str
    resource: R


@dataclass(frozen=True, slots=True)
class Scope(Generic[R]):
    """What to read. `whole`: list everything the vendor has, and details of `wanted`; else only `wanted`."""

    wanted: tuple[Wanted[R], ...]
    whole: bool = True


class Handler(Protocol[R]):
    """Translates one kind for one driver. It does not diff, order, retry, log or record."""

    capability: Capability

    def read(self, scope: Scope[R]) -> Iterable[Live[R]]:
        """Every object asked for; must end normally only if complete, else raise. Must not write.

        An object that is not there is left out. Raises IncompleteReading, RequestError, NotReady.
        """

    def create(self, desired: Wanted[R]) -> str:
        """Make exactly one write and return the remote id ("" if the vendor gives none, as `derived_id`)."""

    def update(self, live: Live[R], desired: Wanted[R], fields: Sequence[FieldChange]) -> None:
        """Change only `fields`. `added` and `removed` of a collection hold remote ids."""

    def remove(self, live: Live[R], how: Removal) -> None:
        """Disable or delete; an object already gone is success."""


@runtime_checkable
class Finds(Protocol):
    """A handler that can look for what an open create intent may have made; a must for `Unique.NONE`."""

    def find(self, intent: Intent) -> Sequence[Live[Any]]:
        """Every live object that this intent's body could have made. Must not write."""


@runtime_checkable
class CreatesMany(Protocol):
    """A handler that creates several resources in one request, `Capability.batch` at most."""

    def create_many(self, desired: Sequence[Wanted[Any]]) -> Sequence[str | RequestError]:
        """A remote id or the row's own error per resource, in order; raises if the whole request failed."""


@runtime_checkable
class Probes(Protocol):
    """A handler that can prove a credential by using it."""

    def probe(self, desired: Wanted[Any]) -> ProbeResult:
        """Use the credential once, without writing."""


@runtime_checkable
class Admits(Protocol):
    """A driver whose vendor tells what a credential may do."""

    def lacking(self) -> Mapping[str, str]:
        """Scopes the credential has not, each with an operation that needs it; empty if it is not told."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What an exploration goes by: what was `found` before, by kind, and which ids are `known` already.

    `hosts` says whose things are looked for where that takes a request per person. `shown` are fields to be
    told even where they are as the vendor makes them: the target has other defaults for them.
    """

    found: Mapping[str, Sequence[Live[Any]]]
    known: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    hosts: Literal["all", "licensed"] = "all"


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Something live that adopt does not write down, and why; `label` is the vendor's text."""

    label: str
    why: str


class Journal(Protocol):
    """Writes intents before requests and closes them after; bound to one change by the engine."""

    def sending(
        self, operation: str, parameters: Mapping[str, Plain], body: Plain, elements: Sequence[str]
    ) -> int:
        """Check token and remaining lease and commit the intent, in one transaction; returns its id.

        `elements` are those the request adds to a collection.

        Raises LedgerLocked if the lease is lost or too short for the request's deadline.
        """

    def answered(self, intent: int, state: str) -> None:
        """Note how the request ended: answered, refused, uncertain, or unsent (never arrived)."""


class Lease(Protocol):
    """One run's hold on one target; its fencing token goes into every intent."""

    token: int

    def keep(self) -> None:
        """Renew it in good time, however long nothing is written; LedgerLocked if it is lost."""

    def release(self) -> None:
        """Give the target back; harmless if already lost."""


class Ledger(Protocol):
    """What this environment recorded; every method is one transaction."""

    def read(self) -> Recorded:
        """Everything a plan needs."""

    def lease(self, target: str, run: str) -> Lease:
        """Take the target; raises LedgerLocked naming holder and expiry. Renewed by every write."""

    def journal(
        self, lease: Lease, run: str, changes: Sequence[BaseChange], attempt: int, verb: str = ""
    ) -> Journal:
        """A journal bound to these changes (several only for a batch), numbering its steps from 1.

        `verb` is that of its intents where it is not the changes' own: a create is followed by an update.
        """

    def bind(self, binding: Binding) -> None:
        """Bind on first contact; raises BindingMismatch if bound otherwise."""

    def commit(self, run: str, commit: Commit, lease: Lease | None = None) -> None:
        """Write it whole; with a lease, only while that lease is held (LedgerLocked otherwise)."""

    def open_intents(self, target: str, among: Iterable[Address] | None = None) -> Sequence[Intent]:
        """Those in state sending, uncertain or answered, oldest first; `among`: about no other address."""


class Recorder(Protocol):
    """Writes what an apply achieves to the ledger; every method is one atomic commit."""

    def made(self, done: Sequence[tuple[Change, Wanted[Any], str]]) -> None:
        """New objects with their remote ids."""

    def adopted(self, change: Change, wanted: Wanted[Any], live: Live[Any]) -> None:
        """An existing object taken over."""

    def confirmed(
        self,
        outcome: Outcome,
        wanted: Wanted[Any],
        live: Live[Any] | None,
        added: Mapping[str, frozenset[str]],
    ) -> None:
        """The outcome of a change that was sent, with what reads back."""

    def removed(self, outcome: Outcome, change: Remove) -> None:
        """The outcome of a removal."""

    def ended(self, outcome: Outcome) -> None:
        """Any other outcome."""


class Budget(Protocol):
    """Daily quotas, shared with people and with earlier runs."""

    def blocked(self, target: str, operation: str, owner: str) -> datetime | None:
        """When the exhausted quota of `owner` ("" for the account) resets; None if there is room."""

    def spend(self, target: str, operation: str, owner: str) -> None:
        """Count one write, on the current UTC day."""

    def spent(self, target: str, operation: str, owner: str) -> int:
        """How many writes were counted on the current UTC day."""

    def exhaust(self, target: str, operation: str, owner: str, until: datetime) -> None:
        """The vendor says it is used up."""


class Secrets(Protocol):
    """Resolves references, for allowed origins only."""

    def reveal(self, ref: SecretRef, origin: str) -> str:
        """The value, to be sent to `origin`. Raises OriginRefused before resolving, or SecretUnavailable."""

    def allows(self, origin: str) -> bool:
        """Whether `origin` is among the allowed ones: no other is contacted, with or without a secret."""

    def fingerprint(self, ref: SecretRef) -> str | None:
        """A keyed digest of the value, or None where value or key cannot be resolved."""

    def derive(self, ref: SecretRef, purpose: str) -> bytes:
        """A key of 32 bytes for this purpose. Raises SecretUnavailable; ReconcilerError if it is short."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a driver gets when a run opens it.

    `settings` are the target's own, checked against the driver's declared ones. `companions` are the accounts
    of other targets by name. `resources` are this target's desired resources. `planning` forbids writes.
    `meter` is told of every request. Files that settings name lie below `folder`.
    """

    target: str
    settings: Mapping[str, str | SecretRef]
    secrets: Secrets
    budget: Budget
    companions: Mapping[str, Account]
    resources: Mapping[Address, Resource]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    planning: bool
    meter: Meter = field(default_factory=Meter)
    folder: Path = Path()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting a driver takes: required or with a default; `secret` ones must be references."""

    name: str
    required: bool = False
    default: str = ""
    secret: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    check: Callable[[str], object] | None = None  # raises ValueError saying what is wrong with a text


class Driver(Protocol):
    """One system. A driver module offers `DRIVER`, a class of this shape, to be found by scanning."""

    name: str
    settings: tuple[Setting, ...]
    origins: frozenset[str]  # the vendor's own, allowed without being listed
    capabilities: Mapping[str, Capability]
    companion: str  # the setting that names another target whose account this one shares, "" if none

    def __init__(self, opening: Opening) -> None:
        """Makes no request."""

    def whoami(self) -> Account:
        """Whose account this is, as the vendor says. Raises RequestError."""

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """One per capability, by kind."""

    def bind(self, journal: Journal | None) -> None:
        """Writes from now on are journalled here; None allows none."""

    def requests(self) -> Mapping[str, int]:
        """Requests made so far, per operation."""

    def close(self) -> None:
        """Release connections."""
