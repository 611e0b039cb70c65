"""LTI Pro's own API: its operations, its signature, and how it says no inside an answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from reconciler.drivers.operations import Answer, Operation, Refusal, Signed
from reconciler.errors import Unauthorized

ROWS_A_CALL = 400
"""Meetings in one bulk call (Zoom support, "Bulk import meetings by API", older twin page)."""
PAGE_SIZE = 1000
"""Most meetings a page may hold (Zoom support, "List LTI Pro meetings")."""
RATE = "lti"
RATES: Mapping[str, float] = {RATE: 20}
"""Requests per second; the vendor publishes no limit, this one is ours."""

LIST_MEETINGS = Operation("GET /open/meeting/list", "GET", "/open/meeting/list", False, RATE)
BULK_IMPORT = Operation(
    "POST /meeting/bulkImport", "POST", "/meeting/bulkImport", True, RATE, yields="status"
)
BULK_DISASSOCIATE = Operation(
    "PUT /meeting/bulkDisassociate", "PUT", "/meeting/bulkDisassociate", True, RATE, yields="status"
)
# A launch is posted, and still a read: it names an account that is there as a student of a course that is
# not, so that by Zoom's page there is nobody to make or to upgrade, no host to add and no meeting to change.
LAUNCH = Operation("POST LTI 1.1 launch", "POST", "", False, RATE, form=True, page=True)
OPERATIONS = (LIST_MEETINGS, BULK_IMPORT, BULK_DISASSOCIATE, LAUNCH)

UNSIGNED = frozenset({"2203", "401"})
"""The signature was not verified: nothing was done."""
_DETAIL = re.compile(r"\((\d+)\)")


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """The X-Lti-Signature of a request's query: all parameters by ascending name, values raw, joined by &.

    HMAC-SHA1 with the LTI secret, URL-safe Base64 without padding (Zoom support, "Create and associate
    meetings by API").
    """
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha1)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class LtiKey:
    """One LTI credential's key and secret; a signature holds for an hour from its timestamp."""

    def __init__(self, key: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._key = key
        self._secret = secret
        self._clock = clock

    def admit(self, operation: Operation) -> None:
        """LTI Pro knows no scopes."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """Key and timestamp, in milliseconds, join the query; the signature is a header."""
        stamped = {**query, "key": self._key, "timestamp": str(int(self._clock().timestamp() * 1000))}
        return Signed(stamped, {"X-Lti-Signature": sign(stamped, self._secret)})

    def renew(self, used: Signed) -> bool:
        """Nothing to renew."""
        return False

    def conceal(self) -> Iterable[str]:
        """The secret."""
        return (self._secret,)


class Envelope:
    """How LTI Pro says no: `{"status": false, "errorCode", "errorMessage"}`, whatever the HTTP status."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """The code in parentheses if there is one (`(2203)`), else errorCode.

        Only a refused signature surely did nothing; no other no tells what became of a batch's rows.
        """
        body = answer.body if isinstance(answer.body, Mapping) else {}
        if body.get("status") is not False:
            return None
        said = str(body.get("errorMessage") or "")
        detail = _DETAIL.search(said)
        code = detail.group(1) if detail else str(body.get("errorCode") or "")
        if code in UNSIGNED:
            text = (
                "the signature is not accepted: key or secret is wrong, or this machine's clock; check both"
            )
            return Refusal(code, text, said, Unauthorized)
        return Refusal(code, "Zoom documents no meaning for this code", said, rowless=True)
