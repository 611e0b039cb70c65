"""`--sandbox`: every target's origin, ids and secrets replaced by those of a sandbox inside this process."""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from reconciler.errors import OriginRefused, ReconcilerError, SecretUnavailable
from reconciler.model import Documents
from reconciler.resources.base import SecretRef
from reconciler.resources.lti_credential import LtiCredential
from reconciler.run.workspace import Workspace, driver_settings
from reconciler.sandbox import Sandbox
from reconciler.secrets import derive_key, normalise_origin
from reconciler.settings import Settings, TargetSettings

ENVIRONMENT = "sandbox"
WORLD = "sandbox-world.json"
SECRETS = "sandbox-secrets"
PORT = "sandbox.port"
LOCK = "sandbox.lock"
FILES = (WORLD, PORT, LOCK, *(f"{ENVIRONMENT}.db{suffix}" for suffix in ("", "-wal", "-shm")))
"""Every file of a sandbox in a state folder, besides the folder SECRETS."""
FINGERPRINT_KEY = b"the sandbox has no secrets worth a key"
INVENTED = 10
"""Characters of a secret that nobody minted: as many as a meeting's passcode may have."""
CARTRIDGE = "https://www.example.edu/lti/zoom.xml"
BEFORE_US: tuple[Mapping[str, object], ...] = (
    {"do": "edit_canvas", "features": ["lti_registrations_page", "lti_registrations_next"]},
    {
        "do": "moodle_publish",
        "url": CARTRIDGE,
        "title": "Zoom",
        "launch_url": "https://applications.zoom.us/lti/rich",
    },
    *(
        {"do": "add_canvas_course", "name": name, "course_id": number, "lti_context_id": context}
        for name, number, context in (
            ("Cell Biology", 1042, "4f2a9c"),
            ("Modern History", 1077, "77b0e1"),
            ("Moot Court", 1103, "c01d44"),
        )
    ),
)
"""What a new sandbox is told: features that an operator of Canvas switches on, the file on the campus's own
web site of which Moodle makes a tool, and courses, which come from the registrar."""


@dataclass
class SandboxSecrets:
    """Implements the port Secrets for one sandbox: nothing of the environment is read or sent anywhere.

    References of target settings resolve to the sandbox's own values; those `minted` for a credential to the
    file below `folder` that the simulated console wrote; any other to a text made of the reference.
    """

    origin: str
    folder: Path
    values: dict[str, str] = field(default_factory=dict, repr=False)
    minted: set[str] = field(default_factory=set)

    def reveal(self, ref: SecretRef, origin: str) -> str:
        """The value. Raises OriginRefused for any origin but the sandbox's, or SecretUnavailable."""
        if not self.allows(origin):
            raise OriginRefused(
                f"{ref.text}: with --sandbox nothing is sent to {origin!r}, only to the sandbox"
            )
        return self._resolve(ref)

    def allows(self, origin: str) -> bool:
        """The sandbox's own, and no other."""
        return normalise_origin(origin) == self.origin

    def fingerprint(self, ref: SecretRef) -> str | None:
        """HMAC-SHA256 of the value in hex, None where there is none yet."""
        try:
            value = self._resolve(ref)
        except SecretUnavailable:
            return None
        return hmac.new(FINGERPRINT_KEY, value.encode(), hashlib.sha256).hexdigest()

    def derive(self, ref: SecretRef, purpose: str) -> bytes:
        """A key of 32 bytes for this purpose. Raises SecretUnavailable; ReconcilerError if it is short."""
        return derive_key(ref, self._resolve(ref), purpose)

    def write(self, ref: SecretRef, value: str) -> None:
        """What a person does after copying a secret off a console page: put it where its reference points."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file(ref)
        file.touch(mode=0o600)
        file.write_text(value, encoding="utf-8")

    def _resolve(self, ref: SecretRef) -> str:
        if ref.text in self.values:
            return self.values[ref.text]
        try:
            return self._file(ref).read_text(encoding="utf-8")
        except OSError:
            if ref.text not in self.minted:
                return hmac.new(FINGERPRINT_KEY, ref.text.encode(), hashlib.sha256).hexdigest()[:INVENTED]
            raise SecretUnavailable(
                f"{ref.text}: no page of the sandbox has shown it to a person yet"
            ) from None

    def _file(self, ref: SecretRef) -> Path:
        return self.folder / quote(ref.text[2:-1], safe="")


@dataclass(frozen=True)
class Embedded:
    """A running sandbox and a workspace all of whose targets it plays."""

    sandbox: Sandbox
    secrets: SandboxSecrets
    workspace: Workspace


@contextmanager
def open_embedded(workspace: Workspace, *, users: int = 0) -> Iterator[Embedded]:
    """Start the sandbox of this state folder, `users` people in it if it is new; written back at the end.

    Raises ReconcilerError while another process uses the same folder's sandbox.
    """
    state = workspace.state
    state.mkdir(parents=True, exist_ok=True)
    with _only_one(state / LOCK), _start(state, users) as sandbox:
        secrets = SandboxSecrets(sandbox.origin, state / SECRETS)
        played = replace(
            workspace,
            environment=ENVIRONMENT,
            adapt=lambda documents: adapt(documents, sandbox.settings(), secrets),
            secrets=secrets,
        )
        _follow(played, sandbox.origin)
        yield Embedded(sandbox, secrets, played)


@contextmanager
def _start(state: Path, users: int) -> Iterator[Sandbox]:
    """On the port of last time, by which the ledger knows the account; on another if that is taken."""
    note = state / PORT
    known = int(note.read_text()) if note.is_file() else 0
    is_new = not (state / WORLD).exists()
    sandbox = Sandbox(world=state / WORLD, users=users, port=known)
    try:
        sandbox.start()
    except OSError:
        sandbox = Sandbox(world=state / WORLD, users=users)
        sandbox.start()
    with sandbox:
        if is_new:
            sandbox.act(*map(dict, BEFORE_US))
        note.write_text(sandbox.origin.rpartition(":")[2])
        yield sandbox


def _follow(workspace: Workspace, origin: str) -> None:
    """Where the sandbox moved to another port, its ledger moves with it: the world file is the same."""
    if not workspace.ledger_path.is_file():
        return
    with workspace.ledger() as ledger:
        for binding in ledger.read().bindings.values():
            if normalise_origin(binding.origin) != origin:
                ledger.rebind(replace(binding, origin=origin))


def adapt(
    documents: Documents, offered: Mapping[str, Mapping[str, str]], secrets: SandboxSecrets
) -> Documents:
    """The same documents with their targets played by the sandbox, and what `secrets` have to know of them.

    Raises ReconcilerError for a target whose driver the sandbox does not play: it must not be contacted.
    """
    credentials = (entry.values for entry in documents.entries if entry.kind == LtiCredential.kind)
    secrets.minted |= {str(values["secret"]).strip() for values in credentials if values.get("secret")}
    return replace(documents, settings=_adapt_settings(documents.settings, offered, secrets.values))


def _adapt_settings(
    settings: Settings, offered: Mapping[str, Mapping[str, str]], secrets: dict[str, str]
) -> Settings:
    """What is written as a reference stays one, and is noted. Raises ReconcilerError."""
    declared = driver_settings(settings)
    played = {}
    for key in filter(None, (settings.fingerprint_key, settings.snapshot_key)):
        secrets[key.text] = FINGERPRINT_KEY.hex()
    for name, target in settings.targets.items():
        known = frozenset(setting.name for setting in declared.get(name, ()))
        able = _offer(target, offered)
        if known and able is None:
            raise ReconcilerError(
                f"{name}: the sandbox does not play the driver {target.driver}; run without --sandbox, "
                f"or take the target out (it plays {', '.join(sorted(offered))})"
            )
        values = {key: text for key, text in (able or {}).items() if key in known}
        played[name] = _play(target, values, secrets)
    return replace(settings, targets=played)


def _offer(target: TargetSettings, offered: Mapping[str, Mapping[str, str]]) -> Mapping[str, str] | None:
    """What the sandbox has for a target: by its driver, and where it has a mapping, by that."""
    mapping = target.values.get("mapping")
    return offered.get(f"{target.driver}:{mapping}" if isinstance(mapping, str) else target.driver)


def _play(target: TargetSettings, values: Mapping[str, str], secrets: dict[str, str]) -> TargetSettings:
    made: dict[str, str | SecretRef] = dict(target.values)
    for key, text in values.items():
        written = target.values.get(key)
        if isinstance(written, SecretRef):
            secrets[written.text] = text
        elif written is not None or key.endswith("_url"):
            made[key] = text
    return replace(target, values=made)


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """One process at a time: two sandboxes of one world file would overwrite each other's campus."""
    with path.open("w") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ReconcilerError(
                    f"{path}: another command is using this sandbox; wait for it to end, or give this one "
                    "a state folder of its own with --state"
                ) from error
        yield
