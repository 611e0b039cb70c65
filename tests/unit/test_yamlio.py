"""Reading YAML: what is kept as text, where things stand, and what is refused."""

import pytest

from reconciler.errors import Where
from reconciler.yamlio import MAX_BYTES, UNREADABLE, Map, Marks, parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0123", "0123"),
        ("no", "no"),
        ("yes", "yes"),
        ("10:00", "10:00"),
        ("1e3", "1e3"),
        ("2026-09-01", "2026-09-01"),
        ("Null", "Null"),
        ("NULL", "NULL"),
        ("null", None),
        ("~", None),
        ("'null'", "null"),
        ('"~"', "~"),
        ("''", ""),
        ("${env:NAME}", "${env:NAME}"),
        ("[a, ~]", ["a", None]),
        ("{a: {b: '1'}}", {"a": {"b": "1"}}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("{}", {}),
    ],
)
def test_scalars_are_texts(written: str, read: object) -> None:
    parsed = parse(f"key: {written}".encode(), "f.yaml")
    assert (parsed.value, parsed.problems, parsed.whole) == ({"key": read}, (), True)


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa: b\n", b"a: b\r\n", b"---\na: b\n...\n", b"%YAML 1.2\n---\na: b", b"a: &x b\n"]
)
def test_other_spellings_of_a_document_are_read(data: bytes) -> None:
    parsed = parse(data, "f.yaml")
    assert (parsed.value, parsed.problems) == ({"a": "b"}, ())


@pytest.mark.parametrize("data", [b"", b"# only a remark\n"])
def test_an_empty_file_is_an_empty_mapping(data: bytes) -> None:
    assert parse(data, "f.yaml").value == {}


REFUSED = [
    ("a: 1\na: 2\n", "2:1: `a` stands twice; the first is at line 1", True),
    ("a: {b: 1, b: 2}\n", "1:11: `b` stands twice", True),
    ("a:\n", "1:3: the section `a` is empty", True),
    ("a:\n  b:\n", "2:5: nothing stands after `b:`", True),
    ("a: {b: , c: 1}\n", "1:8: nothing stands after `b:`", True),
    ("a: {b:, c: 1}\n", "1:6: nothing stands after this key", False),
    ("a:\n  -\n", "2:4: a list element is empty", True),
    ("a:\n\tb: 1\n", "2:1: a tab stands in the indentation", False),
    ("a:\n  b: 1\n  \tc: 1\n", "3:3: a tab stands in the indentation", False),
    ("a: 1\n---\nb: 2\n", "2:1: a second document starts here", False),
    ("a: 1\n...\nb: 2\n", "3:1: not readable as YAML", False),
    ("a: &x 1\nb: *x\n", "2:4: aliases such as `*x` are not read", True),
    ("a: &x {c: 1}\nb:\n  <<: *x\n", "3:3: merge keys (`<<`) are not read", True),
    ("a: !!python/object:os.system x\n", "1:4: the tag `tag:yaml.org,2002:python/object:os.system`", True),
    ("a: !x [1]\n", "1:4: the tag `!x` is not read", True),
    ("a: {b: ${env:X}}\n", "1:8: `${...}` inside { } or [ ]", False),
    ("a: [${env:X}]\n", "1:5: `${...}` inside { } or [ ]", False),
    ("a: b: c\n", "1:5: no key can stand here", False),
    ("a: @b\n", "1:4: a text cannot start with @", False),
    ("a: 'b\n", "2:1: not readable as YAML", False),
    ("a: [1,\nb\n", "3:1: not readable as YAML", False),
    ("a: b\x07\n", "1:5: the character U+0007 may not stand in YAML", False),
    ("? [a]\n: b\n", "1:3: a key is a text", True),
    ("- a\n", "1:1: a file holds sections", False),
    ("text\n", "1:1: a file holds sections", False),
]


@pytest.mark.parametrize(("text", "told", "whole"), REFUSED)
def test_what_is_refused_is_told_with_its_place(text: str, told: str, whole: bool) -> None:
    parsed = parse(text.encode(), "f.yaml")
    assert [str(problem).startswith(f"f.yaml:{told}") for problem in parsed.problems] == [True]
    assert parsed.problems[0].remedy
    assert parsed.whole is whole


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"a: 1\nb: \xe9\n", (2, 4)), ("a: é".encode("latin-1"), (1, 4)), ("a: 1".encode("utf-16"), (1, 1))],
)
def test_only_utf8_is_read(data: bytes, place: tuple[int, int]) -> None:
    (problem,) = parse(data, "f.yaml").problems
    assert problem.where == Where("f.yaml", *place)
    assert "UTF-8" in problem.remedy


def test_reading_goes_on_after_what_can_be_skipped() -> None:
    parsed = parse(b"a: {b: 1, b: 2}\nc: *x\nd: !t e\nd: f\n", "f.yaml")
    assert [problem.where.line for problem in sorted(parsed.problems, key=lambda p: p.where)] == [1, 2, 3, 4]
    assert parsed.value == {"a": {"b": "1"}, "c": UNREADABLE, "d": "e"}


def test_every_line_with_a_tab_is_told() -> None:
    parsed = parse(b"a:\n\tb: 1\n\tc: 2\n\n\t\n\t# remark\n", "f.yaml")
    assert [problem.where.line for problem in parsed.problems] == [2, 3]


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    parsed = parse("\n".join(lines).encode(), "f.yaml")
    (problem,) = parsed.problems
    assert (problem.where.line, "(118 in this file)" in problem.what) == (2, True)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    parsed = parse(f"a:\n  {text}".encode(), "f.yaml")
    assert (len(parsed.problems), parsed.whole) == (1, False)
    assert "nested more than 20 levels" in parsed.problems[0].what


def test_a_file_too_large_is_refused() -> None:
    (problem,) = parse(b"#" * (MAX_BYTES + 1), "f.yaml").problems
    assert "at most" in problem.what


def test_marks_find_fields_elements_and_the_nearest_parent() -> None:
    marks = Marks("f.yaml", parse(b"a:\n  b: [x, y]\n  c: {d: e}\n", "f.yaml").value)
    found = {path: marks[path][1:] for path in ("a", "a.b", "a.b.1", "a.b.7", "a.c.d", "a.c.z")}
    assert found == {
        "a": (1, 1), "a.b": (2, 3), "a.b.1": (2, 10), "a.b.7": (2, 3), "a.c.d": (3, 7), "a.c.z": (3, 3)
    }  # fmt: skip
    assert marks.get("z") is None
    assert list(marks) == ["a"]


def test_a_map_can_be_built_by_hand() -> None:
    made = Map()
    made.put("a", "b", Map().mark)
    assert (made, Marks("f.yaml", made)["a"]) == ({"a": "b"}, Where("f.yaml"))
