"""What a handler may be able to do beside reading and writing its kind: tell more of what it read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from reconciler.model.objects import Absence, Address, Live, Loss, Survey
from reconciler.model.ports import Exploration, LeftAlone, Wanted


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
