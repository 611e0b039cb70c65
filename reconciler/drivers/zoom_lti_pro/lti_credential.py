"""LTI credentials: minted and shown by the configuration page, proven by a signed call and trial launches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from reconciler.drivers.http import Client
from reconciler.drivers.launch import Finding, Launch, prove, try_launch
from reconciler.drivers.zoom_lti_pro.api import LAUNCH, LIST_MEETINGS
from reconciler.drivers.zoom_lti_pro.console import STEPS, ByConsole
from reconciler.errors import OriginRefused, RequestError, Unauthorized
from reconciler.model.objects import Address, Health, Page, ProbeResult
from reconciler.model.ports import Access, Capability, Lists, Opening, Wanted
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import SecretRef, declared, plain
from reconciler.resources.lti_credential import LtiCredential

ON_PAGE = ("minted_by", "version", "key", "secret")

CAPABILITY = Capability(
    kind="lti_credential",
    verbs=frozenset(),
    fields={
        **dict.fromkeys(ON_PAGE, Access.HIDDEN),
        **dict.fromkeys(("successor", "overlap"), Access.RELATION),
    },
    lists=Lists.KEYED,
    enters=lambda resource: {name: plain(value) for name, value in declared(resource) if name in ON_PAGE},
    page=Page(
        id="credentials",
        title="LTI credentials of LTI Pro",
        steps=(
            *STEPS,
            "Find the LTI credential and click Edit, or click Create a new credential.",
            "Copy the LTI key into the YAML and the LTI secret to where its reference points.",
        ),
        away=(
            *STEPS,
            "Find the LTI credential by its key and delete it. What stands on its page goes with it.",
            "No tool that is declared launches with it any more. What nobody declared and launches with it "
            "fails from then on.",
        ),
    ),
    loses={"delete": "every course that launches LTI Pro with this credential stops working"},
)


NOWHERE = "reconciler-trial-launch"
"""The course, link and person at a platform that a trial launch names: no platform has them."""
ANSWERED = "a signed call was answered"


class LtiCredentialHandler(ByConsole):
    """Proves a credential by listing the owner's LTI meetings with it, and by launching as its platforms do.

    Without `probe_email` nothing is launched: LTI Pro may make an account for whoever it does not know.
    """

    def __init__(
        self,
        open_client: Callable[[LtiCredential, str], Client],
        user_id: str,
        opening: Opening,
        launch_url: str,
        probe_email: str,
    ) -> None:
        super().__init__(CAPABILITY)
        self._open_client = open_client
        self._user_id = user_id
        self._opening = opening
        self._launch_url = launch_url
        self._probe_email = probe_email

    def probe(self, desired: Wanted[LtiCredential]) -> ProbeResult:
        """Working or broken where the answers prove it, else unprobed with the reason."""
        return prove(desired.address, lambda: self._try(desired), self._opening.clock)

    def _try(self, desired: Wanted[LtiCredential]) -> Finding:
        query = {"isUpComing": "true", "pageNum": "1", "pageSize": "1", "userId": self._user_id}
        client = self._open_client(desired.resource, str(desired.address))
        try:
            client.call(LIST_MEETINGS, query=query)
        except Unauthorized as error:
            return Health.BROKEN, str(error)
        domains = self._find_domains(desired.address) if self._probe_email else []
        if not domains:
            return Health.WORKING, ANSWERED
        found = [(domain, *self._launch(client, desired.resource, domain)) for domain in domains]
        if broken := _tell(found, Health.BROKEN):
            return Health.BROKEN, broken
        if unsure := _tell(found, Health.UNPROBED):
            return Health.WORKING, f"{ANSWERED}; a trial launch proves nothing: {unsure}"
        return Health.WORKING, f"{ANSWERED}, and launches from {', '.join(domains)} were accepted"

    def _launch(self, client: Client, credential: LtiCredential, domain: str) -> Finding:
        """What one trial launch shows, as a platform of that domain makes it."""
        key, secret = credential.key, credential.secret
        if not isinstance(key, str) or not isinstance(secret, SecretRef):
            return Health.UNPROBED, "it has no key or no secret"
        parameters = {
            "resource_link_id": NOWHERE,
            "context_id": NOWHERE,
            "user_id": NOWHERE,
            "roles": "Learner",
            "lis_person_contact_email_primary": self._probe_email,
            "tool_consumer_instance_guid": urlsplit(domain).netloc,
            "launch_presentation_return_url": f"{domain}/",
        }
        text = self._opening.secrets.reveal(secret, client.origin)
        try:
            launch = Launch(self._launch_url, parameters, key, text, self._opening.clock)
            return try_launch(client, LAUNCH, launch)
        except (RequestError, OriginRefused) as error:
            return Health.UNPROBED, str(error)

    def _find_domains(self, credential: Address) -> list[str]:
        """The approved domains that stand on this credential's page."""
        return sorted(
            item.domain
            for item in self._opening.resources.values()
            if isinstance(item, ApprovedDomain)
            and item.credential == str(credential)
            and isinstance(item.domain, str)
        )


def _tell(found: Sequence[tuple[str, Health, str]], health: Health) -> str:
    return "; ".join(f"from {domain}, {text}" for domain, ended, text in found if ended is health)
