"""An address as somebody typed it: found among the known ones, or the members of the family of that name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.errors import ReconcilerError, suggest
from reconciler.model import Address
from reconciler.model.names import fold_name


def find_addresses(
    known: Collection[Address], previously: Mapping[Address, Address], text: str
) -> list[Address]:
    """The address, or its family in order. Raises ReconcilerError if nobody knows it."""
    if text.count("/") < 2:
        raise ReconcilerError(
            f"{text!r} is no address; write target/kind/name, such as zoom-main/user/s100001"
        )
    written = Address.parse(text)
    wanted = Address(written.target, written.kind, "/".join(map(fold_name, written.name.split("/"))))
    wanted = previously.get(wanted, wanted)
    if wanted in known:
        return [wanted]
    family = [a for a in known if a[:2] == wanted[:2] and a.name.rpartition("/")[0] == wanted.name]
    if not family:
        remedy = suggest(text, map(str, known)) or "see `reconciler state list`"
        raise ReconcilerError(f"{text} is neither declared nor recorded; {remedy}")
    return sorted(family, key=lambda a: (len(a.name), a.name))
