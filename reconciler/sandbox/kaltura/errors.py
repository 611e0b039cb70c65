"""How Kaltura says no: a code, its arguments by name, a message; always with HTTP status 200."""

from __future__ import annotations

from reconciler.sandbox.calls import Refusal

MESSAGES = {
    "SERVICE_FORBIDDEN": "The access to service [{SERVICE}] is forbidden",
    "SERVICE_DOES_NOT_EXISTS": 'Service "{SRV_NAME}" does not exists',
    "ACTION_DOES_NOT_EXISTS": 'Action "{ACTION_NAME}" does not exists for service "{SERVICE_NAME}"',
    "ACTION_BLOCKED": 'Action "{ACTION_NAME}" of service "{SERVICE_NAME}" is blocked',
    "MISSING_KS": "Missing KS. Session not established",
    "INVALID_KS": 'Invalid KS "{KSID}", Error "{ERR_CODE},{ERR_DESC}"',
    "START_SESSION_ERROR": "Error while starting session for partner [{PID}]",
    "MISSING_MANDATORY_PARAMETER": 'Missing parameter "{PARAM_NAME}"',
    "INVALID_ENUM_VALUE": 'Invalid enumeration value "{ENUM_VAL}" for parameter "{PARAM_NAME}"',
    "OBJECT_TYPE_ABSTRACT": 'The object type "{OBJECT_TYPE}" is abstract',
    "PROPERTY_VALIDATION_NOT_UPDATABLE": 'The property "{PROP_NAME}" cannot be updated',
    "PROPERTY_VALIDATION_CANNOT_BE_NULL": 'The property "{PROP_NAME}" cannot be null',
    "PROPERTY_VALIDATION_MIN_LENGTH": 'The property "{PROP_NAME}" is too short',
    "PROPERTY_VALIDATION_MAX_LENGTH": 'The property "{PROP_NAME}" is too long',
    "INVALID_OBJECT_ID": "Invalid object id [{ID}]",
    "INVALID_PARTNER_ID": 'Invalid partner id "{PID}"',
    "INVALID_USER_ID": "Invalid user id",
    "INVALID_GROUP_ID": "Invalid group id - {ID}",
    "INVALID_FIELD_VALUE": "value in field [{FIELD_NAME}] is not valid",
    "DUPLICATE_USER_BY_ID": "User with id [{UID}] already exists in system",
    "ID_AND_EXTERNAL_ID_ARE_MUTUALLY_EXCLUSIVE": "id and external id are mutually exclusive",
    "CANNOT_DELETE_OR_BLOCK_ROOT_ADMIN_USER": "The account's root admin cannot be deleted or blocked",
    "USER_NOT_FOUND": "User was not found",
    "GROUP_NOT_FOUND": "Group was not found",
    "GROUP_USER_ALREADY_EXISTS": "The user is a member of the group already",
    "GROUP_USER_DOES_NOT_EXISTS": "User [{USER}] is not a member of group [{GROUP}]",
    "MUST_FILTER_USERS_OR_CATEGORY": "A filter for users or a category is needed",
    "USER_EXCEEDED_MAX_GROUPS": "The user is in as many groups as are allowed",
    "CATEGORY_NOT_FOUND": 'Category id "{ID}" not found',
    "PARENT_CATEGORY_NOT_FOUND": 'Parent category id "{ID}" not found',
    "DUPLICATE_CATEGORY": 'The category "{CATEGORY}" already exists',
    "CATEGORIES_LOCKED": "Categories are locked",
    "PRIVACY_CONTEXT_INVALID_STRING": 'Privacy context "{PRIVACY_CONTEXT}" is not valid',
    "NO_INTEGRATION_DATA": "Zoom integration data does not exist for current account",
    "EXCEEDED_MAX_ZOOM_DROP_FOLDERS": "Amount of maximum zoom drop folders per partner exceeded",
    "APP_TOKEN_ID_NOT_FOUND": "The app token [{ID}] was not found",
    "APP_TOKEN_NOT_ACTIVE": "The app token [{ID}] is not active",
    "APP_TOKEN_EXPIRED": "The app token [{ID}] is expired",
    "INVALID_APP_TOKEN_HASH": "The hash of the app token is invalid",
    "CANNOT_MOVE_CATEGORY_TO_ITSELF": "A category cannot be moved below itself",
}


class Silence(Exception):
    """Where the vendor gives up and answers nothing at all, with HTTP 200."""


def refuse(code: str, **told: object) -> Refusal:
    """A refusal with this code; an argument of its message that is not told is N/A."""
    args = {name: str(value) for name, value in told.items()}
    text = MESSAGES.get(code, code).format_map(_Filled(args))
    return Refusal(200, code, text, result={"args": args})


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "N/A"
