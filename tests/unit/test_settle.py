"""settle concludes nothing about what it cannot look for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.errors import Uncertain
from reconciler.model import (
    Address,
    Capability,
    FieldChange,
    Intent,
    Live,
    Removal,
    Scope,
    Unique,
    Wanted,
)
from reconciler.resources.group import Group
from reconciler.stages.settle import settle

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
WHOM = Address("z", "group", "staff")
INTENT = Intent(
    1, "run", "z", (WHOM,), "create", 1, 1, "POST /groups", {}, {"name": "staff"}, (), NOW, 1, "uncertain"
)


class Blind:
    """A handler that cannot look for what a create made."""

    def __init__(self, unique: Unique) -> None:
        self.capability = Capability("group", frozenset({"create"}), {}, unique=unique)

    def read(self, scope: Scope[Group]) -> Iterable[Live[Group]]:
        return ()

    def create(self, desired: Wanted[Group]) -> str:
        return "1"

    def update(self, live: Live[Group], desired: Wanted[Group], fields: Sequence[FieldChange]) -> None:
        raise AssertionError("nothing is written here")

    def remove(self, live: Live[Group], how: Removal) -> None:
        raise AssertionError("nothing is written here")


def look(handler: Any) -> dict[Address, Any]:
    return settle(INTENT, handler, lambda _: False, NOW, lambda: NOW, lambda _: None)


def test_what_cannot_be_looked_for_is_never_taken_for_not_made() -> None:
    with pytest.raises(Uncertain, match="look at the console"):
        look(Blind(Unique.NONE))


def test_where_the_vendor_refuses_a_second_one_it_may_be_sent_again() -> None:
    assert look(Blind(Unique.SERVER)) == {}
