"""Accounts (core_user): made all or none, updated one by one with warnings, deleted to a tombstone."""

from __future__ import annotations

import hashlib
import re

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Refusal
from reconciler.sandbox.moodle.params import OPTIONAL, Keys, Listed, Value, refuse
from reconciler.sandbox.moodle.store import Site

PROFILE = {
    "idnumber": Value("raw", OPTIONAL),
    "department": Value("text", OPTIONAL),
    "institution": Value("text", OPTIONAL),
    "city": Value("text", OPTIONAL),
    "country": Value("alpha", OPTIONAL),
    "timezone": Value("raw", OPTIONAL),
    "description": Value("raw", OPTIONAL),
    "password": Value("raw", OPTIONAL),
}
CREATED = {
    **PROFILE,
    "username": Value("username"),
    "firstname": Value("notags"),
    "lastname": Value("notags"),
    "email": Value("raw_trimmed"),
    "auth": Value("auth", "manual"),
    "lang": Value("lang", "en"),
    "createpassword": Value("bool", OPTIONAL),
}
UPDATED = {
    **PROFILE,
    "id": Value("int"),
    "username": Value("username", OPTIONAL),
    "firstname": Value("notags", OPTIONAL),
    "lastname": Value("notags", OPTIONAL),
    "email": Value("raw_trimmed", OPTIONAL),
    "auth": Value("auth", OPTIONAL),
    "lang": Value("lang", OPTIONAL),
    "suspended": Value("bool", OPTIONAL),
}
CREATE = {"users": Listed(Keys(CREATED))}
UPDATE = {"users": Listed(Keys(UPDATED))}
DELETE = {"userids": Listed(Value("int"))}
BY_FIELD = {"field": Value("alpha"), "values": Listed(Value("raw"))}
SEARCH = {"criteria": Listed(Keys({"key": Value("alpha"), "value": Value("raw")}))}
FIELDS = ("id", "idnumber", "username", "email")
KEYS = ("id", "idnumber", "username", "email", "lastname", "firstname", "auth")
SIZED = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9]).{8,}")
WEAK = "<div>Passwords must be at least 8 characters long.</div>"


def create(call: Call) -> Answer:
    """Accounts; with one that is not accepted, none of them."""
    site = call.world.moodle
    for told in call.sent["users"]:
        _check_new(site, told)
    made = []
    for told in call.body["users"]:
        user = {"id": site.mint("users"), "username": "", "firstname": "", "lastname": "", "email": ""}
        user |= {name: value for name, value in told.items() if name not in ("password", "createpassword")}
        user["suspended"] = False
        site.users.append(user)
        made.append({"id": user["id"], "username": user["username"]})
        if told.get("createpassword"):
            call.world.mail(str(user["email"]), "moodle password", call.simulation.stamp())
    return Answer(body=made)


def _check_new(site: Site, told: Json) -> None:
    for name in ("username", "firstname", "lastname", "email"):
        if not told[name].strip():
            raise refuse(f"The field {name} cannot be blank")
    if any(user["username"] == told["username"] for user in site.users):
        raise refuse(f"Username already exists: {told['username']}")
    if _holder(site, told["email"]) is not None:
        raise refuse(f"Email address already exists: {told['email']}")
    if told["auth"] == "manual" and not told.get("password") and not told.get("createpassword"):
        raise refuse("Invalid password: you must provide a password, or set createpassword.")
    if told.get("password") and not SIZED.fullmatch(told["password"]):
        raise Refusal(200, WEAK, f"error/{WEAK}")


def update(call: Call) -> Answer:
    """Changes one by one: a warning for each that fails, and the others are kept."""
    site, warnings = call.world.moodle, []
    for sent, told in zip(call.sent["users"], call.body["users"], strict=True):
        user = _find(site, sent["id"])
        if user is None:
            warnings.append(_warn(sent["id"], "invaliduserid", "Invalid user ID"))
        elif sent.get("email") and _holder(site, sent["email"]) not in (None, user):
            warnings.append(_warn(sent["id"], "useremailduplicate", "Duplicate address"))
        elif sent.get("username") and _has_login(site, sent["username"], but=user):
            raise refuse(f"Username already exists: {sent['username']}")
        else:
            user |= {name: value for name, value in told.items() if name not in ("id", "password")}
    return Answer(body={"warnings": warnings})


def delete(call: Call) -> Answer:
    """To tombstones; an id that nobody has ends the call."""
    site = call.world.moodle
    for number in call.body["userids"]:
        user = _find(site, number)
        if user is None:
            raise Refusal(200, "invalidrecordunknown", "Can't find data record in database.")
        bury(site, user, int(call.now.timestamp()))
    return Answer(body=b"null")


def bury(site: Site, user: Json, at: int) -> None:
    """What is left of somebody who is deleted: no SIS id, a digest for the e-mail, no flag."""
    site.users.remove(user)
    for cohort in site.cohorts:
        cohort["members"] = [member for member in cohort["members"] if member != user["id"]]
    digest = hashlib.md5(user["username"].encode(), usedforsecurity=False).hexdigest()
    site.tombstones.append(
        {**user, "username": f"{user['email']}.{at}", "email": digest, "idnumber": "", "suspended": False}
    )


def get_by_field(call: Call) -> Answer:
    """Accounts by exact values, minding case; by id tombstones, too."""
    site, field, values = call.world.moodle, call.body["field"], set(call.body["values"])
    if field not in FIELDS:
        raise refuse("The search field is not supported")
    rows = [*site.users, *(site.tombstones if field == "id" else ())]
    return Answer(body=[_show(call, user) for user in rows if str(user.get(field, "")) in values])


def search(call: Call) -> Answer:
    """Accounts that meet every criterion; a key it does not know is passed over, with a warning only."""
    warnings, users = [], list(call.world.moodle.users)
    for criterion in call.body["criteria"]:
        key, value = criterion["key"], criterion["value"]
        if key not in KEYS:
            text = f"The search key '{key}' is not supported, look at the web service documentation"
            warnings.append({"item": key, "warningcode": "invalidfieldparameter", "message": text})
        elif key in ("email", "lastname", "firstname"):
            like = re.compile(re.escape(value).replace("%", ".*").replace("_", "."), re.IGNORECASE)
            users = [user for user in users if like.fullmatch(user[key])]
        else:
            users = [user for user in users if str(user.get(key, "")) == value]
    return Answer(body={"users": [_show(call, user) for user in users], "warnings": warnings})


def _show(call: Call, user: Json) -> Json:
    """An account as its reader may see it; empty texts but the department are left out."""
    shown = {
        "id": user["id"],
        "username": user["username"],
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "fullname": f"{user['firstname']} {user['lastname']}",
        "email": user["email"],
        "department": user.get("department", ""),
        "firstaccess": 0,
        "lastaccess": 0,
        "auth": user.get("auth", "manual"),
        "suspended": user["suspended"],
        "confirmed": True,
        "lang": user.get("lang", "en"),
        "theme": "",
        "timezone": user.get("timezone", "99"),
        "mailformat": 1,
        "trackforums": 0,
        **dict.fromkeys(("profileimageurlsmall", "profileimageurl"), call.world.moodle.picture),
    }
    shown |= {name: user[name] for name in ("idnumber", "institution", "city") if user.get(name)}
    veiled = "core_user_update_users" in call.query["denied"].split(",")
    return {k: v for k, v in shown.items() if not (veiled and k in unknowns.MOODLE_VEILED)}


def _find(site: Site, number: int) -> Json | None:
    return next((user for user in site.users if user["id"] == number), None)


def _holder(site: Site, email: str) -> Json | None:
    return next((user for user in site.users if user["email"].casefold() == email.casefold()), None)


def _has_login(site: Site, login: str, *, but: Json) -> bool:
    return any(user["username"] == login and user is not but for user in site.users)


def _warn(number: int, code: str, message: str) -> Json:
    return {"item": "user", "itemid": number, "warningcode": code, "message": message}
