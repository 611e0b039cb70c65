"""LTI Pro's examples."""

from __future__ import annotations

from tests.contract.examples.shape import PEOPLE, WEEKLY, Example

COURSES = {
    **PEOPLE,
    "courses.yaml": """
        courses:
          bio101: {context_id: 4f2a9c, domain: "https://canvas.example.edu", canvas_course_id: "1042"}
    """,
}

EXAMPLES = (
    Example(
        driver="zoom_lti_pro",
        kind="course_link",
        address="zoom-lti/course_link/bio101/1",
        section="course_meetings",
        fields={"topic": "BIO 101", "host": "host", "schedule": WEEKLY, "course": "bio101"},
        reads=("GET /open/meeting/list",),
        undo="remove_association meeting",
        store="lti.associations",
        needs=COURSES,
        indirect=frozenset(
            {
                "meeting",
                "context_id",
                "domain",
                "canvas_course_id",
                "host",
                "course",
                "credential",
                "approved_domain",
            }
        ),
    ),
    Example(
        driver="zoom_lti_pro",
        kind="approved_domain",
        address="zoom-lti/approved_domain/lti-2026.moodle",
        section="approved_domains",
        fields={"domain": "https://moodle.example.edu", "credential": "lti-2026"},
    ),
    Example(
        driver="zoom_lti_pro",
        kind="lti_credential",
        address="zoom-lti/lti_credential/spare",
        section="lti_credentials",
        fields={"minted_by": "tool", "version": "1.1", "key": "SpareKey1", "secret": "${env:SPARE_SECRET}"},
        indirect=frozenset({"successor", "overlap"}),
    ),
    Example(
        driver="zoom_lti_pro",
        kind="allowed_email_domain",
        address="zoom-lti/allowed_email_domain/lti-2026.campus",
        section="allowed_email_domains",
        fields={"domain": "example.edu", "credential": "lti-2026"},
    ),
    Example(
        driver="zoom_lti_pro",
        kind="role_map",
        address="zoom-lti/role_map/lti-2026.campus",
        section="role_maps",
        fields={
            "platforms": ["canvas", "moodle"],
            "version": "1.1",
            "instructors": ["Instructor", "urn:lti:role:ims/lis/TeachingAssistant"],
            "alternative_hosts": ["TeachingAssistant"],
            "samples": [{"roles": "Instructor", "expect": "instructor"}],
            "credential": "lti-2026",
        },
    ),
    Example(
        driver="zoom_lti_pro",
        kind="lti_settings",
        address="zoom-lti/lti_settings/lti-2026.page",
        section="lti_settings",
        fields={
            "students_host": True,
            "auto_login": True,
            "idp_login": True,
            "auto_provision": "everyone",
            "provision_license": "basic",
            "auto_upgrade": "instructors",
            "auto_alternative_hosts": "everyone",
            "attendance_reports": True,
            "cloud_recording_links": "published",
            "user_attribute": "custom_person@example.edu",
            "timezone_from": "lms",
            "timezone": "America/New_York",
            "authentication_exception": False,
            "tracking_fields": {"Department": "custom_department"},
            "groups": [{"attribute": "custom_group", "value": "science", "group": "Science"}],
            "wrong_account_message": "Sign in with your campus account.",
            "sign_in_url": "https://example.zoom.us",
            "training_url": "https://example.edu/zoom",
            "training_text": None,
            "credential": "lti-2026",
        },
    ),
)
