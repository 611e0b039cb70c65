"""The graph of references: complete, counted by kinds, and safe to paste wherever it is drawn."""

from __future__ import annotations

import json

import pytest

from reconciler.errors import Where
from reconciler.model import Address, Desired
from reconciler.report.graph import FEW, Edge, Graph, Shape, graph_address, graph_kinds, render_graph
from reconciler.resources.base import Lifecycle, Members, Resource
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.user import User

PEOPLE = [Address("z", "user", f"s{number}") for number in range(20)]
CLUB, TALK = Address("z", "group", "club"), Address("z", "course_meeting", "talk/1")


def campus() -> dict[Address, Desired[Resource]]:
    """Twenty people, a club of all of them, and a talk by the first."""
    resources: dict[Address, Resource] = {person: User(email=f"{person.name}@x.edu") for person in PEOPLE}
    resources[CLUB] = Group(members=Members(tuple(map(str, PEOPLE))))
    resources[TALK] = CourseMeeting(host=str(PEOPLE[0]), topic="Talk")
    return {
        address: Desired(address, resource, Lifecycle(), Where("a.yaml", 1), {})
        for address, resource in resources.items()
    }


def test_kinds_are_counted_with_their_references() -> None:
    graph = graph_kinds(campus())
    assert graph.nodes == {"z/course_meeting": 1, "z/group": 1, "z/user": 20}
    assert graph.edges == (
        Edge("z/course_meeting", "host", "z/user", 1),
        Edge("z/group", "members", "z/user", 20),
    )


def test_an_address_shows_what_it_needs_and_what_needs_it() -> None:
    graph = graph_address(campus(), [PEOPLE[0]])
    assert set(graph.nodes) == {str(PEOPLE[0]), str(CLUB), str(TALK)}
    text = render_graph(graph)
    assert f"    {TALK}  (host)" in text
    assert f"    {CLUB}  (members)" in text


def test_long_lists_are_cut_and_counted() -> None:
    text = render_graph(graph_address(campus(), [CLUB]))
    assert text.count("-> ") == FEW
    assert f"and {len(PEOPLE) - FEW} more" in text


@pytest.mark.parametrize("shape", ["terminal", "mermaid", "dot"])
def test_names_break_out_of_no_drawing(shape: Shape) -> None:
    evil = 'z/user/"];\n--> <script>\x1b'
    edge = Edge("z/group/g", "members", evil)
    drawn = render_graph(Graph({evil: 1, "z/group/g": 1}, (edge,), ("z/group/g",)), shape)
    tame = render_graph(Graph({"e": 1, "z/group/g": 1}, (edge._replace(needed="e"),), ("z/group/g",)), shape)
    assert "\x1b" not in drawn
    assert len(drawn.splitlines()) == len(tame.splitlines())
    quotes = drawn.count('"') - drawn.count('\\"')
    assert shape == "terminal" or quotes == tame.count('"')
    assert shape != "mermaid" or "<script>" not in drawn


def test_json_holds_every_edge() -> None:
    answer = json.loads(render_graph(graph_kinds(campus()), "json"))
    assert answer["edges"][1] == {"user": "z/group", "field": "members", "needed": "z/user", "times": 20}
    assert answer["roots"] == []
