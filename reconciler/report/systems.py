"""What can be done on which system, as a page of Markdown: only what the drivers declare, and what it met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.ports import Access, Apart, Capability, Lists, Prefix, Unique

VERBS = ("create", "update", "disable", "delete")

_ACCESS = {
    Access.FULL: "Read and written",
    Access.CREATE_ONLY: "Read; fixed once made",
    Access.READ: "Only read",
    Access.HIDDEN: "Written, never read back",
    Access.HIDDEN_CREATE: "Written once, never read back",
    Access.RELATION: "Never sent: orders and checks",
}
_PREFIX = {
    Prefix.UNKNOWN: "",
    Prefix.ADDED: "arrive with `custom_` before the declared name",
    Prefix.WRITTEN: "arrive as they are declared, with the `custom_` that each must begin with",
}
_UNIQUE = {
    Unique.SERVER: "the vendor refuses it",
    Unique.NONE: "the vendor makes it; looked for first",
}
_LISTED = {Lists.ALL: "the whole account", Lists.KEYED: "only what is declared or recorded"}


@dataclass(frozen=True, slots=True)
class System:
    """One driver, or one shape of it (`rest:d2l`): its capabilities by kind, and which of them it `probes`.

    `met` says in prose what its laws were tried against, and what they never were.
    """

    capabilities: Mapping[str, Capability]
    met: str
    probes: frozenset[str] = frozenset()


def render_systems(systems: Mapping[str, System], head: str) -> str:
    """The page, `head` first; systems and kinds in the order of their names."""
    parts = [head.strip(), "## Verbs", *_overview(systems)]
    for name, system in sorted(systems.items()):
        parts += [f"## {name}", f"What its laws have met: {system.met}"]
        for kind, capability in sorted(system.capabilities.items()):
            parts += [f"### {name}: {kind}", _table(("", ""), _rows(capability, kind in system.probes))]
    return "\n\n".join(parts) + "\n"


def by_hand(capability: Capability) -> tuple[str, ...]:
    """The verbs that become a hand-off, whatever a target's settings are.

    Not among them is what there is no call for: an update where no field can change, a disable, and making
    and deleting where the vendor fixes which objects there are.
    """
    changes = {Access.FULL, Access.HIDDEN} & set(capability.fields.values())
    called = {"update"} if changes else set()
    called |= set() if capability.names else {"create", "delete"}
    return tuple(verb for verb in VERBS if verb in called - capability.verbs)


def _overview(systems: Mapping[str, System]) -> Iterator[str]:
    rows = [
        (f"`{name}`", f"`{kind}`", *(_who(capability, verb) for verb in VERBS))
        for name, system in sorted(systems.items())
        for kind, capability in sorted(system.capabilities.items())
    ]
    yield _table(("System", "Kind", *VERBS), rows)


def _who(capability: Capability, verb: str) -> str:
    settings = [name for name, verbs in capability.by_setting.items() if verb in verbs]
    if verb in capability.verbs:
        return "API, or by hand" if settings else "API"
    return "by hand" if verb in by_hand(capability) else "no"


def _rows(capability: Capability, probed: bool) -> Iterator[tuple[str, str]]:
    """Two cells each; a row that would be empty is left out."""
    rows = [*_verb_rows(capability), *_reading_rows(capability, probed), *_field_rows(capability)]
    rows += [
        ("Never kept together", "<br>".join(map(_apart, capability.apart))),
        ("What goes", "<br>".join(f"`{what}`: {gone}" for what, gone in sorted(capability.loses.items()))),
    ]
    yield from ((label, cell) for label, cell in rows if cell)


def _verb_rows(capability: Capability) -> Iterator[tuple[str, str]]:
    page = f"*{capability.page.title}*" if capability.page else "no page of the vendor's is described"
    verbs = by_hand(capability)
    yield "By API", _listed(verb for verb in VERBS if verb in capability.verbs)
    if verbs:
        yield "By hand", f"{_listed(verbs)}: {page}"
    for (name, value), left in sorted(capability.by_setting.items()):
        yield f"By hand where `{name}: {value}`", f"{_listed(sorted(left))}: {page}"
    if capability.page and not verbs and not capability.by_setting:
        yield "By hand, where the API cannot", page
    if canary := capability.canary:
        yield (
            "First import",
            f"{canary.most} with each `{canary.by}`, of different `{canary.apart}` as far as there are; the "
            f"others wait until a person has looked at these: *{canary.page.title}*",
        )


def _reading_rows(capability: Capability, probed: bool) -> Iterator[tuple[str, str]]:
    yield "Listed", _LISTED[capability.lists] if capability.verbs else "never: nothing can be read"
    yield "Natural keys", _listed(key.name for key in capability.natural_keys)
    if "create" in capability.verbs:
        yield "A second one with the same key", _UNIQUE[capability.unique]
    if capability.visible_after:
        yield "A write shows", f"within {capability.visible_after:g} s"
    if capability.quota:
        quota = capability.quota
        yield "Quota", f"{quota.limit} {quota.name} a UTC day for each `{quota.owner}`"
    if probed:
        fields = f" ({_listed(sorted(capability.proves))})" if capability.proves else ""
        yield "Proved", f"by using it, where a probe is set up{fields}"
    yield "Which there are", _listed(sorted(capability.names))


def _field_rows(capability: Capability) -> Iterator[tuple[str, str]]:
    yield "Must be declared to be made", _listed(sorted(capability.required))
    for access, label in _ACCESS.items():
        text = label if capability.verbs else label.replace("Written", "Entered by a person")
        yield text, _listed(name for name, has in capability.fields.items() if has is access)
    yield "Replaced whole", _listed(sorted(capability.units))
    yield "Custom parameters", _PREFIX[capability.prefix]
    telling = (f"privacy: {value}" for value in sorted(capability.tells_courses))
    yield "Launches tell their course's own id at", _listed(telling)


def _apart(apart: Apart) -> str:
    values = " with ".join(f"`{name}: {_plain(value)}`" for name, value in apart.values.items())
    return f"{values} ({apart.why})"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
