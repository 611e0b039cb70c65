"""Zoom's error codes in plain words, and what kind of no each of them is; messages are never looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.drivers.operations import Answer, Operation, Refusal
from reconciler.errors import Absent, Refused, Unauthorized

EXPIRED = "124"
NO_SCOPE = frozenset({"4711", "4700"})
"""The token lacks a scope; 4700 in older texts (Zoom API reference, accounts: GET /roles)."""
ABSENT = frozenset({"1001", "1120", "2001", "3001", "4130", "4131", "5110"})
"""The object is not there; 1120 is an invitation that expired, which is as good as absent."""

UNEXPLAINED = "Zoom lists this refusal without explaining it; its own words may"
PLAIN: Mapping[str, str] = {
    "124": "the access token is not accepted; check that the app is activated",
    "200": "the app or the account may not do this; check the app's role permissions and the account's plan",
    "300": "a value is not accepted; the vendor's words name it",
    "429": "too many requests; run again later",
    "1000": "the person cannot be changed so (an open invitation, another admin, a call queue manager)",
    "1001": "there is no such user in this account",
    "1005": "the e-mail is already used in this account; adopt that user",
    "1009": "the e-mail has an account of its own outside this one; ask the person to change that account's "
    "e-mail, or to end it",
    "1010": "the object belongs to another account",
    "1034": "there is no such role",
    "1102": "the account has no phone licence for this",
    "1107": "a person of a managed domain cannot be unlinked, and a blocked domain cannot be invited",
    "1108": "the licence type cannot be changed for this person",
    "1109": UNEXPLAINED,
    "1116": "the e-mail is outside the domains this account is limited to; add its domain in Zoom",
    "1117": "an admin cannot be unlinked; take the admin role away first",
    "1120": "the invitation expired or does not exist; the person has to be invited again",
    "1122": UNEXPLAINED,
    "1204": UNEXPLAINED,
    "1205": UNEXPLAINED,
    "1206": UNEXPLAINED,
    "1224": "a role of that name exists already",
    "2001": "there is no such account",
    "2002": "single sign-on is not enabled; enable it, or write create_users: create",
    "2016": "the app has no permission for this",
    "2032": "pre-provisioning of SSO users is not enabled; enable it, or write create_users: create",
    "2033": "the account holds as many basic users as it may",
    "2034": "no licence seat is free; free one, buy one, or declare license: basic",
    "2035": "this account may not add or change users of this type",
    "2036": "this account may not add or change users of this type",
    "2037": "this account may not add or change users of this type",
    "2038": "no Zoom One seat is free; free one, buy one, or declare license: basic",
    "2039": UNEXPLAINED,
    "2300": UNEXPLAINED,
    "3000": "the meeting cannot be read or scheduled this way (a webinar, a blocked person, no privilege)",
    "3001": "there is no such meeting",
    "3018": "a personal meeting room cannot be deleted",
    "3037": "a personal audio conference cannot be deleted",
    "3161": "the host may not hold meetings; give the host a licence or another host to the meeting",
    "3412": "the account's user or licence limit is reached; free or buy seats",
    "4100": "the personal link is taken",
    "4130": "there is no such group",
    "4131": "the person is not in the group",
    "4132": "a group of that name exists already",
    "4138": "the person is not an admin of the group",
    "4700": "the token is missing or lacks a scope; add the scope to the app",
    "4711": "the token lacks a scope; add it to the app in the Zoom Marketplace and wait until it is granted",
    "5110": "there is no such tracking field",
    "11321": "the e-mail's domain is blocked for this account",
    # the token endpoint
    "invalid_client": "client id or client secret is wrong; copy both again from the app's page",
    "unsupported_grant_type": "the app is not a Server-to-Server OAuth app; create one of that type",
    "invalid_request": "the token request is not accepted; check account_id",
    "4702": "client id or client secret is wrong; copy both again from the app's page",
    "4704": "client id or client secret is wrong; copy both again from the app's page",
    "4705": "the app is not a Server-to-Server OAuth app; create one of that type",
    "4706": "client id, client secret or grant is missing",
    "4709": "the redirect address is not accepted",
    "4717": "the app is disabled; activate it in the Zoom Marketplace",
    "4724": "the token is malformed",
    "4733": "the authorization code is not accepted",
    "4734": "the authorization code is not accepted",
    "4735": "the person who installed the app is gone; install it again",
    "4737": "an admin disabled the app",
    "4738": "an admin disabled the app",
    "4740": UNEXPLAINED,
    "4741": "the token was revoked",
}
"""By code, from the error tables of the Zoom API reference and of its OAuth documentation."""

PLAIN_OF: Mapping[tuple[str, str], str] = {
    ("200", "PATCH /tracking_fields/{fieldId}"): "a tracking field of that label exists already, or "
    + PLAIN["200"],
}
"""By code and operation, where a code means more there than elsewhere (the same tables)."""

UNKNOWN = "a code this driver does not know; the vendor's words may tell, nothing was concluded from them"


class Rest:
    """How the REST API says no: `{"code", "message"}` with a status from 400."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """Expired tokens are 401, or code 124 at 400 as well; a missing scope ends the whole target."""
        if not 400 <= answer.status < 500:
            return None
        body = answer.body if isinstance(answer.body, Mapping) else {}
        code = str(body.get("code", ""))
        expired = answer.status == 401 or code == EXPIRED
        if expired or code in NO_SCOPE:
            return Refusal(code, PLAIN.get(code, PLAIN[EXPIRED]), _said(body), Unauthorized, expired)
        error = Absent if code in ABSENT or (answer.status == 404 and not code) else Refused
        plain = PLAIN_OF.get((code, operation.name)) or PLAIN.get(code, UNKNOWN)
        return Refusal(code, plain, _said(body), error)


class Tokens:
    """How the token endpoint says no: `{"reason", "error"}`, or an empty body."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """Whatever it refuses, nothing of the target can be read."""
        if not 400 <= answer.status < 500:
            return None
        body = answer.body if isinstance(answer.body, Mapping) else {}
        code = str(body.get("error") or body.get("code") or "")
        text = PLAIN.get(code, "no token is given; check account_id, client_id, client_secret and the app")
        return Refusal(code, text, str(body.get("reason") or body.get("message") or ""), Unauthorized)


def _said(body: Mapping[str, Any]) -> str:
    details = body.get("errors")
    named = (
        "; ".join(
            f"{item.get('field', '')}: {item.get('message', '')}"
            for item in details
            if isinstance(item, dict)
        )
        if isinstance(details, list)
        else ""
    )
    return " ".join(filter(None, (str(body.get("message") or ""), named)))
