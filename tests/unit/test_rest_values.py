"""Forms and expressions of REST mappings: what is read is what was written, and nothing runs."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.drivers.operations import Revealed, redact, secrets_in
from reconciler.drivers.rest.mapping import check_expression, check_form, check_request
from reconciler.drivers.rest.values import FORMS, dig, evaluate, flatten, nest
from reconciler.resources.base import Members

ROUND = [
    ("bool", True, True),
    ("inverse", True, False),
    ("yes_no", False, "No"),
    ("id", "42", 42),
    ("id", "_42_1", "_42_1"),
    ("ids", Members(("1", "2")), [1, 2]),
    ("comma_ids", Members(("1", "2")), "1,2"),
    ("unix", "2026-09-07T14:00:00Z", 1788789600),
    ("lines", {"custom_a": "1", "custom_b": "x=y"}, "custom_a=1\ncustom_b=x=y"),
    ("pairs", {"a": "1"}, [{"Name": "a", "Value": "1"}]),
    ("map", {"a": "1"}, {"a": "1"}),
    ("int", 7, 7),
]


@pytest.mark.parametrize(("form", "ours", "theirs"), ROUND, ids=[f"{r[0]}-{n}" for n, r in enumerate(ROUND)])
def test_a_value_is_read_back_as_it_was_written(form: str, ours: Any, theirs: Any) -> None:
    assert FORMS[form].encode(ours) == theirs
    assert FORMS[form].decode(theirs) == ours


@pytest.mark.parametrize("form", ["text", "lower", "int", "bool", "id", "unix", "lines", "pairs", "map"])
def test_what_is_not_there_is_nothing(form: str) -> None:
    assert FORMS[form].decode(None) is None


def test_truth_is_not_guessed() -> None:
    assert FORMS["bool"].decode("TRUE") is True
    with pytest.raises(ValueError, match="neither true nor false"):
        FORMS["bool"].decode("perhaps")


def test_what_is_null_in_a_mapping_is_taken_off() -> None:
    assert FORMS["lines"].encode({"a": "1", "b": None}) == "a=1"


@pytest.mark.parametrize("text", ["a..b", "a[", "__import__('os')", "system('ls')"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no JMESPath expression"):
        check_expression(text)


def test_an_expression_only_looks_things_up() -> None:
    assert evaluate("not_null(Status, status) == `0`", {"status": 0}) is True
    with pytest.raises(ValueError, match="(?i)unknown function"):
        evaluate("system('ls')", {})


@pytest.mark.parametrize("text", ["FETCH /x", "GET x", "GET /x?a=1", "GET /x/{Bad}", "GET /{a"])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no request"):
        check_request(text)
    with pytest.raises(ValueError, match="no form"):
        check_form(text)


def test_paths_reach_into_objects() -> None:
    body: dict[str, Any] = {}
    nest(body, "availability.available", "Yes")
    assert dig(body, "availability.available") == "Yes"
    assert dig({"a.b": 1}, "a.b") == 1
    assert dig({}, "a.b") is None
    assert [flatten(value) for value in (True, None, 3, ["a", 1])] == ["true", "", "3", "a,1"]


def test_a_revealed_secret_is_never_written_down_whatever_its_field() -> None:
    body = {"plainSecret": Revealed("s3cret"), "rows": [{"x": Revealed("other")}]}
    assert redact(body) == {"plainSecret": "[redacted]", "rows": ({"x": "[redacted]"},)}
    assert set(secrets_in(body)) == {"s3cret", "other"}
    assert "s3cret" not in repr(body)
