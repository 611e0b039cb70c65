"""Any REST API, mapped to kinds in YAML: what it can do is said by the mapping a target names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reconciler.drivers.base import origin_of, read_setting
from reconciler.drivers.http import Client
from reconciler.drivers.rest.api import RATE, SETTINGS, Dialect, Operations, open_signer, tell_account
from reconciler.drivers.rest.capability import make_capabilities
from reconciler.drivers.rest.files import load_mapping, shipped
from reconciler.drivers.rest.foretold import foretell
from reconciler.drivers.rest.handler import RestHandler
from reconciler.drivers.rest.objects import Objects
from reconciler.drivers.rest.requests import Requests
from reconciler.model.abilities import Asked
from reconciler.model.objects import Account
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting
from reconciler.resources.base import SecretRef


class Rest:
    """One REST API as its mapping has it."""

    name: str = "rest"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = frozenset()
    capabilities: Mapping[str, Capability] = {}
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        base_url = read_setting(opening, SETTINGS, "base_url")
        mapping = load_mapping(read_setting(opening, SETTINGS, "mapping"), opening.folder)
        self.capabilities = self.capabilities_for(opening.settings, opening.folder)
        self._mapping = mapping
        self._opening = opening
        self._operations = Operations(mapping)
        self._signer = open_signer(mapping.auth, opening, base_url, mapping.media)
        self._client = Client(
            opening,
            base_url,
            self._operations.found.values(),
            Dialect(mapping),
            self._signer,
            rates={RATE: mapping.requests_per_second},
        )
        requests = Requests(self._client, self._operations)
        origin, scope = origin_of(base_url), read_setting(opening, SETTINGS, "scope")
        self._handlers = {
            kind: RestHandler(
                requests,
                Objects(kind, made, lambda ref: opening.secrets.reveal(ref, origin), scope),
                opening.sleep,
            )
            for kind, made in mapping.kinds.items()
        }

    @classmethod
    def capabilities_for(
        cls, settings: Mapping[str, str | SecretRef], folder: Path
    ) -> Mapping[str, Capability]:
        """By kind, what the mapping says. Raises ConfigError with every fault of the mapping's file."""
        name = settings.get("mapping", "")
        return make_capabilities(load_mapping(name, folder)) if isinstance(name, str) and name else {}

    @classmethod
    def variants(cls) -> Iterable[Mapping[str, str]]:
        """The settings of each shipped mapping."""
        return [{"mapping": name} for name in shipped()]

    @classmethod
    def foretell(cls, settings: Mapping[str, str | SecretRef], folder: Path) -> Iterable[Asked]:
        """Every request the mapping could make, without making any."""
        return foretell(load_mapping(str(settings["mapping"]), folder))

    def whoami(self) -> Account:
        """The account by the mapping's request, or by the setting `account`."""
        account = tell_account(self._client, self._operations, self._mapping, self._opening)
        return Account(self.name, self._client.origin, account, self._mapping.title)

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """One per kind of the mapping."""
        return self._handlers

    def bind(self, journal: Journal | None) -> None:
        """Writes are journalled here."""
        self._client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation."""
        return self._client.requests()

    def close(self) -> None:
        """Release connections."""
        self._client.close()
        self._signer.close()


DRIVER: type[Driver] = Rest
