"""Parameters of a web service function: read from a PHP form, cut where PHP cuts, checked as Moodle does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.calls import Json, Refusal

LANGUAGES = frozenset({"en", "de", "fr", "es", "it"})
SIGN_INS = frozenset({"manual", "nologin", "email", "ldap", "oauth2", "oidc", "saml2", "shibboleth"})
_TAG = re.compile(r"<[^>]*>?")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def refuse(why: str) -> Refusal:
    """What nearly all bad input is answered with; `why` shows with developer debugging only."""
    return Refusal(200, "invalidparameter", "Invalid parameter value detected", result={"debuginfo": why})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a type; `default` is REQUIRED, OPTIONAL, or what a function gets that is not told."""

    type: str
    default: Any = "\0required"


REQUIRED, OPTIONAL = "\0required", "\0optional"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values or structures."""

    item: Any
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Keys:
    """A structure of named parameters."""

    keys: Mapping[str, Any]
    default: Any = REQUIRED


def nest(pairs: Sequence[tuple[str, str]]) -> Json:
    """Form pairs as PHP nests them: `users[0][email]=a` is {"users": {"0": {"email": "a"}}}."""
    made: Json = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        steps = [head, *(_STEP.findall(bracket + rest) if bracket else ())]
        inside = made
        for step in steps[:-1]:
            deeper = inside.setdefault(step or str(len(inside)), {})
            if not isinstance(deeper, dict):
                break
            inside = deeper
        else:
            inside[steps[-1] or str(len(inside))] = value
    return made


def check(keys: Mapping[str, Any], told: Mapping[str, Any]) -> Json:
    """The parameters in their types. Refuses unknown, missing and ill-typed ones alike."""
    if unknown := sorted(set(told) - set(keys)):
        raise refuse(f"Unexpected keys ({', '.join(unknown)}) detected in parameter array.")
    made: Json = {}
    for name, shape in keys.items():
        if name in told:
            made[name] = _read(shape, told[name], name)
        elif shape.default == REQUIRED:
            raise refuse(f"Missing required key in single structure: {name}")
        elif shape.default != OPTIONAL:
            made[name] = shape.default
    return made


def _read(shape: Any, told: Any, name: str) -> Any:
    if isinstance(shape, Value):
        if isinstance(told, dict):
            raise refuse(f"Scalar type expected, array or object received: {name}")
        return TYPES[shape.type](told, name)
    if not isinstance(told, dict):
        raise refuse(f"Only arrays accepted: {name}")
    if isinstance(shape, Keys):
        return check(shape.keys, told)
    return [_read(shape.item, item, name) for item in told.values()]


def _int(text: str, name: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise refuse(f"{name}: not an integer")
    return int(text)


def _bool(text: str, name: str) -> bool:
    if text not in ("0", "1", ""):
        raise refuse(f"{name}: not 0 or 1")
    return text == "1"


def _unmarked(text: str, name: str) -> str:
    if _TAG.search(text):
        raise refuse(f"{name}: holds markup")
    return text


def _matching(pattern: str) -> Callable[[str, str], str]:
    def read(text: str, name: str) -> str:
        if not re.fullmatch(pattern, text):
            raise refuse(f"{name}: {text!r} is not allowed")
        return text

    return read


def _among(allowed: frozenset[str]) -> Callable[[str, str], str]:
    def read(text: str, name: str) -> str:
        if text not in allowed:
            raise refuse(f"{name}: {text!r} is not known")
        return text

    return read


TYPES: Mapping[str, Callable[[str, str], Any]] = {
    "int": _int,
    "bool": _bool,
    "raw": lambda text, _: text,
    "text": lambda text, _: _TAG.sub("", text),
    "notags": _unmarked,
    "alpha": _matching("[A-Za-z]*"),
    "alphanumext": _matching("[A-Za-z0-9_-]*"),
    "username": _matching("[a-z0-9._@-]*"),
    "raw_trimmed": lambda text, _: text.strip(),
    "url": lambda text, _: text,
    "lang": _among(LANGUAGES | {""}),
    "auth": _among(SIGN_INS),
}
