"""The shipped REST mappings of platforms with LTI endpoints: one example per mapping and kind."""

from __future__ import annotations

from tests.contract.examples.rest_apis import BY_HAND, PARAMETERS, UNITS, drops, example, needs

PROVIDER = {k: v for k, v in BY_HAND.items() if k not in ("custom_parameters", "available_to")}


def forgotten(path: str) -> dict[str, str]:
    """Availability that is neither added nor taken out, though every call is answered well."""
    return dict.fromkeys(
        (f"{verb} /{path}/{{id}}/availability/{{element}}" for verb in ("PUT", "DELETE")), "element"
    )


TMS = (
    example(
        "tms_lti",
        "organization",
        "organizations",
        {"title": "Biology", "parent": "campus", "timezone": "America/New_York"},
        edits={"title": "Botany", "parent": "annex", "timezone": "Europe/Vienna"},
        drops=drops(
            "POST /organizations",
            "PATCH /organizations/{id}",
            title="name",
            parent="parent_id",
            timezone="time_zone",
        ),
        reads=("GET /organizations",),
        store="rest.tms_lti.organizations",
        needs=needs("tms_lti", organizations=UNITS),
    ),
    example(
        "tms_lti",
        "lti_tool",
        "lti_tools",
        BY_HAND,
        edits={
            "title": "Zoom LTI Pro",
            "key": "AnotherKey1",
            "custom_parameters": PARAMETERS | {"custom_term": "spring"},
            "available_to": {"exactly": ["annex"]},
        },
        drops=drops(
            "POST /lti-providers",
            "PATCH /lti-providers/{id}",
            title="name",
            key="lti_key",
            custom_parameters="custom_parameters",
        )
        | {"available_to": forgotten("lti-providers")},
        reads=("GET /lti-providers", "GET /lti-providers/{id}/availability"),
        store="rest.tms_lti.providers",
        indirect=frozenset({"credential"}),
        needs=needs("tms_lti", organizations=UNITS),
    ),
    example(
        "tms_lti",
        "lti_resource_link",
        "lti_resource_links",
        {
            "title": "Lab",
            "organization": "campus",
            "tool": "labs",
            "url": "https://labs.example.com/1",
            "custom_parameters": PARAMETERS,
            "requires_score": True,
            "available_to": ["campus"],
        },
        edits={
            "title": "Second lab",
            "tool": "others",
            "url": "https://labs.example.com/2",
            "custom_parameters": PARAMETERS | {"custom_term": "spring"},
            "requires_score": False,
            "available_to": {"exactly": ["annex"]},
        },
        drops=drops(
            "POST /lti-resource-links",
            "PATCH /lti-resource-links/{id}",
            title="name",
            tool="provider_id",
            url="resource_link_url",
            custom_parameters="custom_parameters",
            requires_score="score_required",
        )
        | {"available_to": forgotten("lti-resource-links")},
        reads=("GET /lti-resource-links", "GET /lti-resource-links/{id}/availability"),
        store="rest.tms_lti.links",
        needs=needs(
            "tms_lti",
            organizations=UNITS,
            lti_tools={
                name: PROVIDER | {"title": name, "available_to": ["campus", "annex"]}
                for name in ("labs", "others")
            },
        ),
    ),
)
D2L = (
    example(
        "d2l",
        "lti_tool",
        "lti_tools",
        {
            "title": "Zoom",
            "description": "Meetings",
            "url": "https://applications.zoom.us/lti/rich",
            "key": "KLAIJC9OTI2Hm",
            "secret": "${env:SPARE_SECRET}",
            "privacy": "public",
            "enabled": False,
        },
        edits={
            "title": "Zoom LTI Pro",
            "description": "Online meetings",
            "url": "https://applications.zoom.us/lti/advantage",
            "key": "AnotherKey1",
            "privacy": "name",
            "enabled": True,
        },
        drops=drops(
            "POST /le/1.75/lti/tp/{scope}",
            "PUT /le/1.75/lti/tp/{id}",
            title="Name",
            description="Description",
            url="LaunchPoint",
            key="Key",
            privacy="SendUserName",
            enabled="IsVisible",
        ),
        reads=("GET /le/1.75/lti/tp/{scope}/",),
        store="rest.d2l.providers",
        indirect=frozenset({"credential"}),
        usual=frozenset({"enabled"}),
        apart=frozenset({"enabled"}),
        other={"url": "https://other.example.com/lti"},
    ),
    example(
        "d2l",
        "lti_resource_link",
        "lti_resource_links",
        {
            "title": "Lab",
            "description": "A lab",
            "url": "https://labs.example.com/1",
            "custom_parameters": {"term": "fall"},
            "visible": False,
        },
        edits={
            "title": "Second lab",
            "description": "Another lab",
            "url": "https://labs.example.com/2",
            "custom_parameters": {"term": "spring"},
            "visible": True,
        },
        drops=drops(
            "POST /le/1.75/lti/link/{scope}",
            "PUT /le/1.75/lti/link/{id}",
            title="Title",
            description="Description",
            url="Url",
            custom_parameters="CustomParameters",
            visible="IsVisible",
        ),
        reads=("GET /le/1.75/lti/link/{scope}/",),
        store="rest.d2l.links",
        usual=frozenset({"visible"}),
        apart=frozenset({"visible"}),
    ),
)
BLACKBOARD = (
    example(
        "blackboard",
        "lti_tool",
        "lti_tools",
        {
            "domain": "applications.zoom.us",
            "enabled": True,
            "privacy": "public",
            "custom_parameters": {"term": "fall"},
        },
        edits={"enabled": False, "privacy": "email", "custom_parameters": {"term": "spring"}},
        drops=drops(
            "POST /v1/lti/domains",
            "PATCH /v1/lti/domains/{id}",
            enabled="status",
            privacy="sendName",
            custom_parameters="customParameters",
        ),
        reads=("GET /v1/lti/domains",),
        store="rest.blackboard.domains",
        other={"domain": "other.example.com"},
    ),
    example(
        "blackboard",
        "lti_resource_link",
        "lti_resource_links",
        {
            "title": "Lab",
            "description": "A lab",
            "url": "https://labs.example.com/1",
            "custom_parameters": {"term": "fall"},
            "requires_score": True,
            "visible": False,
        },
        edits={
            "title": "Second lab",
            "description": "Another lab",
            "url": "https://labs.example.com/2",
            "custom_parameters": {"term": "spring"},
            "requires_score": False,
            "visible": True,
        },
        drops=drops(
            "POST /v1/lti/placements",
            "PATCH /v1/lti/placements/{id}",
            title="name",
            description="description",
            url="url",
            custom_parameters="customParameters",
            requires_score="allowGrading",
            visible="availability",
        ),
        reads=("GET /v1/lti/placements",),
        store="rest.blackboard.placements",
    ),
)
SAKAI = (
    example(
        "sakai",
        "lti_tool",
        "lti_tools",
        {
            "title": "Zoom",
            "description": "Meetings",
            "url": "https://applications.zoom.us/lti/rich",
            "key": "KLAIJC9OTI2Hm",
            "secret": "${env:SPARE_SECRET}",
            "custom_parameters": {"term": "fall"},
        },
        indirect=frozenset({"credential"}),
    ),
)
REST_LTI = (*TMS, *D2L, *BLACKBOARD, *SAKAI)
