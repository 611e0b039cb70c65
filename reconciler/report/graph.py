"""Who refers to whom, drawn: a campus by its kinds, or one address with what it needs and what needs it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from reconciler.model.codec import encode_values
from reconciler.model.objects import Address, Desired
from reconciler.model.references import references
from reconciler.report.document import visible
from reconciler.resources.base import Resource

Shape = Literal["terminal", "mermaid", "dot", "json"]
FEW = 12
"""So many of one field's references are named one by one, more are counted."""


class Edge(NamedTuple):
    """`user` refers to `needed` by `field`, so many `times`."""

    user: str
    field: str
    needed: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id with how many resources each stands for, and edges; `roots` are the addresses asked for."""

    nodes: Mapping[str, int]
    edges: tuple[Edge, ...]
    roots: tuple[str, ...] = ()


def graph_kinds(resources: Mapping[Address, Desired[Resource]]) -> Graph:
    """Every kind of every target as one node, and how often one refers to another."""
    nodes = Counter(_kind(address) for address in resources)
    counts = Counter(
        (_kind(address), field, _kind(needed))
        for address, item in resources.items()
        for field, needed in references(item.resource)
    )
    return Graph(dict(sorted(nodes.items())), tuple(Edge(*key, n) for key, n in sorted(counts.items())))


def graph_address(resources: Mapping[Address, Desired[Resource]], roots: Iterable[Address]) -> Graph:
    """All that the addresses need, to the end, and what refers to them directly."""
    needs: dict[Address, list[tuple[str, Address]]] = {
        address: list(references(item.resource)) for address, item in resources.items()
    }
    roots, edges = tuple(roots), set()
    left, seen = list(roots), set(roots)
    while left:
        address = left.pop()
        for field, needed in needs.get(address, ()):
            edges.add(Edge(str(address), field, str(needed)))
            if needed not in seen:
                seen.add(needed)
                left.append(needed)
    for address, found in needs.items():
        edges |= {Edge(str(address), field, str(needed)) for field, needed in found if needed in roots}
    nodes = {*map(str, seen), *(edge.user for edge in edges)}
    return Graph(dict.fromkeys(sorted(nodes), 1), tuple(sorted(edges)), tuple(map(str, roots)))


def render_graph(graph: Graph, shape: Shape = "terminal") -> str:
    """As text, as Mermaid, as Graphviz's dot, or as JSON (`roots`, `nodes`, `edges`)."""
    if shape == "json":
        edges = [edge._asdict() for edge in graph.edges]
        return encode_values(roots=graph.roots, nodes=graph.nodes, edges=edges).decode()
    if shape == "mermaid":
        return "\n".join(["graph LR", *_mermaid(graph)]) + "\n"
    if shape == "dot":
        return "\n".join(["digraph reconciler {", "  rankdir=LR;", *_dot(graph), "}"]) + "\n"
    return "\n".join(_text(graph)) + "\n"


def _kind(address: Address) -> str:
    return f"{address.target}/{address.kind}"


def _label(graph: Graph, node: str) -> str:
    count = graph.nodes[node]
    return visible(node if graph.roots else f"{node} ({count})")


def _field(edge: Edge) -> str:
    return edge.field if edge.times == 1 else f"{edge.field} x{edge.times}"


def _mermaid(graph: Graph) -> Iterator[str]:
    ids = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    for node, short in ids.items():
        label = _label(graph, node).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        yield f'  {short}["{label}"]'
    for edge in graph.edges:
        yield f"  {ids[edge.user]} -->|{_field(edge)}| {ids[edge.needed]}"


def _dot(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        yield f"  {_quoted(node)} [label={_quoted(_label(graph, node))}];"
    for edge in graph.edges:
        yield f"  {_quoted(edge.user)} -> {_quoted(edge.needed)} [label={_quoted(_field(edge))}];"


def _quoted(text: str) -> str:
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(graph: Graph) -> Iterator[str]:
    """Every node with what it needs below it; of an address asked for, also what needs it."""
    needs: dict[str, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    needed_by: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        needs[edge.user][edge.field].append(edge)
        needed_by[edge.needed].append(edge)
    for node in graph.roots or graph.nodes:
        yield _label(graph, node)
        yield from _needs(graph, needs[node])
        users = needed_by[node] if graph.roots else []
        if users:
            yield "  needed by"
            yield from (f"    {visible(edge.user)}  ({edge.field})" for edge in users[:FEW])
        if len(users) > FEW:
            yield f"    and {len(users) - FEW} more"


def _needs(graph: Graph, fields: Mapping[str, list[Edge]]) -> Iterator[str]:
    for field, edges in sorted(fields.items()):
        yield f"  {field}"
        for edge in edges[:FEW]:
            often = f"  x{edge.times}" if edge.times > 1 else ""
            yield f"    -> {_label(graph, edge.needed)}{often}"
        if len(edges) > FEW:
            yield f"    and {len(edges) - FEW} more"
