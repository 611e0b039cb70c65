"""`state forget`: a person who left is erased from the ledger, down to the bytes of its files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
import structlog
from click.testing import CliRunner, Result

from reconciler.commands import state
from tests.e2e.scenes import people, rewrite, settle
from tests.e2e.shell import Shell
from tests.rig import Rig

CLEO = "zoom-main/user/s3"


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets up logging for its process; here that is the tests' own."""
    yield
    structlog.reset_defaults()


def forget(campus: Rig, *words: str, answer: str = "") -> Result:
    arguments = ["forget", *words, "--state", str(campus.folder / "state"), str(campus.desired)]
    return CliRunner().invoke(state.command, arguments, input=answer, standalone_mode=False)


def leave(campus: Rig) -> str:
    """Cleo, who was in a group, is no longer declared and deleted; the id she had."""
    settle(campus)
    identity: str = people(campus)["cleo@example.edu"]["id"]
    campus.console("edit_user", user="cleo@example.edu", last_name="Costas")
    campus.apply()
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "s3: {lifecycle: {on_absent: delete}, "))
    campus.apply()
    line = next(
        t for t in (campus.desired / "zoom-main/people.yaml").read_text("utf-8").splitlines() if "s3" in t
    )
    rewrite(campus, "zoom-main/people.yaml", (line, ""))
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))
    campus.apply()
    assert "cleo@example.edu" not in people(campus)
    return identity


def ledger_bytes(campus: Rig) -> bytes:
    path = campus.workspace.ledger_path
    return b"".join(found.read_bytes() for found in path.parent.glob(f"{path.name}*") if found.is_file())


def test_nothing_in_the_ledger_names_a_forgotten_person_and_the_next_plan_is_empty(campus: Rig) -> None:
    identity = leave(campus)
    names = ("cleo", "costa", identity.casefold(), "user/s3")
    held = ledger_bytes(campus).decode("latin-1").casefold()
    assert [name for name in names if name not in held] == []
    before = campus.plan()
    campus.clock.advance(1)
    done = Shell(campus.folder, campus.environ).type("state", "forget", CLEO, "--yes")
    assert done.stdout.startswith(f"forgot {CLEO}: 1 records, ")
    assert "history counts on as zoom-main/user/forgotten-" in done.stdout
    held = ledger_bytes(campus).decode("latin-1").casefold()
    assert [name for name in names if name in held] == []
    after = campus.plan()
    assert after.plan.changes == ()
    assert after.recorded.removals == before.recorded.removals != {}
    assert "forgotten" in Shell(campus.folder, campus.environ).type("history").stdout


def test_somebody_declared_or_still_ours_is_not_forgotten(campus: Rig) -> None:
    settle(campus)
    done = forget(campus, CLEO, "--yes")
    assert done.return_value == 1
    assert "is declared at zoom-main/people.yaml:" in done.stderr
    line = next(
        t for t in (campus.desired / "zoom-main/people.yaml").read_text("utf-8").splitlines() if "s3" in t
    )
    rewrite(campus, "zoom-main/people.yaml", (line, ""))
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))
    done = forget(campus, CLEO, "--yes")
    assert done.return_value == 1
    assert f"{CLEO} is still ours (current)" in done.stderr
    assert "lifecycle: {release: true}" in done.stderr
    campus.apply()
    assert forget(campus, CLEO, "--yes").return_value == 0, "disabled is nobody of ours any more"


def test_a_released_person_can_be_forgotten_while_their_account_stays(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s2: {", "s2: {lifecycle: {release: true}, "))
    rewrite(campus, "zoom-main/meetings.yaml", ("alternative_hosts: [s2]", "alternative_hosts: []"))
    campus.apply()
    line = next(
        t for t in (campus.desired / "zoom-main/people.yaml").read_text("utf-8").splitlines() if "s2" in t
    )
    rewrite(campus, "zoom-main/people.yaml", (line, ""))
    campus.apply()
    assert forget(campus, "zoom-main/user/S2", "--yes").return_value == 0
    assert "ben@example.edu" not in ledger_bytes(campus).decode("latin-1")
    assert people(campus)["ben@example.edu"]["status"] == "active"


def test_it_asks_first_and_names_the_copies_it_leaves(campus: Rig) -> None:
    leave(campus)
    path = campus.workspace.ledger_path
    shutil.copyfile(path, path.with_name(f"{path.name}.backup-v1"))
    refused = forget(campus, CLEO, answer="n\n")
    assert refused.exit_code != 0
    assert "cleo" in ledger_bytes(campus).decode("latin-1")
    done = forget(campus, CLEO, answer="y\n")
    assert done.return_value == 0
    assert "default.db.backup-v1 was copied before an upgrade and may still name them" in done.stderr
    again = forget(campus, CLEO, "--yes")
    assert again.return_value == 1
    assert "nothing is known of it" in again.stderr


@pytest.mark.parametrize("text", ["s3", "zoom-main/group/faculty"])
def test_only_people_are_forgotten(campus: Rig, text: str) -> None:
    settle(campus)
    done = forget(campus, text, "--yes")
    assert done.return_value == 1
    assert "is nobody's address; write target/kind/name of a person (user)" in done.stderr
