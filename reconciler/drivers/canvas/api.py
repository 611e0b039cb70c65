"""Canvas's REST API as this driver uses it: operations by Canvas's own names, its token, how it says no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.drivers.operations import Answer, Operation, Refusal, Signed
from reconciler.errors import Absent, Refused, Unauthorized

PAGE_SIZE = 100
"""Most items of a page (Canvas source, lib/api.rb)."""
HELD = 50.0
"""Units a request holds while it is answered (Canvas API documentation, throttling; so are the next two)."""
OUTFLOW = 10.0
"""Units that the allowance of a token regains each second."""
LOW = 100.0
"""Units left below which this driver slows down: two requests' worth."""

_API = "/api/v1"


def _read(path: str, query: str = "") -> Operation:
    return Operation(f"GET {_API}{path}", "GET", f"{_API}{path}{query}", False)


def _write(method: str, path: str, yields: str = "") -> Operation:
    return Operation(f"{method} {_API}{path}", method, f"{_API}{path}", True, yields=yields)


GET_ACCOUNT = _read("/accounts/{account}")
GET_SELF = _read("/users/self")
GET_COURSE = _read("/courses/{course}")
LIST_ENROLLMENTS = _read("/courses/{course}/enrollments", "?state[]=active")

_TOOLS = "/accounts/{account}/external_tools"
LIST_TOOLS = _read(_TOOLS)
CREATE_TOOL = _write("POST", _TOOLS, yields="id")
UPDATE_TOOL = _write("PUT", _TOOLS + "/{tool}")
DELETE_TOOL = _write("DELETE", _TOOLS + "/{tool}")
# It changes nothing that anybody sees: Canvas keeps a signed form for minutes, for whoever asks for it first.
SESSIONLESS_LAUNCH = _read("/courses/{course}/external_tools/sessionless_launch")
LAUNCH_PAGE = Operation("GET the page of a sessionless launch", "GET", "", False, page=True)

_USERS = "/accounts/{account}/users"
# By id: Canvas asks for it of whoever reads many pages, and nobody's new name moves them to another page.
LIST_USERS = _read(_USERS, "?include[]=email&include[]=time_zone&sort=id")
CREATE_USER = _write("POST", _USERS, yields="id")
UPDATE_USER = _write("PUT", "/users/{user}")
DELETE_USER = _write("DELETE", _USERS + "/{user}")
LIST_LOGINS = _read("/users/{user}/logins")
UPDATE_LOGIN = _write("PUT", "/accounts/{account}/logins/{login}")

_REGISTRATIONS = "/accounts/{account}/lti_registrations"
_REGISTRATION = _REGISTRATIONS + "/{registration}"
LIST_REGISTRATIONS = _read(_REGISTRATIONS)
GET_REGISTRATION = _read(_REGISTRATION, "?include[]=configuration&include[]=account_binding")
CREATE_REGISTRATION = _write("POST", _REGISTRATIONS, yields="id")
UPDATE_REGISTRATION = _write("PUT", _REGISTRATION)
DELETE_REGISTRATION = _write("DELETE", _REGISTRATION)

_DEPLOYMENTS = _REGISTRATION + "/deployments"
LIST_DEPLOYMENTS = _read(_DEPLOYMENTS)
CREATE_DEPLOYMENT = _write("POST", _DEPLOYMENTS, yields="id")
DELETE_DEPLOYMENT = _write("DELETE", _DEPLOYMENTS + "/{deployment}")

TOOL_KEYS = Operation("GET the keys of an LTI 1.3 tool", "GET", "", False, page=True)
# A tool remembers at most that a login was begun, as it does for everybody who never comes back from one.
TOOL_LOGIN = Operation("GET the login of an LTI 1.3 tool", "GET", "", False, page=True)
AT_TOOLS = (TOOL_KEYS, TOOL_LOGIN)
"""What tools answer, at origins of their own."""

OPERATIONS = (
    *(GET_ACCOUNT, GET_SELF, GET_COURSE, LIST_ENROLLMENTS),
    *(LIST_TOOLS, CREATE_TOOL, UPDATE_TOOL, DELETE_TOOL, SESSIONLESS_LAUNCH, LAUNCH_PAGE),
    *(LIST_USERS, CREATE_USER, UPDATE_USER, DELETE_USER, LIST_LOGINS, UPDATE_LOGIN),
    *(LIST_REGISTRATIONS, GET_REGISTRATION, CREATE_REGISTRATION, UPDATE_REGISTRATION, DELETE_REGISTRATION),
    *(LIST_DEPLOYMENTS, CREATE_DEPLOYMENT, DELETE_DEPLOYMENT),
)

REPLACE_IT = "the token is not accepted; make another in Canvas and put it where the reference points"
NO_RIGHT = (
    "the person whose token this is may not do that, or the token's key lacks the scope url:{method}|{path}"
)
NOT_THERE = "there is no such thing, or its feature is off for this account"
NOT_TAKEN = "a value is not accepted; the vendor's words name it"


class Rest:
    """How Canvas says no: by HTTP status, with its reasons in `errors`, and with a pace of its own."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """401 is about the token only where WWW-Authenticate stands beside it, else about a right."""
        if not 400 <= answer.status < 500:
            return None
        code, said = _read_errors(answer.body)
        if answer.status == 401 and answer.headers.get("www-authenticate"):
            return Refusal(code, REPLACE_IT, said, Unauthorized)
        if answer.status in (401, 403):
            path = operation.path.partition("?")[0]
            return Refusal(code, NO_RIGHT.format(method=operation.method, path=path), said)
        if answer.status == 404:
            return Refusal(code, NOT_THERE, said, Absent)
        return Refusal(code, NOT_TAKEN, said, Refused)

    def hold_off(self, answer: Answer) -> float:
        """Time to regain what one request holds: Canvas sends no Retry-After.

        The only mark of a throttled answer is its text: 403 stands for missing rights as well, and the
        allowance told beside it may have grown again (Canvas API documentation, throttling).
        """
        throttled = answer.status == 429 and not answer.headers.get("retry-after")
        throttled |= answer.status == 403 and "Rate Limit Exceeded" in answer.text
        return HELD / OUTFLOW if throttled else 0.0

    def ease(self, answer: Answer) -> float:
        """Time to be back above the low mark; where throttling is off nothing is told, and nothing waited."""
        try:
            left = float(answer.headers.get("x-rate-limit-remaining", "inf"))
        except ValueError:
            return 0.0
        return max(0.0, (LOW - left) / OUTFLOW)


def _read_errors(body: Any) -> tuple[str, str]:
    """Canvas's code and words, in the three shapes it has for them."""
    if not isinstance(body, Mapping):
        return "", ""
    errors = body.get("errors")
    if isinstance(errors, list):
        first = next((item for item in errors if isinstance(item, Mapping)), {})
        code = first.get("error_code") or first.get("code") or body.get("status") or ""
        return str(code), str(first.get("message") or "")
    if isinstance(errors, Mapping):
        found = list(_find_faults("", errors))
        return (found[0][0] if found else ""), "; ".join(f"{name}: {text}" for name, text in found)
    return str(body.get("status") or ""), str(body.get("message") or body.get("error") or "")


def _find_faults(path: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping) and ("message" in value or "type" in value):
        yield path, str(value.get("message") or value.get("type"))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _find_faults(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _find_faults(path, inner)
    else:
        yield path, str(value)


class Token:
    """An access token, which acts as the person it belongs to. It is never renewed here."""

    def __init__(self, token: str) -> None:
        self._token = token

    def admit(self, operation: Operation) -> None:
        """Canvas does not tell a token's scopes."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The token as a header; ids are asked for as text, since they exceed what 53 bits hold."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json+canvas-string-ids",
        }
        return Signed(query, headers)

    def renew(self, used: Signed) -> bool:
        """A new one is made by a person."""
        return False

    def conceal(self) -> Iterable[str]:
        """The token."""
        return (self._token,)
