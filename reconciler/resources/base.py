"""What a kind is made of: omitted fields, references, collections, secrets, lifecycle, values of time."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    dataclass_transform,
    get_type_hints,
)

from pydantic import BeforeValidator, ConfigDict, StringConstraints
from pydantic.dataclasses import dataclass as pydantic_dataclass

T = TypeVar("T")

Plain = Union[None, bool, int, str, "tuple[Plain, ...]", "Mapping[str, Plain]"]
"""What a plan, a ledger and a report hold: JSON values with tuples for lists."""


class Omitted(Enum):
    """The value of a field that was not written down: unmanaged, never compared, never changed."""

    OMITTED = "omitted"

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED = Omitted.OMITTED

if TYPE_CHECKING:
    Maybe: TypeAlias = T | Literal[Omitted.OMITTED]
else:

    class Maybe:
        """To pydantic a `Maybe[T]` is a T: omission is the unvalidated default, so errors speak of T."""

        def __class_getitem__(cls, item):
            return item


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """Marks a text field (or a collection of texts) as naming a resource of `kind`.

    Written as `name` or `target/kind/name`; after resolve it holds the address as text, and in what a
    handler receives it holds the remote id. With `field`, only a resource whose `field` is `among` these will
    do: one declared otherwise is an error, one that is otherwise is waited for.
    """

    kind: str
    field: str = ""
    among: tuple[Any, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Ranked:
    """Marks a field whose values have an order; a step down counts as a removal in the guards."""

    order: tuple[Any, ...]

    def falls(self, before: Plain, after: Plain) -> bool:
        """True if `after` ranks below `before`; unknown values never fall."""
        return (
            before in self.order
            and after in self.order
            and self.order.index(after) < self.order.index(before)
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Revives:
    """Marks a field whose recorded form is read back by `read`."""

    read: Callable[[Any], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class SecretRef:
    """A secret by reference: `${env:NAME}`, `${file:path}`, `${keyring:svc/name}`, `${vault:path#field}`."""

    text: str

    @property
    def scheme(self) -> str:
        """env, file, keyring or vault."""
        return self.text[2:].split(":", 1)[0]

    @property
    def path(self) -> str:
        """What stands between the scheme's colon and the closing brace."""
        return self.text[2:-1].split(":", 1)[1]


SECRET_PATTERN = re.compile(r"\$\{(env|file|keyring|vault):[^${}]+\}")


def read_secret_ref(value: object) -> SecretRef:
    """A whole-value reference; anything else is refused without being shown, it may be a real secret."""
    if isinstance(value, SecretRef):
        return value
    if isinstance(value, str) and SECRET_PATTERN.fullmatch(value):
        return SecretRef(value)
    raise ValueError(
        "a secret in plain text is refused; write a reference such as ${env:NAME} or ${file:path}"
    )


Secret = Annotated[SecretRef, BeforeValidator(read_secret_ref)]


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """A collection of elements with identity: at least these (default), or exactly these."""

    elements: tuple[str, ...] = ()
    exactly: bool = False

    def plain(self) -> Plain:
        """`{"at_least"|"exactly": [...]}` in sorted order."""
        return {"exactly" if self.exactly else "at_least": tuple(sorted(self.elements))}


def read_members(value: object) -> Members:
    """A list means at least; `{exactly: [...]}` and `{at_least: [...]}` say it."""
    if isinstance(value, Members):
        return value
    exactly = False
    if isinstance(value, Mapping):
        if len(value) != 1 or next(iter(value)) not in ("exactly", "at_least"):
            raise ValueError("a collection is a list, or {exactly: [...]}, or {at_least: [...]}")
        exactly, value = next(iter(value)) == "exactly", next(iter(value.values()))
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError("a collection is a list of names, or {exactly: [names]}")
    if len(set(value)) != len(value):
        raise ValueError(f"an element stands twice: {next(v for v in value if list(value).count(v) > 1)}")
    return Members(tuple(value), exactly)


Collection = Annotated[Members, BeforeValidator(read_members)]


def read_bool(value: object) -> bool:
    """Only true and false: YAML 1.1's yes, no, on and off are too easily meant as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise ValueError(f"expected true or false, got {value!r}")


Bool = Annotated[bool, BeforeValidator(read_bool)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


def check_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values as written, none of them twice."""
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ValueError(f"`{twice}` stands twice; take one out")
    return values


class Timed(ABC):
    """A field value that depends on time: only its future is compared."""

    __slots__ = ()

    @abstractmethod
    def plain(self) -> Plain:
        """The whole value as recorded."""

    @abstractmethod
    def comparable(self, as_of: datetime) -> Plain:
        """What is compared and shown: the part after `as_of`."""

    @abstractmethod
    def begun(self, as_of: datetime, recorded: Plain) -> Timed:
        """The value to send: its start taken from the record, else its first moment after `as_of`."""

    @abstractmethod
    def over(self, as_of: datetime) -> bool:
        """True if nothing of it lies after `as_of`."""

    @abstractmethod
    def remember(self, found: Any, recorded: Plain) -> Plain:
        """What to record when `found` reads back: with what cannot be read, from self or from the record."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def kind_dataclass(cls: type[T]) -> type[T]:
    """A frozen, slotted, validated, keyword-only dataclass; unknown fields are refused."""
    make: Any = pydantic_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
    made: type[T] = make(cls)
    return made


OnAbsent = Literal["keep", "disable", "delete"]
OnGone = Literal["report", "recreate"]


@kind_dataclass
class Lifecycle:
    """How one entry may change and end (`lifecycle:` of an entry); None takes the kind's default."""

    protect: Bool = False
    ignore: tuple[Text, ...] = ()
    previously: tuple[Text, ...] = ()
    on_absent: OnAbsent | None = None
    on_gone: OnGone | None = None
    allow_replace: Bool = False
    different_person: Bool = False
    release: Bool = False


class Resource:
    """Base of every kind: a validated dataclass whose fields default to OMITTED.

    A subclass file is found by scanning this folder. `qualifier` names a reference field that is part of
    the address (`credential.name`); `follows` the kind whose entries make one that is not declared itself.
    `protects` names fields that are changed first, for they keep harm off once they are one of these values
    (any, if none is named); `cosmetic` ones come last. `after` names kinds that go first although nothing
    refers to them by name; `paired` the field that each of these, where it changes, is not sent without;
    `names_targets` fields that name another target, with its driver.
    """

    __slots__ = ()
    kind: ClassVar[str]
    plural: ClassVar[str]
    live: ClassVar[bool] = True
    declarable: ClassVar[bool] = True
    follows: ClassVar[str] = ""
    on_absent: ClassVar[OnAbsent] = "delete"
    on_gone: ClassVar[OnGone] = "recreate"
    people: ClassVar[bool] = False
    qualifier: ClassVar[str] = ""
    protects: ClassVar[Mapping[str, tuple[Plain, ...]]] = {}
    cosmetic: ClassVar[frozenset[str]] = frozenset()
    after: ClassVar[frozenset[str]] = frozenset()
    paired: ClassVar[Mapping[str, str]] = {}
    names_targets: ClassVar[Mapping[str, str]] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class FieldRule:
    """What the stages need to know of one field, read off its annotation.

    `name` is how it is written. Where that is a word of Python's own, the attribute ends in an underscore
    that is not written: `from` is `from_`.
    """

    name: str
    attribute: str
    reference: str = ""
    refers: Reference | None = None
    collection: bool = False
    secret: bool = False
    ranked: Ranked | None = None
    revives: Revives | None = None


def _markers(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in getattr(annotation, "__args__", ()):
        yield from _markers(inner)


_RULES: dict[type[Any], Mapping[str, FieldRule]] = {}


def field_rules(resource: type[Any]) -> Mapping[str, FieldRule]:
    """Every declarable field of a kind in order of declaration; read off once per kind."""
    if resource not in _RULES:
        _RULES[resource] = _read_rules(resource)
    return _RULES[resource]


def _read_rules(resource: type[Any]) -> Mapping[str, FieldRule]:
    hints = get_type_hints(resource, include_extras=True)
    found = {}
    for field in dataclasses.fields(resource):
        markers = list(_markers(hints[field.name]))
        name = field.name.removesuffix("_")
        found[name] = FieldRule(
            name,
            field.name,
            reference=next((m.kind for m in markers if isinstance(m, Reference)), ""),
            refers=next((m for m in markers if isinstance(m, Reference)), None),
            collection=any(isinstance(m, BeforeValidator) and m.func is read_members for m in markers),
            secret=any(isinstance(m, BeforeValidator) and m.func is read_secret_ref for m in markers),
            ranked=next((m for m in markers if isinstance(m, Ranked)), None),
            revives=next((m for m in markers if isinstance(m, Revives)), None),
        )
    return found


def declared(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The fields written down, with their values, in order of declaration."""
    for name, rule in field_rules(type(resource)).items():
        value = getattr(resource, rule.attribute)
        if value is not OMITTED:
            yield name, value


def is_over(resource: Resource, as_of: datetime) -> bool:
    """True if a field of time has nothing left after `as_of`."""
    for rule in field_rules(type(resource)).values():
        if rule.revives is not None:
            value = getattr(resource, rule.attribute)
            if isinstance(value, Timed) and value.over(as_of):
                return True
    return False


R = TypeVar("R", bound=Resource)


def evolve(resource: R, **changes: Any) -> R:
    """A copy with some fields changed; OMITTED takes a field away. Values are validated again."""
    return type(resource)(
        **{k: v for k, v in {**dict(declared(resource)), **changes}.items() if v is not OMITTED}
    )


def unchecked(kind: type[R], fields: Mapping[str, Any]) -> R:
    """A resource of what a vendor answered: never validated, live values may be what we would refuse."""
    made = object.__new__(kind)
    for name, rule in field_rules(kind).items():
        object.__setattr__(made, rule.attribute, fields.get(name, OMITTED))
    return made


def plain(value: Any) -> Plain:
    """A field value as JSON-able data; a secret is never its text but the reference it is."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, SecretRef):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return tuple(plain(item) for item in value)
    made: Plain = value.plain()
    return made


def comparable(value: Any, as_of: datetime) -> Plain:
    """A field value as it is compared and shown; a vendor's null, "" and [] are equal."""
    if value is OMITTED or value == "":
        return None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Timed):
        return value.comparable(as_of)
    made = plain(value)
    return None if made == () else made


def revive(kind: type[Resource], name: str, recorded: Any) -> Any:
    """A recorded value as the field's own type again."""
    rule = field_rules(kind).get(name)
    if rule and rule.revives and recorded is not None:
        return rule.revives.read(recorded)
    return tuple(recorded) if isinstance(recorded, list) else recorded


@cache
def kinds() -> Mapping[str, type[Resource]]:
    """Every kind by name, found by scanning this folder; one module yields exactly one kind."""
    package = importlib.import_module(__package__)
    found: dict[str, type[Resource]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{__package__}.{info.name}")
        for item in vars(module).values():
            if (
                isinstance(item, type)
                and issubclass(item, Resource)
                and item.__module__ == module.__name__
                and item is not Resource
            ):
                found[item.kind] = item
    return dict(sorted(found.items()))
