"""Reads reconciler.yaml: targets, guards, schedules, and where secrets may come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from reconciler.errors import Problem, Where, suggest
from reconciler.model.names import fold_name
from reconciler.resources.base import SECRET_PATTERN, SecretRef, kinds
from reconciler.resources.user import License
from reconciler.settings import POLICIES, Guards, Settings, TargetSettings
from reconciler.stages.load.schedules import read_schedule
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map

FILE = "reconciler.yaml"
LATER = {"notifications": "notifying people"}
LATER_POLICIES = ("propose", "safe")
HOW_TO_REFER = "the whole value is ${env:NAME}, ${file:path}, ${keyring:service/name} or ${vault:path#field}"
DEFAULTS = Settings(targets={})


def read_settings(root: Map, problems: list[Problem]) -> Settings:
    """The settings, with defaults where a problem was found; a target with problems keeps its name."""
    sheet = Sheet(FILE, root, problems, Where(FILE))
    if sheet.needed("version", "1") not in ("", "1"):
        sheet.refuse("version", "this version reads `version: 1`", "use a newer reconciler, or write 1")
    targets = _read_targets(sheet)
    secrets, attestations = sheet.inner("secrets"), sheet.inner("attestations")
    made = Settings(
        targets=targets,
        guards=_read_guards(sheet.inner("guards")),
        schedule=read_schedule(sheet.inner("schedule")) or DEFAULTS.schedule,
        fingerprint_key=sheet.reference("fingerprint_key"),
        snapshot_key=sheet.reference("snapshot_key"),
        secrets_root=secrets.needed("root", "secrets") if secrets else "",
        attestation_days=_read_expiry(attestations),
    )
    for inner in (secrets, attestations):
        if inner:
            inner.finish()
    sheet.finish(LATER)
    return made


def _read_expiry(sheet: Sheet | None) -> int:
    seconds = sheet.seconds("expire") if sheet else None
    if sheet and seconds is not None and seconds < 86400:
        sheet.refuse("expire", "an attestation holds a day at least", "write `expire: 180d`")
    return seconds // 86400 if seconds and seconds >= 86400 else DEFAULTS.attestation_days


def _read_guards(sheet: Sheet | None) -> Guards:
    default = Guards()
    if sheet is None:
        return default
    removals, updates, seats = sheet.inner("removals"), sheet.inner("updates"), sheet.inner("seats")
    licensed = {name: seats.number(name, 0) for name in get_args(License)} if seats else {}
    made = Guards(
        removals_floor=removals.number("floor", default.removals_floor)
        if removals
        else default.removals_floor,
        removals_percent=(
            removals.percent("percent", default.removals_percent) if removals else default.removals_percent
        ),
        removals_cap=removals.number("cap", default.removals_cap) if removals else default.removals_cap,
        updates_percent=(
            updates.percent("percent", default.updates_percent) if updates else default.updates_percent
        ),
        updates_floor=updates.number("floor", default.updates_floor) if updates else default.updates_floor,
        seats={name: count for name, count in licensed.items() if seats and name in seats.values},
    )
    for inner in (removals, updates, seats, sheet):
        if inner:
            inner.finish()
    return made


def _read_targets(sheet: Sheet) -> Mapping[str, TargetSettings]:
    inner = sheet.inner("targets")
    if inner is None:
        if "targets" not in sheet.values:
            sheet.refuse("", "`targets` is missing", "add `targets:` with at least one target")
        return {}
    made: dict[str, TargetSettings] = {}
    for written in inner.left():
        name = fold_name(written)
        body = inner.inner(written)
        if "%" in name:
            inner.refuse(written, f"`{written}` cannot name a target", "use a-z, 0-9 and . _ @ + -")
        elif name in made:
            first = made[name].where
            inner.refuse(written, f"the target `{name}` stands twice; the first is at {first}", "rename one")
        elif body:
            made[name] = _read_target(name, body)
    return made


def _read_target(name: str, sheet: Sheet) -> TargetSettings:
    driver = sheet.needed("driver", "zoom")
    policy = sheet.text("policy", (*POLICIES, *LATER_POLICIES), "observe")
    if policy in LATER_POLICIES:
        sheet.refuse(
            "policy", f"the policy `{policy}` is not supported by this version", "write observe or auto"
        )
    prune = _read_prune(sheet)
    defaults = _read_defaults(sheet.inner("defaults"))
    schedule = read_schedule(sheet.inner("schedule"))
    return TargetSettings(
        name=name,
        driver=driver,
        values=_read_values(sheet),
        where=sheet.where,
        policy=policy if policy in POLICIES else "observe",
        prune=prune,
        defaults=defaults,
        schedule=schedule,
    )


def _read_prune(sheet: Sheet) -> frozenset[str]:
    known = [name for name, kind in kinds().items() if kind.live]
    listed = sheet.texts("prune")
    for kind, path in listed:
        if kind not in known:
            sheet.refuse(path, f"`{kind}` is not a kind", suggest(kind, known))
    return frozenset(kind for kind, _ in listed if kind in known)


def _read_defaults(sheet: Sheet | None) -> Mapping[str, Map]:
    """Per kind, the fields as read; resolve checks them with each entry."""
    if sheet is None:
        return {}
    known = [name for name, kind in kinds().items() if kind.live and kind.declarable]
    inner = {kind: sheet.inner(kind) for kind in known}
    sheet.finish()
    return {kind: found.values for kind, found in inner.items() if found}


def _read_values(sheet: Sheet) -> Map:
    """What is left is the driver's: texts and references; resolve checks them by its declared settings."""
    made = Map()
    for key in sheet.left():
        value = sheet.take(key)
        read: object = UNREADABLE
        if isinstance(value, str) and SECRET_PATTERN.fullmatch(value):
            read = SecretRef(value)
        elif isinstance(value, str) and "${" not in value:
            read = value
        elif isinstance(value, str):
            sheet.refuse(key, f"`{key}` holds something like a reference", HOW_TO_REFER)
        elif value is not None:
            sheet.refuse(key, f"`{key}` is a text or a reference", f"write `{key}: value`")
        made.put(key, read, sheet.values.mark_of(key))
    return made
