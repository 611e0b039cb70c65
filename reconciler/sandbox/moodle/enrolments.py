"""Who is enrolled in a course, by whatever method, with the roles given there (core_enrol)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Refusal
from reconciler.sandbox.moodle.params import Keys, Listed, Value, refuse
from reconciler.sandbox.moodle.store import Site

LIST = {
    "courseid": Value("int"),
    "options": Listed(Keys({"name": Value("alphanumext"), "value": Value("raw")}), []),
}
PLAYED = frozenset({"onlyactive", "userfields", "limitfrom", "limitnumber"})
ROLES = {"manager": 1, "coursecreator": 2, "editingteacher": 3, "teacher": 4, "student": 5}
"""The numbers of a fresh site; a role of the site's own comes after."""
OWN_ROLE = 9
ALWAYS = frozenset({"id", "fullname"})


def list_enrolled(call: Call) -> Answer:
    """Everybody enrolled, suspended people too unless `onlyactive` is set; no pages unless asked for."""
    site, number = call.world.moodle, call.body["courseid"]
    course = next((one for one in site.courses if one["id"] == number), None)
    if course is None:
        code, text = unknowns.MOODLE_NO_COURSE
        raise Refusal(200, code, text, result={"exception": "dml_missing_record_exception"})
    options = {option["name"]: option["value"] for option in call.body["options"]}
    if unplayed := sorted(options.keys() - PLAYED):
        raise refuse(f"the sandbox does not play the option {unplayed[0]}")
    active = options.get("onlyactive", "0") == "1"
    people = {user["id"]: user for user in site.users}
    rows = [
        _show(site, course, row, people[row["user"]])
        for row in sorted(site.enrolments, key=lambda row: int(row["user"]))
        if row["course"] == number and row["user"] in people and not (active and row["suspended"])
    ]
    start, most = int(options.get("limitfrom", "0")), int(options.get("limitnumber", "0"))
    fields = {text.strip() for text in options.get("userfields", "").split(",") if text.strip()}
    page = rows[start : start + most] if most else rows[start:]
    return Answer(body=[_pick(row, fields) for row in page])


def _show(site: Site, course: Json, row: Json, user: Json) -> Json:
    shown = {name: user[name] for name in ("id", "username", "firstname", "lastname", "email")}
    roles = [
        {"roleid": ROLES.get(name, OWN_ROLE), "name": "", "shortname": name, "sortorder": 0}
        for name in row["roles"]
    ]
    shown |= {"fullname": f"{user['firstname']} {user['lastname']}", "department": "", "roles": roles}
    shown |= {"idnumber": user["idnumber"]} if user.get("idnumber") else {}
    shown |= dict.fromkeys(("firstaccess", "lastaccess", "lastcourseaccess"), 0)
    shown |= dict.fromkeys(("profileimageurlsmall", "profileimageurl"), site.picture)
    return shown | {"enrolledcourses": [{name: course[name] for name in ("id", "fullname", "shortname")}]}


def _pick(row: Json, fields: set[str]) -> Json:
    return {name: value for name, value in row.items() if not fields or name in fields | ALWAYS}


def enrol(site: Site, course: int, user: int, role: str, *, suspended: bool) -> None:
    """Enrol somebody; a second role is one more, and whether they are suspended there is as told last."""
    rows = (row for row in site.enrolments if (row["course"], row["user"]) == (course, user))
    found = next(rows, None)
    if found is None:
        found = {"course": course, "user": user, "roles": []}
        site.enrolments.append(found)
    found["suspended"] = suspended
    if role and role not in found["roles"]:
        found["roles"].append(role)
