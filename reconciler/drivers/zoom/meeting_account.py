"""What a meeting's fields mean in its account: options by name and passcodes, both only where declared."""

from __future__ import annotations

import threading

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import GET_SETTINGS, MEETING_AUTHENTICATION, OWN_ACCOUNT
from reconciler.errors import NotReady, SecretUnavailable
from reconciler.model.ports import Secrets
from reconciler.resources.base import OMITTED, Omitted, SecretRef

ANOTHER, NONE = "another passcode", "no passcode"
"""How a live passcode shows that is not the declared one."""


class MeetingAccount:
    """One account's authentication options and this run's secrets; shared by threads."""

    def __init__(self, client: Client, secrets: Secrets, target: str) -> None:
        self._client = client
        self._secrets = secrets
        self._target = target
        self._options: dict[str, str] | None = None
        self._lock = threading.Lock()

    def name_option(self, remote_id: str) -> str:
        """An authentication option's name, itself if the account has none with this id."""
        return self._read_options(again=False).get(remote_id, remote_id)

    def find_option(self, name: str) -> str:
        """The id of the authentication option with this name. Raises NotReady if there is none."""
        for again in (False, True):
            for remote_id, known in self._read_options(again=again).items():
                if known == name:
                    return remote_id
        known_names = ", ".join(sorted(self._read_options(again=False).values())) or "none"
        raise NotReady(
            f"the account has no authentication option named {name!r}; it has {known_names}. "
            "Declare it under authentication_options, or add it in Zoom's account settings",
            on=f"{self._target}/authentication_option/{name}",
        )

    def reveal(self, passcode: SecretRef) -> str:
        """The passcode to send. Raises SecretUnavailable."""
        return self._secrets.reveal(passcode, self._client.origin)

    def compare(self, declared: SecretRef, live: str) -> SecretRef | str | Omitted:
        """The reference if it is this passcode, else words; OMITTED where it does not resolve."""
        try:
            passcode = self.reveal(declared)
        except SecretUnavailable:
            return OMITTED
        return declared if passcode == live else ANOTHER if live else NONE

    def _read_options(self, *, again: bool) -> dict[str, str]:
        """Names by id, asked for once; once more where a name is not among them."""
        with self._lock:
            if self._options is None or again:
                query = {"option": MEETING_AUTHENTICATION}
                answer = self._client.call(GET_SETTINGS, path=OWN_ACCOUNT, query=query)
                with shaped(GET_SETTINGS.name):
                    options = answer.get("authentication_options") or ()
                    self._options = {str(option["id"]): str(option["name"]) for option in options}
            return self._options
