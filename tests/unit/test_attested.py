"""What a person's word is worth where a secret was declared after it, and cannot be read here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import Where
from reconciler.model import (
    FOR_GOOD,
    Access,
    Attestation,
    Capability,
    Desired,
    Evidence,
    Observation,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.model.attested import values_digest, weigh_word
from reconciler.resources.base import Lifecycle, SecretRef, plain
from reconciler.resources.lti_credential import LtiCredential
from tests.rig import address

WHO = address("zoom-lti/lti_credential/lti-2027")
NOW = datetime(2026, 9, 1, tzinfo=UTC)
REFERENCE = SecretRef("${env:LATER}")
CAPABILITY = Capability("lti_credential", frozenset(), dict.fromkeys(("key", "secret"), Access.HIDDEN))


@pytest.mark.parametrize(
    ("confirmed", "doubt"),
    [
        ({"key": "K"}, "the declared values differ from those confirmed"),
        ({"key": "K", "secret": plain(REFERENCE)}, ""),
    ],
)
def test_a_secret_declared_later_is_confirmed_too(confirmed: dict[str, str], doubt: str) -> None:
    item = Desired(WHO, LtiCredential(key="K", secret=REFERENCE), Lifecycle(), Where("lti.yaml", 1, 1), {})
    known = RecordedField("K", Evidence.ATTESTED, NOW.isoformat())
    record = Record(WHO, 1, "", State.CURRENT, Provenance.ATTESTED, {"key": known})
    word = Attestation(WHO, "page", values_digest(confirmed), "jo", NOW - timedelta(days=1), FOR_GOOD)
    seen = Observation({}, {}, fingerprints={(WHO, "secret"): None})
    assert weigh_word(item, CAPABILITY, record, {WHO: word}, seen, NOW).doubt == doubt
