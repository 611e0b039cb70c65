"""Secrets: where they come from, where they may go, and that they never show."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from reconciler.errors import OriginRefused, SecretUnavailable
from reconciler.model import Secrets
from reconciler.resources.base import SecretRef
from reconciler.secrets import SecretStore, normalise_origin

ZOOM = "https://api.zoom.us"
ENV = SecretRef("${env:TOKEN}")


def store(tmp_path: Path, **environment: str) -> SecretStore:
    """A store over a private home, with a key and a secrets root."""
    found = {"HOME": str(tmp_path), "TOKEN": "t0ken", "KEY": "k3y", **environment}
    root = tmp_path / "secrets"
    return SecretStore(environment=found, root=root, key=SecretRef("${env:KEY}"), origins=[ZOOM])


def test_it_is_the_port(tmp_path: Path) -> None:
    port: Secrets = store(tmp_path)
    assert port.reveal(ENV, ZOOM) == "t0ken"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${env:MISSING}", "MISSING is not set"),
        ("${env:EMPTY}", "is empty"),
        ("${file:none}", "No such file"),
        ("${file:../outside}", "leads out"),
        ("${file:/etc/hostname}", "leads out"),
        ("${file:link}", "leads out"),
        ("${file:circle}", ""),
        ("${file:folder}", "Is a directory"),
        ("${file:binary}", "not UTF-8"),
        ("${file:huge}", "over 65536 bytes"),
        ("${keyring:nothing}", "service/name"),
        ("${vault:secret/zoom#a}", "VAULT_ADDR and VAULT_TOKEN"),
        ("${vault:zoom}", "mount/path#field"),
        ("${gcp:name}", "no scheme"),
    ],
)
def test_what_does_not_resolve_says_why(tmp_path: Path, text: str, why: str) -> None:
    root = tmp_path / "secrets"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside").write_text("v4lue")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "circle").symlink_to(root / "circle")
    (root / "binary").write_bytes(b"v4lue\xff")
    (root / "huge").write_text("v4lue" * 20_000)
    with pytest.raises(SecretUnavailable) as caught:
        store(tmp_path, EMPTY="").reveal(SecretRef(text), ZOOM)
    assert text in str(caught.value)
    assert why in str(caught.value)
    assert "v4lue" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"s3cret", b"s3cret\n", b"s3cret\r\n", b"\xef\xbb\xbfs3cret\n"])
def test_a_file_gives_its_text_without_the_last_line_end(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets" / "lti" / "2026"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (tmp_path / "secrets" / "inside").symlink_to(path)
    for name in ("lti/2026", "inside"):
        assert store(tmp_path).reveal(SecretRef(f"${{file:{name}}}"), ZOOM) == "s3cret"


def test_files_need_a_root(tmp_path: Path) -> None:
    rootless = SecretStore(environment={"HOME": str(tmp_path)}, root=None, key=None, origins=[ZOOM])
    with pytest.raises(SecretUnavailable, match="secrets: {root"):
        rootless.reveal(SecretRef("${file:a}"), ZOOM)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://api.zoom.us",
        "https://api.zoom.us:8443",
        "https://api.zoom.us@evil.example",
        "https://api.zoom.us.evil.example",
        "api.zoom.us",
        "",
        "https://api.zoom.us:port",
    ],
)
def test_a_secret_goes_to_allowed_origins_only(tmp_path: Path, origin: str) -> None:
    resolved: list[str] = []

    def resolve() -> str:
        resolved.append(origin)
        return "value"

    refusing = SecretStore(
        environment={"HOME": str(tmp_path), "RECONCILER_ORIGINS": "nonsense,,"},
        root=None,
        key=None,
        origins=[ZOOM],
        overrides={ENV.text: resolve},
    )
    with pytest.raises(OriginRefused, match="RECONCILER_ORIGINS"):
        refusing.reveal(ENV, origin)
    assert not resolved


def test_an_operator_allows_further_origins(tmp_path: Path) -> None:
    listed = tmp_path / ".config" / "reconciler" / "origins"
    listed.parent.mkdir(parents=True)
    listed.write_text("# ours\nhttps://moodle.example.edu/\n\n")
    environment = {"RECONCILER_ORIGINS": "https://Canvas.example.edu:443, http://127.0.0.1:8080"}
    for origin in (
        "https://canvas.example.edu",
        "http://127.0.0.1:8080",
        "https://moodle.example.edu/x",
        ZOOM,
    ):
        assert store(tmp_path, **environment).reveal(ENV, origin) == "t0ken"
    other = tmp_path / "other"
    other.write_text("https://d2l.example.edu")
    assert store(tmp_path, RECONCILER_ORIGINS_FILE=str(other)).reveal(ENV, "https://d2l.example.edu")
    with pytest.raises(OriginRefused):
        store(tmp_path, RECONCILER_ORIGINS_FILE=str(other)).reveal(ENV, "https://moodle.example.edu")


def test_a_list_of_origins_that_cannot_be_read_refuses(tmp_path: Path) -> None:
    with pytest.raises(OriginRefused, match="cannot be read"):
        store(tmp_path, RECONCILER_ORIGINS_FILE=str(tmp_path))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTPS://API.zoom.us:443/v2", "https://api.zoom.us"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("ftp://a", ""),
        ("https://", ""),
    ],
)
def test_origins_are_compared_in_one_form(text: str, origin: str) -> None:
    assert normalise_origin(text) == origin


def test_fingerprints_tell_values_apart_and_nothing_else(tmp_path: Path) -> None:
    first = store(tmp_path).fingerprint(ENV)
    assert first == store(tmp_path).fingerprint(ENV)
    assert first not in (
        store(tmp_path, TOKEN="other").fingerprint(ENV),
        store(tmp_path, KEY="x").fingerprint(ENV),
    )
    assert first and len(first) == 64
    assert store(tmp_path).fingerprint(SecretRef("${env:MISSING}")) is None
    assert store(tmp_path, KEY="").fingerprint(ENV) is None
    keyless = SecretStore(
        environment={"TOKEN": "t0ken", "HOME": str(tmp_path)}, root=None, key=None, origins=[]
    )
    assert keyless.fingerprint(ENV) is None


def test_overrides_come_first_and_nothing_shows(tmp_path: Path) -> None:
    made = SecretStore(
        environment={"HOME": str(tmp_path)},
        root=None,
        key=None,
        origins=[ZOOM],
        overrides={"${env:A}": "0verride", "${env:B}": lambda: "0verride"},
    )
    assert [made.reveal(SecretRef(ref), ZOOM) for ref in ("${env:A}", "${env:B}")] == ["0verride"] * 2
    assert "0verride" not in repr(made)
    assert "t0ken" not in repr(store(tmp_path))


@pytest.mark.parametrize(("scheme", "module"), [("keyring:a/b", "keyring"), ("vault:secret/a#b", "hvac")])
def test_a_missing_extra_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SecretUnavailable, match=r"pip install 'reconciler\["):
        store(tmp_path, VAULT_ADDR="http://127.0.0.1:1", VAULT_TOKEN="t").reveal(
            SecretRef(f"${{{scheme}}}"), ZOOM
        )


class OneEntry(KeyringBackend):
    """A keyring that holds one password."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return "r1ng" if (service, username) == ("zoom", "client") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def test_keyring_is_asked(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())  # type: ignore[no-untyped-call]  # its base has no types
    try:
        assert store(tmp_path).reveal(SecretRef("${keyring:zoom/client}"), ZOOM) == "r1ng"
        with pytest.raises(SecretUnavailable, match="keyring set zoom other"):
            store(tmp_path).reveal(SecretRef("${keyring:zoom/other}"), ZOOM)
    finally:
        keyring.set_keyring(before)


class Vault(BaseHTTPRequestHandler):
    """Vault's KV version 2, with one secret (Vault API documentation, KV v2, read secret version)."""

    def do_GET(self) -> None:
        found = self.path.startswith("/v1/secret/data/zoom") and self.headers["X-Vault-Token"] == "t"
        body = (
            b'{"data": {"data": {"client": "v4ult", "n": 1}, "metadata": {}}}' if found else b'{"errors": []}'
        )
        self.send_response(200 if found else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def vault() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_vault_is_asked(tmp_path: Path, vault: str) -> None:
    asking = store(tmp_path, VAULT_ADDR=vault, VAULT_TOKEN="t")
    assert asking.reveal(SecretRef("${vault:secret/zoom#client}"), ZOOM) == "v4ult"
    for text, why in (("secret/zoom#n", "no text field n"), ("secret/other#a", "Forbidden")):
        with pytest.raises(SecretUnavailable, match=why):
            asking.reveal(SecretRef(f"${{vault:{text}}}"), ZOOM)
