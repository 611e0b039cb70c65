"""Zoom: people, groups and meetings of one account, by its REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.drivers.base import origin_of, read_setting, shaped
from reconciler.drivers.http import CONCURRENCY, Client
from reconciler.drivers.paging import read_pages
from reconciler.drivers.zoom import (
    account_setting,
    authentication_option,
    course_meeting,
    group,
    tracking_field,
    user,
)
from reconciler.drivers.zoom.account import Domains
from reconciler.drivers.zoom.api import (
    CREATIONS,
    GET_USER,
    LIST_USERS,
    MEETING_WRITES,
    MEETING_WRITES_A_DAY,
    OPERATIONS,
    ORIGINS,
    RATES,
    TOKEN,
)
from reconciler.drivers.zoom.codes import Rest, Tokens
from reconciler.drivers.zoom.meeting_account import MeetingAccount
from reconciler.drivers.zoom.token import ClientSecret, Token
from reconciler.drivers.zoom.user_creation import ACTIONS, Creation, creations_a_day
from reconciler.drivers.zoom.user_removal import Departure
from reconciler.drivers.zoom.user_wire import OWNER_ROLE
from reconciler.errors import IncompleteReading, ReconcilerError
from reconciler.model.objects import Account
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting
from reconciler.resources.emails import check_email

SETTINGS = (
    Setting("account_id", required=True, help="the account, from the app's credentials page"),
    Setting("client_id", required=True, help="of a Server-to-Server OAuth app"),
    Setting("client_secret", required=True, secret=True, help="of the same app, as a reference"),
    Setting("base_url", default="https://api.zoom.us/v2"),
    Setting("token_url", default="https://zoom.us/oauth/token"),
    Setting("plan", default="business", choices=tuple(RATES), help="picks the rate limits"),
    Setting(
        "create_users",
        default="create",
        choices=ACTIONS,
        help="how people are created: autoCreate in managed domains only, custCreate for ISV partners, "
        "ssoCreate where pre-provisioning is enabled",
    ),
    Setting(
        "transfer_to",
        help="e-mail of who gets the meetings and recordings of people who are deleted",
        check=check_email,
    ),
    Setting("concurrency", default=str(CONCURRENCY), help="requests in flight"),
    Setting("reserve", default="20", help="of 100 meeting writes per host and day, those left to people"),
)


class Zoom:
    """One Zoom account."""

    name: str = "zoom"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = ORIGINS
    capabilities: Mapping[str, Capability] = {
        module.CAPABILITY.kind: module.CAPABILITY
        for module in (
            user,
            group,
            course_meeting,
            tracking_field,
            account_setting,
            authentication_option,
        )
    }
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        base_url, token_url = self._setting("base_url"), self._setting("token_url")
        origin = origin_of(token_url)
        self._setting("client_secret", origin_of(base_url))  # refuses an origin where no token may travel
        secret = self._setting("client_secret", origin)
        self._tokens = Client(
            opening, token_url, (TOKEN,), Tokens(), ClientSecret(self._setting("client_id", origin), secret)
        )
        account_id = self._setting("account_id", origin)
        self._token = Token(self._tokens, account_id, base_url, opening.clock, opening.target)
        self._client = Client(
            opening,
            base_url,
            OPERATIONS,
            Rest(),
            self._token,
            rates=RATES[self._setting("plan")],
            shares={
                MEETING_WRITES: max(0, MEETING_WRITES_A_DAY - self._number("reserve")),
                CREATIONS: creations_a_day(self._setting("plan")),
            },
            concurrency=max(1, self._number("concurrency")),
        )
        self._people = self._open_people()
        self._meeting_account = MeetingAccount(self._client, opening.secrets, opening.target)

    def whoami(self) -> Account:
        """The account of the owner, as whom the app acts. Raises RequestError or IncompleteReading."""
        owners = read_pages(self._client, LIST_USERS, "users", size=30, query={"role_id": OWNER_ROLE})
        if len(owners) != 1:
            raise IncompleteReading(f"{LIST_USERS.name}: expected one account owner, found {len(owners)}")
        with shaped(GET_USER.name):
            owner = self._client.call(GET_USER, path={"userId": owners[0]["id"]})
            return Account(
                driver=self.name,
                origin=self._client.origin,
                account=str(owner["account_id"]),
                label=str(owner["email"]),
                user_id=str(owner["id"]),
            )

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """Those of every kind in `capabilities`."""
        clock = self._opening.clock
        return {
            "user": self._people,
            "group": group.GroupHandler(self._client),
            "tracking_field": tracking_field.TrackingFieldHandler(self._client),
            "account_setting": account_setting.AccountSettingHandler(self._client),
            "authentication_option": authentication_option.AuthenticationOptionHandler(self._client),
            "course_meeting": course_meeting.CourseMeetingHandler(self._client, clock, self._meeting_account),
        }

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._client.journal = journal

    def lacking(self) -> Mapping[str, str]:
        """Scopes the app has not been given."""
        return self._token.lacking(OPERATIONS)

    def requests(self) -> Mapping[str, int]:
        """By operation, the token endpoint's among them."""
        return {**self._client.requests(), **self._tokens.requests()}

    def close(self) -> None:
        """Release connections."""
        self._client.close()
        self._tokens.close()

    def _setting(self, name: str, origin: str = "") -> str:
        return read_setting(self._opening, SETTINGS, name, origin)

    def _number(self, name: str) -> int:
        text = self._setting(name)
        if not text.isdecimal():
            raise ReconcilerError(
                f"{self._opening.target}: the setting {name} is a whole number, not {text!r}"
            )
        return int(text)

    def _open_people(self) -> user.UserHandler:
        """One for the whole run: what it learned of the account while reading serves it when writing."""
        domains = Domains(self._client)
        action, plan = self._setting("create_users"), self._setting("plan")
        creation = Creation(self._client, domains, self._opening, action, plan)
        return user.UserHandler(self._client, creation, Departure(self._client, domains, self._read_heir()))

    def _read_heir(self) -> str:
        heir = self._setting("transfer_to")
        try:
            return check_email(heir).casefold() if heir else ""
        except ValueError as error:
            raise ReconcilerError(f"{self._opening.target}: the setting transfer_to is {error}") from None


DRIVER: type[Driver] = Zoom
