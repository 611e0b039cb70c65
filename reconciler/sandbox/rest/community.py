"""A tool with communities, after the help pages of one that is gone: its requests are made up.

A launch links an account to the platform; the account's password is its owner's. Making a member where an
account with that e-mail exists already makes a second account: whoever asks has to look first.
"""

from __future__ import annotations

import hmac
from typing import Any

from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.rest.shelf import (
    find,
    mint_number,
    open_door,
    refuse_plainly,
    refuse_twin,
    shelf,
    take,
)
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.simulation import Simulation

NAME = "community"
TOKEN = "sandbox-community-token"
COMMUNITY = ("name", "closed", "lti_key", "lti_secret", "auto_provisioning")
ROLES = ("community_admin", "pro_author_instructor", "pro_author_student", "view_only_student")
MEMBERSHIPS = ("member", "guest")
PAGE = 50


def knows(simulation: Simulation, request: Request) -> bool:
    """Whether the token in the query is right."""
    return hmac.compare_digest(request.query.get("access_key", ""), TOKEN)


def tell_account(call: Call) -> Answer:
    """Whose licence it is."""
    return Answer(body={"license": {"id": "campus-license"}})


def _show(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "lti_secret"}


def _page(call: Call, name: str, rows: list[Json]) -> Answer:
    """A page with a bookmark for the next."""
    start = int(call.query.get("bookmark") or 0)
    size = call.simulation.faults.page_cap.get(call.operation.name, PAGE)
    end = start + size
    more = end < len(rows)
    return Answer(body={name: rows[start:end], "bookmark": str(end) if more else None, "has_more": more})


def list_communities(call: Call) -> Answer:
    """Every community."""
    return _page(call, "communities", [_show(row) for row in shelf(call.world, NAME, "communities").values()])


def create_community(call: Call) -> Answer:
    """A community; its secret is never shown again."""
    rows = shelf(call.world, NAME, "communities")
    body = take(call, COMMUNITY, ("name",))
    refuse_twin(rows, "name", body.get("name"))
    blank: Json = {"closed": True, "lti_key": None, "lti_secret": None, "auto_provisioning": False}
    row = {"id": f"c{mint_number(call.world)}", **blank, **body}
    _check_keys(row)
    rows[row["id"]] = row
    return Answer(201, {"community": _show(row)})


def _check_keys(row: Json) -> None:
    if row["auto_provisioning"] and not row["lti_key"]:
        raise Refusal(422, 422, "auto-provisioning needs LTI keys")


def update_community(call: Call) -> Answer:
    """Change what is named. Switching auto-provisioning off takes nobody's account away."""
    rows = shelf(call.world, NAME, "communities")
    row = find(rows, call.path["id"])
    body = take(call, COMMUNITY)
    refuse_twin(rows, "name", body.get("name", row.get("name")), row)
    _check_keys(row | body)
    row.update(body)
    return Answer(200, {"community": _show(row)})


def delete_community(call: Call) -> Answer:
    """Only an empty one."""
    find(shelf(call.world, NAME, "communities"), call.path["id"])
    if any(not row["removed"] for row in _members(call.world, call.path["id"])):
        raise Refusal(409, 409, "the community has members")
    del shelf(call.world, NAME, "communities")[call.path["id"]]
    return Answer(204)


def _members(world: Any, community: str) -> list[Json]:
    return [row for row in shelf(world, NAME, "members").values() if row["community"] == community]


def list_members(call: Call) -> Answer:
    """Every member, those taken off included: they are marked."""
    find(shelf(call.world, NAME, "communities"), call.path["community"])
    return _page(call, "members", _members(call.world, call.path["community"]))


def _check_member(body: Json) -> None:
    if body.get("role", ROLES[0]) not in ROLES or body.get("membership", "member") not in MEMBERSHIPS:
        raise Refusal(422, 422, "no such role or membership")


def create_member(call: Call) -> Answer:
    """A member with a fresh account, whatever accounts with that e-mail there are."""
    find(shelf(call.world, NAME, "communities"), call.path["community"])
    body = take(call, ("email", "role", "membership"), ("email", "role"))
    _check_member(body)
    here = {str(row["id"]): row for row in _members(call.world, call.path["community"]) if not row["removed"]}
    refuse_twin(here, "email", body.get("email"))
    blank: Json = {"membership": "member", "lms_link": None, "password_set": False, "removed": False}
    key = f"m{mint_number(call.world)}"
    row: Json = {"id": key, "community": call.path["community"], **blank, **body}
    shelf(call.world, NAME, "members")[key] = row
    account: Json = {"id": f"a-{key}", "email": body["email"], "lms_link": None, "member": key}
    shelf(call.world, NAME, "accounts")[account["id"]] = account
    return Answer(201, {"member": row})


def _member(call: Call) -> Json:
    row = find(shelf(call.world, NAME, "members"), call.path["id"])
    if row["removed"] or row["community"] != call.path["community"]:
        raise Refusal(404, 404, "not found")
    return row


def update_member(call: Call) -> Answer:
    """Another role, or guest instead of member."""
    row = _member(call)
    body = take(call, ("role", "membership"))
    _check_member(body)
    row.update(body)
    return Answer(200, {"member": row})


def delete_member(call: Call) -> Answer:
    """Take a member off; the account stays its owner's, and the row stays marked."""
    row = _member(call)
    row["removed"] = True
    account = shelf(call.world, NAME, "accounts").get(f"a-{row['id']}")
    if account is not None and not account["lms_link"]:
        del shelf(call.world, NAME, "accounts")[account["id"]]
    return Answer(204)


def search_accounts(call: Call) -> Answer:
    """Accounts with an e-mail address, in a community or not."""
    email = call.query.get("email", "").casefold()
    found = [row for row in shelf(call.world, NAME, "accounts").values() if row["email"].casefold() == email]
    return Answer(body={"accounts": found})


KEY = frozenset({"access_key"})
LISTED = KEY | {"bookmark"}
OPERATIONS = (
    Operation("GET /license", "read", tell_account, query=KEY),
    Operation("GET /communities", "read", list_communities, query=LISTED),
    Operation("POST /communities", "write", create_community, query=KEY),
    Operation("PATCH /communities/{id}", "write", update_community, query=KEY),
    Operation("DELETE /communities/{id}", "write", delete_community, query=KEY),
    Operation("GET /communities/{community}/members", "read", list_members, query=LISTED),
    Operation("POST /communities/{community}/members", "write", create_member, query=KEY),
    Operation("PATCH /communities/{community}/members/{id}", "write", update_member, query=KEY),
    Operation("DELETE /communities/{community}/members/{id}", "write", delete_member, query=KEY),
    Operation("GET /accounts", "read", search_accounts, query=KEY | {"email"}),
)
VENDOR = Vendor("/community/v1", OPERATIONS, open_door(knows), refuse_plainly)
SETTINGS = {"base_url": "/community/v1", "token": TOKEN}
