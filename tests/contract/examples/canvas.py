"""Canvas: one example per kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.contract.examples.shape import Example

API = "/api/v1/accounts/{account}"
TARGET = (
    'canvas-main: {driver: canvas, base_url: "%(origin)s/canvas", token: "${env:CANVAS_TOKEN}", '
    "policy: auto, prune: [lti_tool, user, lti_registration, lti_deployment]}"
)
ALL_FEATURES: Mapping[str, Any] = {
    "do": "edit_canvas",
    "features": ["lti_registrations_page", "lti_registrations_next"],
}
QUIZ: dict[str, Any] = {
    "launch_url": "https://quiz.example.com/launch",
    "login_url": "https://quiz.example.com/login",
    "redirect_urls": ["https://quiz.example.com/launch"],
}
DEPLOYED = {
    "canvas-main/registrations.yaml": json.dumps(
        {"lti_registrations": {name: QUIZ | {"scopes": []} for name in ("quiz", "poll")}}
    )
}


def _drops(create: str, update: str, fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {create: wire, update: wire} for name, wire in fields.items()}


TOOL = Example(
    driver="canvas",
    kind="lti_tool",
    address="canvas-main/lti_tool/zoom",
    section="lti_tools",
    fields={
        "title": "Zoom",
        "description": "Meetings",
        "key": "KLAIJC9OTI2Hm",
        "secret": "${env:SPARE_SECRET}",
        "url": "https://applications.zoom.us/lti/rich",
        "domain": "applications.zoom.us",
        "privacy": "public",
        "custom_parameters": {"term": "fall", "old": None},
        "placements": {
            "course_navigation": {"text": "Zoom", "default": "disabled"},
            "editor_button": {"icon_url": "https://applications.zoom.us/icon.png", "selection_width": "640"},
            "user_navigation": None,
        },
    },
    edits={
        "title": "Zoom LTI Pro",
        "description": "Online meetings",
        "key": "AnotherKey1",
        "url": "https://applications.zoom.us/lti/advantage",
        "domain": "zoom.us",
        "privacy": "name",
        "custom_parameters": {"term": "spring", "old": None},
        "placements": {
            "course_navigation": {"text": "Meetings", "default": "disabled"},
            "editor_button": None,
            "user_navigation": None,
        },
    },
    drops=_drops(
        f"POST {API}/external_tools",
        f"PUT {API}/external_tools/{{tool}}",
        {
            "title": "name",
            "description": "description",
            "key": "consumer_key",
            "url": "url",
            "domain": "domain",
            "privacy": "privacy_level",
            "custom_parameters": "custom_fields",
            "placements": "course_navigation",
        },
    ),
    reads=(f"GET {API}/external_tools",),
    alike=frozenset({"title", "description", "key", "domain", "privacy"}),
    undo="delete_canvas_tool tool",
    store="canvas.tools",
    indirect=frozenset({"credential"}),
    target=TARGET,
)

USER = Example(
    driver="canvas",
    kind="user",
    address="canvas-main/user/ada",
    section="users",
    fields={
        "email": "ada@example.edu",
        "display_name": "Ada Lovelace",
        "timezone": "Europe/Vienna",
        "login": "ada",
        "sis_id": "S1815",
        "active": True,
    },
    edits={
        "email": "ada.king@example.edu",
        "display_name": "Ada King",
        "timezone": "Europe/London",
        "login": "ada.king",
        "sis_id": "S1835",
        "active": False,
    },
    drops={
        "email": {
            f"POST {API}/users": "communication_channel.address",
            "PUT /api/v1/users/{user}": "user.email",
        },
        "display_name": {f"POST {API}/users": "user.name", "PUT /api/v1/users/{user}": "user.name"},
        "timezone": {f"POST {API}/users": "user.time_zone", "PUT /api/v1/users/{user}": "user.time_zone"},
        "login": {
            f"POST {API}/users": "pseudonym.unique_id",
            f"PUT {API}/logins/{{login}}": "login.unique_id",
        },
        "sis_id": {
            f"POST {API}/users": "pseudonym.sis_user_id",
            f"PUT {API}/logins/{{login}}": "login.sis_user_id",
        },
        "active": {f"PUT {API}/logins/{{login}}": "login.workflow_state"},
    },
    reads=(f"GET {API}/users", "GET /api/v1/users/{user}/logins"),
    alike=frozenset({"display_name", "timezone"}),
    undo="delete_canvas_user user",
    store="canvas.users",
    usual=frozenset({"active"}),
    other={"login": "other", "sis_id": "S2", "display_name": "Other"},
    target=TARGET,
)

REGISTRATION = Example(
    driver="canvas",
    kind="lti_registration",
    address="canvas-main/lti_registration/quiz",
    section="lti_registrations",
    fields={
        **QUIZ,
        "title": "Quiz",
        "nickname": "Quizzes",
        "description": "Questions",
        "jwks_url": "https://quiz.example.com/jwks",
        "scopes": ["https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"],
        "privacy": "public",
        "custom_parameters": {"term": "fall"},
        "placements": {"course_navigation": {"text": "Quiz"}, "link_selection": {}},
        "enabled": True,
    },
    edits={
        "launch_url": "https://quiz.example.com/start",
        "login_url": "https://quiz.example.com/sign-in",
        "redirect_urls": ["https://quiz.example.com/launch", "https://quiz.example.com/start"],
        "title": "Quiz 2",
        "nickname": "Questions",
        "description": "Quizzes",
        "jwks_url": "https://quiz.example.com/keys",
        "scopes": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
        "privacy": "email",
        "custom_parameters": {"term": "spring"},
        "placements": {"course_navigation": {"text": "Quizzes"}, "link_selection": None},
        "enabled": False,
    },
    drops={
        "title": {
            f"POST {API}/lti_registrations": "configuration.title",
            f"PUT {API}/lti_registrations/{{registration}}": "name",
        },
        **_drops(
            f"POST {API}/lti_registrations",
            f"PUT {API}/lti_registrations/{{registration}}",
            {
                "nickname": "admin_nickname",
                "description": "description",
                "enabled": "workflow_state",
                "launch_url": "configuration.target_link_uri",
                "login_url": "configuration.oidc_initiation_url",
                "redirect_urls": "configuration.redirect_uris",
                "jwks_url": "configuration.public_jwk_url",
                "scopes": "configuration.scopes",
                "privacy": "configuration.privacy_level",
                "custom_parameters": "configuration.custom_fields",
                "placements": "configuration.placements",
            },
        ),
    },
    reads=(f"GET {API}/lti_registrations", f"GET {API}/lti_registrations/{{registration}}"),
    alike=frozenset({*QUIZ, "title", "nickname", "description", "jwks_url", "scopes", "privacy", "enabled"}),
    undo="delete_canvas_registration registration",
    store="canvas.registrations",
    indirect=frozenset({"client_id"}),
    target=TARGET,
    setup=(ALL_FEATURES,),
)

DEPLOYMENT = Example(
    driver="canvas",
    kind="lti_deployment",
    address="canvas-main/lti_deployment/quiz",
    section="lti_deployments",
    fields={"registration": "quiz"},
    reads=(f"GET {API}/lti_registrations/{{registration}}/deployments",),
    undo="delete_canvas_deployment deployment",
    store="canvas.deployments",
    indirect=frozenset({"deployment_id"}),
    needs=DEPLOYED,
    other={"registration": "poll"},
    target=TARGET,
    setup=(ALL_FEATURES,),
)

EXAMPLES: tuple[Example, ...] = (TOOL, USER, REGISTRATION, DEPLOYMENT)
