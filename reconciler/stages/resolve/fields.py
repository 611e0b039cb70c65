"""Makes a draft a resource: fields known and offered by the driver, references found, values checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError, create_model

from reconciler.errors import Problem, suggest
from reconciler.model import Access, Capability
from reconciler.model.documents import LIFECYCLE
from reconciler.resources.base import FieldRule, Lifecycle, Resource, field_rules
from reconciler.resources.lti_tool import FILLED
from reconciler.settings import Settings
from reconciler.stages.resolve.drafts import Draft
from reconciler.stages.resolve.many import is_source
from reconciler.stages.resolve.names import Dead, Names
from reconciler.stages.resolve.words import explain
from reconciler.yamlio import UNREADABLE

FOLLOWED = frozenset({"course"})
"""Fields that make other resources and are not themselves sent."""


@dataclass(slots=True)
class Fields:
    """Validates drafts; what it finds goes to `problems`, each mistake of a source's columns once.

    `rows` are the names that sources have rows for, by target and kind.
    """

    names: Names
    settings: Settings
    capabilities: Mapping[str, Mapping[str, Capability]]
    problems: list[Problem]
    rows: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    _lacking: set[tuple[str, str]] = field(default_factory=set)
    _columns: set[tuple[str, str, str, str]] = field(default_factory=set)

    def build(self, draft: Draft) -> Resource | None:
        """The resource with its references as addresses, None if anything is wrong with it."""
        said = len(self.problems)
        rules, values = field_rules(draft.kind), draft.values
        if not values.keys() <= rules.keys():
            self._refuse_unknown(draft, rules.keys())
            values = {name: value for name, value in values.items() if name in rules}
        required = self._check_offered(draft, values)
        self._refuse_braces(draft, values, rules)
        values = self._fit(draft, {**values, **dict(self._refer(draft, values, rules))})
        try:
            made = draft.kind(**values)
        except ValidationError as error:
            for path, what, remedy in explain(error, draft.kind, values):
                self.problems.append(Problem(draft.place(path), what, remedy))
            return None
        self._check_apart(draft, made)
        return made if len(self.problems) == said and not required else None

    def _check_apart(self, draft: Draft, made: Resource) -> None:
        """Refuse values that would never be in sync, because the vendor does not keep them together."""
        capability = self.capabilities.get(draft.address.target, {}).get(draft.address.kind)
        for apart in capability.apart if capability else ():
            if all(getattr(made, name) == value for name, value in apart.values.items()):
                both = " and ".join(f"`{name}: {_written(value)}`" for name, value in apart.values.items())
                name = max(apart.values, key=lambda name: draft.place(name))
                self._note_field(draft, name, f"{both} cannot both be: {apart.why}", "take one of them out")

    def _fit(self, draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
        """Where the vendor fixes the names: the values as the named one takes them, without refused ones."""
        capability = self.capabilities.get(draft.address.target, {}).get(draft.address.kind)
        if capability is None or not capability.names:
            return values
        if draft.lifecycle.on_absent not in (None, "keep"):
            what = f"{draft.kind.plural} are always there, nothing can {draft.lifecycle.on_absent} them"
            self._note(draft, f"{LIFECYCLE}.on_absent", what, "take it out: what is not declared is kept")
        fits = capability.names.get(draft.address.name)
        if fits is None:
            driver = self.settings.targets[draft.address.target].driver
            what = f"`{draft.address.name}` is none of the {draft.kind.plural} the driver `{driver}` knows"
            self.problems.append(Problem(draft.where, what, suggest(draft.address.name, capability.names)))
            return {}
        found = {name: value for name, value in values.items() if name in fits}
        shape: dict[str, Any] = {name: (fits[name], ...) for name in found}
        model: Any = create_model("Fits", **shape)
        try:
            made = model(**found)
        except ValidationError as error:
            for path, what, remedy in explain(error, draft.kind, found):
                self._note(draft, path, what, remedy)
            return {name: value for name, value in values.items() if name not in found}
        return {**values, **{name: getattr(made, name) for name in found}}

    def check_lifecycle(self, draft: Draft) -> None:
        """Put the validated lifecycle into the draft; a mistake leaves the default there."""
        written = draft.written
        if written is None or written is UNREADABLE:
            return
        if not isinstance(written, dict):
            self._note(draft, LIFECYCLE, "`lifecycle` is a mapping", "write its fields below it, indented")
            return
        try:
            draft.lifecycle = Lifecycle(**written)
        except ValidationError as error:
            for path, what, remedy in explain(error, Lifecycle, written):
                self._note(draft, f"{LIFECYCLE}.{path}" if path else LIFECYCLE, what, remedy)
        self._check_ignored(draft)

    def _check_ignored(self, draft: Draft) -> None:
        """Refuse to ignore fields that do not exist, and what only a person's word is compared with."""
        rules, plural = field_rules(draft.kind), draft.kind.plural
        capability = self.capabilities.get(draft.address.target, {}).get(draft.address.kind)
        for index, name in enumerate(draft.lifecycle.ignore):
            path = f"{LIFECYCLE}.ignore.{index}"
            if name not in rules:
                self._note(draft, path, f"`ignore`: {plural} have no field `{name}`", suggest(name, rules))
            elif not draft.kind.live or capability is not None and not capability.verbs:
                what = f"`ignore`: {plural} are read from no system, so there is nothing to ignore"
                self._note(draft, path, what, "leave the field out")

    def _note(self, draft: Draft, path: str, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(draft.place(path), what, remedy))

    def _note_field(self, draft: Draft, name: str, what: str, remedy: str) -> None:
        """A mistake of a field as such: one of a source's column is noted once, not once per row."""
        file = draft.place(name).file
        if is_source(file):
            key = (draft.address.target, draft.address.kind, name, file)
            if key in self._columns:
                return
            self._columns.add(key)
        self._note(draft, name, what, remedy)

    def _refuse_unknown(self, draft: Draft, fields: Collection[str]) -> None:
        for name in draft.values:
            if name in fields:
                continue
            what = f"{draft.kind.plural} have no field `{name}`"
            self._note_field(draft, name, what, suggest(name, {*fields, LIFECYCLE}))

    def _check_offered(self, draft: Draft, values: Mapping[str, Any]) -> frozenset[str]:
        """Refuse what the driver does not offer; the fields it needs that are not there."""
        address = draft.address
        kinds = self.capabilities.get(address.target)
        if kinds is None:
            return frozenset()
        driver = self.settings.targets[address.target].driver
        capability = kinds.get(address.kind)
        if capability is None:
            if address[:2] not in self._lacking:
                self._lacking.add((address.target, address.kind))
                what = f"the driver `{driver}` of {address.target} has no {draft.kind.plural}"
                self.problems.append(Problem(draft.where, what, f"it has {', '.join(sorted(kinds))}"))
            return frozenset()
        for name in values.keys() - capability.fields.keys() - FOLLOWED - {draft.kind.qualifier}:
            what = (
                f"the driver `{driver}` of {address.target} does not offer `{name}` for {draft.kind.plural}"
            )
            self._note_field(draft, name, what, "take it out")
        for name in values:
            if capability.fields.get(name) is Access.READ:
                what = f"`{name}` is only read by the driver `{driver}` of {address.target}, it cannot be set"
                self._note_field(draft, name, what, "take it out")
        missing = capability.required - values.keys()
        if not draft.source and self.names.may_lack(address.target, address.kind):
            return missing  # the row it adds to may be one of those that could not be read
        for name in FILLED.keys() & values.keys():
            missing -= FILLED[name]
        for name in sorted(missing):
            what = (
                f"`{name}` is missing; the driver `{driver}` needs it to make one of the {draft.kind.plural}"
            )
            self.problems.append(Problem(draft.where, what, f"add `{name}:`{self._find_row(draft)}"))
        return missing

    def _find_row(self, draft: Draft) -> str:
        """What else is to be said where no row of the sources has an entry's name; "" if there are none."""
        rows = self.rows.get(draft.address[:2], ()) if not draft.source else ()
        name = draft.address.name
        return f"; or, as no source has a row `{name}`: {suggest(name, rows)}" if rows else ""

    def _refuse_braces(self, draft: Draft, values: Mapping[str, Any], rules: Mapping[str, FieldRule]) -> None:
        for name, value in values.items():
            if isinstance(value, str):
                if "${" in value and not rules[name].secret:
                    self._note(draft, name, *_BRACES)
            elif isinstance(value, dict | list):
                for path in _find_braces(value, name):
                    self._note(draft, path, *_BRACES)

    def _refer(
        self, draft: Draft, values: Mapping[str, Any], rules: Mapping[str, FieldRule]
    ) -> Iterator[tuple[str, Any]]:
        """The reference fields, with addresses where they were found; odd shapes are left for validation."""
        for name, value in values.items():
            kind = rules[name].reference
            if not kind:
                continue
            if isinstance(value, str):
                yield name, self._find(draft, name, value, kind)
            elif isinstance(value, list):
                yield name, self._find_all(draft, name, value, kind)
            elif isinstance(value, dict):
                yield (
                    name,
                    {
                        form: self._find_all(draft, f"{name}.{form}", listed, kind)
                        if isinstance(listed, list)
                        else listed
                        for form, listed in value.items()
                    },
                )

    def _find_all(self, draft: Draft, path: str, listed: list[Any], kind: str) -> list[Any]:
        return [
            self._find(draft, f"{path}.{index}", item, kind) if isinstance(item, str) else item
            for index, item in enumerate(listed)
        ]

    def _find(self, draft: Draft, path: str, text: str, kind: str) -> str:
        found = self.names.find(text, draft.address.target, kind)
        if isinstance(found, Dead):
            if "${" not in text:
                self._note(draft, path, f"`{path.split('.', 1)[0]}`: {found.what}", found.remedy)
            return text
        return found


_BRACES = ("`${...}` may stand only where a secret is asked for, and in target settings", "write the value")


def _find_braces(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "${" in value:
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _find_braces(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _find_braces(inner, f"{path}.{index}")


def _written(value: Any) -> str:
    """As it stands in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)
