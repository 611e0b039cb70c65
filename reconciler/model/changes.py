"""Changes as values: what would be done to one address, to which fields, why, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reconciler.errors import Where
from reconciler.model.objects import Address
from reconciler.resources.base import Plain


class Removal(StrEnum):
    """How an object is taken away."""

    DISABLE = "disable"
    DELETE = "delete"


class Reason(StrEnum):
    """Why a change is there."""

    NEW = "declared new"
    EDITED = "changed in Git"
    DRIFTED = "drifted"
    UNDECLARED = "no longer declared"
    GONE = "gone from the live system"
    RETURNED = "returned"
    FOUND = "already exists"
    SUPERSEDED = "superseded by its replacement"
    RENAMED = "renamed"
    RELEASED = "released"
    ROTATED = "its credential gives way"
    DOUBTED = "to be confirmed again"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not sent yet: `element` of a collection ("" for the whole change), on which address, why."""

    on: str
    why: str
    element: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's difference. Elements are addresses where known, else what the vendor calls them.

    `before` and `after` are comparable values; a secret shows as fingerprints. `recorded` is what we last
    knew. `added` and `removed` are set for collections; a waiting element is in neither. Of a released field
    both are the value it keeps, and `field` may be a path into it (`tracking_fields.Department`).
    """

    field: str
    before: Plain
    after: Plain
    reason: Reason
    where: Where | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    falls: bool = False  # a licence or role downgrade, a person disabled


@dataclass(frozen=True, slots=True)
class HandOffRef:
    """The hand-off a change is part of: its id `target/page/credential` and why a person is needed."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseChange:
    """What every change carries. `after` are addresses of this plan that must be done first."""

    verb: ClassVar[str]
    address: Address
    reason: Reason
    label: str = ""
    remote_id: str = ""
    where: Where | None = None
    fields: tuple[FieldChange, ...] = ()
    after: tuple[Address, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    hand_off: HandOffRef | None = None
    note: str = ""  # what breaks, what is lost: shown, never acted on

    @property
    def key(self) -> str:
        """Unique in a plan."""
        return f"{self.verb} {self.address}" + (f" by hand {self.hand_off.id}" if self.hand_off else "")

    @property
    def removals(self) -> int:
        """What the guards count: downgrades and elements taken from collections."""
        return sum(item.falls + len(item.removed) for item in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(BaseChange):
    """Make an object that does not exist; `fields` holds every declared field."""

    verb: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(BaseChange):
    """Change fields of an existing object."""

    verb: ClassVar[str] = "update"
    owner: bool = False  # the account's owner or the credential's own user


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(BaseChange):
    """Make a successor; `remote_id` is the old object's, removed by a Remove of incarnation `number`."""

    verb: ClassVar[str] = "replace"
    allowed: bool = False  # `lifecycle.allow_replace`
    protected: bool = False

    @property
    def removals(self) -> int:
        """The old object goes."""
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(BaseChange):
    """Take an object away: `how` is disable or delete; `number` is the recorded incarnation."""

    verb: ClassVar[str] = "remove"
    how: Removal
    number: int
    protected: bool = False
    owner: bool = False  # the last owner or the credential's own user

    @property
    def removals(self) -> int:
        """One, unless its replacement was counted already."""
        return int(self.reason is not Reason.SUPERSEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(BaseChange):
    """Take over an existing object, and change the fields that differ; `matched` says why this one."""

    verb: ClassVar[str] = "adopt"
    matched: str
    owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(BaseChange):
    """Move record and history from `previous` to `address`; no vendor call."""

    verb: ClassVar[str] = "rename"
    previous: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(BaseChange):
    """Drop the record of incarnation `number`, whose object is gone or no longer ours; no vendor call."""

    verb: ClassVar[str] = "forget"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(BaseChange):
    """Let go of an object (`whole`: its record is dropped) or of `fields` of it that are no longer declared.

    No vendor call: `fields` hold what it keeps.
    """

    verb: ClassVar[str] = "release"
    whole: bool


Change = Create | Update | Replace | Remove | Adopt | Rename | Release | Forget
CHANGES: Mapping[str, type[Change]] = {
    kind.verb: kind for kind in (Create, Update, Replace, Remove, Adopt, Rename, Release, Forget)
}
"""By verb, in the order in which reports count them."""

RecordOnly = Rename | Release | Forget
"""Changes that only the ledger sees: nothing is sent for them."""
