"""People of one account who look like one person, by signs that are strong enough to bother somebody with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reconciler.drivers.zoom.api import WireUser
from reconciler.model.objects import Twins


def find_twins(listed: Iterable[WireUser]) -> tuple[Twins, ...]:
    """Those who share an employee id, or their whole name and the part of their e-mails before the @."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for user in listed:
        identity = user.get("id") if user["status"] != "pending" else ""
        for sign in _signs(user):
            alike[sign].append(identity or user["email"].casefold())
    found: dict[tuple[str, ...], str] = {}
    for sign, ids in alike.items():
        if len(ids) > 1:
            found.setdefault(tuple(sorted(ids)), sign[0])
    return tuple(Twins(ids, why) for ids, why in sorted(found.items()))


def _signs(user: WireUser) -> Iterable[tuple[str, ...]]:
    if employee := user.get("employee_unique_id"):
        yield "both have the same employee id", employee.casefold()
    names = [str(user.get(part) or "").strip().casefold() for part in ("first_name", "last_name")]
    if all(names):
        local = user["email"].rpartition("@")[0].casefold()
        yield "both have the same name, and e-mails that differ in the domain only", *names, local
