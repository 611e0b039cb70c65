"""What is compared of a mapping: the declared keys, at any depth; null means not there."""

from __future__ import annotations

import pytest

from reconciler.model.compare import limited, same
from reconciler.resources.base import Plain


@pytest.mark.parametrize(
    ("found", "wanted", "left"),
    [
        ({"a": 1, "b": 2}, {"a": 5}, {"a": 1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 5}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": {"x": 1, "y": None}}, {"a": {"x": 1, "y": None}}),
        ({}, {"a": None}, {"a": None}),
        ({}, {"a": "1"}, {}),
        ({"a": {"x": 1}}, {"a": None}, {"a": {"x": 1}}),
        ("text", {"a": "1"}, "text"),
        (None, {"a": "1"}, None),
    ],
)
def test_undeclared_keys_are_left_out_at_any_depth(found: Plain, wanted: Plain, left: Plain) -> None:
    assert limited(found, wanted) == left


def test_a_key_that_is_to_go_and_is_not_there_is_as_declared() -> None:
    wanted: Plain = {"term": "fall", "old": None, "menu": {"text": "x", "icon": None}}
    live: Plain = {"term": "fall", "more": "1", "menu": {"text": "x", "label": "x"}}
    assert same(limited(live, wanted), wanted)
    assert not same(limited({"term": "fall", "old": "y", "menu": {"text": "x"}}, wanted), wanted)
