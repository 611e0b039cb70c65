"""Kaltura: people, groups, categories and Zoom integrations of one account, by its API v3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.drivers.base import origin_of, read_setting, shaped
from reconciler.drivers.http import Client
from reconciler.drivers.kaltura import category, group, user, zoom_integration
from reconciler.drivers.kaltura.api import BASE_URL, GET_SESSION, OPERATIONS, ORIGINS, RATES, STARTS
from reconciler.drivers.kaltura.codes import ApiV3
from reconciler.drivers.kaltura.session import HASHES, AppToken, Session, SessionStart
from reconciler.model.objects import Account
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting
from reconciler.resources.user import User

SETTINGS = (
    Setting("partner_id", required=True, help="the account, from Settings, Integration Settings in the KMC"),
    Setting("app_token_id", required=True, help="of an app token whose sessions are an administrator's"),
    Setting("app_token", required=True, secret=True, help="the token itself, as a reference"),
    Setting("hash", default="SHA1", choices=HASHES, help="the app token's hash type"),
    Setting("privileges", default="disableentitlement", help="what its sessions ask for"),
    Setting("base_url", default=BASE_URL),
)


class Kaltura:
    """One Kaltura account."""

    name: str = "kaltura"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = ORIGINS
    capabilities: Mapping[str, Capability] = {
        module.CAPABILITY.kind: module.CAPABILITY for module in (user, group, category, zoom_integration)
    }
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        base_url = read_setting(opening, SETTINGS, "base_url")
        origin = origin_of(base_url)
        token = AppToken(
            partner=read_setting(opening, SETTINGS, "partner_id", origin),
            id=read_setting(opening, SETTINGS, "app_token_id", origin),
            token=read_setting(opening, SETTINGS, "app_token", origin),
            hash=read_setting(opening, SETTINGS, "hash"),
            privileges=read_setting(opening, SETTINGS, "privileges"),
        )
        self._starts = Client(opening, base_url, STARTS, ApiV3(), SessionStart(token))
        session = Session(self._starts, token, opening.clock)
        self._client = Client(opening, base_url, OPERATIONS, ApiV3(), session, rates=RATES)
        people = frozenset(
            user.login_of(address.name, resource).casefold()
            for address, resource in opening.resources.items()
            if isinstance(resource, User)
        )
        zoom = {name: known for name, known in opening.companions.items() if known.driver == "zoom"}
        self._handlers: Mapping[str, Handler[Any]] = {
            "user": user.UserHandler(self._client),
            "group": group.GroupHandler(self._client, people),
            "category": category.CategoryHandler(self._client),
            "zoom_integration": zoom_integration.ZoomIntegrationHandler(
                self._client, zoom, frozenset(opening.resources)
            ),
        }

    def whoami(self) -> Account:
        """The account of the session, and the user it is of. Raises RequestError or IncompleteReading."""
        told = self._client.call(GET_SESSION, body={})
        with shaped(GET_SESSION.name):
            who = str(told.get("userId") or "")
            return Account(self.name, self._client.origin, str(told["partnerId"]), who, who)

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """Those of every kind in `capabilities`."""
        return self._handlers

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation, those that start sessions among them."""
        return {**self._client.requests(), **self._starts.requests()}

    def close(self) -> None:
        """Release connections."""
        self._client.close()
        self._starts.close()


DRIVER: type[Driver] = Kaltura
