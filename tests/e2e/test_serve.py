"""`reconciler serve` as it runs: heals a console edit by itself, tells how it is, stops when told."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import Sandbox
from tests.e2e.scenes import GROUPS, PEOPLE
from tests.e2e.shell import Shell, wait_until
from tests.rig import TARGETS, Rig

SCHEDULE = "    schedule: {every: 1s}\n"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Sandbox() as sandbox:
        rig = Rig(tmp_path, sandbox)
        rig.control("clock", {"real": True})
        rig.write("reconciler.yaml", TARGETS % {"origin": sandbox.origin} + SCHEDULE)
        rig.write("zoom-main/people.yaml", PEOPLE)
        rig.write("zoom-main/groups.yaml", GROUPS)
        yield rig


def lines(rig: Rig) -> list[dict[str, Any]]:
    """The daemon's log so far; every line of it is JSON."""
    written = (rig.folder / "stderr").read_text(encoding="utf-8")
    return [json.loads(line) for line in written.splitlines() if line.endswith("}")]


def health(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def healed(rig: Rig) -> list[dict[str, Any]]:
    return [line for line in lines(rig) if line["event"] == "applied" and line["verb"] == "update"]


def names_of(rig: Rig) -> set[str]:
    return {str(user["first_name"]) for user in rig.world()["users"]}


def test_it_heals_a_console_edit_and_stops_cleanly(rig: Rig) -> None:
    with Shell(rig.folder, rig.environ).start("serve", "--health-port", "0") as process:
        wait_until(lambda: any(line["event"] == "run ended" for line in lines(rig)), "the first run")
        wait_until(lambda: "Ada" in names_of(rig), "the people to be made")
        url = next(line["url"] for line in lines(rig) if line["event"] == "health")
        wait_until(lambda: health(url)[1]["targets"]["zoom-main"]["result"] == "in sync", "calm")

        rig.console("edit_user", user="ada@example.edu", first_name="Eve")
        wait_until(lambda: "Ada" in names_of(rig), "the edit to be healed")
        wait_until(lambda: bool(healed(rig)), "the healing in the log")
        assert any(line["event"] == "drifted" for line in lines(rig))
        applied = healed(rig)
        assert {"run", "target", "address", "timestamp", "level"} <= applied[0].keys()
        assert applied[0]["address"] == "zoom-main/user/s1"

        rig.write("zoom-main/groups.yaml", "groups: {faculty: {members: [nobody]}}\n")
        wait_until(lambda: health(url)[0] == 503, "bad files to be noticed")
        before = rig.writes()
        told = health(url)[1]["targets"]["zoom-main"]
        assert told["result"] == "desired files are refused" and told["next_run"]
        rig.write("zoom-main/groups.yaml", GROUPS)
        wait_until(lambda: health(url)[0] == 200, "mended files to be noticed")
        assert rig.writes() == before

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with rig.workspace.ledger(readonly=True) as ledger:
        assert ledger.held() == ()
        assert not ledger.read().intents
        assert {run.command for run in ledger.runs()} == {"apply"}
        assert applied[0]["run"] in {run.run for run in ledger.runs()}


def test_told_to_stop_in_the_middle_it_ends_after_the_change_under_way(rig: Rig) -> None:
    people = "".join(f"    p{n}: {{email: p{n}@example.edu, first_name: P{n}}}\n" for n in range(60))
    rig.write("zoom-main/people.yaml", "users:\n  entries:\n" + people)
    (rig.desired / "zoom-main" / "groups.yaml").unlink()
    rig.control("faults", {"latency_ms": 100})
    with Shell(rig.folder, rig.environ).start("serve") as process:
        wait_until(lambda: "POST /users" in rig.writes(), "the first people")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    made = {user["email"] for user in rig.world()["users"]} - {"owner@example.edu"}
    assert 0 < len(made) < 60
    with rig.workspace.ledger(readonly=True) as ledger:
        assert len([r for r in ledger.records() if r.address.kind == "user"]) == len(made)
        assert ledger.held() == () and not ledger.read().intents


def test_once_runs_every_target_once_and_observe_writes_nothing(rig: Rig) -> None:
    shell = Shell(rig.folder, rig.environ)
    frozen = TARGETS % {"origin": rig.sandbox.origin} + "    schedule: {freeze: [2020-01-01/2090-01-01]}\n"
    rig.write("reconciler.yaml", frozen)
    shown = shell.type("serve", "--once").stderr
    assert "frozen 2020-01-01/2090-01-01" in shown and "would create" in shown
    assert rig.writes() == {} and not rig.workspace.ledger_path.exists()

    rig.write("reconciler.yaml", TARGETS % {"origin": rig.sandbox.origin})
    shell.type("serve", "--once", "--log", "text")
    assert rig.writes()["POST /users"] == 3
