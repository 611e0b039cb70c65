"""A YAML text with some of its values changed: all else keeps its place, its comments, order and quoting.

Where each value stands is told by libyaml; what is written anew reads back as meant, or nothing is returned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import yaml

from reconciler.adopting.text import STEP, flow, lay_out, scalar
from reconciler.errors import ReconcilerError
from reconciler.resources.base import Plain
from reconciler.yamlio import parse


class Gone(Enum):
    """A key that is taken out."""

    GONE = "gone"


GONE = Gone.GONE


@dataclass(frozen=True, slots=True)
class Put:
    """A key's value, in place of what stands there."""

    value: Plain


@dataclass(frozen=True, slots=True)
class Elements:
    """A list of texts without those at the positions `taken`, and with those `added` at its end."""

    taken: frozenset[int]
    added: tuple[str, ...]


@dataclass(slots=True)
class Branch:
    """What becomes of a mapping's keys; those not named stay as they are. `name` is its own key's new name.

    A mapping with nothing left in it goes too, unless it is `kept`: then it becomes `{}`.
    """

    keys: dict[str, Branch | Put | Elements | Gone] = field(default_factory=dict)
    name: str = ""
    kept: bool = False


Patch = Branch | Put | Elements | Gone
Splice = tuple[int, int, str]
Pair = tuple[yaml.ScalarNode, yaml.Node]


def patched(text: str, branch: Branch, file: str) -> str:
    """The text of a file that can be read, changed; "" if nothing would be left of it but comments.

    Raises ReconcilerError where the result would not read as meant.
    """
    root: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    editor = _Editor(text)
    splices = editor.mapping(root, branch) if root else editor.begin(branch)
    if splices is None:
        return ""
    parts, at = [], 0
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        parts += [text[at:start], new]
        at = end
    made = "".join((*parts, text[at:]))
    found = parse(made.encode(), file)
    if found.problems or found.value != (_meant(parse(text.encode(), file).value, branch) or {}):
        raise ReconcilerError(
            f"{file}: what is to change in it cannot be written without touching more; edit it by hand"
        )
    return made


def _meant(value: object, branch: Branch) -> dict[str, Any] | None:
    """What a mapping is to read as; None if it goes."""
    made: dict[str, Any] = {}
    for key, item in value.items() if isinstance(value, Mapping) else ():
        match branch.keys.get(key):
            case None:
                made[key] = item
            case Branch() as inner:
                if (found := _meant(item, inner)) is not None:
                    made[inner.name or key] = found
            case Elements(taken, added):
                made[key] = [one for at, one in enumerate(item) if at not in taken] + [*added]
            case Put(new):
                made[key] = _read_back(new)
            case Gone.GONE:
                pass
    known = value.keys() if isinstance(value, Mapping) else ()
    made.update((key, _read_back(new)) for key, new in _fresh(branch, known))
    return made if made or branch.kept else None


def _read_back(value: Plain) -> Any:
    """As a reader of texts gets it."""
    if isinstance(value, Mapping):
        return {key: _read_back(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_read_back(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _fresh(branch: Branch, known: Collection[str]) -> Iterator[tuple[str, Plain]]:
    """What a mapping does not have yet, by key."""
    for key, patch in branch.keys.items():
        if key in known:
            continue
        if isinstance(patch, Put):
            yield key, patch.value
        elif isinstance(patch, Elements):
            yield key, patch.added
        elif isinstance(patch, Branch) and ((inner := dict(_fresh(patch, ()))) or patch.kept):
            yield patch.name or key, inner


class _Editor:
    """The splices of one text; what is None is left with nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def begin(self, branch: Branch) -> list[Splice]:
        """Of a text in which nothing stands but comments."""
        return [self._insert(len(self.text), self._new_keys(branch, (), ""))]

    def mapping(self, node: yaml.MappingNode, branch: Branch) -> list[Splice] | None:
        """Of everything within a mapping."""
        made: list[Splice] = []
        gone: set[int] = set()
        for at, (key, value) in enumerate(node.value):
            found = self._pair((key, value), branch.keys.get(key.value))
            if found is None:
                gone.add(at)
            else:
                made += found
        known = {key.value for key, _ in node.value}
        fresh = dict(_fresh(branch, known))
        if len(gone) == len(node.value) and not fresh:
            return None
        spans = [(key.start_mark.index, self._end(value)) for key, value in node.value]
        if node.flow_style:
            return [
                *made,
                *self._flow(node, spans, gone, [flow({key: new})[1:-1] for key, new in fresh.items()]),
            ]
        first, last = node.value[0][0], node.value[-1][1]
        opened = isinstance(last, yaml.MappingNode) and not last.flow_style
        lines = self._new_keys(branch, known, " " * first.start_mark.column, opened=opened)
        return [*made, *self._block(spans, gone, lines)]

    def _pair(self, pair: Pair, patch: Patch | None) -> list[Splice] | None:
        key, value = pair
        match patch:
            case None:
                return []
            case Put(new):
                return self._put(pair, new)
            case Elements():
                return self._elements(pair, patch)
            case Branch():
                if isinstance(value, yaml.MappingNode):
                    found = self.mapping(value, patch)
                else:
                    inner = dict(_fresh(patch, ()))
                    found = self._put(pair, inner) if inner else None
                if found is None and patch.kept:
                    found = self._put(pair, {})
                if found is not None and patch.name:
                    found.append((*_span(key), self._like(key, patch.name)))
                return found
            case Gone.GONE:
                return None

    def _put(self, pair: Pair, new: Plain) -> list[Splice]:
        key, value = pair
        start, end = value.start_mark.index, self._end(value)
        if not isinstance(value, yaml.CollectionNode) or value.flow_style:
            return [(start, end, self._like(value, new))]
        lines = (self._line_start(start), self._line_end(end))
        if isinstance(value, yaml.SequenceNode) and isinstance(new, list | tuple) and new:
            indent = " " * value.start_mark.column
            return [(*lines, self._joined(f"{indent}- {flow(item)}" for item in new))]
        colon = self.text.index(":", key.end_mark.index) + 1
        return [(colon, colon, f" {flow(new)}"), (*lines, "")]

    def _elements(self, pair: Pair, patch: Elements) -> list[Splice]:
        value = pair[1]
        if not isinstance(value, yaml.SequenceNode):
            return self._put(pair, patch.added)
        if len(patch.taken) == len(value.value) and not patch.added:
            return self._put(pair, ())
        spans = [(item.start_mark.index, self._end(item)) for item in value.value]
        if value.flow_style:
            return [*self._flow(value, spans, patch.taken, [scalar(text) for text in patch.added])]
        indent = " " * value.start_mark.column
        return [*self._block(spans, patch.taken, [f"{indent}- {scalar(text)}" for text in patch.added])]

    def _block(
        self, spans: Sequence[tuple[int, int]], gone: Collection[int], lines: Sequence[str]
    ) -> Iterator[Splice]:
        """Whole lines go and come."""
        for at in gone:
            start, end = spans[at]
            yield self._line_start(start), self._line_end(end), ""
        if lines:
            yield self._insert(self._line_end(spans[-1][1]), lines)

    def _flow(
        self,
        node: yaml.CollectionNode,
        spans: Sequence[tuple[int, int]],
        gone: Collection[int],
        added: Sequence[str],
    ) -> Iterator[Splice]:
        """What goes takes the comma behind it along; the last ones that before them."""
        kept = [at for at in range(len(spans)) if at not in gone]
        if not kept:
            start = spans[0][0] if spans else node.start_mark.index + 1
            yield start, spans[-1][1] if spans else start, ", ".join(added)
            return
        last = kept[-1]
        for at in gone:
            if at < last:
                yield spans[at][0], spans[at + 1][0], ""
        if last + 1 < len(spans):
            yield spans[last][1], spans[-1][1], ""
        if added:
            yield spans[last][1], spans[last][1], "".join(f", {text}" for text in added)

    def _new_keys(
        self, branch: Branch, known: Collection[str], indent: str, *, opened: bool = False
    ) -> list[str]:
        """Lines for what a mapping has not; a value that fits stands on its key's line unless `opened`."""
        lines: list[str] = []
        for key, new in _fresh(branch, known):
            inner = branch.keys.get(key)
            if isinstance(inner, Branch) and not inner.kept:
                lines += [f"{indent}{scalar(key)}:", *self._new_keys(inner, (), indent + STEP)]
            elif opened and isinstance(new, Mapping) and new:
                lines.append(f"{indent}{scalar(key)}:")
                lines += [line for name, item in new.items() for line in lay_out(name, item, indent + STEP)]
            else:
                lines += lay_out(key, new, indent)
        return lines

    def _insert(self, at: int, lines: Sequence[str]) -> Splice:
        text = self._joined(lines)
        if at and self.text[at - 1] != "\n":  # the file's last line is not ended
            text = self.newline + text.removesuffix(self.newline)
        return at, at, text

    def _joined(self, lines: Iterator[str] | Sequence[str]) -> str:
        return "".join(f"{line}{self.newline}" for line in lines)

    def _like(self, node: yaml.Node, new: Plain) -> str:
        """A value on one line, a text in the quotes of what stood there."""
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        if isinstance(new, str) and new.isprintable() and style in ("'", '"'):
            double = new.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{double}"' if style == '"' else "'{}'".format(new.replace("'", "''"))
        return flow(new)

    def _end(self, node: yaml.Node) -> int:
        """Where a value ends, without the blank lines and comments that libyaml counts to what is before."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        start, end = _span(node)
        return start + len(self.text[start:end].rstrip())

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        return self.text.find("\n", at) + 1 or len(self.text)


def _span(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index
