"""Cohorts (core_cohort) and courses (core_course)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from reconciler.sandbox.calls import Answer, Call, Json, Refusal
from reconciler.sandbox.moodle.params import OPTIONAL, REQUIRED, Keys, Listed, Value, refuse
from reconciler.sandbox.moodle.store import Site

PLACE = Keys({"type": Value("text"), "value": Value("raw")})
CREATED = {
    "categorytype": PLACE,
    "name": Value("raw"),
    "idnumber": Value("raw"),
    "description": Value("raw", OPTIONAL),
    "descriptionformat": Value("int", 1),
    "visible": Value("bool", OPTIONAL),
}
MEMBER = Keys({"type": Value("alphanumext"), "value": Value("raw")})
CREATE = {"cohorts": Listed(Keys(CREATED))}
UPDATE = {"cohorts": Listed(Keys({**CREATED, "id": Value("int")}))}
DELETE = {"cohortids": Listed(Value("int"))}
LIST = {"cohortids": Listed(Value("int"), [])}
MEMBERS = {"cohortids": Listed(Value("int"), REQUIRED)}
SEARCH = {
    "query": Value("raw"),
    "context": Keys(
        {
            "contextid": Value("int", 0),
            "contextlevel": Value("alphanumext", ""),
            "instanceid": Value("int", 0),
        }
    ),
    "includes": Value("alpha", "parents"),
    "limitfrom": Value("int", 0),
    "limitnum": Value("int", 25),
}
ADD = {"members": Listed(Keys({"cohorttype": MEMBER, "usertype": MEMBER}))}
TAKE = {"members": Listed(Keys({"cohortid": Value("int"), "userid": Value("int")}))}
COURSES = {"field": Value("alpha", ""), "value": Value("raw", "")}
COURSE_FIELDS = ("id", "ids", "shortname", "idnumber", "category", "")
_TAG = re.compile(r"<[^>]*>?")


def create(call: Call) -> Answer:
    """Cohorts; the ID number must be new, an empty one included."""
    site, made = call.world.moodle, []
    for sent, told in zip(call.sent["cohorts"], call.body["cohorts"], strict=True):
        if any(cohort["idnumber"] == sent["idnumber"] for cohort in site.cohorts):
            raise refuse(f"record already exists: idnumber={sent['idnumber']}")
        cohort = {
            "id": site.mint("cohorts"),
            "name": told.get("name", ""),
            "idnumber": told.get("idnumber", ""),
            "description": told.get("description", ""),
            "visible": told.get("visible", True),
            "category": _category(told.get("categorytype", {})),
            "members": [],
        }
        site.cohorts.append(cohort)
        shown = show(cohort, raw=is_raw(call))
        made.append({name: value for name, value in shown.items() if name != "customfields"})
    return Answer(body=made)


def update(call: Call) -> Answer:
    """Another name, ID number or place; all of them are always sent, so a cohort may be moved unawares."""
    site = call.world.moodle
    for told in call.body["cohorts"]:
        cohort = find(site, told["id"])
        cohort |= {
            name: told[name] for name in ("name", "idnumber", "description", "visible") if name in told
        }
        if "categorytype" in told:
            cohort["category"] = _category(told["categorytype"])
    return Answer(body=b"null")


def delete(call: Call) -> Answer:
    """Cohorts, not their members."""
    site = call.world.moodle
    for number in call.body["cohortids"]:
        site.cohorts.remove(find(site, number))
    return Answer(body=b"null")


def list_all(call: Call) -> Answer:
    """These, or every cohort of the site, in no pages."""
    asked = call.body["cohortids"]
    found = [cohort for cohort in call.world.moodle.cohorts if not asked or cohort["id"] in asked]
    return Answer(body=[show(cohort, raw=is_raw(call)) for cohort in found])


def search(call: Call) -> Answer:
    """Cohorts whose name, ID number or description holds the text, in one context or more."""
    told, words = call.body, call.body["query"].casefold()
    context = told["context"]
    if context["contextid"] != 1 and context["contextlevel"] != "system":
        raise refuse("the sandbox knows the system's context only")
    found = [
        show(cohort, raw=is_raw(call))
        for cohort in call.world.moodle.cohorts
        if (told["includes"] == "all" or not cohort["category"])
        and any(words in str(cohort[name]).casefold() for name in ("name", "idnumber", "description"))
    ]
    return Answer(body={"cohorts": found[told["limitfrom"] :][: told["limitnum"]]})


def list_members(call: Call) -> Answer:
    """Who is in each, the last to come first."""
    site = call.world.moodle
    rows = [find(site, number) for number in call.body["cohortids"]]
    return Answer(body=[{"cohortid": row["id"], "userids": row["members"][::-1]} for row in rows])


def add_members(call: Call) -> Answer:
    """One by one: a warning for who is not there (2) or in it already (3)."""
    site, warnings = call.world.moodle, []
    for row in call.body.get("members", ()):
        cohort = _one(site.cohorts, row["cohorttype"], {"id": "id", "idnumber": "idnumber"})
        user = _one(site.users, row["usertype"], {"id": "id", "username": "username"})
        told = row["usertype"]
        if cohort is None:
            warnings.append(_warn("1", f"cohort {row['cohorttype']['value']} not exists"))
        elif user is None:
            warnings.append(_warn("2", f"user {told['type']}={told['value']} not exists"))
        elif user["id"] in cohort["members"]:
            text = f"record already exists: cohort(id={cohort['id']} {told['type']}={told['value']})"
            warnings.append(_warn("3", text))
        else:
            cohort["members"].append(user["id"])
    return Answer(body={"warnings": warnings})


def take_members(call: Call) -> Answer:
    """One by one; who is not in it is passed over."""
    for row in call.body.get("members", ()):
        cohort = find(call.world.moodle, row["cohortid"])
        cohort["members"] = [member for member in cohort["members"] if member != row["userid"]]
    return Answer(body=b"null")


def get_courses(call: Call) -> Answer:
    """Courses by one field; without one, all that are not the front page."""
    field, value = call.body["field"], call.body["value"]
    if field not in COURSE_FIELDS:
        raise refuse("Invalid field name")
    rows = [
        _course(course, raw=is_raw(call))
        for course in call.world.moodle.courses
        if _meets(course, field, value)
    ]
    return Answer(body={"courses": rows, "warnings": []})


def _meets(course: Json, field: str, value: str) -> bool:
    if field == "ids":
        return str(course["id"]) in value.split(",")
    told = course.get("categoryid" if field == "category" else field, "")
    return not field or str(told) == value


def find(site: Site, number: int) -> Json:
    """A cohort by id."""
    for cohort in site.cohorts:
        if cohort["id"] == number:
            return cohort
    raise Refusal(200, "invalidrecordunknown", "Can't find data record in database.")


def show(cohort: Json, *, raw: bool) -> Json:
    """A cohort as it is, or with its name as it would stand in a page."""
    return {
        "id": cohort["id"],
        "name": cohort["name"] if raw else filtered(cohort["name"]),
        "idnumber": cohort["idnumber"],
        "description": cohort["description"],
        "descriptionformat": 1,
        "visible": cohort["visible"],
        "theme": "",
        "customfields": [],
    }


def is_raw(call: Call) -> bool:
    """Whether the caller asked for texts as they are stored."""
    return call.query["raw"] == "1"


def filtered(text: str) -> str:
    """Without tags, and with `&` written as HTML has it: what is answered unless raw texts are asked for."""
    return html.escape(_TAG.sub("", text), quote=False)


def _course(course: Json, *, raw: bool) -> Json:
    names = {name: course[name] if raw else filtered(course[name]) for name in ("fullname", "shortname")}
    return {
        **course,
        **names,
        "displayname": names["fullname"],
        "summary": "",
        "summaryformat": 1,
        **{name: [] for name in ("summaryfiles", "overviewfiles", "contacts")},
        "enrollmentmethods": ["manual"],
        **dict.fromkeys(("showactivitydates", "showcompletionconditions"), True),
        "format": "topics",
        **dict.fromkeys(("startdate", "enddate"), 0),
        "visible": 1,
    }


def _category(place: Mapping[str, str]) -> str:
    return "" if place.get("type", "system") == "system" else str(place["value"])


def _one(rows: list[Json], told: Json, fields: Mapping[str, str]) -> Json | None:
    if told["type"] not in fields:
        raise refuse(f"invalid parameter: type={told['type']}")
    return next((row for row in rows if str(row[fields[told["type"]]]) == told["value"]), None)


def _warn(code: str, message: str) -> Json:
    return {"warningcode": code, "message": message}
