"""Kinds are found by scanning: every file yields exactly one, and each can be told from the others."""

from __future__ import annotations

from pathlib import Path

import reconciler.resources
from reconciler.model.references import kind_order
from reconciler.resources.base import field_rules, kinds


def test_every_file_is_one_kind_of_its_name() -> None:
    files = {path.stem for path in Path(reconciler.resources.__path__[0]).glob("*.py")}
    files -= {"__init__", "base", "emails", "lti_roles", "parameters", "schedules", "spans"}  # all kinds'
    # A kind whose name is a word of Python's own has an underscore after it in its file's name.
    assert {name: kind.__module__.rpartition(".")[2] for name, kind in kinds().items()} == {
        name.removesuffix("_"): name for name in files
    }


def test_kinds_differ_in_their_sections_and_refer_to_kinds_that_exist() -> None:
    plurals = [kind.plural for kind in kinds().values()]
    assert len(set(plurals)) == len(plurals)
    for kind in kinds().values():
        referred = {rule.reference for rule in field_rules(kind).values()} - {""}
        assert referred <= kinds().keys(), kind.kind
        assert kind.after <= kinds().keys(), kind.kind
        assert not kind.qualifier or field_rules(kind)[kind.qualifier].reference


def test_a_kind_comes_after_what_it_refers_to_and_what_it_names() -> None:
    order = kind_order()
    for kind in kinds().values():
        referred = {rule.reference for rule in field_rules(kind).values()} - {"", kind.kind}
        assert all(order.index(first) < order.index(kind.kind) for first in referred | kind.after), kind.kind
    assert order.index("tracking_field") < order.index("course_meeting")
