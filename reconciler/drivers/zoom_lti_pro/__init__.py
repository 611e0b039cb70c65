"""Zoom LTI Pro: course links by its signed API; what its configuration page holds by hand-off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reconciler.drivers.base import origin_of, read_setting
from reconciler.drivers.http import Client
from reconciler.drivers.zoom_lti_pro import (
    allowed_email_domain,
    approved_domain,
    course_link,
    lti_credential,
    lti_settings,
    role_map,
)
from reconciler.drivers.zoom_lti_pro.api import OPERATIONS, RATES, Envelope, LtiKey
from reconciler.drivers.zoom_lti_pro.console import ByConsole
from reconciler.errors import NotReady, SecretUnavailable
from reconciler.model.objects import Account, Address
from reconciler.model.ports import Capability, Driver, Handler, Journal, Opening, Setting
from reconciler.resources.base import SecretRef
from reconciler.resources.lti_credential import LtiCredential

SETTINGS = (
    Setting("zoom", required=True, help="the zoom target whose account this LTI Pro belongs to"),
    Setting("credential", required=True, help="the lti_credential of this target that signs its calls"),
    Setting(
        "imports",
        default="api",
        choices=("api", "csv"),
        help="how meetings get into courses: by the API, or as CSV files that a person imports on the page",
    ),
    Setting("base_url", default="https://applications.zoom.us/api/v1/lti/rich"),
    Setting(
        "launch_url",
        default="https://applications.zoom.us/lti/rich",
        help="where platforms launch LTI Pro by LTI 1.1; at the origin of base_url",
    ),
    Setting(
        "probe_email",
        help="e-mail of an account that trial launches name, as a student; without it none is made",
    ),
)
"""The default of `launch_url` is what public integrations are set up with (OpenACS's LTI settings, say): no
page of Zoom's that says it was found. Where your platforms launch another address, that is the one."""


ON_PAGE = (approved_domain, allowed_email_domain, role_map, lti_settings)
"""Kinds that only the configuration page knows."""


class ZoomLtiPro:
    """LTI Pro of one Zoom account, by one of its credentials."""

    name: str = "zoom_lti_pro"
    settings: tuple[Setting, ...] = SETTINGS
    origins: frozenset[str] = frozenset({"https://applications.zoom.us"})
    capabilities: Mapping[str, Capability] = {
        module.CAPABILITY.kind: module.CAPABILITY for module in (course_link, lti_credential, *ON_PAGE)
    }
    companion: str = "zoom"

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._base_url = read_setting(opening, SETTINGS, "base_url")
        self._origin = origin_of(self._base_url)
        self._zoom = read_setting(opening, SETTINGS, "zoom")
        self._credential = Address(
            opening.target, "lti_credential", read_setting(opening, SETTINGS, "credential").casefold()
        )
        self._journal: Journal | None = None
        self._clients: dict[str, Client] = {}

    def whoami(self) -> Account:
        """The Zoom target's account: keys rotate, accounts do not. Raises NotReady if that is unknown."""
        zoom = self._opening.companions.get(self._zoom)
        if zoom is None:
            raise NotReady(
                f"{self._opening.target} belongs to the account of {self._zoom}, which was not read; "
                "look for that target's error",
                on=self._zoom,
            )
        return Account(self.name, self._origin, zoom.account, zoom.label, zoom.user_id)

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """Links and credentials by the signed API, the rest by its page."""
        zoom = self._opening.companions.get(self._zoom)
        user_id = zoom.user_id if zoom else ""
        return {
            "course_link": course_link.CourseLinkHandler(self._signed),
            **{module.CAPABILITY.kind: ByConsole(module.CAPABILITY) for module in ON_PAGE},
            "lti_credential": lti_credential.LtiCredentialHandler(
                self._open,
                user_id,
                self._opening,
                read_setting(self._opening, SETTINGS, "launch_url"),
                read_setting(self._opening, SETTINGS, "probe_email"),
            ),
        }

    def bind(self, journal: Journal | None) -> None:
        """Writes go to this journal from now on."""
        self._journal = journal
        for client in self._clients.values():
            client.journal = journal

    def requests(self) -> Mapping[str, int]:
        """By operation, whichever credential signed it."""
        total: Counter[str] = Counter()
        for client in self._clients.values():
            total.update(client.requests())
        return total

    def close(self) -> None:
        """Release connections."""
        for client in self._clients.values():
            client.close()

    def _signed(self) -> Client:
        """The API signed with the target's credential. Raises NotReady until key and secret are there."""
        resource = self._opening.resources.get(self._credential)
        if not isinstance(resource, LtiCredential):
            raise NotReady("it is not declared", on=str(self._credential))
        return self._open(resource, str(self._credential))

    def _open(self, credential: LtiCredential, address: str) -> Client:
        """The API signed with a credential. Raises NotReady while its key or secret is missing."""
        if address not in self._clients:
            key, secret = credential.key, credential.secret
            if not isinstance(key, str) or not isinstance(secret, SecretRef):
                raise NotReady("it has no key or no secret yet: copy them from its page", on=address)
            try:
                text = self._opening.secrets.reveal(secret, self._origin)
            except SecretUnavailable as error:
                raise NotReady(str(error), on=address) from error
            signer = LtiKey(key, text, self._opening.clock)
            client = Client(self._opening, self._base_url, OPERATIONS, Envelope(), signer, rates=RATES)
            client.journal = self._journal
            self._clients[address] = client
        return self._clients[address]


DRIVER: type[Driver] = ZoomLtiPro
