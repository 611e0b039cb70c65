"""A launch of a tool from a course, as a browser would post it: signed, and told what privacy lets out."""

from __future__ import annotations

from datetime import datetime

from reconciler.sandbox.calls import Json
from reconciler.sandbox.canvas.store import Canvas
from reconciler.sandbox.oauth1 import METHOD, SIGNATURE, new_nonce, sign

HOST = "canvas.example.edu"
"""The name by which browsers know this Canvas, whatever address the sandbox itself listens on."""
ROLES = {
    "teacher": "Instructor",
    "ta": "urn:lti:role:ims/lis/TeachingAssistant",
    "student": "Learner",
    "designer": "ContentDeveloper",
    "observer": "urn:lti:instrole:ims/lis/Observer,urn:lti:role:ims/lis/Mentor",
    "account_admin": "urn:lti:instrole:ims/lis/Administrator",
    "none": "urn:lti:sysrole:ims/lis/None",
}
"""What Canvas sends as `roles`, by how somebody is enrolled (Canvas source, substitutions_helper)."""


def launch(site: Canvas, tool: Json, course: Json, user: Json, role: str, now: datetime) -> Json:
    """The address and the signed parameters of one launch (LTI 1.1)."""
    parameters = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": course["lti_context_id"],
        "context_id": course["lti_context_id"],
        "context_label": course["course_code"],
        "context_title": course["name"],
        "user_id": site.opaque("user", user["id"]),
        "roles": ROLES[role],
        "ext_roles": ROLES[role],
        "tool_consumer_info_product_family_code": "canvas",
        "tool_consumer_instance_guid": f"{site.opaque('account', 1)}.{HOST}",
        "launch_presentation_locale": "en",
        "launch_presentation_return_url": course_address(course),
        "custom_canvas_enrollment_state": "active",
        "oauth_callback": "about:blank",
        "oauth_consumer_key": tool["consumer_key"] or "",
        "oauth_nonce": new_nonce(),
        "oauth_signature_method": METHOD,
        "oauth_timestamp": str(int(now.timestamp())),
        "oauth_version": "1.0",
        **{f"custom_{_name(name)}": value for name, value in tool["custom_fields"].items()},
        **_personal(tool["privacy_level"], course, user),
    }
    url = tool["url"] or f"https://{tool['domain']}"
    parameters[SIGNATURE] = sign(url, parameters.items(), tool["shared_secret"] or "")
    return {"url": url, "parameters": parameters}


def course_address(course: Json) -> str:
    """Where a course is shown to people, and where a tool sends them back."""
    return f"https://{HOST}/courses/{course['id']}"


def _personal(privacy: str, course: Json, user: Json) -> dict[str, str]:
    named = {"lis_person_name_full": user["name"]} if privacy in ("public", "name_only") else {}
    if privacy in ("public", "email_only"):
        named["lis_person_contact_email_primary"] = user["email"] or ""
    if privacy == "public":
        named |= {
            "custom_canvas_course_id": str(course["id"]),
            "custom_canvas_user_id": str(user["id"]),
            "custom_canvas_user_login_id": user["logins"][0]["unique_id"],
            "custom_canvas_api_domain": HOST,
        }
    return named


def _name(written: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in written.lower())
