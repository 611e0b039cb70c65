"""What a handler may be able to do beside reading and writing its kind: tell more of what it read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from reconciler.model.objects import Absence, Address, Enrolled, Live, Loss, Survey
from reconciler.model.ports import Capability, Driver, Exploration, LeftAlone, Wanted
from reconciler.resources.base import SecretRef


@runtime_checkable
class Tailored(Protocol):
    """A driver class that can do what a target's settings say: its `capabilities` as a class are empty."""

    @classmethod
    def capabilities_for(
        cls, settings: Mapping[str, str | SecretRef], folder: Path
    ) -> Mapping[str, Capability]:
        """By kind, for these settings; files they name lie below `folder`. Contacts nothing.

        Raises ConfigError with every fault of such a file.
        """

    @classmethod
    def variants(cls) -> Iterable[Mapping[str, str]]:
        """The settings of every shape it comes in, for documents and tests."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request a driver could make: for which kind and what, and by name what it would carry."""

    kind: str
    why: str
    writes: bool
    request: str
    carries: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Foretells(Protocol):
    """A driver class whose requests can be told without a connection."""

    @classmethod
    def foretell(cls, settings: Mapping[str, str | SecretRef], folder: Path) -> Iterable[Asked]:
        """Every request it could make for a target of these settings. Raises ConfigError."""


def capabilities_for(
    driver: type[Driver], settings: Mapping[str, str | SecretRef], folder: Path
) -> Mapping[str, Capability]:
    """What a driver can do for a target of these settings. Raises ConfigError."""
    made: object = driver
    return made.capabilities_for(settings, folder) if isinstance(made, Tailored) else driver.capabilities


@runtime_checkable
class Surveys(Protocol):
    """A handler that learns account-wide facts while reading."""

    def survey(self) -> Survey:
        """Called after a whole read. What a missing scope hides stays empty."""


@runtime_checkable
class Explains(Protocol):
    """A handler that knows more of what is not there than that it is not."""

    def explain(self, absent: Sequence[Wanted[Any]]) -> Mapping[Address, Absence]:
        """Of declared objects no listing shows, those of which something is known. Must not write."""


@runtime_checkable
class Lacks(Protocol):
    """A handler that knows which of its writes its credential may not make."""

    def lacks(self, verb: str) -> str:
        """What the credential lacks for a change of this verb; "" if it is not known to lack anything."""


@runtime_checkable
class Weighs(Protocol):
    """A handler that can tell what goes with an object that is deleted."""

    def weigh(self, going: Sequence[Live[Any]]) -> Sequence[Loss]:
        """What each would take along, in order; called while planning. Must not write, raises nothing."""


@runtime_checkable
class Explores(Protocol):
    """A handler that can tell everything its vendor has of the kind, for somebody to take over."""

    def explore(self, asked: Exploration) -> Iterable[Live[Any] | LeftAlone]:
        """Each object as it would be declared: fields that are as the vendor makes them are OMITTED.

        Objects in `asked.known` may be missing or shallow. Must end normally only if complete, else raise.
        Must not write, and never yields what is secret.
        """


@runtime_checkable
class ChecksCourses(Protocol):
    """A driver of a platform that declared courses may be on."""

    def check_courses(self, courses: Sequence[Wanted[Any]]) -> Mapping[Address, str]:
        """What is wrong with each course that is not there as declared; the others are left out.

        Must not write. Raises what reading raises.
        """


@runtime_checkable
class CountsRoles(Protocol):
    """A driver of a platform that can tell who would launch from a course, and as what."""

    def roles_in(self, courses: Sequence[Wanted[Any]]) -> Sequence[Enrolled]:
        """Per course, in order, everybody whose enrolment is active now; a course may be unknown by itself.

        Must not write. Raises what reading raises where it is about the platform, not about one course.
        """
