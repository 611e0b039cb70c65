"""Kaltura sessions (KS): started by secret, as a widget's, or by app token; version 1, which proves itself.

A KS is Base64 of a text with a SHA-1 over the account's secret and that text before it; the text holds
account, expiry, type, a random part, user and privileges (Kaltura API, session).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from reconciler.sandbox.calls import Call, Json, Refusal
from reconciler.sandbox.kaltura.errors import refuse
from reconciler.sandbox.kaltura.store import ADMIN_SECRET, Kaltura
from reconciler.sandbox.simulation import Simulation

USER, ADMIN = 0, 2
DAY = 86_400
HASHES = {"SHA1": "sha1", "MD5": "md5", "SHA256": "sha256", "SHA512": "sha512"}
INVALID_STR, EXPIRED, LOGOUT = (-1, "INVALID_STR"), (-5, "EXPIRED"), (-6, "LOGOUT")


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks: `kind` is 0 for anybody, 2 for an administrator."""

    text: str
    kind: int
    user: str
    expiry: int
    privileges: str

    @property
    def entitled(self) -> bool:
        """Whether what only members of a category may see is kept from it."""
        return "disableentitlement" not in self.privileges.split(",")


def issue(store: Kaltura, now: int, kind: int, user: str, seconds: int, privileges: str) -> Session:
    """A new session."""
    expiry = now + seconds
    info = f"{store.partner_id};{store.partner_id};{expiry};{kind};{secrets.token_hex(8)};{user};{privileges}"
    text = base64.b64encode(f"{_seal(info)}|{info}".encode()).decode()
    return Session(text, kind, user, expiry, privileges)


def _seal(info: str) -> str:
    return hashlib.sha1((ADMIN_SECRET + info).encode(), usedforsecurity=False).hexdigest()


def read(text: str, simulation: Simulation) -> Session:
    """The session behind a KS, whoever minted it. Refuses INVALID_KS."""
    try:
        seal, _, info = base64.b64decode(text, validate=True).decode().partition("|")
        partner, _, expiry, kind, _, user, privileges = info.split(";", 6)
        session = Session(text, int(kind), user, int(expiry), privileges)
        genuine = hmac.compare_digest(seal, _seal(info))
    except ValueError:
        raise _invalid(text, INVALID_STR) from None
    if not genuine or partner != str(simulation.world.kaltura.partner_id):
        raise _invalid(text, INVALID_STR)
    if session.expiry <= simulation.now().timestamp():
        raise _invalid(text, EXPIRED)
    if simulation.sessions.is_ended(text):
        raise _invalid(text, LOGOUT)
    simulation.sessions.met(text)
    return session


def _invalid(text: str, why: tuple[int, str]) -> Refusal:
    return refuse("INVALID_KS", KSID=text, ERR_CODE=why[0], ERR_DESC=why[1])


def of(call: Call) -> Session:
    """The session of a call that needs one. Refuses MISSING_KS."""
    if not call.query.get("ks"):
        raise refuse("MISSING_KS")
    return read(call.query["ks"], call.simulation)


def start(call: Call) -> str:
    """session.start: by the account's secret."""
    if call.body.get("secret") != ADMIN_SECRET or _partner(call) != call.world.kaltura.partner_id:
        raise refuse("START_SESSION_ERROR", PID=_partner(call))
    kind, user = int(call.body.get("type") or USER), str(call.body.get("userId") or "")
    return _issue(call, kind, user, call.body.get("expiry"), str(call.body.get("privileges") or "")).text


def start_widget(call: Call) -> Json:
    """session.startWidgetSession: anybody's, for the account a widget `_{account}` belongs to."""
    if call.body["widgetId"] != f"_{call.world.kaltura.partner_id}":
        raise refuse("INVALID_OBJECT_ID", ID=call.body["widgetId"])
    session = _issue(call, USER, "", call.body.get("expiry"), "widget:1")
    return {
        "objectType": "KalturaStartWidgetSessionResponse",
        "partnerId": call.world.kaltura.partner_id,
        "ks": session.text,
        "userId": "0",
    }


def start_by_token(call: Call) -> Json:
    """appToken.startSession: the hash over KS and token proves the token; what the token says counts."""
    given = of(call)
    token = next((one for one in call.world.kaltura.tokens if one["id"] == call.body["id"]), None)
    if token is None:
        raise refuse("APP_TOKEN_ID_NOT_FOUND", ID=call.body["id"])
    if token["status"] != 2:
        raise refuse("APP_TOKEN_NOT_ACTIVE", ID=token["id"])
    if token["expiry"] and token["expiry"] <= call.now.timestamp():
        raise refuse("APP_TOKEN_EXPIRED", ID=token["id"])
    proof = hashlib.new(HASHES[token["hashType"]], (given.text + token["token"]).encode()).hexdigest()
    if not hmac.compare_digest(proof, str(call.body["tokenHash"])):
        raise refuse("INVALID_APP_TOKEN_HASH")
    user = token["sessionUserId"] or str(call.body.get("userId") or "")
    seconds = min(int(call.body.get("expiry") or DAY), token["sessionDuration"])
    privileges = token["sessionPrivileges"] or str(call.body.get("sessionPrivileges") or "")
    return show(_issue(call, token["sessionType"], user, seconds, privileges), call.world.kaltura)


def get(call: Call) -> Json:
    """session.get: what a session, or the one that asks, is."""
    text = call.body.get("session")
    return show(read(str(text), call.simulation) if text else of(call), call.world.kaltura)


def end(call: Call) -> None:
    """session.end: this session is over."""
    call.simulation.sessions.end(of(call).text)


def show(session: Session, store: Kaltura) -> Json:
    """KalturaSessionInfo."""
    return {
        "objectType": "KalturaSessionInfo",
        "ks": session.text,
        "sessionType": session.kind,
        "partnerId": store.partner_id,
        "userId": session.user,
        "expiry": session.expiry,
        "privileges": session.privileges,
    }


def _issue(call: Call, kind: int, user: str, seconds: object, privileges: str) -> Session:
    most = call.simulation.faults.token_ttl
    lasts = min(int(str(seconds)) if seconds else DAY, most)
    made = issue(call.world.kaltura, int(call.now.timestamp()), kind, user, lasts, privileges)
    call.simulation.sessions.met(made.text)
    return made


def _partner(call: Call) -> int:
    return int(call.body.get("partnerId") or call.query.get("partnerId") or 0)
