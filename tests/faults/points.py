"""Where a process can end: before and after every write request and every write of the ledger."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

import httpx

ENDED = 77
"""The exit status of a process that ended at its point."""
TOKENS = "/oauth/token"


class Points:
    """Counts the points a process passes; at number `end_at` the process is no more."""

    def __init__(self, end_at: int | None = None) -> None:
        self.end_at = end_at
        self.passed: list[str] = []

    def reach(self, what: str) -> None:
        """One more point; without flushing, unwinding or closing anything if it is the last."""
        self.passed.append(what)
        if len(self.passed) == self.end_at:
            os._exit(ENDED)

    def install(self) -> None:
        """Stand at SQLite's connections and at httpx's transport, for good: this process is made to end."""
        connect = sqlite3.connect

        def connect_watched(*args: Any, **options: Any) -> sqlite3.Connection:
            made: Watched = connect(*args, **{**options, "factory": Watched})
            made.reach = self.reach
            return made

        sqlite3.connect = connect_watched  # type: ignore[assignment]  # in this process only
        send = httpx.HTTPTransport.handle_request

        def send_watched(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if request.method == "GET" or request.url.path.endswith(TOKENS):
                return send(transport, request)
            self.reach(f"before {request.method} {request.url.path}")
            response = send(transport, request)
            self.reach(f"after {request.method} {request.url.path}")
            return response

        httpx.HTTPTransport.handle_request = send_watched  # type: ignore[assignment,method-assign]  # the same


class Watched(sqlite3.Connection):
    """A connection whose transactions that write are two points: whole but not durable, and durable."""

    reach: Callable[[str], None]
    writing = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Pass a point on either side of a COMMIT."""
        if sql.startswith("BEGIN"):
            self.writing = "IMMEDIATE" in sql
        if sql != "COMMIT" or not self.writing:
            return super().execute(sql, *parameters)
        self.reach("before COMMIT")
        cursor = super().execute(sql, *parameters)
        self.reach("after COMMIT")
        return cursor
