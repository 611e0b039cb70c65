"""Mapping files: what is shipped is valid, and every fault of another is said with its place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from reconciler.drivers.rest.api import Operations
from reconciler.drivers.rest.capability import make_capabilities
from reconciler.drivers.rest.files import load_mapping, shipped
from reconciler.drivers.rest.foretold import foretell
from reconciler.errors import ConfigError
from reconciler.model import Access, Lists, Unique
from reconciler.sandbox.rest import d2l

GOOD = """\
version: 1
title: Signs
auth: {by: bearer}
kinds:
  group:
    list: GET /teams
    keys:
      - {name: title, fields: [title]}
    create: {request: POST /teams, id: id}
    update: "PATCH /teams/{id}"
    delete: "DELETE /teams/{id}"
    unique: none
    fields:
      title: {read: title, send: title, or_name: true}
"""
FAULTS = [
    ("title: Signs", "title: Signs\nextra: 1", "`extra` is not known here", 3),
    ("auth: {by: bearer}\n", "", "`auth` is missing", 1),
    ("by: bearer", "by: magic", "auth.by", 3),
    ("by: bearer", "by: header", "needs the `name`", 3),
    ("  group:", "  grup:", "there is no kind `grup`", 5),
    ("list: GET /teams", "list: FETCH /teams", "no request", 6),
    ("fields: [title]}", "fields: [name]}", "no mapped field", 8),
    ("{request: POST /teams, id: id}", "{request: POST /teams}", "where the new id comes from", 9),
    ("/teams/{id}\"\n    delete", "/teams/{team}\"\n    delete", "`{team}` is no field of group", 10),
    ('delete: "DELETE /teams/{id}"', "delete: GET /teams", "as a read and as a write", 4),
    ("    list: GET /teams\n", "", "nothing is read", 5),
    ("title: {read: title", "titel: {read: title", "no field `titel`", 14),
    ("read: title,", "read: 'ti[tle',", "no JMESPath expression", 14),
    ("or_name: true", "form: magic", "no form", 14),
    ("or_name: true", "prefix: both", "`kinds.group.fields.title.prefix`", 14),
    ("or_name: true", "prefix: added", "`prefix` is said of custom_parameters, and of no other field", 14),
    ("or_name: true", "relation: true", "a `relation` is never read and never sent", 14),
    ("unique: none", "uniqe: none", "`uniqe` is not known here", 12),
    ("list: GET /teams\n", "list: {request: GET /t, paging: {by: cursor, start: c}}\n", "needs `next`", 6),
    ("list: GET /teams\n", "list: {request: GET /teams, paging: {by: page}}\n", "needs `start`", 6),
    ("list: GET /teams\n", "list: GET /a/../teams\n", "leads out of the base URL", 6),
    ('"PATCH /teams/{id}"', '{request: "PATCH /teams/{id}", etag: true}', "`etag` needs a `get`", 10),
    ("POST /teams,", "POST /teams, wait: {until: a, request: GET /j},", "the hole {job}", 9),
    ("read: title,", "read: '!title.a',", "write !(a.b)", 14),
    ("or_name: true", "form: bool", "it holds text, and the form bool reads true or false", 14),
    ("list: GET /teams", "single: true", "is read by `get`", 6),
    ("title: {read: title, send: title, or_name: true}", "title:", "nothing stands after `title:`", 14),
]  # fmt: skip


def write(folder: Path, text: str) -> Path:
    """The text as a campus's own mapping."""
    (folder / "mappings").mkdir(exist_ok=True)
    path = folder / "mappings/ours.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_is_valid(name: str, tmp_path: Path) -> None:
    mapping = load_mapping(name, tmp_path)
    able = make_capabilities(mapping)
    assert able.keys() == mapping.kinds.keys()
    for kind, capability in able.items():
        assert capability.verbs or capability.page, f"{kind} is neither written nor handed off"
        if "create" in capability.verbs:
            assert capability.natural_keys


def test_the_systems_of_the_documents_are_mapped() -> None:
    assert set(shipped()) == {"blackboard", "community", "d2l", "sakai", "skillable", "tms_lti"}


@pytest.mark.parametrize(
    ("kind", "body"), [("lti_tool", d2l.PROVIDER), ("lti_resource_link", {*d2l.LINK} - {"PlainSecret"})]
)
def test_what_replaces_a_whole_body_names_all_of_it(kind: str, body: Iterable[str], tmp_path: Path) -> None:
    mapped = load_mapping("d2l", tmp_path).kinds[kind]
    assert mapped.update is not None
    sent = {field.send for field in mapped.fields.values()} - {""}
    spread = {name for field in mapped.fields.values() for name in field.spread}
    assert sent | spread | {*mapped.update.copy_live} == {*body}


def test_a_mapping_of_ones_own_is_read(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    capability = make_capabilities(load_mapping("mappings/ours.yaml", tmp_path))["group"]
    assert capability.verbs == {"create", "update", "delete"}
    assert capability.fields == {"title": Access.FULL}
    assert (capability.unique, capability.lists) == (Unique.NONE, Lists.ALL)


@pytest.mark.parametrize(("old", "new", "said", "line"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_fault_is_said_with_its_line(old: str, new: str, said: str, line: int, tmp_path: Path) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_mapping("mappings/ours.yaml", tmp_path)
    found = [problem for problem in caught.value.problems if said in problem.what]
    assert found, [str(problem) for problem in caught.value.problems]
    assert (found[0].where.file, found[0].where.line) == ("mappings/ours.yaml", line)


def test_every_fault_is_said_and_not_just_the_first(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("by: bearer", "by: magic").replace("read: title", "reed: title"))
    with pytest.raises(ConfigError) as caught:
        load_mapping("mappings/ours.yaml", tmp_path)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("name", ["nothing", "mappings/none.yaml", "../outside.yaml", "/etc/hosts.yaml"])
def test_a_mapping_that_is_not_there_or_outside_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_mapping(name, tmp_path)


def test_what_writes_is_told_by_place_and_not_by_method(tmp_path: Path) -> None:
    operations = Operations(load_mapping("skillable", tmp_path)).found
    assert {operation.method for operation in operations.values()} == {"GET"}
    writing = {name for name, operation in operations.items() if operation.writes}
    assert {"GET /CreateUser", "GET /UpdateUser", "GET /DeleteUser/{id}"} <= writing
    assert {"GET /GetUser/{id}", "GET /SearchClassEnrollments", "GET /GetUserRoles"}.isdisjoint(writing)


def test_requests_are_told_with_what_they_carry(tmp_path: Path) -> None:
    told = {(asked.kind, asked.why): asked for asked in foretell(load_mapping("skillable", tmp_path))}
    create = told["user", "create"]
    assert create.writes
    assert create.carries["email"] == "<email>"
    assert create.carries["password"] == "<random>"
    assert told["enrollment", "list"].carries == {"pageSize": "100", "pageIndex": "<page>"}
