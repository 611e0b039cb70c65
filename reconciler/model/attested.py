"""What a person's word is worth now: whether what they confirmed still stands as it is declared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from reconciler.model.changes import FieldChange, Reason
from reconciler.model.compare import same
from reconciler.model.objects import Address, Desired, Health, Observation
from reconciler.model.ports import Capability
from reconciler.model.recorded import Attestation, Record
from reconciler.resources.base import Plain, Resource, declared, field_rules, kinds, plain


@dataclass(frozen=True, slots=True)
class Word:
    """The worth of an attestation: `doubt` says why it is not worth anything, "" if it holds.

    `values` are what a person enters, `fields` where they differ from what was confirmed.
    """

    values: Mapping[str, Plain]
    digest: str
    fields: tuple[FieldChange, ...]
    doubt: str
    health: Health | None = None
    probed: str = ""  # what using it showed

    @property
    def holds(self) -> bool:
        """Whether what was confirmed is what is declared, and nothing speaks against it."""
        return not self.doubt


def weigh_word(
    item: Desired[Resource],
    capability: Capability,
    record: Record | None,
    attestations: Mapping[Address, Attestation],
    seen: Observation,
    as_of: datetime,
) -> Word:
    """What somebody's word on this address is worth as of one moment."""
    values = _entered(capability, item.resource)
    digest = values_digest(values)
    probe = next((probe for probe in seen.probes if probe.address == item.address), None)
    health = probe.health if probe else None
    fields = tuple(_differing(item, record, values, seen))
    attestation = attestations.get(item.address)
    doubt = ""
    if record is None or attestation is None:
        doubt = "nobody has confirmed it yet"
    elif fields and attestation.digest != digest:
        doubt = "the declared values differ from those confirmed"
    elif attestation.expires <= as_of:
        doubt = f"the confirmation expired on {attestation.expires:%Y-%m-%d}"
    elif health is Health.BROKEN:
        doubt = "using it failed, so what was confirmed does not hold"
    elif item.address in seen.refuted:
        doubt = seen.refuted[item.address]
    elif _other_secret(item.address, record, seen):
        doubt = "the secret differs from the one confirmed"
    return Word(values, digest, fields, doubt, health, probe.text if probe else "")


def values_digest(values: Mapping[str, Plain]) -> str:
    """What an attestation is bound to: the declared values, not the secret behind a reference."""
    return hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _entered(capability: Capability, resource: Resource) -> Mapping[str, Plain]:
    """What a person types on the page: the declared values, unless the driver knows them otherwise."""
    if capability.enters is not None:
        return capability.enters(resource)
    return {name: plain(value) for name, value in declared(resource)}


def _differing(
    item: Desired[Resource], record: Record | None, values: Mapping[str, Plain], seen: Observation
) -> list[FieldChange]:
    found, qualifier = [], kinds()[item.address.kind].qualifier
    for name, after in values.items():
        if record and name == qualifier:
            continue  # it is part of the address
        before = record.fields[name].value if record and name in record.fields else None
        fresh = record is None or name not in record.fields and after is not None
        after = seen.fingerprints.get((item.address, name), after)
        if fresh or not same(before, after):
            reason = Reason.EDITED if record else Reason.NEW
            found.append(FieldChange(name, before, after, reason, item.place(name)))
    return found


def _other_secret(address: Address, record: Record, seen: Observation) -> bool:
    known = ((record.fields.get(n), now) for (owner, n), now in seen.fingerprints.items() if owner == address)
    return any(was is not None and now is not None and was.value != now for was, now in known)


def words_of(address: Address, capabilities: Mapping[str, Capability]) -> tuple[Address, ...]:
    """Where words on the first objects made with `address` may stand; `capabilities` are its target's.

    Such a word goes wherever the credential goes.
    """
    found = ((kind, capability.canary) for kind, capability in sorted(capabilities.items()))
    return tuple(
        canary.word(address.target, address.name)
        for kind, canary in found
        if canary and field_rules(kinds()[kind])[canary.by].reference == address.kind
    )
