"""Edits of YAML texts keep everything else as it is, read back as meant, and are written all or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.run.undoing.patches import GONE, Branch, Elements, Gone, Put, patched
from reconciler.run.undoing.writing import Edit, write_edits
from reconciler.yamlio import parse

Keys = Branch | Put | Elements | Gone


def branch(**keys: Keys) -> Branch:
    return Branch(dict(keys))


def entry(**keys: Keys) -> Branch:
    """Of an entry, which stays even when nothing is left in it."""
    return Branch(dict(keys), kept=True)


def elements(*taken: int, add: tuple[str, ...] = ()) -> Elements:
    return Elements(frozenset(taken), add)


TEXT = """\
# people of the campus
users:
  entries:   # by hand

    s1: {email: "ada@example.edu", first_name: 'Ada'}   # the dean
    s2:
      email: ben@example.edu   # new in May
      agenda: |
        one
        two

      # the last word
    "07": {}
groups:
  faculty:
    members:
    - s1
    - s2   # acting
  staff: {members: {exactly: [s1,
      s2]}, title: Staff}
"""


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        pytest.param(
            branch(
                users=branch(
                    entries=branch(s1=entry(first_name=Put("O'Neil")), s2=entry(email=Put("b@x.org")))
                )
            ),
            {
                "    s1: {email: \"ada@example.edu\", first_name: 'O''Neil'}   # the dean",
                "      email: b@x.org   # new in May",
            },
            id="quotes and comments stay",
        ),
        pytest.param(
            branch(users=branch(entries=branch(s1=entry(email=Put('"é" \\')), s2=entry(agenda=Put("a\nb"))))),
            {
                '    s1: {email: "\\"é\\" \\\\", first_name: \'Ada\'}   # the dean',
                '      agenda: "a\\x0ab"',
            },
            id="odd texts",
        ),
        pytest.param(
            branch(
                groups=branch(
                    faculty=entry(members=elements(0, add=("s3", "no"))),
                    staff=entry(members=branch(exactly=elements(1, add=("s3",))), title=Put(None)),
                )
            ),
            {"    - s3", '    - "no"', "  staff: {members: {exactly: [s1, s3]}, title: ~}"},
            id="elements of lists",
        ),
        pytest.param(
            branch(
                users=branch(
                    entries=branch(
                        s1=entry(email=GONE, first_name=GONE),
                        s2=entry(email=GONE, agenda=GONE, lifecycle=branch(previously=Put(("s8",)))),
                        s9=Put({"email": "eve@example.edu", "license": None}),
                    )
                )
            ),
            {
                "    s1: {}   # the dean",
                "      lifecycle:",
                "        previously: [s8]",
                "    s9: {email: eve@example.edu, license: ~}",
            },
            id="all taken out of an entry, new ones beside it",
        ),
        pytest.param(
            branch(users=branch(entries=branch(**{"07": Branch(name="08", kept=True)}))),
            {'    "08": {}'},
            id="a key renamed",
        ),
        pytest.param(
            branch(
                groups=branch(faculty=GONE, staff=GONE), courses=branch(bio=Put({"domain": "https://x.org"}))
            ),
            {"courses:", '  bio: {domain: "https://x.org"}'},
            id="a section with nothing left goes",
        ),
        pytest.param(
            branch(groups=branch(faculty=entry(members=elements(0, 1)), staff=entry(members=Put(())))),
            {"    members: []", "  staff: {members: [], title: Staff}"},
            id="empty lists",
        ),
    ],
)
def test_only_the_lines_that_change_are_touched(patch: Branch, changed: set[str]) -> None:
    made = patched(TEXT, patch, "people.yaml")
    before, after = TEXT.splitlines(), made.splitlines()
    assert {line for line in after if line not in before} == changed
    kept = [line for line in after if line in before]
    assert kept == [line for line in before if line in after], "the order stays"
    for newline, mark in (("\r\n", ""), ("\n", "\n# the end")):
        other = patched(TEXT.replace("\n", newline) + mark, patch, "people.yaml")
        assert parse(other.encode(), "").value == parse(made.encode(), "").value
        assert newline == "\n" or other.count("\r\n") == other.count("\n")


@pytest.mark.parametrize(
    ("text", "patch", "made"),
    [
        ("users: {a: {x: 1}, b: {}, c: {}}", branch(users=branch(b=GONE, c=GONE)), "users: {a: {x: 1}}"),
        ("users: {a: {x: 1}, b: {}, c: {}}", branch(users=branch(a=GONE, b=GONE)), "users: {c: {}}"),
        ("users: {a: {}, b: {}}", branch(users=branch(a=GONE, b=GONE, c=Put({}))), "users: {c: {}}"),
        ("users: {a: {}}", branch(users=branch(a=entry(x=Put("1"), z=Put(True)))),
         'users: {a: {x: "1", z: true}}'),
        ("users:\n  a: {}", branch(users=branch(b=Put({}))), "users:\n  a: {}\n  b: {}"),
        ("# only words\n", branch(users=branch(b=Put({}))), "# only words\nusers:\n  b: {}\n"),
        ("# words\nusers:\n  a: {}\n", branch(users=branch(a=GONE)), ""),
        ("users:\n  a:\n    x: 1\n", branch(users=branch(b=Put({"x": 2}))),
         "users:\n  a:\n    x: 1\n  b:\n    x: 2\n"),
        ("users:\n  a: {settings: ~}\n", branch(users=branch(a=entry(settings=branch(v=Put(False))))),
         "users:\n  a: {settings: {v: false}}\n"),
    ],
)  # fmt: skip
def test_every_shape_of_yaml_is_kept(text: str, patch: Branch, made: str) -> None:
    assert patched(text, patch, "people.yaml") == made


def test_what_does_not_read_back_as_meant_is_refused() -> None:
    with pytest.raises(ReconcilerError, match="people.yaml: .* edit it by hand"):
        patched("users: {a: &all {}, b: *all}", branch(users=branch(a=GONE)), "people.yaml")


def test_edits_are_written_all_or_none(tmp_path: Path) -> None:
    first, second, third = (f"{name}.yaml" for name in "abc")
    for name in (first, second):
        (tmp_path / name).write_bytes(b"old")
    (tmp_path / first).chmod(0o640)
    write_edits(
        tmp_path, [Edit(first, b"old", b"new"), Edit(second, b"old", None), Edit(f"x/{third}", None, b"new")]
    )
    assert (tmp_path / first).read_bytes() == (tmp_path / "x" / third).read_bytes() == b"new"
    assert (tmp_path / first).stat().st_mode & 0o777 == 0o640
    assert not (tmp_path / second).exists()
    with pytest.raises(ReconcilerError, match="changed since it was read, so nothing was written"):
        write_edits(tmp_path, [Edit(f"x/{third}", b"new", b"newer"), Edit(first, b"old", b"newer")])
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ReconcilerError, match="cannot be written: .*; nothing was kept"):
        write_edits(tmp_path, [Edit(first, b"new", b"newer"), Edit("file/b.yaml", None, b"newer")])
    assert (tmp_path / first).read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == [first, "file", "x"]
