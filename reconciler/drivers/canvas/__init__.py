"""Canvas: the tools, registrations and people of one account, by its REST API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.drivers.base import origin_of, read_setting, shaped
from reconciler.drivers.canvas import lti_deployment, lti_registration, lti_tool, user
from reconciler.drivers.canvas.api import GET_ACCOUNT, GET_SELF, OPERATIONS, Rest, Token
from reconciler.drivers.canvas.courses import check_courses
from reconciler.drivers.http import Client
from reconciler.model.objects import Account, Address
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting, Wanted
from reconciler.resources.course import Course

SETTINGS = (
    Setting("base_url", required=True, help="where your Canvas is; its origin has to be allowed"),
    Setting("token", required=True, secret=True, help="an access token of an admin, as a reference"),
    Setting("account", default="self", help="the account, by its id or sis_account_id:..."),
    Setting("concurrency", default="2", choices=("1", "2", "3", "4"), help="requests in flight"),
)


class Canvas:
    """One account of a Canvas."""

    name: str = "canvas"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = frozenset()
    capabilities: Mapping[str, Capability] = {
        module.CAPABILITY.kind: module.CAPABILITY
        for module in (lti_tool, user, lti_registration, lti_deployment)
    }
    companion: str = ""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        base_url = read_setting(opening, SETTINGS, "base_url")
        token = read_setting(opening, SETTINGS, "token", origin_of(base_url))
        self._account = {"account": read_setting(opening, SETTINGS, "account")}
        self._client = Client(
            opening,
            base_url,
            OPERATIONS,
            Rest(),
            Token(token),
            concurrency=int(read_setting(opening, SETTINGS, "concurrency")),
        )
        self._people = user.UserHandler(self._client, self._account)

    def whoami(self) -> Account:
        """The account, and whose token this is. Raises RequestError or IncompleteReading."""
        account = self._client.call(GET_ACCOUNT, path=self._account)
        person = self._client.call(GET_SELF)
        with shaped(GET_ACCOUNT.name):
            self._people.me = str(person["id"])
            return Account(
                driver=self.name,
                origin=self._client.origin,
                account=str(account["id"]),
                label=str(account.get("name") or ""),
                user_id=self._people.me,
            )

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """Those of every kind in `capabilities`."""
        client, account = self._client, self._account
        return {
            "lti_tool": lti_tool.LtiToolHandler(client, account, self._opening),
            "user": self._people,
            "lti_registration": lti_registration.LtiRegistrationHandler(client, account),
            "lti_deployment": lti_deployment.LtiDeploymentHandler(client, account),
        }

    def check_courses(self, courses: Sequence[Wanted[Course]]) -> Mapping[Address, str]:
        """What is wrong with courses that are declared to be here; those that are right are left out."""
        return check_courses(self._client, courses, self._opening.target)

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation."""
        return self._client.requests()

    def close(self) -> None:
        """Release connections."""
        self._client.close()


DRIVER: type[Driver] = Canvas
