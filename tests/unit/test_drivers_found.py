"""Drivers are found by scanning and by entry points; the throw-away one reads by POST and writes by GET."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reconciler.drivers
from reconciler.drivers import base
from reconciler.drivers.base import drivers, read_setting, shaped
from reconciler.errors import IncompleteReading, ReconcilerError, Uncertain, WriteRefused
from reconciler.model import Address, Driver, Intent, Removal, Scope, Setting, Wanted
from reconciler.resources.base import SecretRef, field_rules, kinds
from reconciler.resources.group import Group
from tests.unit.driver_rig import NOW, Clock, Notebook, Safe, change, open_with

ADDRESS = Address("main", "group", "a")


@pytest.fixture
def notebook(throwaway: None) -> Iterator[Any]:
    with importlib.import_module("notebook_driver.server").NotebookServer() as server:
        yield server


def open_notebook(server: Any, *, planning: bool = False) -> tuple[Driver, Notebook]:
    driver = drivers()["notebook"](open_with(Clock(), server.settings(), planning=planning))
    journal = Notebook()
    driver.bind(None if planning else journal)
    return driver, journal


def test_every_folder_is_a_driver_and_names_itself() -> None:
    folders = {path.parent.name for path in Path(reconciler.drivers.__path__[0]).glob("*/__init__.py")}
    assert folders == set(drivers())
    assert all(driver.name == name for name, driver in drivers().items())


def test_an_installed_driver_is_found_by_its_entry_point(throwaway: None) -> None:
    assert drivers()["notebook"].name == "notebook"


def test_a_name_claimed_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    zoom = drivers()["zoom"]
    twin = type("Twin", (zoom,), {})
    monkeypatch.setattr(base, "_scan", lambda: iter((zoom, twin)))
    with pytest.raises(ReconcilerError, match="two drivers are named 'zoom'"):
        base._find(("nowhere",))


@pytest.mark.parametrize("name", list(drivers()))
def test_declarations_name_kinds_and_fields_that_exist(name: str) -> None:
    for kind, capability in drivers()[name].capabilities.items():
        assert capability.kind == kind
        rules = field_rules(kinds()[kind])
        assert capability.fields.keys() <= rules.keys()
        assert capability.required | capability.units <= capability.fields.keys()
        assert capability.verbs <= {"create", "update", "disable", "delete"}
        assert capability.verbs or capability.page, "a kind without verbs is a hand-off on a page"
        if capability.quota:
            assert rules[capability.quota.owner].reference
            assert capability.quota.reserve in {setting.name for setting in drivers()[name].settings}


def test_a_notebook_is_read_by_post_and_written_by_get(notebook: Any) -> None:
    driver, journal = open_notebook(notebook)
    pages = driver.handlers()["group"]
    assert driver.whoami().account == "notebook-1"
    remote_id = pages.create(Wanted(ADDRESS, "", Group(title="Faculty")))
    (live,) = pages.read(Scope(()))
    pages.update(live, Wanted(ADDRESS, remote_id, Group(title="Staff")), [change("title")])
    assert notebook.pages == {remote_id: "Staff"}
    for _ in range(2):
        pages.remove(live, Removal.DELETE)
    assert not notebook.pages
    assert journal.states == ["answered", "answered", "answered", "refused"]
    assert (notebook.reads, notebook.writes) == (2, 4)
    driver.close()


def test_planning_a_notebook_writes_nothing(notebook: Any) -> None:
    driver, _ = open_notebook(notebook, planning=True)
    pages = driver.handlers()["group"]
    assert list(pages.read(Scope(()))) == []
    with pytest.raises(WriteRefused):
        pages.create(Wanted(ADDRESS, "", Group(title="Faculty")))
    assert notebook.writes == 0
    driver.close()


def test_a_lost_reply_is_found_again(notebook: Any) -> None:
    driver, journal = open_notebook(notebook)
    pages: Any = driver.handlers()["group"]
    notebook.lose = 1
    with pytest.raises(Uncertain):
        pages.create(Wanted(ADDRESS, "", Group()))
    operation, parameters, body, elements = journal.sent[0]
    intent = Intent(
        1, "r", "main", (ADDRESS,), "create", 1, 1, operation, parameters, body, elements, NOW, 1, "uncertain"
    )
    assert [live.label for live in pages.find(intent)] == ["a"]
    driver.close()


def test_settings_are_read_with_defaults_and_references() -> None:
    rules = (Setting("a", required=True), Setting("b", default="x"), Setting("c"))
    secrets = Safe({"${env:C}": "value"})
    opening = open_with(Clock(), {"c": SecretRef("${env:C}")}, secrets=secrets)
    assert read_setting(opening, rules, "b") == "x"
    assert read_setting(opening, rules, "c", "https://o.example") == "value"
    assert secrets.revealed == [("${env:C}", "https://o.example")]
    with pytest.raises(ReconcilerError, match="setting a is missing"):
        read_setting(opening, rules, "a")
    with pytest.raises(ReconcilerError, match="cannot be a reference"):
        read_setting(opening, rules, "c")


def test_another_shape_than_documented_is_an_incomplete_reading() -> None:
    with (
        pytest.raises(IncompleteReading, match="GET /things answered in another shape"),
        shaped("GET /things"),
    ):
        raise KeyError("id")
