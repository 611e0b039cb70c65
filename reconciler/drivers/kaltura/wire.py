"""Values as Kaltura writes them: flags in three spellings, nulls left out, lists in pages that it clamps."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.operations import Operation
from reconciler.drivers.paging import refuse_twins
from reconciler.errors import IncompleteReading
from reconciler.model.objects import Live
from reconciler.resources.base import OMITTED, Members, declared, unchecked

PAGE_SIZE = 500
"""More is silently made this (Kaltura API, pager)."""
NULL = "__null"
"""What a key ends in whose property is to be cleared; JSON's null would set 0, false or nothing."""
CRLF = "\r\n"
_LINES = re.compile(r"\r\n|\r|\n")


def read_flag(value: Any) -> bool:
    """true, 1 and "1" are the same. Raises ValueError for anything that is no flag."""
    text = str(value).lower()
    if text not in ("true", "false", "1", "0"):
        raise ValueError(f"{text!r} is no flag")
    return text in ("true", "1")


def read_text(value: Any) -> str | None:
    """A text; what is absent, null or empty is None."""
    return str(value) if value not in (None, "") else None


def read_lines(text: str | None) -> tuple[str, ...]:
    """What a list of groups holds, whichever line ends it came with."""
    return tuple(filter(None, (part.strip() for part in _LINES.split(text or ""))))


def read_moment(seconds: Any) -> datetime:
    """A moment from Unix seconds."""
    return datetime.fromtimestamp(int(seconds), UTC)


def write(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """An object of a request: None becomes a key that clears; what is OMITTED is left out."""
    made: dict[str, Any] = {"objectType": kind}
    for name, value in values.items():
        if value is None:
            made[name + NULL] = ""
        elif value is not OMITTED:
            made[name] = int(value) if isinstance(value, bool) else value
    return made


def bare(live: Live[Any], usual: Mapping[str, Any], shown: Collection[str]) -> Live[Any]:
    """The object without what is not set or is as `usual`, but with what is `shown`."""
    kept = {
        name: value
        for name, value in declared(live.resource)
        if name in shown or (value not in (None, "", (), Members()) and value != usual.get(name))
    }
    return replace(live, resource=unchecked(type(live.resource), kept))


def read_list(client: Client, operation: Operation, asked: Mapping[str, Any] | None = None) -> list[Any]:
    """Everything a list holds, whatever page size the vendor makes of ours.

    Raises IncompleteReading where the pages do not hold as many objects as the list tells, or one twice.
    """
    found: list[Any] = []
    body: dict[str, Any] = {"filter": dict(asked)} if asked else {}
    page, total = 0, 1
    with shaped(operation.name):
        while len(found) < total:
            page += 1
            pager = {"objectType": "KalturaFilterPager", "pageSize": PAGE_SIZE, "pageIndex": page}
            answer = client.call(operation, body={**body, "pager": pager})
            objects, total = answer["objects"], int(answer["totalCount"])
            if not objects:
                break
            found.extend(objects)
        if len(found) != total:
            raise IncompleteReading(
                f"{operation.name}: the pages contradict the total ({len(found)} read, total {total}); "
                "the list is not believed, run again"
            )
        refuse_twins((str(item["id"]) for item in found), operation.name)
    return found
