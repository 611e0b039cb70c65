"""People of the account, their logins, and courses (Canvas API documentation, Users, Logins, SIS IDs)."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.canvas.errors import absent, faulty, faulty_login
from reconciler.sandbox.canvas.pages import PAGING, cut
from reconciler.sandbox.canvas.store import Canvas, find
from reconciler.sandbox.clock import zulu

USER = {"name", "short_name", "sortable_name", "time_zone", "locale"}
LOGIN = {"unique_id", "sis_user_id", "integration_id", "password", "authentication_provider_id"}
CREATE = {
    "user": USER | {"skip_registration", "terms_of_use"},
    "pseudonym": LOGIN | {"send_confirmation"},
    "communication_channel": {"type", "address", "skip_confirmation"},
}
UPDATE = {"user": USER | {"email", "title", "bio", "pronouns"}}
UPDATE_LOGIN = {"login": LOGIN | {"workflow_state"}}
EXTRAS = ("email", "time_zone")


def list_users(call: Call) -> Answer:
    """Everybody; e-mail and time zone only where they are asked for. The sandbox sorts by id alone."""
    if call.query.get("sort", "id") != "id":
        raise faulty("sort", "unknown", unknowns.CANVAS_UNKNOWN)
    asked = call.query.get("include[]", "").split(",")
    return cut(call, call.world.canvas.users, lambda user: show(user, asked))


def show_account(call: Call) -> Answer:
    """The account itself."""
    return Answer(body={**call.world.canvas.account, "workflow_state": "active"})


def show_self(call: Call) -> Answer:
    """Whose token this is."""
    return Answer(body=show(_find(call, call.query["me"]), EXTRAS))


def create_user(call: Call) -> Answer:
    """A person with one login; its name and SIS id must be new."""
    _check(call.sent, CREATE)
    site = call.world.canvas
    login = call.sent.get("pseudonym", {})
    try:
        if not login.get("unique_id"):
            raise faulty("unique_id", "blank", "can't be blank")
        check_taken(site, login)
    except Refusal as refusal:
        raise faulty_login(refusal) from None
    told = {name: call.body.get(name, {}) for name in CREATE}
    user = new_user(
        site, {**told["user"], "email": told["communication_channel"].get("address")}, told["pseudonym"]
    )
    if not told["user"].get("skip_registration") or not told["communication_channel"].get(
        "skip_confirmation"
    ):
        call.world.mail(user["email"] or "", "canvas registration", zulu(call.now))
    return Answer(body=show(user, EXTRAS))


def new_user(site: Canvas, person: Json, login: Json) -> Json:
    """Keep a person with a login."""
    first = {
        "id": site.mint(),
        "unique_id": login.get("unique_id", ""),
        "sis_user_id": login.get("sis_user_id"),
        "integration_id": login.get("integration_id"),
        "workflow_state": "active",
    }
    user: Json = {
        "id": site.mint(),
        "name": person.get("name") or login.get("unique_id", ""),
        "email": person.get("email"),
        "time_zone": person.get("time_zone"),
        "status": "active",
        "logins": [first],
    }
    site.users.append(user)
    return user


def update_user(call: Call) -> Answer:
    """Only what is named."""
    user = _find(call, call.path["user"])
    _check(call.sent, UPDATE)
    for name, value in call.body.get("user", {}).items():
        user[name] = value
    return Answer(body=show(user, EXTRAS))


def delete_user(call: Call) -> Answer:
    """Take a person off the account, with their logins; the answer is the person."""
    user = _find(call, call.path["user"])
    call.world.canvas.users.remove(user)
    call.world.bury("canvas user", str(user["id"]), user["name"], how="delete", by="api", at=zulu(call.now))
    return Answer(body=show(user, ()))


def list_logins(call: Call) -> Answer:
    """A person's logins, suspended ones among them."""
    user = _find(call, call.path["user"])
    return cut(call, user["logins"], lambda login: _show_login(user, login))


def update_login(call: Call) -> Answer:
    """Rename or suspend a login."""
    _check(call.sent, UPDATE_LOGIN)
    for user in call.world.canvas.users:
        login = find(user["logins"], call.path["login"])
        if login is not None:
            check_taken(call.world.canvas, call.sent["login"], login)
            edit_login(user, login, call.body.get("login", {}))
            return Answer(body=_show_login(user, login))
    raise absent()


def edit_login(user: Json, login: Json, fields: Json) -> None:
    """Change a login, and what it makes of its person."""
    if fields.get("workflow_state", "active") not in ("active", "suspended"):
        raise faulty("workflow_state", "inclusion", "is not included in the list")
    login |= {name: value for name, value in fields.items() if name != "password"}
    open_ones = [one for one in user["logins"] if one["workflow_state"] == "active"]
    user["status"] = "active" if open_ones else "inactive"


def check_taken(site: Canvas, fields: Json, own: Json | None = None) -> None:
    """Refuse a login name or SIS id that another login has; names are compared without case."""
    for login in (one for user in site.users for one in user["logins"] if one is not own):
        for name in ("unique_id", "sis_user_id"):
            value, other = fields.get(name), login[name]
            if value and other and str(value).lower() == str(other).lower():
                raise faulty(name, "taken", f"{name} is already in use")


def show_course(call: Call) -> Answer:
    """A course."""
    course = find_course(call.world.canvas, call.path["course"])
    # The course object does not tell its lti_context_id.
    return Answer(body={name: course[name] for name in ("id", "name", "course_code", "workflow_state")})


def find_course(site: Canvas, wanted: str) -> Json:
    """A course, by its id or by a prefix and another one."""
    prefix, _, value = wanted.rpartition(":")
    field = {"": "id", "lti_context_id": "lti_context_id", "sis_course_id": "sis_course_id"}.get(prefix)
    for course in site.courses:
        if field and str(course[field]) == value:
            return course
    raise absent()


def show(user: Json, extras: Any) -> Json:
    """A person, with the login that comes first."""
    login = user["logins"][0] if user["logins"] else {}
    shown = {
        "id": user["id"],
        "name": user["name"],
        "sortable_name": user["name"],
        "short_name": user["name"],
    }
    shown |= {name: login.get(name) for name in ("sis_user_id", "integration_id")}
    shown |= {"login_id": login.get("unique_id")}
    return shown | {name: user[name] for name in EXTRAS if name in extras}


def _show_login(user: Json, login: Json) -> Json:
    return {**login, "user_id": user["id"], "account_id": 1, "authentication_provider_id": None}


def _check(body: Any, known: dict[str, set[str]]) -> None:
    for part, fields in (body if isinstance(body, dict) else {"": {}}).items():
        unknown = {part} if part not in known else fields.keys() - known[part]
        if unknown:
            raise faulty(min(unknown), "unknown", unknowns.CANVAS_UNKNOWN)


def _find(call: Call, number: str) -> Json:
    user = find(call.world.canvas.users, number)
    if user is None:
        raise absent()
    return user


_USERS = "/api/v1/accounts/{account}/users"
_LISTING = PAGING | {"include[]", "sort"}
OPERATIONS = (
    Operation("GET /api/v1/accounts/{account}", "read", show_account),
    Operation("GET /api/v1/users/self", "read", show_self),
    Operation(f"GET {_USERS}", "read", list_users, scopes=("users",), query=_LISTING),
    Operation(f"POST {_USERS}", "write", create_user, scopes=("users",)),
    Operation(f"DELETE {_USERS}/{{user}}", "write", delete_user, scopes=("users",)),
    Operation("PUT /api/v1/users/{user}", "write", update_user, scopes=("users",)),
    Operation("GET /api/v1/users/{user}/logins", "read", list_logins, scopes=("users",), query=PAGING),
    Operation("PUT /api/v1/accounts/{account}/logins/{login}", "write", update_login, scopes=("users",)),
    Operation("GET /api/v1/courses/{course}", "read", show_course, scopes=("courses",)),
)
