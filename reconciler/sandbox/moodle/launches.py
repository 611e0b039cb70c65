"""Activities of a course that launch a tool, and the launch Moodle signs for them (LTI 1.1)."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.sandbox.calls import Answer, Call, Json, Refusal
from reconciler.sandbox.moodle.params import Listed, Value
from reconciler.sandbox.moodle.store import Site
from reconciler.sandbox.oauth1 import METHOD, SIGNATURE, new_nonce, sign

ACTIVITIES = {"courseids": Listed(Value("int"), [])}
LAUNCH = {"toolid": Value("int")}
VERSION = "2025100600.02"


def list_activities(call: Call) -> Answer:
    """The LTI activities of these courses, or of all."""
    site, courses = call.world.moodle, call.body["courseids"]
    shown = [
        {
            "id": one["id"],
            "coursemodule": one["id"] + 100,
            "course": one["course"],
            "name": one["name"],
            "intro": "",
            "typeid": one["typeid"],
            "toolurl": "",
            "resourcekey": "",
            "password": "",
            "visible": True,
        }
        for one in site.activities
        if not courses or one["course"] in courses
    ]
    return Answer(body={"ltis": shown, "warnings": []})


def show_launch(call: Call) -> Answer:
    """The signed form that a browser would post; a type that was deleted crashes it."""
    site = call.world.moodle
    activity = next((one for one in site.activities if one["id"] == call.body["toolid"]), None)
    if activity is None:
        raise Refusal(200, "invalidrecordunknown", "Can't find data record in database.")
    tool = next((one for one in site.tool_types if one["id"] == activity["typeid"]), None)
    if tool is None:
        # A crash has a class and no code.
        text = "lti_get_instance_type(): Return value must be of type ?object, bool returned"
        raise Refusal(200, "", text, result={"exception": "TypeError"})
    course = next(one for one in site.courses if one["id"] == activity["course"])
    user = next(one for one in site.users if str(one["id"]) == call.query["userid"])
    parameters = _parameters(site, activity, course, user) | {
        "oauth_consumer_key": tool["key"],
        "oauth_timestamp": int(call.now.timestamp()),
        "oauth_nonce": new_nonce(),
    }
    signed = ((name, str(value)) for name, value in parameters.items())
    parameters[SIGNATURE] = sign(tool["url"], signed, tool["secret"])
    rows = [{"name": name, "value": value} for name, value in parameters.items()]
    return Answer(body={"endpoint": tool["url"], "parameters": rows, "warnings": []})


def _parameters(site: Site, activity: Json, course: Json, user: Json) -> Json:
    admin = "Instructor,urn:lti:sysrole:ims/lis/Administrator,urn:lti:instrole:ims/lis/Administrator"
    return {
        "oauth_version": "1.0",
        "user_id": str(user["id"]),
        "roles": admin if user["username"] == "admin" else "Instructor",
        "context_id": str(course["id"]),
        "context_label": course["shortname"],
        "context_title": course["fullname"],
        "lti_message_type": "basic-lti-launch-request",
        "resource_link_title": activity["name"],
        "resource_link_id": str(activity["id"]),
        "context_type": "CourseSection",
        "lis_course_section_sourcedid": course.get("idnumber", ""),
        "lis_person_name_full": f"{user['firstname']} {user['lastname']}",
        "ext_user_username": user["username"],
        "lis_person_contact_email_primary": user["email"],
        "ext_lms": "moodle-2",
        "tool_consumer_info_product_family_code": "moodle",
        "tool_consumer_info_version": VERSION,
        "oauth_callback": "about:blank",
        "lti_version": "LTI-1p0",
        "tool_consumer_instance_guid": urlsplit(site.url).hostname or "",
        "tool_consumer_instance_description": site.name,
        "oauth_signature_method": METHOD,
    }
