"""REST mappings against answers made up: pages, ids, waits, versions, tombstones, the only one of a kind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.drivers.http import Client
from reconciler.drivers.rest.api import Dialect, Fixed, Operations
from reconciler.drivers.rest.handler import RestHandler
from reconciler.drivers.rest.mapping import RestMapping, read_mapping
from reconciler.drivers.rest.objects import Objects
from reconciler.drivers.rest.requests import Requests
from reconciler.errors import IncompleteReading, Refused, Unauthorized, Uncertain
from reconciler.model import Address, Removal, Scope, Wanted
from reconciler.resources.group import Group
from tests.unit.driver_rig import Clock, Notebook, answer_json, change, open_with

BASE: dict[str, Any] = {
    "list": {"request": "GET /teams", "items": "items"},
    "keys": [{"name": "title", "fields": ["title"]}],
    "get": "GET /teams/{id}",
    "create": {"request": "POST /teams", "id": "id"},
    "update": "PATCH /teams/{id}",
    "delete": "DELETE /teams/{id}",
    "fields": {"title": {"read": "title", "send": "title", "or_name": "true"}},
}
TEAMS = "https://api.example.edu/v1/teams"
WANTED = Wanted(Address("main", "group", "law"), "", Group(title="Law"))


class Api:
    """A mapping's handler over answers by request; `asked` are the requests made."""

    def __init__(self, answers: dict[str, Any], kind: dict[str, Any], **mapping: Any) -> None:
        self.asked: list[httpx.Request] = []
        self.answers = answers
        made: RestMapping = read_mapping(
            {"version": "1", "title": "Signs", "auth": {"by": "none"}, "kinds": {"group": BASE | kind}}
            | mapping
        )
        self.clock = Clock()
        operations = Operations(made)
        client = Client(
            open_with(self.clock),
            "https://api.example.edu/v1",
            operations.found.values(),
            Dialect(made),
            Fixed({}, {}, ()),
            transport=httpx.MockTransport(self.answer),
        )
        client.journal = Notebook()
        objects = Objects("group", made.kinds["group"], lambda ref: "secret")
        self.handler = RestHandler(Requests(client, operations), objects, self.clock.sleep)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next answer to this request; the last one for ever."""
        self.asked.append(request)
        found = self.answers[f"{request.method} {request.url.path.removeprefix('/v1')}"]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, httpx.Response) else answer_json(200, found)

    def titles(self) -> list[str]:
        """What a whole reading shows."""
        return [str(live.resource.title) for live in self.handler.read(Scope(()))]


def rows(*ids: int) -> list[dict[str, Any]]:
    """Teams by number."""
    return [{"id": number, "title": f"T{number}"} for number in ids]


HALF, REST, COUNTED = {"items": rows(1, 2)}, {"items": rows(3)}, {"size": "n", "per": "2"}
LINKED = answer_json(200, HALF, link=f'<{TEAMS}?page=2>; rel="next"')
PAGED: list[tuple[dict[str, str], list[Any]]] = [
    ({"by": "page", "start": "p", "first": "1", **COUNTED}, [HALF, REST]),
    ({"by": "offset", "start": "o", "total": "total", **COUNTED}, [HALF | {"total": 3}, REST | {"total": 3}]),
    ({"by": "cursor", "start": "c", "next": "next"}, [HALF | {"next": "x"}, REST]),
    ({"by": "next_url", "next": "paging.next"}, [HALF | {"paging": {"next": "/v1/teams?offset=2"}}, REST]),
    ({"by": "link"}, [LINKED, REST]),
]


@pytest.mark.parametrize(("paging", "pages"), PAGED, ids=[p[0]["by"] for p in PAGED])
def test_every_paging_is_read_to_its_end(paging: dict[str, str], pages: list[Any]) -> None:
    api = Api({"GET /teams": list(pages)}, {"list": {**BASE["list"], "paging": paging}})
    assert api.titles() == ["T1", "T2", "T3"]
    assert len(api.asked) == 2
    assert dict(api.asked[0].url.params) != dict(api.asked[1].url.params)


TOTAL, CURSOR = (
    {"by": "offset", "start": "o", "total": "total"},
    {"by": "cursor", "start": "c", "next": "next"},
)
ELSEWHERE = {"items": rows(1), "next": "https://evil.example/v1/teams?a=1"}
BROKEN: list[tuple[dict[str, str], list[Any]]] = [
    (TOTAL, [{"items": rows(1), "total": 3}, {"items": [], "total": 3}]),
    (TOTAL, [{"items": rows(1)}]),
    (CURSOR, [{"items": rows(1), "next": "x"}]),
    ({"by": "next_url", "next": "next"}, [ELSEWHERE]),
    (CURSOR, [{"rows": []}]),
]


@pytest.mark.parametrize(
    ("paging", "pages"), BROKEN, ids=["short", "no total", "circle", "elsewhere", "shape"]
)
def test_a_list_that_is_cut_or_leads_astray_is_not_believed(paging: dict[str, str], pages: list[Any]) -> None:
    api = Api({"GET /teams": list(pages)}, {"list": {**BASE["list"], "paging": paging}})
    with pytest.raises(IncompleteReading):
        api.titles()
    assert {request.url.host for request in api.asked} == {"api.example.edu"}


def test_the_new_id_comes_from_the_answer_the_header_or_a_reading() -> None:
    assert Api({"POST /teams": {"id": 7}}, {}).handler.create(WANTED) == "7"
    located = answer_json(201, None, location="https://api.example.edu/v1/teams/8")
    api = Api({"POST /teams": located}, {"create": {"request": "POST /teams", "location": "true"}})
    assert api.handler.create(WANTED) == "8"
    listed = {"items": [{"id": 9, "title": "Law"}]}
    api = Api(
        {"POST /teams": {}, "GET /teams": listed}, {"create": {"request": "POST /teams", "readback": "title"}}
    )
    assert api.handler.create(WANTED) == "9"


def test_an_id_that_nothing_tells_is_uncertain() -> None:
    with pytest.raises(Uncertain, match="neither its answer nor a reading"):
        Api({"POST /teams": {}}, {}).handler.create(WANTED)


def test_what_is_made_later_is_waited_for() -> None:
    create = {"request": "POST /teams", "id": "id", "wait": {"until": "state == 'ready'", "tries": "3"}}
    states = [{"id": 7, "state": "new"}, {"id": 7, "state": "ready"}]
    api = Api({"POST /teams": {"id": 7}, "GET /teams/7": list(states)}, {"create": create})
    assert api.handler.create(WANTED) == "7"
    assert api.clock.slept == [2.0]
    api = Api({"POST /teams": {"id": 7}, "GET /teams/7": states[:1]}, {"create": create})
    with pytest.raises(Uncertain, match="not done after 6 s"):
        api.handler.create(WANTED)


def test_an_update_carries_the_version_it_was_made_for() -> None:
    answers = {
        "GET /teams": {"items": rows(7)},
        "GET /teams/7": answer_json(200, rows(7)[0] | {"rev": 3}, etag='"v3"'),
        "PATCH /teams/7": {},
    }
    update = {"request": "PATCH /teams/{id}", "etag": "true", "copy": {"revision": "rev"}}
    api = Api(answers, {"update": update})
    (live,) = api.handler.read(Scope(()))
    api.handler.update(live, WANTED, [change("title")])
    assert api.asked[-1].headers["if-match"] == '"v3"'
    assert api.asked[-1].content == b'{"title":"Law","revision":3}'


def test_a_tombstone_is_not_there() -> None:
    api = Api(
        {"GET /teams": {"items": [*rows(1), {"id": 2, "title": "T2", "state": "deleted"}]}},
        {"gone": "state == 'deleted'"},
    )
    assert api.titles() == ["T1"]


def test_deleting_may_be_an_update_and_what_is_gone_is_fine() -> None:
    removal = {"request": "PATCH /teams/{id}", "send": {"state": "'deleted'"}}
    answers = {"GET /teams": {"items": rows(1)}, "PATCH /teams/1": [{}, answer_json(404, {})]}
    api = Api(answers, {"delete": removal})
    (live,) = api.handler.read(Scope(()))
    for _ in range(2):
        api.handler.remove(live, Removal.DELETE)
    assert api.asked[-1].content == b'{"state":"deleted"}'


def test_the_only_one_of_a_kind_is_always_matched() -> None:
    single = {
        "single": "true",
        "list": {"request": "GET /settings", "items": "[@]"},
        "get": None,
        "create": None,
    }
    api = Api(
        {"GET /settings": {"title": "Campus"}, "PUT /settings": {}},
        single | {"update": "PUT /settings", "delete": None},
    )
    (live,) = api.handler.read(Scope(()))
    (key,) = api.handler.capability.natural_keys
    assert live.keys[key.name] == key.of("whatever", Group(title="x"))
    api.handler.update(live, WANTED, [change("title")])
    assert api.asked[-1].method == "PUT"


ENVELOPE = {
    "status": "not_null(Status, status)",
    "ok": ["0"],
    "absent": ["20"],
    "unauthorized": ["30"],
    "said": "Error",
}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"Status": 10, "Error": "no"}, Refused),
        ({"status": 30}, Unauthorized),
        ({}, Uncertain),
        (answer_json(200, []), Uncertain),
    ],
)
def test_a_status_within_the_body_is_judged(body: Any, error: type[Exception]) -> None:
    api = Api({"GET /teams": body}, {}, envelope=ENVELOPE)
    with pytest.raises(error):
        api.titles()


def test_not_there_is_only_what_the_mapping_calls_so() -> None:
    wanted = Wanted(WANTED.address, "7", WANTED.resource)
    gone = Api({"GET /teams/7": {"Status": 20}}, {"list": None}, envelope=ENVELOPE)
    assert list(gone.handler.read(Scope((wanted,)))) == []
    broken = Api({"GET /teams/7": answer_json(500, {})}, {"list": None})
    with pytest.raises(Uncertain):
        list(broken.handler.read(Scope((wanted,))))
