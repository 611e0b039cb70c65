"""Kinds that only LTI Pro's configuration page knows: declared, handed off, attested, never read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn, TypeVar

from reconciler.errors import NeedsPerson
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live, Page
from reconciler.model.ports import Capability, Scope, Wanted
from reconciler.resources.base import Resource

R = TypeVar("R", bound=Resource)

STEPS = (
    "Sign in to the Zoom Marketplace.",
    "Click Manage, then Apps on Account.",
    "Find the LTI Pro app, click the menu in its Action column, then Configure.",
)
"""The way to the page (Zoom support, "Configuring LTI Pro")."""
EDIT = "Find the LTI credential and click Edit."


class ByConsole:
    """No verb and no reading: what a person attested is the truth, so a reading is whole and empty."""

    def __init__(self, capability: Capability) -> None:
        self.capability = capability

    def read(self, scope: Scope[R]) -> Iterable[Live[R]]:
        """Nothing: there is no API to ask."""
        return ()

    def create(self, desired: Wanted[R]) -> str:
        """Raises NeedsPerson."""
        self._refuse()

    def update(self, live: Live[R], desired: Wanted[R], fields: Sequence[FieldChange]) -> None:
        """Raises NeedsPerson."""
        self._refuse()

    def remove(self, live: Live[R], how: Removal) -> None:
        """Raises NeedsPerson."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        page = self.capability.page or Page("", "", ())
        raise NeedsPerson(f"no API does this; {page.title.lower()}: {' '.join(page.steps)}", page=page.id)
