"""OneRoster sets: who is there, which groups and terms they make, and which sets say too little."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sources.oneroster import OneRosterSource
from tests.unit.roster_samples import (
    HERE,
    ONEROSTER,
    ROLES_1_2,
    USERS_1_2,
    Memory,
    below,
    manifest,
    pack,
    read_from,
    read_oneroster,
    tell,
)

ADA = {"email": "ada@x.edu", "first_name": "Ada", "last_name": "Ames", "active": "true"}


def with_cell(file: str, old: str, new: str) -> dict[str, str | bytes]:
    """ONEROSTER with a text in one file replaced."""
    data = ONEROSTER[file]
    assert isinstance(data, str) and old in data
    return {**ONEROSTER, file: data.replace(old, new)}


def test_people_are_those_who_are_there_without_guardians() -> None:
    rows = read_oneroster(ONEROSTER)
    assert rows.problems == () and rows.unread == ""
    assert [(entry.name, entry.where.file, entry.where.line) for entry in rows.entries] == [
        ("u1", "sis/users.csv", 2),
        ("u2", "sis/users.csv", 3),
        ("u3", "sis/users.csv", 4),
    ]
    assert rows.entries[0].values == ADA
    assert rows.entries[2].values["active"] == "false"
    assert {entry.source for entry in rows.entries} == {"sis"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"handle": "username"}, ["ada", "bo", "cy"]),
        ({"handle": "identifier"}, ["900", "901", "902"]),
        ({"handle": "email"}, ["ada@x.edu", "bo@x.edu", "cy@x.edu"]),
        ({"roles": ("student",)}, ["u2", "u3"]),
        ({"roles": ("parent",), "fields": ("first_name",)}, ["g1"]),
    ],
)
def test_handle_and_roles_are_chosen(changes: Any, names: list[str]) -> None:
    rows = read_oneroster(ONEROSTER, **changes)
    assert rows.problems == ()
    assert [entry.name for entry in rows.entries] == names


def test_only_the_fields_asked_for_are_taken() -> None:
    rows = read_oneroster(ONEROSTER, fields=("email",))
    assert [entry.values for entry in rows.entries][:1] == [{"email": "ada@x.edu"}]


def test_nothing_private_is_read() -> None:
    files = Memory(below("sis", ONEROSTER))
    rows = OneRosterSource(target="z", kind="user", file="sis", where=HERE).read(files)
    assert "sis/demographics.csv" not in files.opened
    assert not any(word in repr(rows) for word in ("hunter2", "swordfish", "555-", "Pat"))


def test_groups_are_classes_that_somebody_is_in() -> None:
    rows = read_oneroster(ONEROSTER, "group", handle="username")
    assert rows.problems == () and rows.unread == ""
    assert {entry.name: entry.values for entry in rows.entries} == {
        "c1": {"title": "Biology (BIO-1)", "members": ["ada", "bo"]},
        "c2": {"title": "biology (BIO-2)", "members": ["ada"]},
        "c5": {"title": "Art", "members": ["bo"]},
    }
    taught = read_oneroster(ONEROSTER, "group", roles=("Teacher",), fields=("members",))
    assert {entry.name: entry.values for entry in taught.entries} == {
        "c1": {"members": ["u1"]},
        "c2": {"members": ["u1"]},
    }


def test_terms_are_sessions_with_classes() -> None:
    rows = read_oneroster(ONEROSTER, "term")
    assert {entry.name: entry.values for entry in rows.entries} == {
        "t1": {"title": "Fall", "from": "2026-08-24", "until": "2026-12-18"},
        "t2": {"title": "Spring", "from": "2027-01-11", "until": "2027-05-14"},
    }


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_roles_stand_in_a_file_of_their_own_since_1_2(version: str) -> None:
    files = {**ONEROSTER, "manifest.csv": manifest(version, roles="bulk")}
    rows = read_oneroster({**files, "users.csv": USERS_1_2, "roles.csv": ROLES_1_2})
    assert rows.problems == ()
    assert [entry.name for entry in rows.entries] == ["u1", "u2"]
    older = read_oneroster(files)
    assert [entry.name for entry in older.entries] == ["u1", "u2", "u3"], "the header of users goes before"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda files: pack(files),
        lambda files: pack(below("export", files)),
        lambda files: pack({**files, "__MACOSX/._users.csv": b"\0\1", ".DS_Store": b"x"}),
        lambda files: pack({name.lower(): data for name, data in files.items()}),
    ],
)
def test_a_zip_is_read_as_a_folder_is(wrap: Any) -> None:
    source = OneRosterSource(target="z", kind="user", file="sis.zip", where=HERE)
    rows = read_from(source, {"sis.zip": wrap(ONEROSTER)})
    assert rows.problems == ()
    assert [entry.name for entry in rows.entries] == ["u1", "u2", "u3"]
    assert rows.entries[0].where.file.startswith("sis.zip/")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (with_cell("manifest.csv", "users,bulk", "users,delta"), "`file.users` is `delta`: changes alone"),
        (with_cell("manifest.csv", "users,bulk", "users,absent"), "`file.users` is absent, yet there is"),
        (with_cell("manifest.csv", "file.users,bulk\n", ""), "the manifest does not say whether users.csv"),
        (
            with_cell("manifest.csv", "users,bulk", "users,whole"),
            "the manifest says `whole` for `file.users`",
        ),
        (with_cell("manifest.csv", "version,1.1", "version,1.0"), "the manifest says `1.0` for `oneroster."),
        (
            {name: data for name, data in ONEROSTER.items() if name != "users.csv"},
            "there is no users.csv, though the manifest says there is",
        ),
        (
            {name: data for name, data in ONEROSTER.items() if name != "manifest.csv"},
            "sis has no manifest.csv",
        ),
        ({**ONEROSTER, "older/manifest.csv": manifest()}, "sis has 2 manifest.csv"),
        ({**ONEROSTER, "Users.csv": ""}, "two of its files differ in the case"),
        ({**ONEROSTER, "users.csv": USERS_1_2}, "`file.roles` is absent, and this source needs it"),
        ({**ONEROSTER, "users.csv": ""}, "sis/users.csv:1:1: the file is empty"),
        (with_cell("users.csv", "email,", "mail,"), "sis/users.csv has no column `email`"),
        (with_cell("users.csv", "bo@x.edu", ""), "sis/users.csv:3:1: `u2` has no e-mail"),
        (with_cell("users.csv", "\nu2,", "\nU1,"), "sis/users.csv:3:1: `U1` stands twice; the first is at"),
        (with_cell("users.csv", "\nu2,", "\n,"), "sis/users.csv:3:1: the column `sourcedId` is empty"),
        (with_cell("users.csv", "\nu2,", "\n1.5E+11,"), "sis/users.csv:3:1: `1.5E+11` in the column"),
        (with_cell("users.csv", ",student,bo", ",,bo"), "sis/users.csv:3:1: `u2` has no role"),
        (with_cell("users.csv", "false", "no"), "sis/users.csv:4:1: `enabledUser` is `no`"),
        (
            {**ONEROSTER, "users.csv": "sourcedId,\xe9".encode("latin-1")},
            "sis/users.csv:1:11: row 1, column 2",
        ),
    ],
)
def test_a_set_that_says_too_little_is_refused(files: dict[str, str | bytes], told: str) -> None:
    rows = read_oneroster(files)
    assert [told in line for line in tell(rows)] == [True], tell(rows)
    assert rows.problems[0].remedy
    assert rows.unread


def test_a_person_whom_the_roles_leave_out_needs_no_email() -> None:
    files = with_cell("users.csv", "bo@x.edu", "")
    assert read_oneroster(files, roles=("teacher",)).problems == ()
    assert read_oneroster(files, fields=("first_name",)).problems == ()


@pytest.mark.parametrize(
    ("files", "kind", "why"),
    [
        (
            {**ONEROSTER, "users.csv": "sourcedId,enabledUser,role,givenName,familyName,email\n"},
            "user",
            "no user",
        ),
        (with_cell("enrollments.csv", ",u2,", ",u7,"), "group", "3 enrollments of people or classes"),
        (with_cell("enrollments.csv", ",c5,", ",c9,"), "group", "2 enrollments of people or classes"),
    ],
)
def test_a_set_that_is_not_whole_takes_nothing_away(files: Any, kind: str, why: str) -> None:
    rows = read_oneroster(files, kind)
    assert rows.problems == ()
    assert why in rows.unread


def test_dates_of_terms_may_be_american_if_that_is_sure() -> None:
    files = with_cell("academicSessions.csv", "2026-08-24,2026-12-18", "8/24/2026,12/18/2026")
    assert read_oneroster(files, "term").entries[0].values["from"] == "2026-08-24"
    files = with_cell("academicSessions.csv", "2026-08-24", "8/9/2026")
    assert "no date in the file tells whether `8/9/2026`" in tell(read_oneroster(files, "term"))[0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK not a zip", "the file is no zip"),
        (pack(ONEROSTER)[:400], "the file is no zip"),
        (
            pack({"manifest.csv": manifest()}).replace(b"manifest.csv", b"manifest.csx", 1),
            "cannot be unpacked",
        ),
    ],
)
def test_a_damaged_zip_is_told(data: bytes, told: str) -> None:
    source = OneRosterSource(target="z", kind="user", file="sis.zip", where=HERE)
    rows = read_from(source, {"sis.zip": data})
    assert any(told in line for line in tell(rows)) and rows.unread


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.sources.bundles.Archive.__init__.__defaults__", (1000,))
    source = OneRosterSource(target="z", kind="user", file="sis.zip", where=HERE)
    rows = read_from(source, {"sis.zip": pack({"manifest.csv": b"a" * 10_000_000})})
    assert "hold more than" in tell(rows)[0]


def test_a_missing_folder_is_told_where_it_was_named() -> None:
    source = OneRosterSource(target="z", kind="user", file="nowhere", where=HERE)
    assert tell(read_from(source, {})) == [f"{HERE}: there is no folder nowhere with CSV files"]
