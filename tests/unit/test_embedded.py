"""Secrets of a sandbox: its own, those its console minted, and a text for any other reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.commands.embedded import SandboxSecrets, adapt
from reconciler.errors import OriginRefused, SecretUnavailable
from reconciler.resources.base import SecretRef
from reconciler.stages.load import load

ORIGIN = "http://127.0.0.1:8750"
LTI, LABS, TOKEN = (SecretRef(f"${{env:{name}}}") for name in ("LTI_SECRET", "LABS_SECRET", "TOKEN"))


@pytest.fixture
def secrets(tmp_path: Path) -> SandboxSecrets:
    """Those of a folder with a credential, whose secret its console has not shown yet."""
    (tmp_path / "lti").mkdir()
    (tmp_path / "reconciler.yaml").write_text(
        "version: 1\n"
        "targets:\n"
        '  zoom: {driver: zoom, client_secret: "${env:TOKEN}"}\n'
        "  lti: {driver: zoom_lti_pro, zoom: zoom, credential: new}\n"
    )
    (tmp_path / "lti" / "lti.yaml").write_text(
        'lti_credentials:\n  new: {minted_by: tool, key: K, secret: "${env:LTI_SECRET}"}\n'
    )
    made = SandboxSecrets(ORIGIN, tmp_path / "secrets")
    offered = {"zoom": {"client_secret": "its own"}, "zoom_lti_pro": {}}
    adapt(load(tmp_path, "default"), offered, made)
    return made


def test_what_a_console_mints_is_not_there_before(secrets: SandboxSecrets) -> None:
    with pytest.raises(SecretUnavailable, match="no page of the sandbox has shown it"):
        secrets.reveal(LTI, ORIGIN)
    assert secrets.fingerprint(LTI) is None
    secrets.write(LTI, "minted")
    assert secrets.reveal(LTI, ORIGIN) == "minted"


def test_any_other_reference_has_a_text_of_its_own(secrets: SandboxSecrets) -> None:
    assert secrets.reveal(TOKEN, ORIGIN) == "its own"
    assert secrets.reveal(LABS, ORIGIN) == secrets.reveal(LABS, ORIGIN)
    assert secrets.fingerprint(LABS) != secrets.fingerprint(SecretRef("${env:ANOTHER}"))
    with pytest.raises(OriginRefused):
        secrets.reveal(LABS, "https://labs.example.com")
