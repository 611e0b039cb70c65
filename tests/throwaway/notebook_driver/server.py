"""The notebook itself, over loopback; it counts reads and writes by its own list."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


class NotebookServer:
    """One notebook; context manager. `pages` are titles by id; `lose` answers are dropped after acting."""

    def __init__(self, account: str = "notebook-1") -> None:
        self.account = account
        self.pages: dict[str, str] = {}
        self.reads = self.writes = self.lose = self._serial = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def settings(self) -> dict[str, str]:
        """What a target needs."""
        return {"base_url": self.origin}

    def __enter__(self) -> NotebookServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, what: str) -> tuple[int, Any]:
        """Answer a question."""
        self.reads += 1
        if what == "who":
            return 200, {"account": self.account}
        return 200, {"pages": [{"id": key, "title": title} for key, title in self.pages.items()]}

    def do(self, what: str, told: dict[str, str]) -> tuple[int, Any]:
        """Carry out an order."""
        self.writes += 1
        if what == "open":
            if told["title"].casefold() in map(str.casefold, self.pages.values()):
                return 409, {}
            self._serial += 1
            self.pages[f"page-{self._serial}"] = told["title"]
            return 200, {"id": f"page-{self._serial}"}
        if told["id"] not in self.pages:
            return 410, {}
        if what == "burn":
            del self.pages[told["id"]]
        else:
            self.pages[told["id"]] = told["title"]
        return 200, {}

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        notebook = self

        class Handler(BaseHTTPRequestHandler):
            """POST asks, GET does."""

            protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc]

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._answer(*notebook.ask(self.path.rpartition("/")[2]))

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                told = {key: values[0] for key, values in parse_qs(url.query).items()}
                answer = notebook.do(url.path.rpartition("/")[2], told)
                if notebook.lose:
                    notebook.lose -= 1
                    self.close_connection = True
                    return
                self._answer(*answer)

            def _answer(self, status: int, body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
