"""Names shown for ids lead back to those ids, whatever a vendor's labels say."""

from __future__ import annotations

import pytest

from reconciler.model import Address, Live, Observation, Provenance, Reading, Record, State
from reconciler.model.identities import Identities
from reconciler.resources.user import User

ADA = Address("z", "user", "ada")


def known(*labels: str) -> Identities:
    """Ada, recorded as id-0, and a stranger per label: id-1, id-2 and so on."""
    record = Record(ADA, 1, "id-0", State.CURRENT, Provenance.CREATED)
    lives = tuple(
        Live(f"id-{number}", User(), {"email": f"{number}@x.edu"}, label)
        for number, label in enumerate(("ada@x.edu", *labels))
    )
    return Identities({ADA: record}, Observation({}, {("z", "user"): Reading("z", "user", lives, "all")}))


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (("zoe@x.edu",), "zoe@x.edu"),
        (("zoe", "zoe"), "id-1"),
        (("z/user/ada",), "id-1"),
        (("id-0",), "id-1"),
        (("id-2", "id-1"), "id-1"),
        (("",), "id-1"),
    ],
)
def test_a_stranger_is_never_taken_for_somebody_else(labels: tuple[str, ...], shown: str) -> None:
    who = known(*labels)
    assert who.name("z", "user", "id-1") == shown
    for identity in ("id-0", "id-1"):
        assert who.named("z", "user", who.name("z", "user", identity)) == identity
    assert who.name("z", "user", "id-0") == str(ADA)
