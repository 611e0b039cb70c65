"""Moodle's web services as this driver uses them: functions, forms, the token, and how they say no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict, TypeVar

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Answer, Operation, Refusal, Signed
from reconciler.errors import Absent, ReconcilerError, Refused, Unauthorized
from reconciler.model.ports import Opening

T = TypeVar("T")

PATH = "/webservice/rest/server.php"
ENVELOPE = {"moodlewsrestformat": "json", "moodlewssettingraw": "1", "moodlewssettinglang": "en"}
"""Sent with every call: without `raw` names come back with HTML escapes, and texts in the user's language."""
MOST_VARIABLES = 900
"""PHP drops, without a word, what exceeds `max_input_vars`; its stock limit is 1,000 form variables.

The token is the last of them, so that a form which is cut all the same is refused, and not half done.
"""
CHUNK = 150
"""How many values or rows one call takes: of at most four variables each, well below the limit."""
CONCURRENCY = 4
"""Beyond four calls at once a Moodle answers no faster, only later."""


def _function(name: str, *, writes: bool, yields: str = "") -> Operation:
    return Operation(name, "POST", PATH, writes=writes, yields=yields, form=True)


SITE_INFO = _function("core_webservice_get_site_info", writes=False)
LIST_TOOLS = _function("mod_lti_get_tool_types", writes=False)
CREATE_TOOL = _function("mod_lti_create_tool_type", writes=True, yields="id")
UPDATE_TOOL = _function("mod_lti_update_tool_type", writes=True, yields="id")
DELETE_TOOL = _function("mod_lti_delete_tool_type", writes=True, yields="id")
LIST_ACTIVITIES = _function("mod_lti_get_ltis_by_courses", writes=False)
LAUNCH_DATA = _function("mod_lti_get_tool_launch_data", writes=False)
LOOK_UP_USERS = _function("core_user_get_users_by_field", writes=False)
SEARCH_USERS = _function("core_user_get_users", writes=False)
CREATE_USERS = _function("core_user_create_users", writes=True, yields="id")
UPDATE_USERS = _function("core_user_update_users", writes=True)
DELETE_USERS = _function("core_user_delete_users", writes=True)
LIST_COHORTS = _function("core_cohort_get_cohorts", writes=False)
SEARCH_COHORTS = _function("core_cohort_search_cohorts", writes=False)
CREATE_COHORTS = _function("core_cohort_create_cohorts", writes=True, yields="id")
UPDATE_COHORTS = _function("core_cohort_update_cohorts", writes=True)
DELETE_COHORTS = _function("core_cohort_delete_cohorts", writes=True)
LIST_MEMBERS = _function("core_cohort_get_cohort_members", writes=False)
ADD_MEMBERS = _function("core_cohort_add_cohort_members", writes=True)
DELETE_MEMBERS = _function("core_cohort_delete_cohort_members", writes=True)
LOOK_UP_COURSES = _function("core_course_get_courses_by_field", writes=False)
LIST_ENROLLED = _function("core_enrol_get_enrolled_users", writes=False)

OPERATIONS = (
    SITE_INFO, LIST_TOOLS, CREATE_TOOL, UPDATE_TOOL, DELETE_TOOL, LIST_ACTIVITIES, LAUNCH_DATA,
    LOOK_UP_USERS, SEARCH_USERS, CREATE_USERS, UPDATE_USERS, DELETE_USERS,
    LIST_COHORTS, SEARCH_COHORTS, CREATE_COHORTS, UPDATE_COHORTS, DELETE_COHORTS,
    LIST_MEMBERS, ADD_MEMBERS, DELETE_MEMBERS, LOOK_UP_COURSES, LIST_ENROLLED,
)  # fmt: skip

NOT_ACCEPTED = (
    "the token is not accepted, or has expired (Moodle deletes such a token); make a new one under Site "
    "administration, Server, Web services, Manage tokens. Where other calls work, the site reads fewer "
    "variables than this form has, and cut the token off: raise PHP's max_input_vars"
)
ALREADY_MEMBER = "3"
"""The warning of core_cohort_add_cohort_members for somebody who is a member already."""
UNFINISHED = "the site's database did not answer; look again when it does"
CRASHED = "Moodle ended with a fault of its own, and does not tell how far it came"
MEANINGS: Mapping[str, tuple[str, type[Refused]]] = {
    "invalidtoken": (NOT_ACCEPTED, Unauthorized),
    "accessexception": (f"{NOT_ACCEPTED}; or its service does not hold this function", Unauthorized),
    "nopermissions": ("the token's user lacks the capability; give its role what the words name", Refused),
    "invalidparameter": (
        "a value or a parameter is not accepted, or is taken; Moodle does not say which",
        Refused,
    ),
    "invalidrecordunknown": ("there is no such object, or no such function on this site", Absent),
    "unabletofindtooltype": ("there is no such tool", Absent),
    "invaliduserid": ("there is no such user", Absent),
    "unabletocreatetooltype": ("the cartridge names no launch_url", Refused),
    "errorreadingfile": (
        "the site could not read the cartridge: it is no XML, not there, or on a host or port the site may "
        "not ask (Site administration, General, Security, HTTP security: by default public hosts only)",
        Refused,
    ),
    "useremailduplicate": ("another account has this e-mail", Refused),
    "sitemaintenance": ("the site is in maintenance; run again when it is over", Refused),
    "dmlwriteexception": ("the database took no such row, as when somebody made the same meanwhile", Refused),
}
"""By error or warning code (Moodle developer documentation, web services; the functions' own code)."""
UNKNOWN = "a code this driver does not know; the vendor's words may tell, nothing was concluded from them"


class Dialect:
    """Moodle says no with HTTP 200: by an exception's code, or in warnings beside what looks like success."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """What a complete answer refuses; one that tells nothing is uncertain."""
        if answer.status == 503:
            return Refusal("503", "the site is in maintenance, or its web server is busy", uncertain=True)
        if answer.status in (403, 404):
            return _shut(answer.status)
        if answer.status != 200:
            return None
        if answer.empty:
            return Refusal("", CRASHED, uncertain=True)
        if not isinstance(answer.body, Mapping):
            return None
        if "exception" in answer.body:
            return _excepted(operation, answer.body)
        for warning in answer.body.get("warnings") or ():
            code = str(warning.get("warningcode", "")) if isinstance(warning, Mapping) else ""
            if code != ALREADY_MEMBER:
                return _meant(code, _said(warning))
        return None


def _shut(status: int) -> Refusal:
    if status == 403:
        text = (
            "web services or the REST protocol are off; switch them on under Site administration, Advanced "
            "features, and Server, Web services, Manage protocols"
        )
        return Refusal("403", text, error=Unauthorized)
    return Refusal(
        "404", f"there is no Moodle at this address: {PATH} is missing; check base_url", error=Unauthorized
    )


def _excepted(operation: Operation, body: Mapping[str, Any]) -> Refusal:
    """An exception as what it means. One without a code is a crash: a write may have been half done."""
    code = str(body.get("errorcode") or "")
    name = str(body["exception"]).rpartition("\\")[2]
    if code == "dbconnectionfailed" or name == "dml_connection_exception":
        return Refusal(code, UNFINISHED, uncertain=True)
    if not code:
        return Refusal(name, CRASHED, _said(body), uncertain=operation.writes)
    return _meant(code, _said(body))


def _meant(code: str, said: str) -> Refusal:
    text, error = MEANINGS.get(code, (UNKNOWN, Refused))
    return Refusal(code, text, said, error)


def _said(body: Any) -> str:
    if not isinstance(body, Mapping):
        return ""
    return " ".join(str(body[name]) for name in ("message", "debuginfo") if body.get(name))


class SiteInfo(TypedDict):
    """What core_webservice_get_site_info tells of the site and of the token's user."""

    siteurl: str
    sitename: str
    userid: int
    username: str
    functions: frozenset[str]


class Token:
    """A token at the end of the body, never in an address, which web servers write down."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._held: Callable[[], frozenset[str]] | None = None

    def know(self, held: Callable[[], frozenset[str]]) -> None:
        """From now on only functions among `held` are admitted; it is asked when first needed."""
        self._held = held

    def admit(self, operation: Operation) -> None:
        """Refuse a function the token's service does not hold, before anything is sent."""
        if operation is SITE_INFO or self._held is None:
            return
        if operation.name not in self._held():
            raise Refused(
                f"{operation.name} is not in the service this token belongs to; add it under Site "
                "administration, Server, Web services, External services, Functions",
                status=200,
                code="accessexception",
                operation=operation.name,
            )

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The query as it is; the token goes into the form."""
        return Signed(query, {}, body={"wstoken": self._token})

    def renew(self, used: Signed) -> bool:
        """A token that has expired is gone."""
        return False

    def conceal(self) -> Iterable[str]:
        """What no error may quote."""
        return (self._token,)


class Site:
    """One Moodle behind one token. Its site info is asked for once per run."""

    def __init__(self, opening: Opening, base_url: str, token: str) -> None:
        signer = Token(token)
        self.client = Client(opening, base_url, OPERATIONS, Dialect(), signer, concurrency=CONCURRENCY)
        self._info: SiteInfo | None = None
        signer.know(lambda: self.functions)

    @property
    def info(self) -> SiteInfo:
        """The site and the token's user. Raises RequestError or IncompleteReading."""
        if self._info is None:
            answer = self.ask(SITE_INFO)
            with shaped(SITE_INFO.name):
                self._info = {
                    "siteurl": str(answer["siteurl"]),
                    "sitename": str(answer["sitename"]),
                    "userid": int(answer["userid"]),
                    "username": str(answer["username"]),
                    "functions": frozenset(str(one["name"]) for one in answer["functions"]),
                }
        return self._info

    @property
    def functions(self) -> frozenset[str]:
        """What the token may call."""
        return self.info["functions"]

    def ask(
        self,
        operation: Operation,
        parameters: Mapping[str, Any] | None = None,
        *,
        elements: Sequence[str] = (),
        noted: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function. Raises ReconcilerError instead of a form that PHP might cut, else RequestError."""
        body = {"wsfunction": operation.name, **ENVELOPE, **dict(flatten(parameters or {}))}
        if len(body) > MOST_VARIABLES:
            raise ReconcilerError(
                f"{operation.name}: {len(body)} form variables are more than the {MOST_VARIABLES} that every "
                "site reads; nothing was sent"
            )
        return self.client.call(operation, body=body, elements=elements, noted=noted)


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested parameters as PHP reads them from a form: `users[0][email]`; true and false are 1 and 0."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flatten(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from flatten(item, f"{name}[{index}]")
    else:
        yield name, str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in runs that one form takes."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
