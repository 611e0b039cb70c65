"""What is declared, what is live and what is recorded: addresses, desired and live objects, records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from reconciler.errors import Where
from reconciler.resources.base import Lifecycle, Resource

R_co = TypeVar("R_co", bound=Resource, covariant=True)

NO_TARGET = "-"
"""The target of kinds without a live counterpart."""


class Address(NamedTuple):
    """The whole id of one resource: `target/kind/name`; a name may itself contain slashes (`bio101/1`)."""

    target: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.target}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `target/kind/name`; ValueError if it is not one."""
        target, kind, name = text.split("/", 2)
        return cls(target, kind, name)


@dataclass(frozen=True, slots=True)
class Desired(Generic[R_co]):
    """One resource as written down; references in `resource` hold addresses as text."""

    address: Address
    resource: R_co
    lifecycle: Lifecycle
    where: Where
    fields_where: Mapping[str, Where]
    source: str = ""  # "" for an entry, else the source's name (a CSV file)
    family: str = ""  # the declared name that expanded into this one, "" if none
    also: tuple[str, ...] = ()  # further sources that name it, of lower precedence

    def place(self, name: str) -> Where:
        """Where a field was written, else where the entry was."""
        return self.fields_where.get(name, self.where)


@dataclass(frozen=True, slots=True)
class Condition:
    """A state only somebody else can end (an invitation not accepted); `blocks` means not done for others."""

    code: str
    text: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Live(Generic[R_co]):
    """One object as the vendor has it. `resource` holds what was read, everything else OMITTED.

    References in `resource` hold remote ids, or natural keys (an e-mail) where the vendor gives no id.
    `remote_id` may be empty (pending people). `keys` are the values of the kind's natural keys, normalised.
    `unknown` are fields that the vendor does not tell as the object stands now: no difference, no drift.
    """

    remote_id: str
    resource: R_co
    keys: Mapping[str, str]
    label: str
    conditions: tuple[Condition, ...] = ()
    owner: bool = False  # the account's owner or the credential's own user
    created: datetime | None = None
    unknown: frozenset[str] = frozenset()

    @property
    def identity(self) -> str:
        """The id, or the first natural key of what has none (pending people)."""
        return self.remote_id or next(iter(self.keys.values()), "")

    @property
    def blocked(self) -> Condition | None:
        """The condition that makes this object count as not done, if any."""
        return next((condition for condition in self.conditions if condition.blocks), None)


@dataclass(frozen=True, slots=True)
class Seats:
    """Licences of an account: `total` None where only the used ones can be read."""

    used: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file a page takes: per column, as the vendor heads it, our field; at most `rows` in one file."""

    name: str
    columns: Mapping[str, str]
    rows: int


@dataclass(frozen=True, slots=True)
class Page:
    """A console page for what no API can do: its id, title and click path, and CSV shape if it takes one.

    `tells` says per field what it is on the page; shown where the field has to be entered. `away` is the way
    where all there is to do is to take things off; none if that is the same.
    """

    id: str
    title: str
    steps: tuple[str, ...]
    tells: Mapping[str, str] = field(default_factory=dict)
    sheet: Sheet | None = None
    away: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Canary:
    """The first `most` objects made with what `by` refers to; a person looks at them before the rest.

    They differ in `apart` as far as there are objects to choose from. `page` says how to look, `shows` which
    fields tell what to look for.
    """

    most: int
    by: str
    apart: str
    shows: tuple[str, ...]
    page: Page

    def word(self, target: str, name: str) -> Address:
        """Where somebody's word on the first ones made with `name` stands; as text, the hand-off's id."""
        return Address(target, self.page.id, name)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A rule read from the account: `field` can be changed by API only to e-mails in `domains`."""

    field: str
    domains: frozenset[str]
    page: Page
    why: str


@dataclass(frozen=True, slots=True)
class Twins:
    """Live objects that look like one and the same: their remote ids (or first natural keys), and by what."""

    ids: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What a handler learned of the account while it read a kind whole; what it was not told is empty."""

    seats: Seats | None = None
    by_hand: tuple[ByHand, ...] = ()
    twins: tuple[Twins, ...] = ()
    creates_a_day: int | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """What is known of a wanted object that no listing shows, and what to do about it.

    `held`: a create would be refused, so it is not sent. `lapsed`: it only ran out, and is made again.
    """

    text: str
    remedy: str = ""
    held: bool = False
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with an object that is deleted; `held` says why the vendor would refuse to delete it.

    `used` says what uses it still: as long as something does, it stays.
    """

    text: str
    held: str = ""
    remedy: str = ""
    used: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A complete reading of one kind of one target; `proof` says how completeness is known."""

    target: str
    kind: str
    items: tuple[Live[Resource], ...]
    proof: str
    seats: Seats | None = None
    by_hand: tuple[ByHand, ...] = ()
    twins: tuple[Twins, ...] = ()
    creates_a_day: int | None = None
    remarks: tuple[str, ...] = ()  # what somebody should know of the whole, whatever is declared


@dataclass(frozen=True, slots=True)
class Unread:
    """A kind that could not be read: nothing of it is created or removed. `waits_on` names an address."""

    target: str
    kind: str
    reason: str
    waits_on: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a target is, as the vendor says; `user_id` is the credential's own user."""

    driver: str
    origin: str
    account: str
    label: str = ""
    user_id: str = ""


class Health(StrEnum):
    """Whether a credential works when used."""

    WORKING = "working"
    BROKEN = "broken"
    UNPROBED = "unprobed"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What using a credential showed, and when (aware, UTC)."""

    address: Address
    health: Health
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """Which live object an address is, and how that is known; `rivals` make it ambiguous."""

    live: Live[Resource] | None
    how: str = ""
    rivals: tuple[str, ...] = ()
    recorded: bool = False  # told by the recorded id


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who takes part in a course of a platform: ids of people by each text their launch brings as a role.

    The texts are those of either version of LTI. `unknown` says why nobody can tell; there is nobody then.
    """

    course: Address
    context_id: str
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What observe found: accounts by target, a reading or its absence per (target, kind), probes.

    `matches` holds every declared or recorded address of a read kind; `misbound` targets are another
    account than the ledger's and were not read.

    `fingerprints` holds, per address and secret field, the keyed digest of the declared secret, None where
    it cannot be computed. `absences` holds what is known of declared objects that are not there.
    `misplaced` says of courses that are to be linked to why they cannot be. `refuted` says what speaks
    against somebody's word beside a probe of the same address. `enrolled` holds the courses of every
    credential whose host rights are to change, or of all where a snapshot is to be taken.
    """

    accounts: Mapping[str, Account]
    readings: Mapping[tuple[str, str], Reading | Unread]
    matches: Mapping[Address, Match] = field(default_factory=dict)
    misbound: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[ProbeResult, ...] = ()
    fingerprints: Mapping[tuple[Address, str], str | None] = field(default_factory=dict)
    absences: Mapping[Address, Absence] = field(default_factory=dict)
    misplaced: Mapping[Address, str] = field(default_factory=dict)
    refuted: Mapping[Address, str] = field(default_factory=dict)
    enrolled: tuple[Enrolled, ...] = ()
