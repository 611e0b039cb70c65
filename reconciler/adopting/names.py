"""Handles by rule: the same for the same things in every run, whatever else is there."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Any, Literal

from reconciler.model import Live

Rule = Literal["email", "local-part", "employee-id"]
RULES: tuple[Rule, ...] = ("email", "local-part", "employee-id")
"""By what people are named; who has no employee id is named by e-mail."""
LONGEST = 60


def slug(text: str, keep: str = "") -> str:
    """Lower-case letters and digits with dashes between, and what is in `keep`; "" if nothing is left."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    dashed = re.sub(rf"[^a-z0-9{re.escape(keep)}]+", "-", plain)
    return re.sub(r"^[^a-z0-9]+", "", dashed[: LONGEST if not keep else None]).rstrip("-._")


def mark_of(live: Live[Any]) -> str:
    """What tells an object apart for good: a number the vendor gave, else a few digits of its identity."""
    identity = live.identity
    return identity if identity.isdecimal() else blake2b(identity.encode(), digest_size=3).hexdigest()


def person_names(live: Live[Any], rule: Rule) -> tuple[str, ...]:
    """What a person may be called, best first."""
    email = live.keys.get("email", "")
    mail = slug(email, keep="._@+-")
    if rule == "local-part":
        return slug(email.rpartition("@")[0], keep="._+-"), mail
    if rule == "employee-id":
        return slug(live.keys.get("employee_id", ""), keep="._+-"), mail
    return (mail,)


def choose(wished: Sequence[tuple[Sequence[str], str]], taken: Collection[str]) -> list[str]:
    """A name for each, from its wishes, best first, and a mark that tells it apart.

    Those who wish for the same all go on to their next wish, so that no name depends on the order of
    things; who runs out of wishes is told apart by the mark.
    """
    chosen: dict[int, str] = {}
    used = set(taken)
    levels = max((len(wishes) for wishes, _ in wished), default=0)
    for level in range(levels + 1):
        wants = {at: _wish(*pair, level) for at, pair in enumerate(wished) if at not in chosen}
        counts = Counter(wants.values())
        for at, name in wants.items():
            if name and counts[name] == 1 and name not in used:
                chosen[at] = name
        used |= set(chosen.values())
    for at in sorted(set(range(len(wished))) - chosen.keys(), key=lambda at: wished[at][1]):
        stem, number = _wish(*wished[at], levels), 2
        while f"{stem}-{number}" in used:
            number += 1
        chosen[at] = f"{stem}-{number}"
        used.add(chosen[at])
    return [chosen[at] for at in range(len(wished))]


def _wish(wishes: Sequence[str], mark: str, level: int) -> str:
    if level < len(wishes):
        return wishes[level]
    first = next(filter(None, wishes), "")
    return f"{first}-{mark}" if first else mark
