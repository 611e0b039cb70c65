"""What a driver may ask of a vendor, what comes back, and the words an error may quote from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from reconciler.errors import Refused
from reconciler.resources.base import Plain

QUOTED = 256
"""How many characters of a vendor's text an error may hold."""

SECRET_FIELDS = frozenset(
    {
        "access_token",
        "refresh_token",
        "client_secret",
        "secret",
        "shared_secret",
        "password",
        "encrypted_password",
        "h323_password",
        "pstn_password",
        "start_url",
        "host_key",
        "dynamic_host_key",
        "authorization",
    }
)
"""Fields whose values are never written down, whoever sent them."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One request a driver may make, under the vendor's own name; `writes` is declared, not guessed.

    `path` is a template below the base URL. `rate` names the vendor's rate class, `quota` the daily quota of
    an owner it counts to; a `capped` one has that quota for the whole account, so that a daily 429 ends it
    alone and not its rate class. Any one of `scopes` is enough. A success, or the first row of one that is a
    list, must carry the field `yields`. Of a `whole` one the caller gets the Answer, headers and all. A
    `page` is what a browser would be shown: whatever its status, its Answer is text and no error. A body that
    is no `form` is JSON, called `media`.
    """

    name: str
    method: str
    path: str
    writes: bool
    rate: str = ""
    quota: str = ""
    scopes: tuple[str, ...] = ()
    yields: str = ""
    form: bool = False
    capped: bool = False
    whole: bool = False
    page: bool = False
    media: str = "application/json"


class Answer(NamedTuple):
    """A complete answer: `headers` are found in any case, `body` is decoded JSON, None if empty.

    `body` is None as well where the status is 300 or more and it is no JSON: then `text` is how it begins. Of
    a page `text` is all there is.
    `empty` tells nothing from null.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    empty: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a vendor said no: its `code`, our `text`, its words, and the error this is.

    `expired` marks a token that is no longer accepted; `rowless` a no to a batch that tells nothing of its
    rows, each of which may have been done; `uncertain` an answer that does not tell whether it was done.
    """

    code: str
    text: str
    said: str = ""
    error: type[Refused] = Refused
    expired: bool = False
    rowless: bool = False
    uncertain: bool = False


class Dialect(Protocol):
    """How one vendor says no; told by status and code, never by message."""

    def refusal(self, operation: Operation, answer: Answer) -> Refusal | None:
        """What a complete answer other than 429 refuses; None if it does not."""


@runtime_checkable
class Paced(Protocol):
    """A dialect whose vendor has ways of its own to say how fast it may be asked."""

    def hold_off(self, answer: Answer) -> float:
        """Seconds to wait before the same request is sent again; 0 unless it was refused as one too many."""

    def ease(self, answer: Answer) -> float:
        """Seconds in which nothing more is sent, by what an answer tells of the room that is left."""


class Signed(NamedTuple):
    """A request's query and headers with the credential's part in them; `base` overrides the base URL.

    `body` holds fields that go into the body beside the request's own, and are never written down.
    """

    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str = ""
    body: Mapping[str, str] = MappingProxyType({})


class Signer(Protocol):
    """A credential in use; it never shows itself."""

    def admit(self, operation: Operation) -> None:
        """Raise Unauthorized if the credential is known to lack the scope, before anything is sent."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The query and headers to send. May fetch a token first."""

    def renew(self, used: Signed) -> bool:
        """Replace what `used` was signed with; False if this credential does not expire."""

    def conceal(self) -> Iterable[str]:
        """The secret texts an answer might echo."""


class Unsigned:
    """A system that asks for no credential."""

    def admit(self, operation: Operation) -> None:
        """Everything is allowed."""

    def sign(self, query: Mapping[str, str]) -> Signed:
        """The query as it is."""
        return Signed(query, {})

    def renew(self, used: Signed) -> bool:
        """Nothing expires."""
        return False

    def conceal(self) -> Iterable[str]:
        """Nothing is secret."""
        return ()


class Revealed(str):
    """A secret's text on its way to a vendor: never written down, whatever its field is called."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Revealed()"


def redact(value: Any) -> Plain:
    """A body as it may be written down: the values of secret fields are left out."""
    if isinstance(value, Mapping):
        return {
            str(key): "[redacted]" if str(key).casefold() in SECRET_FIELDS else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, Revealed):
        return "[redacted]"
    if isinstance(value, list | tuple):
        return tuple(redact(item) for item in value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def secrets_in(value: Any) -> Iterator[str]:
    """The texts of a body's secret fields, which an answer might echo."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key).casefold() in SECRET_FIELDS and isinstance(item, str):
                yield str(item)
            else:
                yield from secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)
    elif isinstance(value, Revealed):
        yield str(value)


def quote_vendor(text: object, concealed: Iterable[str] = ()) -> str:
    """A vendor's words on one line: secrets taken out, cut, and nothing in it that a terminal obeys."""
    words = str(text)
    for secret in concealed:
        if secret:
            words = words.replace(secret, "[redacted]")
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in words[:QUOTED])
    return shown + ("..." if len(words) > QUOTED else "")
