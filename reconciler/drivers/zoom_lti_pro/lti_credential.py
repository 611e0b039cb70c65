"""LTI credentials: minted and shown by the configuration page, proven by one signed call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from reconciler.drivers.http import Client
from reconciler.drivers.zoom_lti_pro.api import LIST_MEETINGS
from reconciler.drivers.zoom_lti_pro.console import STEPS, ByConsole
from reconciler.errors import NotReady, RequestError, SecretUnavailable, Unauthorized
from reconciler.model.objects import Health, Page, ProbeResult
from reconciler.model.ports import Access, Capability, Lists, Wanted
from reconciler.resources.lti_credential import LtiCredential

CAPABILITY = Capability(
    kind="lti_credential",
    verbs=frozenset(),
    fields=dict.fromkeys(("minted_by", "version", "key", "secret"), Access.HIDDEN),
    lists=Lists.KEYED,
    page=Page(
        id="credentials",
        title="LTI credentials of LTI Pro",
        steps=(
            *STEPS,
            "Find the LTI credential and click Edit, or click Create a new credential.",
            "Copy the LTI key into the YAML and the LTI secret to where its reference points.",
        ),
    ),
    loses={"delete": "every course that launches LTI Pro with this credential stops working"},
)


class LtiCredentialHandler(ByConsole):
    """Proves a credential by listing the account owner's LTI meetings with it."""

    def __init__(
        self, open_client: Callable[[LtiCredential, str], Client], user_id: str, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(CAPABILITY)
        self._open_client = open_client
        self._user_id = user_id
        self._clock = clock

    def probe(self, desired: Wanted[LtiCredential]) -> ProbeResult:
        """Working or broken where the answer proves it, else unprobed with the reason."""
        query = {"isUpComing": "true", "pageNum": "1", "pageSize": "1", "userId": self._user_id}
        try:
            client = self._open_client(desired.resource, str(desired.address))
            client.call(LIST_MEETINGS, query=query)
        except Unauthorized as error:
            health, text = Health.BROKEN, str(error)
        except (NotReady, SecretUnavailable, RequestError) as error:
            health, text = Health.UNPROBED, str(error)
        else:
            health, text = Health.WORKING, "a signed call was answered"
        return ProbeResult(desired.address, health, text, self._clock())
