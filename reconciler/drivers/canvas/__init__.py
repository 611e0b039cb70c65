"""Canvas: the tools, registrations and people of one account, by its REST API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.drivers.base import origin_of, read_setting, shaped
from reconciler.drivers.canvas import lti_deployment, lti_registration, lti_tool, user
from reconciler.drivers.canvas.api import AT_TOOLS, GET_ACCOUNT, GET_SELF, OPERATIONS, Rest, Token
from reconciler.drivers.canvas.courses import check_courses
from reconciler.drivers.canvas.enrolments import roles_in
from reconciler.drivers.canvas.oidc import ISSUER
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Unsigned
from reconciler.errors import OriginRefused
from reconciler.model.objects import Account, Address, Enrolled
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting, Wanted
from reconciler.resources.course import Course

SETTINGS = (
    Setting("base_url", required=True, help="where your Canvas is; its origin has to be allowed"),
    Setting("token", required=True, secret=True, help="an access token of an admin, as a reference"),
    Setting("account", default="self", help="the account, by its id or sis_account_id:..."),
    Setting("concurrency", default="2", choices=("1", "2", "3", "4"), help="requests in flight"),
    Setting(
        "probe_course", help="id of a course where the tools are available, to prove keys and secrets by"
    ),
    Setting(
        "issuer",
        default=ISSUER,
        help="what this Canvas calls itself to LTI 1.3 tools; one of your own says it in config/security.yml",
    ),
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
        base_url = self._base_url = read_setting(opening, SETTINGS, "base_url")
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
        self._at_tools: dict[str, Client] = {}
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
        client, account, opening = self._client, self._account, self._opening
        course = read_setting(opening, SETTINGS, "probe_course")
        issuer = read_setting(opening, SETTINGS, "issuer")
        return {
            "lti_tool": lti_tool.LtiToolHandler(client, account, opening, course),
            "user": self._people,
            "lti_registration": lti_registration.LtiRegistrationHandler(
                client, account, opening, self._base_url, self._open_tool, issuer
            ),
            "lti_deployment": lti_deployment.LtiDeploymentHandler(client, account),
        }

    def check_courses(self, courses: Sequence[Wanted[Course]]) -> Mapping[Address, str]:
        """What is wrong with courses that are declared to be here; those that are right are left out."""
        return check_courses(self._client, courses, self._opening.target)

    def roles_in(self, courses: Sequence[Wanted[Course]]) -> Sequence[Enrolled]:
        """Who takes part in these courses, by the roles their launches bring."""
        return roles_in(self._client, courses)

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation, those at tools among them."""
        total = Counter(self._client.requests())
        for client in self._at_tools.values():
            total.update(client.requests())
        return total

    def close(self) -> None:
        """Release connections."""
        for client in (self._client, *self._at_tools.values()):
            client.close()

    def _open_tool(self, url: str) -> Client:
        """The origin of a tool's address, shown no credential. Raises OriginRefused unless it is allowed.

        Who may change the desired files does not thereby choose what this machine connects to.
        """
        origin = origin_of(url)
        if not self._opening.secrets.allows(origin):
            raise OriginRefused(
                f"{origin} is not an allowed origin; allow it by RECONCILER_ORIGINS "
                "(with --sandbox only the sandbox is contacted, so that a tool elsewhere stays untried)"
            )
        if origin not in self._at_tools:
            self._at_tools[origin] = Client(self._opening, origin, AT_TOOLS, Rest(), Unsigned())
        return self._at_tools[origin]


DRIVER: type[Driver] = Canvas
