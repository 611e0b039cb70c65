"""The commands as they are typed, against a sandbox process that the operator allowed by its origin."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.scenes import GROUPS, PEOPLE
from tests.e2e.shell import RECONCILER, Shell, call, wait_until
from tests.rig import TARGETS

EXTRA = "".join(f"        t{n}: {{email: t{n}@example.edu, first_name: T{n}}}\n" for n in range(6))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`reconciler sandbox`, as it prints itself."""
    with Shell(tmp_path_factory.mktemp("sandbox")).start("sandbox") as process:
        assert process.stdout is not None
        told = ""
        while "zoom_lti_pro" not in told:
            line = process.stdout.readline()
            assert line, "the sandbox ended"
            told += line
        settings = yaml.safe_load(told)
        assert settings["zoom"]["base_url"].startswith(settings["origin"])
        yield str(settings["origin"])


@pytest.fixture
def shell(origin: str, tmp_path: Path) -> Shell:
    """A small desired folder, a fresh account, and the operator's environment."""
    call(origin, "reset", {})
    shell = Shell(
        tmp_path,
        {
            "ZOOM_ACCOUNT_ID": "sandbox-account",
            "ZOOM_CLIENT_ID": "sandbox-client",
            "ZOOM_CLIENT_SECRET": "sandbox-secret",
            "RECONCILER_FINGERPRINT_KEY": "a key for tests, long enough to be one",
            "RECONCILER_ORIGINS": origin,
        },
    )
    write(shell, "reconciler.yaml", TARGETS % {"origin": origin})
    write(shell, "zoom-main/people.yaml", PEOPLE)
    write(shell, "zoom-main/groups.yaml", GROUPS)
    return shell


def write(shell: Shell, name: str, text: str) -> None:
    path = shell.folder / "desired" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_from_preview_to_in_sync(shell: Shell, origin: str) -> None:
    assert "4 resources, 2 targets; all well." in shell.type("validate").stdout
    preview = shell.type("plan", "--exit-code", "--format", "markdown", status=2)
    assert "This is a preview" in preview.stdout
    assert "\x1b" not in preview.stdout and "reading" in preview.stderr
    assert call(origin, "counters")["writes"] == {}

    applied = shell.type("apply")
    assert "4 changes: 4 applied." in applied.stdout
    assert "applied create zoom-main/user/s1" in applied.stderr
    assert shell.type("plan", "--exit-code").stdout.startswith("Nothing to do.")
    assert shell.type("status").stdout.startswith("4 in sync.")
    assert " in 1 run" in shell.type("history").stdout
    assert "zoom-main/user/s2" in shell.type("history", "zoom-main/user/s2", "--format", "json").stdout
    explained = shell.type("explain", "zoom-main/user/S1").stdout
    assert "Lovelace" in explained and "zoom-main/people.yaml:4" in explained
    assert "created" in shell.type("state", "list", "zoom-main/user/*").stdout
    assert "read 2" in shell.type("state", "show", "zoom-main/user/s1").stdout
    doctor = shell.type("doctor").stdout
    assert "fail" not in doctor and "zoom-main scopes: none is missing" in doctor
    assert "sandbox-secret" not in doctor + explained + applied.stdout + applied.stderr

    call(origin, "console", {"do": "edit_user", "user": "ada@example.edu", "last_name": "Byron"})
    assert "Lovelace -> Byron" in shell.type("drift").stdout
    assert "1 applied" in shell.type("apply", "--target", "zoom-main").stdout
    assert shell.type("drift").stdout.startswith("No drift.")


def test_a_reviewed_plan_file_is_applied_once(shell: Shell) -> None:
    shell.type("apply", "--only", "zoom-main/user/*")
    shell.type("plan", "--out", "plan.json")
    assert "applied whole" in shell.type("apply", "plan.json", "--target", "zoom-main", status=1).stderr
    assert "1 applied" in shell.type("apply", "plan.json").stdout
    again = shell.type("apply", "plan.json", status=1)
    assert "the ledger moved on" in again.stderr and again.stdout == ""
    (shell.folder / "plan.json").write_text("{}")
    assert "Traceback" not in shell.type("apply", "plan.json", status=1).stderr


def test_guards_refuse_with_3_and_say_what_would_waive(shell: Shell) -> None:
    write(shell, "zoom-main/people.yaml", PEOPLE + EXTRA)
    shell.type("apply")
    write(shell, "zoom-main/people.yaml", PEOPLE)
    assert shell.type("plan").stdout
    shell.type("plan", "--exit-code", status=3)
    refused = shell.type("apply", status=3)
    assert "refused" in refused.stdout and "removals" in refused.stdout
    write(
        shell,
        "waivers.yaml",
        'waivers:\n  - {guard: removals, addresses: "zoom-main/user/t*", until: 2090-01-01, why: left}\n',
    )
    assert "6 applied" in shell.type("apply").stdout


def test_ctrl_c_stops_an_apply_after_the_change_under_way(shell: Shell, origin: str) -> None:
    write(shell, "zoom-main/people.yaml", PEOPLE + EXTRA)
    call(origin, "faults", {"latency_ms": 150})
    with shell.start("apply") as process:
        wait_until(lambda: "POST /users" in call(origin, "counters")["writes"], "the first person")
        process.send_signal(signal.SIGINT)
        report, _ = process.communicate(timeout=30)
        assert process.returncode == 4
    assert "applied" in report and "this run was told to stop; the next one goes on" in report
    call(origin, "faults", {})
    assert "applied." in shell.type("apply").stdout
    assert len(call(origin, "state")["users"]) == 1 + 3 + 6


def test_what_is_wrong_is_told_in_one_line_on_stderr(shell: Shell) -> None:
    assert shell.type("plan", "--no-such-option", status=1).stdout == ""
    assert "did you mean `zoom-main`?" in shell.type("plan", "--target", "zoom-mian", status=1).stderr
    assert "is no date" in shell.type("plan", "--as-of", "tomorrow", status=1).stderr
    both = shell.type("plan", "--sandbox", "--environment", "x", status=1).stderr
    assert "leave --environment away" in both
    assert "there is no ledger" in shell.type("history", status=1).stderr
    missing = shell.type("explain", "zoom-main/user/s9", status=1).stderr
    assert "neither declared nor recorded; did you mean `zoom-main/user/s" in missing
    write(shell, "zoom-main/groups.yaml", "groups:\n  faculty: {members: [nobody]}\n")
    for command in ("validate", "plan", "apply", "status"):
        done = shell.type(command, status=1)
        assert "zoom-main/groups.yaml:2:" in done.stderr and done.stdout == "", command
        assert "Traceback" not in done.stderr
    (problem,) = json.loads(shell.type("validate", "--format", "json", status=1).stdout)["problems"]
    assert problem["where"][:2] == ["zoom-main/groups.yaml", 2]


def test_an_origin_nobody_listed_gets_no_secret(shell: Shell, origin: str) -> None:
    shell.environ["RECONCILER_ORIGINS"] = ""
    assert "not an allowed origin" in shell.type("doctor", status=1).stdout
    assert call(origin, "counters")["tokens"] in (0, {}, [])
    unread = shell.type("plan", "--exit-code", status=1).stdout
    assert "unread" in unread and "not an allowed" in unread


def test_another_account_is_refused_until_rebound(shell: Shell, origin: str) -> None:
    shell.type("apply")
    call(origin, "reset", {"id": "another-account"})
    shell.environ["ZOOM_ACCOUNT_ID"] = "another-account"
    shell.type("plan", "--exit-code", status=3)
    doctor = shell.type("doctor", status=1).stdout
    assert "reconciler state rebind zoom-main" in doctor and "sandbox-account" in doctor
    assert "another-account" in shell.type("state", "rebind", "zoom-main", "--yes").stderr
    shell.type("state", "rebind", "zoom-lti", "--yes")
    shell.type("doctor")


def test_redacted_plans_leave_names_to_the_private_file(shell: Shell) -> None:
    shown = shell.type("plan", "--redact", "people", "--private", "whole.json", "--format", "markdown").stdout
    private = shell.folder / "whole.json"
    for name in ("ada", "Lovelace", "s1"):
        assert f"{name}@" not in shown and f"/{name} " not in shown and "Lovelace" not in shown
    assert "Lovelace" in private.read_text() and private.stat().st_mode & 0o077 == 0
    assert "--private goes with" in shell.type("plan", "--private", "x.json", status=1).stderr


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(shell: Shell, environ: dict[str, str], coloured: bool) -> None:
    shown = on_a_terminal(shell, ["doctor"], **environ)
    assert (b"\x1b[" in shown) is coloured
    assert b"zoom-main account" in shown


def on_a_terminal(shell: Shell, words: list[str], **environ: str) -> bytes:
    """What a command writes when its stdout is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*RECONCILER, *words],
        cwd=shell.folder,
        env=shell.surroundings(TERM="xterm", **environ),
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        # Linux says so where the other end of a terminal was closed.
        pass
    process.wait(timeout=30)
    os.close(ours)
    return shown


def test_a_reader_who_leaves_is_no_error(shell: Shell) -> None:
    line = f"{' '.join(RECONCILER)} plan --full | head -1"
    done = subprocess.run(
        ["bash", "-c", line], cwd=shell.folder, env=shell.surroundings(), capture_output=True, text=True
    )
    assert "preview" in done.stdout and "rror" not in done.stderr
