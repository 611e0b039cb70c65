"""What a token's service does not hold, told while planning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reconciler.drivers.moodle.api import Site
from reconciler.drivers.operations import Operation


class Admission:
    """A handler whose writes are functions of the token's service; `WRITES` names them by verb."""

    site: Site
    WRITES: ClassVar[Mapping[str, tuple[Operation, ...]]]

    def lacks(self, verb: str) -> str:
        """The functions a change of this verb needs and the service does not hold; "" if it holds them."""
        held = self.site.functions
        return ", ".join(one.name for one in self.WRITES.get(verb, ()) if one.name not in held)
