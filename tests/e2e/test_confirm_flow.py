"""A hand-off from open to attested by typed commands, with the person at the console played by --sandbox."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.example import ZOOM, copy_example
from tests.e2e.shell import Shell

CREDENTIAL, DOMAINS = "zoom-lti/credentials/lti-2026", "zoom-lti/approved-domains/lti-2026"
FIRST = "zoom-lti/first-links/lti-2026"
OTHERS = ("zoom-lti/email-domains/lti-2026", "zoom-lti/roles/lti-2026", "zoom-lti/settings/lti-2026")


def test_links_wait_for_a_person_and_then_go_on(tmp_path: Path) -> None:
    copy_example(tmp_path, *ZOOM, "canvas-main")
    shell = Shell(tmp_path)
    assert "This is a preview" in shell.type("plan", "--sandbox", "--exit-code", status=2).stdout
    report = shell.type("apply", "--sandbox").stdout
    assert "55 applied, 7 waiting, 10 handed off" in report
    assert f"reconciler confirm {CREDENTIAL} --by NAME --sandbox" in report

    too_early = shell.type("confirm", DOMAINS, "--sandbox", status=1).stderr
    assert f"reconciler confirm {CREDENTIAL} --sandbox" in too_early
    unknown = shell.type("confirm", "zoom-lti/credentials/lti-1999", "--sandbox", status=1).stderr
    assert CREDENTIAL in unknown and "Traceback" not in unknown
    shell.type("confirm", CREDENTIAL, "--sandbox", "--by", "jo")
    shell.type("confirm", DOMAINS, *OTHERS, "desired", "--sandbox", "--by", "jo")
    assert "nothing is open" in shell.type("confirm", DOMAINS, "--sandbox").stderr
    (secret,) = (tmp_path / "state" / "sandbox-secrets").iterdir()
    assert secret.stat().st_mode & 0o077 == 0

    assert "4 applied, 3 waiting" in shell.type("apply", "--sandbox").stdout
    shell.type("confirm", FIRST, "--sandbox", "--by", "jo")
    assert "3 applied" in shell.type("apply", "--sandbox").stdout
    assert shell.type("plan", "--sandbox", "--exit-code").stdout.startswith("Nothing to do.")
    shown = shell.type("state", "show", "zoom-lti/lti_credential/lti-2026", "--sandbox").stdout
    assert "attested by jo" in shown
    for path in (tmp_path / "state").rglob("*"):
        if path.is_file() and path.name != "sandbox-world.json" and path.parent.name != "sandbox-secrets":
            assert secret.read_bytes() not in path.read_bytes(), f"the secret is in {path.name}"


def test_a_domain_taken_off_is_done_by_hand_too(tmp_path: Path) -> None:
    copy_example(tmp_path, *ZOOM)
    lti = tmp_path / "desired" / "zoom-lti" / "lti.yaml"
    before, library = lti.read_text(), "  library: {domain: https://library.example.edu}\n"
    lti.write_text(before.replace("\nallowed_email", f"{library}\nallowed_email", 1))
    shell = Shell(tmp_path)
    shell.type("confirm", DOMAINS, CREDENTIAL, "--sandbox")
    both = console_domains(tmp_path)

    lti.write_text(before)
    assert "take off" in shell.type("plan", "--sandbox", "--target", "zoom-lti").stdout
    shell.type("confirm", DOMAINS, "--sandbox")
    assert both - console_domains(tmp_path) == {"https://library.example.edu"}
    listed = shell.type("state", "list", "zoom-lti/approved_domain/*", "--sandbox").stdout
    assert "canvas" in listed and "library" not in listed

    for path in (lti, tmp_path / "desired" / "reconciler.yaml"):
        path.write_text(path.read_text().replace("lti-2026", "lti-2028").replace("KLAIJC9OTI2Hm", "Key2028"))
    shell.type("confirm", CREDENTIAL, "--sandbox")
    assert console_domains(tmp_path) == set(), "a page goes with its credential"
    assert "lti-2026" not in shell.type("state", "list", "zoom-lti/*", "--sandbox").stdout


def console_domains(folder: Path) -> set[str]:
    """What the console of the stopped sandbox shows."""
    world = json.loads((folder / "state" / "sandbox-world.json").read_text())
    return {domain for credential in world["lti"]["credentials"] for domain in credential["domains"]}
