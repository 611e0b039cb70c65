"""How Kaltura says no: an error object with HTTP status 200, told by its code, never its message."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.kaltura.api import START_WIDGET, STARTS
from reconciler.drivers.operations import Answer, Operation, Refusal
from reconciler.errors import Absent, Refused, Unauthorized

EXCEPTION = "KalturaAPIException"
ALREADY_MEMBER = "GROUP_USER_ALREADY_EXISTS"
DUPLICATE = "DUPLICATE_CATEGORY"
PAUSE = 2.0
"""Seconds to hold off; the vendor names none."""

EXPIRED = frozenset({"INVALID_KS", "MISSING_KS"})
TRANSIENT = frozenset({"ACTION_BLOCKED", "CATEGORIES_LOCKED"})
"""Nothing was done, and the same request is taken a little later."""
UNCLEAR = frozenset({"INTERNAL_SERVER_ERROR", "INTERNAL_DATABASE_ERROR"})
NOBODY = frozenset(
    {
        "START_SESSION_ERROR",
        "APP_TOKEN_ID_NOT_FOUND",
        "APP_TOKEN_NOT_ACTIVE",
        "APP_TOKEN_EXPIRED",
        "INVALID_APP_TOKEN_HASH",
        "INVALID_PARTNER_ID",
    }
)
"""No session is given, so nothing of the target can be read."""
ABSENT = frozenset(
    {
        "INVALID_USER_ID",
        "USER_NOT_FOUND",
        "INVALID_GROUP_ID",
        "GROUP_NOT_FOUND",
        "GROUP_USER_DOES_NOT_EXISTS",
        "GROUP_USER_NOT_FOUND",
        "CATEGORY_NOT_FOUND",
        "INVALID_OBJECT_ID",
    }
)
PLAIN: Mapping[str, str] = {
    "INVALID_KS": "the session is not accepted; check the app token, and that it is active",
    "MISSING_KS": "no session came with the request",
    "SERVICE_FORBIDDEN": "the app token's user may not do this; give their role the permission in the KMC",
    "START_SESSION_ERROR": "no session is given; check partner_id",
    "APP_TOKEN_ID_NOT_FOUND": "there is no such app token; check app_token_id and partner_id",
    "APP_TOKEN_NOT_ACTIVE": "the app token is disabled; enable it, or make another",
    "APP_TOKEN_EXPIRED": "the app token has expired; make another",
    "INVALID_APP_TOKEN_HASH": "the app token is not accepted; check app_token and hash",
    "INVALID_PARTNER_ID": "there is no such account; check partner_id",
    "INVALID_OBJECT_ID": "there is no such object",
    "MISSING_MANDATORY_PARAMETER": "something the vendor asks for was not sent",
    "INVALID_ENUM_VALUE": "a value is none of those the vendor takes",
    "INVALID_FIELD_VALUE": "a value is not accepted; the vendor's words name the field",
    "PROPERTY_VALIDATION_NOT_UPDATABLE": "the vendor does not let this property be changed",
    "PROPERTY_VALIDATION_MIN_LENGTH": "a value is too short; the vendor's words name it",
    "PROPERTY_VALIDATION_MAX_LENGTH": "a value is too long; the vendor's words name it",
    "INVALID_USER_ID": "there is no such user in this account",
    "USER_NOT_FOUND": "there is no such user in this account, or it is a group",
    "DUPLICATE_USER_BY_ID": "a user or a group of this account has that id already: they share their ids",
    "CANNOT_DELETE_OR_BLOCK_ROOT_ADMIN_USER": "the account's owner can neither be blocked nor deleted",
    "CANNOT_CHANGE_OWN_ROLE": "nobody may change their own role",
    "INVALID_GROUP_ID": "there is no such group in this account",
    "GROUP_NOT_FOUND": "there is no such group in this account",
    "USER_EXCEEDED_MAX_GROUPS": "the user is in as many groups as the account allows; take them out of one",
    "CATEGORY_NOT_FOUND": "there is no such category, or the session may not see it; check privileges",
    "PARENT_CATEGORY_NOT_FOUND": "there is no category with the id of the parent",
    DUPLICATE: "a category of that name is in the same place already; adopt it, or rename one",
    "CATEGORIES_LOCKED": "categories are being moved or deleted; run again later",
    "ACTION_BLOCKED": "too many requests; run again later",
    "PRIVACY_CONTEXT_INVALID_STRING": "a privacy context has at least four letters or digits",
    "NO_INTEGRATION_DATA": "this Zoom account is not integrated; install the app and enter the code first",
    "EXCEEDED_MAX_ZOOM_DROP_FOLDERS": "the account takes no more Zoom accounts; delete an integration first",
    "INTERNAL_SERVER_ERROR": "the vendor failed, and does not say whether it was done",
    "INTERNAL_DATABASE_ERROR": "the vendor failed, and does not say whether it was done",
}
"""By code, from the vendor's list of API errors."""
PLAIN_OF: Mapping[tuple[str, str], str] = {
    ("INVALID_OBJECT_ID", START_WIDGET.name): "there is no such account; check partner_id",
}
"""By code and action, where a code means more there than elsewhere."""
NO_CONTEXT = "neither the category nor one above it has a privacy context, without which this cannot be set"
_WITHOUT_CONTEXT = "_FIELD_WITH_NO_PRIVACY_CONTEXT"

UNKNOWN = "a code this driver does not know; the vendor's words may tell, nothing was concluded from them"


class ApiV3:
    """Every answer is 200; one that is empty means that the vendor gave up on the way."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """What an error object says; an object that has none of its marks is no refusal."""
        if answer.status < 300 and answer.empty:
            return Refusal("", "the answer is empty", uncertain=True)
        body = answer.body
        if not isinstance(body, Mapping) or body.get("objectType") != EXCEPTION:
            return None
        code = str(body.get("code") or "")
        text = NO_CONTEXT if code.endswith(_WITHOUT_CONTEXT) else PLAIN.get(code, UNKNOWN)
        text = PLAIN_OF.get((code, operation.name), text)
        said = str(body.get("message") or "")
        if code in UNCLEAR:
            return Refusal(code, text, said, uncertain=True)
        if code in EXPIRED or code in NOBODY or operation in STARTS:
            return Refusal(code, text, said, Unauthorized, code in EXPIRED)
        return Refusal(code, text, said, Absent if code in ABSENT else Refused)

    def hold_off(self, answer: Answer) -> float:
        """A while, where categories are locked or an action is blocked."""
        body = answer.body
        refused = isinstance(body, Mapping) and body.get("objectType") == EXCEPTION
        return PAUSE if refused and str(body.get("code")) in TRANSIENT else 0.0

    def ease(self, answer: Answer) -> float:
        """The vendor never tells how much room is left."""
        return 0.0
