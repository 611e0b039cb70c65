"""Checks every target's settings against what its driver declares, and the targets' ties to one another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from reconciler.errors import Problem, Where, suggest
from reconciler.model import Capability, Setting
from reconciler.resources.base import SecretRef
from reconciler.settings import Settings, TargetSettings
from reconciler.yamlio import UNREADABLE, Marks

OWN = ("driver", "policy", "prune", "defaults", "schedule")
"""Settings every target has, whatever its driver."""


def check_targets(
    settings: Settings,
    capabilities: Mapping[str, Mapping[str, Capability]],
    driver_settings: Mapping[str, tuple[Setting, ...]],
    companions: Mapping[str, str],
    drivers: Collection[str],
) -> Iterator[Problem]:
    """Everything wrong with the targets, of one driver or between two."""
    for name, target in settings.targets.items():
        if not target.driver:
            continue
        if name not in driver_settings:
            what = f"there is no driver `{target.driver}`"
            yield Problem(target.where, what, suggest(target.driver, drivers))
            continue
        yield from _check_settings(target, driver_settings[name])
        yield from _check_companion(target, companions.get(name, ""), settings)
        for kind in sorted(target.prune - capabilities.get(name, {}).keys()):
            what = f"`prune` names {kind}, which the driver `{target.driver}` does not have"
            yield Problem(target.where, what, suggest(kind, capabilities.get(name, {})))
    yield from _find_cycle(settings, companions)


def place_setting(target: TargetSettings, name: str) -> Where:
    """Where a target's setting was written."""
    return Marks(target.where.file, target.values).get(name, target.where)


def _check_settings(target: TargetSettings, declared: tuple[Setting, ...]) -> Iterator[Problem]:
    known = {setting.name: setting for setting in declared}
    values: Mapping[str, object] = target.values
    for name, value in values.items():
        where, setting = place_setting(target, name), known.get(name)
        if setting is None:
            what = f"the driver `{target.driver}` has no setting `{name}`"
            yield Problem(where, what, suggest(name, {*known, *OWN}))
        elif value is UNREADABLE:
            continue
        elif setting.secret and not isinstance(value, SecretRef):
            what = f"`{name}` is a secret in plain text; it is in the version history now, so change it"
            yield Problem(
                where, what, f"write a reference such as ${{env:{target.driver.upper()}_{name.upper()}}}"
            )
        elif setting.choices and isinstance(value, str) and value not in setting.choices:
            yield Problem(where, f"`{name}` cannot be `{value}`", suggest(value, setting.choices))
        elif setting.check is not None and isinstance(value, str):
            yield from _try(setting, value, where)
    for setting in declared:
        if setting.required and setting.name not in target.values:
            example = "${env:NAME}" if setting.secret else "..."
            what = f"the target {target.name} has no `{setting.name}`; the driver `{target.driver}` needs it"
            yield Problem(target.where, what, f"add `{setting.name}: {example}`" + _help(setting))


def _try(setting: Setting, value: str, where: Where) -> Iterator[Problem]:
    """What the setting's own check says of a text; what a reference stands for is checked when it is used."""
    try:
        if setting.check is not None:
            setting.check(value)
    except ValueError as error:
        remedy = f"correct it, or take the line out{_help(setting)}"
        yield Problem(where, f"`{setting.name}` is {error}", remedy)


def _help(setting: Setting) -> str:
    return f" ({setting.help})" if setting.help else ""


def _check_companion(target: TargetSettings, setting: str, settings: Settings) -> Iterator[Problem]:
    named = target.values.get(setting)
    if isinstance(named, SecretRef):
        yield Problem(place_setting(target, setting), f"`{setting}` names a target", "write its name")
    elif isinstance(named, str) and named not in settings.targets:
        what = f"`{setting}`: no target is named `{named}`"
        yield Problem(place_setting(target, setting), what, suggest(named, settings.targets))


def _find_cycle(settings: Settings, companions: Mapping[str, str]) -> Iterator[Problem]:
    graph = {
        name: [named]
        for name, target in settings.targets.items()
        if isinstance(named := target.values.get(companions.get(name, "")), str)
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        target = settings.targets[circle[0]]
        what = f"the targets refer to one another in a circle: {' -> '.join(reversed(circle))}"
        yield Problem(place_setting(target, companions[circle[0]]), what, "let one of them stand by itself")
