"""Resolves references to secrets, for allowed origins only; a value never stands in a message or repr."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.errors import OriginRefused, ReconcilerError, SecretUnavailable
from reconciler.resources.base import SecretRef

ORIGINS = "RECONCILER_ORIGINS"
ORIGINS_FILE = "RECONCILER_ORIGINS_FILE"
MAX_BYTES = 64 * 1024
SHORTEST = 32
"""Characters of a secret that keys are derived from."""
_PORTS = {"http": 80, "https": 443}


class SecretStore:
    """Implements the port Secrets.

    `root` is the one folder below which `${file:...}` may point. `key` refers to the key of fingerprints.
    `origins` are the drivers' own; the operator adds others in RECONCILER_ORIGINS (by commas) or in a file,
    one a line (RECONCILER_ORIGINS_FILE, else ~/.config/reconciler/origins). `overrides` replace what a
    reference, by its text, resolves to.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        root: Path | None,
        key: SecretRef | None,
        origins: Collection[str],
        overrides: Mapping[str, Callable[[], str] | str] | None = None,
    ) -> None:
        self._environment = environment
        self._root = root
        self._key = key
        self._overrides = dict(overrides or {})
        listed = map(normalise_origin, [*origins, *_listed_origins(environment)])
        self._origins = frozenset(filter(None, listed))
        self._schemes: Mapping[str, Callable[[str], str]] = {
            "env": self._read_env,
            "file": self._read_file,
            "keyring": self._read_keyring,
            "vault": self._read_vault,
        }

    def __repr__(self) -> str:
        return f"SecretStore({len(self._origins)} origins)"

    def reveal(self, ref: SecretRef, origin: str) -> str:
        """The value, to be sent to `origin`. Raises OriginRefused before resolving, or SecretUnavailable."""
        if not self.allows(origin):
            raise OriginRefused(
                f"{ref.text} would be sent to {origin!r}, which is not an allowed origin. If it is yours, "
                f"allow it outside the reviewed files: {ORIGINS}={normalise_origin(origin)} in the "
                f"environment, or that origin as a line of {_origins_file(self._environment)}"
            )
        return self._resolve(ref)

    def allows(self, origin: str) -> bool:
        """Whether it is a driver's own origin, or the operator listed it."""
        return normalise_origin(origin) in self._origins

    def fingerprint(self, ref: SecretRef) -> str | None:
        """HMAC-SHA256 of the value, in hex; None where the value or the key cannot be resolved."""
        if self._key is None:
            return None
        try:
            key, value = self._resolve(self._key), self._resolve(ref)
        except SecretUnavailable:
            return None
        return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()

    def derive(self, ref: SecretRef, purpose: str) -> bytes:
        """A key of 32 bytes for this purpose. Raises SecretUnavailable; ReconcilerError if it is short."""
        return derive_key(ref, self._resolve(ref), purpose)

    def _resolve(self, ref: SecretRef) -> str:
        override = self._overrides.get(ref.text)
        if override is not None:
            return override if isinstance(override, str) else override()
        read = self._schemes.get(ref.scheme)
        if read is None:
            raise SecretUnavailable(
                f"{ref.text}: there is no scheme {ref.scheme!r}; use env, file, keyring or vault"
            )
        try:
            value = read(ref.path)
        except _Unavailable as why:
            raise SecretUnavailable(f"{ref.text} cannot be resolved: {why}") from None
        if not value:
            raise SecretUnavailable(f"{ref.text} cannot be resolved: it is empty")
        return value

    def _read_env(self, name: str) -> str:
        if name not in self._environment:
            raise _Unavailable(f"the environment variable {name} is not set; export it")
        return self._environment[name]

    def _read_file(self, path: str) -> str:
        if self._root is None:
            raise _Unavailable("no folder is configured; add `secrets: {root: ...}` to reconciler.yaml")
        try:
            root = self._root.resolve()
            found = (root / path).resolve()
            if not found.is_relative_to(root):
                raise _Unavailable(f"it leads out of the secrets root {self._root}; put the file below it")
            with found.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else "its links go in a circle"
            raise _Unavailable(f"below {self._root}: {why}") from None
        if len(data) > MAX_BYTES:
            raise _Unavailable(f"the file is over {MAX_BYTES} bytes; that is no secret")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _Unavailable("the file is not UTF-8") from None
        return text.removesuffix("\n").removesuffix("\r")

    def _read_keyring(self, path: str) -> str:
        service, _, name = path.rpartition("/")
        if not service or not name:
            raise _Unavailable("write ${keyring:service/name}")
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError:
            raise _Unavailable("install the extra: pip install 'reconciler[keyring]'") from None
        try:
            value = keyring.get_password(service, name)
        except KeyringError as error:
            raise _Unavailable(f"the keyring refused ({type(error).__name__}); unlock it") from None
        if value is None:
            raise _Unavailable(f"the keyring holds nothing; run `keyring set {service} {name}`")
        return value

    def _read_vault(self, text: str) -> str:
        path, _, name = text.partition("#")
        mount, _, below = path.partition("/")
        if not below or not name:
            raise _Unavailable("write ${vault:mount/path#field}")
        missing = [name for name in ("VAULT_ADDR", "VAULT_TOKEN") if not self._environment.get(name)]
        if missing:
            raise _Unavailable(f"set {' and '.join(missing)} in the environment")
        try:
            import hvac
            from hvac.exceptions import VaultError
            from requests.exceptions import RequestException
        except ImportError:
            raise _Unavailable("install the extra: pip install 'reconciler[vault]'") from None
        client = hvac.Client(url=self._environment["VAULT_ADDR"], token=self._environment["VAULT_TOKEN"])
        try:
            answer = client.secrets.kv.v2.read_secret_version(
                path=below, mount_point=mount, raise_on_deleted_version=True
            )
        except (VaultError, RequestException) as error:
            raise _Unavailable(
                f"Vault did not give it ({type(error).__name__}); check address and token"
            ) from None
        fields = answer["data"]["data"]
        if not isinstance(fields.get(name), str):
            raise _Unavailable(f"Vault holds no text field {name} there")
        return str(fields[name])


def derive_key(ref: SecretRef, value: str, purpose: str) -> bytes:
    """32 bytes out of a secret, others for each purpose. Raises ReconcilerError if it could be guessed."""
    if len(value) < SHORTEST:
        raise ReconcilerError(
            f"{ref.text} holds fewer than {SHORTEST} characters, which could be guessed; put a random secret "
            "there, such as `openssl rand -base64 32` prints"
        )
    return expand(value.encode(), purpose.encode())


def expand(secret: bytes, purpose: bytes) -> bytes:
    """HKDF with SHA-256 (RFC 5869): no salt, one block."""
    drawn = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(drawn, purpose + b"\x01", hashlib.sha256).digest()


class _Unavailable(Exception):
    """Why a reference does not resolve; never holds a value."""


def normalise_origin(text: str) -> str:
    """`scheme://host` and a port if it is not the scheme's own, lower case; "" if `text` is no origin.

    Whatever stands before an `@` or after the host is not part of an origin.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def _origins_file(environment: Mapping[str, str]) -> Path:
    if named := environment.get(ORIGINS_FILE):
        return Path(named)
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return (Path(home) if home else Path.home()) / ".config" / "reconciler" / "origins"


def _listed_origins(environment: Mapping[str, str]) -> Iterator[str]:
    """What the operator listed; a line that starts with # is a remark."""
    yield from filter(None, environment.get(ORIGINS, "").split(","))
    try:
        text = _origins_file(environment).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError) as error:
        raise OriginRefused(
            f"the allowed origins in {_origins_file(environment)} cannot be read ({type(error).__name__})"
        ) from None
    yield from (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def allow_origin(origin: str, environment: Mapping[str, str] = os.environ) -> str:
    """Add an origin to the operator's file, which lies outside the reviewed tree; a line that says so.

    Raises OriginRefused if it is no origin, or the file cannot be written.
    """
    named, path = normalise_origin(origin), _origins_file(environment)
    if not named:
        raise OriginRefused(f"{origin!r} is no origin; write https://host")
    if named in map(normalise_origin, _listed_origins(environment)):
        return f"kept {path}: {named} is allowed already"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{named}\n")
    except OSError as error:
        raise OriginRefused(f"{path} cannot be written: {error.strerror}; add the line {named}") from error
    return f"wrote {path}: secrets may be sent to {named}"
