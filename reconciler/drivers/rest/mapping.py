"""What a mapping file may say: how one REST API's requests and answers are our kinds. Data, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from jmespath.exceptions import JMESPathError, UnknownFunctionError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from reconciler.drivers.rest.values import FORMS, compile_expression
from reconciler.model.ports import Prefix

_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?#]*)")
_HOLE = re.compile(r"\{[a-z_]+\}")


def check_expression(text: str) -> str:
    """A JMESPath expression as written; ValueError for anything else, and for one that finds nothing ever."""
    try:
        compiled = compile_expression(text)
        if _digs_in_truth(compiled.parsed):
            raise ValueError(f"`{text}` looks into what `!` makes, and finds nothing; write !(a.b) for !a.b")
        compiled.search(None)
    except UnknownFunctionError as error:
        raise ValueError(f"`{text}` is no JMESPath expression: {error}") from None
    except JMESPathError:
        # It does not fit nothing at all; whether it fits an answer, the answer tells.
        return text
    return text


def _digs_in_truth(node: Mapping[str, Any]) -> bool:
    """Whether a part of an expression is taken of true or false: `!` binds tighter than a dot."""
    inner = [child for child in node["children"] if isinstance(child, Mapping) and "children" in child]
    digs = node["type"] in ("subexpression", "index_expression", "projection", "value_projection")
    return (digs and inner[0]["type"] == "not_expression") or any(map(_digs_in_truth, inner))


def check_request(text: str) -> str:
    """`METHOD /path/{hole}` as written; ValueError for anything else."""
    if not _REQUEST.fullmatch(text) or re.search(r"[{}]", _HOLE.sub("", text)):
        raise ValueError(f"`{text}` is no request; write METHOD /path, with holes like {{id}} and no query")
    if {".", ".."} & set(text.partition(" ")[2].split("/")):
        raise ValueError(f"`{text}` leads out of the base URL; write the whole path, without . and ..")
    return text


def check_poll(text: str) -> str:
    """A request, or none; ValueError for anything else, and for one that does not ask for `{job}`."""
    if text and "{job}" not in check_request(text):
        raise ValueError(f"`{text}` does not say what is waited for; its path needs the hole {{job}}")
    return text


def check_media(text: str) -> str:
    """A media type as written; ValueError for anything else."""
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", text):
        raise ValueError(f"`{text}` is no media type; write one such as application/vnd.api+json")
    return text


def check_form(text: str) -> str:
    """A form's name; ValueError for an unknown one."""
    if text not in FORMS:
        raise ValueError(f"`{text}` is no form; known are {', '.join(FORMS)}")
    return text


def _spell_out(value: object) -> object:
    return {"request": value} if isinstance(value, str) else value


Expression = Annotated[str, AfterValidator(check_expression)]
RequestText = Annotated[str, AfterValidator(check_request)]
FormName = Annotated[str, AfterValidator(check_form)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Part(BaseModel):
    """A part of a mapping: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(Part):
    """One request. Whether it writes is told by where it stands in the mapping, never by its method.

    Holes in the path: `{id}` the object's id, `{name}` the entry's, `{scope}` the target's setting, `{key}`
    the key looked up, `{element}` one of a collection, `{job}` what is waited for, or a field's name. `send`
    puts more into it: per name on the wire an expression over `name`, `id`, `key`, `element`, `scope`,
    `fields` (as they are written) and `live` (the object as it was read). `encode` says where what is sent
    goes.
    """

    request: RequestText
    encode: Literal["json", "form", "query"] = "json"
    send: dict[str, Expression] = {}


class Paging(Part):
    """How a list goes on. `per` is asked for as `size`; `start` names the page, the offset or the cursor.

    page: counted from `first`. offset: by items. cursor: `next` of the answer is sent as `start`. next_url:
    `next` of the answer is an address on the same path. link: the header Link tells the next address.
    `total` is the number of items the answer claims: it has to be met. `last` tells that nothing follows.
    Where neither is told, pages that are counted end with an empty one: fewer may come than are asked for.
    """

    by: Literal["page", "offset", "cursor", "next_url", "link"]
    start: str = ""
    size: str = ""
    per: int = Field(default=100, ge=1, le=10_000)
    first: int = 0
    total: Expression = ""
    next: Expression = ""
    last: Expression = ""

    @property
    def counts(self) -> bool:
        """Whether pages or items are counted."""
        return self.by in ("page", "offset")


class Get(Request):
    """A reading of one object; `item` is where it stands in the answer."""

    item: Expression = "@"


class Listing(Request):
    """A reading of all objects, or of all below one `parent`; `items` is where the list stands."""

    items: Expression = "@"
    paging: Paging | None = None


class Wait(Part):
    """What is made or changed only after the answer: the object is read until `until` holds of it.

    With `request`, that is read instead: its hole `{job}` is `job` of the first answer, or the end of its
    header Location; a create's `id` stands in the last. Where `failed` holds, it came to nothing.
    """

    until: Expression
    request: Annotated[str, AfterValidator(check_poll)] = ""
    job: Expression = ""
    failed: Expression = ""
    seconds: float = Field(default=2, gt=0, le=60)
    tries: int = Field(default=10, ge=1, le=100)


class Create(Request):
    """Makes one object. Its id is `id` of the answer, the end of the header Location, or found by a key.

    `random` are names on the wire that get a random text nobody knows: an initial password, say.
    """

    id: Expression = ""
    location: bool = False
    readback: Word = ""
    random: tuple[str, ...] = ()
    wait: Wait | None = None


class Update(Request):
    """Changes an object. full: every field goes, those not declared as they are live; changed: only those.

    `copy` are names of the live object that have to go along (a revision); `etag` sends the header If-Match.
    """

    mode: Literal["full", "changed"] = "changed"
    copy_live: dict[str, Expression] = Field(default={}, alias="copy")
    etag: bool = False
    idempotent: bool = True
    wait: Wait | None = None


class Remove(Update):
    """Ends an object: deletes it, or updates it to what counts as disabled or gone."""


class Edit(Part):
    """A collection edited element by element; `list` reads it where the object does not hold it."""

    add: Annotated[Request, BeforeValidator(_spell_out)]
    remove: Annotated[Request, BeforeValidator(_spell_out)]
    list: Listing | None = None
    item: Expression = "@"


class FieldMap(Part):
    """One field. Only `read`: shown, never written. Only `send`: written, never read back.

    `spread`, instead of `send`, writes it as several: per name an expression over our value. `values`
    translates ours to theirs; `items` does so for each element of a list. `or_name`: at creation the entry's
    name stands for it. `needed`: the vendor makes nothing without it. `relation`: it names another resource,
    which is there first and fills what is not written, and is itself never sent. `prefix`, of
    custom_parameters: their `custom_` is `added` by the system, or has to be `written` with each name.
    """

    read: Expression = ""
    send: str = ""
    spread: dict[str, Expression] = {}
    form: FormName = "text"
    values: dict[str, str] = {}
    items: dict[str, FieldMap] = {}
    create_only: bool = False
    or_name: bool = False
    needed: bool = False
    relation: bool = False
    prefix: Prefix = Prefix.UNKNOWN
    edit: Edit | None = None


class Key(Part):
    """What tells two objects apart: `fields`, or the entry's name, which `read` finds in the object."""

    name: Word
    fields: tuple[Word, ...] = ()
    read: Expression = ""
    get: Annotated[Get, BeforeValidator(_spell_out)] | None = None


class ConditionMap(Part):
    """What only a person can end; `when` holds of the object. `blocks`: it counts as not done for others."""

    when: Expression
    text: str
    blocks: bool = False


class Hold(Part):
    """A look before a create: where `found` finds something, none is made, and `text` says why.

    It is a list, or true or false: where it is nothing at all, the look told nothing, and none is made.
    """

    request: RequestText
    send: dict[str, Expression]
    found: Expression
    text: str
    remedy: str


class MostMap(Part):
    """Said where more than `percent` of all objects are such that `when` holds."""

    when: Expression
    percent: int = Field(ge=0, le=99)
    text: str


class PageMap(Part):
    """The console page where a person does what no API does."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    title: str
    steps: tuple[str, ...] = Field(min_length=1)
    tells: dict[str, str] = {}


class KindMap(Part):
    """One kind. Without `list` it is read object by object. `parent` is the field its paths lie below.

    `gone` tells a tombstone: an object that is listed and counts as not there. `single`: there is one, which
    is there always. `loses` says what goes with a removal, a replace or a field.
    """

    fields: dict[str, FieldMap]
    id: Expression = "id"
    label: Expression = ""
    parent: str = ""
    single: bool = False
    keys: tuple[Key, ...] = ()
    unique: Literal["server", "none"] = "server"
    visible_after: float = Field(default=0, ge=0, le=600)
    list: Annotated[Listing, BeforeValidator(_spell_out)] | None = None
    get: Annotated[Get, BeforeValidator(_spell_out)] | None = None
    create: Annotated[Create, BeforeValidator(_spell_out)] | None = None
    update: Annotated[Update, BeforeValidator(_spell_out)] | None = None
    disable: Annotated[Remove, BeforeValidator(_spell_out)] | None = None
    delete: Annotated[Remove, BeforeValidator(_spell_out)] | None = None
    gone: Expression = ""
    conditions: dict[str, ConditionMap] = {}
    hold: Hold | None = None
    most: MostMap | None = None
    page: PageMap | None = None
    loses: dict[str, str] = {}


class Auth(Part):
    """How a request proves itself, with the target's `token`, or its `client_id` and `client_secret`.

    header: the token in the header `name`. bearer, basic: as Authorization. query: the token as `name`.
    oauth2: a token for client id and secret, by `POST path` as a form with basic authorization.
    """

    by: Literal["none", "header", "bearer", "basic", "query", "oauth2"]
    name: str = ""
    path: Annotated[str, StringConstraints(pattern=r"^(/\S*)?$")] = ""


class Whoami(Part):
    """Whose account it is: `account` of the answer. Without a request, the target's setting `account`."""

    request: RequestText
    account: Expression = ""


class Envelope(Part):
    """Answers whose status stands in the body. `status` finds it; `ok`, `absent`, `unauthorized` are values.

    Any other value is a refusal. Where it finds none, the answer is not believed.
    """

    status: Expression
    ok: tuple[str, ...] = Field(min_length=1)
    absent: tuple[str, ...] = ()
    unauthorized: tuple[str, ...] = ()
    said: Expression = ""


class RestMapping(Part):
    """One REST API as our kinds. `media` is what it calls its JSON, in Accept and Content-Type."""

    version: Literal["1"]
    title: str
    auth: Auth
    media: Annotated[str, AfterValidator(check_media)] = "application/json"
    whoami: Whoami | None = None
    envelope: Envelope | None = None
    absent: tuple[int, ...] = (404, 410)
    requests_per_second: float = Field(default=5, gt=0, le=1000)
    kinds: dict[str, KindMap] = Field(min_length=1)


def read_mapping(value: Any) -> RestMapping:
    """A mapping of plain values. Raises pydantic's ValidationError."""
    return RestMapping.model_validate(value)
