"""A credential and its successor as declared: which pairs are refused, what their pages have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ConfigError
from reconciler.model import Declared
from reconciler.resources.lti_settings import LtiSettings
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from tests.rig import address
from tests.unit.desired_samples import BASE, write_folder

LTI = "zoom-lti/lti.yaml"
OLD = 'lti-2026: {minted_by: tool, key: Old, secret: "${env:OLD}", successor: lti-2027, overlap: 7d}'
NEW = 'lti-2027: {minted_by: tool, key: New, secret: "${env:NEW}"}'


def declare(root: Path, *credentials: str, more: str = "") -> Declared:
    """What is declared with these credentials beside BASE; ConfigError if anything is wrong."""
    text = "".join(f"  {line}\n" for line in credentials)
    files = {**BASE, LTI: f"lti_credentials:\n{text}{more}"}
    return read_campus(Workspace(write_folder(root, files))).desired


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        ((OLD.replace("lti-2027", "lti-2028"), NEW), "did you mean `lti-2027`?"),
        ((OLD.replace("lti-2027", "lti-2026"),), "`successor` names the credential itself"),
        (
            (OLD, NEW.replace("New", "Old")),
            "lti.yaml:3:31: `key` is that of lti-2026 (zoom-lti/lti.yaml:2:31)",
        ),
        ((OLD, NEW.replace("env:NEW", "env:OLD")), "`secret` is that of lti-2026"),
        ((OLD, f"{NEW[:-1]}, successor: lti-2028}}", "lti-2028: {minted_by: tool}"), "a successor itself"),
        ((OLD, "lti-2025: {minted_by: tool, successor: lti-2027}", NEW), "lti-2027 succeeds"),
        (("lti-2026: {minted_by: tool, overlap: 7d}",), "2:31: `overlap` says how long"),
        ((OLD.replace("7d", "a week"), NEW), "lti.yaml:2:84: `overlap`: `a week` is no length of time"),
    ],
)
def test_successors_that_cannot_be(tmp_path: Path, credentials: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        declare(tmp_path, *credentials)
    assert problem in str(caught.value)


def test_a_page_has_its_credentials_new_name_where_that_is_referred_to(tmp_path: Path) -> None:
    page = 'approved_domains:\n  canvas: {credential: lti-2026, domain: "https://canvas.example.edu"}\n'
    with pytest.raises(ConfigError) as caught:
        declare(tmp_path, "lti-main: {minted_by: tool, lifecycle: {previously: [lti-2026]}}", more=page)
    assert "lti.yaml:4:12: `lti-2026` is a former name of lti-main" in str(caught.value)


MORE = """\
approved_domains:
  canvas: {domain: "https://canvas.example.edu"}
  moodle: {domain: "https://moodle.example.edu", credential: lti-2027}
allowed_email_domains:
  campus: {domain: example.edu}
lti_settings:
  page: {auto_login: true}
  other: {auto_login: false, credential: lti-2027}
"""


def test_each_page_has_what_the_other_has_and_its_own_settings(tmp_path: Path) -> None:
    declared = declare(tmp_path, OLD, NEW, more=MORE).resources
    names = {f"{a.kind}/{a.name}" for a in declared if a.target == "zoom-lti" and "." in a.name}
    assert names == {
        *(f"approved_domain/lti-{year}.{name}" for year in (2026, 2027) for name in ("canvas", "moodle")),
        "allowed_email_domain/lti-2026.campus",
        "allowed_email_domain/lti-2027.campus",
        "lti_settings/lti-2026.page",
        "lti_settings/lti-2027.other",
    }
    carried = declared[address("zoom-lti/approved_domain/lti-2027.canvas")]
    assert str(carried.place("domain")).startswith("zoom-lti/lti.yaml:5:")
    assert getattr(carried.resource, "credential", "") == "zoom-lti/lti_credential/lti-2027"
    settings = declared[address("zoom-lti/lti_settings/lti-2027.other")].resource
    assert isinstance(settings, LtiSettings)
    assert settings.auto_login is False
