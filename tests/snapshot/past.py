"""A row of history, in the shape reports take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model import Address


@dataclass(frozen=True, slots=True)
class OnePast:
    """One change of one earlier run."""

    run: str
    at: datetime
    address: Address
    verb: str
    ending: str
    text: str
    change: str
