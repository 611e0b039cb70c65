"""External tools of LTI 1.1: what of one is kept, what is derived, what falls silently (External Tools)."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation
from reconciler.sandbox.canvas.errors import absent, faulty
from reconciler.sandbox.canvas.pages import PAGING, cut
from reconciler.sandbox.canvas.store import Canvas, find
from reconciler.sandbox.clock import zulu

PRIVACY = ("anonymous", "name_only", "email_only", "public")
TEXTS = ("name", "description", "url", "domain", "consumer_key", "shared_secret", "icon_url", "text")
OTHERS = ("privacy_level", "custom_fields", "not_selectable", "oauth_compliant", "unified_tool_id")
NAVIGATIONS = (
    "account_navigation",
    "course_navigation",
    "global_navigation",
    "user_navigation",
    "top_navigation",
)
PLACEMENTS = (
    *NAVIGATIONS,
    *("analytics_hub", "assignment_edit", "assignment_group_menu", "assignment_index_menu"),
    "assignment_menu",
    *("assignment_selection", "assignment_view", "collaboration", "conference_selection"),
    *("course_assignments_menu", "course_home_sub_navigation", "course_settings_sub_navigation"),
    *("discussion_topic_index_menu", "discussion_topic_menu", "editor_button", "file_index_menu"),
    *("file_menu", "homework_submission", "link_selection", "migration_selection", "module_group_menu"),
    *("module_index_menu", "module_index_menu_modal", "module_menu", "module_menu_modal", "post_grades"),
    *(
        "page_index_menu",
        "page_menu",
        "quiz_index_menu",
        "quiz_menu",
        "resource_selection",
        "similarity_detection",
    ),
    *("student_context_card", "submission_type_selection", "tool_configuration", "wiki_index_menu"),
    "wiki_page_menu",
)
NAMES = frozenset((*TEXTS, *OTHERS, *PLACEMENTS))


def list_tools(call: Call) -> Answer:
    """The tools that this account owns itself."""
    return cut(call, call.world.canvas.tools, show)


def show_tool(call: Call) -> Answer:
    """One of them."""
    return Answer(body=show(_find(call)))


def create_tool(call: Call) -> Answer:
    """A tool; a second one just like it is none of Canvas's business."""
    _check_new(call.sent)
    site = call.world.canvas
    tool: Json = dict.fromkeys(TEXTS) | {"privacy_level": "anonymous", "custom_fields": {}, "placements": {}}
    tool |= {"id": site.mint(), "created_at": zulu(call.now), "not_selectable": False}
    write(tool, call.body)
    tool["updated_at"] = tool["created_at"]
    site.tools.append(tool)
    return Answer(body=show(tool))


def update_tool(call: Call) -> Answer:
    """Only what is named changes; a secret cannot be made blank."""
    tool = _find(call)
    _check(call.sent)
    write(tool, call.body)
    tool["updated_at"] = zulu(call.now)
    return Answer(body=show(tool))


def delete_tool(call: Call) -> Answer:
    """Out of sight from now on."""
    tool = _find(call)
    take_away(call.world.canvas, tool)
    call.world.bury("canvas tool", str(tool["id"]), tool["name"], how="delete", by="api", at=zulu(call.now))
    return Answer(body=show(tool) | {"workflow_state": "deleted"})


def take_away(site: Canvas, tool: Json) -> None:
    """Remove a tool."""
    site.tools.remove(tool)


def write(tool: Json, body: Json) -> None:
    """Put what a body names into a tool, as Canvas keeps it."""
    for name, value in body.items():
        if name == "privacy_level":
            tool[name] = value if value in PRIVACY else tool[name]
        elif name == "shared_secret":
            tool[name] = value or tool[name]
        elif name in PLACEMENTS:
            _place(tool, name, value)
        elif name in TEXTS:
            tool[name] = value or None
        else:
            tool[name] = value
    for name in [name for name, settings in tool["placements"].items() if not _works(tool, name, settings)]:
        del tool["placements"][name]


def _place(tool: Json, name: str, value: Any) -> None:
    """A placement is replaced whole; anything but a hash with something in it takes it off."""
    if not isinstance(value, dict) or not value or value.get("enabled") in (False, "false", "0"):
        tool["placements"].pop(name, None)
        return
    seen = value.get("visibility", "members") in ("members", "admins")
    tool["placements"][name] = {k: v for k, v in value.items() if k != "visibility" or seen}


def _works(tool: Json, name: str, settings: Json) -> bool:
    """A placement needs somewhere to lead to, and an editor's button something to show."""
    shown = name != "editor_button" or settings.get("icon_url") or tool["icon_url"]
    return bool(shown and (settings.get("url") or tool["url"]))


def _check_new(body: Json) -> None:
    _check(body)
    for name in ("name", "privacy_level", "consumer_key", "shared_secret"):
        if not body.get(name):
            raise faulty(name, "blank", "can't be blank")
    placed = (body[name] for name in PLACEMENTS if isinstance(body.get(name), dict))
    if not (body.get("url") or body.get("domain") or any(place.get("url") for place in placed)):
        raise faulty("url", "missing", "Either the url or domain should be set.")


def _check(body: Any) -> None:
    if not isinstance(body, dict):
        raise faulty("body", "invalid", "must be an object")
    if unknown := sorted(body.keys() - NAMES):
        raise faulty(unknown[0], "unknown", unknowns.CANVAS_UNKNOWN)
    for name in body.keys() & set(TEXTS):
        if not isinstance(body[name], str):
            raise faulty(name, "invalid", "must be a string")
    fields = body.get("custom_fields", {})
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise faulty("custom_fields", "invalid", "must be a mapping of strings")


def _find(call: Call) -> Json:
    tool = find(call.world.canvas.tools, call.path["tool"])
    if tool is None:
        raise absent()
    return tool


def show(tool: Json) -> Json:
    """A tool as every reading has it: never its secret, with a key for every placement."""
    hidden = ("shared_secret", "placements", "text", "icon_url")
    shown: Json = {name: value for name, value in tool.items() if name not in hidden}
    if tool["icon_url"]:
        shown["icon_url"] = tool["icon_url"]
    shown |= {"workflow_state": tool["privacy_level"], "version": "1.1", "deployment_id": f"{tool['id']}:0"}
    for name in PLACEMENTS:
        settings = tool["placements"].get(name)
        shown[name] = None if settings is None else _show_placement(tool, name, settings)
    return shown


def _show_placement(tool: Json, name: str, settings: Json) -> Json:
    label = {"label": settings.get("text") or tool["text"] or tool["name"]}
    sizes = {} if name in NAVIGATIONS else unknowns.CANVAS_SIZES
    return {**sizes, "enabled": True, **settings, **label}


_ALL = "/api/v1/accounts/{account}/external_tools"
_ONE = _ALL + "/{tool}"
OPERATIONS = (
    Operation(f"GET {_ALL}", "read", list_tools, scopes=("lti",), query=PAGING),
    Operation(f"GET {_ONE}", "read", show_tool, scopes=("lti",)),
    Operation(f"POST {_ALL}", "write", create_tool, scopes=("lti",)),
    Operation(f"PUT {_ONE}", "write", update_tool, scopes=("lti",)),
    Operation(f"DELETE {_ONE}", "write", delete_tool, scopes=("lti",)),
)
