"""Examples of what the driver kaltura keeps."""

from __future__ import annotations

from typing import Any

from tests.contract.examples.shape import Example

TARGET = (
    "kaltura: {driver: kaltura, base_url: %(origin)s/kaltura/api_v3, partner_id: 4830402, "
    'app_token_id: 1_sandbox0, app_token: "${env:KALTURA_APP_TOKEN}", policy: auto, '
    "prune: [user, group, category, zoom_integration]}"
)
ADD_USER, UPDATE_USER = "user.add", "user.update"
ADD_CATEGORY, UPDATE_CATEGORY = "category.add", "category.update"
UPDATE_INTEGRATION = "vendor_vendorintegration.update"
PEOPLE = {
    "kaltura/others.yaml": """
        users:
          host: {email: host@example.edu}
          deputy: {email: deputy@example.edu}
          guest: {email: third@example.edu}
    """
}
TREE = {
    "kaltura/tree.yaml": """
        categories:
          zoom: {title: Zoom, privacy_contexts: [moodle]}
          archive: {title: Archive, privacy_contexts: [moodle]}
    """
}
GROUPS = {
    "kaltura/groups.yaml": """
        groups:
          faculty: {title: Faculty}
          staff: {title: Staff}
          students: {title: Students}
    """
}
CATEGORY: dict[str, tuple[Any, Any, str]] = {
    "description": ("Recordings of lectures", "Recordings", "description"),
    "reference_id": ("lectures-1", "lectures-2", "referenceId"),
    "tags": (["biology", "lectures"], ["lectures"], "tags"),
    "privacy": ("members", "signed_in", "privacy"),
    "contribution": ("members", "all", "contributionPolicy"),
    "default_level": ("contributor", "moderator", "defaultPermissionLevel"),
    "listed": ("members", "all", "appearInList"),
    "moderated": (True, False, "moderation"),
    "owner": ("host", "deputy", "owner"),
}
"""A value, another one, and the vendor's word for it."""
INTEGRATION: dict[str, tuple[Any, Any, str]] = {
    "description": ("The campus", "The whole campus", "zoomAccountDescription"),
    "default_user": ("host", "deputy", "defaultUserId"),
    "create_users": (False, True, "createUserIfNotExist"),
    "match_users": ("add_postfix", "remove_postfix", "zoomUserMatchingMode"),
    "postfix": ("@example.edu", "@example.org", "zoomUserPostfix"),
    "find_users_by": ("external_id", "email", "userSearchMethod"),
    "upload_meetings": (False, True, "enableMeetingUpload"),
    "meeting_category": ("zoom", "archive", "zoomCategory"),
    "upload_webinars": (False, True, "enableWebinarUploads"),
    "webinar_category": ("archive", "zoom", "zoomWebinarCategory"),
    "upload_chat": (False, True, "enableMeetingChat"),
    "transcription": (False, True, "enableZoomTranscription"),
    "delete_from_zoom": (True, False, "deletionPolicy"),
    "participants": ("co_viewer", "co_publisher", "handleParticipantsMode"),
    "cohosts": ("co_editor_publisher", "co_editor", "handleCohostsMode"),
    "alternative_hosts": ("co_publisher", "co_viewer", "handleAlternativeHostsMode"),
    "conversion_profile": (17, 18, "conversionProfileId"),
}


def _both(wrapper: str, fields: dict[str, str]) -> dict[str, dict[str, str]]:
    add, update = f"{wrapper}.add", f"{wrapper}.update"
    return {name: {add: f"{wrapper}.{wire}", update: f"{wrapper}.{wire}"} for name, wire in fields.items()}


EXAMPLES = (
    Example(
        driver="kaltura",
        kind="user",
        address="kaltura/user/ada",
        section="users",
        target=TARGET,
        fields={
            "login": "ada.lovelace",
            "email": "ada@example.edu",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "display_name": "Countess",
            "job_title": "Lecturer",
            "company": "Example University",
            "active": True,
        },
        edits={
            "email": "ada.king@example.edu",
            "first_name": "Augusta",
            "last_name": "King",
            "display_name": "A. A. King",
            "job_title": "Professor",
            "company": "Another University",
            "active": False,
        },
        drops=_both(
            "user",
            {
                "email": "email",
                "first_name": "firstName",
                "last_name": "lastName",
                "display_name": "screenName",
                "job_title": "title",
                "company": "company",
                "active": "status",
            },
        ),
        reads=("user.list",),
        usual=frozenset({"active"}),
        alike=frozenset({"email", "first_name", "last_name", "display_name", "job_title", "company"}),
        undo="kaltura_delete_user user",
        store="kaltura.users",
        other={"login": "other.person"},
    ),
    Example(
        driver="kaltura",
        kind="group",
        address="kaltura/group/faculty",
        section="groups",
        target=TARGET,
        fields={"title": "The Faculty", "members": {"exactly": ["host", "deputy"]}},
        edits={"title": "Academic Staff", "members": {"exactly": ["host", "guest"]}},
        drops={
            "title": {"group_group.add": "group.screenName", "group_group.update": "group.screenName"},
            "members": {"groupuser.add": "groupUser"},
        },
        reads=("group_group.list", "groupuser.list"),
        undo="kaltura_delete_group group",
        store="kaltura.groups",
        needs=PEOPLE,
    ),
    Example(
        driver="kaltura",
        kind="category",
        address="kaltura/category/lectures",
        section="categories",
        target=TARGET,
        fields={
            "title": "Lectures",
            "parent": "zoom",
            "privacy_contexts": ["mediaspace", "moodle"],
            **{name: value for name, (value, _, _) in CATEGORY.items()},
        },
        edits={
            "title": "All lectures",
            "parent": "archive",
            "privacy_contexts": ["mediaspace"],
            **{name: other for name, (_, other, _) in CATEGORY.items()},
        },
        drops={
            **_both("category", {name: wire for name, (_, _, wire) in CATEGORY.items()}),
            **_both("category", {"title": "name", "privacy_contexts": "privacyContext"}),
            "parent": {ADD_CATEGORY: "category.parentId", "category.move": "targetCategoryParentId"},
        },
        reads=("category.list",),
        alike=frozenset({*CATEGORY, "privacy_contexts"}),
        undo="kaltura_delete_category category",
        store="kaltura.categories",
        needs=PEOPLE | TREE,
        other={"reference_id": "lectures-9"},
        beside=frozenset({"Zoom", "Archive"}),
    ),
    Example(
        driver="kaltura",
        kind="zoom_integration",
        address="kaltura/zoom_integration/campus",
        section="zoom_integrations",
        target=TARGET,
        setup=(
            {"do": "kaltura_get_code", "code": "djJ8-for-the-laws"},
            {"do": "kaltura_install_app", "code": "djJ8-for-the-laws"},
        ),
        fields={
            "zoom": "zoom-main",
            "active": True,
            "upload": "opt_in",
            "groups": {"exactly": ["faculty", "staff"]},
            "lifecycle": {"on_absent": "disable"},
            **{name: value for name, (value, _, _) in INTEGRATION.items()},
        },
        edits={
            "active": False,
            "upload": "opt_out",
            "groups": {"exactly": ["staff", "students"]},
            **{name: other for name, (_, other, _) in INTEGRATION.items()},
        },
        drops={
            "active": {UPDATE_INTEGRATION: "integrationSetting.enableRecordingUpload"},
            "upload": {UPDATE_INTEGRATION: "integrationSetting.groupParticipationType"},
            "groups": {UPDATE_INTEGRATION: "integrationSetting.optInGroupNames"},
            **{
                name: {UPDATE_INTEGRATION: f"integrationSetting.{wire}"}
                for name, (_, _, wire) in INTEGRATION.items()
            },
        },
        reads=("vendor_zoomvendor.list",),
        alike=frozenset({*INTEGRATION, "upload", "groups"}),
        store="kaltura.integrations",
        needs=PEOPLE | TREE | GROUPS,
    ),
)
