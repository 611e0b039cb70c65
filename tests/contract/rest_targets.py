"""Targets of the shipped REST mappings, as reconciler.yaml says them; the sandbox plays each."""

from __future__ import annotations

URL = {
    "skillable": "/skillable/api/2.0",
    "tms_lti": "/tms/api",
    "community": "/community/v1",
    "d2l": "/d2l/api",
    "blackboard": "/learn/api/public",
    "sakai": "/sakai",
}
PROOF = {
    "blackboard": 'client_id: sandbox-blackboard-app, client_secret: "${env:REST_SECRET}", ',
    "sakai": "",
    "d2l": 'token: "${env:REST_SECRET}", scope: "6606", ',
}
PRUNED = {
    "skillable": "organization, user, class, enrollment",
    "tms_lti": "organization, lti_tool, lti_resource_link",
    "community": "lti_community, community_member",
    "d2l": "lti_tool, lti_resource_link",
    "blackboard": "lti_tool, lti_resource_link",
    "sakai": "lti_tool",
}


def target(api: str) -> str:
    """A target of this mapping, as reconciler.yaml says it."""
    proof = PROOF.get(api, 'token: "${env:REST_SECRET}", ')
    return (
        f'{api}: {{driver: rest, mapping: {api}, base_url: "%(origin)s{URL[api]}", {proof}'
        f"policy: auto, prune: [{PRUNED[api]}]}}"
    )
