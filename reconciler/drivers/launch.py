"""Trial launches of LTI 1.1: signed for a tool and judged, or verified as a platform signed them."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation, Signed
from reconciler.errors import IncompleteReading, NotReady, OriginRefused, RequestError, SecretUnavailable
from reconciler.model.objects import Address, Health, ProbeResult

SIGNATURE = "oauth_signature"
METHOD = "oauth_signature_method"
KEY = "oauth_consumer_key"
HMAC_SHA1 = "HMAC-SHA1"
ERRORS = frozenset({"lti_errormsg", "lti_errorlog"})
"""What a tool that sends somebody back says of a failure (LTI 1.1 Implementation Guide, return URL)."""
ELSEWHERE = frozenset({404, 405, 410})
"""Nothing takes launches at this address: that is not about who signed them."""
UNSETTLED = frozenset({408, 425, 429, 502, 503, 504})
"""Too late, too many, or nobody behind the door: the same launch may be answered otherwise later."""
ALIKE = "the tool answers a wrongly signed launch the same way, so it proves nothing"

Finding = tuple[Health, str]
"""What a trial showed, and how that reads."""


class Form(NamedTuple):
    """What a browser posts: where to, and the fields in their order."""

    action: str
    pairs: tuple[tuple[str, str], ...]


def prove(address: Address, trial: Callable[[], Finding], clock: Callable[[], datetime]) -> ProbeResult:
    """What a trial showed; unprobed with the reason where it could not be made."""
    try:
        health, text = trial()
    except (NotReady, SecretUnavailable, OriginRefused, RequestError, IncompleteReading) as error:
        health, text = Health.UNPROBED, str(error)
    return ProbeResult(address, health, text, clock())


def sign(url: str, pairs: Iterable[tuple[str, str]], secret: str) -> str:
    """HMAC-SHA1 of a form posted to `url`, whose query counts as fields of it (RFC 5849, section 3.4).

    Raises ValueError where `url` is no web address.
    """
    from oauthlib.oauth1 import Client as Consumer  # loads for longer than most plans take to read a file
    from oauthlib.oauth1.rfc5849 import signature

    fields = [*pairs, *parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    counted = [field for field in fields if field[0] != SIGNATURE]
    # The stubs ask for a dict, the function for pairs: a form may hold a name twice.
    named = signature.normalize_parameters(counted)  # type: ignore[arg-type]
    base = signature.signature_base_string("POST", signature.base_string_uri(url), named)
    return str(signature.sign_hmac_sha1_with_client(base, Consumer("", client_secret=secret)))


class Launch:
    """Implements Signer: one launch, signed anew whenever it is sent: a tool takes a nonce only once."""

    def __init__(
        self, url: str, parameters: Mapping[str, str], key: str, secret: str, clock: Callable[[], datetime]
    ) -> None:
        """`parameters` are those of LTI beside the message type and the version."""
        self.url = url
        self._parameters = parameters
        self._key = key
        self._secret = secret
        self._clock = clock

    def forge(self) -> Launch:
        """The same launch as it is signed by somebody who does not know the secret."""
        return Launch(self.url, self._parameters, self._key, secrets.token_urlsafe(32), self._clock)

    def admit(self, operation: Operation) -> None:
        """LTI 1.1 knows no scopes."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The whole form, as fields of the body."""
        form = {
            "lti_message_type": "basic-lti-launch-request",
            "lti_version": "LTI-1p0",
            **self._parameters,
            KEY: self._key,
            METHOD: HMAC_SHA1,
            "oauth_timestamp": str(int(self._clock().timestamp())),
            "oauth_nonce": secrets.token_hex(16),
            "oauth_version": "1.0",
            "oauth_callback": "about:blank",
        }
        return Signed(query, {}, body={**form, SIGNATURE: sign(self.url, form.items(), self._secret)})

    def renew(self, used: Signed) -> bool:
        """Nothing to renew."""
        return False

    def conceal(self) -> Iterable[str]:
        """The secret."""
        return (self._secret,)


def try_launch(client: Client, operation: Operation, launch: Launch) -> Finding:
    """Launch once rightly and once wrongly signed, and judge the two. Raises RequestError, OriginRefused."""
    right = client.visit(operation, launch.url, {}, launch)
    return judge(right, client.visit(operation, launch.url, {}, launch.forge()))


def judge(right: Answer, wrong: Answer) -> Finding:
    """What the answers to a rightly and to a wrongly signed launch prove together.

    How a tool refuses is nowhere laid down but for the fields of a redirect, so that a success counts only
    where the wrong launch fares otherwise. No text is read and no redirect followed.
    """
    if right.status >= 500 or right.status in ELSEWHERE | UNSETTLED:
        return Health.UNPROBED, f"the tool answered a launch with {right.status}, which tells nothing of it"
    if refused := _refusal(right):
        return Health.BROKEN, f"a launch was refused: {refused}"
    if wrong.status in UNSETTLED:
        text = f"the tool answered a wrongly signed launch with {wrong.status}, which tells nothing of it"
        return Health.UNPROBED, text
    if wrong.status == right.status and not _refusal(wrong):
        return Health.UNPROBED, ALIKE
    return Health.WORKING, "a launch was accepted, and a wrongly signed one was not"


def _refusal(answer: Answer) -> str:
    """Why an answer is a no; "" if it is none."""
    if answer.status >= 400:
        return f"the tool answered {answer.status}"
    try:
        query = urlsplit(answer.headers.get("location", "")).query
    except ValueError:
        return ""
    told = sorted(ERRORS.intersection(name for name, _ in parse_qsl(query, keep_blank_values=True)))
    return f"the tool sent it back with {told[0]}" if told else ""


def compare(form: Form, key: str, secret: str, url: object) -> Finding:
    """Whether a form that a platform signed has this key and secret, and goes to `url` where that is text.

    Raises IncompleteReading where the one or the other is no web address.
    """
    sent = dict(form.pairs)
    if sent.get(METHOD) != HMAC_SHA1:
        return Health.UNPROBED, "a launch is signed in another way than HMAC-SHA1, which is not verified"
    if sent.get(KEY) != key:
        return Health.BROKEN, "a launch bears another key than the declared one"
    try:
        if isinstance(url, str) and not _goes_to(form, url):
            return Health.BROKEN, "a launch goes to another address than the declared one"
        expected = {sign(action, form.pairs, secret) for action in (form.action, _bare(form.action))}
    except ValueError:
        raise IncompleteReading("where a launch goes, or should go, is no web address") from None
    signature = sent.get(SIGNATURE, "").encode()
    if not any(hmac.compare_digest(one.encode(), signature) for one in expected):
        return Health.BROKEN, "a launch is signed with another secret than the declared one"
    return Health.WORKING, "a launch was signed with the declared key and secret"


def _goes_to(form: Form, url: str) -> bool:
    """Canvas may move what stands after the ? into the form and sign without it (`oauth_compliant`)."""
    moved = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return form.action == url or (form.action == _bare(url) and set(moved) <= set(form.pairs))


def _bare(url: str) -> str:
    return url.partition("?")[0]
