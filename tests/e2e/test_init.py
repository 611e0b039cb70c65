"""`init` begins a project that validates as it is, touches nothing that is there, and contacts nobody."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.shell import Shell

ENVIRON = {
    "ZOOM_ACCOUNT_ID": "a",
    "ZOOM_CLIENT_ID": "b",
    "ZOOM_CLIENT_SECRET": "c",
    "RECONCILER_FINGERPRINT_KEY": "k",
}


def test_a_project_from_nothing(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    said = shell.type("init", "--allow", "https://canvas.example.edu").stderr
    assert "wrote desired/reconciler.yaml" in said
    assert "wrote state/default.db, an empty ledger" in said
    assert (tmp_path / ".config/reconciler/origins").read_text() == "https://canvas.example.edu\n"
    assert "1 target; all well." in shell.type("validate").stdout
    assert "0 changes" not in shell.type("plan", "--sandbox").stderr


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.type("init", "--allow", "https://canvas.example.edu")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    said = shell.type("init", "--allow", "https://canvas.example.edu/").stderr
    assert "kept desired/reconciler.yaml" in said
    assert "kept state/default.db" in said
    assert "is allowed already" in said
    after = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert after == before


def test_several_targets_and_an_environment(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.type("init", "--target", "z=zoom", "--target", "lti=zoom_lti_pro", "--environment", "prod")
    assert (tmp_path / "state/prod.db").exists()
    text = (tmp_path / "desired/reconciler.yaml").read_text()
    assert "    zoom: z " in text
    assert "    credential: main " in text
    Shell(tmp_path, ENVIRON).type("validate")


def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "there is no driver 'zom'" in shell.type("init", "--target", "z=zom", status=1).stderr
    assert "write NAME=DRIVER" in shell.type("init", "--target", "zoom", status=1).stderr
    assert not (tmp_path / "desired").exists()
