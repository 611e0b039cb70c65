"""Kaltura's API v3 as this driver uses it: every action by service and name, and whether it writes.

Everything is POST with a JSON body. Source: Kaltura API v3 and its vendor plugin's services.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.operations import Operation

BASE_URL = "https://www.kaltura.com/api_v3"
ORIGINS = frozenset({"https://www.kaltura.com"})
RATE = "kaltura"
RATES: Mapping[str, float] = {RATE: 10}
"""Requests per second; the vendor publishes no limit, this one is ours."""


def _action(service: str, action: str, *, writes: bool, yields: str = "") -> Operation:
    path = f"/service/{service}/action/{action}"
    return Operation(f"{service}.{action}", "POST", path, writes, RATE, yields=yields)


START_WIDGET = _action("session", "startWidgetSession", writes=False, yields="ks")
START_BY_TOKEN = _action("apptoken", "startSession", writes=False, yields="ks")
STARTS = (START_WIDGET, START_BY_TOKEN)

GET_SESSION = _action("session", "get", writes=False, yields="partnerId")
LIST_USERS = _action("user", "list", writes=False)
GET_USER = _action("user", "get", writes=False, yields="id")
ADD_USER = _action("user", "add", writes=True, yields="id")
UPDATE_USER = _action("user", "update", writes=True, yields="id")
DELETE_USER = _action("user", "delete", writes=True)
LIST_GROUPS = _action("group_group", "list", writes=False)
GET_GROUP = _action("group_group", "get", writes=False, yields="id")
ADD_GROUP = _action("group_group", "add", writes=True, yields="id")
UPDATE_GROUP = _action("group_group", "update", writes=True, yields="id")
DELETE_GROUP = _action("group_group", "delete", writes=True)
LIST_MEMBERS = _action("groupuser", "list", writes=False)
ADD_MEMBER = _action("groupuser", "add", writes=True, yields="userId")
DELETE_MEMBER = _action("groupuser", "delete", writes=True)
LIST_CATEGORIES = _action("category", "list", writes=False)
GET_CATEGORY = _action("category", "get", writes=False, yields="id")
ADD_CATEGORY = _action("category", "add", writes=True, yields="id")
UPDATE_CATEGORY = _action("category", "update", writes=True, yields="id")
MOVE_CATEGORY = _action("category", "move", writes=True)
DELETE_CATEGORY = _action("category", "delete", writes=True)
LIST_INTEGRATIONS = _action("vendor_zoomvendor", "list", writes=False)
UPDATE_INTEGRATION = _action("vendor_vendorintegration", "update", writes=True, yields="id")
DELETE_INTEGRATION = _action("vendor_vendorintegration", "delete", writes=True)
OPERATIONS = (
    *(GET_SESSION, LIST_USERS, GET_USER, ADD_USER, UPDATE_USER, DELETE_USER),
    *(LIST_GROUPS, GET_GROUP, ADD_GROUP, UPDATE_GROUP, DELETE_GROUP),
    *(LIST_MEMBERS, ADD_MEMBER, DELETE_MEMBER),
    *(LIST_CATEGORIES, GET_CATEGORY, ADD_CATEGORY, UPDATE_CATEGORY, MOVE_CATEGORY, DELETE_CATEGORY),
    *(LIST_INTEGRATIONS, UPDATE_INTEGRATION, DELETE_INTEGRATION),
)
