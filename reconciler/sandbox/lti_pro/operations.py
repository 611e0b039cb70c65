"""Zoom LTI Pro's own API: signed calls that tie meetings to courses (Zoom support, LTI Pro bulk APIs)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Access, Answer, Call, Json, Operation, Refusal, Request
from reconciler.sandbox.clock import moment_of
from reconciler.sandbox.lti_pro.signature import is_fresh, read_clocks, sign
from reconciler.sandbox.messages import say
from reconciler.sandbox.routes import Vendor
from reconciler.sandbox.shapes import Check, Fault, many, one_of, record, text, validate
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.world import Meeting, User, World
from reconciler.sandbox.zoom.meeting_shape import CREATE_FIELDS
from reconciler.sandbox.zoom.meeting_writes import add_meeting
from reconciler.sandbox.zoom.meetings import list_ends, zone_of
from reconciler.sandbox.zoom.operations import drop_fields
from reconciler.sandbox.zoom.users import find_settled

MOST_ROWS = 400
MOST_PER_PAGE = 1000
UNSIGNED = "Verify LTI signature failed(2203)."

LINK = record(
    {
        "meetingId": text(pattern=r"\d{9,12}"),
        "contextId": text(least=1),
        "domain": text(least=1),
        "courseId": text(),
    },
    ("meetingId", "contextId", "domain"),
)
LINKS = many(LINK, MOST_ROWS, 1)
BATCH_OF_ADMIN = record({"userId": text(), "meetingList": LINKS}, ("meetingList",))
CREATION = record(
    {
        "userId": text(least=1),
        "contextId": text(least=1),
        "domain": text(least=1),
        "courseId": text(),
        "meetingInfo": record(CREATE_FIELDS | {"type": one_of(1, 2, 3, 8)}, ("topic", "type")),
    },
    ("userId", "contextId", "domain", "meetingInfo"),
)


def check_batch(value: Any, at: str) -> Iterator[Fault]:
    """A batch is a list of links, or an object that names the admin and the list."""
    return (LINKS if isinstance(value, list) else BATCH_OF_ADMIN)(value, at)


def admit(simulation: Simulation, operation: Operation, request: Request, path: dict[str, str]) -> Call:
    """Check the signature, then the shape of the body."""
    now = simulation.now()
    credential = find_credential(simulation.world, request.query.get("key", ""))
    expected = sign(credential["secret"], request.pairs) if credential else ""
    signed = hmac.compare_digest(expected.encode(), request.headers.get("x-lti-signature", "").encode())
    once = len(request.query) == len(request.pairs)
    fresh = is_fresh(request.query.get("timestamp", ""), read_clocks(simulation))
    if not (credential and signed and once and fresh):
        raise Refusal(unknowns.LTI_SIGNATURE_STATUS, "401", UNSIGNED)
    sent = _read_body(operation, request)
    world = simulation.view() if operation.access == "read" else simulation.world
    body = drop_fields(simulation, operation, sent)
    return Call(operation, path, request.query, body, world, now, simulation, sent)


def refuse(refusal: Refusal, simulation: Simulation) -> Answer:
    """LTI Pro's failure envelope; a Zoom code keeps its number, as text."""
    body: Json = {
        "status": False,
        "errorCode": str(refusal.code),
        "errorMessage": say(refusal.message, refusal.code, simulation.faults.language),
    }
    if refusal.result is not None:
        body["result"] = refusal.result
    plain = (unknowns.LTI_SIGNATURE_STATUS, 404, 405)
    return Answer(refusal.status if refusal.status in plain else unknowns.LTI_FAILURE_STATUS, body)


def find_credential(world: World, key: str) -> Json | None:
    """The credential with this key."""
    return next((item for item in world.lti.credentials if item["key"] == key), None)


def _read_body(operation: Operation, request: Request) -> Any:
    if operation.body is None:
        return {}
    try:
        body = orjson.loads(request.body)
        validate(operation.body, body)
    except orjson.JSONDecodeError as error:
        raise _no(unknowns.LTI_MALFORMED, "The body is not JSON.") from error
    except Refusal as refusal:
        told = "; ".join(f"{item['field']}: {item['message']}" for item in refusal.errors or ())
        raise _no(unknowns.LTI_MALFORMED, f"Invalid parameter. {told}") from refusal
    return body


def _no(code: str, message: str, result: Json | None = None) -> Refusal:
    return Refusal(unknowns.LTI_FAILURE_STATUS, code, message, result=result)


def import_links(call: Call) -> Answer:
    """Associate up to 400 meetings with courses: all of them, or none."""
    rows, stored = _rows(call, call.sent), _rows(call, call.body)
    _check_rows(call, rows)
    for row, kept in zip(rows, stored, strict=True):
        associate(call.world, call.query["key"], int(row["meetingId"]), kept)
        add_importer(call.world, call.query["key"], int(row["meetingId"]), _acting(call))
    return Answer(body={"status": True, "result": unknowns.LTI_BATCH_RESULT})


def remove_links(call: Call) -> Answer:
    """Take up to 400 associations off: all of them, or none."""
    rows = _rows(call, call.sent)
    _check_rows(call, rows)
    gone = {_identity(call.query["key"], int(row["meetingId"]), row) for row in rows}
    links = call.world.lti.associations
    call.world.lti.associations = [link for link in links if _identity_of(link) not in gone]
    return Answer(body={"status": True, "result": unknowns.LTI_BATCH_RESULT})


def associate(world: World, key: str, meeting_id: int, row: Json) -> None:
    """Keep an association; the same one again only brings its course id up to date."""
    link = {
        "key": key,
        "meeting_id": meeting_id,
        "context_id": row.get("contextId", ""),
        "domain": row.get("domain", ""),
        "course_id": row.get("courseId", ""),
    }
    for present in world.lti.associations:
        if _identity_of(present) == _identity_of(link):
            present["course_id"] = link["course_id"]
            return
    world.lti.associations.append(link)


def _identity(key: str, meeting_id: int, row: Json) -> tuple[str, int, str, str]:
    return key, meeting_id, row["contextId"], row["domain"]


def _identity_of(link: Json) -> tuple[str, int, str, str]:
    return link["key"], link["meeting_id"], link["context_id"], link["domain"]


def _rows(call: Call, body: Any) -> list[Json]:
    rows: list[Json] = body["meetingList"] if isinstance(body, dict) else body
    return rows


def add_importer(world: World, key: str, meeting_id: int, user_id: str = "") -> None:
    """Whoever imports (the owner, if nobody is named) becomes an alternative host where the page adds any."""
    credential = find_credential(world, key) or {}
    if credential.get("settings", {}).get("auto_alternative_hosts", "nobody") == "nobody":
        return
    admin = user_id or next((user.id for user in world.users.values() if user.role_id == "0"), "")
    meeting = world.meetings[meeting_id]
    if admin and admin not in (meeting.host_id, *meeting.alternative_host_ids):
        meeting.alternative_host_ids.append(admin)


def _acting(call: Call) -> str:
    return call.query.get("userId") or (call.sent.get("userId", "") if isinstance(call.sent, dict) else "")


def _check_rows(call: Call, rows: list[Json]) -> None:
    asked = _acting(call)
    if asked:
        user = _find_user(call.world, asked)
        if user.role_id not in ("0", "1"):
            raise _no(unknowns.LTI_FORBIDDEN, "The user must be an admin.")
    for row in rows:
        if int(row["meetingId"]) not in call.world.meetings:
            raise _no(unknowns.LTI_NOT_FOUND, f"Meeting does not exist: {row['meetingId']}.")
        _check_domain(call, row["domain"])


def _check_domain(call: Call, domain: str, result: Json | None = None) -> None:
    credential = find_credential(call.world, call.query["key"])
    if credential is None or domain not in credential["domains"]:
        raise _no(unknowns.LTI_FORBIDDEN, f"Domain is not approved: {domain}.", result)


def _find_user(world: World, user_id: str) -> User:
    user = world.users.get(user_id)
    if user is None or user.status == "pending":
        raise _no(unknowns.LTI_NOT_FOUND, f"User does not exist: {user_id}.")
    return user


def create_and_associate(call: Call) -> Answer:
    """Make a meeting, then associate it; where only the latter fails, the meeting stays and is named."""
    if acting := call.query.get("userId"):
        _find_user(call.world, acting)
    sent, body = call.sent, call.body
    host = find_settled(call.world, _find_user(call.world, sent["userId"]).id, unknowns.MEETINGS_OF_PENDING)
    meeting = add_meeting(call, host, sent["meetingInfo"], body.get("meetingInfo", {}))
    result = {"id": str(meeting.id)}
    _check_domain(call, sent["domain"], result)
    associate(call.world, call.query["key"], meeting.id, body)
    return Answer(body={"status": True, "result": result})


def list_open_meetings(call: Call) -> Answer:
    """A Zoom user's associated meetings: upcoming ones ascending, past ones descending."""
    upcoming = call.query.get("isUpComing")
    number, size = _number(call, "pageNum"), _number(call, "pageSize")
    if upcoming not in ("true", "false") or number < 1 or not 1 <= size <= MOST_PER_PAGE:
        raise _no(unknowns.LTI_MALFORMED, "Invalid parameter.")
    user = _find_user(call.world, call.query.get("userId", ""))
    linked = {link["meeting_id"] for link in call.world.lti.associations if link["key"] == call.query["key"]}
    rows = []
    for meeting in call.world.meetings_of(user.id):
        if meeting.id in linked:
            moment, is_ahead = _place(meeting, call.now)
            if is_ahead == (upcoming == "true"):
                rows.append((moment, meeting))
    rows.sort(key=lambda row: (row[0], row[1].id), reverse=upcoming == "false")
    faults, name = call.simulation.faults, call.operation.name
    shown = rows[(number - 1) * size : number * size]
    if faults.empty_page.get(name) == number or 0 < faults.cut_pages.get(name, 0) < number:
        shown = []
    result = {
        "pageNum": number,
        "pageSize": size,
        "total": len(rows) + faults.short_total.get(name, 0),
        "list": [_show(meeting, moment) for moment, meeting in shown],
    }
    return Answer(body={"status": True, "result": result})


def _number(call: Call, name: str) -> int:
    asked = call.query.get(name, "")
    return int(asked) if asked.isdecimal() else 0


def _place(meeting: Meeting, now: datetime) -> tuple[datetime, bool]:
    """When a meeting is next, or was last, and whether that lies ahead."""
    if meeting.type == 8:
        starts = [
            moment_of(item["start_time"]) for item in meeting.occurrences if item["status"] == "available"
        ]
    else:
        starts = [moment_of(meeting.start_time)] if meeting.start_time else []
    ahead = [start for start, end in zip(starts, list_ends(meeting), strict=True) if end > now]
    if not starts:
        return now, True
    return (ahead[0], True) if ahead else (starts[-1], False)


def _show(meeting: Meeting, moment: datetime) -> Json:
    local = moment.astimezone(zone_of(meeting.timezone))
    return {
        "meetingId": meeting.uuid,
        "meetingNumber": str(meeting.id),
        "hostId": meeting.host_id,
        "topic": meeting.topic,
        "startTime": local.strftime("%Y-%m-%d %H:%M:%S"),
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "pmi": "",
        "type": meeting.type,
        "status": 0,
    }


def _operation(
    name: str, access: Access, act: Callable[[Call], Answer], body: Check | None = None
) -> Operation:
    return Operation(name, access, act, body=body)


VENDOR = Vendor(
    "/lti/api/v1/lti/rich",
    (
        _operation("POST /meeting/bulkImport", "write", import_links, check_batch),
        _operation("PUT /meeting/bulkDisassociate", "write", remove_links, check_batch),
        _operation("POST /meeting/createAndAssociate", "write", create_and_associate, CREATION),
        _operation("GET /open/meeting/list", "read", list_open_meetings),
    ),
    admit,
    refuse,
)
